"""Calendar feeds: who keeps one under a secret address, the clocks on their desk, and the text of a calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words


@dataclass(frozen=True)
class LiveFeed:
    """The address a person has in use; the secret itself is kept nowhere."""

    id: int
    made_at: datetime


@dataclass(frozen=True)
class FeedScope:
    """Whose cases a feed shows in one office: those of officers, those that wait for roles, or all of them."""

    office_id: int
    staff_ids: tuple[int, ...] = ()
    desk_roles: tuple[str, ...] = ()
    whole_office: bool = False


@dataclass(frozen=True)
class FeedClock:
    """An open clock that still concerns somebody; ``version`` and ``changed_at`` are those of its case."""

    id: int
    case_id: int
    number: str
    number_zh: str
    rule_id: str
    due_on: date
    provisional: bool
    version: int
    changed_at: datetime


@dataclass(frozen=True)
class CalendarEvent:
    """One all-day entry. ``uid`` stays the same while the entry changes; ``url`` is empty where none is known."""

    uid: str
    sequence: int
    changed_at: datetime
    day: date
    title: str
    text: str
    category: str
    url: str
    tentative: bool


class CalendarFeedStore(Protocol):
    """Feeds and what they show."""

    def live(self, staff_id: int) -> LiveFeed | None:
        """Return the feed a person has in use."""
        ...

    def make(self, staff_id: int, secret_hash: bytes, event: AuditEvent) -> bool:
        """Keep a new feed; tell whether it was made, which it is not where the person has one in use."""
        ...

    def revoke(self, staff_id: int, feed_id: int, event: AuditEvent) -> bool:
        """End the feed a person has in use; tell whether it was this one."""
        ...

    def readers(self, secret_hash: bytes, today: date) -> Sequence[Actor]:
        """Return whose desks the feed of this secret shows: its owner first, then whom they stand in for today.

        Nobody for a secret that is unknown or revoked, or whose owner has left.
        """
        ...

    def case_number(self, office_id: int, case_id: int) -> Words | None:
        """Return the number of a case of the office."""
        ...

    def clocks(self, scope: FeedScope, today: date, since: date, limit: int) -> Sequence[FeedClock]:
        """Return the open clocks of these cases that were not over before ``since``, the next due first."""
        ...

    def clocks_of_case(self, case_id: int, today: date, since: date, limit: int) -> Sequence[FeedClock]:
        """Return the same of one case."""
        ...

    def mark(self) -> str:
        """Return a text of letters and digits that tells this database from every other, the same for ever."""
        ...


class CalendarWriter(Protocol):
    """Writes calendars."""

    def __call__(self, name: str, events: Sequence[CalendarEvent]) -> bytes:
        """Return an iCalendar (RFC 5545) called ``name``."""
        ...
