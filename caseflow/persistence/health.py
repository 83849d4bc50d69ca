"""The look at the background work: counts stop at a cap, and every one is served by an index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.health import COUNTED, NOBODY_TO_TELL, Backlog, Beat, Facts, SweepPulse
from caseflow.persistence import audit
from caseflow.services.ports.health import DeadLetter

_LARGEST_ID = 2**63 - 1


def _backlog(table: str) -> str:
    return f"""
  (select count(*) from (select from {table} where state = 'pending' limit :cap) x) as {table}_pending,
  (select count(*) from (select attempts from {table} where state = 'pending' limit :cap) x where attempts > 0)
    as {table}_retrying,
  (select due_at from {table} where state = 'pending' and due_at <= clock_timestamp() order by due_at, id limit 1)
    as {table}_oldest,
  (select count(*) from (select from {table} where state = 'dead' limit :cap) x) as {table}_dead"""


_DUE = "status = 'open' and next_rung_on is not null and next_rung_on <= (select day from today)"
_UNHEARD = "state = 'done' and last_error is not null and done_at > now() - interval '30 days'"
FACTS = text(f"""
with today as materialized (select business_date() as day)
select clock_timestamp() as now, (select day from today) as today,
  (select stamped_at from installation) as stamped_at,
  (select count(*) from (select from clock where {_DUE} limit :cap) x) as clocks_due,
  (select next_rung_on from clock where {_DUE} order by next_rung_on, id limit 1) as clocks_due_since,
  (select count(*) from (select from clock where status in ('open', 'tolled') and rungs is null limit :cap) x)
    as clocks_unreckoned,
  (select max(id) from reminder) as reminders,
  {_backlog("outbox")}, {_backlog("mail")},
  (select count(*) from (select last_error from outbox where {_UNHEARD} limit :cap) x where last_error = :nobody)
    as unheard,
  (select max(done_at) from outbox where {_UNHEARD}) as unheard_newest,
  (select count(*) from staff where active and email is null
      and (cast(:office_id as integer) is null or office_id = :office_id)) as staff_without_mail,
  (select count(*) from office o left join staff s on s.id = o.head_id
    where s.active is not true and (cast(:office_id as integer) is null or o.id = :office_id)) as offices_without_head
""")
BEATS = text("select name, at, rounds, detail from heartbeat order by name limit 100")
PULSE = text("""
select h.at as swept_at, i.stamped_at, clock_timestamp() as now
  from (select 1) as one left join heartbeat h on h.name = 'sweep' left join installation i on i.id = 1
""")
BEAT = text("""
insert into heartbeat (name, at, detail)
select name, clock_timestamp(), cast(detail as jsonb)
  from unnest(cast(:names as text[]), cast(:details as text[])) as t (name, detail) order by name
on conflict (name) do update set at = excluded.at, detail = excluded.detail, rounds = heartbeat.rounds + 1
""")
# What a payload holds may be the very reason why it is dead, so it is compared as text and never cast.
_OF_OFFICE = """(o.payload->>'office_id' = cast(:office_id as text)
        or not exists (select from office f where cast(f.id as text) = o.payload->>'office_id'))"""
DEAD_NOTICES = text(f"""
with dead as (
  select o.id, o.kind, o.due_at, o.payload, o.last_error from outbox o
   where o.state = 'dead' and o.id < :before_id and {_OF_OFFICE} order by o.id desc limit :limit
)
select o.id, o.kind, (o.due_at at time zone 'Asia/Shanghai')::date as day, coalesce(o.payload->>'to', '') as addressee,
       coalesce(s.name_en, '') as name_en, coalesce(s.name_zh, '') as name_zh, coalesce(o.last_error, '') as error
  from dead o left join staff s on cast(s.id as text) = o.payload->>'owner_id' order by o.id desc
""")
DEAD_MAIL = text("""
select m.id, m.kind, m.day, '' as addressee, s.name_en, s.name_zh, coalesce(m.last_error, '') as error
  from mail m join staff s on s.id = m.staff_id
 where m.state = 'dead' and m.id < :before_id and s.office_id = :office_id order by m.id desc limit :limit
