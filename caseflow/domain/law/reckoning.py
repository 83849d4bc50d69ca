"""Counts a time limit and keeps every input, so that the due date can be explained and recomputed at any time.

Source of the counting rules: Civil Procedure Law 2023 article 85, Civil Code articles 200-203.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.model import (
    APPLIES_BY_WORDS,
    AppliesBy,
    Binds,
    Direction,
    Late,
    Roll,
    Rule,
    RuleVersion,
    StartDay,
    Unit,
    require_kind,
)
from caseflow.domain.law.refusals import DateMissing, StraddlingDecision
from caseflow.domain.words import Words

_ONE_DAY = timedelta(days=1)
# A person who was not told of the right may sue up to a year after the decision (SPC 2018, article 64), so a trigger
# within a year of a change of the law does not tell on which side of the change the decision lies.
_DECISION_TO_TRIGGER = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Toll:
    """A stretch [from_, until) that does not count; ``until`` is None while the clock stands still."""

    from_: date
    until: date | None
    reason: Words


@dataclass(frozen=True, slots=True)
class Extension:
    """Extra time granted with its legal reason."""

    length: int
    unit: Unit
    reason: Words


@dataclass(frozen=True, slots=True)
class Reckoning:
    """A due date with all that it was computed from.

    ``raw_due`` is the last day before the roll to a working day; ``skipped`` are the rest days passed over and
    ``made_up`` the weekend days that counted as working; ``provisional`` says that the due date relies on days of a
    year whose calendar is not published.
    """

    rule_id: str
    row: str
    title: Words
    binds: Binds
    trigger: Words
    trigger_on: date
    applies_by: AppliesBy
    applies_on: date
    version_from: date
    length: int
    unit: Unit
    start_day: StartDay
    roll: Roll
    month_end: Literal["last_day"] | None
    direction: Direction
    cite: Citation
    checked: Checked
    late: Late | None
    raw_due: date
    due_on: date
    provisional: bool
    skipped: tuple[tuple[date, Words], ...] = ()
    made_up: tuple[tuple[date, Words], ...] = ()
    tolls: tuple[Toll, ...] = ()
    extensions: tuple[Extension, ...] = ()
    note: Words | None = None

    @property
    def rolled_from(self) -> date | None:
        """Return the rest day from which the due date was moved, or None."""
        return self.raw_due if self.raw_due != self.due_on else None

    @property
    def tolled_days(self) -> int:
        """Return how many calendar days the clock has stood still in stretches that have ended."""
        return sum((toll.until - toll.from_).days for toll in self.tolls if toll.until is not None)


def reckon(rule: Rule, *, trigger_on: date, calendar: WorkingCalendar, applies_on: date | None = None) -> Reckoning:
    """Count the time limit of ``rule`` from ``trigger_on``.

    ``applies_on`` is the date the rule names for choosing its version (``rule.applies_by``); it may be left out when
    that is the trigger date, or when no change of the law lies in the year before it. Raises ``NotThisKind``,
    ``NoLawInForce``, ``DateMissing``, ``StraddlingDecision`` and ``CalendarNotPublished``.
    """
    require_kind(rule, "time_limit")
    if applies_on is None:
        if rule.applies_by != "trigger_date" and len(rule.versions) > 1:
            boundary = rule.boundary_within(trigger_on - _DECISION_TO_TRIGGER, trigger_on)
            if boundary is not None:
                needed = APPLIES_BY_WORDS[rule.applies_by]
                raise DateMissing(rule.id, rule.title, needed=needed, boundary=boundary)
        applies_on = trigger_on
    version = rule.version_on(applies_on)
    reckoning = _settle(_unsettled(rule, version, trigger_on, applies_on), calendar)
    if rule.straddling == "refuse":
        starts = min(applies_on, trigger_on)
        boundary = rule.boundary_within(starts, reckoning.due_on)
        if boundary is not None:
            raise StraddlingDecision(rule.id, rule.title, boundary=boundary, starts=starts, ends=reckoning.due_on)
    return reckoning


def recount(
    reckoning: Reckoning,
    calendar: WorkingCalendar,
    *,
    tolls: tuple[Toll, ...] | None = None,
    extensions: tuple[Extension, ...] | None = None,
) -> Reckoning:
    """Count again from the kept inputs, with new tolls or extensions if given. Idempotent for the same calendar."""
    return _settle(
        replace(
            reckoning,
            tolls=reckoning.tolls if tolls is None else tolls,
            extensions=reckoning.extensions if extensions is None else extensions,
        ),
        calendar,
    )


def add_months(day: date, months: int) -> date:
    """Return the corresponding day ``months`` later (earlier when negative), or the month's last day.

    Source: Civil Code article 202.
    """
    number = day.year * 12 + day.month - 1 + months
    year, month = divmod(number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _unsettled(rule: Rule, version: RuleVersion, trigger_on: date, applies_on: date) -> Reckoning:
    assert version.length is not None  # noqa: S101 - the loader refuses a time limit without length and unit
    assert version.unit is not None  # noqa: S101
    return Reckoning(
        rule_id=rule.id,
        row=rule.row,
        title=rule.title,
        binds=rule.binds,
        trigger=rule.trigger,
        trigger_on=trigger_on,
        applies_by=rule.applies_by,
        applies_on=applies_on,
        version_from=version.from_,
        length=version.length,
        unit=version.unit,
        start_day=rule.start_day,
        roll=rule.roll,
        month_end=rule.month_end,
        direction=rule.direction,
        cite=version.cite,
        checked=version.checked,
        late=rule.late,
        raw_due=trigger_on,
        due_on=trigger_on,
        provisional=False,
        note=version.note,
    )


def _settle(reckoning: Reckoning, calendar: WorkingCalendar) -> Reckoning:
    raw = _span(reckoning, calendar)
    for extension in reckoning.extensions:
        raw = _lengthened(raw, extension.length, extension.unit, calendar)
    raw = _after_tolls(reckoning, raw, calendar)
    rolls = reckoning.roll == "next_working_day"
    due = calendar.next_working(raw) if rolls else raw
    counts_working = reckoning.unit == "working_day"
    if not (counts_working or rolls):
        return replace(reckoning, raw_due=raw, due_on=due, provisional=False, skipped=(), made_up=())
    if counts_working:
        low, high = min(reckoning.trigger_on, due), max(reckoning.trigger_on, due)
    else:
        low, high = raw - _ONE_DAY, due
    skipped = calendar.rest_days(low, high) if counts_working or raw != due else ()
    return replace(
        reckoning,
        raw_due=raw,
        due_on=due,
        provisional=calendar.is_provisional(high),
        skipped=skipped,
        made_up=calendar.made_up_days(low, high),
    )


def _span(reckoning: Reckoning, calendar: WorkingCalendar) -> date:
    sign = 1 if reckoning.direction == "after" else -1
    trigger, length, unit = reckoning.trigger_on, reckoning.length, reckoning.unit
    included = timedelta(days=sign if reckoning.start_day == "included" else 0)
    if unit in ("month", "year"):
        return add_months(trigger, sign * length * (12 if unit == "year" else 1)) - included
    if unit == "working_day":
        return calendar.add_working_days(trigger - included, sign * length)
    days = length // 24 if unit == "hour" else length
    return trigger + timedelta(days=sign * days) - included


def _lengthened(raw: date, length: int, unit: Unit, calendar: WorkingCalendar) -> date:
    if unit in ("month", "year"):
        return add_months(raw, length * (12 if unit == "year" else 1))
    if unit == "working_day":
        return calendar.add_working_days(raw, length)
    return raw + timedelta(days=length // 24 if unit == "hour" else length)


def _after_tolls(reckoning: Reckoning, raw: date, calendar: WorkingCalendar) -> date:
    for toll in reckoning.tolls:
        if toll.until is None:
            continue
        if reckoning.unit == "working_day":
            stood = _working_between(toll.from_, toll.until, calendar)
            raw = calendar.add_working_days(raw, stood) if stood else raw
        else:
            raw += toll.until - toll.from_
    return raw


def _working_between(from_: date, until: date, calendar: WorkingCalendar) -> int:
    days = (until - from_).days
    return sum(calendar.is_working(from_ + timedelta(days=number)) for number in range(days))
