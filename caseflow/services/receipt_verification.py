"""The public check of a receipt: genuine, unknown, changed, or not sealed yet. It names no person and no case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from caseflow.domain import merkle
from caseflow.domain.proofs import InclusionProof
from caseflow.domain.receipt_text import ClaimedReceipt
from caseflow.domain.receipts import Status
from caseflow.domain.words import Words
from caseflow.services.ports import Store, UnitOfWork
from caseflow.services.ports.rate_limits import Limit
from caseflow.services.ports.receipt_verification import KnownReceipt
from caseflow.services.ports.scope import SYSTEM, OfficeScope
from caseflow.services.rate_limits import RateLimits, counted
from caseflow.services.sealed_record import prove

_CHECKS: Final = Limit("receipt_check", 20, timedelta(seconds=5), timedelta(minutes=15), timedelta(hours=2))
CheckSignature = Callable[[bytes, bytes, bytes], bool]


class Verdict(StrEnum):
    """What the record says of a piece of paper."""

    GENUINE = "genuine"
    NOT_SEALED = "not_sealed"
    CHANGED = "changed"
    UNKNOWN = "unknown"


class Returned(StrEnum):
    """What of the money of a receipt's case was paid back since."""

    NOTHING = "nothing"
    PART = "part"
    ALL = "all"


@dataclass(frozen=True)
class Verified:
    """The answer. Only with ``GENUINE`` and ``NOT_SEALED`` does it say more than the verdict.

    ``compared`` tells that sum and day of the paper were compared too, not only its number and leaf.
    """

    verdict: Verdict
    number: str = ""
    on: date | None = None
    office: Words | None = None
    status: Status | None = None
    ended_on: date | None = None
    returned: Returned = Returned.NOTHING
    compared: bool = False
    records: int = 0


@dataclass(frozen=True)
class ReceiptVerification:
    """The use case of the public page. It reads only."""

    store: Store
    scope: OfficeScope
    check_signature: CheckSignature
    limits: RateLimits

    def verify(self, claimed: ClaimedReceipt, address: str) -> Verified:
        """Hold what a paper says against the record, by an inclusion proof under a head that the office signed.

        Who does not know the leaf learns nothing: a wrong one is unknown, whatever number it comes with. ``address``
        is where the question comes from; receipts that are found cost it nothing. Raises ``TooManyAttempts``.
        """
        attempt = self.limits.take(shared=(counted(_CHECKS, address),))
        verified = self._verified(claimed)
        if verified.verdict in (Verdict.GENUINE, Verdict.NOT_SEALED):
            self.limits.succeeded(attempt)
        return verified

    def _verified(self, claimed: ClaimedReceipt) -> Verified:
        with self.scope.acting_for(SYSTEM), self.store.begin() as work:
            work.record.steady()
            known = work.public_receipts.with_leaf(claimed.number, claimed.leaf)
            if known is None:
                return Verified(Verdict.UNKNOWN)
            found = work.record.record("event", known.event_id)
            proof = prove(work.record, "event", known.event_id)
            brought = claimed.proof is None or self._is_ours(work, claimed.proof, known)
        intact = found is not None and merkle.leaf_hash(found.canonical) == known.leaf
        if not intact or not brought or not _agrees(claimed, known):
            return Verified(Verdict.CHANGED)
        if proof is None:
            return _told(Verdict.NOT_SEALED, known, claimed, 0)
        head = proof.head.head
        signed = self.check_signature(head.public_key, proof.head.signature, head.canonical())
        if proof.leaf != known.leaf or not proof.holds() or not signed:
            return Verified(Verdict.CHANGED)
        return _told(Verdict.GENUINE, known, claimed, head.tree_size)

    def _is_ours(self, work: UnitOfWork, proof: InclusionProof, known: KnownReceipt) -> bool:
        """Tell whether the proof on the paper is one of this record, for this receipt."""
        head = proof.head.head
        ours = work.record.head_of(head.tree_size)
        return (
            (proof.kind, proof.ref_id, proof.leaf) == ("event", known.event_id, known.leaf)
            and proof.holds()
            and ours is not None
            and (ours.head, ours.signature) == (head, proof.head.signature)
            and self.check_signature(head.public_key, proof.head.signature, head.canonical())
        )


def _agrees(claimed: ClaimedReceipt, known: KnownReceipt) -> bool:
    return claimed.amount_fen in (None, known.amount_fen) and claimed.on in (None, known.entered_on)


def _told(verdict: Verdict, known: KnownReceipt, claimed: ClaimedReceipt, records: int) -> Verified:
    returned = Returned.NOTHING
    if known.refunded_fen:
        returned = Returned.ALL if known.refunded_fen >= known.amount_fen else Returned.PART
    return Verified(
        verdict,
        number=known.number,
        on=known.entered_on,
        office=known.office,
        status=known.status,
        ended_on=known.ended_on,
        returned=returned,
        compared=claimed.amount_fen is not None,
        records=records,
    )
