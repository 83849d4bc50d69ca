"""Accounts, files, statements and lines of the bank in PostgreSQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.bank import Columns, Direction, IdentifiedLine, OpenReceipt, OpenRemittance, StatementLine
from caseflow.persistence import audit
from caseflow.persistence.bank import bank_sql as sql
from caseflow.persistence.bank.errors import bank_errors
from caseflow.persistence.bank.said import looked_for, opened_line, sealed_line
from caseflow.persistence.opening import opened_file
from caseflow.services.ports.bank import (
    BANK_FILE,
    BankAccount,
    DecisionRow,
    LineFilter,
    LineRow,
    NewDecision,
    NewStatement,
    Signature,
    StatementRow,
    StoredFile,
)
from caseflow.services.ports.privacy import FieldCipher

_BEYOND = 2**62


class Bank:
    """Fulfils :class:`caseflow.services.ports.bank.BankStore` on one connection."""

    def __init__(self, connection: Connection, cipher: FieldCipher) -> None:
        self._connection = connection
        self._cipher = cipher

    def event_body(self, key: str) -> Mapping[str, Any] | None:
        """Return the body of the audit event with this key, if it was written."""
        body: Mapping[str, Any] | None = self._connection.execute(
            text("select body from audit_event where key = :key"), {"key": key}
        ).scalar_one_or_none()
        return body

    def cashiers(self) -> Sequence[Actor]:
        """Return the active cashiers of every office, by login."""
        rows = self._connection.execute(sql.CASHIERS)
        return [
            Actor(row.id, row.office_id, row.login, row.name_en, row.name_zh, frozenset({Role.CASHIER}), row.locale)
            for row in rows
        ]

    def holds(self, transfer_key: str) -> bool:
        """Tell whether an entry is a line's suspension or refund order, or a remittance's transfer."""
        found: bool = self._connection.execute(
            text(
                "select exists (select from bank_decision where transfer_key = :key) "
                "or exists (select from remittance where transfer_key = :key)"
            ),
            {"key": transfer_key},
        ).scalar_one()
        return found

    def note(self, event: AuditEvent) -> None:
        """Write an audit event."""
        with bank_errors():
            audit.write(self._connection, event)

    def accounts(self, office_id: int) -> Sequence[BankAccount]:
        """Return the accounts of an office, by bank and number."""
        rows = self._connection.execute(
            text("select id, bank, number from bank_account where office_id = :office_id order by bank, number"),
            {"office_id": office_id},
        )
        return [BankAccount(row.id, row.bank, row.number) for row in rows]

    def open_account(self, office_id: int, bank: str, number: str, staff_id: int, event_key: str) -> int:
        """Open an account; return its id."""
        with bank_errors():
            opened: int = self._connection.execute(
                text(
                    "insert into bank_account (office_id, bank, number, opened_by, event_key) "
                    "values (:office_id, :bank, :number, :staff_id, :event_key) returning id"
                ),
                {
                    "office_id": office_id,
                    "bank": bank,
                    "number": number,
                    "staff_id": staff_id,
                    "event_key": event_key,
                },
            ).scalar_one()
        return opened

    def columns(self, office_id: int, bank: str) -> Columns | None:
        """Return the columns last saved for a bank."""
        found = self._connection.execute(
            text(
                "select columns from bank_columns where office_id = :office_id and bank = :bank "
                "order by id desc limit 1"
            ),
            {"office_id": office_id, "bank": bank},
        ).scalar_one_or_none()
        return None if found is None else Columns(**found)

    def save_columns(self, office_id: int, bank: str, columns: Columns, staff_id: int, event_key: str) -> None:
        """Save the columns of a bank's CSV."""
        self._connection.execute(
            text(
                "insert into bank_columns (office_id, bank, columns, saved_by, event_key) "
                "values (:office_id, :bank, cast(:columns as jsonb), :staff_id, :event_key)"
            ),
            {
                "office_id": office_id,
                "bank": bank,
                "columns": json.dumps(asdict(columns), ensure_ascii=False),
                "staff_id": staff_id,
                "event_key": event_key,
            },
        )

    def find_file(self, office_id: int, sha256: bytes) -> int | None:
        """Return the file with this hash, if the office was given it before."""
        found: int | None = self._connection.execute(
            text("select id from bank_file where office_id = :office_id and sha256 = :sha256"),
            {"office_id": office_id, "sha256": sha256},
        ).scalar_one_or_none()
        return found

    def keep_file(self, office_id: int, name: str, content: bytes, staff_id: int, event_key: str) -> int:
        """Keep a file as it came, sealed; return its id, which the seal is bound to."""
        file_id: int = self._connection.execute(text("select nextval('bank_file_id_seq')")).scalar_one()
        self._connection.execute(
            text(
                "insert into bank_file (id, office_id, name, sha256, content_sealed, received_by, event_key) "
                "overriding system value "
                "values (:id, :office_id, :name, :sha256, :content_sealed, :staff_id, :event_key)"
            ),
            {
                "id": file_id,
                "office_id": office_id,
                "name": name,
                "sha256": hashlib.sha256(content).digest(),
                "content_sealed": self._cipher.seal_bytes(BANK_FILE, file_id, content),
                "staff_id": staff_id,
                "event_key": event_key,
            },
        )
        return file_id

    def file(self, office_id: int, file_id: int) -> StoredFile | None:
        """Return a file of the office."""
        row = self._connection.execute(
            text(
                "select id, name, sha256, content_sealed, received_at from bank_file "
                "where id = :file_id and office_id = :office_id"
            ),
            {"office_id": office_id, "file_id": file_id},
        ).one_or_none()
        if row is None:
            return None
        content = opened_file(self._cipher, BANK_FILE, row.id, row.content_sealed, row.sha256)
        return StoredFile(row.id, row.name, content, row.received_at)

    def known(self, office_id: int, account_id: int, lines: Sequence[IdentifiedLine]) -> Collection[object]:
        """Return the keys of those lines that the account already has."""
        wanted = json.dumps(list(looked_for(self._cipher, office_id, lines)), ensure_ascii=False)
        rows = self._connection.execute(sql.KNOWN, {"account_id": account_id, "lines": wanted})
        return {lines[row.at].key for row in rows}

    def write_statement(self, new: NewStatement, lines: Sequence[IdentifiedLine]) -> Sequence[int]:
        """Write a statement with its new lines in one go; return the lines' ids in their order."""
        with bank_errors():
            statement_id = self._connection.execute(
                sql.WRITE_STATEMENT, {**asdict(new), "new_count": len(lines)}
            ).scalar_one()
            # The ids are taken first: what is sealed is bound to them.
            ids = sorted(self._connection.execute(sql.TAKE_LINE_IDS, {"count": len(lines)}).scalars())
            written = [self._new_line(line_id, new.office_id, one) for line_id, one in zip(ids, lines, strict=True)]
            self._connection.execute(
                sql.WRITE_LINES,
                {
                    "office_id": new.office_id,
                    "account_id": new.account_id,
                    "statement_id": statement_id,
                    "lines": json.dumps(written, ensure_ascii=False),
                },
            )
            return ids

    def statements(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[StatementRow]:
        """Return the statements of the office, newest first."""
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [StatementRow(**row) for row in self._connection.execute(sql.STATEMENTS, parameters).mappings()]

    def open_receipts(self, office_id: int, numbers: Collection[str]) -> Mapping[str, OpenReceipt]:
        """Return those of the numbered receipts whose money no line has shown yet, by number."""
        rows = self._connection.execute(sql.OPEN_BY_NUMBER, {"office_id": office_id, "numbers": list(numbers)})
        return {row.number: OpenReceipt(**row._asdict()) for row in rows}

    def receipts_near(
        self, office_id: int, lines: Iterable[tuple[int, StatementLine]]
    ) -> Mapping[int, Sequence[OpenReceipt]]:
        """Return for each line, by its key, the open receipts near it in time or of the number it names."""
        wanted = [(key, line) for key, line in lines if line.direction is Direction.CREDIT]
        found: dict[int, list[OpenReceipt]] = {key: [] for key, _line in wanted}
        rows = self._connection.execute(
            sql.RECEIPTS_NEAR,
            {
                "office_id": office_id,
                "ids": [key for key, _line in wanted],
                "days": [line.booked_on for _key, line in wanted],
                "amounts": [line.amount_fen for _key, line in wanted],
                "references": [line.reference for _key, line in wanted],
            },
        )
        for row in rows.mappings():
            receipt = dict(row)
            found[receipt.pop("line_id")].append(OpenReceipt(**receipt))
        return found

    def open_remittances(self, office_id: int, account_ids: Collection[int]) -> Mapping[int, Sequence[OpenRemittance]]:
        """Return the remittances no outgoing line has shown yet, by account."""
        rows = self._connection.execute(
            sql.OPEN_REMITTANCES, {"office_id": office_id, "account_ids": list(account_ids)}
        )
        found: dict[int, list[OpenRemittance]] = {one: [] for one in account_ids}
        for row in rows:
            found[row.account_id].append(OpenRemittance(row.id, row.voucher, row.amount_fen, row.remitted_on))
        return found

    def missing(self, office_id: int, first: date, last: date, but: Collection[tuple[int, int]]) -> tuple[int, int]:
        """Return how many receipts of the days first to last no line has shown, without ``but``, and their fen."""
        row = self._connection.execute(
            sql.MISSING,
            {
                "office_id": office_id,
                "first": first,
                "last": last,
                "lots": [lot for lot, _no in but],
                "numbers": [no for _lot, no in but],
            },
        ).one()
        return row.many, row.fen

    def decide(self, signature: Signature, decisions: Sequence[NewDecision]) -> None:
        """Write decisions with their receipts; what must add up is added up at once, not only at commit."""
        rows = [{name: value for name, value in asdict(one).items() if name != "receipts"} for one in decisions]
        with bank_errors():
            written = self._connection.execute(
                sql.DECIDE, {**asdict(signature), "decisions": json.dumps(rows, ensure_ascii=False)}
            )
            ids = {row.line_id: row.id for row in written}
            pairs = [(ids[one.line_id], lot, no) for one in decisions for lot, no in one.receipts]
            if pairs:
                ids_of, lots, numbers = zip(*pairs, strict=True)
                self._connection.execute(
                    sql.BANK_RECEIPTS,
                    {
                        "office_id": signature.office_id,
                        "decisions": list(ids_of),
                        "lots": list(lots),
                        "numbers": list(numbers),
                    },
                )
            self._connection.execute(text("set constraints all immediate"))
            self._connection.execute(text("set constraints all deferred"))

    def line(self, office_id: int, line_id: int) -> LineRow | None:
        """Return a line of the office."""
        statement = sql.LINE.format(lines="bank_line") + " where l.id = :line_id and l.office_id = :office_id"
        row = self._connection.execute(text(statement), {"office_id": office_id, "line_id": line_id}).one_or_none()
        return None if row is None else self._line(row)

    def lines(self, office_id: int, chosen: LineFilter, *, before_id: int | None, limit: int) -> Sequence[LineRow]:
        """Return lines, newest first, below the key."""
        parameters: dict[str, Any] = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        wheres = ["s.office_id = :office_id", "s.line_id < :before"]
        for condition, value in (
            ("s.state = :state", chosen.state),
            ("b.account_id = :account_id", chosen.account_id),
            ("b.statement_id = :statement_id", chosen.statement_id),
            ("b.booked_on >= :booked_from", chosen.booked_from),
            ("b.booked_on <= :booked_until", chosen.booked_until),
        ):
            if value is not None:
                wheres.append(condition)
                parameters[condition.rpartition(":")[2]] = value
        inner = sql.LISTED.format(where=" and ".join(wheres))
        statement = sql.LINE.format(lines=inner) + " order by l.id desc"
        return [self._line(row) for row in self._connection.execute(text(statement), parameters)]

    def lines_by_id(self, office_id: int, line_ids: Collection[int]) -> Sequence[LineRow]:
        """Return those lines of the office, by id."""
        statement = sql.LINE.format(lines="bank_line") + (
            " where l.id = any(:line_ids) and l.office_id = :office_id order by l.id"
        )
        rows = self._connection.execute(text(statement), {"office_id": office_id, "line_ids": list(line_ids)})
        return [self._line(row) for row in rows]

    def line_counts(self, office_id: int) -> Mapping[str, tuple[int, int, int]]:
        """Return by state (open, suspended): how many lines, their fen in, their fen out."""
        rows = self._connection.execute(sql.COUNTS, {"office_id": office_id})
        return {row.state: (row.many, row.fen_in, row.fen_out) for row in rows}

    def decisions(self, line_id: int) -> Sequence[DecisionRow]:
        """Return what was decided on a line, newest first."""
        rows = self._connection.execute(sql.DECISIONS, {"line_id": line_id}).mappings()
        return [DecisionRow(**{**row, "receipts": tuple(row["receipts"])}) for row in rows]

    def _new_line(self, line_id: int, office_id: int, one: IdentifiedLine) -> dict[str, Any]:
        line = one.line
        return {
            "id": line_id,
            "position": line.position,
            "booked_on": line.booked_on.isoformat(),
            "value_on": line.value_on.isoformat(),
            "direction": line.direction.value,
            "amount_fen": line.amount_fen,
            "bank_reference": line.bank_reference[:60],
            "occurrence": one.occurrence,
            **sealed_line(self._cipher, line_id, office_id, one),
        }

    def _line(self, row: Any) -> LineRow:
        line = StatementLine(
            position=row.position,
            booked_on=row.booked_on,
            value_on=row.value_on,
            direction=Direction(row.direction),
            amount_fen=row.amount_fen,
            bank_reference=row.bank_reference,
            **(opened_line(self._cipher, row) if row.erased_at is None else {}),
        )
        return LineRow(
            id=row.id,
            account_id=row.account_id,
            bank=row.bank,
            number=row.number,
            statement_id=row.statement_id,
            line=line,
            state=row.state,
            nth=row.nth,
            how=row.how,
            reason=row.reason,
            transfer_key=row.transfer_key,
            decided_on=row.decided_on,
            receipts=tuple(row.receipts),
            voucher=row.voucher,
            remittance_id=row.remittance_id,
            case_id=row.case_id,
            erased_at=row.erased_at,
        )
