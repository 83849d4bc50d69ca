"""Argon2id."""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type, hash_secret_raw

# OWASP's least parameters for argon2id (19 MiB, two passes), for secrets that are random already.
_SALTED_KIB: Final = 19 * 1024
_SALTED_PASSES: Final = 2


class Argon2Passwords:
    """Fulfils :class:`caseflow.services.ports.PasswordHasher` with the library's recommended parameters."""

    def __init__(self) -> None:
        # What new hashes are made with, and old ones anew at the next sign-in.
        self.hasher = PasswordHasher()

    def hash(self, password: str) -> str:
        """Return the argon2id hash of a password."""
        return self.hasher.hash(password)

    def verify(self, password_hash: str, password: str) -> bool:
        """Tell whether the password is the hashed one."""
        try:
            return self.hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    def salted(self, secret: str, salt: bytes) -> bytes:
        """Return the raw argon2id hash (32 bytes) of a random secret under this salt.

        Its cost is fixed, because what is kept of it does not tell the cost: a change makes all of them worth nothing.
        """
        return hash_secret_raw(
            secret.encode(),
            salt,
            time_cost=_SALTED_PASSES,
            memory_cost=_SALTED_KIB,
            parallelism=1,
            hash_len=32,
            type=Type.ID,
        )

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than the library recommends now."""
        try:
            return self.hasher.check_needs_rehash(password_hash)
        except InvalidHashError:
            return True

    def unknown_hash(self) -> str:
        """Return a hash no password fits."""
        return self._unknown

    @cached_property
    def _unknown(self) -> str:
        return self.hasher.hash(secrets.token_hex(32))
