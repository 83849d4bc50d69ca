"""The stamp of the database: training or production, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.services.ports import Installation, OfficeDay


class Installations:
    """Fulfils :class:`caseflow.services.ports.InstallationStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self) -> Installation | None:
        """Return the stamp, or ``None`` for a database nobody has stamped yet."""
        row = self._connection.execute(text("select kind, date_shift_days from installation")).one_or_none()
        return None if row is None else Installation(row.kind, row.date_shift_days)

    def stamp(self, kind: str, event: AuditEvent) -> None:
        """Stamp the database ``training`` or ``production``."""
        self._connection.execute(text("insert into installation (id, kind) values (1, :kind)"), {"kind": kind})
        audit.write(self._connection, event)

    def shift_dates(self, days: int, event: AuditEvent) -> None:
        """Let a training database run ``days`` away from the real date (the database refuses it in production)."""
        self._connection.execute(text("update installation set date_shift_days = :days"), {"days": days})
        audit.write(self._connection, event)

    def latest_step_on(self) -> date | None:
        """Return the newest business date any step was recorded on."""
        latest: date | None = self._connection.execute(text("select max(business_date) from step")).scalar_one()
        return latest

    def office_days(self) -> Sequence[OfficeDay]:
        """Return the days the office declared working or not, over and above the published calendar."""
        rows = self._connection.execute(text("select day, working, title_en, title_zh from calendar_day order by day"))
        return [OfficeDay(row.day, row.working, row.title_en, row.title_zh) for row in rows]
