"""The look at the background work: counts stop at a cap, and every one is served by an index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, TextClause

from caseflow.domain.audit import AuditEvent
from caseflow.domain.health import COUNTED, NOBODY_TO_TELL, Backlog, Beat, Facts, SweepPulse
from caseflow.persistence import audit
from caseflow.persistence.health_sql import (
    BEAT,
    BEATS,
    DEAD_MAIL,
    DEAD_NOTICES,
    FACTS,
    PULSE,
    RETRY_ALL_MAIL,
    RETRY_MAIL,
    RETRY_NOTICE,
)
from caseflow.services.ports.health import DeadLetter

LARGEST_ID = 2**63 - 1


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

    def retry_all_mail(self, office_id: int, limit: int, event: AuditEvent) -> int:
        """Let dead mail to staff of the office be tried again, the oldest first; return how much, as the event says."""
        count = self._connection.execute(RETRY_ALL_MAIL, {"office_id": office_id, "limit": limit}).rowcount
        if count:
            audit.write(self._connection, replace(event, body={"count": count}))
        return count

    def _letters(self, statement: TextClause, office_id: int, before_id: int | None, limit: int) -> list[DeadLetter]:
        below = LARGEST_ID if before_id is None else before_id
        parameters = {"office_id": office_id, "before_id": below, "limit": limit}
        return [DeadLetter(**row) for row in self._connection.execute(statement, parameters).mappings()]

    def _retry(self, statement: TextClause, office_id: int, number: int, event: AuditEvent) -> bool:
        done = self._connection.execute(statement, {"office_id": office_id, "id": number}).rowcount == 1
        if done:
            audit.write(self._connection, event)
        return done


def _read_backlog(row: Row[Any], table: str) -> Backlog:
    pending, retrying, oldest, dead = (
        getattr(row, f"{table}_{name}") for name in ("pending", "retrying", "oldest", "dead")
    )
    return Backlog(pending, retrying, oldest, dead)
