"""Seals fields with AES-256-GCM and indexes them blindly with HMAC-SHA-256, under keys that HKDF makes of a ring.

A sealed text is: format (1 byte, 1), key id (4 bytes), nonce (12 random bytes), ciphertext with its tag. Format, key
id, field and row stand in the associated data. An index is: key id (4 bytes), HMAC (32 bytes).
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from caseflow.adapters.key_files import KeysUnusable, read_key_file
from caseflow.domain.identity_numbers import normalised
from caseflow.services.ports.privacy import SealBroken

KEY_FILE: Final = Path("keys") / "data.keys"
_PREFIX: Final = "caseflow-data-1-"
_KEY: Final = re.compile(rf"{_PREFIX}([0-9a-f]{{64}})")
_FORMAT: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
SECONDS_TO_TAKE_UP_A_KEY: Final = 1.0
_HEAD_BYTES: Final = len(_FORMAT) + _KEY_ID_BYTES


class DataKeysUnusable(KeysUnusable):
    """The keys of sealed fields cannot be read or trusted; the message says how to mend it."""


@dataclass(frozen=True)
class DataKey:
    """One key of the ring: never used itself, only what HKDF-SHA-256 makes of it for one purpose."""

    secret: bytes

    @cached_property
    def key_id(self) -> bytes:
        """Its name in sealed texts and indexes, which tells nothing of the key."""
        return self._derived("id", _KEY_ID_BYTES)

    @cached_property
    def sealing(self) -> AESGCM:
        """What seals. A random nonce of 96 bits serves up to 2^32 texts a key (NIST SP 800-38D, 8.3)."""
        return AESGCM(self._derived("seal", 32))

    def indexing(self, field: str) -> bytes:
        """Return the key of the blind index of one field."""
        key = self._of_fields.get(field)
        if key is None:
            key = self._of_fields[field] = self._derived(f"index {field}", 32)
        return key

    @cached_property
    def _of_fields(self) -> dict[str, bytes]:
        return {}

    def _derived(self, purpose: str, length: int) -> bytes:
        info = f"caseflow data 1 {purpose}".encode()
        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self.secret)


@dataclass(frozen=True)
class DataKeys:
    """The ring in the order it was given: the first key seals and indexes, all open and are searched by.

    A new key is put before the others, and the older one is only taken away once every row has been sealed and indexed
    anew (:mod:`caseflow.persistence.resealing`).
    """

    keys: Sequence[DataKey]

    @classmethod
    def of(cls, texts: Sequence[str], where: str) -> DataKeys:
        """Read keys (``caseflow-data-1-...``) that come from ``where``. Raises :class:`DataKeysUnusable`."""
        found = [_KEY.fullmatch(text) for text in texts]
        keys = [DataKey(bytes.fromhex(match[1])) for match in found if match is not None]
        if len(keys) < len(found):
            message = f"{where} holds what is no data key: each is caseflow-data-1- and 64 hexadecimal digits."
            raise DataKeysUnusable(message)
        if not keys:
            message = (
                f"{where} holds no key: put the key back from your backup; without it no name and no number opens."
            )
            raise DataKeysUnusable(message)
        return cls(keys)

    @classmethod
    def kept_in(cls, home: Path) -> DataKeys:
        """Read the key file of ``home``, one key a line, making it (mode 0600) with one new key where there is none.

        Raises :class:`DataKeysUnusable` when others may read it or what it holds is no key.
        """
        path = home / KEY_FILE
        return cls.of(read_key_file(path, new_key, DataKeysUnusable), str(path))


def new_key() -> str:
    """Return a new random key of 256 bits as a key file holds it."""
    return f"{_PREFIX}{secrets.token_hex(32)}"


@dataclass
class _Ring:
    keys: Sequence[DataKey]
    by_id: dict[bytes, DataKey]
    changed: object
    looked_at: float


class AesFieldCipher:
    """Fulfils :class:`caseflow.services.ports.privacy.FieldCipher`; the keys are read at the first use.

    ``changed`` tells what the keys were read from (the file's time of change): within a second of its change, a process
    that runs for days has taken up a new key, and lost one that was taken away.
    """

    def __init__(self, keys: Callable[[], DataKeys], changed: Callable[[], object] = lambda: None) -> None:
        self._read = keys
        self._changed = changed
        self._ring: _Ring | None = None

    def prepare(self) -> None:
        """Read the keys, making the key file where there is none. Raises what reading the keys raises."""
        _ = self.key_ids

    @property
    def key_ids(self) -> Sequence[bytes]:
        """The names of the keys of the ring, the newest first. Raises what reading the keys raises."""
        return [key.key_id for key in self._now().keys]

    def _now(self) -> _Ring:
        ring, now = self._ring, time.monotonic()
        if ring is not None and now - ring.looked_at < SECONDS_TO_TAKE_UP_A_KEY:
            return ring
        changed = self._changed()
        if ring is None or changed != ring.changed:
            keys = self._read().keys
            ring = self._ring = _Ring(keys, {key.key_id: key for key in reversed(keys)}, self._changed(), now)
        ring.looked_at = now
        return ring

    def seal(self, field: str, row_id: int, text: str) -> bytes:
        """Return ``text`` encrypted, bound to its field and row. Raises ``DataKeysUnusable``."""
        return self.seal_bytes(field, row_id, text.encode())

    def seal_bytes(self, field: str, row_id: int, content: bytes) -> bytes:
        """Return ``content`` encrypted, bound to its field and row. Raises ``DataKeysUnusable``."""
        key = self._now().keys[0]
        head, nonce = _FORMAT + key.key_id, os.urandom(_NONCE_BYTES)
        return head + nonce + key.sealing.encrypt(nonce, content, _bound(head, field, row_id))

    def open(self, field: str, row_id: int, sealed: bytes) -> str:
        """Return the text. Raises ``SealBroken`` and ``DataKeysUnusable``."""
        return self.open_bytes(field, row_id, sealed).decode()

    def open_bytes(self, field: str, row_id: int, sealed: bytes) -> bytes:
        """Return what is sealed. Raises ``SealBroken`` and ``DataKeysUnusable``."""
        head, nonce = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
        key = self._now().by_id.get(head[len(_FORMAT) :])
        if not head.startswith(_FORMAT) or len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES or key is None:
            message = f"{field} of row {row_id} is not sealed with a key of this ring"
            raise SealBroken(message)
        try:
            return key.sealing.decrypt(nonce, sealed[_HEAD_BYTES + _NONCE_BYTES :], _bound(head, field, row_id))
        except InvalidTag:
            message = f"{field} of row {row_id} was changed, or sealed for another row or field"
            raise SealBroken(message) from None

    def index(self, field: str, office_id: int, text: str) -> bytes:
        """Return the blind index of a text within one office. Raises ``DataKeysUnusable``."""
        return self._indexed(self._now().keys[0], field, office_id, text)

    def indexes(self, field: str, office_id: int, text: str) -> Sequence[bytes]:
        """Return the blind index under each key, the newest first. Raises ``DataKeysUnusable``."""
        return [self._indexed(key, field, office_id, text) for key in self._now().keys]

    def _indexed(self, key: DataKey, field: str, office_id: int, text: str) -> bytes:
        content = office_id.to_bytes(8, "big") + normalised(text).encode()
        return key.key_id + hmac.digest(key.indexing(field), content, "sha256")


def _bound(head: bytes, field: str, row_id: int) -> bytes:
    return b"%b %b %d" % (head, field.encode(), row_id)
