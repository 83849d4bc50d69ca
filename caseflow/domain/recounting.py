"""A case's running time limits counted again: the calendar changed, or their ladders are still to be reckoned. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from caseflow.domain.case_clocks import ClockBook
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.reminders import DueRung, rungs_of
from caseflow.domain.rules import Rules
from caseflow.domain.step_effects import BOUND_SIDE, next_clock_of


@dataclass(frozen=True)
class Standing:
    """What a case hangs on as its row says: the sweep passes the turn on without a step.

    ``since`` holds, for a clock whose ladder is to be reckoned anew, the first day whose rungs did not take effect yet;
    ``ran_out`` the clocks whose end has been recorded.
    """

    waiting_for: str
    next_clock: str | None = None
    next_due_on: date | None = None
    since: Mapping[int, date] = field(default_factory=dict)
    ran_out: frozenset[int] = frozenset()


@dataclass(frozen=True)
class MovedDeadline:
    """A due date that is another one now."""

    clock_id: int
    rule_id: str
    old: date
    new: date


@dataclass(frozen=True)
class Recounted:
    """A case after the count: its running clocks with their ladders, what moved, and what it hangs on now.

    ``recorded_anew`` are the clocks whose reckoning reads otherwise now, though the date may be the same.
    """

    clocks: tuple[CaseClock, ...]
    ladders: Mapping[int, tuple[DueRung, ...]]
    moved: tuple[MovedDeadline, ...]
    standing: Standing
    recorded_anew: frozenset[int]


def recount_case(rules: Rules, case: Case, standing: Standing, today: date) -> Recounted:
    """Count every running clock of a case again; what has ended stays as it is.

    A due date that is past stays past unless the law itself moves it. Raises ``LawRefusal`` and
    ``CalendarNotPublished``.
    """
    book = ClockBook(rules, case, today)
    book.recount()
    before = {clock.id: clock for clock in case.clocks}
    running = tuple(clock for clock in book.all() if clock.is_running and clock.id is not None)
    moved = tuple(
        MovedDeadline(clock.id, clock.rule_id, before[clock.id].due_on, clock.due_on)
        for clock in running
        if clock.id is not None and before[clock.id].due_on != clock.due_on
    )
    fresh = {one.clock_id for one in moved}
    ladders = {
        clock.id: rungs_of(
            rules.law,
            rules.definition,
            clock,
            rules.calendar,
            today if clock.id in fresh else min(today, standing.since.get(clock.id, today)),
        )
        for clock in running
        if clock.id is not None
    }
    after = _standing(rules, case, standing, running, moved, today) if moved else standing
    anew = frozenset(clock.id for clock in running if clock.id is not None and clock.clock != before[clock.id].clock)
    return Recounted(running, ladders, moved, after, anew)


def _standing(
    rules: Rules,
    case: Case,
    standing: Standing,
    running: tuple[CaseClock, ...],
    moved: tuple[MovedDeadline, ...],
    today: date,
) -> Standing:
    """Return what the case hangs on after ``moved``.

    Where the sweep has passed the turn on, it stays with the office, unless the right that had ended runs again.
    """
    state = rules.definition.states[case.state]
    side = BOUND_SIDE.get(state.waiting_for)
    again = {
        clock.id for clock in running if clock.reckoning.binds == side and clock.status == "open"
        and clock.due_on >= today and clock.id in standing.ran_out
    }  # fmt: skip
    if standing.waiting_for == state.waiting_for or again & {one.clock_id for one in moved}:
        clock = next_clock_of(rules, running, state, today)
        return replace(
            standing,
            waiting_for=state.waiting_for,
            next_clock=clock.rule_id if clock else None,
            next_due_on=clock.due_on if clock else None,
        )
    due_on = next((one.new for one in moved if one.rule_id == standing.next_clock), standing.next_due_on)
    return replace(standing, next_due_on=due_on)


__all__ = ["MovedDeadline", "Recounted", "Standing", "recount_case"]
