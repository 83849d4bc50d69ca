"""Files by their SHA-256 in a folder outside the web root, each encrypted with age (a streaming AEAD format).

Nothing of a path comes from a user. A file is written beside its place, flushed to the disk and renamed into it, so a
reader finds the whole file or none, whenever the machine stops.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import IO, Final

import pyrage

from caseflow.adapters.file_keys import FileKeys
from caseflow.services.ports.files import FileDamaged, NoSuchFile, Source, StoredFile

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PIECE_BYTES: Final = 64 * 1024
# What a killed process left half done is of no use to anybody after this time.
LEFT_BEHIND_SECONDS: Final = 3600


class AgeFileStore:
    """Fulfils :class:`caseflow.services.ports.files.FileStore`; ``keys`` is asked once, when first needed."""

    def __init__(self, folder: Path, keys: Callable[[], FileKeys]) -> None:
        self._folder = folder
        self._incoming = folder / "incoming"
        self._read_keys = keys

    @cached_property
    def _keys(self) -> FileKeys:
        return self._read_keys()

    def prepare(self) -> None:
        """Make the folders and read the keys, so that what is wrong is told at the start; clear what was left behind.

        Raises ``FileKeysUnusable``, ``OSError``.
        """
        assert self._keys.identities  # noqa: S101 - FileKeys never is without one
        self._make_folders()
        clear_left_behind(self._incoming)

    def put(self, source: Source) -> StoredFile:
        """Encrypt ``source`` into its place; a file of the same bytes is replaced, which heals a damaged one."""
        self._make_folders()
        draft = self._incoming / secrets.token_hex(16)
        plain = _Counting(source)
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                _encrypt(plain, file, self._keys)
                file.flush()
                os.fsync(file.fileno())
            path = self._path(plain.sha256)
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _flush_folder(self._folder)
            draft.replace(path)
            _flush_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
        return StoredFile(plain.sha256, plain.size_bytes)

    def open(self, sha256: str) -> _Pieces:
        """Decrypt the file into a nameless temporary one, compare its hash, and only then hand it out in pieces."""
        if not self.has(sha256):
            raise NoSuchFile(sha256)
        plain = tempfile.TemporaryFile(dir=self._incoming)  # noqa: SIM115 - closed by _Pieces, or below
        try:
            self._decrypt(sha256, plain)
            plain.seek(0)
        except BaseException:
            plain.close()
            raise
        return _Pieces(plain)

    def has(self, sha256: str) -> bool:
        """Tell whether the file is there; what is no SHA-256 never is."""
        return _SHA256.fullmatch(sha256) is not None and self._path(sha256).is_file()

    def remove(self, sha256: str) -> bool:
        """Delete the file and flush its folder; what is no SHA-256 never is there."""
        if not self.has(sha256):
            return False
        with self._alone():
            self._path(sha256).unlink(missing_ok=True)
            _flush_folder(self._path(sha256).parent)
        return True

    def encrypt_anew(self) -> Iterator[FileDamaged | StoredFile]:
        """Check every file and encrypt it with the first key of today; yield each, or what is wrong with it.

        Afterwards no file needs an older key but those that were told as damaged. Raises ``OSError``.
        """
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*.age")):
            sha256 = path.parent.name + path.stem
            try:
                # What is deleted meanwhile would come back.
                with self._alone(), closing(self.open(sha256)) as plain:
                    anew = self.put(plain)
                yield anew
            except NoSuchFile:
                if path.exists():
                    yield FileDamaged(sha256, "has no name that a SHA-256 could be")
            except FileDamaged as damage:
                yield damage

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time delete files or write existing ones anew."""
        self._make_folders()
        with (self._folder / "lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _decrypt(self, sha256: str, plain: IO[bytes]) -> None:
        checked = _Hashing(plain)
        try:
            with self._path(sha256).open("rb") as encrypted:
                pyrage.decrypt_io(encrypted, checked, list(self._keys.identities))
        except FileNotFoundError:
            raise NoSuchFile(sha256) from None
        except pyrage.DecryptError as error:
            raise FileDamaged(sha256, f"cannot be opened with any of the keys ({error})") from error
        except OSError as error:
            if checked.failed or error.errno is not None:
                raise  # the disk, not the file
            raise FileDamaged(sha256, f"was changed or cut off ({error})") from error
        if checked.sha256 != sha256:
            raise FileDamaged(sha256, f"holds other bytes, with the SHA-256 {checked.sha256}")

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256[2:]}.age"

    def _make_folders(self) -> None:
        if not self._incoming.is_dir():
            self._incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)


def clear_left_behind(folder: Path) -> None:
    """Remove what processes that are gone left in ``folder``."""
    oldest = time.time() - LEFT_BEHIND_SECONDS
    for path in folder.iterdir():
        if path.is_file() and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


class _Counting:
    """A source that knows the hash and the length of what was read from it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._hash.update(piece)
        self.size_bytes += len(piece)
        return piece


class _Hashing:
    """A file that knows the hash of what was written to it, and whether a write failed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.failed = False

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> int:
        self._hash.update(piece)
        try:
            return self._file.write(piece)
        except OSError:
            self.failed = True
            raise

    def flush(self) -> None:
        self._file.flush()


def _encrypt(plain: _Counting, file: IO[bytes], keys: FileKeys) -> None:
    try:
        pyrage.encrypt_io(plain, file, [keys.recipient])
    except pyrage.EncryptError as error:
        # What went wrong beneath is the disk or whoever sends; age only passes it on as a text.
        raise OSError(str(error)) from error


class _Pieces:
    """Fulfils :class:`caseflow.services.ports.files.Pieces`."""

    def __init__(self, plain: IO[bytes]) -> None:
        self._plain = plain

    def __iter__(self) -> _Pieces:
        return self

    def __next__(self) -> bytes:
        piece = b"" if self._plain.closed else self._plain.read(_PIECE_BYTES)
        if not piece:
            self.close()
            raise StopIteration
        return piece

    def read(self, size: int = -1) -> bytes:
        return self._plain.read(size)

    def close(self) -> None:
        self._plain.close()


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
