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


class NumberReported(Exception):
    """Numbers that the office already has: of cases (``what`` is "case") or of receipts ("receipt").

    The database refused them, so nothing of the transaction may be kept.
    """

    def __init__(self, what: str, detail: str) -> None:
        self.what, self.detail = what, detail
        super().__init__(f"the office has this {what} number already: {detail}")


@dataclass(frozen=True)
class ReportedCase:
    """One case to be written: what the row says, the history made of it, its numbers, owner, event and money."""

    row: int
    reported: ReportedRow
    history: ReportedHistory
    number: str
    number_zh: str
    owner_id: int
    second_officer_id: int | None
    event: AuditEvent
    transfers: Sequence[Transfer]


@dataclass(frozen=True)
class Book:
    """The old casebook that cases come from: whose, of which regime, the file's name and (if any) the import's id."""

    regime: str
    file: str
    import_id: int | None = None


@dataclass(frozen=True)
class ReceiptList:
    """The receipts that one import reports, kept as a lot of the kind ``reported``."""

    office_id: int
    title: str
    numbers: int
    on: date
    event: AuditEvent


class ReportedHistoryStore(Protocol):
    """Cases of old casebooks."""

    def officers(self, office_id: int) -> Sequence[int]:
        """Return the active officers of the office, by id."""
        ...

    def raise_serials(self, office_id: int, regime: str, used: Mapping[int, int]) -> None:
        """See that no new case of a year gets a number up to the one given for it."""
        ...

    def open_list(self, receipts: ReceiptList) -> int:
        """Open the lot that the reported receipts stand in; return its id."""
        ...

    def write(self, book: Book, cases: Sequence[ReportedCase], lot_id: int | None, first_no: int) -> Sequence[int]:
        """Write cases whole, in the caller's transaction; return their ids.

        Their receipts get the places from ``first_no`` on in the lot. Raises :class:`NumberReported` and
        ``LedgerRefused``.
        """
        ...
