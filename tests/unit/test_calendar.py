"""Working days: make-up days, festivals, an office's own days, and both ends of the published years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.adapters.published_calendar import published_calendar
from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.words import Words

CALENDAR = published_calendar()
DAYS = st.dates(date(2004, 1, 1), date(2028, 12, 31))
OFFICE_DAY = Words("county day", "县庆日")


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2024, 2, 18), True),  # make-up Sunday
        (date(2024, 2, 17), False),
        (date(2010, 2, 20), True),  # make-up Saturday
        (date(2024, 5, 11), True),
        (date(2024, 5, 12), False),  # an ordinary Sunday
        (date(2024, 5, 13), True),
        (date(2026, 10, 7), False),
        (date(2026, 12, 31), True),
    ],
)
def test_published_days(day: date, working: bool) -> None:
    assert CALENDAR.is_working(day) is working
    assert not CALENDAR.is_provisional(day)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2027, 1, 1), False),
        (date(2027, 5, 1), False),
        (date(2028, 5, 2), False),
        (date(2027, 10, 1), False),
        (date(2027, 2, 8), True),  # Spring Festival falls near, but is not published
        (date(2027, 1, 2), False),  # a Saturday
        (date(2027, 1, 4), True),
    ],
)
def test_after_the_published_years_only_weekends_and_fixed_holidays(day: date, working: bool) -> None:
    assert CALENDAR.is_working(day) is working
    assert CALENDAR.is_provisional(day)


def test_fixed_holidays_do_not_touch_published_years() -> None:
    # 2 May became a statutory holiday later: in 2013 the published list alone decides.
    assert CALENDAR.is_working(date(2013, 5, 2))


def test_published_range_is_that_of_the_package() -> None:
    assert CALENDAR.first_day == date(2004, 1, 1)
    assert CALENDAR.last_published >= date(2026, 12, 31)


@pytest.mark.parametrize("ask", [CALENDAR.is_working, CALENDAR.why, CALENDAR.next_working])
def test_before_the_beginning_is_refused(ask: object) -> None:
    with pytest.raises(CalendarNotPublished, match="begins on 2004-01-01") as caught:
        ask(date(2003, 12, 31))  # type: ignore[operator]
    assert "2004-01-01" in caught.value.message_zh


def test_counting_back_over_the_beginning_is_refused() -> None:
    with pytest.raises(CalendarNotPublished):
        CALENDAR.add_working_days(date(2004, 1, 5), -3)


def test_why_names_the_festival_in_both_languages() -> None:
    assert CALENDAR.why(date(2024, 2, 12)) == Words("Spring Festival", "春节")
    assert CALENDAR.why(date(2024, 5, 12)).zh == "星期日"
    assert CALENDAR.why(date(2027, 10, 2)).en == "National Day"
    assert "make-up" in CALENDAR.why(date(2024, 2, 18)).en
    assert "调休" in CALENDAR.why(date(2024, 2, 18)).zh


def test_office_days_make_a_new_calendar() -> None:
    day = date(2024, 6, 3)
    office = published_calendar({day: OFFICE_DAY}, {date(2024, 6, 8): OFFICE_DAY})
    assert not office.is_working(day)
    assert office.is_working(date(2024, 6, 8))
    assert office.why(day) == OFFICE_DAY
    assert CALENDAR.is_working(day)
    assert published_calendar() is CALENDAR


def test_the_later_word_on_a_day_wins() -> None:
    day = date(2024, 6, 3)
    worked_after_all = CALENDAR.with_days({day: OFFICE_DAY}).with_days(make_ups={day: OFFICE_DAY})
    assert worked_after_all.is_working(day)
    assert not worked_after_all.with_days({day: OFFICE_DAY}).is_working(day)


@given(DAYS, st.integers(1, 120))
def test_adding_working_days_agrees_with_walking(day: date, count: int) -> None:
    walked, left = day, count
    while left:
        walked += timedelta(days=1)
        left -= CALENDAR.is_working(walked)
    assert CALENDAR.add_working_days(day, count) == walked


@given(st.dates(date(2005, 1, 1), date(2028, 12, 31)), st.integers(1, 120))
def test_counting_back_agrees_with_walking(day: date, count: int) -> None:
    walked, left = day, count
    while left:
        walked -= timedelta(days=1)
        left -= CALENDAR.is_working(walked)
    assert CALENDAR.add_working_days(day, -count) == walked


@given(DAYS)
def test_next_working_is_the_nearest_working_day(day: date) -> None:
    after = CALENDAR.next_working(day)
    assert CALENDAR.is_working(after)
    assert not any(CALENDAR.is_working(day + timedelta(days=passed)) for passed in range((after - day).days))


def test_far_beyond_the_precomputed_years_is_still_counted() -> None:
    small = WorkingCalendar({}, {}, date(2020, 1, 1), date(2020, 12, 31))
    assert small.made_up_days(date(2020, 1, 1), date(2020, 12, 31)) == ()
    assert small.add_working_days(date(2050, 1, 3), 5) == date(2050, 1, 10)
    assert small.add_working_days(date(2050, 1, 10), -5) == date(2050, 1, 3)
