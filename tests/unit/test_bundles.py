"""A bundle is the same for the same files, every reader of bags takes it, and one bit flipped anywhere is caught."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from caseflow.adapters.bundles import BundleFolder, verify_bundle
from caseflow.adapters.bundles.archive import archive
from caseflow.adapters.signing_key import SigningKey
from caseflow.cli import main
from caseflow.services.ports.referrals import BundlePart, WrittenBundle
from tests.proven import proofs_json

KEY = SigningKey(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
NAME = "referral-YL-1"
CONTENT = {
    "index.html": b"<!DOCTYPE html><title>Index</title>",
    "referral.json": b'{"format":"x"}',
    "01-application.zh.pdf": bytes(range(256)) * 20,
    "record/proofs.json": proofs_json(KEY, "{}"),
}


def part(path: str, content: bytes) -> BundlePart:
    return BundlePart(path, lambda: [content])


def written(place: Path, content: dict[str, bytes] = CONTENT) -> WrittenBundle:
    writer = BundleFolder(place, lambda: KEY)
    return writer.write(NAME, [part(path, one) for path, one in content.items()], {"External-Identifier": "YL-1"})


def zipped(bundle: WrittenBundle, path: Path) -> Path:
    path.write_bytes(b"".join(piece for _, piece in archive(bundle.name, bundle.files())))
    return path


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> WrittenBundle:
    return written(tmp_path_factory.mktemp("bundle"))


def flipped(path: Path, positions: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Flip one bit at a time on the disk, and put it back."""
    whole = path.read_bytes()
    for position, bit in positions:
        changed = bytearray(whole)
        changed[position] ^= 1 << bit
        path.write_bytes(changed)
        yield position, bit
    path.write_bytes(whole)


def test_the_same_files_give_the_same_bundle_in_both_forms(tmp_path: Path) -> None:
    one = written(tmp_path / "one")
    other = written(tmp_path / "other", dict(reversed(CONTENT.items())))
    assert {path: file.read_bytes() for path, file in one.files().items()} == {
        path: file.read_bytes() for path, file in other.files().items()
    }
    assert zipped(one, tmp_path / "a.zip").read_bytes() == zipped(other, tmp_path / "b.zip").read_bytes()


def test_the_public_command_validates_folder_and_unpacked_zip(bundle: WrittenBundle, tmp_path: Path) -> None:
    with zipfile.ZipFile(zipped(bundle, tmp_path / "a.zip")) as opened:
        assert opened.testzip() is None
        opened.extractall(tmp_path / "out")
    for folder in (bundle.folder, tmp_path / "out" / NAME):
        command = [sys.executable, "-m", "bagit", "--validate", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_every_bit_of_the_folder_is_watched(bundle: WrittenBundle, tmp_path: Path) -> None:
    folder = tmp_path / NAME
    shutil.copytree(bundle.folder, folder)
    assert verify_bundle(folder).holds
    for path in sorted(bundle.files()):
        file = folder / path
        size = file.stat().st_size
        step = 1 if size < 2000 else 97
        for position, bit in flipped(file, ((at, at * 7 % 8) for at in range(0, size, step))):
            verdict = verify_bundle(folder)
            assert path in {one.file for one in verdict.damages}, f"{path} byte {position} bit {bit}"
    assert verify_bundle(folder).holds


def test_the_case_of_a_hash_is_watched_too(bundle: WrittenBundle, tmp_path: Path) -> None:
    folder = tmp_path / NAME
    shutil.copytree(bundle.folder, folder)
    for path in ("manifest-sha256.txt", "tagmanifest-sha512.txt", "caseflow-seal.json"):
        letters = [at for at, byte in enumerate((folder / path).read_bytes()) if chr(byte) in "abcdef"][:40]
        for position, _ in flipped(folder / path, ((at, 5) for at in letters)):
            assert path in {one.file for one in verify_bundle(folder).damages}, position


def test_every_bit_of_the_zip_is_watched(bundle: WrittenBundle, tmp_path: Path) -> None:
    path = zipped(bundle, tmp_path / "a.zip")
    assert verify_bundle(path).holds
    heads: list[int] = []
    at = 0
    for name, piece in archive(bundle.name, bundle.files()):
        is_head = not name or piece.startswith(b"PK\x03\x04")
        heads += range(at, at + len(piece), 1 if is_head else 61)
        at += len(piece)
    for position, bit in flipped(path, ((at, at * 7 % 8) for at in heads)):
        assert not verify_bundle(path).holds, f"byte {position} bit {bit}"
    assert verify_bundle(path).holds


def test_a_damaged_file_in_a_zip_is_named(bundle: WrittenBundle, tmp_path: Path) -> None:
    path = zipped(bundle, tmp_path / "a.zip")
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"<title>Index", b"<title>Inder"))
    assert [one.file for one in verify_bundle(path).damages] == ["data/index.html"]
    start = whole.index(b"PK\x03\x04", whole.index(b"bagit.txt") + 9)
    path.write_bytes(whole[: start + 10] + b"\x01" + whole[start + 11 :])
    assert [one.file for one in verify_bundle(path).damages] == ["caseflow-seal.json"]
    path.write_bytes(whole + b"\x00")
    assert [one.what for one in verify_bundle(path).damages] == ["archive"]


