"""What the use cases need from the outside, as Protocols; persistence and adapters fulfil them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.stepping import StepOutcome
from caseflow.services.views import (
    CaseHeader,
    CaseRow,
    DeskCounts,
    DeskScope,
    GroupBounds,
    InboxItem,
    ListFilter,
    Page,
    StepRecord,
)


class AlreadyWritten(Exception):
    """Another request with the same idempotency key was written first."""


class BusinessTime(Protocol):
    """The office's own time."""

    def today(self) -> date:
        """Return the business date."""
        ...

    def now(self) -> datetime:
        """Return the moment, in UTC, on the business date."""
        ...

    def real_now(self) -> datetime:
        """Return the moment by the machine's clock, in UTC, whatever the business date is."""
        ...

    def real_today(self) -> date:
        """Return the real date in the office's zone, whatever the business date is."""
        ...


@dataclass(frozen=True)
class NewCase:
    """The row of a case at its opening; the first step is the opening itself."""

    office_id: int
    regime: str
    definition_hash: str
    number: str
    number_zh: str
    party_kind: str
    party_name: str
    party_contact: str
    owner_id: int
    second_officer_id: int | None
    role: Role
    idempotency_key: str
    request_hash: bytes
    outcome: StepOutcome
    business_date: date


@dataclass(frozen=True)
class OutboxMessage:
    """An effect outside the database; ``key`` is made before the first try and never repeats."""

    key: str
    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Saved:
    """The first result of a request, told again to whoever repeats it."""

    case_id: int
    seq: int
    request_hash: bytes


@dataclass(frozen=True)
class LastMove:
    """What somebody else did to the case meanwhile."""

    trigger: str
    to_state: str
    actor_en: str
    actor_zh: str
    taken_at: datetime


class CaseStore(Protocol):
    """Cases, their steps, clocks and documents."""

    def load(self, case_id: int) -> Case | None:
        """Return the case with its clocks, history and documents."""
        ...

    def load_many(self, case_ids: Sequence[int]) -> Mapping[int, Case]:
        """Return the cases of these ids, by id, in one query."""
        ...

    def open(self, new: NewCase, event: AuditEvent, message: OutboxMessage) -> int:
        """Write a new case with its first step; return its id."""
        ...

    def save_step(
        self,
        case: Case,
        outcome: StepOutcome,
        *,
        actor: Actor,
        idempotency_key: str,
        request_hash: bytes,
        event: AuditEvent,
        message: OutboxMessage,
    ) -> bool:
        """Write one step if the case is still at ``case.version``; return whether it was."""
        ...

    def saved(self, idempotency_key: str) -> Saved | None:
        """Return the step an earlier request with this key wrote."""
        ...

    def last_move(self, case_id: int) -> LastMove | None:
        """Return the newest step with its actor's name."""
        ...

    def next_serial(self, office_id: int, regime: str, year: int) -> int:
        """Take the next case number of the year, without gaps (rolled back with the transaction)."""
        ...


class DefinitionStore(Protocol):
    """Workflow definitions cases are pinned to."""

    def body(self, content_hash: str) -> Mapping[str, Any] | None:
        """Return the body kept under ``content_hash``."""
        ...

    def keep(self, content_hash: str, regime: str, version: int, body: Mapping[str, Any]) -> None:
        """Keep a definition's body (again: nothing new)."""
        ...


@dataclass(frozen=True)
class StaffMember:
    """A member of staff as sign-in needs them."""

    actor: Actor
    password_hash: str
    active: bool
    locked_until: datetime | None
    failed_sign_ins: int


@dataclass(frozen=True)
class NewStaff:
    """A member of staff to add."""

    office_id: int
    login: str
    name_en: str
    name_zh: str
    password_hash: str
    roles: tuple[Role, ...]
    locale: str = "zh"


class StaffStore(Protocol):
    """Staff, their roles and sign-ins."""

    def by_login(self, login: str) -> StaffMember | None:
        """Return the member of staff with this login."""
        ...

    def by_id(self, staff_id: int) -> StaffMember | None:
        """Return the member of staff with this id."""
        ...

    def with_role(self, office_id: int, role: Role) -> Sequence[Actor]:
        """Return the active staff of the office that hold ``role``, by name."""
        ...

    def of_office(self, office_id: int) -> Sequence[StaffMember]:
        """Return everybody of the office, those who left too, by login."""
        ...

    def record_sign_in(self, staff_id: int, *, ok: bool, locked_until: datetime | None, event: AuditEvent) -> None:
        """Record a sign-in or a failed one (which counts towards the lock)."""
        ...

    def set_locale(self, staff_id: int, locale: str, event: AuditEvent) -> None:
        """Keep the language a member of staff chose."""
        ...

    def add_office(self, code: str, title_en: str, title_zh: str, event: AuditEvent) -> int:
        """Add an office; return its id."""
        ...

    def is_empty(self) -> bool:
        """Tell whether nobody was ever added."""
        ...

    def office_with(self, code: str) -> int | None:
        """Return the id of the office with this code."""
        ...

    def office_titles(self, office_id: int) -> tuple[str, str]:
        """Return the office's name in English and Chinese."""
        ...

    def add(self, new: NewStaff, event: AuditEvent) -> int:
        """Add a member of staff with their roles; return the id."""
        ...


