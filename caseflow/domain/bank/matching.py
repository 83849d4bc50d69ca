"""What is certain: a line that names a receipt and has its amount, and an outgoing line that names a voucher. Pure.

Everything less certain is a proposal (``proposals``), and a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.bank.statements import Direction, StatementLine

# Cash reaches the agency within two working days and the bank within two more (APL 2021 article 71; with a long holiday
# between them about two weeks); a transfer may be booked days before its receipt is written.
ISSUED_BEFORE_DAYS = 15
ISSUED_FROM_DAYS = 10


@dataclass(frozen=True)
class OpenReceipt:
    """A receipt whose money no bank line has shown yet; ``paid_on`` is the day of payment where the case knows it."""

    lot_id: int
    no: int
    number: str
    amount_fen: int
    entered_on: date
    paid_on: date

    @property
    def key(self) -> tuple[int, int]:
        """Lot and number: what the receipt is known by."""
        return (self.lot_id, self.no)

    def days_to(self, booked_on: date) -> int:
        """How many days after the nearer of its two dates the bank booked (below zero: before)."""
        return min(((booked_on - day).days for day in (self.paid_on, self.entered_on)), key=abs)

    def in_window(self, booked_on: date) -> bool:
        """Tell whether a line booked on that day may be this receipt's money without anybody looking."""
        first = min(self.paid_on, self.entered_on) - timedelta(days=ISSUED_FROM_DAYS)
        last = max(self.paid_on, self.entered_on) + timedelta(days=ISSUED_BEFORE_DAYS)
        return first <= booked_on <= last


@dataclass(frozen=True)
class OpenRemittance:
    """A remittance that no outgoing line has shown yet."""

    id: int
    voucher: str
    amount_fen: int
    remitted_on: date


@dataclass(frozen=True)
class Settled:
    """One line of the bank with the receipt or the remittance that it certainly is."""

    line_key: object
    receipt: OpenReceipt | None = None
    remittance: OpenRemittance | None = None


def settle(lines: Iterable[tuple[object, StatementLine]], receipts: Mapping[str, OpenReceipt]) -> list[Settled]:
    """Return what is certain of incoming lines: exact number, exact amount, within the window; a receipt once.

    ``receipts`` are by number; the first line that fits takes the receipt.
    """
    free = dict(receipts)
    found = []
    for key, line in lines:
        receipt = free.get(line.reference) if line.direction is Direction.CREDIT and line.reference else None
        if receipt is None or receipt.amount_fen != line.amount_fen or not receipt.in_window(line.booked_on):
            continue
        del free[receipt.number]
        found.append(Settled(key, receipt))
    return found


def settle_outgoing(
    lines: Iterable[tuple[object, StatementLine]], remittances: Mapping[str, OpenRemittance]
) -> list[Settled]:
    """Return what is certain of outgoing lines: the voucher's number and its exact amount, once."""
    free = dict(remittances)
    found = []
    for key, line in lines:
        remittance = free.get(line.reference) if line.direction is Direction.DEBIT and line.reference else None
        if remittance is None or remittance.amount_fen != line.amount_fen:
            continue
        del free[remittance.voucher]
        found.append(Settled(key, remittance=remittance))
    return found
