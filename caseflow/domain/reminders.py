"""The ladder of a clock as dates: on which days who is told that a limit is near, over, or long over. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.cases import CaseClock
from caseflow.domain.law import Ladder, LawBook, Rule
from caseflow.domain.law.model import Rung, RungTo
from caseflow.domain.workflow import SAME, Definition

RAN_OUT = "ran_out"
_SIGNS = {"calendar_day": "d", "working_day": "w"}


@dataclass(frozen=True, slots=True)
class DueRung:
    """One rung of a clock's ladder on its day.

    ``name`` says where it stands against the due date: ``-7d`` (calendar days), ``+1w`` (working days), ``0d``, or
    ``ran_out`` for the first day on which the limit is over. ``passes_turn``: with it a right of another has ended, so
    the case no longer hangs on that limit but on the office. ``until``: from this day on it must not be given any more,
    however late the sweep comes, because the regime has ended.
    """

    name: str
    ladder: str
    on: date
    to: RungTo
    escalates: bool
    passes_turn: bool = False
    until: date | None = None


def rung_name(rung: Rung) -> str:
    """Return the name of a rung: its sign, days and unit (``-7d``, ``+1w``, ``0d``)."""
    sign = "+" if rung.offset_days > 0 else ""
    return f"{sign}{rung.offset_days}{_SIGNS[rung.unit]}"


def rung_day(rung: Rung, due_on: date, calendar: WorkingCalendar) -> date:
    """Return the day of a rung: quiet on rest days unless the clock ends there.

    A warning that falls on a rest day comes on the working day before it, what follows the end on the one after it.
    Raises ``CalendarNotPublished``.
    """
    if rung.offset_days == 0:
        return due_on
    if rung.unit == "working_day":
        return calendar.add_working_days(due_on, rung.offset_days)
    day = due_on + timedelta(days=rung.offset_days)
    if calendar.is_working(day):
        return day
    return calendar.add_working_days(day, 1 if rung.offset_days > 0 else -1)


def rungs_of(
    law: LawBook, definition: Definition, clock: CaseClock, calendar: WorkingCalendar, today: date
) -> tuple[DueRung, ...]:
    """Return the rungs of a clock from ``today`` on, by day; nothing for a clock that stands still or has ended.

    A warning whose day is past when the clock is reckoned is not given late; the end and what follows it are. A clock
    that hangs on a regime the law has ended reminds nobody after that day, unless it winds the case down. After the end
    of a right nobody is reminded either: it ran out, and that is all.
    """
    if clock.status != "open":
        return ()
    rule = law.rule(clock.rule_id)
    ladder = law.ladders[rule.ladder]
    begins = max(today, clock.reckoning.trigger_on)
    found = [one for one in _on_days(ladder, clock.due_on, calendar) if one.on >= begins or one.on >= clock.due_on]
    end = _end(rule, clock.due_on)
    if end.passes_turn:
        # A right that its holder did not use makes nobody late: what the office owes then has a clock of its own.
        found = [one for one in found if one.on <= clock.due_on]
    found.append(end)
    ends_on = regime_ends_on(law, definition)
    if ends_on is not None and clock.rule_id not in wind_down_clocks(definition):
        found = [replace(one, until=ends_on) for one in found if max(one.on, today) < ends_on]
    return tuple(sorted(found, key=lambda one: (one.on, one.name != RAN_OUT)))


def regime_ends_on(law: LawBook, definition: Definition) -> date | None:
    """Return the first day on which no law supports the regime's levy any more; None while none is known."""
    return law.levy_rule(definition.law).versions[-1].until


def wind_down_clocks(definition: Definition) -> frozenset[str]:
    """Return the rules of the clocks that wind a case down: what still binds the office after the regime has ended."""
    steps = [step for step in definition.steps.values() if step.branch == "wind_down"]
    reached = {step.to for step in steps} | {s.name for s in definition.states.values() if s.branch == "wind_down"}
    entered = {clock for name in reached - {SAME} for clock in definition.states[name].clocks}
    return frozenset(entered | {start.clock for step in steps for start in step.starts})


def _on_days(ladder: Ladder, due_on: date, calendar: WorkingCalendar) -> list[DueRung]:
    found = []
    for rung in ladder.rungs:
        try:
            day = rung_day(rung, due_on, calendar)
        except CalendarNotPublished:
            # A warning before the first published year: those days are long past.
            continue
        found.append(DueRung(rung_name(rung), ladder.name, day, rung.to, rung.escalate))
    return found


def _end(rule: Rule, due_on: date) -> DueRung:
    passes = rule.binds == "person" and rule.charge is None
    return DueRung(RAN_OUT, rule.ladder, due_on + timedelta(days=1), "owner", escalates=False, passes_turn=passes)


__all__ = ["RAN_OUT", "DueRung", "regime_ends_on", "rung_day", "rung_name", "rungs_of", "wind_down_clocks"]