def test_added_missing_and_exchanged_files_are_named(bundle: WrittenBundle, tmp_path: Path) -> None:
    folder = tmp_path / NAME
    shutil.copytree(bundle.folder, folder)
    (folder / "data" / "note.txt").write_text("investigation")
    (folder / "extra.txt").write_text("x")
    (folder / "data" / "index.html").unlink()
    (folder / "data" / "empty").mkdir()
    (folder / "data" / "link").symlink_to("referral.json")
    found = {one.file: one.what for one in verify_bundle(folder).damages}
    assert found == {
        "data/note.txt": "added",
        "extra.txt": "added",
        "data/index.html": "missing",
        "data/empty": "added",
        "data/link": "added",
    }


def test_a_bundle_of_another_key_holds_until_a_key_is_expected(bundle: WrittenBundle) -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw()
    assert verify_bundle(bundle.folder).holds
    assert verify_bundle(bundle.folder, KEY.public_key).holds
    assert [one.what for one in verify_bundle(bundle.folder, other).damages] == ["key"]


def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    for name in (f"{NAME}/../../out.txt", "/etc/x", f"{NAME}/", "elsewhere/x"):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as opened:
            opened.writestr(f"{NAME}/bagit.txt", "x")
            opened.writestr(name, "y")
        assert [one.what for one in verify_bundle(tmp_path / "a.zip").damages] == ["archive"]
        assert not (tmp_path / "out.txt").exists()


def test_the_command_says_what_is_damaged_and_exits_so(bundle: WrittenBundle, tmp_path: Path) -> None:
    run = CliRunner().invoke
    path = zipped(bundle, tmp_path / "a.zip")
    good = run(main, ["referral", "verify", str(path)])
    assert good.exit_code == 0, good.output
    assert "All holds" in good.output
    assert KEY.public_key.hex() in good.output
    assert run(main, ["referral", "verify", str(path), "--key", KEY.public_key.hex()]).exit_code == 0
    assert run(main, ["referral", "verify", str(path), "--key", "00" * 32]).exit_code == 1
    assert run(main, ["referral", "verify", str(path), "--key", "short"]).exit_code == 2
    assert run(main, ["referral", "verify", str(tmp_path / "none")]).exit_code == 2
    path.write_bytes(path.read_bytes().replace(b"<title>Index", b"<title>Inder"))
    bad = run(main, ["referral", "verify", str(path), "--json"])
    assert bad.exit_code == 1
    assert [one["file"] for one in json.loads(bad.output)["damages"]] == ["data/index.html"]
