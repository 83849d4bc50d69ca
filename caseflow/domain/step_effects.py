"""What a step changes: the next state, clocks, money, documents, dates. Pure; the caller writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from caseflow.domain.access import Actor, Role
from caseflow.domain.assessment import FineFacts, FineRange, lighter_fine_range
from caseflow.domain.case_clocks import ClockBook
from caseflow.domain.cases import Case, CaseClock, StepTaken
from caseflow.domain.frozen_copies import changed
from caseflow.domain.law import Citation, LawRefusal
from caseflow.domain.ledger import PRINCIPAL_FIRST, Component, Leg, Money
from caseflow.domain.referral_marks import referral_mark
from caseflow.domain.reminders import DueRung, rungs_of, wind_down_clocks
from caseflow.domain.rules import Rules, regime_ended, regime_is_over
from caseflow.domain.service import service_of
from caseflow.domain.step_people import role_on
from caseflow.domain.stepping import Moment, Reason, StepOutcome, StepRefused, check_step
from caseflow.domain.words import Words
from caseflow.domain.workflow import EFFECTIVE, SAME, ClockStart, State, Step, money_text, stored_answers

OPENING = "open_case"
BOUND_SIDE = {"office": "agency", "party": "person", "court": "court", "other": "other"}


def open_case(rules: Rules, empty: Case, answers: Mapping[str, Any], *, opened_on: date, today: date) -> StepOutcome:
    """Return what opening a case changes; ``empty`` is the case before its first step (version 0).

    Raises :class:`StepRefused` when the regime has ended: a new case would have no lawful way but to be closed.
    """
    refusal = regime_ended(rules, opened_on)
    if refusal is not None:
        words = Words(refusal.message_en, refusal.message_zh)
        raise StepRefused(OPENING, (Reason("regime_ended", words),))
    state = rules.definition.states[rules.definition.opens]
    dates = {"opened_on": opened_on}
    if isinstance(answers.get("act_date"), date):
        dates["act_date"] = answers["act_date"]
    book = ClockBook(rules, replace(empty, dates=replace(empty.dates, **dates)), opened_on)
    for rule_id in state.clocks:
        book.start(ClockStart(rule_id, None, None), answers)
    act = Act(OPENING, Role.OFFICER, Moment(opened_on, today, answers), dates, empty.money)
    return replace(finish(rules, empty, state, book, act), floor_on=opened_on)


def take_step(rules: Rules, case: Case, step: Step, actor: Actor, moment: Moment) -> StepOutcome:
    """Return everything that taking ``step`` changes.

    ``moment.answers`` holds the typed answers. Raises :class:`StepRefused` when the step is closed,
    ``PostingRefused`` when the money does not allow it, ``LawRefusal`` when a clock would straddle a change of law.
    """
    check_step(rules, case, step, actor, moment)
    to_state = rules.definition.states[rules.definition.fire(case.state, step.name)]
    dates = case_dates(step, moment)
    law = law_used(rules, case, step, dates, moment)
    money, postings, legs = post(rules, case, step, moment)
    book = ClockBook(rules, replace(case, dates=replace(case.dates, **dates)), moment.on)
    book.apply(step, moment.answers)
    if to_state.name != case.state:
        for rule_id in to_state.clocks:
            if book.running(rule_id) is None:
                book.start(ClockStart(rule_id, None, None), moment.answers)
    role = role_on(rules.definition, case, step, actor)
    assert role is not None  # noqa: S101 - check_step has refused everybody without a role
    told = replace(moment, answers={**moment.answers, **step.says})
    act = Act(step.name, role, told, dates, money, step.makes, postings, legs, law)
    from_it = tuple(one.rule_id for one in book.started if rules.law.rule(one.rule_id).from_service)
    owner_id, second_id = officers_after(case, step, moment.answers)
    done = finish(rules, case, to_state, book, act)
    return replace(
        done,
        referral=referral_mark(rules.definition, case, step, to_state, done.facts),
        owner_id=owner_id if step.officers else None,
        second_officer_id=second_id if step.officers else None,
        floor_on=moment.on if to_state.name != case.state and step.on_behalf_of is None else None,
        service=service_of(rules.law.service, step, moment.answers, moment.on, from_it),
    )


def case_after(case: Case, outcome: StepOutcome, actor_id: int) -> Case:
    """Return the case as the database gives it back after ``outcome``, but for papers and attempts; nothing is written.

    A clock that was started gets the next free number in the case as its id.
    """
    clocks = case.clocks
    if outcome.changed or outcome.started:
        moved = {clock.id: clock for clock in outcome.changed}
        kept = [moved.get(clock.id, clock) for clock in case.clocks]
        started = [replace(clock, id=len(kept) + number) for number, clock in enumerate(outcome.started)]
        clocks = tuple(sorted([*kept, *started], key=lambda clock: clock.id or 0))
    seq = case.version + 1
    floors = [day for day in (case.dates.last_step_on, outcome.floor_on) if day is not None]
    dates: dict[str, Any] = {
        **outcome.dates, "last_step_on": max(floors, default=None), "closed_on": outcome.closed_on
    }  # fmt: skip
    return changed(
        case,
        state=outcome.to_state,
        phase=outcome.phase,
        version=seq,
        dates=changed(case.dates, **dates),
        owner_id=outcome.owner_id or case.owner_id,
        second_officer_id=outcome.second_officer_id or case.second_officer_id,
        money=outcome.money,
        facts=dict(outcome.facts),
        clocks=clocks,
        history=(*case.history, StepTaken(seq, outcome.trigger, actor_id, outcome.to_state, role=outcome.role)),
        documents=case.documents.union(outcome.documents) if outcome.documents else case.documents,
        served=case.served | {outcome.service.document} if outcome.service is not None else case.served,
    )


def officers_after(case: Case, step: Step, answers: Mapping[str, Any]) -> tuple[int, int]:
    """Return the first and the second officer of the case after ``step``; 0 where nobody has been named.

    Raises :class:`StepRefused` when a step that names officers would not leave two different ones
    (APL 2021 article 42), or replaces nobody, or names for a recused officer one who is on the case already.
    """
    present = (case.owner_id, case.second_officer_id or 0)
    if step.officers is None:
        return present
    named = [answers.get(name) if name else None for name in (step.officers.owner, step.officers.second)]
    owner_id, second_id = (new or old for new, old in zip(named, present, strict=True))
    if step.officers.replaces and not any(named):
        raise _officers_refused(step, "name the officer who takes over", "须指定接替的执法人员")
    if step.officers.replaces and any(new in present for new in named if new):
        raise _officers_refused(step, "the officer who takes over must be new to the case", "接替人员须非本案承办人")
    if not second_id:
        raise _officers_refused(step, "a case needs two officers: name the second", "须有两名执法人员，请指定第二名")
    if owner_id == second_id:
        raise _officers_refused(step, "the two officers must be different persons", "两名执法人员不得为同一人")
    return owner_id, second_id


def _officers_refused(step: Step, en: str, zh: str) -> StepRefused:
    return StepRefused(step.name, (Reason("officers", Words(en, zh)),))


def effective_on(step: Step, answers: Mapping[str, Any], today: date) -> date:
    """Return the step's own date: the answer its ``effective`` field names, or the business date."""
    named = answers.get(step.effective) if step.effective else None
    return named if isinstance(named, date) else today


