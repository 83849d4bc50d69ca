"""Argon2id."""

from __future__ import annotations

import secrets
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """Fulfils :class:`caseflow.services.ports.PasswordHasher` with the library's recommended parameters."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return self._hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the hashed one."""
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than the library recommends now."""
        try:
            return self._hasher.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    def unknown_hash(self) -> str:
        """Return a hash no password fits."""
        return self._unknown

    @cached_property
    def _unknown(self) -> str:
        return self._hasher.hash(secrets.token_hex(32))
