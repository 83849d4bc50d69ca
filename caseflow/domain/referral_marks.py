"""What a step does to the referral of a decision to the court, so that it is written with the step. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from caseflow.domain.cases import Case
from caseflow.domain.workflow import Definition, State, Step

COURT_PHASE = "court_referral"

Act = Literal["sign", "file", "withdraw", "end"]


@dataclass(frozen=True)
class ReferralMark:
    """One act on a referral. ``decision_seq`` is the step that made the decision, ``court`` only known at filing."""

    act: Act
    decision_seq: int
    decision_no: str | None = None
    court: str | None = None


def decision_seq(definition: Definition, case: Case) -> int:
    """Return the number of the step that made the case's decision; 0: there is none."""
    levying = {step.name for step in definition.steps.values() if step.levies}
    return max((taken.seq for taken in case.history if taken.trigger in levying), default=0)


def annuls(step: Step) -> bool:
    """Tell whether the decision falls with ``step``: what was assessed is annulled, and nothing takes its place."""
    events = {posting.event for posting in step.posts}
    return "annul" in events and "assess" not in events


def fallen_by(definition: Definition, case: Case, seq: int) -> Step | None:
    """Return the last step since the step number ``seq`` with which the decision fell; None: it stands."""
    taken = (definition.steps.get(one.trigger) for one in reversed(case.history) if one.seq > seq)
    return next((step for step in taken if step is not None and annuls(step)), None)


def referral_mark(
    definition: Definition, case: Case, step: Step, to_state: State, facts: Mapping[str, Any]
) -> ReferralMark | None:
    """Return what ``step`` does to the case's referral; None: nothing.

    A referral ends without being withdrawn when the case leaves the court phase otherwise: refused for good, executed,
    paid, or met by a remedy before it was filed.
    """
    act = _act(case, step, to_state)
    if act is None:
        return None
    court = facts.get("court_name") if act == "file" else None
    return ReferralMark(
        act=act,
        decision_seq=decision_seq(definition, case),
        decision_no=str(facts["decision_no"]) if facts.get("decision_no") else None,
        court=str(court) if court else None,
    )


def _act(case: Case, step: Step, to_state: State) -> Act | None:
    match step.referral:
        case "sign" | "file" | "withdraw" as act:
            return act
        case _:
            return "end" if case.phase == COURT_PHASE and to_state.phase != COURT_PHASE else None
