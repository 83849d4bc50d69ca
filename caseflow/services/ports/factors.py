"""What staff prove themselves with beside a password: the secret of an app and recovery codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from caseflow.domain.audit import AuditEvent

TOTP_SECRET: Final = "staff.totp"  # noqa: S105 - the name of a sealed field, no secret

CODE_DIGITS: Final = 6
CODE_SECONDS: Final = 30


@dataclass(frozen=True)
class KeptTotp:
    """The sealed secret in use and one that is offered for enrolment; None where there is none.

    ``last_step`` is the number of the newest 30-second step whose code was accepted.
    """

    secret: bytes | None
    last_step: int | None
    offered: bytes | None
    offered_at: datetime | None


@dataclass(frozen=True)
class KeptRecoveryCodes:
    """The salt of the newest set of recovery codes and how many are unused."""

    salt: bytes
    unused: int


class FactorStore(Protocol):
    """Second factors of staff."""

    def totp_of(self, staff_id: int) -> KeptTotp | None:
        """Return what is kept, or None where nothing was ever offered."""
        ...

    def offer_totp(self, staff_id: int, sealed: bytes, at: datetime, event: AuditEvent) -> None:
        """Keep a secret that becomes the one in use when a first code proves it was taken over."""
        ...

    def enrol_totp(self, staff_id: int, step: int, at: datetime, event: AuditEvent) -> None:
        """Put the offered secret in use; ``step`` is the step whose code proved it."""
        ...

    def use_totp_step(self, staff_id: int, step: int) -> bool:
        """Note that the code of this step was used; False where it, or a later one, was used before."""
        ...

    def remove_totp(self, staff_id: int, event: AuditEvent) -> None:
        """Forget the secret in use and the offered one."""
        ...

    def recovery_codes_of(self, staff_id: int) -> KeptRecoveryCodes | None:
        """Return the newest set, or None where none was made."""
        ...

    def replace_recovery_codes(
        self, staff_id: int, salt: bytes, hashes: Sequence[bytes], at: datetime, event: AuditEvent
    ) -> None:
        """Keep a new set; the codes of the old one are worth nothing from now on."""
        ...

    def use_recovery_code(self, staff_id: int, code_hash: bytes, at: datetime) -> bool:
        """Note that a code of the newest set was used; False where there is none such unused."""
        ...


class OneTimeCodes(Protocol):
    """Codes of an authenticator app (RFC 6238): :data:`CODE_DIGITS` digits for each :data:`CODE_SECONDS`."""

    def new_secret(self) -> str:
        """Return a random secret in base 32."""
        ...

    def at(self, secret: str, step: int) -> str:
        """Return the code of a time step (counted from 1970)."""
        ...

    def uri(self, secret: str, login: str) -> str:
        """Return the address that an app reads out of a QR code."""
        ...
