"""What a line of the bank may be, and what is certain about it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.bank import (
    Columns,
    Direction,
    OpenReceipt,
    OpenRemittance,
    StatementLine,
    buckets,
    guess_columns,
    identify,
    propose,
    propose_outgoing,
    read_amount,
    read_day,
    settle,
    settle_outgoing,
)
from caseflow.domain.calendar import WorkingCalendar

DAY = date(2026, 3, 2)
AMOUNTS = st.integers(1, 20)


def line(fen: int, reference: str = "", text: str = "", day: date = DAY, *, out: bool = False) -> StatementLine:
    return StatementLine(1, day, day, Direction.DEBIT if out else Direction.CREDIT, fen, reference, text)


def receipt(no: int, fen: int, day: date = DAY) -> OpenReceipt:
    return OpenReceipt(1, no, f"{no:08d}", fen, day, day)


@pytest.mark.parametrize(
    ("reference", "text", "said"),
    [
        ("00001234", "", "the number agrees"),
        ("00001235", "", "differs in one digit"),
        ("00002134", "", "differs in one digit"),
        ("0001234", "", "differs in one digit"),
        ("", "票据00001234", "stands in the text"),
        ("", "", "names no receipt"),
        ("77", "", "names another number"),
    ],
)
def test_the_reason_says_how_like_the_number_is(reference: str, text: str, said: str) -> None:
    (proposal,) = propose(line(100, reference, text), [receipt(1234, 100), receipt(8, 99)])
    assert said in proposal.reason.en
    assert proposal.receipts == (receipt(1234, 100),)


def test_only_the_amount_counts_near_in_time_alone() -> None:
    far = receipt(1, 100, DAY - timedelta(days=16))
    assert propose(line(100), [far]) == []
    assert propose(line(100, "00000001"), [far])[0].reason.en.startswith("Same amount, 16 days later")
    assert propose(line(100, out=True), [receipt(1, 100)]) == []


@given(st.lists(AMOUNTS, max_size=12), AMOUNTS, AMOUNTS)
def test_a_proposal_makes_the_amount_and_names_no_receipt_twice(amounts: list[int], first: int, second: int) -> None:
    receipts = [receipt(no, fen) for no, fen in enumerate(amounts)]
    for proposal in propose(line(first + second), receipts):
        assert sum(one.amount_fen for one in proposal.receipts) == first + second
        assert len({one.key for one in proposal.receipts}) == len(proposal.receipts)


@given(st.lists(AMOUNTS, min_size=2, max_size=8))
def test_a_day_paid_in_at_once_is_found(amounts: list[int]) -> None:
    receipts = [receipt(no, fen) for no, fen in enumerate(amounts)]
    found = propose(line(sum(amounts)), receipts)
    assert tuple(receipts) in [one.receipts for one in found]


def test_certain_is_number_amount_and_window_and_once() -> None:
    one = receipt(1, 100)
    lines = [
        ("other amount", line(99, one.number)), ("late", line(100, one.number, day=DAY + timedelta(days=16))),
        ("out", line(100, one.number, out=True)), ("it", line(100, one.number)), ("again", line(100, one.number)),
    ]  # fmt: skip
    assert [found.line_key for found in settle(lines, {one.number: one})] == ["it"]
    remittance = OpenRemittance(7, "JK-1", 100, DAY)
    away = [("no", line(99, "JK-1", out=True)), ("it", line(100, "JK-1", out=True)), ("in", line(100, "JK-1"))]
    assert [found.line_key for found in settle_outgoing(away, {"JK-1": remittance})] == ["it"]
    assert propose_outgoing(line(100, out=True), [remittance])[0].remittance == remittance
    assert propose_outgoing(line(100), [remittance]) == []


def test_equal_lines_are_counted_and_spaces_tell_nothing_apart() -> None:
    numbered = identify(
        [line(1, text="cash in"), line(1, text="cashin"), line(1, text="cash"), line(2, text="cash in")]
    )
    assert [one.occurrence for one in numbered] == [1, 2, 1, 1]


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,234.50", 123450), ("¥12", 1200), ("－３.5", -350), ("1.005", None), ("", None), ("1e3", None), ("5元", 500),
        ("12,345", 1234500), ("-1,234,567.8", -123456780), ("１，２３４．５０元", 123450), ("￥12,345.00", 1234500),
        # A comma that does not part thousands is no decimal sign and no slip to be passed over.
        ("1,50", None), ("1,2,3", None), ("１，５０", None), ("1234,567", None), ("1,23,456", None), ("1,2345", None),
        (",123", None), ("1,", None), ("0,123", None), ("12,345,", None), ("1.234,50", None), ("1,,234", None),
    ],
)  # fmt: skip
def test_amounts_are_read_exactly_or_not_at_all(text: str, fen: int | None) -> None:
    assert read_amount(text) == fen


@pytest.mark.parametrize(
    "text", ["2009-10-11", "2009/10/11", "2009.10.11", "20091011", "2009年10月11日", "2009-10-11 08:00"]
)
def test_days_are_read_as_banks_write_them(text: str) -> None:
    assert read_day(text) == date(2009, 10, 11)


def test_what_is_no_day_is_none() -> None:
    assert [read_day(text) for text in ("2009-13-01", "11/10/2009", "yesterday")] == [None, None, None]


def test_columns_are_guessed_from_headings_and_judged() -> None:
    both = guess_columns(["交易日期", "金额", "贷方金额", "借方金额", "摘要"])
    assert both.used() == {"booked_on": "交易日期", "credit": "贷方金额", "debit": "借方金额", "text": "摘要"}
    assert both.fault() is None
    twice = Columns("日期", "金额", text="金额").fault()
    missing = Columns("日期", "金额").fault(["日期"])
    assert twice is not None
    assert "twice" in twice[1].en
    assert missing is not None
    assert missing[0] == "amount"


def test_the_buckets_cover_every_day_once_over_a_long_holiday_too() -> None:
    holidays = {date(2026, 10, day): None for day in range(1, 9)}
    calendar = WorkingCalendar(holidays, {}, date(2026, 1, 1), date(2026, 12, 31))  # type: ignore[arg-type]
    today = date(2026, 10, 9)
    for first_known in (calendar, WorkingCalendar({}, {}, today, date(2026, 12, 31))):
        known = buckets(today, first_known)
        for back in range(60):
            day = today - timedelta(days=back)
            inside = [one.name for one in known if (one.first or day) <= day <= (one.last or day)]
            assert len(inside) == 1, day
    assert buckets(today, calendar)[0].first == date(2026, 9, 29)
