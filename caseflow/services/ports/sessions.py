"""Sessions of staff: one row for each sign-in, read at every request by the hash of what the cookie holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.services.ports.staff import StaffMember


class Stage(StrEnum):
    """How far a sign-in came. Only an ``open`` session may call what is not public."""

    SECOND_FACTOR = "second_factor"
    ENROLMENT = "enrolment"
    OPEN = "open"


class Ended(StrEnum):
    """Why a session ended. One that ran out of time is simply too old and needs no end."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_OWNER = "ended_by_owner"
    WENT_ON = "went_on"  # a half-way sign-in became an open session with a token of its own
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, no password
    FACTOR_CHANGED = "factor_changed"
    LEFT = "left"


@dataclass(frozen=True)
class NewSession:
    """A session to open. ``token_hash`` is the SHA-256 of the random token, which only the cookie holds.

    ``at`` is the real moment in UTC; ``methods`` are how the person proved who they are, in order; ``browser`` is the
    family of the browser, one of a few known words, never what the browser calls itself.
    """

    token_hash: bytes
    staff_id: int
    office_id: int
    at: datetime
    methods: tuple[str, ...]
    browser: str
    stage: Stage = Stage.OPEN


@dataclass(frozen=True)
class StaffSession:
    """A session as it is kept. ``confirmed_at`` is when the person last proved who they are; the sign-in counts."""

    id: int
    staff_id: int
    office_id: int
    stage: Stage
    created_at: datetime
    confirmed_at: datetime
    methods: tuple[str, ...]
    browser: str


@dataclass(frozen=True)
class MemberAtWork:
    """Who a session belongs to, as they are now: roles, lent roles, unread messages; and the session itself."""

    member: StaffMember
    session: StaffSession


class SessionStore(Protocol):
    """Sessions of staff."""

    def open(self, new: NewSession, event: AuditEvent) -> int:
        """Open a session; return its id."""
        ...

    def read(self, token_hash: bytes, on: date, not_before: datetime, stage: Stage = Stage.OPEN) -> MemberAtWork | None:
        """Return who the session with this token belongs to, in one statement.

        None where there is no such session, it ended, is at another stage or was opened before ``not_before``, or the
        person has left. ``on`` is the business date (for whom they stand in).
        """
        ...

    def confirm(self, session_id: int, at: datetime, event: AuditEvent) -> None:
        """Note that the person of an open session proved anew who they are."""
        ...

    def end(self, session_id: int, staff_id: int, at: datetime, why: Ended, event: AuditEvent) -> bool:
        """End a session of this member of staff; False (and no event) where it had ended, or is not theirs."""
        ...

    def end_all(self, staff_id: int, at: datetime, why: Ended, event: AuditEvent, except_id: int | None = None) -> int:
        """End every session of a member of staff but ``except_id``; return how many, writing the event if any."""
        ...

    def of_staff(self, staff_id: int, not_before: datetime, limit: int) -> Sequence[StaffSession]:
        """Return the open sessions of a member of staff that were opened since, newest first."""
        ...
