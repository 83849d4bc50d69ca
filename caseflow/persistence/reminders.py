"""Reminders in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.reminder_sql import BEAT, BUSINESS_DATE, DUE, MARKS_OF_CASE, OF_CASE, SWEEP
from caseflow.services.ports.reminders import ClockMark, ComingRung, GivenReminder, Swept


class Reminders:
    """Fulfils :class:`caseflow.services.ports.reminders.ReminderStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def business_date(self) -> date:
        """Return the office's date by the database's clock."""
        found: date = self._connection.execute(BUSINESS_DATE).scalar_one()
        return found

    def sweep(self, today: date, limit: int) -> Swept:
        """Let the next rung of up to ``limit`` due clocks take effect, each exactly once, in one statement."""
        return Swept(**self._connection.execute(SWEEP, {"today": today, "limit": limit}).mappings().one())

    def record_sweep(self, event: AuditEvent) -> None:
        """Write the audit event of a sweep that did something."""
        audit.write(self._connection, event)

    def beat(self, name: str, detail: Mapping[str, Any]) -> None:
        """Note that the job ``name`` did its round just now."""
        self._connection.execute(BEAT, {"name": name, "detail": json.dumps(dict(detail))})

    def due(self, until: date, *, office_id: int | None, limit: int) -> Sequence[ComingRung]:
        """Return the rungs up to ``until`` that have not taken effect yet, by day."""
        parameters = {"until": until, "office_id": office_id, "limit": limit}
        return [ComingRung(**row) for row in self._connection.execute(DUE, parameters).mappings()]

    def of_case(self, case_id: int, limit: int) -> Sequence[GivenReminder]:
        """Return the newest rungs that took effect on a case."""
        rows = self._connection.execute(OF_CASE, {"case_id": case_id, "limit": limit}).mappings()
        return [GivenReminder(**row) for row in rows]

    def marks_of_case(self, case_id: int) -> Sequence[ClockMark]:
        """Return the clocks of a case that ran out or were escalated, by due date."""
        rows = self._connection.execute(MARKS_OF_CASE, {"case_id": case_id}).mappings()
        return [ClockMark(**row) for row in rows]
