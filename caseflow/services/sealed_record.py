"""What a desk asks of the sealed record: how far it is sealed, its heads, and the proof of one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from caseflow.domain import merkle
from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.heads import SignedHead
from caseflow.domain.proofs import KINDS, InclusionProof
from caseflow.services.ports import BusinessTime, FoundRecord, RecordStore, Store, Unsealed

COUNTED: Final = 10_000
HEADS_A_PAGE: Final = 25
CheckSignature = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class RecordStatus:
    """How far the record is sealed: the newest head, and what waits (counted up to ``COUNTED`` of each kind)."""

    head: SignedHead | None
    unsealed: Unsealed
    oldest_age: timedelta


@dataclass(frozen=True, slots=True)
class HeadPage:
    """Heads, newest first, and the key of the page after."""

    heads: Sequence[SignedHead]
    next_key: int | None


@dataclass(frozen=True, slots=True)
class ShownRecord:
    """One record with its proof (None: not sealed yet).

    ``intact``: its content still has the hash that it was written with, and that was sealed.
    """

    found: FoundRecord
    proof: InclusionProof | None
    intact: bool


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """What became of a proof that somebody brought.

    ``signed``: the signature over its head holds; ``ours``: its head is one of this record; ``sealed``: log and
    record still have its leaf at its place.
    """

    proof: InclusionProof
    signed: bool
    ours: bool
    sealed: bool

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return self.signed and self.ours and self.sealed


class RecordNotFound(LookupError):
    """No such record in the actor's office."""


@dataclass(frozen=True)
class SealedRecord:
    """Reads the log; writes nothing. Content is shown to the office it belongs to, proofs to whoever asks."""

    store: Store
    time: BusinessTime
    check_signature: CheckSignature

    def status(self, actor: Actor) -> RecordStatus:
        """Say how far the record is sealed and what waits."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            work.record.steady()
            head, unsealed = work.record.newest_head(), work.record.waiting(COUNTED)
        since = unsealed.oldest_at or self.time.now()
        return RecordStatus(head, unsealed, max(timedelta(), self.time.now() - since))

    def heads(self, actor: Actor, before: int | None = None) -> HeadPage:
        """Return one page of heads, newest first, of fewer than ``before`` records."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            found = work.record.heads_before(before, HEADS_A_PAGE + 1)
        more = len(found) > HEADS_A_PAGE
        page = found[:HEADS_A_PAGE]
        return HeadPage(page, page[-1].head.tree_size if more else None)

    def head(self, actor: Actor, tree_size: int) -> SignedHead:
        """Return the head of exactly ``tree_size`` records. Raises :class:`RecordNotFound`."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            head = work.record.head_of(tree_size)
        if head is None:
            raise RecordNotFound(tree_size)
        return head

    def find(self, actor: Actor, kind: str, wanted: str) -> list[int]:
        """Return the numbers of the office's records that ``wanted`` names: a number, or the key of a record."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            numbers = work.record.numbers_of(kind, wanted)
            if not numbers and wanted.isdecimal() and len(wanted) < len(str(2**63)):
                numbers = [int(wanted)]
            return [number for number in numbers if _of_office(work.record.record(kind, number), actor)]

    def show(self, actor: Actor, kind: str, ref_id: int) -> ShownRecord:
        """Return one record of the actor's office with its proof. Raises :class:`RecordNotFound`."""
        check_permission(actor, Permission.READ_LEDGER)
        if kind not in KINDS:
            raise RecordNotFound(kind)
        with self.store.begin() as work:
            work.record.steady()
            found = work.record.record(kind, ref_id)
            if found is None or not _of_office(found, actor):
                raise RecordNotFound(ref_id)
            proof = prove(work.record, kind, ref_id)
        leaf = merkle.leaf_hash(found.canonical)
        return ShownRecord(found, proof, leaf == found.leaf and (proof is None or leaf == proof.leaf))

    def proof(self, kind: str, ref_id: int, tree_size: int | None = None) -> InclusionProof | None:
        """Return the proof of an ``event`` or ``transfer`` by its number; ``None`` while it is not sealed.

        It is made under the first head that covers the record, so that it is the same for ever; with ``tree_size``
        under that head (``None`` where there is no such head, or it does not cover the record).
        """
        with self.store.begin() as work:
            work.record.steady()
            return prove(work.record, kind, ref_id, tree_size)

    def proof_by_key(self, kind: str, key: str, leg: int = 1) -> InclusionProof | None:
        """Return the proof of an event by its key, or of one transfer by its entry's key and its leg."""
        with self.store.begin() as work:
            work.record.steady()
            numbers = work.record.numbers_of(kind, key)
            return prove(work.record, kind, numbers[leg - 1]) if 0 < leg <= len(numbers) else None

    def consistency_proof(self, old_size: int, new_size: int) -> list[bytes]:
        """Prove that the log of ``new_size`` records only added to that of ``old_size``.

        Raises ``ValueError`` unless ``0 < old_size <= new_size`` and so many are sealed.
        """
        with self.store.begin() as work:
            work.record.steady()
            newest = work.record.newest_head()
            if newest is None or new_size > newest.head.tree_size:
                message = f"the log has no {new_size} records"
                raise ValueError(message)
            return _proven(work.record, lambda part: merkle.consistency_proof(old_size, new_size, part))

    def check(self, actor: Actor, text: str) -> ProofCheck:
        """Hold a proof that was printed or sent against the record. Raises ``NotAProof``."""
        check_permission(actor, Permission.READ_LEDGER)
        proof = InclusionProof.from_text(text)
        head = proof.head.head
        with self.store.begin() as work:
            ours = work.record.head_of(head.tree_size)
            logged = work.record.logged_leaf(proof.index)
            place = work.record.place_of(proof.kind, proof.ref_id)
            found = work.record.record(proof.kind, proof.ref_id)
        return ProofCheck(
            proof=proof,
            signed=self.check_signature(head.public_key, proof.head.signature, head.canonical()),
            ours=ours is not None and (ours.head, ours.signature) == (head, proof.head.signature),
            sealed=place == proof.index
            and logged == proof.leaf
            and found is not None
            and merkle.leaf_hash(found.canonical) == proof.leaf,
        )


