"""Findings of an auditor: what they are about, how they are answered, and who may close them. Pure.

The auditor raises, the supervisor of the office replies, the auditor follows up or closes; who replied does not close.
The database holds the same rules (migration 0009).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

LONGEST_TITLE = 200
LONGEST_TEXT = 10_000


class Severity(StrEnum):
    """How much is at stake."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class About(StrEnum):
    """What a finding is about."""

    ENTRY = "entry"
    TRANSFER = "transfer"
    RECEIPT = "receipt"
    CASE = "case"
    SAMPLE_ITEM = "sample_item"
    GENERAL = "general"


class Note(StrEnum):
    """What may be added to a finding."""

    REPLY = "reply"
    FOLLOW_UP = "follow_up"
    CLOSING = "closing"
    WITHDRAWAL = "withdrawal"


class Standing(StrEnum):
    """Where a finding stands: whose turn it is, or how it ended."""

    AWAITS_REPLY = "awaits_reply"
    AWAITS_AUDITOR = "awaits_auditor"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


OPEN = (Standing.AWAITS_REPLY, Standing.AWAITS_AUDITOR)
_STANDING_AFTER = {
    None: Standing.AWAITS_REPLY,
    Note.REPLY: Standing.AWAITS_AUDITOR,
    Note.FOLLOW_UP: Standing.AWAITS_REPLY,
    Note.CLOSING: Standing.CLOSED,
    Note.WITHDRAWAL: Standing.WITHDRAWN,
}
_WHEN = {
    Note.REPLY: Standing.AWAITS_REPLY,
    Note.FOLLOW_UP: Standing.AWAITS_AUDITOR,
    Note.CLOSING: Standing.AWAITS_AUDITOR,
    Note.WITHDRAWAL: Standing.AWAITS_REPLY,
}


def standing_after(last: Note | None) -> Standing:
    """Return where a finding stands after its newest note (None: just raised)."""
    return _STANDING_AFTER[last]


@dataclass(frozen=True)
class Subject:
    """What a finding is about; exactly the parts that ``about`` needs are there.

    ``entry_key`` names an entry, with ``leg`` one transfer of it; ``receipt_number`` a printed number; ``case_number``
    a case; ``sample_id`` and ``item_no`` an item of a sample.
    """

    about: About
    entry_key: str = ""
    leg: int = 0
    receipt_number: str = ""
    case_number: str = ""
    sample_id: int = 0
    item_no: int = 0


@dataclass(frozen=True)
class Written:
    """One note on a finding. ``due_on`` is a follow-up's new day for the reply."""

    seq: int
    kind: Note
    text: str
    actor_id: int
    actor_en: str
    actor_zh: str
    on: date
    at: datetime
    due_on: date | None = None


def standing_of(notes: Sequence[Written]) -> Standing:
    """Return where a finding stands after these notes, oldest first."""
    return standing_after(notes[-1].kind if notes else None)


def may_be_added(notes: Sequence[Written], raised_by: int, kind: Note, actor_id: int) -> bool:
    """Tell whether the actor (who has the role for it) may add a note of this kind now.

    Nobody closes what they replied to; only who raised a finding withdraws it, before any reply.
    """
    if standing_of(notes) is not _WHEN[kind]:
        return False
    if kind is Note.CLOSING:
        return all(one.actor_id != actor_id for one in notes if one.kind is Note.REPLY)
    if kind is Note.WITHDRAWAL:
        return raised_by == actor_id and not notes
    return True


def reply_due_on(first_due_on: date, notes: Sequence[Written]) -> date:
    """Return the day by which the office must reply: the newest follow-up's, else the finding's own."""
    return next((one.due_on for one in reversed(notes) if one.due_on is not None), first_due_on)
