"""Imports of old casebooks in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Row, text

from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.imports import Fate, ImportState, Phase
from caseflow.domain.casebook.rows import Grade
from caseflow.domain.words import Words
from caseflow.persistence import audit
from caseflow.persistence import case_import_sql as sql
from caseflow.persistence.errors import named_errors
from caseflow.persistence.staging import insert_many
from caseflow.services.ports.case_imports import (
    Change,
    KeptRow,
    KnownCase,
    NewImport,
    StoredImport,
    StoredRow,
    WorkNoted,
)

_BEYOND = 2**62
_KEYS = frozenset({"uq_casebook_import_idempotency_key", "uq_audit_event_key"})
# Nobody waits for a lock in the middle of a page: the import is locked for moments only.
_FOR_UPDATE = " for no key update of i"


class CaseImports:
    """Fulfils :class:`caseflow.services.ports.case_imports.CaseImportStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock_office(self, office_id: int) -> None:
        """Wait until no other import writes cases of the office."""
        self._connection.execute(sql.LOCK_OFFICE, {"office_id": office_id})

    def take(self, import_id: int) -> bool:
        """Take an import in hand; return False where another process has it."""
        taken: bool = self._connection.execute(sql.TAKE, {"id": import_id}).scalar_one()
        return taken

    def add(self, new: NewImport, sealed: bytes | None, event: AuditEvent) -> int:
        """Keep an import with its file; return its id."""
        parameters = {one.name: getattr(new, one.name) for one in fields(new)}
        parameters |= {"state": new.state.value, "asked": _json(new.asked), "totals": _json(new.totals)}
        parameters["read"] = None if new.read is None else _json(new.read)
        with named_errors(_KEYS):
            added: int = self._connection.execute(sql.ADD, parameters).scalar_one()
            if sealed is not None:
                self._connection.execute(sql.ADD_FILE, {"id": added, "sealed": sealed})
            audit.write(self._connection, event)
        return added

    def get(self, office_id: int, import_id: int, *, locked: bool = False) -> StoredImport | None:
        """Return an import of the office."""
        condition = " where i.office_id = :office_id and i.id = :id" + (_FOR_UPDATE if locked else "")
        return self._one(condition, {"office_id": office_id, "id": import_id})

    def by_key(self, office_id: int, key: str) -> StoredImport | None:
        """Return what was entered under an idempotency key."""
        condition = " where i.office_id = :office_id and i.idempotency_key = :key"
        return self._one(condition, {"office_id": office_id, "key": key})

    def newest(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[StoredImport]:
        """Return imports of the office, newest first."""
        statement = f"{sql.SELECT} where i.office_id = :office_id and i.id < :before order by i.id desc limit :limit"
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [_import(row) for row in self._connection.execute(text(statement), parameters)]

    def at_work(self, limit: int) -> Sequence[tuple[int, int]]:
        """Return (office, import) of what is to be checked or committed, oldest first."""
        return [(row.office_id, row.id) for row in self._connection.execute(sql.AT_WORK, {"limit": limit})]

    def change(self, import_id: int, from_states: Sequence[ImportState], change: Change, event: AuditEvent) -> bool:
        """Change an import that is in one of these states; return whether it was."""
        parameters: dict[str, Any] = {
            "id": import_id,
            "from_states": [one.value for one in from_states],
            "state": change.state.value,
            "held": change.state in (ImportState.COMMITTING, ImportState.COMMITTED),
            "fault_en": change.fault.en if change.fault is not None else "",
            "fault_zh": change.fault.zh if change.fault is not None else "",
            "regime": change.regime,
            "good_rows_only": change.good_rows_only,
            "committed_by": change.committed_by,
            "finished": change.finished,
        }
        for name in ("asked", "read", "totals", "fates"):
            value = getattr(change, name)
            parameters[name] = None if value is None else _json(value)
        if self._connection.execute(sql.CHANGE, parameters).scalar_one_or_none() is None:
            return False
        audit.write(self._connection, event)
        return True

    def file(self, import_id: int) -> bytes | None:
        """Return the sealed file."""
        found: bytes | None = self._connection.execute(sql.FILE, {"id": import_id}).scalar_one_or_none()
        return found

    def replace_rows(self, import_id: int, rows: Iterable[KeptRow]) -> None:
        """Put these rows in the place of those that wait, by COPY."""
        self._connection.execute(sql.DELETE_WAITING, {"id": import_id})
        driver: Any = self._connection.connection.driver_connection
        kept = (
            (
                import_id,
                row.number,
                row.case_number,
                row.grade.value,
                row.fate.value,
                row.sealed,
                row.content_index,
                row.case_id,
            )
            for row in rows
        )
        with driver.cursor() as cursor:
            kinds = list(sql.ROW_COLUMNS.values())
            insert_many(cursor, "casebook_row", list(sql.ROW_COLUMNS), kept, types=kinds)

    def rows(
        self, import_id: int, *, grade: Grade | None = None, fate: Fate | None = None, after: int = 0, limit: int
    ) -> Sequence[StoredRow]:
        """Return rows by number, above ``after``."""
        statement = f"{sql.ROWS} and r.number > :after"
        parameters: dict[str, Any] = {"id": import_id, "after": after, "limit": limit}
        if grade is not None:
            statement += " and r.grade = :grade"
            parameters["grade"] = grade.value
        if fate is not None:
            statement += " and r.fate = :fate"
            parameters["fate"] = fate.value
        # Made of the literals above.
        query = text(f"{statement} order by r.number limit :limit")  # nosemgrep: sql-by-string
        rows = self._connection.execute(query, parameters)
        return [_row(row) for row in rows]

    def row(self, import_id: int, number: int, *, locked: bool = False) -> StoredRow | None:
        """Return one row."""
        statement = f"{sql.ROWS} and r.number = :number" + (" for no key update of r" if locked else "")
        found = self._connection.execute(text(statement), {"id": import_id, "number": number}).one_or_none()
        return None if found is None else _row(found)

    def settle(self, import_id: int, rows: Sequence[KeptRow], decided_by: int | None, event: AuditEvent) -> None:
        """Write what became of quarantined rows, all in one statement."""
        parameters = {
            "id": import_id,
            "decided_by": decided_by,
            "numbers": [row.number for row in rows],
            "case_numbers": [row.case_number for row in rows],
            "grades": [row.grade.value for row in rows],
            "fates": [row.fate.value for row in rows],
            "sealed": [row.sealed for row in rows],
            "indexes": [row.content_index for row in rows],
            "case_ids": [row.case_id for row in rows],
        }
        self._connection.execute(sql.SETTLE, parameters)
        audit.write(self._connection, event)

    def leave_out(self, import_id: int, number: int, reason: str, event: AuditEvent) -> None:
        """Leave a quarantined row out."""
        parameters = {"id": import_id, "number": number, "reason": reason, "by": event.actor_id}
        self._connection.execute(sql.LEAVE_OUT, parameters)
        audit.write(self._connection, event)

    def known_cases(self, office_id: int, numbers: Sequence[str]) -> Sequence[KnownCase]:
        """Return the cases of the office that have one of these numbers."""
        rows = self._connection.execute(sql.KNOWN_CASES, {"office_id": office_id, "numbers": list(numbers)})
        return [KnownCase(row.number, row.id, row.content_index, row.number_zh) for row in rows]

    def known_receipts(self, office_id: int, numbers: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Return (receipt number, number of its case or "") of receipts of the office with these numbers."""
        rows = self._connection.execute(sql.KNOWN_RECEIPTS, {"office_id": office_id, "numbers": list(numbers)})
        return [(row.number, row.case_number) for row in rows]

    def columns(self, office_id: int, headings_sha256: str) -> tuple[str, Mapping[str, str]] | None:
        """Return (regime, column name -> heading) saved for a row of headings."""
        found = self._connection.execute(sql.COLUMNS, {"office_id": office_id, "sha256": headings_sha256}).one_or_none()
        return None if found is None else (found.regime, found.columns)

    def save_columns(
        self, office_id: int, headings_sha256: str, regime: str, columns: Mapping[str, str], event: AuditEvent
    ) -> None:
        """Save the columns of a row of headings, in the place of what was saved."""
        parameters = {
            "office_id": office_id, "sha256": headings_sha256, "regime": regime, "columns": _json(columns),
            "by": event.actor_id,
        }  # fmt: skip
        self._connection.execute(sql.SAVE_COLUMNS, parameters)
        audit.write(self._connection, event)

    def progress(self, import_id: int) -> WorkNoted | None:
        """Return how far the work has come."""
        found = self._connection.execute(sql.PROGRESS, {"id": import_id}).one_or_none()
        if found is None:
            return None
        phase = Phase(found.phase) if found.phase is not None else None
        return WorkNoted(phase, found.done, found.total, found.tries, found.quiet_seconds)

    def note_progress(self, import_id: int, phase: Phase | None, done: int, total: int) -> None:
        """Note how far the work has come."""
        value = phase.value if phase is not None else None
        self._connection.execute(sql.NOTE_PROGRESS, {"id": import_id, "phase": value, "done": done, "total": total})

    def note_try(self, import_id: int) -> int:
        """Count that somebody begins."""
        tries: int = self._connection.execute(sql.NOTE_TRY, {"id": import_id}).scalar_one()
        return tries

    def acts_for(self, office_code: str | None, roles: Sequence[str], login: str | None) -> Sequence[tuple[int, int]]:
        """Return (office, staff) whom a command may act for, the likeliest first."""
        rows = self._connection.execute(sql.ACTS_FOR, {"code": office_code, "roles": list(roles), "login": login})
        return [(row.office_id, row.id) for row in rows]

    def _one(self, condition: str, parameters: dict[str, Any]) -> StoredImport | None:
        row = self._connection.execute(text(sql.SELECT + condition), parameters).one_or_none()
        return None if row is None else _import(row)


def _import(row: Row[Any]) -> StoredImport:
    values = row._asdict()
    fault = Words(values.pop("fault_en"), values.pop("fault_zh"))
    return StoredImport(**{**values, "state": ImportState(row.state), "fault": fault if fault.en else None})


def _row(row: Row[Any]) -> StoredRow:
    return StoredRow(**{**row._asdict(), "grade": Grade(row.grade), "fate": Fate(row.fate)})


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False)
