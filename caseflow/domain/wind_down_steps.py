"""A case as its wind-down sees it: where it stands, what is done, what comes next, and what a run answers. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from caseflow.domain.access import Role
from caseflow.domain.cases import Case
from caseflow.domain.wind_down_classes import Standing, WindDown, WindDownRule, paid_part
from caseflow.domain.words import Words
from caseflow.domain.workflow import SAME, Definition, Step, money_text

BRANCH = "wind_down"
CHECK_REFUND = "check_refund"
_CHECK_TITLE = Words("Check whether money was taken without right", "核查是否错误征收")
# How a step's question how much was paid is answered, where the file has these choices.
_PAID_STATES: Mapping[str, tuple[str, ...]] = {
    "none": ("unpaid",),
    "part": ("part_paid",),
    "full": ("paid", "part_paid"),
}


@dataclass(frozen=True)
class PlannedStep:
    """A step of the list: ``status`` is ``done``, ``next`` or ``to_come``.

    ``waits_for`` is ``office``, ``court``, ``party`` or ``other``, ``by`` the roles that take it, ``in_bulk`` whether a
    run takes it.
    """

    name: str
    title: Words
    status: str
    waits_for: str
    by: tuple[str, ...]
    in_bulk: bool


@dataclass(frozen=True)
class RunAnswers:
    """What a run answers with: its day, the business date, the legal reason, the paper of the finance department."""

    day: date
    today: date
    reason: str
    finance_paper: str


def winding_states(definition: Definition) -> tuple[str, ...]:
    """Return the states of the wind-down itself."""
    return tuple(state.name for state in definition.states.values() if state.branch == BRANCH)


def standing_of(definition: Definition, down: WindDown, case: Case) -> Standing:
    """Return what decides the class of ``case``."""
    facts = case.facts
    state = definition.states.get(case.state)
    origin = _began_in(down, case) if state is not None and state.branch == BRANCH else None
    kept_fen = case.money.collected_fen - case.money.refunded_fen
    if origin is not None and isinstance(facts.get(down.begun_with), int):
        kept_fen = facts[down.begun_with]
    restricted = any(facts.get(name) is True for name in down.restricted_by)
    listed = restricted or (origin is not None and _has_lifted(definition, down, case))
    return Standing(
        origin=origin or case.state,
        paid=paid_part(case.money.assessed_fen, kept_fen),
        listed=listed,
        was_listed=listed or facts.get(down.measured_on) is not None,
        applied=facts.get(down.applied_on) is not None,
    )


def planned_steps(definition: Definition, down: WindDown, rule: WindDownRule, state: str) -> tuple[PlannedStep, ...]:
    """Return the steps that release the person, with what is done and what comes next of a case in ``state``.

    Where the case stands beside its list (a remedy taken late, say), the step that leads on from there comes first.
    """
    listed = [definition.steps[name] for name in rule.steps if name in definition.steps]
    at = next((index for index, step in enumerate(listed) if state in step.from_states), None)
    if at is None:
        beside = next(
            (step for step in definition.steps_from(state) if step.branch == BRANCH and step.to != SAME), None
        )
        return tuple(_planned(down, step, "next") for step in ([beside] if beside else []))
    statuses = ["done" if index < at else "next" if index == at else "to_come" for index in range(len(listed))]
    return tuple(_planned(down, step, status) for step, status in zip(listed, statuses, strict=True))


def checked_first(steps: Sequence[PlannedStep], *, stands: bool) -> tuple[PlannedStep, ...]:
    """Return the steps of a case with paid money: whether it was taken by right is looked at before it is kept.

    Where a finding ``stands`` the check comes next, and nothing else does.
    Source: Decree 357 article 5; State Compensation Law article 36.
    """
    check = PlannedStep(
        CHECK_REFUND, _CHECK_TITLE, "next" if stands else "done", "office", ("officer", "supervisor"), in_bulk=False
    )
    held = [replace(one, status="to_come") if stands and one.status == "next" else one for one in steps]
    return (check, *held)


def next_listed_step(definition: Definition, rule: WindDownRule, state: str) -> Step | None:
    """Return the first step of the rule's list that leaves ``state``; None where the case stands beside its list."""
    listed = (definition.steps[name] for name in rule.steps if name in definition.steps)
    return next((step for step in listed if state in step.from_states), None)


def is_ahead(definition: Definition, down: WindDown, rule: WindDownRule, state: str) -> bool:
    """Tell whether a run has, or will have, something to do on a case in ``state``."""
    steps = planned_steps(definition, down, rule, state)
    return any(step.in_bulk and step.status != "done" for step in steps)


