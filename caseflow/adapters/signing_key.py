"""The key that signs heads, checks of signatures, and the folder heads are dropped into."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from caseflow.adapters.key_files import make_key_file


class SigningKeyUnusable(Exception):
    """The signing key cannot be read; the message says how to mend it."""


class SigningKey:
    """Fulfils :class:`caseflow.services.ports.HeadSigner` with a PEM file."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw()

    @classmethod
    def at(cls, path: Path, *, make: bool) -> SigningKey:
        """Read the key at ``path``; with ``make``, create it (mode 0600) where there is none yet.

        Two processes that make one at once end with the same key. Raises ``SigningKeyUnusable``.
        """
        if make and not path.exists():
            _make(path)
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            message = f"the signing key {path} cannot be read ({error}): give an unencrypted Ed25519 key as PEM."
            raise SigningKeyUnusable(message) from error
        if not isinstance(key, Ed25519PrivateKey):
            message = f"the signing key {path} is not an Ed25519 key: give one as PEM."
            raise SigningKeyUnusable(message)
        return cls(key)

    def sign(self, content: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes)."""
        return self._key.sign(content)


def signature_holds(public_key: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether ``signature`` is that of ``public_key`` over ``content``."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


class HeadFolder:
    """Fulfils :class:`caseflow.services.ports.HeadDrop`: one JSON file a head."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, head: Mapping[str, Any], *, daily: bool) -> bool:
        """Write one head, whole or not at all; with ``daily``, only the first of its day (UTC)."""
        day = str(head["at"])[:10]
        if daily and any(self._folder.glob(f"head-{day}-*.json")):
            return False
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"head-{day}-{head['tree_size']:012d}.json"
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(head, indent=2) + "\n", encoding="utf-8")
        draft.replace(path)
        return True


def _make(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    make_key_file(path, pem)
