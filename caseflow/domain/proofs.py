"""The proof that one record stands in the sealed log, and its short text, made to be printed as a QR code."""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from caseflow.domain import merkle
from caseflow.domain.heads import Head, SignedHead, Written

KINDS: Final = ("event", "transfer")
PREFIX: Final = "CASEFLOW-PROOF-1:"
# kind, number, place; then the head: sizes, root before it, microseconds since 1970, what was written, key, signature.
# The root is left out: leaf and path give it. tools/verify_export.py reads the same layout.
_LAYOUT: Final = struct.Struct(">cQQQQ32sqQQQ32s64s32s")
_HASH_BYTES: Final = 32
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class NotAProof(ValueError):
    """The text is no proof, or was not read whole."""


@dataclass(frozen=True, slots=True)
class InclusionProof:
    """Record ``ref_id`` of ``kind`` has hash ``leaf`` and stands at place ``index`` (from 0) under ``head``."""

    kind: str
    ref_id: int
    leaf: bytes
    index: int
    path: tuple[bytes, ...]
    head: SignedHead

    def holds(self) -> bool:
        """Tell whether leaf and path lead to the root of the head. Says nothing of the head's signature."""
        head = self.head.head
        return merkle.includes(self.leaf, self.index, head.tree_size, self.path, head.root)

    def to_json(self) -> dict[str, Any]:
        """Return the proof as plain JSON values."""
        return {
            "format": "caseflow-proof/1",
            "kind": self.kind,
            "id": self.ref_id,
            "leaf": self.leaf.hex(),
            "index": self.index,
            "path": [one.hex() for one in self.path],
            "head": self.head.to_json(),
        }

    def text(self) -> str:
        """Return the proof in the characters of a QR code's alphanumeric mode: 380 and 51 for each doubling."""
        head = self.head.head
        packed = _LAYOUT.pack(
            self.kind[0].upper().encode(),
            self.ref_id,
            self.index,
            head.tree_size,
            head.previous_size,
            head.previous_root,
            (head.at - _EPOCH) // timedelta(microseconds=1),
            head.written.event,
            head.written.transfer,
            head.written.next_transaction,
            head.public_key,
            self.head.signature,
            self.leaf,
        )
        return PREFIX + base64.b32encode(packed + b"".join(self.path)).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str) -> InclusionProof:
        """Read :meth:`text` back; the root is the one that leaf and path lead to. Raises :class:`NotAProof`."""
        packed = _unpacked("".join(text.split()).upper())
        path = packed[_LAYOUT.size :]
        if len(packed) < _LAYOUT.size or len(path) % _HASH_BYTES:
            raise NotAProof
        kind, ref_id, index, size, previous_size, previous_root, at, *written, key, signature, leaf = (
            _LAYOUT.unpack_from(packed)
        )
        hashes = tuple(path[start : start + _HASH_BYTES] for start in range(0, len(path), _HASH_BYTES))
        root = merkle.proven_root(leaf, index, size, hashes)
        kinds = {name[0].upper().encode(): name for name in KINDS}
        if root is None or kind not in kinds:
            raise NotAProof
        try:
            moment = _EPOCH + timedelta(microseconds=at)
        except OverflowError as error:
            raise NotAProof from error
        head = Head(size, root, previous_size, previous_root, moment, Written(*written), key)
        return cls(kinds[kind], ref_id, leaf, index, hashes, SignedHead(head, signature))


def _unpacked(text: str) -> bytes:
    if not text.startswith(PREFIX):
        raise NotAProof
    coded = text.removeprefix(PREFIX)
    try:
        return base64.b32decode(coded + "=" * (-len(coded) % 8))
    except binascii.Error as error:
        raise NotAProof from error
