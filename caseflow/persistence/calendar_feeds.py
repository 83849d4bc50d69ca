"""Calendar feeds in PostgreSQL."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.services.ports.calendar_feeds import FeedClock, FeedScope, LiveFeed

_LIVE = text("select id, made_at from calendar_feed where staff_id = :staff_id and revoked_at is null")
# Two windows that make one at the same moment: the second waits for the first here, and makes none.
_MAKE = text("""
insert into calendar_feed (staff_id, secret_hash) values (:staff_id, :secret_hash)
on conflict (staff_id) where revoked_at is null do nothing returning id
""")
_REVOKE = text("""
update calendar_feed set revoked_at = clock_timestamp()
 where id = :feed_id and staff_id = :staff_id and revoked_at is null returning id
""")
_READERS = text("""
with owner as (
  select s.id, s.office_id from calendar_feed f join staff s on s.id = f.staff_id
   where f.secret_hash = :secret_hash and f.revoked_at is null and s.active
), reader as (
  select id, 0 as place from owner
  union
  select b.away_id, 1
    from owner o join substitution b on b.substitute_id = o.id and b.office_id = o.office_id
   where :today between b.from_on and b.until_on and (b.ended_on is null or b.ended_on > :today)
)
select s.id, s.office_id, s.login, s.name_en, s.name_zh, s.locale,
       (select coalesce(array_agg(r.role), '{}') from staff_role r where r.staff_id = s.id) as roles
  from reader join staff s on s.id = reader.id and s.active
 where s.office_id = (select office_id from owner)
 order by reader.place, s.id
""")
_CASE_NUMBER = text("select number, number_zh from cases where id = :case_id and office_id = :office_id")
# A clock that has no rung left to come has ended for whoever it bound, but a duty of the office stays until it is done;
# before its due date a clock has none only where the law of its regime ended (its ladder then lacks the end), or where
# a training date went back.
_CHOSEN = """
select k.id, k.case_id, k.rule_id, k.due_on, k.provisional from clock k
 where k.status = 'open'
   and ((k.due_on >= :since
         and (k.next_rung_on is not null
              or (k.due_on >= :today and (k.rungs is null or k.rungs @> '[{"name": "ran_out"}]'))))
        or (k.binds = 'agency' and k.ran_out_on is not null and k.due_on >= cast(:today as date) - 366))
"""
_CLOCKS = """
select k.id, k.case_id, c.number, c.number_zh, k.rule_id, k.due_on, k.provisional, c.version,
       (select s.taken_at from step s where s.case_id = c.id and s.seq = c.version) as changed_at
  from ({chosen} order by k.due_on, k.id limit :limit) k join cases c on c.id = k.case_id
 order by k.due_on, k.id
"""
_OPEN_CASES = "select c.id from cases c where c.office_id = :office_id and c.waiting_for <> 'nobody'"
_OF_CASE = text(_CLOCKS.format(chosen=_CHOSEN + " and k.case_id = :case_id"))
# The stamp of a database is set once and for ever, to the microsecond.
_STAMPED_AT = text("select extract(epoch from stamped_at)::text from installation")


class CalendarFeeds:
    """Fulfils :class:`caseflow.services.ports.calendar_feeds.CalendarFeedStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self, staff_id: int) -> LiveFeed | None:
        """Return the feed a person has in use."""
        row = self._connection.execute(_LIVE, {"staff_id": staff_id}).one_or_none()
        return None if row is None else LiveFeed(row.id, row.made_at)

    def make(self, staff_id: int, secret_hash: bytes, event: AuditEvent) -> bool:
        """Keep a new feed; tell whether it was made, which it is not where the person has one in use."""
        made = self._connection.execute(_MAKE, {"staff_id": staff_id, "secret_hash": secret_hash}).one_or_none()
        if made is None:
            return False
        audit.write(self._connection, event)
        return True

    def revoke(self, staff_id: int, feed_id: int, event: AuditEvent) -> bool:
        """End the feed a person has in use; tell whether it was this one."""
        ended = self._connection.execute(_REVOKE, {"staff_id": staff_id, "feed_id": feed_id}).one_or_none()
        if ended is None:
            return False
        audit.write(self._connection, event)
        return True

    def readers(self, secret_hash: bytes, today: date) -> Sequence[Actor]:
        """Return whose desks the feed of this secret shows: its owner first, then whom they stand in for today."""
        rows = self._connection.execute(_READERS, {"secret_hash": secret_hash, "today": today})
        return [
            Actor(
                row.id, row.office_id, row.login, row.name_en, row.name_zh, frozenset(map(Role, row.roles)), row.locale
            )
            for row in rows
        ]

    def case_number(self, office_id: int, case_id: int) -> Words | None:
        """Return the number of a case of the office."""
        row = self._connection.execute(_CASE_NUMBER, {"office_id": office_id, "case_id": case_id}).one_or_none()
        return None if row is None else Words(row.number, row.number_zh)

    def clocks(self, scope: FeedScope, today: date, since: date, limit: int) -> Sequence[FeedClock]:
        """Return the open clocks of these cases that were not over before ``since``, the next due first."""
        wheres = _branches(scope)
        if not wheres:
            return []
        cases = " union ".join(f"({_OPEN_CASES}{where})" for where in wheres)
        statement = _CLOCKS.format(chosen=f"{_CHOSEN} and k.case_id in ({cases})")
        parameters = {"office_id": scope.office_id, "staff_ids": list(scope.staff_ids), "roles": list(scope.desk_roles)}
        return self._clocks(text(statement), today, since, limit, parameters)

    def clocks_of_case(self, case_id: int, today: date, since: date, limit: int) -> Sequence[FeedClock]:
        """Return the same of one case."""
        return self._clocks(_OF_CASE, today, since, limit, {"case_id": case_id})

    def mark(self) -> str:
        """Return a text of letters and digits that tells this database from every other, the same for ever."""
        stamped_at = self._connection.execute(_STAMPED_AT).scalar_one_or_none()
        return hashlib.sha256(str(stamped_at).encode()).hexdigest()[:16]

    def _clocks(
        self, statement: Any, today: date, since: date, limit: int, parameters: dict[str, Any]
    ) -> Sequence[FeedClock]:
        bounds = {"today": today, "since": since, "limit": limit}
        return [FeedClock(**row) for row in self._connection.execute(statement, parameters | bounds).mappings()]


def _branches(scope: FeedScope) -> list[str]:
    if scope.whole_office:
        return [""]
    branches = []
    if scope.staff_ids:
        branches += [" and c.owner_id = any(:staff_ids)", " and c.second_officer_id = any(:staff_ids)"]
    if scope.desk_roles:
        branches.append(" and c.desk_role = any(:roles)")
    return branches
