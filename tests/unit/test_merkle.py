"""The tree against RFC 6962: known answers, the definition read literally, and proofs that must fail when bent."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseflow.domain import merkle

# The eight leaves and the roots that the certificate transparency projects test with.
CONTENTS = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(leaves: Sequence[bytes]) -> bytes:
    """Return the hash of RFC 6962, 2.1, as it is written there."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def grown(leaves: Sequence[bytes]) -> merkle.Growing:
    tree = merkle.Growing()
    for leaf in leaves:
        tree.append(leaf)
    return tree


@pytest.mark.parametrize("size", ROOTS)
def test_known_answers(size: int) -> None:
    leaves = [merkle.leaf_hash(content) for content in CONTENTS[:size]]
    assert grown(leaves).root().hex() == ROOTS[size] == mth(leaves).hex()


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 70), st.data())
def test_the_definition_and_the_proofs(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]

    def subtree(level: int, position: int) -> bytes:
        assert (position + 1) << level <= size
        return mth(leaves[position << level : (position + 1) << level])

    root = mth(leaves)
    half = data.draw(st.integers(0, size))
    resumed = merkle.Growing(half, [subtree(*part) for part in merkle.edge(half)])
    completed = [node for leaf in leaves[half:] for node in resumed.append(leaf)]
    assert resumed.root() == root
    assert all(found == subtree(level, position) for level, position, found in completed)

    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path = merkle.inclusion_proof(index, size, subtree)
    assert merkle.includes(leaves[index], index, size, path, root)
    assert not merkle.includes(merkle.leaf_hash(b"other"), index, size, path, root)
    assert size == 1 or not merkle.includes(leaves[index], (index + 1) % size, size, path, root)
    proof = merkle.consistency_proof(old, size, subtree)
    assert merkle.extends(old, mth(leaves[:old]), size, root, proof)
    assert not merkle.extends(old, merkle.EMPTY_ROOT, size, root, proof)
    assert not merkle.extends(old, mth(leaves[:old]), size, merkle.EMPTY_ROOT, proof)


def test_what_cannot_be_proven() -> None:
    def subtree(_level: int, _position: int) -> bytes:
        raise AssertionError

    with pytest.raises(ValueError, match="no leaf 3 in a tree of 3"):
        merkle.inclusion_proof(3, 3, subtree)
    with pytest.raises(ValueError, match="not the beginning"):
        merkle.consistency_proof(4, 3, subtree)
    with pytest.raises(ValueError, match="3 leaves has 2"):
        merkle.Growing(3, [])
    assert not merkle.includes(b"", 1, 1, [], b"")
    assert not merkle.includes(b"", 0, 1, [b""], b"")
    assert not merkle.extends(2, b"", 3, b"", [])
    assert not merkle.extends(2, b"x", 3, b"y", [b"", b"", b""])
