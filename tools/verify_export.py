#!/usr/bin/env python3
"""Verify an export of a caseflow record, or the proof printed on a receipt, offline.

    python3 -I verify_export.py EXPORT [--key PUBLIC_KEY_HEX] [--head HEAD.json ...] [--json]
    python3 -I verify_export.py --proof TEXT|FILE [--key PUBLIC_KEY_HEX] [--head HEAD.json ...] [--record FILE] [--json]

Needs Python 3.11 and the package ``cryptography``; nothing of caseflow. Exit 0: all holds. 1: findings, the first bad
record first. 2: bad usage or not an export. Give the public key and heads you kept yourself: whoever can rewrite an
office's record, key included, can rewrite all that is in an export, and only what was kept outside shows it.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import struct
import sys
from bisect import bisect_left
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "caseflow-export/1"
PROOF_PREFIX = "CASEFLOW-PROOF-1:"
# kind, number, place, size, size and root before, microseconds since 1970, newest event and transfer, next transaction,
# key, signature, leaf; the hashes of the path follow.
PROOF_LAYOUT = struct.Struct(">cQQQQ32sqQQQ32s64s32s")
KINDS = {b"E": "event", b"T": "transfer"}
TRANSACTIONS_OF_GRACE = 1000
FIELDS: dict[str, dict[str, Any]] = {
    "record": {"seq": int, "kind": str, "id": int, "transaction": int, "leaf": str, "record": (str, type(None))},
    "unsealed": {"unsealed": str, "id": int, "transaction": int, "misplaced": bool, "leaf": str, "record": str},
}
# Inside a JSON string a quote is escaped, so what these find stands in the line itself, never in a record's text.
SALVAGED = {
    "name": re.compile(rb'"(?:kind|unsealed)":"(event|transfer)","id":(\d{1,19}),'),
    "leaf": re.compile(rb'"leaf":"([0-9a-f]{64})"'),
    "key": re.compile(rb'\\"key\\":\\"([^"\\]+)\\"'),
}


class NotAnExport(Exception):
    """The file cannot be read as an export, or the text as a proof."""


class Checker:
    """Reads the lines of one export and collects what does not hold."""

    def __init__(self, heads: Iterable[dict[str, Any]], key: str | None) -> None:
        self.kept, self.key = list(heads), key
        self.findings: list[str] = []
        self.size, self.unsealed, self.heads = 0, 0, 0
        self._edge: list[bytes] = []
        self._roots = {0: hashlib.sha256(b"").digest()}
        self._bad: list[tuple[str, str, str]] = []
        self._sealed_as: dict[str, str] = {}
        self._seen: set[tuple[str, int]] = set()
        self._broken = False
        self._first_gap = (-1, -1, -1)  # expected place, place found, number of its finding
        self._good = {True: 0, False: 0}  # by chained: our own heads say nothing for one that was kept outside
        self._previous = (0, self._roots[0].hex())
        self._wanted: set[int] = set()
        self._given_out: dict[str, list[int]] = {"event": [], "transfer": []}
        self._next_transaction: list[int] = []

    def expect(self, heads: Iterable[dict[str, Any]]) -> None:
        """Take the heads before the records: where roots will be asked for, and which numbers were given out when."""
        for head in heads:
            self._wanted.add(head["tree_size"])
            self._next_transaction.append(head["next_transaction"])
            for kind, numbers in self._given_out.items():
                numbers.append(head["newest"][kind])
        self._wanted.update(head["tree_size"] for head in self.kept)

    def record(self, line: dict[str, Any], number: int) -> None:
        """Take the record of one place of the log."""
        seq, name = line["seq"], f"{line['kind']} {line['id']} (place {line['seq']}, line {number})"
        if seq != self.size:
            if not self._broken:
                what = "removed: the record of" if seq > self.size else "inserted or reordered: expected"
                self.findings.append(f"{what} place {self.size}; line {number} is {name}")
                self._first_gap = (self.size, seq, len(self.findings) - 1)
            elif self._first_gap[0] == seq:
                at = self._first_gap[2]
                self.findings[at] = self.findings[at].replace("removed: the record of", "reordered: expected", 1)
                self.findings[at] += f", and {name} comes after it"
            self._broken = True
        if (line["kind"], line["id"]) in self._seen:
            self.findings.append(f"inserted: {name} stands in the export twice")
        self._seen.add((line["kind"], line["id"]))
        text = line["record"]
        if text is None:
            self._bad.append(("removed", name, ""))
            self._sealed_as[line["leaf"]] = name
        elif self._came_too_late(line["kind"], line):
            self._bad.append(("inserted", name, ""))
        elif (found := hashlib.sha256(b"\0" + text.encode()).hexdigest()) != line["leaf"]:
            self._bad.append(("changed", name, found))
            self._sealed_as[line["leaf"]] = name
        self._append(bytes.fromhex(line["leaf"]))

    def unreadable(self, line: bytes, number: int, reason: str) -> None:
        """Take a line that cannot be read: name its place, and go on with what of it can still be read."""
        where = f"line {number}, which cannot be read: {reason}"
        name, key = SALVAGED["name"].search(line), SALVAGED["key"].search(line)
        named = f"{name[1].decode()} {int(name[2])}" if name else "a record"
        named += f", key {key[1].decode(errors='replace')}" if key else ""
        if b'"head":{' in line[:20] or b'"format":"caseflow-head/' in line:
            self.findings.append(f"changed: a head ({where})")
        elif b'"misplaced":' in line or b'"unsealed":' in line[:20]:
            self.unsealed += 1
            self.findings.append(f"changed: {named} ({where}), not sealed yet")
        else:
            self._bad.append(("changed", f"{named} (place {self.size}, {where})", ""))
            leaf = SALVAGED["leaf"].search(line)
            self._append(bytes.fromhex(leaf[1].decode()) if leaf else bytes(32))

    def loose(self, line: dict[str, Any], number: int) -> None:
        """Take a record that is not sealed."""
        self.unsealed += 1
        if line["misplaced"] or self._came_too_late(line["unsealed"], line):
            self.findings.append(f"inserted: {line['unsealed']} {line['id']} (line {number}) was never sealed")
        elif hashlib.sha256(b"\0" + line["record"].encode()).hexdigest() != line["leaf"]:
            self.findings.append(f"changed: {line['unsealed']} {line['id']} (line {number}) before it was sealed")

    def _came_too_late(self, kind: str, line: dict[str, Any]) -> bool:
        """Tell whether a record has a number that was given out long before its transaction began."""
        first = bisect_left(self._given_out[kind], line["id"])
        known = self._next_transaction[first : first + 1]
        return bool(known) and line["transaction"] >= known[0] + TRANSACTIONS_OF_GRACE

    def head(self, head: dict[str, Any], where: str, *, chained: bool) -> None:
        """Take one head: its signature, the one before it, and its root against the records."""
        if not signed(head, self.key):
            self.findings.append(f"signature: {where} is not signed by {self.key or head['public_key']}")
        size = head["tree_size"]
        if chained:
            self.heads += 1
            if (head["previous_size"], head["previous_root"]) != self._previous:
                self.findings.append(f"head: {where} does not follow the one before it")
            self._previous = (size, head["root"])
        root = self._roots.get(size)
        if root is None:
            self.findings.append(f"removed: {where} covers {size} records and the export has {self.size}")
        elif root.hex() == head["root"]:
            self._good[chained] = max(self._good[chained], size)
        elif not self.findings and not self._bad:
            self.findings.append(
                f"changed, removed, reordered or inserted: a record of places {self._good[chained]} to {size - 1}, "
                f"by {where}; records and their hashes were rewritten together"
            )

    def _append(self, leaf: bytes) -> None:
        position = self.size
        self.size += 1
        while position & 1:
            leaf, position = node(self._edge.pop(), leaf), position >> 1
        self._edge.append(leaf)
        if self.size in self._wanted:
            root = self._edge[-1]
            for left in reversed(self._edge[:-1]):
                root = node(left, root)
            self._roots[self.size] = root

    def finish(self) -> list[str]:
        """Return all findings, those about single records first."""
        named = []
        for what, name, found in self._bad:
            other = self._sealed_as.get(found)
            if other is None:
                named.append(f"{what}: {name}")
            else:
                named.append(f"reordered: {name} holds what was sealed as {other}")
        return named + self.findings


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def signed(head: dict[str, Any], key: str | None) -> bool:
    """Tell whether the signature of a head holds, by ``key`` (None: by the key it names itself)."""
    fields = {name: value for name, value in head.items() if name != "signature"}
    content = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    try:
        public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key or head["public_key"]))
        public_key.verify(bytes.fromhex(head["signature"]), content)
    except (InvalidSignature, ValueError):
        return False
    return True


def check(path: Path, heads: list[dict[str, Any]], key: str | None) -> Checker:
    """Read the export at ``path`` twice: for its heads, then for all it holds. Raises ``NotAnExport``."""
    checker = Checker(heads, key)
    try:
        with path.open("rb") as file:
            checker.expect(_heads(file))
        with path.open("rb") as file:
            first = next(file, b"null")
            header = json.loads(first)
            if not isinstance(header, dict) or header.get("format") != FORMAT:
                message = f"the first line does not say {FORMAT}"
                raise NotAnExport(message)
            if not _is_canonical(header, first):
                checker.findings.append("changed: line 1, the header, is not written as an export writes it")
            for number, line in enumerate(file, 2):
                try:
                    value = _read(line)
                except (ValueError, RecursionError) as error:
                    checker.unreadable(line, number, getattr(error, "msg", None) or str(error))
                    continue
                if "head" in value:
                    checker.head(value["head"], f"head {value['head']['tree_size']} (line {number})", chained=True)
                elif "unsealed" in value:
                    checker.loose(value, number)
                else:
                    checker.record(value, number)
        if checker.size != header["tree_size"] or (checker.size and not checker.heads):
            checker.findings.append(f"removed: the export says {header['tree_size']} records and has {checker.size}")
        for head in heads:
            checker.head(head, f"kept head {head['tree_size']}", chained=False)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"{path} is damaged or no export: {error!r}"
        raise NotAnExport(message) from error
    return checker


def _heads(lines: Iterable[bytes]) -> Iterable[dict[str, Any]]:
    for line in lines:
        if line.startswith(b'{"head":'):
            try:
                yield _read(line)["head"]
            except (ValueError, RecursionError):
                continue  # Named when its turn comes.


def _is_canonical(value: object, line: bytes) -> bool:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(errors="replace") + b"\n" == line


def _read(line: bytes) -> dict[str, Any]:
    """Return the record or head of a line. Raises ``ValueError`` or ``RecursionError`` for one no export writes."""
    value = json.loads(line.decode())
    if not isinstance(value, dict) or not _is_canonical(value, line):
        message = "it is not written as an export writes it"
    elif "head" in value:
        if _is_head(value["head"]):
            return value
        message = "it is no head"
    else:
        fields = FIELDS["unsealed" if "unsealed" in value else "record"]
        fits = list(value) == list(fields) and all(isinstance(value[name], kind) for name, kind in fields.items())
        known = fits and value.get("kind", value.get("unsealed")) in KINDS.values()
        if known and len(bytes.fromhex(value["leaf"])) == hashlib.sha256().digest_size:
            return value
        message = "its fields are not those of a record"
    raise ValueError(message)


def _is_head(head: Any) -> bool:
    try:
        numbers = [head["tree_size"], head["previous_size"], head["next_transaction"]]
        numbers += [head["newest"][kind] for kind in KINDS.values()]
        texts = [head["root"], head["previous_root"], head["public_key"], head["signature"]]
    except (KeyError, TypeError):
        return False
    return all(isinstance(one, int) for one in numbers) and all(isinstance(one, str) for one in texts)


def read_proof(text: str) -> dict[str, Any]:
    """Read the text of a proof: kind, id, index, leaf, and the head its path leads to. Raises ``NotAnExport``."""
    coded = "".join(text.split()).upper().removeprefix(PROOF_PREFIX)
    try:
        packed = base64.b32decode(coded + "=" * (-len(coded) % 8))
        values = PROOF_LAYOUT.unpack_from(packed)
        kind, ref_id, index, size, previous_size, previous_root, at = values[:7]
        event, transfer, following, key, signature, leaf = values[7:]
        path = packed[PROOF_LAYOUT.size :]
        hashes = [path[start : start + 32] for start in range(0, len(path), 32)]
        root = proven_root(leaf, index, size, hashes)
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
        head = {
            "format": "caseflow-head/1",
            "tree_size": size,
            "root": root.hex(),
            "previous_size": previous_size,
            "previous_root": previous_root.hex(),
            "at": moment.isoformat(timespec="microseconds"),
            "newest": {"event": event, "transfer": transfer},
            "next_transaction": following,
            "public_key": key.hex(),
            "key_id": hashlib.sha256(key).hexdigest()[:16],
            "signature": signature.hex(),
        }
        return {"kind": KINDS[kind], "id": ref_id, "index": index, "leaf": leaf.hex(), "head": head}
    except (binascii.Error, struct.error, ValueError, KeyError, OverflowError) as error:
        message = f"this is no proof, or it was not read whole: {error!r}"
        raise NotAnExport(message) from error


def proven_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Return the root that the path leads to (RFC 9162, 2.1.3.2). Raises ``ValueError`` for a path of another shape."""
    message = "the path does not fit the place"
    if not 0 <= index < size or any(len(other) != len(leaf) for other in path):
        raise ValueError(message)
    fn, sn, current = index, size - 1, leaf
    for other in path:
        if sn == 0:
            raise ValueError(message)
        if fn & 1 or fn == sn:
            current = node(other, current)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            current = node(current, other)
        fn, sn = fn >> 1, sn >> 1
    if sn:
        raise ValueError(message)
    return current


