"""The sealed record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from caseflow.domain.heads import SignedHead, Written
from caseflow.domain.merkle import Subtree


@dataclass(frozen=True, slots=True)
class LoggedRecord:
    """One place of the log and the record it points at: ``canonical`` and ``leaf`` are ``None`` if that is gone.

    ``canonical`` is made anew from the row, and empty for a row that is no record any more. ``xid`` is the number of
    the transaction that wrote it.
    """

    seq: int
    kind: str
    ref_id: int
    xid: int
    logged_leaf: bytes
    leaf: bytes | None
    canonical: bytes | None


@dataclass(frozen=True, slots=True)
class UnsealedRecord:
    """A record that is not in the log; ``misplaced``: its transaction lies before what is sealed already."""

    kind: str
    ref_id: int
    xid: int
    at: datetime
    leaf: bytes
    canonical: bytes
    misplaced: bool


@dataclass(frozen=True, slots=True)
class Unsealed:
    """How many records wait to be sealed (counted up to a cap), and since when the oldest of them does."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundRecord:
    """One record as it is stored. ``office_id`` is ``None`` for what belongs to no office."""

    kind: str
    ref_id: int
    office_id: int | None
    leaf: bytes
    canonical: bytes


class RecordStore(Protocol):
    """Reads and extends the log. Kinds are ``event`` and ``transfer``; a record is known by kind and number."""

    def lock(self) -> bool:
        """Take the sealer's lock until the transaction ends; tell whether it was free."""
        ...

    def steady(self) -> None:
        """Let everything read in this unit of work be of one moment. Must come first."""
        ...

    def append_final(self, size: int, limit: int) -> tuple[list[bytes], Written]:
        """Append up to ``limit`` records whose order is final, from place ``size`` on.

        Return their leaf hashes, and how far writing had come before.
        """
        ...

    def add_nodes(self, nodes: Sequence[tuple[int, int, bytes]]) -> None:
        """Keep complete subtrees (level, position, hash)."""
        ...

    def add_head(self, signed: SignedHead) -> None:
        """Keep a head."""
        ...

    def newest_head(self) -> SignedHead | None:
        """Return the newest head."""
        ...

    def head_of(self, tree_size: int) -> SignedHead | None:
        """Return the head of exactly this many records."""
        ...

    def head_covering(self, index: int) -> SignedHead | None:
        """Return the first head that covers place ``index`` (from 0)."""
        ...

    def heads(self) -> list[SignedHead]:
        """Return every head, oldest first."""
        ...

    def heads_before(self, tree_size: int | None, limit: int) -> list[SignedHead]:
        """Return heads of fewer than ``tree_size`` records (None: from the newest), newest first."""
        ...

    def place_of(self, kind: str, ref_id: int) -> int | None:
        """Return where a record stands in the log (from 0), or ``None`` while it is not sealed."""
        ...

    def logged_leaf(self, index: int) -> bytes | None:
        """Return the leaf hash at a place of the log."""
        ...

    def record(self, kind: str, ref_id: int) -> FoundRecord | None:
        """Return one record."""
        ...

    def numbers_of(self, kind: str, key: str) -> list[int]:
        """Return the numbers of the records with this key: one event, or the transfers of one entry by leg."""
        ...

    def subtrees(self, wanted: Sequence[Subtree]) -> Mapping[Subtree, bytes]:
        """Return the hashes of complete subtrees."""
        ...

    def logged(self) -> Iterator[LoggedRecord]:
        """Return every place of the log in order, with its record; streamed."""
        ...

    def unsealed(self) -> Iterator[UnsealedRecord]:
        """Return the records that are not in the log, by kind and number; streamed."""
        ...

    def waiting(self, cap: int) -> Unsealed:
        """Count the records that are not in the log, up to ``cap`` of each kind."""
        ...


class HeadSigner(Protocol):
    """Holds the signing key."""

    @property
    def public_key(self) -> bytes:
        """The Ed25519 public key (32 bytes)."""
        ...

    def sign(self, content: bytes) -> bytes:
        """Return the Ed25519 signature (64 bytes)."""
        ...


class HeadDrop(Protocol):
    """Where heads go so that a copy can leave the office."""

    def put(self, head: Mapping[str, Any], *, daily: bool) -> bool:
        """Write one head; with ``daily``, only the first of its day. Tell whether it was written."""
        ...
