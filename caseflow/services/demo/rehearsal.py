"""Plays a case's history in the pure domain, so that its dates can be chosen before anything is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from caseflow.domain.access import Actor
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.served import Attempt
from caseflow.domain.step_effects import OPENING, case_after, open_case, take_step
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.workflow import Step, clean_answers, money_text
from caseflow.services.case_answers import AnswersRefused, step_moment
from caseflow.services.demo.county import CountyRefused, StepPlan, TriedPlan
from caseflow.services.demo.writing import Writer
from caseflow.services.refund_interest import Payments, refund_interest


@dataclass(frozen=True)
class Move:
    """One thing somebody does to a case on a business date; ``answers`` are what they type.

    ``tried`` are the attempts to serve that they record before it.
    """

    day: date
    trigger: str
    actor: Actor
    answers: Mapping[str, str] = field(default_factory=dict)
    tried: tuple[TriedPlan, ...] = ()


@dataclass(frozen=True)
class History:
    """A whole history and the case at its end."""

    moves: tuple[Move, ...]
    case: Case
    end: StepOutcome

    @property
    def begins_due_date(self) -> int:
        """The number of the step on whose day the next due date depends (0: the opening)."""
        clock = self.case.latest_clock(self.end.next_clock) if self.end.next_clock else None
        if clock is None:
            return len(self.moves) - 1
        begun = [number for number, move in enumerate(self.moves) if move.day <= clock.reckoning.trigger_on]
        return begun[-1] if begun else 0

    @property
    def last_day(self) -> date:
        """The day of the last step."""
        return self.moves[-1].day


@dataclass(frozen=True)
class Cast:
    """Who plays: the officer who holds the case, the second officer, and everybody else in the order they are asked."""

    owner: Actor
    second: Actor
    others: tuple[Actor, ...]

    def candidates(self, step: Step) -> list[Actor]:
        """Return those whose role may take ``step``, the case's own officers first."""
        first = [self.owner, self.second] if "officer" in step.by else []
        asked = {actor.id for actor in first}
        everybody = [*first, *(actor for actor in self.others if actor.id not in asked)]
        return [actor for actor in everybody if any(role in step.by for role in actor.roles)]


@dataclass(frozen=True)
class Scene:
    """What does not change between the rehearsals of one case."""

    rules: Rules
    cast: Cast
    writer: Writer
    party_kind: str
    steps: Sequence[StepPlan]
    as_of: date


def rehearse(scene: Scene, start: date, delays: Mapping[int, int]) -> History:
    """Return the history that opens on ``start``; ``delays`` maps the number of a step (from 1) to days it comes later.

    Raises whatever the law or the workflow has against it: ``StepRefused``, ``AnswersRefused``, ``LawRefusal``,
    ``PostingRefused``, ``CalendarNotPublished``.
    """
    rules, cast, writer = scene.rules, scene.cast, scene.writer
    case, outcome, opening = _opened(rules, cast, writer, scene.party_kind, start)
    moves = [opening]
    payments: list[tuple[date, int]] = []
    for number, plan in enumerate(scene.steps, start=1):
        step = rules.definition.steps.get(plan.step)
        if step is None:
            message = f"{rules.definition.regime} has no step '{plan.step}'"
            raise CountyRefused(message)
        day = _day(scene, case, plan, moves[-1].day, delays.get(number, 0))
        case = _tried(case, plan, day)
        asked = tuple(rules.definition.fields[name] for name in step.asks)
        own = {**_interest(rules, case, step, payments, day), **plan.answers}
        answers = writer.answers(asked, own, case, day, number)
        moment = step_moment(rules, case, step, answers, day)
        actor = _actor(case, step, cast)
        outcome = take_step(rules, case, step, actor, moment)
        case = case_after(case, outcome, actor.id)
        payments += [(outcome.effective_on, one["amount_fen"]) for one in outcome.postings if one["event"] == "collect"]
        moves.append(Move(day, plan.step, actor, answers, plan.tried))
    return History(tuple(moves), case, outcome)


def _tried(case: Case, plan: StepPlan, day: date) -> Case:
    attempts = [
        Attempt(one.document, one.result, day - timedelta(days=one.days_before), case.version) for one in plan.tried
    ]
    return replace(case, attempts=(*case.attempts, *attempts)) if attempts else case


def _interest(rules: Rules, case: Case, step: Step, payments: Payments, day: date) -> dict[str, str]:
    """Return what somebody writes who looks up the interest that the law adds to a refund."""
    sheet = refund_interest(rules, case, payments, day)
    owed = money_text(sheet.result_fen if sheet is not None else 0)
    return {posting.amount: owed for posting in step.posts if posting.event == "interest"}


def _opened(rules: Rules, cast: Cast, writer: Writer, party_kind: str, start: date) -> tuple[Case, StepOutcome, Move]:
    definition = rules.definition
    fields = tuple(definition.fields[name] for name in definition.opening)
    raw = writer.answers(fields, {}, None, start, 0)
    answers, problems = clean_answers(definition, None, raw, today=start)
    if problems:
        raise AnswersRefused(problems)
    empty = Case(
        id=0,
        office_id=cast.owner.office_id,
        number="",
        regime=definition.regime,
        definition_hash=definition.content_hash,
        party_id=0,
        party_kind=party_kind,
        owner_id=cast.owner.id,
        second_officer_id=cast.second.id,
        state=definition.opens,
        phase=definition.states[definition.opens].phase,
        version=0,
        dates=CaseDates(opened_on=start),
        money=Money(),
    )
    outcome = open_case(rules, empty, answers, opened_on=start, today=start)
    return case_after(empty, outcome, cast.owner.id), outcome, Move(start, OPENING, cast.owner, raw)


def _day(scene: Scene, case: Case, plan: StepPlan, previous: date, delay_days: int) -> date:
    if plan.on is not None:
        return plan.on
    if plan.days_ago is not None:
        day = scene.as_of - timedelta(days=plan.days_ago)
        while not scene.rules.calendar.is_working(day):
            day -= timedelta(days=1)
        return day
    day = max(previous, _run_out(case, plan.after) + timedelta(days=1)) if plan.after else previous
    return scene.rules.calendar.next_working(day + timedelta(days=plan.wait_days + delay_days))


def _run_out(case: Case, name: str) -> date:
    """Return the last day of the clock ``name``, or the date answered in the field ``name``; long ago for neither."""
    clock = case.latest_clock(name)
    if clock is not None:
        return clock.due_on
    answered = case.facts.get(name)
    return date.fromisoformat(answered) if isinstance(answered, str) else date.min


def _actor(case: Case, step: Step, cast: Cast) -> Actor:
    """Return the first whose desk it is and whom four-eyes does not exclude (nobody: the step will be refused)."""
    excluded = {taker for other in step.not_by for taker in case.takers_of(other)}
    candidates = cast.candidates(step)
    return next((actor for actor in candidates if actor.id not in excluded), cast.owner)
