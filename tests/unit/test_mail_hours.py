"""Since when a mail could have gone out: what waits for the morning is not late."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from caseflow.domain.mail_hours import could_go_since, hours_said

BY_DAY = hours_said(time(8), time(20))
OFFICE = timezone(timedelta(hours=8))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=OFFICE)


@pytest.mark.parametrize(
    ("due_at", "now", "hours", "since"),
    [
        (at(1, 19, 59), at(1, 22), BY_DAY, None),
        (at(1, 19, 59), at(2, 7, 59), BY_DAY, None),
        (at(1, 19, 59), at(2, 8, 1), BY_DAY, at(2, 8)),
        (at(2, 9), at(2, 9, 30), BY_DAY, at(2, 9)),
        (at(1, 19, 59), at(1, 20), BY_DAY, None),
        (at(1, 3), at(1, 4), hours_said(time(0), time(0)), at(1, 3)),
        (at(1, 3), at(1, 4), None, at(1, 3)),
        (at(1, 3), at(1, 4), ["night"], at(1, 3)),
    ],
)
def test_only_the_hours_count(due_at: datetime, now: datetime, hours: list[str] | None, since: datetime | None) -> None:
    assert could_go_since(due_at, now.astimezone(UTC), hours) == since
