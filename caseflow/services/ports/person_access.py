"""How the person concerned gets to their own case: codes, a passphrase of their own, sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.words import Words


class Occasion(StrEnum):
    """On which occasion a code is handed out."""

    COUNTER = "counter"
    WITH_PAPER = "with_paper"


class OpenedBy(StrEnum):
    """What a session of a person was opened with."""

    CODE = "code"
    PASSPHRASE = "passphrase"  # noqa: S105 - the name of the way, no secret


@dataclass(frozen=True)
class PersonAtCase:
    """The person of one case, signed in: what a page of theirs may ask for, and nothing else."""

    case_id: int
    office_id: int
    party_id: int
    session_id: int
    number: str
    number_zh: str


@dataclass(frozen=True)
class NewCode:
    """A code to hand out; only its hash (SHA-256, 32 bytes) is kept. ``paper_id`` says which paper it goes with."""

    case_id: int
    code_hash: bytes
    occasion: Occasion
    paper_id: int | None
    made_by: int
    made_at: datetime
    expires_at: datetime
    key: str


@dataclass(frozen=True)
class GivenCode:
    """A code that was handed out, without the code."""

    id: int
    occasion: Occasion
    paper_id: int | None
    paper_kind: str | None
    made_en: str
    made_zh: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class WayIn:
    """What a case number leads to: at most one case of the office, its live code and its passphrase if it has them."""

    case_id: int
    office_id: int
    party_id: int
    number: str
    code_id: int | None
    code_hash: bytes | None
    passphrase_hash: str | None


@dataclass(frozen=True)
class NewPersonSession:
    """A session to open; only the token's hash (SHA-256, 32 bytes) is kept."""

    case_id: int
    token_hash: bytes
    opened_by: OpenedBy
    code_id: int | None
    at: datetime
    ends_at: datetime


class PersonAccessStore(Protocol):
    """Codes, passphrases and sessions of the person of a case."""

    def way_in(self, office_id: int, number: str, at: datetime) -> WayIn | None:
        """Return what a case number of an office leads to at that moment."""
        ...

    def give(self, new: NewCode, event: AuditEvent) -> int:
        """Write a code and end every older one that was not used; return its id. Raises ``AlreadyWritten``."""
        ...

    def end_access(self, case_id: int, at: datetime) -> None:
        """End the passphrase and the open sessions of a case."""
        ...

    def codes(self, case_id: int, limit: int) -> Sequence[GivenCode]:
        """Return the codes of a case, newest first."""
        ...

    def open_session(self, new: NewPersonSession, event: AuditEvent) -> int | None:
        """Open a session, using up its code; None where somebody used or ended that code meanwhile."""
        ...

    def at_case(self, token_hash: bytes, at: datetime) -> PersonAtCase | None:
        """Return whose session this is, if it is open at that moment."""
        ...

    def end_session(self, session_id: int, at: datetime, event: AuditEvent) -> None:
        """End a session."""
        ...

    def keep_passphrase(self, case_id: int, passphrase_hash: str, at: datetime, event: AuditEvent) -> None:
        """Keep the hash of a new passphrase in place of the old one."""
        ...

    def has_passphrase(self, case_id: int) -> bool:
        """Tell whether the person of a case chose a passphrase."""
        ...

    def roles_of(self, staff_ids: Collection[int]) -> Mapping[int, Sequence[str]]:
        """Return the roles that these members of staff hold now, by their id."""
        ...

    def offices(self, limit: int) -> Sequence[tuple[int, Words]]:
        """Return every office by its id and title, in order of the Chinese title."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Write an event alone: a refusal."""
        ...
