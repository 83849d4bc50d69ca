"""Files of cases in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.case_files import Purpose
from caseflow.persistence import audit
from caseflow.persistence.case_file_sql import (
    ADD,
    BYTES,
    DELETE_BYTES,
    KEEP_BYTES,
    LOCK,
    OF_CASE,
    SELECT,
    WITHDRAW,
)
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.case_files import CaseFile, NewCaseFile, NoSuchStep

_KEYS: Final = frozenset({"uq_case_file_idempotency_key", "uq_audit_event_key"})
# Beyond every key there is: the newest comes first.
NEWEST: Final = 2**62


class CaseFiles:
    """Fulfils :class:`caseflow.services.ports.case_files.CaseFileStore` on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, case_id: int) -> None:
        """Take the lock of the case's files until the end of the transaction."""
        self._connection.execute(LOCK, {"case_id": case_id})

    def keep_bytes(self, *sha256: str) -> None:
        """Let nobody delete these bytes until the end of the transaction."""
        for one in sha256:
            self._connection.execute(KEEP_BYTES, {"sha256": one})

    def delete_bytes(self, sha256: str) -> None:
        """Let nobody keep these bytes until the end of the transaction."""
        self._connection.execute(DELETE_BYTES, {"sha256": sha256})

    def get(self, office_id: int, file_id: int) -> CaseFile | None:
        """Return a file of the office."""
        return self._one("f.id = :id", {"office_id": office_id, "id": file_id})

    def by_key(self, office_id: int, key: str) -> CaseFile | None:
        """Return what was added under an idempotency key."""
        return self._one("f.idempotency_key = :key", {"office_id": office_id, "key": key})

    def of_case(
        self, case_id: int, purposes: Collection[Purpose], *, before_id: int | None, limit: int
    ) -> Sequence[CaseFile]:
        """Return files of a case, newest first."""
        parameters = {
            "case_id": case_id,
            "purposes": [one.value for one in purposes],
            "before": before_id or NEWEST,
            "limit": limit,
        }
        return [_file(row) for row in self._connection.execute(OF_CASE, parameters)]

    def bytes_of_case(self, case_id: int) -> int:
        """Add up the files of a case."""
        return int(self._connection.execute(BYTES, {"case_id": case_id}).scalar_one())

    def add(self, new: NewCaseFile, event: AuditEvent) -> int:
        """Write the row and its event."""
        with _named_errors():
            added: int = self._connection.execute(ADD, {**vars(new), "by": event.actor_id}).scalar_one()
            audit.write(self._connection, event)
        return added

    def withdraw(self, file_id: int, reason: str, event: AuditEvent) -> bool:
        """Set the columns of the withdrawal, and write its event."""
        parameters = {"id": file_id, "reason": reason, "by": event.actor_id}
        if self._connection.execute(WITHDRAW, parameters).scalar_one_or_none() is None:
            return False
        with _named_errors():
            audit.write(self._connection, event)
        return True

    def note(self, event: AuditEvent) -> None:
        """Write an event alone."""
        with _named_errors():
            audit.write(self._connection, event)

    def _one(self, condition: str, parameters: dict[str, Any]) -> CaseFile | None:
        # The conditions are literals of this class.
        statement = text(f"{SELECT} where f.office_id = :office_id and {condition}")  # nosemgrep: sql-by-string
        row = self._connection.execute(statement, parameters).one_or_none()
        return None if row is None else _file(row)


@contextmanager
def _named_errors() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        name = error.orig.diag.constraint_name if isinstance(error.orig, psycopg.Error) else None
        if name in _KEYS:
            raise AlreadyWritten from error
        if name == "fk_case_file_case_id_seq":
            raise NoSuchStep from error
        raise


def _file(row: Any) -> CaseFile:
    return CaseFile(**{**row._mapping, "purpose": Purpose(row.purpose)})  # noqa: SLF001 - SQLAlchemy's public name
