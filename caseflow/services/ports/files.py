"""Where the bytes of files are kept: by their SHA-256, encrypted, and read back only when they are what was put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


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


class FileStore(Protocol):
    """Keeps files by what is in them. The same bytes are one file, whoever puts them in and how often."""

    def put(self, source: Source) -> StoredFile:
        """Read ``source`` to its end and keep it, whole or not at all; memory does not grow with its size.

        It is on the disk when this returns: put first, then commit the row that names it. Raises ``OSError``.
        """
        ...

    def open(self, sha256: str) -> Iterator[bytes]:
        """Return the plain bytes in pieces; the whole file has been checked before the first one is handed out.

        Raises, before anything is returned, :class:`NoSuchFile`, :class:`FileDamaged`, ``OSError``.
        """
        ...

    def has(self, sha256: str) -> bool:
        """Tell whether the store holds a file with this SHA-256, without opening it."""
        ...
