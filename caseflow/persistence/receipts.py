"""Receipt lots and receipts in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from caseflow.domain.audit import AuditEvent
from caseflow.domain.receipts import Lot, NewLot, Receipt, Status, Stubs
from caseflow.persistence import audit
from caseflow.persistence.ledger import ledger_errors
from caseflow.persistence.parties import PartyNames
from caseflow.persistence.receipt_sql import (
    CHECK_OFF,
    END,
    END_BLANKS,
    LOTS,
    OF_CASE,
    OF_DAY,
    OF_LOT,
    ONE,
    ONE_LOT,
    OPEN,
    OPEN_LOTS,
    STUBS,
    TOTALS,
)
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.receipts import Ending, LotOverlaps, LotStillOpen, NumberTaken, RegimeTotal, StepReceipt

_NAMED: Mapping[str | None, type[Exception]] = {
    "uq_audit_event_key": AlreadyWritten,
    "pk_receipt": NumberTaken,
    "uq_receipt_office_id_number": NumberTaken,
    "receipt_lot_closed": NumberTaken,
    "receipt_lot_overlap": LotOverlaps,
    "uq_receipt_lot_open": LotStillOpen,
}
_BEYOND = 2**62


class Receipts:
    """Fulfils :class:`caseflow.services.ports.ReceiptStore` on one connection."""

    def __init__(self, connection: Connection, names: PartyNames) -> None:
        self._connection = connection
        self._names = names

    def event_body(self, key: str) -> dict[str, Any] | None:
        """Return the body of the event with this key, if it was written."""
        body: dict[str, Any] | None = self._connection.execute(
            text("select body from audit_event where key = :key"), {"key": key}
        ).scalar_one_or_none()
        return body

    def open_lot(self, office_id: int, lot: NewLot, issued_to: int | None, on: date, event: AuditEvent) -> int:
        """Open a lot; return its id. Raises ``LotOverlaps``, ``LotStillOpen`` and ``AlreadyWritten``."""
        with receipt_errors():
            audit.write(self._connection, event)
            lot_id: int = self._connection.execute(
                OPEN,
                {
                    "office_id": office_id,
                    "book": lot.book,
                    "prefix": lot.prefix,
                    "first_no": lot.first_no,
                    "last_no": lot.last_no,
                    "width": lot.width,
                    "copies": lot.copies,
                    "issued_to": issued_to,
                    "opened_on": on,
                    "opened_by": event.actor_id,
                    "event_key": event.key,
                },
            ).scalar_one()
        return lot_id

    def check_off(self, lot: Lot, reference: str, on: date, event: AuditEvent) -> None:
        """Close a lot for ever. Raises ``AlreadyWritten``."""
        with receipt_errors():
            audit.write(self._connection, event)
            self._connection.execute(
                CHECK_OFF,
                {
                    "day": on,
                    "staff_id": event.actor_id,
                    "reference": reference,
                    "event_key": event.key,
                    "lot_id": lot.id,
                },
            )

    def end(self, receipt: Receipt, ending: Ending, event: AuditEvent) -> None:
        """Make an issued receipt void or lost. Raises ``NumberTaken`` where it ended a moment before."""
        with receipt_errors(), ledger_errors():
            audit.write(self._connection, event)
            key = {"lot_id": receipt.lot_id, "no": receipt.no, "reversal_key": ending.reversal_key}
            if self._connection.execute(END, {**_ended(ending, event), **key}).rowcount == 0:
                raise NumberTaken(receipt.number)

    def end_blanks(self, lot: Lot, numbers: range, ending: Ending, event: AuditEvent) -> None:
        """Take blank numbers out of use. Raises ``NumberTaken`` and ``AlreadyWritten``."""
        with receipt_errors():
            audit.write(self._connection, event)
            key = {"lot_id": lot.id, "from_no": numbers[0], "through_no": numbers[-1]}
            self._connection.execute(END_BLANKS, {**_ended(ending, event), **key})

    def lot(self, office_id: int, lot_id: int) -> Lot | None:
        """Return a lot of the office."""
        row = self._connection.execute(ONE_LOT, {"office_id": office_id, "lot_id": lot_id}).one_or_none()
        return None if row is None else _lot(row)

    def lots(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[Lot]:
        """Return lots, newest first, below the key ``before_id``."""
        bounds = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [_lot(row) for row in self._connection.execute(LOTS, bounds)]

    def open_lots(self, office_id: int) -> Sequence[Lot]:
        """Return the lots that are not checked off, oldest first."""
        return [_lot(row) for row in self._connection.execute(OPEN_LOTS, {"office_id": office_id})]

    def stubs(self, lot_id: int) -> Stubs:
        """Count the numbers of a lot by what became of them."""
        row = self._connection.execute(STUBS, {"lot_id": lot_id}).one()
        return Stubs(row.issued, row.void, row.lost, row.issued_fen)

    def of_lot(self, lot: Lot, *, from_no: int, through_no: int) -> Sequence[Receipt]:
        """Return the receipts of a lot between two numbers, in order."""
        bounds = {"lot_id": lot.id, "from_no": from_no, "through_no": through_no}
        return [self._receipt(row) for row in self._connection.execute(OF_LOT, bounds)]

    def used_numbers(self, lot_id: int) -> Sequence[tuple[int, str]]:
        """Return every used number of a lot and its printed form, in order."""
        rows = self._connection.execute(
            text("select no, number from receipt where lot_id = :lot_id order by no"), {"lot_id": lot_id}
        )
        return [(row.no, row.number) for row in rows]

    def of_day(self, office_id: int, on: date, *, after: tuple[int, int] | None, limit: int) -> Sequence[Receipt]:
        """Return the receipts of a day by lot and number, from the key ``after`` on."""
        after_lot, after_no = after or (0, -1)
        bounds = {"office_id": office_id, "day": on, "after_lot": after_lot, "after_no": after_no, "limit": limit}
        return [self._receipt(row) for row in self._connection.execute(OF_DAY, bounds)]

    def totals_of_day(self, office_id: int, on: date) -> Sequence[RegimeTotal]:
        """Sum the receipts of a day by regime."""
        rows = self._connection.execute(TOTALS, {"office_id": office_id, "day": on})
        return [RegimeTotal(row.regime, row.issued, row.void, row.lost, row.issued_fen, row.lost_fen) for row in rows]

    def of_case(self, case_id: int) -> Sequence[Receipt]:
        """Return the receipts of a case by the number of their step."""
        return [self._receipt(row) for row in self._connection.execute(OF_CASE, {"case_id": case_id})]

    def one(self, office_id: int, lot_id: int, no: int) -> Receipt | None:
        """Return one receipt of the office."""
        row = self._connection.execute(ONE, {"office_id": office_id, "lot_id": lot_id, "no": no}).one_or_none()
        return None if row is None else self._receipt(row)

    def _receipt(self, row: Any) -> Receipt:
        values = self._names.paying(row)
        return Receipt(**{**values, "status": Status(values["status"]), "leaf": bytes(values["leaf"])})


def receipt_parameters(receipt: StepReceipt) -> dict[str, Any]:
    """Return the parameters of ``ISSUE_RECEIPT`` that the step itself does not bring."""
    return {
        "receipt_lot_id": receipt.lot_id,
        "receipt_no": receipt.no,
        "receipt_fen": receipt.shares.amount_fen,
        "receipt_principal_fen": receipt.shares.principal_fen,
        "receipt_charge_fen": receipt.shares.charge_fen,
        "receipt_held_fen": receipt.shares.held_fen,
    }


def _ended(ending: Ending, event: AuditEvent) -> dict[str, Any]:
    return {
        "status": ending.status.value,
        "reason": ending.reason,
        "copies": ending.copies,
        "ended_on": ending.on,
        "ended_by": ending.by,
        "end_event_key": event.key,
        "found_on": ending.found_on,
    }


def _lot(row: Any) -> Lot:
    return Lot(**dict(row._mapping))  # noqa: SLF001 - SQLAlchemy's name for the row as a mapping


@contextmanager
def receipt_errors() -> Iterator[None]:
    """Turn the refusals of the receipt book into its named errors (``NumberTaken`` ...)."""
    try:
        yield
    except (DBAPIError, psycopg.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        named = _NAMED.get(cause.diag.constraint_name) if isinstance(cause, psycopg.Error) else None
        if named is None:
            raise
        raise named from error
