"""What the office owes a payer on top of money wrongly taken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from caseflow.domain.assessment import CalculationSheet
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.interest import deposit_interest
from caseflow.domain.rules import Rules
from caseflow.services.views import StepRecord

Payments = Sequence[tuple[date, int]]


def payments_of(timeline: Sequence[StepRecord]) -> list[tuple[date, int]]:
    """Return the payments of a case as (day, fen)."""
    return [(record.effective_on, record.paid_fen) for record in timeline if record.paid_fen]


def refund_interest(rules: Rules, case: Case, payments: Payments, on: date) -> CalculationSheet | None:
    """Return the deposit interest owed when the case's refund is paid on ``on``, with its sheet.

    Only what an annulled or lowered decision took bears it (``refund_due_fen``): an overpayment that the office merely
    holds was never demanded. The newest payments go back first. None where nothing is owed or no law of the day grants
    interest. Source: State Compensation Law articles 36 (1) and (7).
    """
    rule = rules.law.only_rule_of("deposit_interest")
    if rule is None or case.money.refund_due_fen == 0:
        return None
    try:
        rule.version_on(on)
    except LawRefusal:
        return None
    return deposit_interest(rule, taken=_newest_first(payments, case.money.refund_due_fen, on), until=on)


def _newest_first(payments: Sequence[tuple[date, int]], wanted_fen: int, on: date) -> list[tuple[date, int]]:
    taken = []
    for day, fen in sorted(payments, reverse=True):
        part_fen = min(fen, wanted_fen)
        if part_fen:
            taken.append((min(day, on), part_fen))
        wanted_fen -= part_fen
    return taken
