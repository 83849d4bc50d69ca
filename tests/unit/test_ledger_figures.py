"""Figures by month and by appropriation, against sums done by hand; names of accounts; texts in journals."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.adapters.ledger_files.beancount import quoted
from caseflow.adapters.ledger_files.cells import harmless
from caseflow.adapters.ledger_files.hledger import description, tag
from caseflow.adapters.ledger_files.journals import account_name, money
from caseflow.domain.ledger import MOVES, NORMAL_SIDES
from caseflow.domain.ledger.figures import (
    AppropriationUse,
    IncomeMonth,
    MonthlyMove,
    Opened,
    income_by_month,
    months_up_to,
    use_of_appropriations,
)
from caseflow.domain.ledger.words import OPERATION_WORDS, operation_words
from caseflow.domain.words import Words
from caseflow.services.ports import AccountBalance

CLAIM, CHARGE, BANK, TREASURY, ASSESSED, HELD, SUSPENSE = range(1, 8)
KINDS = {
    CLAIM: "receivable",
    CHARGE: "charge_receivable",
    BANK: "collecting_bank",
    TREASURY: "treasury",
    ASSESSED: "assessed",
    HELD: "held",
    SUSPENSE: "suspense",
}
JANUARY, FEBRUARY = date(2026, 1, 1), date(2026, 2, 1)
# Beancount's own rule for a part of an account's name.
LEGAL = re.compile(r"[0-9A-Z][0-9A-Za-z-]*")


def test_months_end_with_the_one_asked_for() -> None:
    assert months_up_to(date(2026, 2, 28), 3) == [date(2025, 12, 1), JANUARY, FEBRUARY]
    assert len(months_up_to(date(2026, 12, 31), 24)) == 24


def test_income_by_month_takes_reversals_off_and_leaves_suspense_out() -> None:
    moves = [
        MonthlyMove(JANUARY, CLAIM, ASSESSED, 1_000),
        MonthlyMove(JANUARY, CHARGE, ASSESSED, 100),
        MonthlyMove(JANUARY, BANK, CLAIM, 600),
        MonthlyMove(JANUARY, BANK, HELD, 50),
        MonthlyMove(JANUARY, BANK, SUSPENSE, 7),
        MonthlyMove(FEBRUARY, CLAIM, BANK, 200),
        MonthlyMove(FEBRUARY, TREASURY, BANK, 400),
        MonthlyMove(FEBRUARY, BANK, TREASURY, 30),
        MonthlyMove(FEBRUARY, HELD, CLAIM, 5),
    ]
    assert income_by_month([JANUARY, FEBRUARY], KINDS, 11, moves) == [
        IncomeMonth(JANUARY, 650, 0, 511),
        IncomeMonth(FEBRUARY, -200, 370, 706),
    ]


def test_appropriations_hold_what_is_paid_committed_and_left() -> None:
    opened = [Opened("2026-001", "Fuel", 1, 2), Opened("2026-002", "Forms", 3, 4)]
    kinds = {1: "quota", 2: "committed", 3: "quota", 4: "committed", 5: "expense", 6: "authority"}
    balances = {1: 500, 2: 120, 3: 40, 4: 0, 5: 80, 6: -740}
    moves = [
        MonthlyMove(JANUARY, 1, 6, 700),
        MonthlyMove(JANUARY, 2, 1, 200),
        MonthlyMove(JANUARY, 5, 2, 100),
        MonthlyMove(FEBRUARY, 2, 5, 20),
    ]
    found = use_of_appropriations(opened, kinds, balances, moves)
    assert found == [
        AppropriationUse("2026-001", "Fuel", 80, 120, 500),
        AppropriationUse("2026-002", "Forms", 0, 0, 40),
    ]
    assert found[0].whole_fen == 700


def test_every_move_and_kind_has_a_name_and_a_place() -> None:
    assert set(OPERATION_WORDS) == {operation for _, operation, _, _ in MOVES}
    assert operation_words("remit", reverses=True) == Words("Reversal: Remitted to the treasury", "冲销：缴入国库")
    for _, kind in NORMAL_SIDES:
        assert account_name(_account("1201", kind)).endswith(":1201")


def _account(code: str, kind: str = "quota", number: int = 7) -> AccountBalance:
    return AccountBalance(number, code, kind, Words("a", "b"), 0, 0)


@given(st.text(min_size=1, max_size=40))
def test_any_code_makes_a_legal_name(code: str) -> None:
    assert all(LEGAL.fullmatch(part) for part in account_name(_account(code)).split(":"))
    assert account_name(_account(code, number=1)) == account_name(_account(code, number=2)) or not LEGAL.fullmatch(code)


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "0.00 CNY"), (-5, "-0.05 CNY"), (123_456, "1234.56 CNY"), (-100, "-1.00 CNY")]
)
def test_money_is_written_whole(fen: int, written: str) -> None:
    assert money(fen) == written


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_leaves_its_place(text: str) -> None:
    inside = quoted(text)[1:-1]
    assert not re.search(r'(?<!\\)(\\\\)*"', inside)
    assert not re.search(r"(?<!\\)(\\\\)*\\$", inside)
    assert "\n" not in inside
    line = description(text)
    assert len(line.splitlines()) <= 1
    assert not set(line) & set(";|")
    value = tag(text)
    assert len(value.splitlines()) <= 1
    assert not set(value) & set(",[]")
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
