"""Signed heads of the record: how many records there are, and the one hash that stands for them all."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

# Between taking its number and its transaction number a writer is held up for microseconds at most.
TRANSACTIONS_OF_GRACE = 1000


def key_id(public_key: bytes) -> str:
    """Return the name of an Ed25519 public key: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Written:
    """How far writing had come when a head was made: the highest number of each kind, the next transaction's number.

    A record with a lower number had begun to be written by then, so its transaction had its number too. One that
    shows a low number and a later transaction was put in afterwards.
    """

    event: int
    transfer: int
    next_transaction: int

    def is_too_late(self, transaction: int) -> bool:
        """Tell whether a transaction began after the head, of a record whose number is covered by it."""
        return transaction >= self.next_transaction + TRANSACTIONS_OF_GRACE


@dataclass(frozen=True, slots=True)
class Head:
    """One head, before it is signed. ``previous_*`` is the head before it (no records: the root of nothing)."""

    tree_size: int
    root: bytes
    previous_size: int
    previous_root: bytes
    at: datetime
    written: Written
    public_key: bytes

    def fields(self) -> dict[str, Any]:
        """Return the head as plain JSON values."""
        return {
            "format": "caseflow-head/1",
            "tree_size": self.tree_size,
            "root": self.root.hex(),
            "previous_size": self.previous_size,
            "previous_root": self.previous_root.hex(),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "newest": {"event": self.written.event, "transfer": self.written.transfer},
            "next_transaction": self.written.next_transaction,
            "public_key": self.public_key.hex(),
            "key_id": key_id(self.public_key),
        }

    def canonical(self) -> bytes:
        """Return the RFC 8785 bytes that the signature is over (ASCII keys and whole numbers: sorted compact JSON)."""
        return json.dumps(self.fields(), sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class SignedHead:
    """A head with its Ed25519 signature (64 bytes)."""

    head: Head
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """Return what a head file holds."""
        return {**self.head.fields(), "signature": self.signature.hex()}
