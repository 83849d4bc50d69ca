"""The rules of numbered receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.ledger import CHARGE_FIRST, Leg, Money
from caseflow.domain.receipts import (
    Lot,
    NewLot,
    ReceiptRefused,
    Shares,
    Status,
    Stubs,
    check_loss,
    check_new_lot,
    check_run,
    check_stubs,
    check_void,
    choose_next,
    duplicates,
    gaps,
    lot_of,
    read_number,
)

TODAY = date(2026, 3, 2)
LOT = Lot("general", "云财A", 1, 20, 6, 3, id=1, office_id=1, opened_on=TODAY)
FULL = replace(LOT, last_used=20)


@given(st.integers(1, 20))
def test_every_printed_number_is_read_back(no: int) -> None:
    printed = LOT.printed(no)
    assert read_number(LOT, printed) == no
    assert read_number(LOT, f" {printed} ") == no
    assert read_number(LOT, printed.replace("0", "０").replace("1", "１")) == no
    assert read_number(LOT, str(no)) == no


@pytest.mark.parametrize("typed", ["", "云财B000001", "云财A000021", "云财A000000", "1.5", "-1", "1" * 40, "云财A"])
def test_what_is_no_number_of_the_lot(typed: str) -> None:
    assert read_number(LOT, typed) is None


def test_the_lot_is_read_from_its_first_and_last_number() -> None:
    lot = lot_of(" general ", "云财A000001", "云财A000020", 3)
    assert lot == NewLot("general", "云财A", 1, 20, 6, 3)
    assert lot.printed(7) == "云财A000007"
    long = lot_of("general", "2026000000000001", "2026000000000100", 2)
    assert (long.prefix, long.printed(100)) == ("2026", "2026000000000100")
    assert (LOT.next_number, LOT.blank_count) == ("云财A000001", 20)
    assert (FULL.next_number, FULL.blank_count) == (None, 0)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [("A", "A9", "first_no"), ("A1", "A", "last_no"), ("A1", "B9", "last_no"), ("A1", "A10", "last_no")],
)
def test_a_lot_whose_numbers_do_not_fit_is_refused_at_the_field(first: str, last: str, field: str) -> None:
    with pytest.raises(ReceiptRefused) as refused:
        lot_of("general", first, last, 3)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"book": " "}, "book"),
        ({"prefix": "A" * 21}, "prefix"),
        ({"prefix": "A\n"}, "prefix"),
        ({"prefix": "A1"}, "prefix"),
        ({"width": 13}, "first_no"),
        ({"first_no": 9, "last_no": 8}, "last_no"),
        ({"last_no": 100_001}, "last_no"),
        ({"last_no": 1_000_000}, "last_no"),
        ({"copies": 0}, "copies"),
    ],
)
def test_a_lot_that_cannot_be_is_refused(changes: dict[str, object], field: str) -> None:
    new = NewLot("general", "A", 1, 20, 6, 3)
    check_new_lot(new, [])
    with pytest.raises(ReceiptRefused) as refused:
        check_new_lot(replace(new, **changes), [])  # type: ignore[arg-type]
    assert refused.value.field == field


def test_no_new_lot_of_a_book_before_the_old_one_is_checked_off() -> None:
    new = NewLot("general", "A", 21, 40, 6, 3)
    check_new_lot(new, [replace(LOT, book="donations")])
    with pytest.raises(ReceiptRefused, match=r"云财A000001 to 云财A000020 .* not checked off"):
        check_new_lot(new, [FULL])


@pytest.mark.parametrize(
    ("lot", "typed", "says"),
    [
        (None, "云财A000001", "open one under Receipts"),
        (FULL, "云财A000021", "used up"),
        (LOT, "云财A000002", "not the next one.* 云财A000001"),
        (replace(LOT, last_used=3), "云财A000003", "used already.* 云财A000004"),
        (LOT, "云财B000001", "no number of the open lot.* 云财A000001"),
        (replace(LOT, checked_off_on=TODAY), "云财A000001", "used up"),
    ],
)
def test_only_the_next_number_is_taken_and_the_refusal_says_what_to_do(lot: Lot | None, typed: str, says: str) -> None:
    assert choose_next([LOT], "云财A000001") == choose_next([LOT], "1") == (LOT, 1)
    with pytest.raises(ReceiptRefused, match=says) as refused:
        choose_next([] if lot is None else [lot], typed)
    assert refused.value.field == "receipt_no"


def test_who_writes_from_two_lots_may_use_the_next_number_of_either() -> None:
    other = replace(LOT, id=2, book="fines", prefix="云罚B", last_used=4)
    assert choose_next([LOT, other], "云罚B000005") == (other, 5)
    assert choose_next([FULL, other], "5") == (other, 5)
    with pytest.raises(ReceiptRefused, match="云财A000001"):
        choose_next([LOT, other], "云罚B000006")


def test_a_receipt_is_for_what_its_step_collected_and_nothing_else() -> None:
    money, _ = Money().post("assess", 900)
    money, _ = money.post("charge", 50)
    _, legs = money.post("collect", 1_000, allocation=CHARGE_FIRST)
    shares = Shares.of_legs([*legs, Leg("set_off", "held", "receivable", 7)])
    assert (shares.principal_fen, shares.charge_fen, shares.held_fen, shares.amount_fen) == (900, 50, 50, 1_000)


def test_blank_numbers_go_out_of_use_in_order() -> None:
    assert list(check_run(replace(LOT, last_used=3), 6)) == [4, 5, 6]
    for lot, through in ((LOT, 21), (replace(LOT, last_used=3), 3), (FULL, 20)):
        with pytest.raises(ReceiptRefused):
            check_run(lot, through)


def test_a_void_receipt_keeps_its_copies() -> None:
    check_void(LOT, Status.ISSUED, "wrong name", 3)
    for status, reason, copies in (
        (Status.ISSUED, "wrong name", 2),
        (Status.ISSUED, " ", 3),
        (Status.ISSUED, "x" * 501, 3),
        (Status.VOID, "again", 3),
        (Status.LOST, "again", 3),
        (Status.CHECKED_OFF, "late", 3),
    ):
        with pytest.raises(ReceiptRefused):
            check_void(LOT, status, reason, copies)


def test_a_loss_is_of_some_copies_and_found_by_today() -> None:
    check_loss(LOT, Status.ISSUED, "fire", 1, found_on=TODAY, today=TODAY)
    for copies, found_on in ((0, TODAY), (4, TODAY), (1, date(2026, 3, 3))):
        with pytest.raises(ReceiptRefused):
            check_loss(LOT, Status.ISSUED, "fire", copies, found_on=found_on, today=TODAY)


def test_a_lot_is_checked_off_when_finance_counted_the_same() -> None:
    kept = Stubs(17, 2, 1, 900_00)
    check_stubs(FULL, kept, kept, "核2026-1")
    for lot, counted, reference in (
        (LOT, kept, "核2026-1"),
        (FULL, kept, " "),
        (FULL, replace(kept, issued=18), "核2026-1"),
        (FULL, replace(kept, issued_fen=1), "核2026-1"),
        (replace(FULL, checked_off_on=TODAY), kept, "核2026-1"),
    ):
        with pytest.raises(ReceiptRefused):
            check_stubs(lot, kept, counted, reference)


def test_gaps_and_doubles_are_found() -> None:
    assert gaps([1, 2, 5], 1) == (3, 4)
    assert gaps([3], 1) == (1, 2)
    assert gaps([], 1) == ()
    assert duplicates(["A1", "A2", "A1"]) == ("A1",)
    assert duplicates(["A1", "A2"]) == ()
