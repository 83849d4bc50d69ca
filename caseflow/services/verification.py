"""Verifies the whole record against its log and its heads, and writes the export an auditor takes away."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from caseflow.domain import merkle
from caseflow.domain.heads import SignedHead, Written, key_id
from caseflow.services.ports import BusinessTime, LoggedRecord, RecordStore, Store

EXPORT_FORMAT: Final = "caseflow-export/1"
CheckSignature = Callable[[bytes, bytes, bytes], bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not hold. ``what``: changed, removed, moved, inserted, renumbered, log, head or signature."""

    what: str
    where: str
    reason: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The outcome: nothing is wrong when ``findings`` is empty. The first finding is the first bad record."""

    findings: tuple[Finding, ...]
    sealed: int
    heads: int
    root: str
    unsealed: int
    oldest_unsealed_seconds: int
    keys: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


class Verification:
    """Reads everything once, in one moment of the database, holding no more than the findings."""

    def __init__(self, store: Store, check_signature: CheckSignature, time: BusinessTime) -> None:
        self._store, self._check_signature, self._time = store, check_signature, time

    def verify(self, kept: Sequence[Mapping[str, Any]] = (), own_key: bytes | None = None) -> VerificationReport:
        """Recompute every leaf and root; ``kept`` are heads from outside, as JSON values of a head file.

        ``own_key``: the public key (32 bytes) the office signs with; heads by another are found. Raises ``KeyError``
        or ``ValueError`` for a kept head that is none.
        """
        with self._store.begin() as work:
            work.record.steady()
            heads = work.record.heads()
            wanted = [(head.head.tree_size, head.head.root, "head") for head in heads]
            wanted += [(int(head["tree_size"]), bytes.fromhex(head["root"]), "kept head") for head in kept]
            findings = list(self._of_heads(heads, own_key))
            findings += self._of_kept(kept, own_key)
            marks = Marks([head.head.written for head in heads])
            size, root, bad = _walk(work.record, wanted, marks)
            unsealed = list(_counted(work.record, marks))
        last = heads[-1].head.tree_size if heads else 0
        if size > last and not bad:
            bad.append(Finding("log", f"place {last}", f"the log has {size - last} places that no head covers"))
        loose = [finding for _at, finding in unsealed if finding is not None]
        oldest = min((at for at, _finding in unsealed), default=None)
        age = 0 if oldest is None else max(0, int((self._time.now() - oldest).total_seconds()))
        keys = tuple(dict.fromkeys(key_id(head.head.public_key) for head in heads))
        found = (*bad, *loose, *findings)
        return VerificationReport(found, size, len(heads), root.hex(), len(unsealed), age, keys)

    def export(self) -> Iterator[str]:
        """Return the lines of the export: a header, every record of the log, what is unsealed, every head.

        Each line is one JSON object. Run it to its end, or close it: it holds a transaction open.
        """
        with self._store.begin() as work:
            work.record.steady()
            heads = work.record.heads()
            keys = dict.fromkeys(head.head.public_key.hex() for head in heads)
            size = heads[-1].head.tree_size if heads else 0
            header = {
                "format": EXPORT_FORMAT,
                "at": self._time.real_now().isoformat(),
                "tree_size": size,
                "keys": list(keys),
            }
            yield _line(header)
            for record in work.record.logged():
                yield _line(
                    {
                        "seq": record.seq,
                        "kind": record.kind,
                        "id": record.ref_id,
                        "transaction": record.xid,
                        "leaf": record.logged_leaf.hex(),
                        "record": None if record.canonical is None else record.canonical.decode(),
                    }
                )
            for loose in work.record.unsealed():
                yield _line(
                    {
                        "unsealed": loose.kind,
                        "id": loose.ref_id,
                        "transaction": loose.xid,
                        "misplaced": loose.misplaced,
                        "leaf": loose.leaf.hex(),
                        "record": loose.canonical.decode(),
                    }
                )
            for head in heads:
                yield _line({"head": head.to_json()})

    def _of_heads(self, heads: Sequence[SignedHead], own_key: bytes | None) -> Iterator[Finding]:
        size, root = 0, merkle.EMPTY_ROOT
        for signed in heads:
            head, where = signed.head, f"head {signed.head.tree_size}"
            if not self._check_signature(head.public_key, signed.signature, head.canonical()):
                yield Finding("signature", where, "the signature does not hold")
            elif own_key is not None and head.public_key != own_key:
                yield Finding("signature", where, f"signed by key {key_id(head.public_key)}, not by {key_id(own_key)}")
            if (head.previous_size, head.previous_root) != (size, root):
                yield Finding("head", where, f"follows a head of {head.previous_size}; the one before has {size}")
            size, root = head.tree_size, head.root

    def _of_kept(self, kept: Sequence[Mapping[str, Any]], own_key: bytes | None) -> Iterator[Finding]:
        for head in kept:
            fields = {name: value for name, value in head.items() if name != "signature"}
            content = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
            public_key = own_key or bytes.fromhex(head["public_key"])
            if not self._check_signature(public_key, bytes.fromhex(head["signature"]), content):
                yield Finding("signature", f"kept head {head['tree_size']}", "the signature does not hold")


class Marks:
    """Tells a record that took a number which was long given out: it was put in between records that are sealed.

    ``written`` are the marks of the heads, oldest first.
    """

    def __init__(self, written: Sequence[Written]) -> None:
        self._written = list(written)
        self._numbers = {
            "event": [mark.event for mark in written],
            "transfer": [mark.transfer for mark in written],
        }

    def is_inserted(self, kind: str, ref_id: int, xid: int) -> bool:
        """Tell whether the first head that covers the number had been made long before the record's transaction."""
        first = bisect_left(self._numbers[kind], ref_id)
        return first < len(self._written) and self._written[first].is_too_late(xid)


