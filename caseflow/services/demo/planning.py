"""Chooses the dates, people and parties of every case of a county as at a business date. Reads and writes nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from caseflow.domain.access import Actor, Role
from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.rules import Rules
from caseflow.domain.stepping import StepRefused
from caseflow.services.cases import AnswersRefused
from caseflow.services.demo.county import Batch, County
from caseflow.services.demo.rehearsal import Cast, History, Scene, rehearse
from caseflow.services.demo.writing import Writer

_REFUSALS = (StepRefused, AnswersRefused, LawRefusal, PostingRefused, CalendarNotPublished)
_TRIES = 8
_DELAYS = 3
_NEAR_DAYS = 12
_STEP_BACK_DAYS = 10


@dataclass(frozen=True)
class PlannedCase:
    """A case to be driven through the services; ``key`` never changes for the same county and day."""

    key: str
    regime: str
    party_kind: str
    party_name: str
    second: Actor
    history: History
    golden: str | None


@dataclass(frozen=True)
class Skipped:
    """A case the county cannot have on this day, and what the law or the workflow has against it."""

    key: str
    regime: str
    reason: str


def plan_county(
    county: County, rules: Mapping[str, Rules], staff: Sequence[Actor], as_of: date
) -> tuple[list[PlannedCase], list[Skipped]]:
    """Return every case of the county as at ``as_of``, and those the law of that day refuses."""
    planned: list[PlannedCase] = []
    skipped: list[Skipped] = []
    for index, (batch, number) in enumerate(_single_cases(county, as_of)):
        key = f"{county.office.code}:{as_of.isoformat()}:{index:03d}"
        law = rules[batch.regime]
        cast = _cast(staff, index, batch.owner)
        try:
            history = _search(county, batch, law, cast, index, number, as_of)
        except (*_REFUSALS, LaterThanToday) as refusal:
            skipped.append(Skipped(key, batch.regime, f"{batch.upto or batch.path[-1]}: {refusal}"))
            continue
        name = batch.party_name or _party_name(county, batch, index)
        planned.append(PlannedCase(key, batch.regime, batch.party, name, cast.second, history, batch.golden))
    return planned, skipped


def _single_cases(county: County, as_of: date) -> Iterator[tuple[Batch, int]]:
    for batch in county.cases:
        if not batch.belongs_on(as_of):
            continue
        for number in range(len(batch.ends.last) + len(batch.ends.due) + len(batch.ends.opened)):
            yield batch, number


def _cast(staff: Sequence[Actor], index: int, owner_login: str | None) -> Cast:
    officers = [actor for actor in staff if Role.OFFICER in actor.roles]
    # The first officer is the one whose login is printed: every third case is theirs, so that their desk is full.
    turn = 0 if index % 3 == 0 else 1 + index % (len(officers) - 1)
    owner = next((actor for actor in officers if actor.login == owner_login), officers[turn])
    rest = [actor for actor in officers if actor.id != owner.id]
    second = rest[index % len(rest)]
    turned = [*staff[index % len(staff) :], *staff[: index % len(staff)]]
    if index % 2:
        # Both cashiers take money, so that each can void what the other took.
        turned.sort(key=lambda actor: Role.CASHIER in actor.roles and -actor.id)
    return Cast(owner, second, tuple(turned))


def _party_name(county: County, batch: Batch, index: int) -> str:
    names = county.parties[batch.party]
    return names[index % len(names)].format(n=index + 1)


def _search(county: County, batch: Batch, rules: Rules, cast: Cast, index: int, number: int, as_of: date) -> History:
    steps = county.steps_of(batch)

    def play(start: date, delays: Mapping[int, int]) -> History:
        chance = random.Random(f"{county.office.code}:{index}")  # noqa: S311 - fiction, not a secret
        writer = Writer(county, batch.regime, batch.answers, index + 1, chance, rules.calendar)
        return rehearse(Scene(rules, cast, writer, batch.party, steps, as_of), start, delays)

    ends = batch.ends
    if number < len(ends.opened):
        history = play(ends.opened[number], {})
        if history.last_day > as_of:
            raise LaterThanToday(history.last_day, as_of)
        return history
    number -= len(ends.opened)
    if number < len(ends.last):
        target = _working(rules.calendar, as_of - timedelta(days=ends.last[number]), -1)
        search = _Search(play, as_of, target, _last_day, lambda history: len(history.moves) - 1)
    else:
        due_days = ends.due[number - len(ends.last)]
        target = _working(rules.calendar, as_of + timedelta(days=due_days), due_days)
        search = _Search(play, as_of, target, _due_day, lambda history: history.begins_due_date)
    return search.nearest(sum(step.wait_days for step in steps))


def _working(calendar: WorkingCalendar, day: date, direction: int) -> date:
    """Return the working day next to ``day`` in ``direction`` (0: the day itself); few clocks end on a rest day."""
    while direction and not calendar.is_working(day):
        day += timedelta(days=1 if direction > 0 else -1)
    return day


def _last_day(history: History) -> date:
    return history.last_day


def _due_day(history: History) -> date:
    return history.end.next_due_on or history.last_day


class LaterThanToday(Exception):
    """The history would go on after the business date."""

    def __init__(self, last_day: date, as_of: date) -> None:
        super().__init__(f"would go on until {last_day.isoformat()}, after {as_of.isoformat()}")


@dataclass
class _Search:
    """Looks for the history whose measured day is the target, or as near to it as can be had.

    Clocks and rest days make the length of a history depend on its start, so the start is moved by what is missing;
    what rest days then leave is made up by delaying the step that ``mover`` names.
    """

    play: Callable[[date, Mapping[int, int]], History]
    as_of: date
    target: date
    measure: Callable[[History], date]
    mover: Callable[[History], int]
    found: list[History] = field(default_factory=list)
    refusal: Exception | None = None

    def nearest(self, length_days: int) -> History:
        """Return the nearest history; ``length_days`` is a first guess of how long it lasts. Raises the refusal."""
        start = self.target - timedelta(days=length_days)
        for _ in range(_TRIES):
            history = self._try(start, {})
            if history is not None:
                # What would be due later than the law allows is due as late as it can be had today.
                late_days = max(0, (history.last_day - self.as_of).days)
                missing_days = (
                    min(self._missing_days(history), -late_days) if late_days else self._missing_days(history)
                )
                if 0 <= missing_days <= _NEAR_DAYS:
                    self._delay(history, start)
                    break
                start += timedelta(days=missing_days if missing_days < 0 else missing_days - 1)
            else:
                start -= timedelta(days=_STEP_BACK_DAYS)
        usable = [history for history in self.found if history.last_day <= self.as_of]
        if not usable:
            raise self.refusal or LaterThanToday(self.target, self.as_of)
        return min(usable, key=lambda history: abs(self._missing_days(history)))

    def _delay(self, history: History, start: date) -> None:
        number, delay_days = self.mover(history), 0
        for _ in range(_DELAYS):
            missing_days = self._missing_days(history)
            if missing_days == 0:
                return
            delay_days += missing_days
            delayed = self._try(start, {number: delay_days})
            if delayed is None:
                return
            history = delayed

    def _missing_days(self, history: History) -> int:
        return (self.target - self.measure(history)).days

    def _try(self, start: date, delays: Mapping[int, int]) -> History | None:
        try:
            history = self.play(start, delays)
        except _REFUSALS as refusal:
            self.refusal = refusal
            return None
        self.found.append(history)
        return history