@dataclass(frozen=True)
class OfficeDay:
    """A day the office declared working (or not), over and above the published calendar."""

    day: date
    working: bool
    title_en: str
    title_zh: str


@dataclass(frozen=True)
class Installation:
    """What this database is for."""

    kind: str
    date_shift_days: int


class InstallationStore(Protocol):
    """The stamp of the database."""

    def get(self) -> Installation | None:
        """Return the stamp, or ``None`` for a database nobody has stamped yet."""
        ...

    def stamp(self, kind: str, event: AuditEvent) -> None:
        """Stamp the database ``training`` or ``production``, for ever."""
        ...

    def shift_dates(self, days: int, event: AuditEvent) -> None:
        """Let a training database run ``days`` away from the real date."""
        ...

    def latest_step_on(self) -> date | None:
        """Return the newest date any step of any case bears."""
        ...

    def office_days(self) -> Sequence[OfficeDay]:
        """Return the office's own calendar days."""
        ...


class OutboxStore(Protocol):
    """Effects to be carried out after the commit, exactly one row an effect."""

    def deliver_batch(self, limit: int) -> int:
        """Carry out up to ``limit`` pending notices (skipping rows another worker holds); return how many."""
        ...

    def mark_read(self, staff_id: int, up_to_id: int, event: AuditEvent) -> None:
        """Mark the unread messages of a member of staff up to and including ``up_to_id`` as read."""
        ...

    def pending(self) -> int:
        """Return how many effects wait."""
        ...


class ViewStore(Protocol):
    """Read-only lists; every one is bounded by a limit and served by an index."""

    def desk_rows(
        self, scope: DeskScope, bounds: GroupBounds, *, after: tuple[date, int] | None, limit: int
    ) -> list[CaseRow]:
        """Return the desk's cases by due date (no due date last), from the key ``after`` on."""
        ...

    def desk_counts(self, scope: DeskScope, today: date) -> DeskCounts:
        """Count the desk's cases by how late they are, each count capped."""
        ...

    def list_cases(self, office_id: int, chosen: ListFilter, *, before_id: int | None, limit: int) -> Page:
        """Return cases of the office, newest first, below the key ``before_id``."""
        ...

    def header(self, case_id: int) -> CaseHeader | None:
        """Return what the identity bar of a case shows."""
        ...

    def find_number(self, office_id: int | None, number: str) -> int | None:
        """Return the id of the case with exactly this number (either form)."""
        ...

    def timeline(self, case_id: int) -> list[StepRecord]:
        """Return the steps of a case, newest first, with their actors' names."""
        ...

    def inbox(self, staff_id: int, *, before_id: int | None, limit: int) -> list[InboxItem]:
        """Return messages to a member of staff, newest first."""
        ...

    def unread(self, staff_id: int) -> int:
        """Count unread messages, capped at 100."""
        ...


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without :meth:`commit` rolls back whole."""

    @property
    def cases(self) -> CaseStore:
        """Cases."""
        ...

    @property
    def definitions(self) -> DefinitionStore:
        """Workflow definitions."""
        ...

    @property
    def staff(self) -> StaffStore:
        """Staff."""
        ...

    @property
    def installation(self) -> InstallationStore:
        """The stamp of the database."""
        ...

    @property
    def outbox(self) -> OutboxStore:
        """Effects to deliver."""
        ...

    @property
    def views(self) -> ViewStore:
        """Lists."""
        ...

    def commit(self) -> None:
        """Make everything written in this block permanent."""
        ...


class Wake(Protocol):
    """Tells a worker, best effort and after the commit, that something waits in the outbox."""

    def wake(self) -> bool:
        """Wake a worker; return whether the queue could be reached. Never raises: the timetable delivers anyway."""
        ...


class Store(Protocol):
    """Opens units of work."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction."""
        ...

    def each_alone(self) -> AbstractContextManager[UnitOfWork]:
        """Open a block in which every statement is a transaction of its own."""
        ...


class PasswordHasher(Protocol):
    """Argon2id behind a port."""

    def hash(self, password: str) -> str:
        """Return the hash of a password."""
        ...

    def verify(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the hashed one."""
        ...

    def unknown_hash(self) -> str:
        """Return a hash no password fits, so that an unknown login takes as long as a known one."""
        ...
