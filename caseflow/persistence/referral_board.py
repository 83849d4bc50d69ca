"""The liaison's desk in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.audit import AuditEvent
from caseflow.persistence import audit
from caseflow.persistence import referral_board_sql as sql
from caseflow.persistence.errors import named_errors
from caseflow.persistence.opening import opened_file
from caseflow.persistence.parties import PartyNames
from caseflow.services.ports.liaison import (
    MOST_COUNTED,
    REPLY_FILE,
    Batch,
    BatchCase,
    BatchOutcome,
    BoardRow,
    BoardScope,
    NewBatch,
    OpenLimit,
    ReplyFile,
    WindowRow,
)
from caseflow.services.ports.privacy import FieldCipher

_BEYOND = 2**62
_KEYS = frozenset({"uq_withdrawal_batch_key", "uq_audit_event_key"})


class LiaisonDesk:
    """Fulfils :class:`caseflow.services.ports.liaison.LiaisonStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames, cipher: FieldCipher) -> None:
        self._connection = connection
        self._names = names
        self._cipher = cipher

    def definition_hashes(self) -> list[str]:
        """Return the content hash of every workflow definition a case was ever pinned to."""
        found = self._connection.execute(text("select content_hash from workflow_definition order by adopted_at"))
        return list(found.scalars())

    def board_rows(self, scope: BoardScope, *, after: tuple[date, int] | None, limit: int) -> list[BoardRow]:
        """Return at most ``limit`` cases of each column, by what is due next, from ``after`` on."""
        statement = sql.board_rows(court=scope.court is not None, after=after is not None)
        return self._rows(statement, {**_scoped(scope), **_after(after), "limit": limit})

    def board_counts(self, scope: BoardScope) -> dict[str, int]:
        """Count the cases of each column, capped."""
        statement = sql.board_counts(court=scope.court is not None)
        rows = self._connection.execute(text(statement), {**_scoped(scope), "cap": MOST_COUNTED})
        return {row.col: min(row.n, MOST_COUNTED) for row in rows}

    def withdrawn(self, scope: BoardScope, *, after: tuple[date, int] | None, limit: int) -> list[BoardRow]:
        """Return open cases that came back from the court by a withdrawal, from ``after`` on."""
        statement = sql.withdrawn(
            court=scope.court is not None, regime=scope.regime is not None, after=after is not None
        )
        return self._rows(statement, {**_scoped(scope), **_after(after), "limit": limit})

    def windows(self, scope: BoardScope, *, until: date, limit: int) -> list[WindowRow]:
        """Return cases whose time to apply ends by ``until``, and after them those where it is over."""
        statement = sql.windows(regime=scope.regime is not None)
        rows = self._connection.execute(text(statement), {**_scoped(scope), "until": until, "limit": limit})
        kept = WindowRow.__dataclass_fields__
        named = map(self._names.named, rows)
        return [WindowRow(**{name: values[name] for name in kept}) for values in named]

    def open_limits(self, case_ids: Sequence[int]) -> list[OpenLimit]:
        """Return the running limits of these cases, by due date."""
        rows = self._connection.execute(text(sql.OPEN_LIMITS), {"ids": list(case_ids)})
        return [OpenLimit(**row._asdict()) for row in rows]

    def rows_of(self, office_id: int, case_ids: Collection[int]) -> list[BoardRow]:
        """Return these cases of the office, whatever column they stand in."""
        return self._rows(sql.ROWS_OF, {"office_id": office_id, "ids": list(case_ids), "papers": []})

    def courts(self, office_id: int) -> list[str]:
        """Return the courts the office has applied to, by name."""
        return list(self._connection.execute(text(sql.COURTS), {"office_id": office_id}).scalars())

    def case_ids(self, office_id: int, numbers: Collection[str]) -> dict[str, int]:
        """Return the cases of the office by number, in either of its forms."""
        parameters = {"office_id": office_id, "numbers": list(numbers)}
        found: dict[str, int] = {}
        for row in self._connection.execute(text(sql.CASE_IDS), parameters):
            found |= {row.number: row.id, row.number_zh: row.id}
        return found

    def logins(self) -> list[str]:
        """Return the logins of everybody who is a liaison."""
        statement = (
            "select s.login from staff s join staff_role r on r.staff_id = s.id "
            "where r.role = 'liaison' and s.active order by s.id limit 100"
        )
        return list(self._connection.execute(text(statement)).scalars())

    def keep_file(self, office_id: int, name: str, content: bytes, event: AuditEvent) -> int:
        """Keep a file as it came, sealed; return its id, which the seal is bound to."""
        file_id: int = self._connection.execute(text("select nextval('court_reply_file_id_seq')")).scalar_one()
        statement = (
            "insert into court_reply_file (id, office_id, name, content_sealed, received_by) "
            "overriding system value values (:id, :office_id, :name, :content_sealed, :by)"
        )
        sealed = self._cipher.seal_bytes(REPLY_FILE, file_id, content)
        parameters = {
            "id": file_id, "office_id": office_id, "name": name, "content_sealed": sealed, "by": event.actor_id,
        }  # fmt: skip
        self._connection.execute(text(statement), parameters)
        audit.write(self._connection, event)
        return file_id

    def file(self, office_id: int, file_id: int) -> ReplyFile | None:
        """Return a file of the office."""
        statement = (
            "select id, name, content_sealed, received_at from court_reply_file where id = :id and office_id = :office"
        )
        row = self._connection.execute(text(statement), {"id": file_id, "office": office_id}).one_or_none()
        if row is None:
            return None
        content = opened_file(self._cipher, REPLY_FILE, row.id, row.content_sealed)
        return ReplyFile(row.id, row.name, content, row.received_at)

    def add_batch(self, new: NewBatch, event: AuditEvent) -> int:
        """Keep a withdrawal and its cases; return its id."""
        parameters = {
            "office_id": new.office_id,
            "reason": new.reason,
            "withdrawn_on": new.withdrawn_on,
            "case_count": len(new.case_ids),
            "made_by": event.actor_id,
            "key": new.key,
        }
        with named_errors(_KEYS):
            added: int = self._connection.execute(text(sql.ADD_BATCH), parameters).scalar_one()
            self._connection.execute(text(sql.ADD_BATCH_CASES), {"batch_id": added, "ids": list(new.case_ids)})
            audit.write(self._connection, event)
        return added

    def batch_by_key(self, office_id: int, key: str) -> int | None:
        """Return the withdrawal that was kept under an idempotency key."""
        statement = "select id from withdrawal_batch where office_id = :office_id and key = :key"
        found: int | None = self._connection.execute(
            text(statement), {"office_id": office_id, "key": key}
        ).scalar_one_or_none()
        return found

    def batch(self, office_id: int, batch_id: int) -> tuple[Batch, list[BatchCase]] | None:
        """Return a withdrawal of the office with its cases, in their order."""
        parameters = {"office_id": office_id, "id": batch_id}
        row = self._connection.execute(text(sql.BATCH + " and b.id = :id"), parameters).one_or_none()
        if row is None:
            return None
        cases = self._connection.execute(text(sql.BATCH_CASES), {"id": batch_id})
        return Batch(**row._asdict()), [BatchCase(**self._names.named(case)) for case in cases]

    def batches(self, office_id: int, *, before_id: int | None, limit: int) -> list[Batch]:
        """Return withdrawals of the office, newest first."""
        statement = sql.BATCH + " and b.id < :before order by b.id desc limit :limit"
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [Batch(**row._asdict()) for row in self._connection.execute(text(statement), parameters)]

    def note_outcomes(self, batch_id: int, outcomes: Sequence[BatchOutcome], event: AuditEvent) -> None:
        """Write what came of some cases; one that is done stays as it is."""
        told = json.dumps([asdict(one) for one in outcomes], ensure_ascii=False)
        self._connection.execute(text(sql.NOTE_OUTCOMES), {"batch_id": batch_id, "outcomes": told})
        audit.write(self._connection, event)

    def _rows(self, statement: str, parameters: dict[str, Any]) -> list[BoardRow]:
        return [BoardRow(**self._names.named(row)) for row in self._connection.execute(text(statement), parameters)]


def _scoped(scope: BoardScope) -> dict[str, Any]:
    return {
        "office_id": scope.office_id,
        "columns": [column for column, _regime, _state in scope.places],
        "regimes": [regime for _column, regime, _state in scope.places],
        "states": [state for _column, _regime, state in scope.places],
        "windows": list(scope.windows),
        "waits": list(scope.waits),
        "papers": list(scope.papers),
        "live": list(scope.live),
        "today": scope.today,
        "court": scope.court,
        "regime": scope.regime,
    }


def _after(after: tuple[date, int] | None) -> dict[str, Any]:
    if after is None:
        return {}
    # A case without a due date sorts at infinity, which Python's dates do not have.
    return {"after_due": "infinity" if after[0] == date.max else after[0].isoformat(), "after_id": after[1]}
