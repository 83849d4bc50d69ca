"""The history of a case that a row of an old casebook reports: steps of its workflow that nobody of ours witnessed.

A reported step has the effects of a step (state, dates, answers, money, clocks) without the checks of one that is taken
here: who took it, on what evidence and from which state is the old book's business. Papers are not invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from caseflow.domain.access import Role
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.case_clocks import ClockBook
from caseflow.domain.casebook.rows import ReportedRow
from caseflow.domain.cases import Case, CaseClock, StepTaken
from caseflow.domain.frozen_copies import changed
from caseflow.domain.law import LawRefusal
from caseflow.domain.old_book import OldBook
from caseflow.domain.receipts import RECEIPT_FIELD
from caseflow.domain.reminders import DueRung
from caseflow.domain.rules import Rules, regime_is_over
from caseflow.domain.step_effects import OPENING, Act, case_after, case_dates, finish, law_used, post
from caseflow.domain.stepping import Moment, StepOutcome, StepRefused
from caseflow.domain.words import Words
from caseflow.domain.workflow import ClockStart, Definition, Step

_CLOSED = "closed"


@dataclass(frozen=True)
class ReportedClock:
    """A clock as the history leaves it: by which step it was started and ended, and its rungs while it runs."""

    clock: CaseClock
    started_seq: int
    ended_seq: int | None
    rungs: tuple[DueRung, ...]


@dataclass(frozen=True)
class ReportedHistory:
    """What a row reports, as steps: the opening first, the others by date and, on one day, in the order of the law.

    ``undated`` are the numbers (from 1) of steps that the book gives no date of their own. ``notes`` says what of the
    law refused to be applied to what is reported. ``case`` is the case after the last step.
    """

    steps: tuple[StepOutcome, ...]
    undated: frozenset[int]
    notes: tuple[Words, ...]
    case: Case
    clocks: tuple[ReportedClock, ...] = ()


@dataclass(frozen=True)
class _Act:
    """One step that is reported: on which day, with which answers, and what it posts beside its own."""

    step: Step
    on: date
    answers: Mapping[str, Any]
    undated: bool = False


def reported_history(
    rules: Rules, row: ReportedRow, today: date, empty: Case, role: Role = Role.OFFICER
) -> ReportedHistory:
    """Return the history of ``row``; ``empty`` is the case before its opening (version 0, its owner and number).

    ``role`` is that of whoever enters the book. Raises ``ValueError`` where the regime has no ``old_book`` or the row
    no opening date.
    """
    book = rules.definition.old_book
    opened_on = row.dates.get(book.opened_on) if book is not None else None
    if book is None or opened_on is None:
        message = f"row of case {row.case_number}: nothing says when the case was opened"
        raise ValueError(message)
    teller = _Teller(rules, today, role, empty)
    teller.open(opened_on, _answers(book.opening, {}, row))
    acts = _assessed(rules.definition, book, [*_acts(rules.definition, book, row)])
    for act in acts:
        teller.take(act)
    teller.settle(book, acts)
    return teller.told()


def receipt_numbers(definition: Definition, row: ReportedRow) -> list[str]:
    """Return the numbers of the receipts that ``row`` reports for money that was taken."""
    found = []
    for event in definition.old_book.events if definition.old_book is not None else ():
        number = row.words.get(event.takes.get(RECEIPT_FIELD, ""))
        collected = [one.amount for one in definition.steps[event.step].posts if one.event == "collect"]
        if number and event.on in row.dates and any(row.amounts_fen.get(event.takes.get(one, "")) for one in collected):
            found.append(number)
    return found


class _Teller:
    """Tells a case's history step by step."""

    def __init__(self, rules: Rules, today: date, role: Role, empty: Case) -> None:
        self._rules, self._today, self._role, self._case = rules, today, role, empty
        # Once the regime has ended nobody owes it anything any more, and no clock of the old law says otherwise.
        self._law_runs = not regime_is_over(rules, today)
        self._steps: list[StepOutcome] = []
        self._undated: set[int] = set()
        self._notes: list[Words] = []
        self._began: dict[int, int] = {}
        self._ended: dict[int, int] = {}
        self._rungs: dict[int, tuple[DueRung, ...]] = {}

    def open(self, on: date, answers: Mapping[str, Any]) -> None:
        """Tell the opening."""
        state = self._rules.definition.states[self._rules.definition.opens]
        dates = {"opened_on": on}
        if isinstance(answers.get("act_date"), date):
            dates["act_date"] = answers["act_date"]
        self._case = changed(self._case, dates=changed(self._case.dates, opened_on=on))
        book = ClockBook(self._rules, changed(self._case, dates=changed(self._case.dates, **dates)), on)
        for rule_id in state.clocks:
            self._start(book, ClockStart(rule_id, None, None), answers)
        moment = Moment(on, self._today, answers)
        act = Act(OPENING, self._role, moment, dates, self._case.money, floor_on=on)
        self._add(finish(self._rules, self._case, state, book, act))

    def take(self, act: _Act) -> None:
        """Tell one step."""
        step, case, rules = act.step, self._case, self._rules
        moment = Moment(act.on, self._today, act.answers)
        to_state = rules.definition.states[step.target(case.state)]
        dates = case_dates(step, moment)
        money, postings, legs = post(rules, case, step, moment)
        book = ClockBook(rules, case, act.on)
        if self._law_runs:
            book = ClockBook(rules, changed(case, dates=changed(case.dates, **dates)), act.on)
            book.apply(replace(step, starts=()), act.answers)
            entered = to_state.clocks if to_state.name != case.state else ()
            for start in (*step.starts, *(ClockStart(rule_id, None, None) for rule_id in entered)):
                if start in step.starts or book.running(start.clock) is None:
                    self._start(book, start, act.answers)
        law = self._law(step, dates, moment)
        floor_on = act.on if to_state.name != case.state and step.on_behalf_of is None else None
        done = Act(step.name, self._role, moment, dates, money, (), postings, legs, law, floor_on)
        self._add(finish(rules, case, to_state, book, done))
        if act.undated:
            self._undated.add(len(self._steps))

    def settle(self, book: OldBook, acts: Sequence[_Act]) -> None:
        """Tell that all is paid, as the step says by which the workflow confirms it."""
        money, step = self._case.money, self._rules.definition.steps.get(book.settled or "")
        if step is None or not money.collected_fen or not money.assessed_fen or money.outstanding_fen:
            return
        if self._case.phase == _CLOSED or self._case.state == step.target(self._case.state):
            return
        paid_on = max(act.on for act in acts if any(one.event == "collect" for one in act.step.posts))
        self.take(_Act(step, paid_on, {step.effective: paid_on} if step.effective else {}))

    def told(self) -> ReportedHistory:
        """Return what was told."""
        history = tuple(
            StepTaken(taken.seq, taken.trigger, taken.actor_id, taken.to_state, reported=True)
            for taken in self._case.history
        )
        clocks = tuple(
            ReportedClock(
                clock, self._began[clock.id or 0], self._ended.get(clock.id or 0), self._rungs.get(clock.id or 0, ())
            )
            for clock in self._case.clocks
        )
        case = changed(self._case, history=history)
        return ReportedHistory(tuple(self._steps), frozenset(self._undated), tuple(self._notes), case, clocks)

    def _start(self, book: ClockBook, start: ClockStart, answers: Mapping[str, Any]) -> None:
        """Start a clock; where the law does not let it be reckoned, say so: no date is better than a wrong one."""
        if not self._law_runs:
            return
        try:
            book.start(start, answers)
        except (LawRefusal, CalendarNotPublished) as refusal:
            title = self._rules.law.rule(start.clock).title
            self._notes.append(Words(f"{title.en}: {refusal.message_en}", f"{title.zh}：{refusal.message_zh}"))

    def _law(self, step: Step, dates: Mapping[str, date], moment: Moment) -> tuple[Mapping[str, Any], ...]:
        try:
            return law_used(self._rules, self._case, step, dates, moment)
        except LawRefusal as refusal:
            said = Words(refusal.message_en, refusal.message_zh)
        except StepRefused as refusal:
            said = refusal.reasons[0].words
        self._notes.append(Words(f"{step.title.en}: {said.en}", f"{step.title.zh}：{said.zh}"))
        return ()

    def _add(self, outcome: StepOutcome) -> None:
        known = {clock.id for clock in self._case.clocks}
        self._steps.append(outcome)
        self._case = case_after(self._case, outcome, 0)
        seq = len(self._steps)
        for clock in self._case.clocks:
            number = clock.id or 0
            if clock.id not in known:
                self._began[number] = seq
            if clock.is_running:
                self._rungs[number] = outcome.ladders.get(clock.rule_id, self._rungs.get(number, ()))
            else:
                self._ended.setdefault(number, seq)
                self._rungs.pop(number, None)


