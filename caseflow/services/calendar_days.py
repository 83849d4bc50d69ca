"""The office's own calendar days: a day off or a working day added or taken away, and every deadline follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.recounting import MovedDeadline, Standing, recount_case
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.ladder_reckoning import LadderReckoning, ReckonReport
from caseflow.services.ports import AlreadyWritten, BusinessTime, OfficeDay, Store, UnitOfWork
from caseflow.services.rulebook import Rulebook, UnknownRegime

LONGEST_TITLE = 100
# A plan looks at so many cases at most, and says so where there are more; a change reaches them all.
MOST_PLANNED = 5_000
PLAN_BATCH = 500
MOST_LISTED = 200
# What a change reckons before it answers; the timetable does the rest within its next rounds.
AT_ONCE = 2_000
YEARS_AHEAD = 10

_NOT_OWN = ("", Words("The office has no day of its own then.", "该日没有本机关自行设定的安排。"))
_TITLE = Words("Give a name of up to 100 characters.", "请填写不超过100字的名称。")
_WORKED_ALREADY = ("working", Words("That day is a working day already.", "该日本来就是工作日。"))
_OFF_ALREADY = ("working", Words("That day is a day off already.", "该日本来就是休息日。"))

Source = Literal["published", "office", "fixed"]


class DayRefused(Exception):
    """A day cannot be changed so; ``field`` names the input it is about (empty: none)."""

    def __init__(self, field_name: str, words: Words) -> None:
        self.field, self.words = field_name, words
        super().__init__(words.en)


@dataclass(frozen=True)
class ListedDay:
    """A day that is not as its weekday: off or worked, and who says so."""

    day: date
    working: bool
    title: Words
    source: Source


@dataclass(frozen=True)
class CalendarYear:
    """A year of the working calendar; ``last_published`` is the last day whose holidays are published."""

    year: int
    days: Sequence[ListedDay]
    first_day: date
    last_published: date


@dataclass(frozen=True)
class PlannedMove:
    """A deadline that would move, with the number of its case."""

    case_number: str
    rule_id: str
    old: date
    new: date


@dataclass
class RuleMoves:
    """How many deadlines of one rule would move, and the dates the earliest and the latest of them would get."""

    rule_id: str
    count: int = 0
    earliest: PlannedMove | None = None
    latest: PlannedMove | None = None


@dataclass
class DayPlan:
    """What a change of a day would move; ``whole`` is False where only the first cases were looked at."""

    day: date
    put: OfficeDay | None
    deadlines: int = 0
    cases: int = 0
    whole: bool = True
    first: list[PlannedMove] = field(default_factory=list)
    by_rule: dict[str, RuleMoves] = field(default_factory=dict)

    def take(self, case: Case, moved: Sequence[MovedDeadline]) -> None:
        """Count what moves on one case."""
        self.cases += 1
        for one in moved:
            move = PlannedMove(case.number, one.rule_id, one.old, one.new)
            self.deadlines += 1
            if len(self.first) < MOST_LISTED:
                self.first.append(move)
            of_rule = self.by_rule.setdefault(one.rule_id, RuleMoves(one.rule_id))
            of_rule.count += 1
            of_rule.earliest = min(of_rule.earliest or move, move, key=lambda known: known.old)
            of_rule.latest = max(of_rule.latest or move, move, key=lambda known: known.old)

    def figures(self) -> dict[str, object]:
        """Return the counts, as the record keeps them."""
        by_rule = {rule_id: one.count for rule_id, one in sorted(self.by_rule.items())}
        return {"deadlines": self.deadlines, "cases": self.cases, "whole": self.whole, "rules": by_rule}


@dataclass(frozen=True)
class DayChanged:
    """What a change did before it answered; ``pending`` says that the timetable still counts."""

    reckoned: ReckonReport
    pending: bool
    repeated: bool = False


@dataclass(frozen=True)
class CalendarDays:
    """The use cases of the working calendar; the administrator's own. It holds for every office of the installation."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    reckoning: LadderReckoning

    def listed(self, actor: Actor, year: int) -> CalendarYear:
        """Return the days of a year that are not as their weekday. Raises ``NotPermitted``."""
        check_permission(actor, Permission.MANAGE_CALENDAR)
        with self.store.begin() as work:
            own = {one.day: one for one in work.installation.office_days() if one.day.year == year}
        return year_of(self.rulebook.published, own, year)

    def plan(self, actor: Actor, day: date, put: OfficeDay | None) -> DayPlan:
        """Return what would move if ``day`` were written so (None: its own entry taken away); write nothing.

        Raises ``NotPermitted``, :class:`DayRefused`.
        """
        check_permission(actor, Permission.MANAGE_CALENDAR)
        with self.store.begin() as work:
            self.rulebook.refresh_calendar(work)
            self._check(work, day, put)
            return self._plan(work, day, put)

    def change(self, actor: Actor, put: OfficeDay, *, idempotency_key: str) -> DayChanged:
        """Write an own day; every running deadline it moves follows. A repeated request changes nothing.

        Raises ``NotPermitted``, :class:`DayRefused`, ``KeyReused``.
        """
        return self._write(actor, put.day, put, idempotency_key)

    def remove(self, actor: Actor, day: date, *, idempotency_key: str) -> DayChanged:
        """Take an own day away; every running deadline it moves follows. Raises as :meth:`change`."""
        return self._write(actor, day, None, idempotency_key)

    def _write(self, actor: Actor, day: date, put: OfficeDay | None, idempotency_key: str) -> DayChanged:
        check_duties(actor, Permission.MANAGE_CALENDAR)
        try:
            return self._write_once(actor, day, put, idempotency_key)
        except AlreadyWritten:
            # The same form was sent twice at once; what the other one wrote is there now.
            return self._write_once(actor, day, put, idempotency_key)

    def _write_once(self, actor: Actor, day: date, put: OfficeDay | None, idempotency_key: str) -> DayChanged:
        key, asked = f"calendar_day:{actor.id}:{idempotency_key}", _asked(day, put)
        with self.store.begin() as work:
            first = work.recounts.first_change(key)
            if first is not None:
                if first["day"] != asked:
                    raise KeyReused(idempotency_key)
                return DayChanged(ReckonReport(), pending=False, repeated=True)
            self.rulebook.refresh_calendar(work)
            self._check(work, day, put)
            body = {"day": asked, "moves": self._plan(work, day, put).figures()}
            action = "calendar_day_removed" if put is None else "calendar_day_set"
            event = AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=body)
            work.recounts.change_day(day, put, event)
            work.commit()
        # Committed: from here on the timetable would do it all, should this process end.
        with self.store.begin() as work:
            self.rulebook.refresh_calendar(work)
        report = self.reckoning.round(AT_ONCE)
        with self.store.begin() as work:
            waiting = work.recounts.waiting()
        return DayChanged(report, pending=waiting.clocks or waiting.marks)

    def _check(self, work: UnitOfWork, day: date, put: OfficeDay | None) -> None:
        own = {one.day: one for one in work.installation.office_days()}
        if put is None:
            if day not in own:
                raise DayRefused(*_NOT_OWN)
            return
        published = self.rulebook.published
        last = self.time.today().year + YEARS_AHEAD
        if day < published.first_day or day.year > last:
            raise DayRefused(*_out_of_reach(published.first_day, last))
        for name, title in (("title_en", put.title_en), ("title_zh", put.title_zh)):
            if not 1 <= len(title) <= LONGEST_TITLE:
                raise DayRefused(name, _TITLE)
        if day not in own and self.rulebook.calendar.is_working(day) == put.working:
            raise DayRefused(*(_WORKED_ALREADY if put.working else _OFF_ALREADY))

    def _plan(self, work: UnitOfWork, day: date, put: OfficeDay | None) -> DayPlan:
        plan = DayPlan(day, put)
        calendar = self.rulebook.with_day(day, put)
        seen: set[int] = set()
        after: int | None = 0
        while after is not None and len(seen) < MOST_PLANNED:
            touched = work.recounts.touched(day, after, PLAN_BATCH)
            after = touched.after
            new = [case_id for case_id in touched.case_ids if case_id not in seen]
            seen.update(new)
            self._take(work, plan, calendar, new)
        plan.whole = after is None
        return plan

    def _take(self, work: UnitOfWork, plan: DayPlan, calendar: WorkingCalendar, case_ids: Sequence[int]) -> None:
        today = self.time.today()
        standings = work.recounts.standings(case_ids)
        for case in work.cases.load_many(case_ids).values():
            moved = self._moved(work, case, calendar, standings[case.id], today)
            if moved:
                plan.take(case, moved)

    def _moved(
        self, work: UnitOfWork, case: Case, calendar: WorkingCalendar, standing: Standing, today: date
    ) -> Sequence[MovedDeadline]:
        try:
            known = self.rulebook.pinned(case.definition_hash, work)
            return recount_case(Rules(known.definition, known.law, calendar), case, standing, today).moved
        except (LawRefusal, CalendarNotPublished, UnknownRegime):
            return ()


