"""What seals a referral's bundle: the hashes of its two tag manifests, signed with the key of the record. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from caseflow.domain.heads import key_id

SEAL_FILE: Final = "caseflow-seal.json"
ALGORITHMS: Final = ("sha256", "sha512")
TAG_MANIFESTS: Final = tuple(f"tagmanifest-{name}.txt" for name in ALGORITHMS)
MANIFESTS: Final = tuple(f"manifest-{name}.txt" for name in ALGORITHMS)
_FORMAT: Final = "caseflow-bundle-seal/1"
_DIGITS: Final = {"sha256": 64, "sha512": 128}
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class NotASeal(ValueError):
    """The bytes are no seal, or are not written exactly as a seal is."""


@dataclass(frozen=True, slots=True)
class BundleSeal:
    """The seal over a bundle called ``bundle``; ``tag_manifests`` are hex digests by algorithm."""

    bundle: str
    tag_manifests: Mapping[str, str]
    public_key: bytes
    signature: bytes = b""

    def fields(self) -> dict[str, Any]:
        """Return what is signed as plain JSON values."""
        return {
            "format": _FORMAT,
            "bundle": self.bundle,
            "tag_manifests": dict(self.tag_manifests),
            "public_key": self.public_key.hex(),
            "key_id": key_id(self.public_key),
        }

    def signed_bytes(self) -> bytes:
        """Return the RFC 8785 bytes that the signature is over (ASCII keys and values: sorted compact JSON)."""
        return _canonical(self.fields())

    def to_bytes(self) -> bytes:
        """Return the seal file: one line, always the same for the same seal."""
        return _canonical({**self.fields(), "signature": self.signature.hex()}) + b"\n"

    @classmethod
    def from_bytes(cls, content: bytes) -> BundleSeal:
        """Read :meth:`to_bytes` back. Raises :class:`NotASeal` for anything but exactly what that would write."""
        try:
            read = json.loads(content)
            seal = cls(
                str(read["bundle"]),
                {str(name): str(digest) for name, digest in read["tag_manifests"].items()},
                bytes.fromhex(read["public_key"]),
                bytes.fromhex(read["signature"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotASeal from error
        digests = {name: len(digest) for name, digest in seal.tag_manifests.items()}
        if seal.to_bytes() != content or digests != _DIGITS or not _NAME.fullmatch(seal.bundle):
            raise NotASeal
        return seal


def bundle_name(case_number: str) -> str:
    """Return the name of a case's bundle: its number in the characters that every file system takes."""
    return "referral-" + re.sub(r"[^A-Za-z0-9.-]+", "-", case_number).strip("-.")


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
