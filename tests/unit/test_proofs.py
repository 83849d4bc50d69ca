"""A proof as text: read back as it was, and refused when it was bent out of shape."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseflow.domain import merkle
from caseflow.domain.heads import TRANSACTIONS_OF_GRACE, Head, SignedHead, Written
from caseflow.domain.proofs import PREFIX, InclusionProof, NotAProof


def proof_of(size: int, index: int, kind: str = "event") -> InclusionProof:
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]

    def subtree(level: int, position: int) -> bytes:
        tree = merkle.Growing()
        for leaf in leaves[position << level : (position + 1) << level]:
            tree.append(leaf)
        return tree.root()

    tree = merkle.Growing()
    for leaf in leaves:
        tree.append(leaf)
    at = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
    head = Head(size, tree.root(), size - 1, b"p" * 32, at, Written(size, 7, 99), b"k" * 32)
    path = tuple(merkle.inclusion_proof(index, size, subtree))
    return InclusionProof(kind, 5, leaves[index], index, path, SignedHead(head, b"s" * 64))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.data())
def test_it_is_read_back_as_it_was(size: int, data: st.DataObject) -> None:
    proof = proof_of(size, data.draw(st.integers(0, size - 1)), data.draw(st.sampled_from(["event", "transfer"])))
    assert proof.holds()
    assert InclusionProof.from_text(proof.text()) == proof
    assert proof.to_json()["head"]["root"] == proof.head.head.root.hex()


def test_a_proof_of_a_million_records_fits_a_qr_code() -> None:
    proof = proof_of(3, 1)
    longest = InclusionProof(proof.kind, 10**6, proof.leaf, 0, (b"x" * 32,) * 20, proof.head)
    assert len(longest.text()) < 1460  # a code of version 22, correction L, in alphanumeric mode


@pytest.mark.parametrize(
    "packed",
    [
        lambda packed: packed[:-1],
        lambda packed: packed + b"x" * 32,
        lambda packed: packed[:100],
        lambda packed: b"X" + packed[1:],
        lambda packed: packed[:9] + b"\xff" * 8 + packed[17:],
        lambda packed: packed[:65] + b"\x7f" + b"\xff" * 7 + packed[73:],
    ],
    ids=["cut", "too long", "no head", "kind", "place", "moment"],
)
def test_what_is_no_proof(packed: object) -> None:
    text = proof_of(3, 1).text().removeprefix(PREFIX)
    good = base64.b32decode(text + "=" * (-len(text) % 8))
    assert callable(packed)
    with pytest.raises(NotAProof):
        InclusionProof.from_text(PREFIX + base64.b32encode(packed(good)).decode().rstrip("="))


@pytest.mark.parametrize("text", ["", "CASEFLOW-PROOF-1:", "CASEFLOW-PROOF-1:10", "KQAA"])
def test_what_is_no_text_of_a_proof(text: str) -> None:
    with pytest.raises(NotAProof):
        InclusionProof.from_text(text)


def test_a_number_that_was_given_out_before_a_head() -> None:
    written = Written(event=10, transfer=3, next_transaction=500)
    assert not written.is_too_late(500 + TRANSACTIONS_OF_GRACE - 1)
    assert written.is_too_late(500 + TRANSACTIONS_OF_GRACE)
