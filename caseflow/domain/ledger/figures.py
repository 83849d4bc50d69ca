"""Figures of one line by month and by appropriation, reckoned from sums of transfers. Pure; amounts in fen.

Nothing here knows both lines: income and expenditure are reckoned by functions that never meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

CLAIM_KINDS = frozenset({"receivable", "charge_receivable"})
_COLLECTED_AGAINST = CLAIM_KINDS | {"held"}


@dataclass(frozen=True)
class MonthlyMove:
    """What moved from one account to another within a month (named by its first day)."""

    month: date
    debit_id: int
    credit_id: int
    amount_fen: int


@dataclass(frozen=True)
class IncomeMonth:
    """One month of the income line: what was collected and remitted in it, and what was owed at its end."""

    month: date
    collected_fen: int
    remitted_fen: int
    outstanding_fen: int


@dataclass(frozen=True)
class Opened:
    """An appropriation by its number and purpose, with the two accounts it opened."""

    number: str
    purpose: str
    quota_id: int
    committed_id: int


@dataclass(frozen=True)
class AppropriationUse:
    """How an appropriation stands: paid, committed and not yet paid, left to commit."""

    number: str
    purpose: str
    paid_fen: int
    committed_fen: int
    left_fen: int

    @property
    def whole_fen(self) -> int:
        """What there was to spend: what lapsed is gone from it."""
        return self.paid_fen + self.committed_fen + self.left_fen


def months_up_to(last: date, count: int) -> list[date]:
    """Return the first days of ``count`` months, the last of which holds ``last``."""
    ordinal = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(ordinal - count + 1, ordinal + 1)]


def income_by_month(
    months: Sequence[date], kinds: Mapping[int, str], opening_fen: int, moves: Iterable[MonthlyMove]
) -> list[IncomeMonth]:
    """Return the figures of each month.

    ``kinds`` names the kind of each account; ``opening_fen`` is what was owed before the first month; ``moves`` are
    all moves of income within ``months``. A reversal lowers the month in which it was booked.
    """
    collected: dict[date, int] = defaultdict(int)
    remitted: dict[date, int] = defaultdict(int)
    grown: dict[date, int] = defaultdict(int)
    for move in moves:
        debit, credit = kinds[move.debit_id], kinds[move.credit_id]
        for kind, other, sign in ((debit, credit, 1), (credit, debit, -1)):
            if kind in CLAIM_KINDS:
                grown[move.month] += sign * move.amount_fen
            if kind == "collecting_bank" and other in _COLLECTED_AGAINST:
                collected[move.month] += sign * move.amount_fen
            if kind == "treasury" and other == "collecting_bank":
                remitted[move.month] += sign * move.amount_fen
    found = []
    for month in months:
        opening_fen += grown[month]
        found.append(IncomeMonth(month, collected[month], remitted[month], opening_fen))
    return found


def use_of_appropriations(
    opened: Iterable[Opened], kinds: Mapping[int, str], balances: Mapping[int, int], moves: Iterable[MonthlyMove]
) -> list[AppropriationUse]:
    """Return how far each appropriation is used.

    ``kinds`` and ``balances`` (debits less credits) are of every account of expenditure; ``moves`` hold every payment
    from the accounts of ``opened``. What was given back counts as not paid.
    """
    paid: dict[int, int] = defaultdict(int)
    for move in moves:
        if kinds[move.debit_id] == "expense":
            paid[move.credit_id] += move.amount_fen
        if kinds[move.credit_id] == "expense":
            paid[move.debit_id] -= move.amount_fen
    return [
        AppropriationUse(
            one.number, one.purpose, paid[one.committed_id], balances[one.committed_id], balances[one.quota_id]
        )
        for one in opened
    ]
