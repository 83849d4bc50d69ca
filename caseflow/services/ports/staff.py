"""Staff, sign-in and passwords."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.access import Actor, Role
from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class StaffMember:
    """A member of staff as sign-in needs them; ``unread`` counts their messages, capped, where a day was given."""

    actor: Actor
    password_hash: str
    active: bool
    locked_until: datetime | None
    failed_sign_ins: int
    unread: int = 0


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
    email: str | None = None
    active: bool = True


@dataclass(frozen=True)
class MailWish:
    """Where reminders go by mail (``email`` None: nowhere) and how (``mail_mode``: ``digest`` or ``each``)."""

    email: str | None
    mail_mode: str


class StaffStore(Protocol):
    """Staff, their roles and sign-ins."""

    def by_login(self, login: str, on: date | None = None) -> StaffMember | None:
        """Return the member of staff with this login; with ``on``, as the substitute they are on that day."""
        ...

    def by_id(self, staff_id: int, on: date | None = None) -> StaffMember | None:
        """Return the member of staff with this id; with ``on``, as the substitute they are on that day."""
        ...

    def with_role(self, office_id: int, role: Role) -> Sequence[Actor]:
        """Return the active staff of the office that hold ``role``, by name."""
        ...

    def of_office(self, office_id: int) -> Sequence[StaffMember]:
        """Return everybody of the office, those who left too, by login."""
        ...

    def record_sign_in(self, staff_id: int | None, *, ok: bool, event: AuditEvent | None = None) -> int:
        """Record a sign-in (which clears the count of refused ones) or a refused one, of somebody known or nobody.

        Return how many were refused in a row. An accepted one is recorded by the event of its session.
        """
        ...

    def note(self, event: AuditEvent) -> None:
        """Record what somebody tried that changed nothing."""
        ...

    def set_password_hash(self, staff_id: int, password_hash: str, event: AuditEvent) -> None:
        """Keep the hash of a password."""
        ...

    def tell(self, staff_id: int, key: str, kind: str, params: Mapping[str, str], event: AuditEvent | None) -> None:
        """Put a message into the member's own inbox, and into nobody else's: substitutes do not get it.

        ``event`` None: the message is about something whose event is written in the same transaction.
        """
        ...

    def set_locale(self, staff_id: int, locale: str, event: AuditEvent) -> None:
        """Keep the language a member of staff chose."""
        ...

    def mail_wish(self, staff_id: int) -> MailWish:
        """Return where and how the reminders of a member of staff come by mail."""
        ...

    def set_mail_wish(self, staff_id: int, wish: MailWish, event: AuditEvent) -> None:
        """Keep where and how the reminders of a member of staff come by mail."""
        ...

    def set_head(self, office_id: int, staff_id: int, event: AuditEvent) -> None:
        """Name the head of an office, to whom escalations go in the end."""
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

    def put_under(self, office_id: int, parent_id: int, event: AuditEvent) -> None:
        """Put an office under another in the tree; the database refuses circles."""
        ...

    def office_titles(self, office_id: int) -> tuple[str, str]:
        """Return the office's name in English and Chinese."""
        ...

    def add(self, new: NewStaff, event: AuditEvent) -> int:
        """Add a member of staff with their roles; return the id."""
        ...


class PasswordHasher(Protocol):
    """Argon2id behind a port."""

    def hash(self, password: str) -> str:
        """Return the hash of a password."""
        ...

    def verify(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the hashed one."""
        ...

    def salted(self, secret: str, salt: bytes) -> bytes:
        """Return 32 bytes that stand for a random secret under this salt (16 bytes), as costly as a password's hash."""
        ...

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with weaker parameters than hashes are made with now."""
        ...

    def unknown_hash(self) -> str:
        """Return a hash no password fits, so that an unknown login takes as long as a known one."""
        ...


class PasswordJudge(Protocol):
    """Knows common passwords and what is soon guessed."""

    def is_guessable(self, password: str, about: Sequence[str]) -> bool:
        """Tell whether a password is a common one or soon guessed by who knows these words about the person."""
        ...
