"""The store of files: encrypted, whole or not at all, and nothing of a damaged file is handed out."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner
from pyrage import x25519

from caseflow.adapters.file_keys import FileKeys, FileKeysUnusable
from caseflow.adapters.file_store import AgeFileStore
from caseflow.cli import main
from caseflow.config import ConfigurationError
from caseflow.services.ports.files import FileDamaged, NoSuchFile, Source, StoredFile
from caseflow.web.app import create_app
from tests.site import settings_for

TEXT = b"The boundary stone was moved on 3 March. " * 5000
SHA256 = hashlib.sha256(TEXT).hexdigest()


def keys(*identities: x25519.Identity) -> FileKeys:
    return FileKeys(identities or (x25519.Identity.generate(),))


@pytest.fixture
def store(tmp_path: Path) -> AgeFileStore:
    known = keys()
    return AgeFileStore(tmp_path / "files", lambda: known)


def place(tmp_path: Path, sha256: str = SHA256) -> Path:
    return tmp_path / "files" / sha256[:2] / f"{sha256[2:]}.age"


def all_files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_what_is_put_in_comes_out_and_lies_encrypted(store: AgeFileStore, tmp_path: Path) -> None:
    stored = store.put(io.BytesIO(TEXT))
    assert (stored.sha256, stored.size_bytes) == (SHA256, len(TEXT))
    assert store.has(SHA256)
    assert b"".join(store.open(SHA256)) == TEXT
    assert all_files(tmp_path) == [place(tmp_path)]
    kept = place(tmp_path).read_bytes()
    assert kept.startswith(b"age-encryption.org/v1\n")
    assert b"boundary" not in kept
    assert stat.S_IMODE(place(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "files").stat().st_mode) == 0o700
    assert stat.S_IMODE(place(tmp_path).parent.stat().st_mode) == 0o700


def test_an_empty_file_is_a_file_too(store: AgeFileStore) -> None:
    stored = store.put(io.BytesIO(b""))
    assert stored.size_bytes == 0
    assert list(store.open(stored.sha256)) == []


@pytest.mark.parametrize("sha256", ["0" * 64, "../../etc/passwd", "", SHA256.upper()])
def test_what_was_never_put_in_is_not_there(store: AgeFileStore, sha256: str) -> None:
    store.put(io.BytesIO(TEXT))
    assert not store.has(sha256)
    with pytest.raises(NoSuchFile):
        store.open(sha256)


@pytest.mark.parametrize("at", [30, 250, 300, 100_000, -1])
def test_one_changed_byte_is_noticed_before_anything_is_handed_out(
    store: AgeFileStore, tmp_path: Path, at: int
) -> None:
    store.put(io.BytesIO(TEXT))
    kept = bytearray(place(tmp_path).read_bytes())
    kept[at] ^= 1
    place(tmp_path).write_bytes(kept)
    with pytest.raises(FileDamaged):
        store.open(SHA256)
    store.put(io.BytesIO(TEXT))
    assert b"".join(store.open(SHA256)) == TEXT


@pytest.mark.parametrize("length", [0, 100, 66_000, -16])
def test_a_file_cut_off_is_noticed(store: AgeFileStore, tmp_path: Path, length: int) -> None:
    store.put(io.BytesIO(TEXT))
    place(tmp_path).write_bytes(place(tmp_path).read_bytes()[:length])
    with pytest.raises(FileDamaged):
        store.open(SHA256)


def test_a_whole_file_in_the_place_of_another_is_noticed(store: AgeFileStore, tmp_path: Path) -> None:
    other = store.put(io.BytesIO(b"another file of the same store"))
    store.put(io.BytesIO(TEXT))
    place(tmp_path).write_bytes(place(tmp_path, other.sha256).read_bytes())
    with pytest.raises(FileDamaged, match="holds other bytes"):
        store.open(SHA256)


def test_keys_are_rotated_and_what_the_old_one_encrypted_still_opens(tmp_path: Path) -> None:
    old, new = x25519.Identity.generate(), x25519.Identity.generate()
    AgeFileStore(tmp_path / "files", lambda: keys(old)).put(io.BytesIO(TEXT))
    both = AgeFileStore(tmp_path / "files", lambda: keys(new, old))
    assert b"".join(both.open(SHA256)) == TEXT
    later = both.put(io.BytesIO(b"later"))
    only_new = AgeFileStore(tmp_path / "files", lambda: keys(new))
    assert b"".join(only_new.open(later.sha256)) == b"later"
    with pytest.raises(FileDamaged, match="any of the keys"):
        only_new.open(SHA256)
    # Put in again, it is encrypted with the key of today.
    both.put(both_source(both))
    assert b"".join(only_new.open(SHA256)) == TEXT


def test_a_file_that_is_deleted_while_it_is_encrypted_anew_does_not_come_back(tmp_path: Path) -> None:
    known = keys()
    deleting = AgeFileStore(tmp_path / "files", lambda: known)

    class Slow(AgeFileStore):
        def put(self, source: Source) -> StoredFile:
            thread.start()
            thread.join(0.5)
            return super().put(source)

    thread = Thread(target=deleting.remove, args=(SHA256,))
    deleting.put(io.BytesIO(TEXT))
    assert len(list(Slow(tmp_path / "files", lambda: known).encrypt_anew())) == 1
    thread.join()
    assert not deleting.has(SHA256)


def test_the_command_encrypts_all_files_with_the_first_key_and_names_what_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = x25519.Identity.generate(), x25519.Identity.generate()
    before = AgeFileStore(tmp_path / "files", lambda: keys(old))
    before.put(io.BytesIO(TEXT))
    lost = before.put(io.BytesIO(b"damaged"))
    place(tmp_path, lost.sha256).write_bytes(b"rubbish")
    monkeypatch.setenv("CASEFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("CASEFLOW_FILE_KEYS", f"{new},{old}")
    done = CliRunner().invoke(main, ["files", "rekey"])
    assert done.exit_code == 1
    assert f"the stored file {lost.sha256} cannot be opened" in done.output
    assert "1 files checked and encrypted with the first key, 1 damaged" in done.output
    place(tmp_path, lost.sha256).unlink()
    done = CliRunner().invoke(main, ["files", "rekey", "--json"])
    assert (done.exit_code, json.loads(done.output)) == (0, {"encrypted": 1, "damaged": []})
    assert b"".join(AgeFileStore(tmp_path / "files", lambda: keys(new)).open(SHA256)) == TEXT
    place(tmp_path).rename(place(tmp_path).with_name("other.age"))
    assert CliRunner().invoke(main, ["files", "rekey"]).exit_code == 1
    monkeypatch.setenv("CASEFLOW_FILE_KEYS", "AGE-SECRET-KEY-1" + "Q" * 58)
    done = CliRunner().invoke(main, ["files", "rekey"])
    assert done.exit_code == 2
    assert "CASEFLOW_FILE_KEYS holds what is no age key" in done.output


def test_the_web_face_does_not_start_with_keys_that_others_may_read(tmp_path: Path) -> None:
    FileKeys.kept_in(tmp_path)
    (tmp_path / "keys" / "files.age").chmod(0o644)
    settings = replace(settings_for("postgresql://nobody@127.0.0.1:1/none"), home=tmp_path)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        create_app(settings)


def both_source(store: AgeFileStore) -> io.BytesIO:
    return io.BytesIO(b"".join(store.open(SHA256)))


class Broken:
    """A source whose sender hangs up."""

    def __init__(self) -> None:
        self.pieces: Iterator[bytes] = iter([b"x" * 8192] * 20)

    def read(self, _size: int = -1) -> bytes:
        try:
            return next(self.pieces)
        except StopIteration:
            message = "the sender hung up"
            raise ConnectionResetError(message) from None


def test_a_source_that_breaks_off_leaves_nothing_behind(store: AgeFileStore, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="hung up"):
        store.put(Broken())
    assert all_files(tmp_path) == []


def test_a_full_disk_is_not_called_damage(store: AgeFileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(io.BytesIO(TEXT))
    with open("/dev/full", "wb", buffering=0) as full:  # noqa: PTH123
        monkeypatch.setattr("tempfile.TemporaryFile", lambda **_options: full)
        with pytest.raises(OSError, match="No space left"):
            store.open(SHA256)


def test_what_a_killed_process_left_is_cleared_at_the_next_start(store: AgeFileStore, tmp_path: Path) -> None:
    store.put(io.BytesIO(TEXT))
    left, fresh = tmp_path / "files" / "incoming" / "left", tmp_path / "files" / "incoming" / "fresh"
    left.touch()
    fresh.touch()
    os.utime(left, (0, 0))
    store.prepare()
    assert all_files(tmp_path) == [fresh, place(tmp_path)] or all_files(tmp_path) == [place(tmp_path), fresh]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    program = """
