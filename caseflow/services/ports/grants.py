"""Grants of two persons, codes to enrol with, recusals."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.grants import GrantKind, Standing


@dataclass(frozen=True)
class Grant:
    """A grant as it is kept, with everybody's name; ``proposed_by`` None: set up by whoever runs the server."""

    id: int
    office_id: int
    staff_id: int
    login: str
    name_en: str
    name_zh: str
    kind: GrantKind
    role: Role | None
    reason: str
    proposed_by: int | None
    proposed_en: str | None
    proposed_zh: str | None
    proposed_at: datetime
    confirmed_en: str | None
    confirmed_zh: str | None
    confirmed_at: datetime | None
    refused_en: str | None
    refused_zh: str | None
    refused_at: datetime | None
    withdrawn_en: str | None
    withdrawn_zh: str | None
    withdrawn_at: datetime | None

    @property
    def standing(self) -> Standing:
        """Where it stands."""
        if self.withdrawn_at is not None:
            return Standing.WITHDRAWN
        if self.refused_at is not None:
            return Standing.REFUSED
        return Standing.WAITING if self.confirmed_at is None else Standing.CONFIRMED


@dataclass(frozen=True)
class NewGrant:
    """A grant to propose."""

    office_id: int
    staff_id: int
    kind: GrantKind
    role: Role | None
    reason: str
    key: str


@dataclass(frozen=True)
class OpenWork:
    """An open case of somebody who has left; ``second`` where they were its second officer."""

    case_id: int
    number: str
    number_zh: str
    regime: str
    state: str
    next_due_on: date | None
    left_en: str
    left_zh: str
    second: bool


@dataclass(frozen=True)
class Person:
    """Somebody of an office as its administrator sees them.

    ``enrolling_until`` is when the code lapses with which they have still to set a password; ``waiting`` counts
    proposals about them.
    """

    id: int
    login: str
    name_en: str
    name_zh: str
    roles: frozenset[Role]
    active: bool
    left_at: datetime | None
    locked_until: datetime | None
    enrolling_until: datetime | None
    waiting: int


class GrantStore(Protocol):
    """Grants: proposed, decided on, withdrawn; never deleted."""

    def people(self, office_id: int, limit: int, staff_id: int | None = None) -> Sequence[Person]:
        """Return everybody of the office, or one person, by login."""
        ...

    def lock(self, office_id: int) -> None:
        """Wait until nobody else decides about grants of the office, and keep others waiting until the commit."""
        ...

    def by_key(self, key: str) -> Grant | None:
        """Return what was proposed under an idempotency key."""
        ...

    def get(self, office_id: int, grant_id: int) -> Grant | None:
        """Return a grant of the office."""
        ...

    def propose(self, new: NewGrant, event: AuditEvent) -> int:
        """Keep a proposal; return its id. Raises ``AlreadyWritten`` for a used key, or where the same waits."""
        ...

    def confirm(self, grant: Grant, event: AuditEvent) -> None:
        """Confirm a grant in the name of the event's actor, and let it take effect at once."""
        ...

    def refuse(self, grant_ids: Collection[int], event: AuditEvent) -> None:
        """Refuse proposals in the name of the event's actor."""
        ...

    def withdraw(self, staff_id: int, role: Role, event: AuditEvent) -> bool:
        """Take a role away at once; return whether it was held."""
        ...

    def leave(self, staff_id: int, event: AuditEvent) -> bool:
        """Let somebody act no more, at once; return whether they did until now."""
        ...

    def waiting(self, office_id: int, limit: int, staff_id: int | None = None) -> Sequence[Grant]:
        """Return what waits for its second person, oldest first: of the office, or of one person."""
        ...

    def newest(self, office_id: int, *, staff_id: int | None, before_id: int | None, limit: int) -> Sequence[Grant]:
        """Return grants of the office, or of one person, newest first."""
        ...

    def open_work(self, office_id: int, *, staff_id: int | None, after_id: int, limit: int) -> Sequence[OpenWork]:
        """Return open cases of those who have left (or, named, of one person), in the order they were opened."""
        ...


@dataclass(frozen=True)
class Code:
    """A code to enrol with, as it is kept."""

    id: int
    staff_id: int
    code_hash: bytes
    expires_at: datetime
    used_at: datetime | None
    failures: int


class EnrolmentStore(Protocol):
    """Codes to enrol with; of each person only the newest counts."""

    def issue(self, staff_id: int, code_hash: bytes, hours: int, event: AuditEvent) -> datetime:
        """Keep a new code in the name of the event's actor; return when it lapses."""
        ...

    def newest(self, staff_id: int) -> Code | None:
        """Return somebody's newest code, locked until the end of the transaction."""
        ...

    def note_failure(self, code_id: int, event: AuditEvent) -> None:
        """Count a wrong try."""
        ...

    def use(self, code: Code, event: AuditEvent) -> None:
        """Use the code up."""
        ...


@dataclass(frozen=True)
class Recusal:
    """Who takes no part in a case, why, and who recorded it."""

    staff_id: int
    name_en: str
    name_zh: str
    ground: str
    reason: str
    recorded_en: str
    recorded_zh: str
    recorded_at: datetime


class RecusalStore(Protocol):
    """Recusals from cases; never taken back."""

    def of_case(self, case_id: int) -> Sequence[Recusal]:
        """Return who takes no part in a case, oldest first."""
        ...

    def add(self, office_id: int, case_id: int, staff_id: int, ground: str, reason: str, event: AuditEvent) -> bool:
        """Record a recusal in the name of the event's actor; return False where it was recorded before."""
        ...