def case_dates(step: Step, moment: Moment) -> dict[str, date]:
    """Return the case dates that ``step`` sets."""
    dates: dict[str, date] = {}
    for name, source in step.sets.items():
        value = moment.on if source == EFFECTIVE else moment.answers.get(source)
        if isinstance(value, date):
            dates[name] = value
    return dates


def law_used(
    rules: Rules, case: Case, step: Step, dates: Mapping[str, date], moment: Moment
) -> tuple[Mapping[str, Any], ...]:
    """Return the citations ``step`` rests on.

    Raises ``LawRefusal`` for a levy without a law, :class:`AmountOutOfRange` for a fine the law does not allow.
    """
    used: list[Mapping[str, Any]] = []
    decision_date = dates.get("decision_date") or case.dates.decision_date or moment.on
    act_date = case.dates.act_date or decision_date
    if step.levies:
        basis = rules.law.levy_basis(rules.definition.law, act_date=act_date, decision_date=decision_date)
        used.append(_cited("levy", basis.rule.id, basis.version.from_, basis.version.cite, decision_date))
    if step.amount is not None:
        amount_fen = moment.answers.get(step.amount.field)
        if isinstance(amount_fen, int):
            rule = rules.law.rule(step.amount.rule)
            found = _check_amount(rules, case, step, amount_fen, act_date, decision_date, moment)
            used.append(_cited("amount", step.amount.rule, rule.version_on(found.on).from_, found.cite, found.on))
    return tuple(used)


