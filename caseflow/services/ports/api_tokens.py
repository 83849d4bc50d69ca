"""What the API tokens of an office are kept in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class ApiToken:
    """A token as lists show it; what it says itself is kept by nobody.

    ``last_used_on`` is the day (in the office's zone) it was last shown, ``begins_with`` its first characters.
    """

    id: int
    office_id: int
    staff_id: int
    owner_en: str
    owner_zh: str
    role: Role
    name: str
    begins_with: str
    made_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_on: date | None

    def lives(self, now: datetime) -> bool:
        """Tell whether the token is neither revoked nor over at ``now``."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True)
class NewApiToken:
    """A token to keep: 32 bytes of hash and what a list shows of it. ``key`` is that of the form that asked for it."""

    key: str
    role: Role
    name: str
    begins_with: str
    token_hash: bytes
    expires_at: datetime


class ApiTokenStore(Protocol):
    """API tokens."""

    def make(self, office_id: int, staff_id: int, new: NewApiToken, event: AuditEvent) -> bool:
        """Keep a token; False where its key was used before."""
        ...

    def with_hash(self, token_hash: bytes) -> ApiToken | None:
        """Return the token with this hash, of whatever office, dead ones too."""
        ...

    def get(self, office_id: int, token_id: int) -> ApiToken | None:
        """Return a token of the office."""
        ...

    def of_person(self, staff_id: int, limit: int) -> Sequence[ApiToken]:
        """Return a person's tokens, newest first."""
        ...

    def count_living(self, staff_id: int, now: datetime) -> int:
        """Return how many tokens of a person live at ``now``; of two who ask at once the second waits for the first."""
        ...

    def of_office(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[ApiToken]:
        """Return the tokens of everybody of the office, newest first."""
        ...

    def revoke(self, office_id: int, token_id: int, event: AuditEvent) -> bool:
        """Let a token stop for ever; False where it was revoked before. ``event`` names who did it."""
        ...

    def note_use(self, token_id: int, on: date, event: AuditEvent) -> bool:
        """Keep the day of the last use; False, and nothing is written, where that day is kept already."""
        ...
