"""Fine ranges: which bracket reaches the facts, and whether an amount lies in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.model import Bracket, Rule, require_kind
from caseflow.domain.law.refusals import FineOutOfRange, NoBracket
from caseflow.domain.words import Words

PATIENT_ROLES = frozenset({"patient", "woman", "family", "child", "mother", "pregnant_woman"})


@dataclass(frozen=True, slots=True)
class FineFacts:
    """What a fine depends on: unlawful gains in fen, whether the case is serious, the subject's role."""

    role: str
    gains_fen: int = 0
    serious: bool = False


@dataclass(frozen=True, slots=True)
class FineRange:
    """The range of a fine in fen, with the bracket's law; ``optional`` when the law lets the agency impose none."""

    rule_id: str
    on: date
    min_fen: int
    max_fen: int
    optional: bool
    text: Words
    cite: Citation
    checked: Checked


def fine_range(rule: Rule, *, on: date, facts: FineFacts) -> FineRange:
    """Return the range the law in force on ``on`` sets for these facts.

    Raises ``NotThisKind``, ``NoLawInForce``, and ``NoBracket`` when no bracket reaches the facts or the role is a
    patient's (PFPL article 40 reaches only those who act for others).
    """
    require_kind(rule, "fine_range")
    version = rule.version_on(on)
    if facts.role in PATIENT_ROLES:
        raise NoBracket(
            Words(
                f"{rule.title.en} ({rule.id}): never reaches a patient.",
                f"{rule.title.zh}（{rule.id}）：不适用于就诊者。",
            )
        )
    if facts.gains_fen < 0:
        message = "gains_fen must not be negative"
        raise ValueError(message)
    view = {"gains_fen": facts.gains_fen, "serious": facts.serious, "role": facts.role}
    for bracket in version.brackets:
        if _program(bracket.when).execute(view):
            low, high = _bounds(bracket, facts.gains_fen)
            return FineRange(
                rule.id, on, low, high, bracket.optional, bracket.text, bracket.cite, bracket.checked
            )  # fmt: skip
    raise NoBracket(
        Words(
            f"{rule.title.en} ({rule.id}): no fine reaches these facts on {on}.",
            f"{rule.title.zh}（{rule.id}）：{on}的法律对上述事实未设定罚款。",
        )
    )


def lighter_fine_range(rule: Rule, *, act_on: date, decision_on: date, facts: FineFacts) -> FineRange:
    """Return the range at the time of the act, or at the decision where that is lighter.

    The lighter is the one with the lower maximum, then the lower minimum. Raises as :func:`fine_range`.
    Source: APL 2021 article 37.
    """
    at_act = fine_range(rule, on=act_on, facts=facts)
    at_decision = fine_range(rule, on=decision_on, facts=facts)
    return min(at_act, at_decision, key=lambda found: (found.max_fen, found.min_fen))


def check_fine(rule: Rule, *, on: date, facts: FineFacts, amount_fen: int) -> FineRange:
    """Return the range if ``amount_fen`` lies in it. Raises ``FineOutOfRange``, else as :func:`fine_range`."""
    found = fine_range(rule, on=on, facts=facts)
    if found.optional and amount_fen == 0:
        return found
    if not found.min_fen <= amount_fen <= found.max_fen:
        low, high, amount = (f"{fen / 100:,.2f}" for fen in (found.min_fen, found.max_fen, amount_fen))
        raise FineOutOfRange(
            Words(
                f"{amount} yuan is outside {low} to {high} yuan: {found.text.en} ({found.cite.text.en}).",
                f"{amount}元超出法定幅度{low}元至{high}元：{found.text.zh}（{found.cite.text.zh}）。",
            )
        )
    return found


def _bounds(bracket: Bracket, gains_fen: int) -> tuple[int, int]:
    if bracket.min_fen is not None and bracket.max_fen is not None:
        return bracket.min_fen, bracket.max_fen
    return gains_fen * (bracket.min_times_gains or 0), gains_fen * (bracket.max_times_gains or 0)


@cache
def _program(expression: str) -> Any:
    import cel

    return cel.compile(expression)