def bulk_answers(definition: Definition, down: WindDown, step: Step, case: Case, given: RunAnswers) -> dict[str, str]:
    """Return what a run answers to ``step`` on ``case``, as a person would type it."""
    # A run prepared on one day may come to a case on which something happened since.
    day = max(given.day, case.dates.last_step_on or given.day)
    answers = {}
    for name in step.asks:
        source = down.answers.get(name)
        if source == "day":
            answers[name] = day.isoformat()
        elif source == "today":
            answers[name] = given.today.isoformat()
        elif source == "reason":
            answers[name] = given.reason
        elif source == "finance_paper":
            answers[name] = given.finance_paper
        elif source == "kept":
            answers[name] = money_text(kept_fen(case))
        elif source == "outstanding":
            answers[name] = money_text(case.money.outstanding_fen)
        elif source == "known":
            answers[name] = "on" if case.facts.get(name) is True else ""
        elif source == "paid_state":
            answers[name] = _paid_state(definition, name, case)
    return answers


def kept_fen(case: Case) -> int:
    """Return what was paid and stays: all but what was overpaid, in fen."""
    return case.money.collected_fen - case.money.refunded_fen - case.money.refundable_fen


def took_money(definition: Definition, case: Case) -> frozenset[int]:
    """Return who took money on the case: they neither prepare nor approve its end."""
    steps = [step.name for step in definition.steps.values() if any(one.event == "collect" for one in step.posts)]
    return frozenset(person for name in steps for person in case.takers_of(name))


def missing_desks(
    definition: Definition, down: WindDown, rules: Iterable[WindDownRule], roles: Iterable[Role]
) -> tuple[str, ...]:
    """Return the roles whose steps neither whoever has ``roles``, and prepares a run, nor an approver may take.

    A run takes each step in the name of one of its two people, so such cases would be refused.
    """
    theirs = {role.value for role in roles} | {Role.APPROVER.value}
    missing: dict[str, None] = {}
    for name in (name for rule in rules for name in rule.steps):
        step = definition.steps.get(name)
        if step is not None and name in down.office_steps and not theirs & set(step.by):
            missing |= dict.fromkeys(step.by)
    return tuple(missing)


def writes_off(definition: Definition) -> tuple[str, ...]:
    """Return the steps of the wind-down that write a balance off."""
    return tuple(_posting(definition, "write_off"))


def court_waits(definition: Definition, down: WindDown) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the states that wait for the court: for its end of the case, and for delisting."""
    waiting = [name for name in winding_states(definition) if definition.states[name].waiting_for == "court"]
    delisting = [name for name in waiting if any(down.lifted_on in step.asks for step in definition.steps_from(name))]
    return tuple(name for name in waiting if name not in delisting), tuple(delisting)


def letters_of_states(definition: Definition, down: WindDown) -> tuple[tuple[str, str], ...]:
    """Return (state, document): what must be issued before anybody outside knows what stands in that state.

    A letter to the court that the state waits for, and the notice that the person is served with from there.
    """
    waits = {name for names in court_waits(definition, down) for name in names}
    found: dict[tuple[str, str], None] = {}
    for step in definition.steps.values():
        if step.branch == BRANCH and step.to in waits:
            found |= {(step.to, kind): None for kind in step.makes}
        if step.branch == BRANCH and step.serves is not None and step.serves in step.makes:
            found |= {(state, step.serves): None for state in step.from_states}
    return tuple(found)


def stopped_states(definition: Definition, down: WindDown) -> tuple[str, ...]:
    """Return the states in which the collection has been stopped and the balance may still be open."""
    begun = {definition.steps[name].to for name in down.begins}
    return tuple(
        name
        for name in winding_states(definition)
        if definition.states[name].phase == "collection" and name not in begun
    )


def _began_in(down: WindDown, case: Case) -> str | None:
    """Return the state in which the wind-down began on the case: the one before the latest step that begins it."""
    for taken, before in zip(reversed(case.history), reversed(case.history[:-1]), strict=False):
        if taken.trigger in down.begins:
            return before.to_state
    return None


def _has_lifted(definition: Definition, down: WindDown, case: Case) -> bool:
    """Tell whether the court lifted its measures since the wind-down began: what the case needed stays what it was."""
    lifts = {step.name for step in definition.steps.values() if step.branch == BRANCH and down.lifted_on in step.asks}
    return any(taken.trigger in lifts for taken in case.history)


def _planned(down: WindDown, step: Step, status: str) -> PlannedStep:
    waits_for = step.on_behalf_of or "office"
    return PlannedStep(step.name, step.title, status, waits_for, step.by, step.name in down.office_steps)


def _paid_state(definition: Definition, name: str, case: Case) -> str:
    wanted = _PAID_STATES[paid_part(case.money.assessed_fen, kept_fen(case))]
    choices: Sequence[str] = tuple(definition.fields[name].choices) if name in definition.fields else ()
    return next((choice for choice in wanted if choice in choices), wanted[0])


def _posting(definition: Definition, event: str) -> Iterator[str]:
    for step in definition.steps.values():
        if step.branch == BRANCH and any(posting.event == event for posting in step.posts):
            yield step.name
