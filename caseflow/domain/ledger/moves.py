"""The two lines, the kinds of account, and the closed list of lawful moves of money.

Sources: State Council Decree 281 (the two lines), APL 2021 articles 67 and 74, D357 article 10.
"""

from __future__ import annotations

from enum import StrEnum


class Line(StrEnum):
    """The two lines that never meet."""

    INCOME = "income"
    EXPENDITURE = "expenditure"


# The side on which an account of the kind grows.
NORMAL_SIDES: dict[tuple[Line, str], str] = {
    (Line.INCOME, "receivable"): "debit",
    (Line.INCOME, "charge_receivable"): "debit",
    (Line.INCOME, "collecting_bank"): "debit",
    (Line.INCOME, "treasury"): "debit",
    (Line.INCOME, "refund_interest"): "debit",
    (Line.INCOME, "assessed"): "credit",
    (Line.INCOME, "charge_assessed"): "credit",
    (Line.INCOME, "held"): "credit",
    (Line.INCOME, "suspense"): "credit",
    (Line.INCOME, "refund_due"): "credit",
    (Line.EXPENDITURE, "quota"): "debit",
    (Line.EXPENDITURE, "committed"): "debit",
    (Line.EXPENDITURE, "expense"): "debit",
    (Line.EXPENDITURE, "authority"): "credit",
}

NEVER_BELOW_ZERO = ("collecting_bank", "held", "suspense", "refund_due", "quota", "committed")
"""Kinds whose accounts the database refuses to overdraw."""

REVERSIBLE = frozenset({"collect", "suspend", "remit"})
"""What a cashier may have booked by mistake; a decision about money is put right by another decision instead."""

_CLAIMS = (("receivable", "assessed"), ("charge_receivable", "charge_assessed"))

MOVES: frozenset[tuple[Line, str, str, str]] = frozenset(
    [
        (Line.INCOME, "assess", "receivable", "assessed"),
        (Line.INCOME, "charge", "charge_receivable", "charge_assessed"),
        (Line.INCOME, "collect", "collecting_bank", "receivable"),
        (Line.INCOME, "collect", "collecting_bank", "charge_receivable"),
        (Line.INCOME, "collect", "collecting_bank", "held"),
        *((Line.INCOME, "set_off", debt, claim) for debt in ("held", "refund_due") for claim, _ in _CLAIMS),
        *((Line.INCOME, name, income, claim) for name in ("annul", "waive", "write_off") for claim, income in _CLAIMS),
        *((Line.INCOME, "reinstate", claim, income) for claim, income in _CLAIMS),
        *(
            (Line.INCOME, "refund_order", origin, "refund_due")
            for origin in ("assessed", "charge_assessed", "held", "suspense")
        ),
        (Line.INCOME, "interest", "refund_interest", "refund_due"),
        (Line.INCOME, "refund", "refund_due", "treasury"),
        (Line.INCOME, "remit", "treasury", "collecting_bank"),
        (Line.INCOME, "suspend", "collecting_bank", "suspense"),
        (Line.EXPENDITURE, "appropriate", "quota", "authority"),
        (Line.EXPENDITURE, "commit", "committed", "quota"),
        (Line.EXPENDITURE, "release", "quota", "committed"),
        (Line.EXPENDITURE, "pay", "expense", "committed"),
        (Line.EXPENDITURE, "lapse", "authority", "quota"),
    ]
)
"""Every lawful move as (line, operation, kind debited, kind credited); a reversal is the mirror of one."""
