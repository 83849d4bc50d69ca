"""Signing in, wired to one database."""

from __future__ import annotations

from caseflow.adapters.passwords import Argon2Passwords
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.ports import BusinessTime
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.rate_limits import RateLimits
from caseflow.services.staff_access import StaffAccess


def build_staff_access(
    store: SqlStore, clock: BusinessTime, passwords: Argon2Passwords, cipher: FieldCipher
) -> StaffAccess:
    """Wire signing in with the second factors there are; ``cipher`` seals the secrets of apps."""
    return StaffAccess(store, clock, passwords, RateLimits(store, clock), ())
