"""The rows the desks show: plain data, already bounded, in no language yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

COUNT_CAP = 100


class Lateness(StrEnum):
    """How late a case is, in the order a desk shows it."""

    LONG_OVERDUE = "long_overdue"
    OVERDUE = "overdue"
    DUE_TODAY = "due_today"
    DUE_IN_7_DAYS = "due_in_7_days"
    LATER = "later"
    WAITING = "waiting"


LONG_OVERDUE_DAYS = 30


@dataclass(frozen=True)
class DeskScope:
    """Whose list it is: a person's own cases, the cases that wait for a role in an office, or the whole office.

    ``stands_in_for`` are those whose cases are on the list beside one's own; few, for each is asked for by itself.
    """

    office_id: int
    staff_id: int | None = None
    desk_roles: tuple[str, ...] = ()
    regime: str | None = None
    phase: str | None = None
    escalated: bool = False
    stands_in_for: tuple[int, ...] = ()


@dataclass(frozen=True)
class GroupBounds:
    """The stretch of due dates one group covers: from ``first`` up to and including ``last`` (None: open)."""

    group: Lateness
    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, group: Lateness, today: date) -> GroupBounds:
        """Return the bounds of ``group`` on ``today``."""
        day = timedelta(days=1)
        long_ago = today - timedelta(days=LONG_OVERDUE_DAYS)
        return {
            Lateness.LONG_OVERDUE: cls(group, None, long_ago - day),
            Lateness.OVERDUE: cls(group, long_ago, today - day),
            Lateness.DUE_TODAY: cls(group, today, today),
            Lateness.DUE_IN_7_DAYS: cls(group, today + day, today + timedelta(days=7)),
            Lateness.LATER: cls(group, today + timedelta(days=8), None),
            Lateness.WAITING: cls(group, today, None),
        }[group]


@dataclass(frozen=True)
class CaseRow:
    """One case in a list. Money in fen. ``escalated_to``: the highest whom a limit still running was escalated to."""

    id: int
    number: str
    number_zh: str
    regime: str
    definition_hash: str
    party_name: str
    party_kind: str
    state: str
    phase: str
    waiting_for: str
    desk_role: str
    owner_en: str
    owner_zh: str
    next_due_on: date | None
    next_clock: str | None
    opened_on: date
    last_step_on: date
    outstanding_fen: int
    owner_id: int
    second_officer_id: int | None
    escalated_to: str | None = None


@dataclass(frozen=True)
class DeskCounts:
    """How many cases stand in each group, each capped at :data:`COUNT_CAP`."""

    by_group: Mapping[Lateness, int]


@dataclass(frozen=True)
class ListFilter:
    """What a person filters the case list by; empty means all."""

    text: str = ""
    regime: str | None = None
    phase: str | None = None
    state: str | None = None
    owner_id: int | None = None
    overdue_on: date | None = None


@dataclass(frozen=True)
class Page:
    """One key-set page; ``next_key`` continues it."""

    rows: list[CaseRow] = field(default_factory=list)
    next_key: int | None = None


@dataclass(frozen=True)
class CaseHeader:
    """The identity bar: number, party, people, office; the party's identity number and address are sealed.

    ``has_submissions``: the person sent something to the case, so that it is worth a look. ``erased_at``: when what was
    personal of the case was erased.
    """

    id: int
    office_id: int
    office_en: str
    office_zh: str
    number: str
    number_zh: str
    party_name: str
    party_contact: str
    owner_en: str
    owner_zh: str
    second_en: str | None
    second_zh: str | None
    next_due_on: date | None
    next_clock: str | None
    waiting_for: str
    closed_on: date | None
    party_id: int
    identity_sealed: bytes | None
    address_sealed: bytes | None
    has_submissions: bool
    erased_at: datetime | None = None


@dataclass(frozen=True)
class StepRecord:
    """One step of the timeline. ``answers``, ``postings`` and ``law`` are JSON values.

    ``taken_back``: the receipt of its payment was voided, and the money reversed with it. ``in_place_of_en`` and
    ``in_place_of_zh`` name in whose place a substitute took it; a timeline of several cases leaves them out.
    ``withheld``: what it says was taken out, for whoever asked does not see the investigation.
    ``reported``: an old casebook says so, and nobody of the office witnessed it.
    """

    seq: int
    trigger: str
    from_state: str
    to_state: str
    actor_en: str
    actor_zh: str
    role: str
    effective_on: date
    business_date: date
    taken_at: datetime
    answers: Mapping[str, Any]
    postings: list[Mapping[str, Any]]
    law: list[Mapping[str, Any]]
    documents: tuple[str, ...] = ()
    taken_back: bool = False
    in_place_of_en: str | None = None
    in_place_of_zh: str | None = None
    withheld: bool = False
    reported: bool = False

    @property
    def paid_fen(self) -> int:
        """What the step took and nobody took back, in fen."""
        taken = [posting["amount_fen"] for posting in self.postings if posting["event"] == "collect"]
        return 0 if self.taken_back else sum(taken)

    @property
    def principal_paid_fen(self) -> int:
        """What of it met the principal, in fen."""
        met = [posting.get("principal_fen", 0) for posting in self.postings if posting["event"] == "collect"]
        return 0 if self.taken_back else sum(met)


class Matter(StrEnum):
    """What a message is about."""

    REMINDERS = "reminders"
    STEPS = "steps"
    FINDINGS = "findings"
    WIND_DOWN = "wind_down"
    SUBMISSIONS = "submissions"
    READING = "reading"


KINDS_OF: Mapping[Matter, tuple[str, ...]] = {
    Matter.REMINDERS: ("reminder", "deadline_moved"),
    Matter.STEPS: ("case_moved",),
    Matter.FINDINGS: (
        "finding_raised",
        "finding_replied",
        "finding_followed_up",
        "finding_closed",
        "finding_withdrawn",
    ),
    Matter.WIND_DOWN: ("wind_down_waits", "wind_down_decided"),
    Matter.SUBMISSIONS: ("submission_received", "submission_withdrawn", "submission_overdue"),
    Matter.READING: ("reading_near", "reading_over", "reading_asked", "reading_decided"),
}


@dataclass(frozen=True)
class InboxFilter:
    """What a person narrows the inbox to: one matter (None: all), what they have not read yet."""

    matter: Matter | None = None
    unread: bool = False


@dataclass(frozen=True)
class InboxItem:
    """One message to a member of staff; ``for_en`` and ``for_zh`` name whom they hear it for as a substitute."""

    id: int
    kind: str
    case_id: int | None
    number: str | None
    number_zh: str | None
    params: Mapping[str, Any]
    created_at: datetime
    read_at: datetime | None
    for_en: str | None = None
    for_zh: str | None = None
