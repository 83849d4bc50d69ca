"""What goes with a sum that should go back: which payments it was, the interest on them, and the time to claim. Pure.

Sources: State Compensation Law articles 36 (1), 36 (7) and 39.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from caseflow.domain.assessment import CalculationSheet
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.interest import deposit_interest
from caseflow.domain.law.reckoning import reckon
from caseflow.domain.refund_grounds import Cited, ClaimPeriod, Taken
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words

CLAIM = "cn.scl.claim"
_LAST_PAYMENT = Words("the day of the last payment that should go back", "应退款项中最后一笔的缴款日")
_SERVICE = Words("the day on which the decision was served", "征收决定书送达日")


def newest_first(taken: Sequence[Taken], wanted_fen: int, until: date) -> list[tuple[date, int]]:
    """Return which payments make up ``wanted_fen``, the newest first, as (day, fen); none lies after ``until``."""
    parts = []
    for one in sorted(taken, key=lambda payment: payment.on, reverse=True):
        part_fen = min(one.fen, wanted_fen)
        if part_fen > 0:
            parts.append((min(one.on, until), part_fen))
        wanted_fen -= part_fen
    return parts


def interest_on(
    rules: Rules, bears: Sequence[tuple[date, int]], today: date
) -> tuple[CalculationSheet | None, Words | None]:
    """Return the deposit interest on payments up to ``today``, or why there is none. ``bears``: (day, fen)."""
    rule = rules.law.only_rule_of("deposit_interest")
    if not bears:
        return None, Words(
            "no interest: the office holds it for the payer, and no decision demanded it",
            "不计利息：该款项系暂存的多收款项，并非依决定收取",
        )
    if rule is None or rule.version_or_none(today) is None:
        return None, Words(
            f"no interest is reckoned: no law on file grants it on {today}", f"未计利息：{today}尚无在档的计息依据"
        )
    return deposit_interest(rule, taken=bears, until=today), None


def claim_period(rules: Rules, case: Case, paid_on: date, today: date) -> ClaimPeriod:
    """Return within which time the person may claim what was last paid on ``paid_on`` (State Compensation Law 39)."""
    served = case.dates.served_on
    runs_from = paid_on if served is None else max(paid_on, served)
    day = _LAST_PAYMENT if runs_from == paid_on else _SERVICE
    en = (
        f"it runs from {runs_from}, {day.en}: then the person could know what was taken and by which decision. "
        "This is the strictest reading; who learned only later that it was unlawful has two years from then"
    )
    zh = (
        f"自{runs_from}（{day.zh}）起算：当事人其时可以知道所收款项及其依据。此为最严格的解释；"
        "此后才知道征收违法的，自知道之日起两年"
    )
    rule = rules.law.rule(CLAIM)
    try:
        reckoning = reckon(rule, trigger_on=runs_from, calendar=rules.calendar)
    except (LawRefusal, CalendarNotPublished):
        en += ". No end is reckoned: the rule on file does not reach back to that day"
        zh += "。在档规则未及于该日，故不计算届满日"
        return ClaimPeriod(runs_from, None, over=False, provisional=False, why=Words(en, zh), law=None)
    law = Cited.of(rule, rule.version_on(runs_from))
    over = reckoning.due_on < today
    return ClaimPeriod(
        runs_from, reckoning.due_on, over=over, provisional=reckoning.provisional, why=Words(en, zh), law=law
    )
