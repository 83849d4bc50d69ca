"""Amounts computed from the law: added charges with their calculation sheets, and fine ranges.

The computing itself lives beside the rules, because a law file's worked examples are computed when it is read.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from caseflow.domain.law.charges import Pause, Payment, added_charge
from caseflow.domain.law.fines import (
    FineFacts,
    FineRange,
    check_fine,
    fine_range,
    lighter_fine_range,
)
from caseflow.domain.law.model import LawBook
from caseflow.domain.law.sheets import CalculationSheet, SheetLine

__all__ = [
    "CalculationSheet",
    "FineFacts",
    "FineRange",
    "Pause",
    "Payment",
    "SheetLine",
    "added_charge",
    "check_fine",
    "fine_range",
    "lighter_fine_range",
    "recomputed",
]


def recomputed(sheet: CalculationSheet, book: LawBook) -> CalculationSheet:
    """Compute a stored sheet again from its own inputs under the rules of ``book``; compare with ``==``.

    Raises ``UnknownRule`` and as :func:`added_charge`.
    """
    inputs: dict[str, Any] = dict(sheet.inputs)
    return added_charge(
        book.rule(sheet.rule_id),
        principal_fen=inputs["principal_fen"],
        default_on=date.fromisoformat(inputs["default_on"]),
        until=date.fromisoformat(inputs["until"]),
        payments=[(date.fromisoformat(day), fen) for day, fen in inputs["payments"]],
        pauses=[
            (date.fromisoformat(from_), date.fromisoformat(to) if to else None, kind)
            for from_, to, kind in inputs["pauses"]
        ],
    )