import pathlib, resource, sys
from caseflow.adapters.file_keys import FileKeys
from caseflow.adapters.file_store import AgeFileStore
class Zeros:
    left = 100 << 20
    def read(self, size=-1):
        piece = min(size, self.left); self.left -= piece
        return bytes(piece)
home = pathlib.Path(sys.argv[1])
store = AgeFileStore(home / "files", lambda: FileKeys.kept_in(home))
store.prepare()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stored = store.put(Zeros())
assert sum(map(len, store.open(stored.sha256))) == stored.size_bytes == 100 << 20
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 8 * 1024


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first, again = FileKeys.kept_in(tmp_path), FileKeys.kept_in(tmp_path)
    assert str(first.identities[0]) == str(again.identities[0])
    path = tmp_path / "keys" / "files.age"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["files.age"]
    path.chmod(0o640)
    with pytest.raises(FileKeysUnusable, match="read by others"):
        FileKeys.kept_in(tmp_path)


def test_a_key_file_may_hold_several_and_says_what_is_wrong_without_showing_a_key(tmp_path: Path) -> None:
    FileKeys.kept_in(tmp_path)
    path = tmp_path / "keys" / "files.age"
    old = path.read_text(encoding="ascii").strip()
    path.write_text(f"# new, then old\n{x25519.Identity.generate()}\n\n{old}\n", encoding="ascii")
    assert [str(one) for one in FileKeys.kept_in(tmp_path).identities][1] == old
    path.write_text("AGE-SECRET-KEY-1QQQ\n", encoding="ascii")
    with pytest.raises(FileKeysUnusable, match="no age key") as refused:
        FileKeys.kept_in(tmp_path)
    assert "QQQ" not in str(refused.value)
    path.write_text("\n", encoding="ascii")
    with pytest.raises(FileKeysUnusable, match="holds no key"):
        FileKeys.kept_in(tmp_path)
