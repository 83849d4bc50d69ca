"""Counts of attempts, each taken in one statement, so that attempts made at once are counted one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from caseflow.services.ports.rate_limits import Counted

# While one limit says to wait nothing is counted: else an address that has to wait could make a login wait too. Who
# comes in between two looks waits for the row and finds it changed; ``last_try`` tells whose attempt was let through.
# Attempts made at once do not arrive in the order of their moments (``:at``). So where nobody has to wait, the wait is
# left at what is long over: a moment of another attempt could lie after that of one which began before it. For the same
# reason ``last_at`` never goes back.
_TAKE = text(
    """
with asked as (
  select * from unnest(cast(:subjects as bytea[]), cast(:kinds as text[]), cast(:free as int[]),
                       cast(:first as float8[]), cast(:longest as float8[]), cast(:forgotten as float8[]),
                       cast(:eases as float8[])) as a (subject, kind, free, first, longest, forgotten, eases)
), waits as (
  select max(l.wait_until) as until from attempt_limit l join asked using (subject) where l.wait_until > :at
), counted as (
  insert into attempt_limit as l (subject, kind, failures, wait_until, last_at, last_try)
  select subject, kind, 1, case when free <= 1 then :at + make_interval(secs => first) else to_timestamp(0) end,
         :at, :nonce
    from asked where (select until from waits) is null order by subject
  on conflict (subject) do update set (failures, wait_until, last_at, last_try) = (
    select case when l.wait_until > :at then l.failures else n.failures end,
           case when l.wait_until > :at then l.wait_until
                when ceil(n.failures) < a.free then to_timestamp(0)
                else :at + make_interval(
                  secs => least(a.longest, a.first * 2 ^ least(ceil(n.failures) - a.free, 30))) end,
           case when l.wait_until > :at then l.last_at else greatest(l.last_at, :at) end,
           case when l.wait_until > :at then l.last_try else :nonce end
      from asked a
     cross join lateral (
       select case when l.last_at < :at - make_interval(secs => a.forgotten) then 1
                   when a.eases is null then l.failures + 1
                   else greatest(0, l.failures - greatest(0, extract(epoch from :at - l.last_at)) / a.eases) + 1 end
              as failures
     ) n
     where a.subject = l.subject
  )
  returning l.wait_until, l.last_try = :nonce as passed
)
select coalesce((select until from waits), (select max(wait_until) from counted where not passed))
"""
)
_FORGET = text("delete from attempt_limit where subject = any(:subjects)")
# A wait ends with the attempt that turned out right where that one brought it about, or where those that are left are
# too few for one. Any other wait is that of wrong attempts, or of some in flight, and stays.
_GIVE_BACK = text(
    """
update attempt_limit as l
   set failures = greatest(l.failures - 1, 0),
       wait_until = case when l.last_try = :nonce or ceil(l.failures - 1) < a.free then to_timestamp(0)
                         else l.wait_until end
  from unnest(cast(:subjects as bytea[]), cast(:free as int[])) as a (subject, free)
 where l.subject = a.subject
"""
)
_PURGE = text("delete from attempt_limit where last_at < :before")


class RateLimits:
    """Fulfils :class:`caseflow.services.ports.rate_limits.RateLimitStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, asked: Sequence[Counted], nonce: bytes, at: datetime) -> datetime | None:
        """Count one attempt under each limit in one statement; return None where it may be made."""
        limits = [one.limit for one in asked]
        until: datetime | None = self._connection.execute(
            _TAKE,
            {
                "subjects": [one.subject for one in asked],
                "kinds": [limit.kind for limit in limits],
                "free": [limit.free for limit in limits],
                "first": [limit.first_wait.total_seconds() for limit in limits],
                "longest": [limit.longest_wait.total_seconds() for limit in limits],
                "forgotten": [limit.forgotten_after.total_seconds() for limit in limits],
                "eases": [limit.eases_every.total_seconds() if limit.eases_every else None for limit in limits],
                "at": at,
                "nonce": nonce,
            },
        ).scalar_one()
        return until

    def forget(self, asked: Sequence[Counted]) -> None:
        """Forget the attempts under these limits: the last one was right."""
        if asked:
            self._connection.execute(_FORGET, {"subjects": [one.subject for one in asked]})

    def give_back(self, asked: Sequence[Counted], nonce: bytes) -> None:
        """Take the attempt of ``nonce`` back under these limits: it was right, but says nothing of the others."""
        if asked:
            subjects, free = [one.subject for one in asked], [one.limit.free for one in asked]
            self._connection.execute(_GIVE_BACK, {"subjects": subjects, "free": free, "nonce": nonce})

    def purge(self, before: datetime) -> int:
        """Delete counts whose last attempt was before; return how many."""
        return self._connection.execute(_PURGE, {"before": before}).rowcount
