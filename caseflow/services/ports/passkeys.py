"""Passkeys: what is kept of each, and what checks the answers of browsers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent


@dataclass(frozen=True)
class NewPasskey:
    """A passkey as an authenticator registered it; ``transports`` are how browsers reach it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passkey:
    """A passkey as it is kept. ``sign_count`` is what its authenticator last counted; 0 where it does not count."""

    id: int
    staff_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Asserted:
    """What an answer proves: its holder was there and verified. ``sign_count`` is as the authenticator counts."""

    credential_id: bytes
    sign_count: int


class PasskeyRefused(Exception):
    """What a browser sent proves nothing: malformed, of another site or challenge, unsigned, not verified, copied."""


class PasskeyStore(Protocol):
    """Passkeys in use, and challenges that were answered."""

    def of_staff(self, staff_id: int) -> Sequence[Passkey]:
        """Return the passkeys of a person that were not removed, oldest first."""
        ...

    def by_credential(self, credential_id: bytes) -> Passkey | None:
        """Return the passkey with this id that was not removed, and hold it until the transaction ends."""
        ...

    def add(self, staff_id: int, name: str, new: NewPasskey, event: AuditEvent) -> bool:
        """Keep a passkey; False where its id is known already."""
        ...

    def used(self, passkey_id: int, sign_count: int, at: datetime) -> None:
        """Keep what the authenticator counted and when."""
        ...

    def remove(self, staff_id: int, passkey_id: int, at: datetime, event: AuditEvent) -> bool:
        """Take a passkey out of use for ever; False where the person has none such."""
        ...

    def use_up(self, challenge_hash: bytes, at: datetime) -> bool:
        """Note that a challenge was answered; False where it was answered before."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Keep an event that changes no passkey: an answer that was refused."""
        ...


class PasskeyChecks(Protocol):
    """Makes what browsers are asked with and checks what they answer, for one site by its address."""

    def ask_new(self, staff_id: int, login: str, display: str, known: Sequence[bytes], challenge: bytes) -> str:
        """Return the options of ``navigator.credentials.create`` as JSON."""
        ...

    def ask(self, challenge: bytes) -> str:
        """Return the options of ``navigator.credentials.get`` as JSON."""
        ...

    def check_new(self, answer: str, challenge: bytes) -> NewPasskey:
        """Return the passkey that was registered. Raises :class:`PasskeyRefused`."""
        ...

    def claimed(self, answer: str) -> bytes:
        """Return the id of the passkey that an answer says it comes from. Raises :class:`PasskeyRefused`."""
        ...

    def check(self, answer: str, challenge: bytes, kept: Passkey) -> Asserted:
        """Return what an answer proves of ``kept``; its count is not judged here. Raises :class:`PasskeyRefused`."""
        ...


# What a browser keeps, signed, between a question and its answer: the challenge and when it was made.
Question = Mapping[str, Any]
