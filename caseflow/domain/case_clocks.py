"""The clocks of one case while one step works on them. Pure; remembers what is new and what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from caseflow.domain import clocks as running
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.clocks import Clock
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import EFFECTIVE, ClockStart, Step


class ClockBook:
    """Every clock of a case at a step dated ``on``."""

    def __init__(self, rules: Rules, case: Case, on: date) -> None:
        self._rules, self._case, self._on = rules, case, on
        self._kept = list(case.clocks)
        self._touched: set[int] = set()
        self.started: list[CaseClock] = []

    def all(self) -> list[CaseClock]:
        """Return every clock, the new ones last."""
        return [*self._kept, *self.started]

    def changed(self) -> tuple[CaseClock, ...]:
        """Return the clocks that had a row before and are different now."""
        return tuple(clock for index, clock in enumerate(self._kept) if index in self._touched)

    def running(self, rule_id: str) -> CaseClock | None:
        """Return the running clock of a rule, old or new."""
        for clock in reversed(self.all()):
            if clock.rule_id == rule_id and clock.is_running:
                return clock
        return None

    def apply(self, step: Step, answers: Mapping[str, Any]) -> None:
        """Meet, stop, toll, resume and start what the step says, in this order."""
        for rule_id in step.meets:
            self._change(rule_id, lambda clock: running.meet(clock, self._on))
        for rule_id in step.stops:
            self._change(rule_id, lambda clock: running.stop(clock, self._on))
        for toll in step.tolls:
            self._toll(toll.clock, Words(toll.reason.en, toll.reason.zh))
        for rule_id in step.resumes:
            self._resume(rule_id)
        for start in step.starts:
            self.start(start, answers)

    def start(self, start: ClockStart, answers: Mapping[str, Any]) -> None:
        """Start a clock, or leave it when no law of its day knows it: a limit that did not exist binds nobody.

        Raises ``StraddlingDecision`` and ``CalendarNotPublished``.
        """
        trigger_on = self._trigger(start, answers)
        if trigger_on is None or self._began_later(start, trigger_on):
            return
        rule = self._rules.law.rule(start.clock)
        applies_on = self._applies_on(rule.applies_by)
        if rule.version_or_none(applies_on or trigger_on) is None:
            return
        clock = running.start(rule, trigger_on=trigger_on, calendar=self._rules.calendar, applies_on=applies_on)
        self._change(start.clock, lambda old: running.stop(old, self._on))
        self.started.append(CaseClock(clock, after_rule=start.after))

    def recount(self) -> None:
        """Count every running clock again under the calendar as it is now; what begins at another's end follows it.

        Raises ``LawRefusal`` and ``CalendarNotPublished``.
        """
        for rule_id in [clock.rule_id for clock in self._kept if clock.is_running]:
            clock = self.running(rule_id)
            if clock is not None:
                self._replace(clock, running.recompute(clock.clock, self._rules.calendar))

    def stop_all(self) -> None:
        """Stop every running clock: the case is closed."""
        for clock in self.all():
            if clock.is_running:
                self._replace(clock, running.stop(clock.clock, self._on))

    def _toll(self, rule_id: str, reason: Words) -> None:
        clock = self.running(rule_id)
        if clock is None or clock.status != "open" or clock.has_run_out(self._on):
            return
        self._replace(clock, running.toll(clock.clock, self._on, reason))

    def _resume(self, rule_id: str) -> None:
        clock = self.running(rule_id)
        if clock is not None and clock.status == "tolled":
            self._replace(clock, running.resume(clock.clock, self._on, self._rules.calendar))

    def _change(self, rule_id: str, change: Callable[[Clock], Clock]) -> None:
        clock = self.running(rule_id)
        if clock is not None:
            self._replace(clock, change(clock.clock))

    def _replace(self, old: CaseClock, changed: Clock) -> None:
        new = replace(old, clock=changed)
        for index, clock in enumerate(self._kept):
            if clock is old:
                self._kept[index] = new
                self._touched.add(index)
                break
        else:
            self.started = [new if clock is old else clock for clock in self.started]
        if new.due_on != old.due_on:
            self._move_dependents(new)

    def _move_dependents(self, moved: CaseClock) -> None:
        for clock in self.all():
            if clock.after_rule == moved.rule_id and clock.is_running:
                rule = self._rules.law.rule(clock.rule_id)
                begun = running.begin_anew(
                    clock.clock,
                    rule,
                    trigger_on=moved.due_on,
                    calendar=self._rules.calendar,
                    applies_on=self._applies_on(rule.applies_by),
                )
                self._replace(clock, begun)

    def _began_later(self, start: ClockStart, trigger_on: date) -> bool:
        """Tell whether the clock runs already from a later event than the end of another: it is not moved back."""
        clock = self.running(start.clock)
        if start.after is None or clock is None or clock.after_rule not in (None, start.after):
            return False
        return clock.reckoning.trigger_on >= trigger_on

    def _trigger(self, start: ClockStart, answers: Mapping[str, Any]) -> date | None:
        if start.after is not None:
            base = next((clock for clock in reversed(self.all()) if clock.rule_id == start.after), None)
            # What was met or stopped never ran out, so nothing begins at its end: another limit took its place.
            return base.due_on if base is not None and base.status not in ("met", "stopped") else None
        if start.on is None or start.on == EFFECTIVE:
            return self._on
        value = answers.get(start.on) or self._case.facts.get(start.on)
        if value is None and hasattr(self._case.dates, start.on):
            value = self._case.dates.get(start.on)
        return date.fromisoformat(value) if isinstance(value, str) else value

    def _applies_on(self, applies_by: str) -> date | None:
        dates = self._case.dates
        named = {"decision_date": dates.decision_date, "act_date": dates.act_date, "filing_date": dates.filed_on}
        return named.get(applies_by)
