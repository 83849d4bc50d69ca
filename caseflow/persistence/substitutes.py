"""Substitutes in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.substitutions import Standing
from caseflow.persistence import audit
from caseflow.persistence.errors import named_errors
from caseflow.persistence.substitution_sql import ADD, END, HELD, LOCK, SELECT, STANDING, TOUCHING
from caseflow.services.ports.substitutes import NewSubstitution, Substitution

_KEYS = frozenset({"uq_substitution_idempotency_key", "uq_audit_event_key"})
_BEYOND = 2**62


class Substitutes:
    """Fulfils :class:`caseflow.services.ports.substitutes.SubstituteStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, office_id: int) -> None:
        """Wait until nobody else arranges anything in the office; the database's own guard takes the same lock."""
        self._connection.execute(LOCK, {"office_id": office_id})

    def get(self, office_id: int, substitution_id: int) -> Substitution | None:
        """Return an arrangement of the office."""
        return self._one("b.id = :id", {"office_id": office_id, "id": substitution_id})

    def by_key(self, office_id: int, key: str) -> Substitution | None:
        """Return what was arranged under an idempotency key."""
        return self._one("b.idempotency_key = :key", {"office_id": office_id, "key": key})

    def touching(self, staff_ids: Collection[int], from_on: date, until_on: date) -> Sequence[Substitution]:
        """Return what holds in a stretch with one of these in either part, by its first day (at most 100)."""
        parameters = {"staff_ids": list(staff_ids), "first": from_on, "until": until_on}
        return [_substitution(row) for row in self._connection.execute(TOUCHING, parameters)]

    def in_force(self, away_ids: Collection[int], on: date) -> Sequence[Substitution]:
        """Return what holds on a day for these who are away; each has one substitute at most."""
        parameters = {"staff_ids": list(away_ids), "first": on, "until": on}
        return [_substitution(row) for row in self._connection.execute(HELD, parameters)]

    def newest(
        self,
        office_id: int,
        *,
        staff_id: int | None,
        standing: Standing | None,
        today: date,
        before_id: int | None,
        limit: int,
    ) -> Sequence[Substitution]:
        """Return arrangements, newest first."""
        wheres = ["b.office_id = :office_id", "b.id < :before"]
        parameters: dict[str, Any] = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        if staff_id is not None:
            wheres.append("(b.away_id = :staff_id or b.substitute_id = :staff_id)")
            parameters["staff_id"] = staff_id
        if standing is not None:
            wheres.append(STANDING[standing])
            parameters["today"] = today
        # nosemgrep: sql-by-string - every part is a literal of this class
        statement = f"{SELECT} where {' and '.join(wheres)} order by b.id desc limit :limit"
        return [_substitution(row) for row in self._connection.execute(text(statement), parameters)]

    def add(self, new: NewSubstitution, event: AuditEvent) -> int:
        """Keep an arrangement; return its id."""
        parameters = {
            "office_id": new.office_id,
            "away_id": new.arranged.away_id,
            "substitute_id": new.arranged.substitute_id,
            "from_on": new.arranged.from_on,
            "until_on": new.arranged.until_on,
            "reason": new.reason,
            "made_by": event.actor_id,
            "key": new.key,
        }
        with named_errors(_KEYS):
            added: int = self._connection.execute(ADD, parameters).scalar_one()
            audit.write(self._connection, event)
        return added

    def end(self, substitution_id: int, on: date, event: AuditEvent) -> bool:
        """End an arrangement; return whether it was still to be ended."""
        parameters = {"id": substitution_id, "on": on, "by": event.actor_id}
        if self._connection.execute(END, parameters).scalar_one_or_none() is None:
            return False
        audit.write(self._connection, event)
        return True

    def _one(self, condition: str, parameters: dict[str, Any]) -> Substitution | None:
        # nosemgrep: sql-by-string - every part is a literal of this class
        statement = f"{SELECT} where b.office_id = :office_id and {condition}"
        row = self._connection.execute(text(statement), parameters).one_or_none()
        return None if row is None else _substitution(row)


def _substitution(row: Any) -> Substitution:
    return Substitution(**row._asdict())
