"""Working days: weekends, public holidays, and the make-up days that turn a weekend day into a working day.

Source: the measures on holidays for national festivals (2024), articles 2, 6 and 7; Civil Procedure Law 2023,
article 85 (a last day that is a rest day moves to the next working day).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Final

from caseflow.domain.words import Words

_SATURDAY = 5
_WEEKDAYS = (
    Words("Monday", "星期一"),
    Words("Tuesday", "星期二"),
    Words("Wednesday", "星期三"),
    Words("Thursday", "星期四"),
    Words("Friday", "星期五"),
    Words("Saturday", "星期六"),
    Words("Sunday", "星期日"),
)
# Time limits run on from here for years, and what is reckoned stays a day there is: nothing begins later.
LAST_RECKONED_DAY: Final = date(2099, 12, 31)
# Court windows and three-year suspensions that start near the end of the published years must still be countable.
_PROVISIONAL_YEARS = 12


class CalendarNotPublished(Exception):
    """A working day is asked for a date before the calendar's first published day."""

    def __init__(self, day: date, first_day: date) -> None:
        self.day = day
        self.first_day = first_day
        self.message_en = f"The working-day calendar begins on {first_day}; {day} cannot be counted."
        self.message_zh = f"工作日历自{first_day}起公布，无法计算{day}。"
        super().__init__(self.message_en)


@dataclass(frozen=True)
class WorkingCalendar:
    """The working days of one office, built from plain data.

    ``holidays`` names the days off, weekend or not; ``make_ups`` names the weekend days that are worked, usually by the
    festival they make up for; ``fixed_holidays`` maps (month, day) to the name of the statutory holidays that
    fall on the same date every year, the only ones known after ``last_published``.
    """

    holidays: Mapping[date, Words]
    make_ups: Mapping[date, Words]
    first_day: date
    last_published: date
    fixed_holidays: Mapping[tuple[int, int], Words] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Say whether ``day`` is worked. Raises :class:`CalendarNotPublished` before the calendar begins."""
        self._check(day)
        if day in self.make_ups:
            return True
        return not (day.weekday() >= _SATURDAY or day in self.holidays or self._is_fixed_holiday(day))

    def is_provisional(self, day: date) -> bool:
        """Say whether ``day`` lies after the published years, where only fixed holidays are known."""
        return day > self.last_published

    def is_holiday(self, day: date) -> bool:
        """Say whether ``day`` is a statutory holiday, not merely a weekend. Raises :class:`CalendarNotPublished`."""
        self._check(day)
        return day in self.holidays or self._is_fixed_holiday(day)

    def why(self, day: date) -> Words:
        """Say in words why ``day`` is worked or not. Raises :class:`CalendarNotPublished` before the beginning."""
        self._check(day)
        weekday = _WEEKDAYS[day.weekday()]
        if day in self.make_ups:
            name = self.make_ups[day]
            return Words(f"{weekday.en}, a make-up working day ({name.en})", f"{weekday.zh}，调休上班日（{name.zh}）")
        if day in self.holidays:
            return self.holidays[day]
        if self._is_fixed_holiday(day):
            return self.fixed_holidays[day.month, day.day]
        return weekday

    def with_days(
        self, holidays: Mapping[date, Words] | None = None, make_ups: Mapping[date, Words] | None = None
    ) -> WorkingCalendar:
        """Return a new calendar with extra days off and extra working days; the later word on a day wins."""
        extra_off, extra_on = dict(holidays or {}), dict(make_ups or {})
        return WorkingCalendar(
            {**{day: name for day, name in self.holidays.items() if day not in extra_on}, **extra_off},
            {**{day: name for day, name in self.make_ups.items() if day not in extra_off}, **extra_on},
            self.first_day,
            self.last_published,
            self.fixed_holidays,
        )

    def next_working(self, day: date) -> date:
        """Return ``day`` itself or the first working day after it."""
        self._check(day)
        if self.is_working(day):
            return day
        return self.add_working_days(day, 1)

    def add_working_days(self, day: date, count: int) -> date:
        """Return the ``count``-th working day after ``day`` (before it when negative); ``day`` is not counted.

        ``count`` must not be zero. Raises :class:`CalendarNotPublished` when the count starts or ends before
        the calendar begins.
        """
        self._check(day)
        ordinals = self._working_ordinals
        if count > 0:
            index = bisect_right(ordinals, day.toordinal()) + count - 1
            if index >= len(ordinals):
                return self._walk(day, count)
        else:
            index = bisect_left(ordinals, day.toordinal()) + count
            if index < 0:
                raise CalendarNotPublished(self.first_day - timedelta(days=1), self.first_day)
            if day.toordinal() > ordinals[-1]:
                return self._walk(day, count)
        return date.fromordinal(ordinals[index])

    def rest_days(self, after: date, until: date) -> tuple[tuple[date, Words], ...]:
        """Return the rest days in (after, until], each with its reason."""
        days = (date.fromordinal(number) for number in range(after.toordinal() + 1, until.toordinal() + 1))
        return tuple((day, self.why(day)) for day in days if not self.is_working(day))

    def made_up_days(self, after: date, until: date) -> tuple[tuple[date, Words], ...]:
        """Return the make-up working days in (after, until], each with its reason."""
        if not self.make_ups:
            return ()
        days = (date.fromordinal(number) for number in range(after.toordinal() + 1, until.toordinal() + 1))
        return tuple((day, self.why(day)) for day in days if day in self.make_ups)

    def _walk(self, day: date, count: int) -> date:
        step = timedelta(days=1 if count > 0 else -1)
        remaining = abs(count)
        while remaining:
            day += step
            remaining -= self.is_working(day)
        return day

    def _is_fixed_holiday(self, day: date) -> bool:
        return day > self.last_published and (day.month, day.day) in self.fixed_holidays

    def _check(self, day: date) -> None:
        if day < self.first_day:
            raise CalendarNotPublished(day, self.first_day)

    @cached_property
    def _working_ordinals(self) -> list[int]:
        last = self.last_published.toordinal() + 366 * _PROVISIONAL_YEARS
        numbers = range(self.first_day.toordinal(), last + 1)
        return [number for number in numbers if self.is_working(date.fromordinal(number))]