def _acts(definition: Definition, book: OldBook, row: ReportedRow) -> Iterator[_Act]:
    """Yield what the row reports, by date; on one day in the order of the events, which is that of the law."""
    found = []
    for place, event in enumerate(book.events):
        on = row.dates.get(event.on)
        if on is None or (event.when and any(row.words.get(column) != value for column, value in event.when.items())):
            continue
        step = definition.steps[event.step]
        answers = _answers(event.takes, event.says, row)
        if step.posts and any(answers.get(one.amount) == 0 for one in step.posts if one.event == "collect"):
            continue
        found.append((on, place, _Act(step, on, answers, event.undated)))
    for _on, _place, act in sorted(found, key=lambda one: one[:2]):
        yield act


def _answers(takes: Mapping[str, str], says: Mapping[str, Any], row: ReportedRow) -> dict[str, Any]:
    """Return the answers to the fields that columns of the row fill, and those that the fact itself gives."""
    answers: dict[str, Any] = dict(says)
    value: date | int | str | None
    for field, column in takes.items():
        if column in row.dates:
            value = row.dates[column]
        elif column in row.amounts_fen:
            value = row.amounts_fen[column]
        else:
            value = row.words.get(column)
        if value is not None and value != "":
            answers[field] = value
    return answers


def _assessed(definition: Definition, book: OldBook, acts: Sequence[_Act]) -> list[_Act]:
    """Return the acts so that what was paid in full was assessed, too.

    The workflow assesses when the decision is served. Where a book gives no such day though all of it was paid, the
    decision reached the person, and the sum is assessed with it; less than all stays held until the decision is served.
    """
    if any(_fen(act, "assess") for act in acts):
        return list(acts)
    steps = [definition.steps[event.step] for event in book.events]
    posts = next((step.posts for step in steps if any(one.event == "assess" for one in step.posts)), ())
    paid_fen = sum(_fen(act, "collect") for act in acts)
    found = []
    for act in acts:
        here = replace(act, step=replace(act.step, posts=(*act.step.posts, *posts))) if act.step.levies else act
        found.append(here if paid_fen and 0 < _fen(here, "assess") <= paid_fen else act)
    return found


def _fen(act: _Act, event: str) -> int:
    """Return what an act posts of one kind of event, in fen."""
    return sum(int(act.answers.get(one.amount) or 0) for one in act.step.posts if one.event == event)
