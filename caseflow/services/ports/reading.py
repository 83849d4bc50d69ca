"""The read log: who read what of whom and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.reading import Alarm, Allowance, Purpose, ReadLimits, ReasonKind


class ReadingNotRecorded(Exception):
    """The log took no row, so nothing may be shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of the read log, as it is shown. It names no party.

    ``actor_en`` and ``actor_zh`` name who read; empty where a command of the server did, whose ``operator`` is named.
    ``what`` is the endpoint or command, ``reason`` what was stated (empty for a task or a list) and ``reason_kind``
    which of :data:`caseflow.domain.reading.REASON_WORDS` was chosen (empty for a search). ``case_number`` and
    ``case_number_zh`` are empty where it is about no case: a search that found nothing, the line of the bank with this
    id, the receipt with this lot and number (``receipt_number`` as printed). ``hits`` is None for all but a search.
    """

    id: int
    at: datetime
    actor_id: int | None
    actor_en: str
    actor_zh: str
    operator: str
    office_id: int
    case_id: int | None
    case_number: str
    case_number_zh: str
    what: str
    purpose: Purpose
    reason: str
    request_id: str
    hits: int | None = None
    reason_kind: str = ""
    bank_line_id: int | None = None
    receipt_lot_id: int | None = None
    receipt_no: int | None = None
    receipt_number: str = ""


@dataclass(frozen=True, slots=True)
class NewReadings:
    """What one piece of work read: one row of the log a case.

    Of ``parties`` the cases are found when it is written, those already in ``cases`` among them once. A case in
    ``opened`` is read for ``purpose`` and ``reason``; every other one was merely shown beside it
    (:attr:`Purpose.LIST`). What names somebody and belongs to no case has a row of its own: ``lines`` of the bank, and
    ``receipts`` by lot and number. ``actor_id`` is None and ``operator`` named for a command of the server.
    """

    actor_id: int | None
    day: date
    what: str
    purpose: Purpose
    reason_kind: str = ""
    reason: str = ""
    request_id: str = ""
    operator: str = ""
    parties: Collection[int] = ()
    cases: Collection[int] = ()
    opened: Collection[int] = ()
    lines: Collection[int] = ()
    receipts: Collection[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Read:
    """What somebody read on a business day: different files opened, and different cases that lists showed beside.

    A line of the bank and a receipt without a case count like a case that a list showed.
    """

    files: int = 0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What came of writing: how many rows, what was read ``before`` and with it, and what there was too much of.

    With ``over`` nothing was written; ``cases`` says of how many cases it would have been.
    """

    rows: int
    before: Read
    after: Read
    cases: int
    over: Allowance | None


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What decides why somebody opens a file.

    ``reason_kind`` and ``reason`` are what they stated today (empty: nothing), ``acted_today`` tells that they took a
    step of it today. ``paper_waits``: a paper of it waits for review or issue; ``audited``: an open finding or an item
    of a sample is about it; ``overdue``: a limit of it was escalated or is past. These three are looked up only for who
    could have to do with them, and else False.
    """

    case_id: int
    number: str
    number_zh: str
    owner_id: int
    second_officer_id: int | None
    state: str
    definition_hash: str
    closed: bool
    acted_today: bool
    paper_waits: bool
    audited: bool
    overdue: bool
    reason_kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadFilter:
    """How the log of an office is narrowed; None narrows nothing."""

    login: str | None = None
    case_number: str | None = None
    purpose: Purpose | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """What somebody asked the supervisor for: to read more today, or to take an export of so many cases."""

    id: int
    allowance: Allowance
    what: str
    cases: int
    reason: str
    day: date
    asked_by: int
    asked_en: str
    asked_zh: str
    asked_at: datetime
    approved: bool | None
    decided_by: int | None
    decided_en: str
    decided_zh: str
    decided_at: datetime | None
    used_at: datetime | None
    office_id: int


@dataclass(frozen=True, slots=True)
class NewApproval:
    """What somebody asks the supervisor for."""

    allowance: Allowance
    what: str
    cases: int
    reason: str
    day: date
    key: str


@dataclass(frozen=True, slots=True)
class NewSearch:
    """A search by identity number: its blind ``index``, never the number, and why.

    ``indexes`` are those under each key there is: what was sealed under an older one is found too.
    """

    index: bytes
    indexes: tuple[bytes, ...]
    reason: str
    day: date
    request_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """A case that a search found; nothing of its party."""

    case_id: int
    number: str
    number_zh: str
    regime: str
    definition_hash: str
    state: str
    opened_on: date


class ReadStore(Protocol):
    """The read log and what belongs to it. The log only grows and needs no audit event: it is a record itself."""

    def write(self, new: NewReadings, limits: ReadLimits | None = None) -> Written:
        """Write one row a case in one statement, or nothing where that would be more than ``limits`` allow a day.

        None: no limit (a command of the server). Raises :class:`ReadingNotRecorded`.
        """
        ...

    def of_case(self, case_id: int, before: int | None, limit: int) -> Sequence[Reading]:
        """Return who looked at a case, newest first: those below the row ``before`` (None: from the newest)."""
        ...

    def of_office(self, office_id: int, chosen: ReadFilter, before: int | None, limit: int) -> Sequence[Reading]:
        """Return the log of an office, newest first."""
        ...

    def count_today(self, actor_id: int, day: date) -> Read:
        """Return what somebody read on a business day."""
        ...

    def standing(self, actor: Actor, case_id: int | None, paper_id: int | None, day: date) -> CaseStanding | None:
        """Return how the actor stands to a case (or the case of a paper) of their office; None: there is none."""
        ...

    def state_reason(self, actor: Actor, case_id: int, kind: ReasonKind, reason: str, day: date) -> None:
        """Keep why the actor opens a file today; the same stated twice is kept once."""
        ...

    def note_alarm(self, actor: Actor, day: date, alarm: Alarm, allowance: Allowance, most: int) -> bool:
        """Note that a limit is near or was passed; False where that was noted of the day already."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Write an event about reading: something was refused, or the log itself was taken out."""
        ...

    def ask(self, actor: Actor, asked: NewApproval, event: AuditEvent) -> int:
        """Keep what somebody asks for; return its id. Raises ``AlreadyWritten`` for a used key."""
        ...

    def decide(self, approval_id: int, *, approved: bool, event: AuditEvent) -> bool:
        """Decide what was asked for; False where it was decided already."""
        ...

    def use(self, approval_id: int, event: AuditEvent) -> bool:
        """Mark an approved export as used; False where it was used already."""
        ...

    def approval(self, approval_id: int) -> Approval | None:
        """Return what was asked for."""
        ...

    def approvals(self, office_id: int, before: int | None, limit: int) -> Sequence[Approval]:
        """Return what the office's people asked for, newest first."""
        ...

    def asked_today(self, actor_id: int, day: date) -> Sequence[Approval]:
        """Return what somebody asked for on a business day, newest first."""
        ...

    def searches_since(self, actor_id: int, since: datetime) -> int:
        """Count somebody's searches by identity number since a moment; who else searches in their name waits."""
        ...

    def search(self, actor: Actor, new: NewSearch) -> Sequence[Found]:
        """Look an identity number up in the actor's office by its blind index, and log the search in one statement."""
        ...