def _check_amount(
    rules: Rules, case: Case, step: Step, amount_fen: int, act_date: date, decision_date: date, moment: Moment
) -> FineRange:
    """Return the range the amount lies in: of the law at the act, or of the later law where that is lighter.

    Source: APL 2021 article 37 (APL 1996 names only the law of its day).
    """
    if step.amount is None:
        message = f"the step '{step.name}' declares no amount"
        raise ValueError(message)
    rule = rules.law.rule(step.amount.rule)
    known = {**case.facts, **moment.answers}
    facts = FineFacts(
        role=case.party_kind,
        gains_fen=int(known.get("gains_fen") or 0),
        serious=bool(known.get("serious")),
    )
    try:
        act_on = act_date if rule.version_or_none(act_date) is not None else decision_date
        lighter = lighter_fine_range(rule, act_on=act_on, decision_on=decision_date, facts=facts)
    except LawRefusal as refusal:
        words = Words(refusal.message_en, refusal.message_zh)
        raise StepRefused(step.name, (Reason("amount", words),)) from refusal
    if (lighter.optional and amount_fen == 0) or lighter.min_fen <= amount_fen <= lighter.max_fen:
        return lighter
    low, high = money_text(lighter.min_fen), money_text(lighter.max_fen)
    words = Words(
        f"the amount must be between {low} and {high} yuan: {lighter.text.en} ({lighter.cite.text.en})",
        f"金额应在{low}元至{high}元之间：{lighter.text.zh}（{lighter.cite.text.zh}）",
    )
    raise AmountOutOfRange(step.name, step.amount.field, words)


class AmountOutOfRange(StepRefused):
    """An amount outside the range the law sets; ``field`` is the field it was typed into."""

    def __init__(self, trigger: str, field: str, words: Words) -> None:
        self.field = field
        super().__init__(trigger, (Reason("amount", words),))


def _cited(kind: str, rule_id: str, version_from: date, cite: Citation, applied_on: date) -> Mapping[str, Any]:
    return {
        "kind": kind,
        "rule": rule_id,
        "version_from": version_from.isoformat(),
        "law": cite.law,
        "article": cite.article,
        "applied_on": applied_on.isoformat(),
    }


def post(
    rules: Rules, case: Case, step: Step, moment: Moment
) -> tuple[Money, tuple[Mapping[str, Any], ...], tuple[Leg, ...]]:
    """Return the money after ``step``, its postings and the legs they move. Raises ``PostingRefused``."""
    money = case.money
    postings = []
    legs: list[Leg] = []
    allocation = _allocation(rules, case, moment) if step.posts else PRINCIPAL_FIRST
    for posting in step.posts:
        amount_fen = _amount(case, posting.amount, moment)
        if amount_fen is None or (amount_fen == 0 and posting.event in ("assess", "confiscate", "annul", "interest")):
            continue
        money, moved = money.post(posting.event, amount_fen, allocation=() if posting.holds else allocation)
        legs += moved
        postings.append({"event": posting.event, "amount_fen": amount_fen, **_principal_paid(moved)})
    return money, tuple(postings), tuple(legs)


def _principal_paid(legs: Sequence[Leg]) -> dict[str, int]:
    """Return how much of a posting met the principal, where that is a question: the added charge runs on the rest."""
    paying = [leg for leg in legs if leg.operation in ("collect", "set_off")]
    principal_fen = sum(leg.amount_fen for leg in paying if leg.credit_kind == "receivable")
    return {"principal_fen": principal_fen} if paying else {}


