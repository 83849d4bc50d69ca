"""Where the bytes of files are kept: by their SHA-256, encrypted, and read back only when they are what was put in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from caseflow.domain.case_files import FileKind


class NoSuchFile(LookupError):
    """The store has no file with this SHA-256."""


class FileDamaged(Exception):
    """What the store holds is not what was put in, or no key opens it: nothing of it is handed out."""

    def __init__(self, sha256: str, why: str) -> None:
        self.sha256 = sha256
        super().__init__(f"the stored file {sha256} {why}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the store: the SHA-256 of its plain bytes (64 hexadecimal digits) and how many there are."""

    sha256: str
    size_bytes: int


class Source(Protocol):
    """Bytes to be stored: an open file, a request's file, an ``io.BytesIO``."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes; none at the end."""
        ...


class Pieces(Protocol):
    """The bytes of a file, piece by piece. At its end it closes itself; whoever stops sooner closes it."""

    def __iter__(self) -> Iterator[bytes]:
        """Return itself."""
        ...

    def __next__(self) -> bytes:
        """Return the next piece."""
        ...

    def close(self) -> None:
        """Give the file back."""
        ...


class FileStore(Protocol):
    """Keeps files by what is in them. The same bytes are one file, whoever puts them in and how often."""

    def put(self, source: Source) -> StoredFile:
        """Read ``source`` to its end and keep it, whole or not at all; memory does not grow with its size.

        It is on the disk when this returns: put first, then commit the row that names it. Raises ``OSError``.
        """
        ...

    def open(self, sha256: str) -> Pieces:
        """Return the plain bytes in pieces; the whole file has been checked before the first one is handed out.

        Raises, before anything is returned, :class:`NoSuchFile`, :class:`FileDamaged`, ``OSError``.
        """
        ...

    def has(self, sha256: str) -> bool:
        """Tell whether the store holds a file with this SHA-256, without opening it."""
        ...

    def remove(self, sha256: str) -> bool:
        """Delete the file with this SHA-256; return False where there is none. Raises ``OSError``."""
        ...


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file that was sent and is not yet taken, plain, in a place of its own: it is gone when its block ends.

    ``content`` can be read from any place; ``path`` is where a virus scanner finds the same bytes.
    """

    sha256: str
    size_bytes: int
    content: BinaryIO
    path: Path


class Quarantine(Protocol):
    """Holds what was sent until it is known to be harmless."""

    def hold(self, source: Source, limit_bytes: int) -> AbstractContextManager[HeldFile]:
        """Copy ``source`` aside for the time of the block; it stops reading above the limit.

        Raises ``FileNotTaken`` (too large), ``OSError``.
        """
        ...


class ContentCheck(Protocol):
    """Tells what a file is by what is in it."""

    def check(self, file: HeldFile, name: str) -> FileKind:
        """Return the kind of a file that may be taken; ``name`` only decides between kinds of plain text.

        Raises ``FileNotTaken``.
        """
        ...


class VirusScan(Protocol):
    """Looks for viruses."""

    def scan(self, path: Path) -> None:
        """Return when the file is clean. Raises ``FileNotTaken``: infected, or the scanner does not work."""
        ...


class FileSeal(Protocol):
    """Encrypts whole files with the keys of the store, for what lies elsewhere for a while."""

    def seal(self, content: bytes) -> bytes:
        """Return the bytes encrypted. Raises ``FileKeysUnusable`` (of the adapter)."""
        ...

    def open(self, sealed: bytes) -> bytes:
        """Return the plain bytes. Raises :class:`FileDamaged`: changed, or no key opens it."""
        ...


@dataclass(frozen=True)
class FileRoom:
    """Everything a file passes on its way into the store; ``scan`` None: this office has no scanner."""

    store: FileStore
    quarantine: Quarantine
    checks: ContentCheck
    scan: VirusScan | None
    limit_bytes: int
    quota_bytes: int
    seal: FileSeal
