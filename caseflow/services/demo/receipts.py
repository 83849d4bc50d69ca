"""The county's receipt book: lots opened, used up and checked off in their order, with a spoiled and a lost number."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.domain.receipts import Lot, NewLot, Status, lot_of
from caseflow.services.demo.county import ReceiptPlan
from caseflow.services.ports import BusinessTime
from caseflow.services.receipt_book import ReceiptBook
from caseflow.services.receipts import CheckOff, EndBlanks, EndReceipt, OpenLot, Receipts


@dataclass(frozen=True)
class CountyReceipts:
    """Gives each payment of the county the next number, at the time when it is driven."""

    plan: ReceiptPlan
    receipts: Receipts
    book: ReceiptBook
    time: BusinessTime

    def next_number(self, cashier: Actor) -> str:
        """Return the next blank number, after whatever becomes of the numbers before it."""
        lot = self._lot(cashier)
        while self._place(lot) in self.plan.spoiled:
            request = EndBlanks(
                lot.id, Status.VOID, lot.next_number or "", self.plan.why_spoiled, lot.copies, self._key("spoiled", lot)
            )
            self.receipts.end_blanks(cashier, request)
            lot = self._lot(cashier)
        return lot.next_number or ""

    def report_losses(self, cashier: Actor) -> None:
        """Report today the copies lost of the issued receipts that the plan names."""
        lot = self._lot(cashier)
        for no in range(lot.first_no, lot.next_no or lot.last_no):
            if no - self._first().first_no + 1 in self.plan.lost:
                request = EndReceipt(
                    lot.id, no, self.plan.why_lost, 1, f"demo:lost:{no}", found_on=self.time.today()
                )  # fmt: skip
                self.receipts.report_lost(cashier, request)

    def _lot(self, cashier: Actor) -> Lot:
        """Return the open lot with a blank number; a used-up one is checked off first."""
        lot = self.book.open_lot_of(cashier)
        if lot is not None and lot.next_no is not None:
            return lot
        if lot is not None:
            stubs = self.book.book(cashier, lot.id).stubs
            reference = self.plan.check_sheet.format(year=self.time.today().year, first=lot.printed(lot.first_no))
            self.receipts.check_off(cashier, CheckOff(lot.id, stubs, reference, self._key("checked", lot)))
        first = self._first() if lot is None else lot
        begin = first.first_no if lot is None else lot.last_no + 1
        ends = (first.printed(begin), first.printed(begin + self.plan.lot_size - 1))
        self.receipts.open_lot(cashier, OpenLot(self.plan.book, *ends, self.plan.copies, f"demo:lot:{begin}"))
        return self._lot(cashier)

    def _first(self) -> NewLot:
        return lot_of(self.plan.book, self.plan.first, self.plan.first, self.plan.copies)

    def _place(self, lot: Lot) -> int:
        return (lot.next_no or 0) - self._first().first_no + 1

    def _key(self, what: str, lot: Lot) -> str:
        return f"demo:{what}:{lot.id}:{lot.next_no}"
