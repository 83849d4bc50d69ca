"""Receipt lots and receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.receipts import Lot, NewLot, Receipt, Shares, Status, Stubs


class NumberTaken(Exception):
    """Somebody else used the number a moment before; nothing was written."""


class LotOverlaps(Exception):
    """A lot of the office has some of these numbers already; nothing was written."""


class LotStillOpen(Exception):
    """Another lot of the book was opened a moment before; nothing was written."""


@dataclass(frozen=True)
class StepReceipt:
    """The receipt that a step of a case issues: which number, and what for. The payer is the party of the case."""

    lot_id: int
    no: int
    shares: Shares


@dataclass(frozen=True)
class Ending:
    """How a number ended: ``void`` or ``lost``, why, with how many copies kept (void) or missing (lost)."""

    status: Status
    reason: str
    copies: int
    on: date
    by: int
    found_on: date | None = None
    reversal_key: str | None = None


@dataclass(frozen=True)
class RegimeTotal:
    """Receipts of one day and regime (None: numbers spoiled or lost blank), with the sums in fen.

    The money of a receipt reported lost stands, that of a void one was taken back.
    """

    regime: str | None
    issued: int
    void: int
    lost: int
    issued_fen: int
    lost_fen: int


class ReceiptStore(Protocol):
    """Lots and receipts. Every write takes the event that records it."""

    def event_body(self, key: str) -> dict[str, Any] | None:
        """Return the body of the event with this key, if it was written."""
        ...

    def open_lot(self, office_id: int, lot: NewLot, issued_to: int | None, on: date, event: AuditEvent) -> int:
        """Open a lot; return its id. Raises ``LotOverlaps``, ``LotStillOpen`` and ``AlreadyWritten``."""
        ...

    def check_off(self, lot: Lot, reference: str, on: date, event: AuditEvent) -> None:
        """Close a lot for ever. Raises ``AlreadyWritten``."""
        ...

    def end(self, receipt: Receipt, ending: Ending, event: AuditEvent) -> None:
        """Make an issued receipt void or lost. Raises ``NumberTaken`` where it ended a moment before."""
        ...

    def end_blanks(self, lot: Lot, numbers: range, ending: Ending, event: AuditEvent) -> None:
        """Take blank numbers out of use. Raises ``NumberTaken`` and ``AlreadyWritten``."""
        ...

    def lot(self, office_id: int, lot_id: int) -> Lot | None:
        """Return a lot of the office."""
        ...

    def lots(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[Lot]:
        """Return lots, newest first."""
        ...

    def open_lots(self, office_id: int) -> Sequence[Lot]:
        """Return the lots that are not checked off, oldest first."""
        ...

    def stubs(self, lot_id: int) -> Stubs:
        """Count the numbers of a lot by what became of them."""
        ...

    def of_lot(self, lot: Lot, *, from_no: int, through_no: int) -> Sequence[Receipt]:
        """Return the receipts of a lot between two numbers, in order."""
        ...

    def used_numbers(self, lot_id: int) -> Sequence[tuple[int, str]]:
        """Return every used number of a lot and its printed form, in order."""
        ...

    def of_day(self, office_id: int, on: date, *, after: tuple[int, int] | None, limit: int) -> Sequence[Receipt]:
        """Return the receipts of a day by lot and number, from the key ``after`` on."""
        ...

    def totals_of_day(self, office_id: int, on: date) -> Sequence[RegimeTotal]:
        """Sum the receipts of a day by regime."""
        ...

    def of_case(self, case_id: int) -> Sequence[Receipt]:
        """Return the receipts of a case by the number of their step."""
        ...

    def one(self, office_id: int, lot_id: int, no: int) -> Receipt | None:
        """Return one receipt."""
        ...
