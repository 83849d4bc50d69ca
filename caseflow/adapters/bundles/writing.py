"""Writes a referral's bundle: a bag (RFC 8493, version 1.0) that is the same for the same files.

The library's own ``make_bag`` changes the working directory of the whole process and writes version 0.97 with the day
of its making; so the files are written here, and the library judges the bag before it is handed out.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import bagit

from caseflow.adapters.bundles.archive import BundleTooLarge, archive
from caseflow.domain.bundle_seal import ALGORITHMS, SEAL_FILE, BundleSeal
from caseflow.services.ports import HeadSigner
from caseflow.services.ports.referrals import BundlePart, WrittenBundle

__all__ = ["BAGIT_TXT", "BundleFolder", "BundleTooLarge"]

BAGIT_TXT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


class BundleFolder:
    """Fulfils :class:`caseflow.services.ports.referrals.BundleWriter` in folders of its own under ``place``."""

    def __init__(self, place: Path | None, signer: Callable[[], HeadSigner]) -> None:
        self._place, self._signer = place, signer

    def write(self, name: str, parts: Sequence[BundlePart], info: Mapping[str, str]) -> WrittenBundle:
        """Write a bag of ``parts``, sealed. Raises ``OSError`` and ``SigningKeyUnusable``."""
        if self._place is not None:
            self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = Path(tempfile.mkdtemp(prefix="caseflow-bundle-", dir=self._place)) / name
        try:
            return self._write(name, folder, parts, info)
        except BaseException:
            shutil.rmtree(folder.parent, ignore_errors=True)
            raise

    def archive(self, bundle: WrittenBundle) -> Iterator[bytes]:
        """Return the bundle as one ZIP, piece by piece. Raises ``BundleTooLarge``."""
        return (piece for _, piece in archive(bundle.name, bundle.files()))

    def discard(self, bundle: WrittenBundle) -> None:
        """Take the bundle off the disk again."""
        shutil.rmtree(bundle.folder.parent, ignore_errors=True)

    def _write(self, name: str, folder: Path, parts: Sequence[BundlePart], info: Mapping[str, str]) -> WrittenBundle:
        lines: dict[str, list[str]] = {algorithm: [] for algorithm in ALGORITHMS}
        total = 0
        for part in sorted(parts, key=lambda part: part.path):
            path = f"data/{part.path}"
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            hashes = {algorithm: hashlib.new(algorithm) for algorithm in ALGORITHMS}
            with target.open("xb") as file:
                for piece in part.open():
                    file.write(piece)
                    total += len(piece)
                    for one in hashes.values():
                        one.update(piece)
            for algorithm, one in hashes.items():
                lines[algorithm].append(f"{one.hexdigest()}  {path}\n")
        said = {**info, "Payload-Oxum": f"{total}.{len(parts)}"}
        tags = {
            "bag-info.txt": "".join(f"{label}: {said[label]}\n" for label in sorted(said)).encode(),
            "bagit.txt": BAGIT_TXT,
            **{f"manifest-{algorithm}.txt": "".join(lines[algorithm]).encode() for algorithm in ALGORITHMS},
        }
        listed = {algorithm: _tag_manifest(algorithm, tags) for algorithm in ALGORITHMS}
        signer = self._signer()
        digests = {algorithm: hashlib.new(algorithm, listed[algorithm]).hexdigest() for algorithm in ALGORITHMS}
        seal = BundleSeal(name, digests, signer.public_key)
        sealed = BundleSeal(name, digests, signer.public_key, signer.sign(seal.signed_bytes()))
        for path, content in tags.items():
            (folder / path).write_bytes(content)
        for algorithm, content in listed.items():
            (folder / f"tagmanifest-{algorithm}.txt").write_bytes(content)
        (folder / SEAL_FILE).write_bytes(sealed.to_bytes())
        bagit.Bag(str(folder)).validate()
        return WrittenBundle(name, folder, bytes.fromhex(digests["sha256"]))


def _tag_manifest(algorithm: str, tags: Mapping[str, bytes]) -> bytes:
    lines = (f"{hashlib.new(algorithm, tags[path]).hexdigest()}  {path}\n" for path in sorted(tags))
    return "".join(lines).encode()
