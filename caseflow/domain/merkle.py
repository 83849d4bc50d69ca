"""The Merkle tree of RFC 6962 (section 2.1), over leaves that are hashes already.

Nothing here keeps a tree: appending needs only the roots of the complete subtrees at the right edge (at most one a
power of two), and a proof asks for the few complete subtrees it needs. A subtree is named ``(level, position)``: it
covers the ``2**level`` leaves from ``position * 2**level`` on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence

Subtree = tuple[int, int]
SubtreeHash = Callable[[int, int], bytes]
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(content: bytes) -> bytes:
    """Return the leaf hash of ``content``: SHA-256 over a zero byte and the content (32 bytes)."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 over a one byte and both children (32 bytes)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def edge(size: int) -> list[Subtree]:
    """Return the complete subtrees that a tree of ``size`` leaves consists of, from left to right."""
    subtrees, start = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            subtrees.append((level, start >> level))
            start += 1 << level
    return subtrees


class Growing:
    """A tree that only grows, held as the hashes of :func:`edge`."""

    def __init__(self, size: int = 0, hashes: Sequence[bytes] = ()) -> None:
        """Take up a tree of ``size`` leaves whose ``edge(size)`` has ``hashes``. Raises ``ValueError``."""
        if len(hashes) != size.bit_count():
            message = f"a tree of {size} leaves has {size.bit_count()} complete subtrees, not {len(hashes)}"
            raise ValueError(message)
        self.size = size
        self._hashes = list(hashes)

    def append(self, leaf: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Append one leaf hash; yield each inner subtree it completes as (level, position, hash), lowest first."""
        position, level, current = self.size, 0, leaf
        self.size += 1
        completed = []
        while position & 1:
            position, level, current = position >> 1, level + 1, node_hash(self._hashes.pop(), current)
            completed.append((level, position, current))
        self._hashes.append(current)
        return iter(completed)

    def root(self) -> bytes:
        """Return the root hash (32 bytes); that of no leaves is the hash of nothing."""
        if not self._hashes:
            return EMPTY_ROOT
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root


def root_between(start: int, end: int, subtree: SubtreeHash) -> bytes:
    """Return the root over the leaves from ``start`` up to, not including, ``end``; ``start`` must be aligned."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return subtree(level, start >> level)
    middle = start + _split(size)
    return node_hash(root_between(start, middle, subtree), root_between(middle, end, subtree))


def inclusion_proof(index: int, size: int, subtree: SubtreeHash) -> list[bytes]:
    """Return the audit path of leaf ``index`` (from 0) in the tree of ``size`` leaves (RFC 6962, 2.1.1).

    Raises ``ValueError`` when there is no such leaf.
    """
    if not 0 <= index < size:
        message = f"there is no leaf {index} in a tree of {size}"
        raise ValueError(message)
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(root_between(middle, end, subtree))
            end = middle
        else:
            path.append(root_between(start, middle, subtree))
            start = middle
    return path[::-1]


def consistency_proof(old: int, new: int, subtree: SubtreeHash) -> list[bytes]:
    """Return the proof that the tree of ``old`` leaves is the beginning of that of ``new`` (RFC 6962, 2.1.2).

    Raises ``ValueError`` unless ``0 < old <= new``.
    """
    if not 0 < old <= new:
        message = f"a tree of {old} leaves is not the beginning of one of {new}"
        raise ValueError(message)
    path, start, end, whole = [], 0, new, True
    while old != end:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(root_between(middle, end, subtree))
            end = middle
        else:
            path.append(root_between(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        path.append(root_between(start, end, subtree))
    return path[::-1]


def proven_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that ``path`` leads to from ``leaf`` at ``index`` of ``size`` (RFC 9162, 2.1.3.2).

    ``None`` where a path of this length belongs to no such leaf.
    """
    if not 0 <= index < size:
        return None
    fn, sn, current = index, size - 1, leaf
    for other in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            current = node_hash(other, current)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node_hash(current, other)
        fn, sn = fn >> 1, sn >> 1
    return current if sn == 0 else None


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Tell whether ``path`` proves that leaf hash ``leaf`` stands at ``index`` under ``root``."""
    return proven_root(leaf, index, size, path) == root


def extends(old: int, old_root: bytes, new: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Tell whether ``path`` proves that the tree of ``new`` leaves only added to the ``old`` (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new or not path:
        return False
    hashes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    first = second = hashes[0]
    for other in hashes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            first, second = node_hash(other, first), node_hash(other, second)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            second = node_hash(second, other)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and first == old_root and second == new_root


def _split(size: int) -> int:
    """Return the largest power of two below ``size``."""
    return 1 << ((size - 1).bit_length() - 1)
