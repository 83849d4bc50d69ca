"""Deposit interest on money that goes back to the payer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from caseflow.domain.law.model import Rule, require_kind
from caseflow.domain.law.sheets import CalculationSheet, SheetLine
from caseflow.domain.words import Words

ROUND_UP = Words("rounded up to the fen, in the payer's favour", "不足一分的部分进为一分，有利于缴款人")
DAYS_OF_A_YEAR = 365
_BASIS_POINT = Fraction(1, 10_000)


def deposit_interest(rule: Rule, *, taken: Sequence[tuple[date, int]], until: date) -> CalculationSheet:
    """Return simple interest, in fen, on what was ``taken`` as (day, fen), each up to ``until`` (not counted itself).

    The rate is that of the version in force on ``until``, a share of a year of 365 days. Raises ``NotThisKind``,
    ``NoLawInForce`` and ``ValueError`` for a negative sum or a day after ``until``.
    Source: State Compensation Law articles 36 (1) and (7); the rate as the rule cites it.
    """
    require_kind(rule, "deposit_interest")
    if any(fen < 0 or day > until for day, fen in taken):
        message = "amounts must not be negative, and nothing was taken after the day of the refund"
        raise ValueError(message)
    version = rule.version_on(until)
    rate = version.annual_basis_points * _BASIS_POINT
    total, shown_fen = Fraction(0), 0
    lines = []
    for day, fen in taken:
        days = (until - day).days
        total += fen * rate * days / DAYS_OF_A_YEAR
        # Rounded with the sum so far, the lines add up to the result.
        part_fen = -int(-total // 1) - shown_fen
        shown_fen += part_fen
        label = Words(f"taken on {day}: {days} day(s)", f"{day}收取：{days}天")
        formula = f"{fen / 100:.2f} × {float(rate * 100):g} % × {days} / {DAYS_OF_A_YEAR}"
        lines.append(SheetLine(label, formula, part_fen, version.cite, version.checked))
    inputs = {"taken": [[day.isoformat(), fen] for day, fen in taken], "until": until.isoformat()}
    return CalculationSheet(rule.id, rule.title, rule.digest, inputs, tuple(lines), ROUND_UP, shown_fen)