def _allocation(rules: Rules, case: Case, moment: Moment) -> tuple[Component, ...]:
    """Return what a payment meets first, as the rule of the case's added charge says on the day of the payment."""
    for clock in reversed(case.clocks):
        charge_rule = rules.law.rule(clock.rule_id).charge
        version = rules.law.rule(charge_rule).version_or_none(moment.on) if charge_rule else None
        if version is not None and version.charge is not None:
            return version.charge.allocation
    return PRINCIPAL_FIRST


def _amount(case: Case, name: str, moment: Moment) -> int | None:
    value = moment.answers.get(name, case.facts.get(name))
    return value if isinstance(value, int) else None


@dataclass(frozen=True)
class Act:
    """What was done, before the clocks and the desk of the next state are known.

    ``floor_on`` is the date before which no later step may lie (None: the earlier one stays).
    """

    trigger: str
    role: Role
    moment: Moment
    dates: Mapping[str, date]
    money: Money
    documents: tuple[str, ...] = ()
    postings: tuple[Mapping[str, Any], ...] = ()
    legs: tuple[Leg, ...] = ()
    law: tuple[Mapping[str, Any], ...] = ()
    floor_on: date | None = None


def finish(rules: Rules, case: Case, to_state: State, book: ClockBook, act: Act) -> StepOutcome:
    """Return the outcome of what was done: the clocks and the desk of the state the case now stands in."""
    if to_state.final:
        book.stop_all()
    stored = stored_answers(act.moment.answers)
    next_clock = None if to_state.final else next_clock_of(rules, book.all(), to_state, act.moment.today)
    used = [
        _cited("clock", begun.rule_id, begun.reckoning.version_from, begun.reckoning.cite, begun.reckoning.applies_on)
        for begun in book.started
    ]
    return StepOutcome(
        trigger=act.trigger,
        from_state=case.state,
        to_state=to_state.name,
        phase=to_state.phase,
        waiting_for="nobody" if to_state.final else to_state.waiting_for,
        role=act.role,
        effective_on=act.moment.on,
        business_date=act.moment.today,
        answers=stored,
        facts={**case.facts, **stored},
        dates=act.dates,
        money=act.money,
        started=tuple(book.started),
        changed=book.changed(),
        ladders=_ladders(rules, book, act.moment.today),
        documents=act.documents,
        postings=act.postings,
        legs=act.legs,
        law=(*act.law, *used),
        next_due_on=next_clock.due_on if next_clock else None,
        next_clock=next_clock.rule_id if next_clock else None,
        calendar_version=rules.calendar_version,
        desk_role=_desk_role(rules, to_state, act.moment.today),
        closed_on=(case.dates.closed_on or act.moment.on) if to_state.phase == "closed" else None,
        floor_on=act.floor_on,
    )


def _ladders(rules: Rules, book: ClockBook, today: date) -> dict[str, tuple[DueRung, ...]]:
    return {
        clock.rule_id: rungs_of(rules.law, rules.definition, clock, rules.calendar, today)
        for clock in (*book.changed(), *book.started)
        if clock.is_running
    }


def next_clock_of(rules: Rules, clocks: Sequence[CaseClock], state: State, today: date) -> CaseClock | None:
    """Return the open clock the state hangs on: of the side it waits for, else of the office itself.

    A right of the party that runs beside (to apply for reconsideration, say) makes nobody's work late. Once the regime
    has ended nobody owes it anything any more: only what binds the office to wind the case down is due.
    """
    still = [clock for clock in clocks if clock.status == "open"]
    if not still:
        return None
    sides: tuple[str | None, ...] = (BOUND_SIDE.get(state.waiting_for), "agency")
    if regime_is_over(rules, today):
        winding_down = wind_down_clocks(rules.definition)
        still = [clock for clock in still if clock.rule_id in winding_down]
        sides = ("agency",)
    for side in sides:
        ours = [clock for clock in still if clock.reckoning.binds == side]
        if ours:
            return min(ours, key=lambda clock: clock.due_on)
    return None


def _desk_role(rules: Rules, state: State, today: date) -> str:
    steps = rules.definition.steps_from(state.name)
    if regime_is_over(rules, today):
        steps = tuple(step for step in steps if step.branch == "wind_down")
    leading = [step for step in steps if step.to != SAME and step.on_behalf_of is None] or list(steps)
    return leading[0].by[0] if leading else ""
