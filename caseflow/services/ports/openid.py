"""An OpenID provider beside the local accounts, and who staff are there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent


class OpenIdRefused(Exception):
    """What came back from the provider proves nothing; the message says why, in words without any secret."""


class OpenIdUnreachable(Exception):
    """The provider does not answer, or not as a provider does."""


@dataclass(frozen=True)
class Proven:
    """Who somebody is at the provider, by a signed and checked ID token.

    ``login`` is the claim that names their login here (empty: none). ``second_factor``: the provider says that it asked
    for more than one factor.
    """

    issuer: str
    subject: str
    login: str
    second_factor: bool


@dataclass(frozen=True)
class BoundIdentity:
    """Somebody of the staff who is ``subject`` at the provider ``issuer``."""

    id: int
    staff_id: int
    issuer: str
    subject: str
    bound_at: datetime


class OpenIdProvider(Protocol):
    """One provider, by its configuration."""

    @property
    def issuer(self) -> str:
        """Return the provider's name, its address."""
        ...

    def start(self) -> tuple[str, Mapping[str, Any]]:
        """Return where the browser is sent, and what it keeps, signed, until it comes back: state, nonce, verifier.

        Raises :class:`OpenIdUnreachable`.
        """
        ...

    def finish(self, came_back: Mapping[str, str], kept: Mapping[str, Any]) -> Proven:
        """Return whom the parameters that came back prove, asking the provider for the token behind the code.

        Raises :class:`OpenIdRefused`, :class:`OpenIdUnreachable`.
        """
        ...


class IdentityStore(Protocol):
    """Who staff are at an OpenID provider."""

    def bound_to(self, issuer: str, subject: str) -> BoundIdentity | None:
        """Return who this subject of the provider is here."""
        ...

    def of_staff(self, staff_id: int) -> Sequence[BoundIdentity]:
        """Return who a person is at providers."""
        ...

    def bind(self, staff_id: int, issuer: str, subject: str, event: AuditEvent) -> bool:
        """Keep who a person is at a provider; False where the subject, or the person there, is bound already."""
        ...

    def unbind(self, staff_id: int, identity_id: int, at: datetime, event: AuditEvent) -> bool:
        """Take it back; False where the person has none such."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Keep an event that binds nothing: a sign-in that was refused."""
        ...
