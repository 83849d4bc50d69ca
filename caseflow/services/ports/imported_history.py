"""Writing cases with the history that an old casebook reports of them, many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.history import ReportedHistory
from caseflow.domain.casebook.rows import ReportedRow
from caseflow.domain.ledger import Transfer
from caseflow.domain.words import Words
from caseflow.services.ports.privacy import SealedDetails


class NumberReported(Exception):
    """A number that the office already has: of a case (``what`` is "case") or of a receipt ("receipt").

    ``number`` as the book has it or as the case would get it here; empty where the database did not tell. It refused
    it, so nothing of the transaction may be kept.
    """

    def __init__(self, what: str, number: str) -> None:
        self.what, self.number = what, number
        super().__init__(f"the office has this {what} number already: {number}")


@dataclass(frozen=True)
class Book:
    """The old casebook that cases come from: of which regime, the file's name and (if any) the import's id."""

    regime: str
    file: str
    import_id: int | None = None


@dataclass(frozen=True)
class ReportedReceipt:
    """A receipt that a row reports, for the money its step ``seq`` took; amounts in fen."""

    seq: int
    number: str
    on: date
    principal_fen: int
    charge_fen: int
    held_fen: int


@dataclass(frozen=True)
class ReportedCase:
    """One case to be written: what the row says, the history made of it, its numbers, owner, event and money.

    The history's case has its id and that of its party, both taken beforehand; ``details`` is what of the party is
    sealed.
    """

    row: int
    reported: ReportedRow
    history: ReportedHistory
    number_zh: str
    details: SealedDetails
    event: AuditEvent
    transfers: Sequence[Transfer]
    receipt: ReportedReceipt | None


@dataclass(frozen=True)
class ReceiptList:
    """The receipts that one import reports, kept as a lot of the kind ``reported``; ``size`` is how many there are."""

    office_id: int
    title: str
    size: int
    on: date
    event: AuditEvent
    id: int = 0


@dataclass(frozen=True)
class ReportedSource:
    """Where a case comes from: the row of which book, the steps without a day of their own, what the law refused."""

    file: str
    row: int
    undated: frozenset[int]
    notes: tuple[Words, ...]


class ReportedHistoryStore(Protocol):
    """Cases of old casebooks."""

    def officers(self, office_id: int) -> Sequence[int]:
        """Return the active officers of the office, by id."""
        ...

    def take_ids(self, many: int) -> Sequence[tuple[int, int]]:
        """Take the ids of cases and of their parties beforehand, as pairs."""
        ...

    def raise_serials(self, office_id: int, regime: str, used: Mapping[int, int]) -> None:
        """See that no new case of a year gets a number up to the one given for it."""
        ...

    def open_list(self, receipts: ReceiptList) -> ReceiptList:
        """Open the lot that the reported receipts stand in; return it with its id."""
        ...

    def write(self, book: Book, cases: Sequence[ReportedCase], receipts: ReceiptList | None, first_no: int) -> None:
        """Write cases whole, in the caller's transaction; their receipts get the places from ``first_no`` on.

        Raises :class:`NumberReported` and ``LedgerRefused``.
        """
        ...
