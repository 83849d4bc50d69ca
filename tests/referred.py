"""Histories of a decision after it was drafted, driven through the real steps of the shipped workflows.

The act of an imported case is taken as it was typed, so ``act_date`` is put in after the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.served import Attempt
from caseflow.domain.step_effects import case_after, take_step
from caseflow.domain.stepping import Moment, StepRefused, step_reasons
from caseflow.domain.workflow import Step

SUM = 2_000_000
FEE, TWO_ILLEGAL, WATER = "social_support_fee", "two_illegal", "water_abstraction_fine"
PARTIES = {FEE: "person", TWO_ILLEGAL: "institution", WATER: "enterprise"}
DRAFTED: Mapping[str, Mapping[str, Any]] = {
    FEE: {
        "no_earlier_levy": True,
        "base_income": SUM,
        "multiple_tenths": 30,
        "proposed_fee": SUM,
        "notified_fee": SUM,
        "fee_amount": SUM,
        "decided_by": "county",
    },
    TWO_ILLEGAL: {"gains_fen": 0},
    WATER: {"volume_m3": 10},
}
FINE = {
    "proposed_fine": SUM,
    "notified_fine": SUM,
    "fine_amount": SUM,
    "serious": False,
    "revoke_permit": False,
    "revoke_licence": False,
}
# What may come next, by what is done; forward acts stand first and are chosen more often.
ACTS = (
    "serve_decision", "publish_decision", "complete_public_notice", "serve_early_demand", "note", "note",
    "serve_demand", "serve_demand", "sign", "sign", "apply_to_court", "apply_to_court", "note_default",
    "grant_instalments", "pay_all", "refuse_instalments", "reconsideration_upheld", "reconsideration_reduced",
    "reconsideration_withdrawn", "reconsideration_annulled", "suit_dismissed", "suit_reduced", "suit_annulled",
    "request_instalments", "file_reconsideration", "file_suit", "pay_part", "withdraw_application",
    "revoke_decision",
)  # fmt: skip
STEPS = {
    "note": (
        "note_time_to_sue_over",
        "note_time_to_sue_over_after_reconsideration",
        "note_time_to_sue_over_after_demand",
    ),
    "sign": ("sign_court_application", "sign_court_application_before_2012"),
    "reconsideration_withdrawn": ("reconsideration_withdrawn", "reconsideration_withdrawn_after_time_to_sue"),
    "note_default": ("note_default", "note_default_after_time_to_sue"),
    "pay_part": ("record_payment",),
    "pay_all": ("record_payment",),
}


def rules_of(regime: str) -> Rules:
    return Rules(bootstrap.shipped_definitions()[regime], bootstrap.shipped_law(), bootstrap.published_calendar())


@dataclass
class History:
    """A case on its way and the bare log of what happened to it: (what, day, sum in fen)."""

    regime: str
    day: date
    log: list[tuple[str, date, int]] = field(default_factory=list)
    refused: list[tuple[str, Exception]] = field(default_factory=list)
    act_date: date | None = None

    def __post_init__(self) -> None:
        self.rules = RULES[self.regime]
        definition = self.rules.definition
        self.act_date = self.act_date or self.day - timedelta(days=60)
        facts = {**(DRAFTED[self.regime] if self.regime == FEE else {**FINE, **DRAFTED[self.regime]})}
        made = {"levy_decision", "penalty_decision", "service_record", "demand_letter", "court_application"}
        self.case = Case(
            id=1, office_id=1, number="1", regime=self.regime, definition_hash=definition.content_hash, party_id=1,
            party_kind=PARTIES[self.regime], owner_id=1, second_officer_id=2, state="decision_drafted",
            phase="assessment", version=0, dates=CaseDates(self.day, self.day - timedelta(days=60), self.day),
            money=Money(), facts=facts, documents=frozenset(definition.documents) - made,
        )  # fmt: skip

    def actor(self, step: Step) -> Actor:
        number = 10 + len(self.case.history)
        return Actor(number, 1, "a", "a", "a", frozenset({Role(step.by[0])}))

    def decide(self) -> None:
        if self._take("decide", {"decided_on": self.day}):
            self.log.append(("decided", self.day, SUM))
            self.case = replace(self.case, dates=replace(self.case.dates, act_date=self.act_date))

    def acts(self) -> list[str]:
        """Return what may be tried in the state the case is in, in the order of :data:`ACTS`."""
        open_here = {step.name for step in self.rules.definition.steps_from(self.case.state)}
        return [act for act in ACTS if open_here.intersection(STEPS.get(act, (act,)))]

    def do(self, act: str) -> bool:
        """Try an act on the day; tell whether it was taken."""
        owed = self.case.money.outstanding_fen
        paid = owed if act == "pay_all" else min(owed, 100_000)
        assessed = self.case.money.assessed_fen
        answers = {
            "served_on": self.day, "demand_served_on": self.day, "demanded_amount": owed, "paid_amount": paid,
            "annulled_amount": assessed, "reduced_amount": assessed // 2, "court_name": "Court",
            "service_method": "direct", "service_receiver": "party", "service_record_no": "1",
        }  # fmt: skip
        for name in STEPS.get(act, (act,)):
            if self._take(name, answers):
                summed = {"pay_part": paid, "pay_all": paid, "reconsideration_reduced": assessed // 2,
                          "suit_reduced": assessed // 2}  # fmt: skip
                self.log.append((act, self.day, summed.get(act, 0)))
                return True
        return False

    def reasons(self, step: Step, on: date) -> list[str]:
        return [one.code for one in step_reasons(self.rules, self.case, step, self.actor(step), Moment(on, on, {}))]

    def clerked(self, on: date) -> History:
        """Return the history with the end of the time to sue noted on the day, where it can be."""
        copy = replace(self, day=on, log=list(self.log), refused=[])
        copy.case = self.case
        copy.do("note")
        return copy

    def _take(self, name: str, answers: Mapping[str, Any]) -> bool:
        step = self.rules.definition.steps.get(name)
        if step is None or self.case.state not in step.from_states:
            return False
        tried = tuple(
            Attempt(document, "nobody_there", self.day, self.case.version)
            for document, times in step.needs.failed_service.items()
            for _ in range(times)
        )
        self.case = replace(self.case, attempts=self.case.attempts + tried)
        asked = {key: value for key, value in answers.items() if key in step.asks}
        moment = Moment(self.day, self.day, asked)
        try:
            outcome = take_step(self.rules, self.case, step, self.actor(step), moment)
        except (StepRefused, LawRefusal, CalendarNotPublished) as refusal:
            self.refused.append((name, refusal))
            return False
        self.case = case_after(self.case, outcome, 10 + len(self.case.history))
        return True


RULES = {regime: rules_of(regime) for regime in (FEE, TWO_ILLEGAL, WATER)}