def _walk(
    record: RecordStore, wanted: Sequence[tuple[int, bytes, str]], marks: Marks
) -> tuple[int, bytes, list[Finding]]:
    """Stream the log; return its length, its root and what does not hold, the first first."""
    by_size: dict[int, list[tuple[bytes, str]]] = {}
    for size, root, kind in wanted:
        by_size.setdefault(size, []).append((root, kind))
    tree, places, missing = merkle.Growing(), 0, []
    # A head of ours that agrees says nothing for a head from outside: whoever rewrote the log signed that one too.
    good = dict.fromkeys((kind for _size, _root, kind in wanted), 0)
    bad: list[Finding] = []
    moved: dict[bytes, str] = {}
    for place in record.logged():
        if place.seq != places:
            missing.append(Finding("log", f"place {places}", f"the log goes on with place {place.seq}"))
            places = place.seq
        places += 1
        tree.append(place.logged_leaf)
        finding = _of_place(place, marks)
        if finding is not None:
            bad.append(finding)
            moved[place.logged_leaf] = finding.where
        for root, kind in by_size.pop(place.seq + 1, ()):
            if tree.root() == root:
                good[kind] = place.seq + 1
            elif not bad and not missing:
                where = f"places {good[kind]} to {place.seq}"
                reason = (
                    f"the {kind} of {place.seq + 1} does not cover these records as they are: log and records agree"
                )
                missing.append(Finding("head", where, f"{reason} with each other, and not with what was signed"))
    for size in sorted(by_size):
        for _root, kind in by_size[size]:
            reason = f"the {kind} of {size} covers more than the {places} records of the log"
            missing.append(Finding("removed", f"places {good[kind]} to {size - 1}", reason))
    return places, tree.root(), [*_with_moves(bad, moved), *missing]


def _of_place(place: LoggedRecord, marks: Marks) -> Finding | None:
    where = f"{place.kind} {place.ref_id} (place {place.seq})"
    if place.canonical is None or place.leaf is None:
        return Finding("removed", where, "the log has it, and the record is gone")
    if marks.is_inserted(place.kind, place.ref_id, place.xid):
        return Finding("inserted", where, "it was written long after records with higher numbers were sealed")
    if merkle.leaf_hash(place.canonical) == place.logged_leaf == place.leaf:
        return None
    if merkle.leaf_hash(place.canonical) == place.logged_leaf:
        return Finding("changed", where, "its leaf hash is not the one that was sealed")
    return Finding("changed", where, f"its content hashes to {merkle.leaf_hash(place.canonical).hex()}")


def _with_moves(bad: list[Finding], sealed: Mapping[bytes, str]) -> list[Finding]:
    """Say of a changed record that it stands in another's place, where that is what happened."""
    places = {leaf.hex(): where for leaf, where in sealed.items()}
    told = []
    for finding in bad:
        other = places.get(finding.reason.removeprefix("its content hashes to "))
        if other is None:
            told.append(finding)
        else:
            told.append(Finding("moved", finding.where, f"it holds what was sealed as {other}"))
    return told


def _counted(record: RecordStore, marks: Marks) -> Iterator[tuple[datetime, Finding | None]]:
    for loose in record.unsealed():
        where, finding = f"{loose.kind} {loose.ref_id}", None
        if loose.misplaced or marks.is_inserted(loose.kind, loose.ref_id, loose.xid):
            reason = "it was never sealed, and its number or transaction lies before records that are"
            finding = Finding("inserted", where, reason)
        elif merkle.leaf_hash(loose.canonical) != loose.leaf:
            finding = Finding("changed", where, "it is not sealed yet, and its leaf hash is not that of its content")
        yield loose.at, finding


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
