"""Whether what works in the background works: what is looked at, and how a finding is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any, Final

from caseflow.domain.words import Words

# Counts stop here: a backlog of a million is found out as quickly as one of ten thousand.
COUNTED: Final = 10_000
UNSWEPT_AFTER: Final = timedelta(minutes=15)
# A beat may lie this far ahead of the database's clock before the clock is said to have gone back.
CLOCK_SLACK: Final = timedelta(seconds=60)
NOBODY_TO_TELL: Final = "there was nobody to tell"
# China keeps one time all the year.
_OFFICE_ZONE: Final = timezone(timedelta(hours=8))


class State(StrEnum):
    """How a line is judged. A hint is no fault: something that could be set and is not."""

    GOOD = "good"
    HINT = "hint"
    ATTENTION = "attention"
    WRONG = "wrong"


class Group(StrEnum):
    """The groups of the page."""

    RUNS = "runs"
    WAITS = "waits"
    FAILED = "failed"
    REACHES = "reaches"


STATE_WORDS: Final = {
    State.GOOD: Words("good", "正常"),
    State.HINT: Words("hint", "提示"),
    State.ATTENTION: Words("needs attention", "需关注"),
    State.WRONG: Words("wrong", "异常"),
}
GROUP_WORDS: Final = {
    Group.RUNS: Words("What runs", "运行情况"),
    Group.WAITS: Words("What waits", "等待处理"),
    Group.FAILED: Words("What failed", "失败事项"),
    Group.REACHES: Words("Whom reminders reach", "提醒送达范围"),
}


@dataclass(frozen=True)
class Beat:
    """When a job last did its round by the database's clock, how often it did, and what it said."""

    at: datetime
    rounds: int
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class QueueFacts:
    """What the queue in Redis answers: whether it could be reached, workers alive, wake-ups waiting."""

    reachable: bool
    workers: int = 0
    waiting: int = 0


@dataclass(frozen=True)
class Backlog:
    """Effects of one kind: waiting (some of them after a failure), the longest overdue, given up; counts are capped."""

    pending: int = 0
    retrying: int = 0
    oldest: datetime | None = None
    dead: int = 0


@dataclass(frozen=True)
class Facts:
    """One bounded look at the whole; ``now`` and ``today`` are the database's."""

    now: datetime
    today: date
    stamped_at: datetime | None = None
    beats: Mapping[str, Beat] = field(default_factory=dict)
    clocks_due: int = 0
    clocks_due_since: date | None = None
    clocks_unreckoned: int = 0
    reminders: int = 0
    notices: Backlog = field(default_factory=Backlog)
    mail: Backlog = field(default_factory=Backlog)
    unheard: int = 0
    unheard_newest: datetime | None = None
    unsealed: int = 0
    unsealed_age: timedelta = timedelta()
    staff_without_mail: int = 0
    offices_without_head: int = 0
    queue: QueueFacts | None = None
    machine_now: datetime | None = None
    # False where nothing can run, because `caseflow run` is not up: then old beats are no fault.
    timetable_expected: bool = True

    def age_of(self, name: str) -> timedelta | None:
        """Return how long ago the job ``name`` did its round; None where it never did."""
        beat = self.beats.get(name)
        return None if beat is None else self.now - beat.at


@dataclass(frozen=True)
class Line:
    """One finding: what was looked at, what was found, how it is judged, and what to do."""

    name: str
    group: Group
    title: Words
    value: Words
    state: State = State.GOOD
    advice: Words | None = None


@dataclass(frozen=True)
class SweepPulse:
    """When reminders were last swept (None: never), when the database was stamped, and what time it is there."""

    swept_at: datetime | None
    stamped_at: datetime | None
    now: datetime


@dataclass(frozen=True)
class Unswept:
    """Reminders are not swept. ``since``: the last sweep or the stamp; None where the clock was put back since."""

    since: datetime | None


def unswept(pulse: SweepPulse) -> Unswept | None:
    """Tell whether reminders have gone unswept for too long; None while all is well or the database is new."""
    known = pulse.swept_at or pulse.stamped_at
    if known is None or -CLOCK_SLACK <= pulse.now - known <= UNSWEPT_AFTER:
        return None
    return Unswept(known if known < pulse.now else None)


def span(age: timedelta) -> Words:
    """Return a span of time in words, in its largest fitting unit."""
    seconds = max(0, int(age.total_seconds()))
    for size, one, zh in ((86_400, "day", "天"), (3_600, "hour", "小时"), (60, "minute", "分钟")):
        if seconds >= 2 * size:
            return Words(f"{seconds // size} {one}s", f"{seconds // size}{zh}")
    return Words(f"{seconds} second{'' if seconds == 1 else 's'}", f"{seconds}秒")


def moment(at: datetime) -> str:
    """Return a moment in the office's zone: ``2026-03-08 14:05``."""
    return f"{at.astimezone(_OFFICE_ZONE):%Y-%m-%d %H:%M}"


def counted(count: int) -> Words:
    """Return a count, or that it is at least the most that is counted."""
    return Words(f"{count:,}", f"{count:,}") if count < COUNTED else Words(f"{COUNTED:,} or more", f"{COUNTED:,}以上")


__all__ = [
    "CLOCK_SLACK",
    "COUNTED",
    "GROUP_WORDS",
    "NOBODY_TO_TELL",
    "STATE_WORDS",
    "UNSWEPT_AFTER",
    "Backlog",
    "Beat",
    "Facts",
    "Group",
    "Line",
    "QueueFacts",
    "State",
    "SweepPulse",
    "Unswept",
    "counted",
    "moment",
    "span",
    "unswept",
]