def check_proof(
    proof: dict[str, Any], heads: list[dict[str, Any]], key: str | None, record: bytes | None
) -> tuple[list[str], list[str]]:
    """Return what speaks against a proof, and what was not shown because nothing was given to hold it against."""
    head, findings, open_ends = proof["head"], [], []
    if not signed(head, key):
        findings.append(f"signature: leaf and path lead to no root that {key or head['public_key']} signed")
    if key is None:
        open_ends.append("no --key was given: the signature was held against the key in the proof itself")
    same_size = [kept for kept in heads if kept["tree_size"] == head["tree_size"]]
    if any(kept["root"] != head["root"] for kept in same_size):
        findings.append(f"head: the kept head of {head['tree_size']} has another root")
    if not same_size:
        open_ends.append(f"no kept head of {head['tree_size']} records was given")
    if record is not None and hashlib.sha256(b"\0" + record).hexdigest() != proof["leaf"]:
        findings.append("changed: the record that was given is not the one that was sealed")
    return findings, open_ends


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="verify_export", description="Verify an export of a caseflow record.")
    parser.add_argument("export", type=Path, nargs="?")
    parser.add_argument("--proof", help="the text of a receipt's QR code, or a file with it, instead of an export")
    parser.add_argument("--record", type=Path, help="with --proof: a file with the record's text as exported")
    parser.add_argument("--key", help="the office's public key, 64 hex digits, kept from elsewhere")
    parser.add_argument("--head", type=Path, action="append", default=[], help="a head file that was kept")
    parser.add_argument("--json", action="store_true", dest="as_json")
    given = parser.parse_args(arguments)
    if (given.export is None) == (given.proof is None):
        parser.error("give an export or --proof")
    try:
        heads = [json.loads(path.read_text(encoding="utf-8")) for path in given.head]
        report = _of_proof(given, heads) if given.export is None else _of_export(given, heads)
    except (OSError, ValueError, KeyError, TypeError, NotAnExport) as error:
        sys.stderr.write(f"verify_export: {error}\n")
        return 2
    says = report.pop("says")
    if given.as_json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")
    else:
        outcome = f"{len(report['findings'])} findings" if report["findings"] else "all holds"
        sys.stdout.write("".join(f"{line}\n" for line in (*report["findings"], f"{outcome}: {says[0]}", *says[1:])))
    return 1 if report["findings"] else 0


def _of_export(given: argparse.Namespace, heads: list[dict[str, Any]]) -> dict[str, Any]:
    checker = check(given.export, heads, given.key)
    says = [f"{checker.size} records, {checker.heads} heads, {checker.unsealed} unsealed"]
    if given.key is None:
        says.append("no --key was given: the signatures were held against the keys in the export itself")
    counted = {"records": checker.size, "unsealed": checker.unsealed, "heads": checker.heads}
    return {"findings": checker.finish(), **counted, "key_given": given.key is not None, "says": says}


def _of_proof(given: argparse.Namespace, heads: list[dict[str, Any]]) -> dict[str, Any]:
    is_text = given.proof.upper().startswith(PROOF_PREFIX)
    proof = read_proof(given.proof if is_text else Path(given.proof).read_text(encoding="utf-8"))
    record = given.record.read_bytes().rstrip(b"\n") if given.record else None
    findings, open_ends = check_proof(proof, heads, given.key, record)
    head = proof["head"]
    place = f"{proof['kind']} {proof['id']} stands at place {proof['index']} of {head['tree_size']} sealed {head['at']}"
    return {"findings": findings, "proof": proof, "open": open_ends, "says": [place, *open_ends]}


if __name__ == "__main__":
    sys.exit(main())