def year_of(published: WorkingCalendar, own: Mapping[date, OfficeDay], year: int) -> CalendarYear:
    """Return the days of a year that are not as their weekday: published, the office's own, or fixed by statute."""
    found = {day: ListedDay(day, working=False, title=words, source="published")
             for day, words in published.holidays.items() if day.year == year}  # fmt: skip
    found |= {day: ListedDay(day, working=True, title=words, source="published")
              for day, words in published.make_ups.items() if day.year == year}  # fmt: skip
    if year > published.last_published.year:
        for (month, number), words in published.fixed_holidays.items():
            day = date(year, month, number)
            found[day] = ListedDay(day, working=False, title=words, source="fixed")
    found |= {day: ListedDay(day, one.working, Words(one.title_en, one.title_zh), "office") for day, one in own.items()}
    days = [found[day] for day in sorted(found)]
    return CalendarYear(year, days, published.first_day, published.last_published)


def _out_of_reach(first: date, last_year: int) -> tuple[str, Words]:
    words = Words(f"Give a day from {first} to the end of {last_year}.", f"请填写{first}至{last_year}年底之间的日期。")
    return "day", words


def _asked(day: date, put: OfficeDay | None) -> dict[str, object]:
    if put is None:
        return {"day": day.isoformat()}
    return {"day": day.isoformat(), "working": put.working, "title_en": put.title_en, "title_zh": put.title_zh}


__all__ = ["CalendarDays", "CalendarYear", "DayChanged", "DayPlan", "DayRefused", "ListedDay", "year_of"]
