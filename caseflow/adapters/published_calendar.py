"""China's published working-day calendar, from the ``chinesecalendar`` package, with an office's own days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

from chinese_calendar import constants

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.words import Words

# Source: measures on holidays for national festivals (2024 amendment), article 2. Festivals of the lunar calendar
# and Qingming fall on other dates each year and are known only once published.
_FIXED_HOLIDAYS = {
    (1, 1): Words("New Year's Day", "元旦"),
    (5, 1): Words("Labour Day", "劳动节"),
    (5, 2): Words("Labour Day", "劳动节"),
    (10, 1): Words("National Day", "国庆节"),
    (10, 2): Words("National Day", "国庆节"),
    (10, 3): Words("National Day", "国庆节"),
}


@cache
def _shipped() -> WorkingCalendar:
    names = {holiday.value: Words(holiday.value, holiday.chinese) for holiday in constants.Holiday}
    holidays = {day: names[name] for day, name in constants.holidays.items()}
    make_ups = {day: names[name] for day, name in constants.workdays.items()}
    # The package publishes whole years: a year with any entry is complete.
    first, last = min(holidays).year, max(holidays).year
    return WorkingCalendar(holidays, make_ups, date(first, 1, 1), date(last, 12, 31), _FIXED_HOLIDAYS)


def published_calendar(
    office_holidays: Mapping[date, Words] | None = None, office_working_days: Mapping[date, Words] | None = None
) -> WorkingCalendar:
    """Return the published calendar (2004 to 2026 with ``chinesecalendar`` 1.11) with the office's own days."""
    shipped = _shipped()
    if not office_holidays and not office_working_days:
        return shipped
    return shipped.with_days(office_holidays, office_working_days)
