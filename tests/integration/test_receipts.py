"""The receipt book on a real database: issue, void, loss, check-off, and two cashiers at once."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.receipts import Receipt, ReceiptRefused, Status, Stubs
from caseflow.services.cases import KeyReused
from caseflow.services.ports.receipts import Money
from caseflow.services.receipt_book import ReceiptNotFound
from caseflow.services.receipts import CheckOff, EndBlanks, EndReceipt, IssueReceipt, OpenLot
from tests.office import Office

DAY = date(2026, 3, 2)


def key() -> str:
    return str(uuid.uuid4())


def opened(office: Office, first: str = "云财A000001", last: str = "云财A000006", book: str = "general") -> int:
    cashier = office.actors["cashier"]
    office.application.receipts.open_lot(cashier, OpenLot(book, first, last, 3, key()))
    return office.application.receipt_book.lots(cashier)[0].id


def issued(office: Office, number: str, fen: int = 100_00, one_key: str | None = None) -> None:
    asked = IssueReceipt(number, Money(fen), "Harmony Clinic 和谐诊所", one_key or key())
    office.application.receipts.issue(office.actors["cashier"], asked)


def found(office: Office, lot_id: int, no: int) -> Receipt:
    return office.application.receipt_book.one(office.actors["cashier"], lot_id, no)[1]


def test_the_life_of_a_lot(office: Office) -> None:
    cashier, auditor = office.actors["cashier"], office.actors["auditor"]
    keep, book = office.application.receipts, office.application.receipt_book
    with pytest.raises(ReceiptRefused, match="open one"):
        issued(office, "云财A000001")
    lot_id = opened(office)
    for first, last, name, says in (
        ("云财B000001", "云财B000009", "general", "check it off first"),
        ("云财A000006", "云财A000009", "donations", "some of these numbers"),
    ):
        with pytest.raises(ReceiptRefused, match=says):
            keep.open_lot(cashier, OpenLot(name, first, last, 3, key()))
    once = key()
    issued(office, "云财A000001", one_key=once)
    issued(office, "云财A000001", one_key=once)
    with pytest.raises(KeyReused):
        issued(office, "云财A000001", 200_00, one_key=once)
    with pytest.raises(ReceiptRefused, match=r"used already.*云财A000002"):
        issued(office, "1")
    issued(office, "2", 250_00)
    begun = found(office, lot_id, 1)
    assert (begun.number, begun.status, begun.amount_fen, begun.payer) == (
        "云财A000001", Status.ISSUED, 100_00, "Harmony Clinic 和谐诊所",
    )  # fmt: skip
    assert len(begun.leaf) == 32

    with pytest.raises(ReceiptRefused, match="all its 3 copies"):
        keep.void(cashier, EndReceipt(lot_id, 1, "wrong name", 2, key()))
    keep.void(cashier, EndReceipt(lot_id, 1, "wrong name", 3, key()))
    with pytest.raises(ReceiptRefused, match="void already"):
        keep.report_lost(cashier, EndReceipt(lot_id, 1, "fire", 1, key(), found_on=DAY))
    keep.report_lost(cashier, EndReceipt(lot_id, 2, "fire", 1, key(), found_on=DAY))
    assert found(office, lot_id, 2).status is Status.LOST
    with pytest.raises(ReceiptRefused, match="still blank"):
        keep.check_off(cashier, CheckOff(lot_id, Stubs(0, 1, 1, 0), "核-1", key()))
    keep.end_blanks(cashier, EndBlanks(lot_id, "3", "torn", 3, key()), Status.VOID)
    issued(office, "4", 30_00)
    keep.end_blanks(cashier, EndBlanks(lot_id, "云财A000006", "water", 3, key(), found_on=DAY), Status.LOST)

    page = book.book(auditor, lot_id)
    assert [row.status.value for row in page.rows] == ["void", "lost", "void", "issued", "lost", "lost"]
    assert not any(row.missing for row in page.rows)
    assert page.stubs == Stubs(1, 2, 3, 30_00)
    assert book.faults(auditor, lot_id).missing == book.faults(auditor, lot_id).twice == ()
    day = book.day(auditor)
    assert [one.no for one in day.receipts] == [1, 2, 3, 4, 5, 6]
    assert [(total.regime, total.issued, total.issued_fen) for total in day.totals] == [(None, 1, 30_00)]
    assert [one.no for one in book.day(auditor, after=(lot_id, 4)).receipts] == [5, 6]
    with pytest.raises(ReceiptRefused, match="does not agree"):
        keep.check_off(cashier, CheckOff(lot_id, Stubs(2, 1, 3, 30_00), "核-1", key()))
    keep.check_off(cashier, CheckOff(lot_id, page.stubs, "核-1", key()))
    with pytest.raises(ReceiptRefused, match="checked off"):
        keep.void(cashier, EndReceipt(lot_id, 4, "late", 3, key()))
    assert book.open_lot_of(cashier) is None
    opened(office, "云财A000007", "云财A000009")
    with psycopg.connect(office.database_url) as connection:
        actions = connection.execute(
            "select action, count(*) from audit_event where key like 'receipt:%' group by 1 order by 1"
        ).fetchall()
    assert actions == [
        ("receipt_blanks_ended", 2), ("receipt_issued", 3), ("receipt_lost", 1), ("receipt_lot_checked_off", 1),
        ("receipt_lot_opened", 2), ("receipt_voided", 1),
    ]  # fmt: skip


def test_a_receipt_whose_money_stands_is_not_voided(office: Office) -> None:
    cashier = office.actors["cashier"]
    lot_id = opened(office)
    asked = IssueReceipt("1", Money(1, 2, 3), "payer", key(), transfer_key="t-1")
    office.application.receipts.issue(cashier, asked)
    with pytest.raises(ReceiptRefused, match="Reverse the payment first"):
        office.application.receipts.void(cashier, EndReceipt(lot_id, 1, "wrong", 3, key()))
    office.application.receipts.void(cashier, EndReceipt(lot_id, 1, "wrong", 3, key(), reversal_key="t-2"))
    assert not found(office, lot_id, 1).money_stands


def test_two_cashiers_at_once_one_wins_and_the_other_is_told_the_next_number(office: Office) -> None:
    lot_id = opened(office)
    barrier = threading.Barrier(4)
    told: list[str] = []

    def take() -> None:
        barrier.wait()
        try:
            issued(office, "云财A000001")
        except ReceiptRefused as refusal:
            told.append(refusal.words.en)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 3
    assert all("云财A000002" in one for one in told)
    assert [row.status for row in office.application.receipt_book.book(office.actors["cashier"], lot_id).rows[:2]] == [
        Status.ISSUED, Status.BLANK,
    ]  # fmt: skip


def test_who_may_and_of_which_office(office: Office) -> None:
    lot_id = opened(office)
    for login in ("officer", "auditor", "supervisor", "administrator"):
        with pytest.raises(NotPermitted):
            office.application.receipts.open_lot(office.actors[login], OpenLot("b", "1", "2", 1, key()))
    with pytest.raises(NotPermitted):
        office.application.receipt_book.book(office.actors["officer"], lot_id)
    for no in (1, 7):
        with pytest.raises(ReceiptNotFound):
            office.application.receipt_book.one(office.actors["auditor"], lot_id, no)
    with pytest.raises(ReceiptNotFound):
        office.application.receipt_book.book(office.actors["auditor"], lot_id + 1)
    for money, payer in ((Money(0), "p"), (Money(-1, 2), "p"), (Money(1), " ")):
        with pytest.raises(ReceiptRefused):
            office.application.receipts.issue(office.actors["cashier"], IssueReceipt("1", money, payer, key()))