def prove(record: RecordStore, kind: str, ref_id: int, tree_size: int | None = None) -> InclusionProof | None:
    """Prove one record within the caller's transaction; see :meth:`SealedRecord.proof`."""
    index = record.place_of(kind, ref_id)
    if index is None:
        return None
    head = record.head_covering(index) if tree_size is None else record.head_of(tree_size)
    leaf = record.logged_leaf(index)
    if head is None or leaf is None or index >= head.head.tree_size:
        return None
    path = _proven(record, lambda part: merkle.inclusion_proof(index, head.head.tree_size, part))
    return InclusionProof(kind, ref_id, leaf, index, tuple(path), head)


def proven_together(record: RecordStore, events: Sequence[tuple[int, int, bytes]]) -> list[InclusionProof]:
    """Prove events (number, place in the log, leaf) under the first head that covers them all, in three queries.

    Raises ``LookupError`` while no head covers them.
    """
    if not events:
        return []
    head = record.head_covering(max(place for _, place, _ in events))
    if head is None:
        raise LookupError
    size = head.head.tree_size
    wanted: list[merkle.Subtree] = []

    def note(level: int, position: int) -> bytes:
        wanted.append((level, position))
        return b""

    for _, place, _ in events:
        merkle.inclusion_proof(place, size, note)
    found = record.subtrees(list(dict.fromkeys(wanted)))
    return [
        InclusionProof(
            "event",
            number,
            leaf,
            place,
            tuple(merkle.inclusion_proof(place, size, lambda level, position: found[level, position])),
            head,
        )
        for number, place, leaf in events
    ]


def _of_office(found: FoundRecord | None, actor: Actor) -> bool:
    return found is not None and found.office_id in (actor.office_id, None)


def _proven(record: RecordStore, prove_with: Callable[[merkle.SubtreeHash], list[bytes]]) -> list[bytes]:
    """Run ``prove_with`` twice: first to hear which subtrees it asks for, then, fetched in two queries, with them."""
    wanted: list[merkle.Subtree] = []

    def note(level: int, position: int) -> bytes:
        wanted.append((level, position))
        return b""

    prove_with(note)
    found = record.subtrees(wanted)
    return prove_with(lambda level, position: found[level, position])
