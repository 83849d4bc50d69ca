"""The receipt book as it stands: lots, each number with what became of it, a day with its totals. It reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.receipts import Lot, Receipt, Status, Stubs, duplicates, gaps
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.receipts import RegimeTotal
from caseflow.services.step_receipts import lots_of_cashier

PAGE_SIZE = 50


class ReceiptNotFound(LookupError):
    """No such lot or receipt in the actor's office."""


@dataclass(frozen=True)
class BookRow:
    """One number of the book; ``missing``: it was left out although a later one is used.

    In a list of reported receipts ``no`` is a place, and ``number`` what the old casebook says.
    """

    no: int
    number: str
    receipt: Receipt | None
    missing: bool

    @property
    def status(self) -> Status:
        """What has become of the number."""
        return Status.BLANK if self.receipt is None else self.receipt.status


@dataclass(frozen=True)
class BookPage:
    """A page of a lot's book."""

    lot: Lot
    stubs: Stubs
    rows: Sequence[BookRow]
    next_no: int | None


@dataclass(frozen=True)
class Day:
    """A page of one day's receipts, and the totals of the whole day by regime."""

    on: date
    receipts: Sequence[Receipt]
    totals: Sequence[RegimeTotal]
    next_key: tuple[int, int] | None


@dataclass(frozen=True)
class BookFault:
    """A lot whose book does not hold together: numbers left out, or numbers twice."""

    lot: Lot
    missing: tuple[str, ...]
    twice: tuple[str, ...]


@dataclass(frozen=True)
class ReceiptBook:
    """What cashier, auditor and supervisor may look at."""

    store: Store
    time: BusinessTime

    def lots(self, actor: Actor, *, before_id: int | None = None) -> Sequence[Lot]:
        """Return a page of lots, newest first. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.receipts.lots(actor.office_id, before_id=before_id, limit=PAGE_SIZE)

    def open_lot_of(self, actor: Actor) -> Lot | None:
        """Return the lot the actor writes from: their own, else the office's. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return next(iter(lots_of_cashier(work, actor)), None)

    def book(self, actor: Actor, lot_id: int, *, from_no: int | None = None) -> BookPage:
        """Return a page of a lot's book, each number with what became of it and the gaps marked.

        Raises ``NotPermitted`` and :class:`ReceiptNotFound`.
        """
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            lot = the_lot(work, actor, lot_id)
            first = max(lot.first_no, from_no or lot.first_no)
            last = min(lot.last_no, first + PAGE_SIZE - 1)
            found = {one.no: one for one in work.receipts.of_lot(lot, from_no=first, through_no=last)}
            stubs = work.receipts.stubs(lot.id)
        used = -1 if lot.last_used is None else lot.last_used
        rows = [
            BookRow(
                no, found[no].number if no in found else lot.printed(no), found.get(no), no not in found and no <= used
            )
            for no in range(first, last + 1)
        ]
        return BookPage(lot, stubs, rows, last + 1 if last < lot.last_no else None)

    def day(self, actor: Actor, on: date | None = None, *, after: tuple[int, int] | None = None) -> Day:
        """Return a page of the receipts of a day (default: today) with its totals. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_LEDGER)
        day = on or self.time.today()
        with self.store.begin() as work:
            found = work.receipts.of_day(actor.office_id, day, after=after, limit=PAGE_SIZE)
            totals = work.receipts.totals_of_day(actor.office_id, day)
        next_key = (found[-1].lot_id, found[-1].no) if len(found) == PAGE_SIZE else None
        return Day(day, found, totals, next_key)

    def one(self, actor: Actor, lot_id: int, no: int) -> tuple[Lot, Receipt]:
        """Return one receipt with its lot. Raises ``NotPermitted`` and :class:`ReceiptNotFound`."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return receipt_of(work, actor, lot_id, no)

    def faults(self, actor: Actor, lot_id: int) -> BookFault:
        """Recompute the gaps and doubles of a lot from its rows: both empty in a sound book.

        Raises ``NotPermitted`` and :class:`ReceiptNotFound`.
        """
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            lot = the_lot(work, actor, lot_id)
            used = work.receipts.used_numbers(lot_id)
        missing = tuple(lot.printed(no) for no in gaps([no for no, _ in used], lot.first_no))
        return BookFault(lot, missing, duplicates(number for _, number in used))


def the_lot(work: UnitOfWork, actor: Actor, lot_id: int) -> Lot:
    """Return a lot of the actor's office. Raises :class:`ReceiptNotFound`."""
    lot = work.receipts.lot(actor.office_id, lot_id)
    if lot is None:
        raise ReceiptNotFound(lot_id)
    return lot


def receipt_of(work: UnitOfWork, actor: Actor, lot_id: int, no: int) -> tuple[Lot, Receipt]:
    """Return a receipt of the actor's office with its lot. Raises :class:`ReceiptNotFound`."""
    receipt = work.receipts.one(actor.office_id, lot_id, no)
    if receipt is None:
        raise ReceiptNotFound(lot_id, no)
    return the_lot(work, actor, lot_id), receipt
