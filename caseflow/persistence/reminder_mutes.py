"""Muted rungs in PostgreSQL."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, TextClause, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit

_ADD: Final = text(
    "insert into reminder_mute (staff_id, ladder, rung) values (:staff_id, :ladder, :rung) on conflict do nothing "
    "returning true"
)
_REMOVE: Final = text(
    "delete from reminder_mute where staff_id = :staff_id and ladder = :ladder and rung = :rung returning true"
)
_OWN: Final = text("select ladder, rung from reminder_mute where staff_id = :staff_id")


class ReminderMutes:
    """Fulfils :class:`caseflow.services.ports.reminders.MuteStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, staff_id: int, ladder: str, rung: str, event: AuditEvent) -> bool:
        """Mute a rung for a member of staff and write the event; False and no event where it was muted already."""
        return self._changed(_ADD, staff_id, ladder, rung, event)

    def remove(self, staff_id: int, ladder: str, rung: str, event: AuditEvent) -> bool:
        """Take a mute back and write the event; False and no event where there was none."""
        return self._changed(_REMOVE, staff_id, ladder, rung, event)

    def own(self, staff_id: int) -> frozenset[tuple[str, str]]:
        """Return what a member of staff muted, as (ladder, rung)."""
        rows = self._connection.execute(_OWN, {"staff_id": staff_id})
        return frozenset((row.ladder, row.rung) for row in rows)

    def _changed(self, statement: TextClause, staff_id: int, ladder: str, rung: str, event: AuditEvent) -> bool:
        parameters = {"staff_id": staff_id, "ladder": ladder, "rung": rung}
        if self._connection.execute(statement, parameters).scalar_one_or_none() is None:
            return False
        audit.write(self._connection, event)
        return True
