"""Signing in, wired to one database."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.adapters.one_time_codes import AppCodes
from caseflow.adapters.password_guesses import ZxcvbnJudge
from caseflow.adapters.passwords import Argon2Passwords
from caseflow.bootstrap.ways_in import build_passkey_factor
from caseflow.services.opened_fields import NotingCipher
from caseflow.services.own_sessions import OwnSessions
from caseflow.services.password_change import PasswordChange
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.rate_limits import RateLimits
from caseflow.services.recovery_codes import RecoveryCodes
from caseflow.services.staff_access import StaffAccess
from caseflow.services.totp import Totp


@dataclass(frozen=True)
class OwnSignIn:
    """What everybody does about their own ways of signing in."""

    passwords: PasswordChange
    totp: Totp
    recovery: RecoveryCodes
    sessions: OwnSessions


def build_own_sign_in(store: Store, clock: BusinessTime, passwords: Argon2Passwords, cipher: FieldCipher) -> OwnSignIn:
    """Wire passwords, the app, recovery codes and sessions; ``cipher`` seals the secrets of apps."""
    limits = RateLimits(store, clock)
    return OwnSignIn(
        passwords=PasswordChange(store, clock, passwords, ZxcvbnJudge(), limits),
        totp=Totp(store, clock, _bare(cipher), AppCodes(), limits),
        recovery=RecoveryCodes(store, clock, passwords),
        sessions=OwnSessions(store, clock),
    )


def build_staff_access(
    store: Store, clock: BusinessTime, passwords: Argon2Passwords, cipher: FieldCipher
) -> StaffAccess:
    """Wire signing in with the second factors there are, in the order in which a page offers them."""
    own = build_own_sign_in(store, clock, passwords, cipher)
    return StaffAccess(
        store, clock, passwords, RateLimits(store, clock), (own.totp, build_passkey_factor(clock), own.recovery)
    )


def _bare(cipher: FieldCipher) -> FieldCipher:
    """Return the cipher without what notes whose fields it opens: a secret of an app is of no party of a case."""
    return cipher.inner if isinstance(cipher, NotingCipher) else cipher
