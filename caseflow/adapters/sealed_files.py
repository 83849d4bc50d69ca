"""Whole files encrypted in memory with the keys of the files of cases, for what lies in the database for a while."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cached_property

import pyrage

from caseflow.adapters.file_keys import FileKeys
from caseflow.services.ports.files import FileDamaged


class AgeFileSeal:
    """Fulfils :class:`caseflow.services.ports.files.FileSeal`; ``keys`` is asked once, when first needed."""

    def __init__(self, keys: Callable[[], FileKeys]) -> None:
        self._read_keys = keys

    @cached_property
    def _keys(self) -> FileKeys:
        return self._read_keys()

    def seal(self, content: bytes) -> bytes:
        """Return the bytes encrypted with the first key. Raises ``FileKeysUnusable``."""
        return bytes(pyrage.encrypt(content, [self._keys.recipient]))

    def open(self, sealed: bytes) -> bytes:
        """Return the plain bytes. Raises ``FileDamaged``: changed, or no key opens it."""
        try:
            return bytes(pyrage.decrypt(sealed, list(self._keys.identities)))
        except pyrage.DecryptError as error:
            digest = hashlib.sha256(sealed).hexdigest()
            raise FileDamaged(digest, f"cannot be opened with any of the keys ({error})") from error
