"""The receipt book on a real database: issue with the step, void with the money, loss, check-off, two at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest

from caseflow.domain.access import Actor, NotPermitted
from caseflow.domain.ledger import Money
from caseflow.domain.receipts import Receipt, ReceiptRefused, Status, Stubs
from caseflow.services.cases import AnswersRefused, KeyReused
from caseflow.services.ledger import EntryNotFound
from caseflow.services.ports import LedgerRefused
from caseflow.services.receipt_book import ReceiptNotFound
from caseflow.services.receipts import CheckOff, EndBlanks, EndReceipt, OpenLot
from tests.cashier import DAY, key, opened, pays, second_cashier, served
from tests.office import Office


def found(office: Office, lot_id: int, no: int) -> Receipt:
    return office.application.receipt_book.one(office.actors["cashier"], lot_id, no)[1]


def money_of(office: Office, case_id: int) -> Money:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return case.money


def test_the_life_of_a_lot(office: Office) -> None:
    cashier, auditor, other = office.actors["cashier"], office.actors["auditor"], second_cashier(office)
    keep, book = office.application.receipts, office.application.receipt_book
    case_id = served(office)
    with pytest.raises(AnswersRefused, match="open one"):
        pays(office, case_id, "100", "云财A000001")
    lot_id = opened(office)
    for first, last, name, says in (
        ("云财B000001", "云财B000009", "general", "check it off first"),
        ("云财A000006", "云财A000009", "donations", "some of these numbers"),
    ):
        with pytest.raises(ReceiptRefused, match=says):
            keep.open_lot(cashier, OpenLot(name, first, last, 3, key()))
    once = key()
    pays(office, case_id, "100", "云财A000001", key=once)
    with pytest.raises(AnswersRefused, match=r"used already.*云财A000002") as refused:
        pays(office, case_id, "100", "1")
    assert [problem.field for problem in refused.value.problems] == ["receipt_no"]
    pays(office, case_id, "250", "2")
    begun = found(office, lot_id, 1)
    assert (begun.number, begun.status, begun.amount_fen, begun.payer, begun.transfer_key) == (
        "云财A000001", Status.ISSUED, 100_00, "Harmony Clinic 和谐诊所", f"step:{once}",
    )  # fmt: skip
    assert (begun.principal_fen, begun.charge_fen, begun.held_fen, begun.case_id) == (100_00, 0, 0, case_id)

    with pytest.raises(ReceiptRefused, match="all its 3 copies"):
        keep.void(other, EndReceipt(lot_id, 1, "wrong name", 2, key()))
    keep.void(other, EndReceipt(lot_id, 1, "wrong name", 3, key()))
    with pytest.raises(ReceiptRefused, match="void already"):
        keep.report_lost(cashier, EndReceipt(lot_id, 1, "fire", 1, key(), found_on=DAY))
    keep.report_lost(cashier, EndReceipt(lot_id, 2, "fire", 1, key(), found_on=DAY))
    assert found(office, lot_id, 2).status is Status.LOST
    with pytest.raises(ReceiptRefused, match="still blank"):
        keep.check_off(cashier, CheckOff(lot_id, Stubs(0, 1, 1, 0), "核-1", key()))
    keep.end_blanks(cashier, EndBlanks(lot_id, Status.VOID, "3", "torn", 3, key()))
    pays(office, case_id, "30", "云财Ａ０00004")
    water = EndBlanks(lot_id, Status.LOST, "云财A000006", "water", 3, key(), found_on=DAY)
    keep.end_blanks(cashier, water, rehearse=True)
    assert book.book(auditor, lot_id).lot.next_no == 5
    keep.end_blanks(cashier, water)
    keep.end_blanks(cashier, water)
    with pytest.raises(KeyReused):
        keep.end_blanks(cashier, replace(water, reason="fire"))
    with pytest.raises(AnswersRefused, match="used up"):
        pays(office, case_id, "30", "7")

    _checked_off(office, lot_id, other)
    with psycopg.connect(office.database_url) as connection:
        actions = connection.execute(
            "select action, count(*) from audit_event where key like 'receipt:%' group by 1 order by 1"
        ).fetchall()
    assert actions == [
        ("receipt_blanks_ended", 2), ("receipt_lost", 1), ("receipt_lot_checked_off", 1), ("receipt_lot_opened", 2),
        ("receipt_voided", 1),
    ]  # fmt: skip


def _checked_off(office: Office, lot_id: int, other: Actor) -> None:
    """The used-up lot as the auditor reads it, its check-off, and the next lot."""
    cashier, auditor = office.actors["cashier"], office.actors["auditor"]
    keep, book = office.application.receipts, office.application.receipt_book
    page = book.book(auditor, lot_id)
    assert [row.status.value for row in page.rows] == ["void", "lost", "void", "issued", "lost", "lost"]
    assert not any(row.missing for row in page.rows)
    assert page.stubs == Stubs(1, 2, 3, 30_00)
    assert book.faults(auditor, lot_id).missing == book.faults(auditor, lot_id).twice == ()
    day = book.day(auditor)
    assert [one.no for one in day.receipts] == [1, 2, 3, 4, 5, 6]
    totals = [(total.regime, total.issued, total.issued_fen, total.lost_fen) for total in day.totals]
    assert totals == [("two_illegal", 1, 30_00, 250_00), (None, 0, 0, 0)]
    assert [one.no for one in book.day(auditor, after=(lot_id, 4)).receipts] == [5, 6]
    with pytest.raises(ReceiptRefused, match="does not agree"):
        keep.check_off(cashier, CheckOff(lot_id, Stubs(2, 1, 3, 30_00), "核-1", key()))
    keep.check_off(cashier, CheckOff(lot_id, page.stubs, "核-1", key()))
    with pytest.raises(ReceiptRefused, match="checked off"):
        keep.void(other, EndReceipt(lot_id, 4, "late", 3, key()))
    assert book.open_lot_of(cashier) is None
    opened(office, "云财A000007", "云财A000009")


def test_voiding_a_receipt_takes_its_money_back_and_never_by_who_took_it(office: Office) -> None:
    cashier, other, keep = office.actors["cashier"], second_cashier(office), office.application.receipts
    case_id, lot_id = served(office), opened(office)
    owed = money_of(office, case_id)
    pays(office, case_id, "20,000", "1")
    receipt = found(office, lot_id, 1)
    assert (receipt.principal_fen, receipt.held_fen, receipt.transfer_key is not None) == (18_000_00, 2_000_00, True)
    asked = EndReceipt(lot_id, 1, "wrong payer", 3, key())
    with pytest.raises(LedgerRefused, match="Another cashier"):
        keep.void(cashier, asked)
    with pytest.raises(LedgerRefused, match="A receipt stands"):
        office.application.ledger.reverse(other, receipt.transfer_key or "", reason="x", idempotency_key=key())
    keep.void(other, asked, rehearse=True)
    assert found(office, lot_id, 1).money_stands
    keep.void(other, asked)
    keep.void(other, asked)
    assert (found(office, lot_id, 1).status, found(office, lot_id, 1).money_stands) == (Status.VOID, False)
    assert money_of(office, case_id) == owed
    with pytest.raises(KeyReused):
        keep.void(other, replace(asked, reason="another reason"))
    # The next number takes the payment that was meant.
    pays(office, case_id, "18,000", "2")
    office.advance(case_id, "confirm_paid", {"paid_up_on": DAY.isoformat()}, actor="liaison")
    with pytest.raises(ReceiptRefused, match="goes back as a refund"):
        keep.void(other, EndReceipt(lot_id, 2, "wrong payer", 3, key()))
    with pytest.raises(EntryNotFound):
        office.application.ledger.reverse(other, "step:none", reason="x", idempotency_key=key())


def test_what_is_paid_beyond_the_debt_is_held_and_goes_back(office: Office) -> None:
    case_id = served(office)
    pays(office, case_id, "20,000", office.next_receipt())
    held = money_of(office, case_id)
    assert (held.outstanding_fen, held.held_fen, held.refundable_fen) == (0, 2_000_00, 2_000_00)
    day = {"paid_up_on": DAY.isoformat()}
    office.advance(case_id, "confirm_paid", day, actor="liaison")
    reason = {"legal_reason": "paid too much"}
    office.advance(case_id, "propose_refund", {"refund_amount": "2,000", **reason})
    office.advance(case_id, "refuse_refund", {"outcome_reasons": "no account number"}, actor="approver")
    office.advance(case_id, "propose_refund", {"refund_amount": "2,000", **reason})
    office.advance(case_id, "approve_refund", {"finance_paper_no": "F-1"}, actor="approver")
    office.advance(case_id, "pay_refund", {"refunded_on": DAY.isoformat(), "deposit_interest": "0"}, actor="cashier")
    after = money_of(office, case_id)
    assert (after.collected_fen, after.refunded_fen, after.refundable_fen) == (20_000_00, 2_000_00, 0)
    with psycopg.connect(office.database_url) as connection:
        legs = connection.execute(
            "select operation, debit_kind, credit_kind, amount_fen from transfer where operation like 'refund%' "
            "order by leg"
        ).fetchall()
        stands = connection.execute("select state from cases where id = %s", (case_id,)).fetchone()
    assert legs == [("refund_order", "held", "refund_due", 2_000_00), ("refund", "refund_due", "treasury", 2_000_00)]
    assert stands == ("closed",)


def test_two_cashiers_at_once_one_wins_and_the_other_is_told_the_next_number(office: Office) -> None:
    lot_id = opened(office)
    cases = [served(office) for _ in range(3)]
    barrier = threading.Barrier(3)
    told: list[str] = []

    def take(case_id: int) -> None:
        barrier.wait()
        try:
            pays(office, case_id, "100", "云财A000001")
        except AnswersRefused as refusal:
            told.extend(problem.words.en for problem in refusal.problems)

    threads = [threading.Thread(target=take, args=(case_id,)) for case_id in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 2
    assert all("云财A000002" in one for one in told)
    rows = office.application.receipt_book.book(office.actors["cashier"], lot_id).rows
    assert [row.status for row in rows[:2]] == [Status.ISSUED, Status.BLANK]
    assert sum(money_of(office, case_id).collected_fen for case_id in cases) == 100_00


def test_who_may_and_of_which_office(office: Office) -> None:
    lot_id = opened(office)
    for login in ("officer", "auditor", "supervisor", "administrator"):
        with pytest.raises(NotPermitted):
            office.application.receipts.open_lot(office.actors[login], OpenLot("b", "1", "2", 1, key()))
        with pytest.raises(NotPermitted):
            office.application.receipts.void(office.actors[login], EndReceipt(lot_id, 1, "x", 3, key()))
    with pytest.raises(NotPermitted):
        office.application.receipt_book.book(office.actors["officer"], lot_id)
    for no in (1, 7):
        with pytest.raises(ReceiptNotFound):
            office.application.receipt_book.one(office.actors["auditor"], lot_id, no)
    with pytest.raises(ReceiptNotFound):
        office.application.receipt_book.book(office.actors["auditor"], lot_id + 1)


def test_a_lot_of_ones_own_is_nobody_elses(office: Office) -> None:
    cashier, other, case_id = office.actors["cashier"], second_cashier(office), served(office)
    office.application.receipts.open_lot(other, OpenLot("mine", "M0001", "M0009", 3, key(), mine=True))
    with pytest.raises(AnswersRefused, match="no open lot"):
        pays(office, case_id, "100", "M0001")
    opened(office)
    pays(office, case_id, "100", "云财A000001")
    lot = office.application.receipt_book.open_lot_of(other)
    assert lot is not None
    assert (lot.book, lot.next_number) == ("mine", "M0001")
    shared = office.application.receipt_book.open_lot_of(cashier)
    assert shared is not None
    assert shared.next_number == "云财A000002"
