"""A bundle as one ZIP file that is the same for the same files: nothing packed, no times, a fixed order.

Written here and not by ``zipfile``, whose bytes differ between versions of Python; ``zipfile`` reads it.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

LARGEST = 2**32 - 2**20  # bytes; beyond it a ZIP needs other headers
_PIECE = 1 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
# What ``zipfile`` raises for a ZIP it cannot read; an encrypted entry is a RuntimeError, and so is an unknown feature.
_UNREADABLE = (zipfile.BadZipFile, RuntimeError, EOFError, OverflowError, struct.error, zlib.error)
_VERSION, _UNIX, _NO_TIME, _FIRST_DAY, _MODE = 20, 3 << 8, 0, 0x21, 0o100644 << 16


class NotAnArchive(ValueError):
    """The ZIP cannot be read; ``where`` names the file in it, as far as that is known."""

    def __init__(self, why: str, where: str = "") -> None:
        self.where, self.why = where, why
        super().__init__(f"{where}: {why}")


class BundleTooLarge(Exception):
    """The files do not fit into one ZIP: take the folder."""


def archive(name: str, files: Mapping[str, Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the ZIP of ``files`` (by their path in the bundle) under the folder ``name``, piece by piece.

    Each piece comes with the path of the file it belongs to; ``""`` is the directory at the end. Raises
    :class:`BundleTooLarge`.
    """
    sizes = {path: source.stat().st_size for path, source in files.items()}
    if sum(sizes.values()) + 300 * len(sizes) > LARGEST:
        raise BundleTooLarge
    offset, directory = 0, b""
    for path in sorted(files):
        full = f"{name}/{path}".encode("ascii")
        crc, size = _checksum(files[path]), sizes[path]
        common = (_VERSION, 0, 0, _NO_TIME, _FIRST_DAY, crc, size, size, len(full), 0)
        header = _LOCAL.pack(b"PK\x03\x04", *common) + full
        yield path, header
        yield from ((path, piece) for piece in pieces(files[path]))
        directory += _CENTRAL.pack(b"PK\x01\x02", _UNIX | _VERSION, *common, 0, 0, 0, _MODE, offset) + full
        offset += len(header) + size
    count = len(files)
    yield "", directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)


def unpack(source: Path, folder: Path) -> str:
    """Unpack a ZIP into ``folder``; return the name of the folder in it. Raises :class:`NotAnArchive`.

    Only what :func:`archive` could have written is taken: nothing packed, one folder, no way out of it. A file whose
    checksum is wrong is unpacked all the same, so that the bag's own hashes name it.
    """
    try:
        with zipfile.ZipFile(source) as opened:
            entries = opened.infolist()
            names = {entry.filename.partition("/")[0] for entry in entries}
            if len(names) != 1 or sum(entry.file_size for entry in entries) > source.stat().st_size:
                message = "it does not hold one bundle"
                raise NotAnArchive(message)
            for entry in entries:
                _extract(opened, entry, folder)
    except (*_UNREADABLE, ValueError, OSError) as error:
        if isinstance(error, NotAnArchive):
            raise
        raise NotAnArchive(str(error) or type(error).__name__) from error
    return names.pop()


def first_difference(source: Path, expected: Iterator[tuple[str, bytes]]) -> str | None:
    """Return the path of the file in whose part of the ZIP it first differs from ``expected``; None: nowhere."""
    with source.open("rb") as actual:
        for path, piece in expected:
            if actual.read(len(piece)) != piece:
                return path
        return "" if actual.read(1) else None


def pieces(source: Path) -> Iterator[bytes]:
    """Yield the bytes of a file."""
    with source.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


def _extract(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    path = entry.filename.partition("/")[2]
    target = folder / path
    if (
        entry.compress_type != zipfile.ZIP_STORED
        or not path
        or not target.resolve().is_relative_to(folder.resolve())
        or target.exists()
    ):
        message = "no bundle is written so"
        raise NotAnArchive(message, path)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with opened.open(entry) as packed, target.open("wb") as file:
            while piece := packed.read(_PIECE):
                file.write(piece)
    except _UNREADABLE as error:
        if target.exists() and "CRC" in str(error):
            return
        raise NotAnArchive(str(error), path) from error


def _checksum(source: Path) -> int:
    crc = 0
    for piece in pieces(source):
        crc = zlib.crc32(piece, crc)
    return crc
