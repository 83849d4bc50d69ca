"""How old money on its way is: the law's two working days, then weeks. Pure.

Administrative Penalty Law 2021 article 71: who takes cash hands it to the agency within two working days, and the
agency pays it into the designated bank within two working days.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.calendar import CalendarNotPublished, WorkingCalendar
from caseflow.domain.words import Words

LAWFUL_WORKING_DAYS = 2
_WEEK, _MONTH = 7, 30


@dataclass(frozen=True)
class Bucket:
    """A stretch of days, ``first`` (None: open) to ``last`` inclusive, and its name."""

    name: str
    words: Words
    first: date | None
    last: date | None


def buckets(today: date, calendar: WorkingCalendar) -> tuple[Bucket, ...]:
    """Return the four buckets of an ageing, the youngest first.

    Where the calendar does not reach, two calendar days stand for two working days. A long holiday may stretch the
    first bucket over the second, which is then empty.
    """
    day = timedelta(days=1)
    try:
        lawful = calendar.add_working_days(today, -LAWFUL_WORKING_DAYS)
    except CalendarNotPublished:
        lawful = today - LAWFUL_WORKING_DAYS * day
    week = min(today - _WEEK * day, lawful)
    month = min(today - _MONTH * day, week)
    return (
        Bucket("lawful", Words("0 to 2 working days", "0至2个工作日"), lawful, None),
        Bucket("week", Words("up to 7 days", "7日以内"), week, lawful - day),
        Bucket("month", Words("8 to 30 days", "8至30日"), month, week - day),
        Bucket("older", Words("over 30 days", "30日以上"), None, month - day),
    )
