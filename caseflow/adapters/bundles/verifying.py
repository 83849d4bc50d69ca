"""Verifies a referral's bundle, folder or ZIP, without a database or a network, and names what is damaged.

From the seal down: its signature, the tag manifests it is over, every tag file, every file. All of it byte by byte, so
that nothing a reader of bags may tolerate is tolerated here; and a ZIP must be exactly the one that would be written.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caseflow.adapters.bundles.archive import BundleTooLarge, NotAnArchive, archive, first_difference, pieces, unpack
from caseflow.adapters.bundles.writing import BAGIT_TXT
from caseflow.adapters.signing_key import signature_holds
from caseflow.domain.bundle_seal import ALGORITHMS, MANIFESTS, SEAL_FILE, TAG_MANIFESTS, BundleSeal, NotASeal
from caseflow.domain.heads import key_id
from caseflow.domain.proofs import InclusionProof, NotAProof

PROOFS_FILE = "data/record/proofs.json"
_TAG_FILES = ("bag-info.txt", "bagit.txt", *MANIFESTS)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a file of a bundle; ``file`` is its path in it (``""``: the archive as a whole)."""

    file: str
    what: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What became of a bundle: who sealed it, how many files it has, everything that is wrong."""

    bundle: str
    public_key: bytes | None
    files: int
    proofs: int = 0
    record_keys: tuple[str, ...] = ()
    damages: tuple[Damage, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.damages

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values."""
        return {
            "bundle": self.bundle,
            "holds": self.holds,
            "files": self.files,
            "proofs": self.proofs,
            "public_key": self.public_key.hex() if self.public_key else None,
            "key_id": key_id(self.public_key) if self.public_key else None,
            "record_keys": list(self.record_keys),
            "damages": [{"file": one.file, "what": one.what, "reason": one.reason} for one in self.damages],
        }


def verify_bundle(path: Path, expected_key: bytes | None = None) -> Verdict:
    """Verify the bundle at ``path``, a folder or a ZIP; ``expected_key`` is the office's public key (32 bytes).

    Raises ``FileNotFoundError``.
    """
    if path.is_dir():
        return _verify_folder(path, expected_key)
    if not path.is_file():
        raise FileNotFoundError(path)
    with tempfile.TemporaryDirectory(prefix="caseflow-verify-") as place:
        folder = Path(place)
        try:
            name = unpack(path, folder)
        except NotAnArchive as unreadable:
            damage = Damage(unreadable.where, "archive", f"the ZIP cannot be read here: {unreadable.why}")
            return Verdict(path.name, None, 0, damages=(damage,))
        verdict = _verify_folder(folder, expected_key)
        if not verdict.holds:
            return verdict
        differs = None if name == verdict.bundle else ""
        if differs is None:
            try:
                differs = first_difference(path, archive(verdict.bundle, _files(folder)))
            except BundleTooLarge:
                # No office writes so large a ZIP; somebody packed it anew with headers for it.
                differs = ""
        if differs is None:
            return verdict
        reason = "the ZIP is not written as a bundle is: its headers were changed here"
        return Verdict(verdict.bundle, verdict.public_key, verdict.files, damages=(Damage(differs, "archive", reason),))


def _verify_folder(folder: Path, expected_key: bytes | None) -> Verdict:
    damages = list(_odd(folder))
    files = _files(folder)
    seal = _seal(files, damages)
    if seal is not None:
        _check_seal(seal, files, expected_key, damages)
    listed = _listed(files, TAG_MANIFESTS, _TAG_FILES, damages)
    payload = _listed(files, MANIFESTS, None, damages)
    if "bagit.txt" in files and files["bagit.txt"].read_bytes() != BAGIT_TXT:
        damages.append(Damage("bagit.txt", "changed", "it is not what every bundle's bagit.txt is"))
    unknown = sorted(set(files) - listed - payload - {SEAL_FILE, *TAG_MANIFESTS})
    damages += [Damage(path, "added", "no manifest knows this file") for path in unknown]
    proofs, keys = _check_proofs(files, damages) if not damages else (0, set())
    return Verdict(
        "" if seal is None else seal.bundle,
        None if seal is None else seal.public_key,
        len(payload),
        proofs,
        tuple(sorted(keys)),
        tuple(_once(damages)),
    )


def _files(folder: Path) -> dict[str, Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): path for path in sorted(found)}