""")
RETRY_NOTICE = text(f"""
update outbox o set state = 'pending', attempts = 0, due_at = clock_timestamp()
 where o.id = :id and o.state = 'dead' and {_OF_OFFICE}
""")
RETRY_MAIL = text("""
update mail m set state = 'pending', attempts = 0, due_at = clock_timestamp() from staff s
 where m.id = :id and m.state = 'dead' and s.id = m.staff_id and s.office_id = :office_id
""")


class Health:
    """Fulfils :class:`caseflow.services.ports.health.HealthStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def facts(self, office_id: int | None) -> Facts:
        """Return one look at the whole; hints about people are of one office (None: of all)."""
        parameters = {"cap": COUNTED, "nobody": NOBODY_TO_TELL, "office_id": office_id}
        row = self._connection.execute(FACTS, parameters).one()
        beats = self._connection.execute(BEATS)
        return Facts(
            now=row.now,
            today=row.today,
            stamped_at=row.stamped_at,
            beats={one.name: Beat(one.at, one.rounds, one.detail) for one in beats},
            clocks_due=row.clocks_due,
            clocks_due_since=row.clocks_due_since,
            clocks_unreckoned=row.clocks_unreckoned,
            reminders=row.reminders or 0,
            notices=_read_backlog(row, "outbox"),
            mail=_read_backlog(row, "mail"),
            unheard=row.unheard,
            unheard_newest=row.unheard_newest,
            staff_without_mail=row.staff_without_mail,
            offices_without_head=row.offices_without_head,
        )

    def sweep_pulse(self) -> SweepPulse:
        """Return when reminders were last swept, by primary keys alone."""
        row = self._connection.execute(PULSE).one()
        swept_at: datetime | None = row.swept_at
        return SweepPulse(swept_at, row.stamped_at, row.now)

    def beat(self, beats: Mapping[str, Mapping[str, Any]]) -> None:
        """Note that these jobs did their round just now, each with what it says."""
        names, details = list(beats), [json.dumps(dict(detail)) for detail in beats.values()]
        self._connection.execute(BEAT, {"names": names, "details": details})

    def dead_notices(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return notices of the office (and of no office) that were given up, newest first."""
        return self._letters(DEAD_NOTICES, office_id, before_id, limit)

    def dead_mail(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[DeadLetter]:
        """Return mail to staff of the office that was given up, newest first."""
        return self._letters(DEAD_MAIL, office_id, before_id, limit)

    def retry_notice(self, office_id: int, notice_id: int, event: AuditEvent) -> bool:
        """Let a dead notice of the office (or of no office) be tried again; False where it is not dead or not there."""
        return self._retry(RETRY_NOTICE, office_id, notice_id, event)

    def retry_mail(self, office_id: int, mail_id: int, event: AuditEvent) -> bool:
        """Let dead mail to staff of the office be tried again; False where it is not dead or not there."""
        return self._retry(RETRY_MAIL, office_id, mail_id, event)

    def _letters(self, statement: TextClause, office_id: int, before_id: int | None, limit: int) -> list[DeadLetter]:
        below = _LARGEST_ID if before_id is None else before_id
        parameters = {"office_id": office_id, "before_id": below, "limit": limit}
        return [DeadLetter(**row) for row in self._connection.execute(statement, parameters).mappings()]

    def _retry(self, statement: TextClause, office_id: int, number: int, event: AuditEvent) -> bool:
        done = self._connection.execute(statement, {"office_id": office_id, "id": number}).rowcount == 1
        if done:
            audit.write(self._connection, event)
        return done


def _read_backlog(row: Row[Any], table: str) -> Backlog:
    pending, retrying, oldest, dead = (
        row._mapping[f"{table}_{name}"]  # noqa: SLF001 - SQLAlchemy's public name for it
        for name in ("pending", "retrying", "oldest", "dead")
    )
    return Backlog(pending, retrying, oldest, dead)
