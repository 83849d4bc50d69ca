"""Reminders in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence.reminder_sql import BEAT, BUSINESS_DATE, DUE, SET_ASIDE, SWEEP
from caseflow.services.ports.reminders import ComingRung, Swept

log = structlog.get_logger(__name__)


class Reminders:
    """Fulfils :class:`caseflow.services.ports.reminders.ReminderStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def business_date(self) -> date:
        """Return the office's date by the database's clock."""
        found: date = self._connection.execute(BUSINESS_DATE).scalar_one()
        return found

    def sweep(self, today: date, limit: int) -> Swept:
        """Let the next rung of up to ``limit`` due clocks take effect, each exactly once, in one statement.

        A clock whose ladder the database refuses must not hold up the others: where a batch fails, half of it is tried,
        down to the one, which loses its ladder and is reckoned anew (``rungs`` null).
        """
        parameters = {"today": today, "limit": limit}
        try:
            with self._connection.begin_nested():
                return Swept(**self._connection.execute(SWEEP, parameters).mappings().one())
        except (IntegrityError, DataError) as error:
            if limit > 1:
                return replace(self.sweep(today, limit // 2), still_due=1)
            log.error("sweep.clock_set_aside", reason=str(error.orig).splitlines()[0])  # noqa: TRY400 - it says all
            self._connection.execute(SET_ASIDE, {"today": today})
            return Swept(clocks=1, still_due=1, reminders=0, ran_out=0, escalations=0)

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