def _odd(folder: Path) -> Iterator[Damage]:
    """Yield what is neither a plain file nor a folder with something in it."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            yield Damage(name, "added", "it is not a plain file")
        elif path.is_dir() and not any(path.iterdir()):
            yield Damage(name, "added", "an empty folder is no part of a bundle")


def _seal(files: dict[str, Path], damages: list[Damage]) -> BundleSeal | None:
    if SEAL_FILE not in files:
        damages.append(Damage(SEAL_FILE, "missing", "without its seal a bundle proves nothing"))
        return None
    try:
        return BundleSeal.from_bytes(files[SEAL_FILE].read_bytes())
    except NotASeal:
        damages.append(Damage(SEAL_FILE, "changed", "it is not written as a seal is"))
        return None


def _check_seal(seal: BundleSeal, files: dict[str, Path], expected: bytes | None, damages: list[Damage]) -> None:
    if not signature_holds(seal.public_key, seal.signature, seal.signed_bytes()):
        damages.append(Damage(SEAL_FILE, "changed", "its signature does not hold"))
        return
    if expected is not None and expected != seal.public_key:
        reason = f"it was sealed with the key {key_id(seal.public_key)}, not with {key_id(expected)}"
        damages.append(Damage(SEAL_FILE, "key", reason))
    for algorithm, digest in seal.tag_manifests.items():
        path = f"tagmanifest-{algorithm}.txt"
        if path not in files:
            damages.append(Damage(path, "missing", "the seal is over this file"))
        elif _digest(files[path], algorithm) != digest:
            damages.append(Damage(path, "changed", f"its {algorithm.upper()} is not the sealed one"))


def _listed(
    files: dict[str, Path], manifests: Sequence[str], exactly: Sequence[str] | None, damages: list[Damage]
) -> set[str]:
    """Hold every file that the manifests name against its hashes; return their paths."""
    named: set[str] = set()
    for algorithm, manifest in zip(ALGORITHMS, manifests, strict=True):
        if manifest not in files:
            damages.append(Damage(manifest, "missing", "a bundle has this manifest"))
            continue
        entries = _entries(files[manifest])
        if entries is None or (exactly is not None and sorted(entries) != sorted(exactly)):
            damages.append(Damage(manifest, "changed", "it is not written as a manifest is"))
            continue
        named |= set(entries)
        for path, digest in entries.items():
            if path not in files:
                damages.append(Damage(path, "missing", f"{manifest} names it"))
            elif _digest(files[path], algorithm) != digest:
                damages.append(Damage(path, "changed", f"its {algorithm.upper()} is not the one in {manifest}"))
    return named


def _entries(manifest: Path) -> dict[str, str] | None:
    found: dict[str, str] = {}
    try:
        text = manifest.read_bytes().decode("ascii")
    except UnicodeDecodeError:
        return None
    for line in text.splitlines(keepends=True):
        digest, separator, path = line.removesuffix("\n").partition("  ")
        if not line.endswith("\n") or not separator or not path or path in found:
            return None
        found[path] = digest
    return found


def _digest(path: Path, algorithm: str) -> str:
    hashed = hashlib.new(algorithm)
    for piece in pieces(path):
        hashed.update(piece)
    return hashed.hexdigest()


def _check_proofs(files: dict[str, Path], damages: list[Damage]) -> tuple[int, set[str]]:
    """Hold each proof of the record in the bundle against its own head, and the head against its signature."""
    keys: set[str] = set()
    if PROOFS_FILE not in files:
        damages.append(Damage(PROOFS_FILE, "missing", "a bundle proves that its case stands in the sealed record"))
        return 0, keys
    count = 0
    try:
        for step, stated, proof in _proofs(files[PROOFS_FILE].read_bytes()):
            head = proof.head.head
            keys.add(key_id(head.public_key))
            count += 1
            leaf_of = hashlib.sha256(b"\x00" + stated.encode()).digest() if stated is not None else proof.leaf
            if not signature_holds(head.public_key, proof.head.signature, head.canonical()) or leaf_of != proof.leaf:
                damages.append(Damage(PROOFS_FILE, "proof", f"the proof of step {step} does not hold"))
    except (ValueError, KeyError, TypeError, RecursionError):
        damages.append(Damage(PROOFS_FILE, "proof", "it holds no proofs that can be read"))
    else:
        if not count:
            damages.append(Damage(PROOFS_FILE, "proof", "it proves no step of the case"))
    return count, keys


def _proofs(content: bytes) -> Iterator[tuple[int, str | None, InclusionProof]]:
    """Yield each proof with its step and the record it is of. Raises ``ValueError`` and what reading JSON does.

    Whoever sealed the bundle with a key of their own wrote what they liked: no value is taken for what it should be.
    """
    listed = json.loads(content)["proofs"]
    if not isinstance(listed, list):
        raise NotAProof
    for one in listed:
        if not isinstance(one, dict):
            raise NotAProof
        step, stated, text = one["step"], one.get("record"), one["text"]
        if not isinstance(step, int) or not isinstance(stated, str | None) or not isinstance(text, str):
            raise NotAProof
        yield step, stated, InclusionProof.from_text(text)


def _once(damages: Sequence[Damage]) -> list[Damage]:
    """Return one entry a file: that both hashes of it differ is one damage."""
    first: dict[str, Damage] = {}
    for one in damages:
        first.setdefault(one.file, one)
    return list(first.values())
