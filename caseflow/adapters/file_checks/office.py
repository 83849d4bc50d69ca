"""Office documents that are ZIP packages: unpacked once, piece by piece, to see that they are what they say."""

from __future__ import annotations

import copy
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from caseflow.adapters.file_checks.signatures import is_compound, is_program, read_at
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import MIB, FileKind
from caseflow.domain.file_refusals import Why, refused

MOST_ENTRIES: Final = 10_000
MOST_UNPACKED_BYTES: Final = 512 * MIB
# Deflate reaches a thousandfold on zeros; tables of repeated cells reach some eightyfold.
MOST_RATIO: Final = 200
_RATIO_FROM_BYTES: Final = 4 * MIB
_MOST_DIRECTORY_BYTES: Final = 8 * MIB
_MOST_NESTED_BYTES: Final = 32 * MIB
_PIECE_BYTES: Final = 256 * 1024
_ENTRY: Final = b"PK\x03\x04"
_END: Final = b"PK\x05\x06"
_END_BYTES: Final = 22
_CONTENT_TYPES: Final = "[Content_Types].xml"
_MAIN_PARTS: Final = (
    (b"wordprocessingml.document.main+xml", kinds.DOCX),
    (b"spreadsheetml.sheet.main+xml", kinds.XLSX),
    (b"presentationml.presentation.main+xml", kinds.PPTX),
)
_ACTIVE_PARTS: Final = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|activeX/)", re.IGNORECASE)
_REMOTE_TEMPLATE: Final = re.compile(rb"attachedTemplate[^>]*TargetMode\s*=\s*[\"']External", re.IGNORECASE)
# The stream of an OLE object in which a whole file of any kind is packed.
_PACKED_FILE: Final = "Ole10Native".encode("utf-16-le")


@dataclass
class _Budget:
    """What may still be unpacked, of the document and of the documents in it together."""

    unpacked_bytes: int = MOST_UNPACKED_BYTES
    entries: int = MOST_ENTRIES


def check_package(content: BinaryIO, size_bytes: int) -> FileKind:
    """Return which kind of document a ZIP is. Raises ``FileNotTaken`` for any other ZIP, and for a hostile one."""
    return _check(content, size_bytes, _Budget(), depth=0)


def _check(content: BinaryIO, size_bytes: int, budget: _Budget, *, depth: int) -> FileKind:
    _refuse_odd_end(content, size_bytes)
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as package:
            return _look_into(package, size_bytes, budget, depth)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError) as error:
        # Python says so of entries that lie over one another, each of which unpacks the same bytes.
        raise refused(Why.BOMB if "verlap" in str(error) else Why.BROKEN) from error


def _refuse_odd_end(content: BinaryIO, size_bytes: int) -> None:
    """Refuse a directory that is larger than any document's, or that is not at the very end of the file."""
    end = read_at(content, max(0, size_bytes - _END_BYTES), _END_BYTES)
    if not end.startswith(_END):
        content.seek(0)
        raise refused(Why.POLYGLOT if zipfile.is_zipfile(content) else Why.BROKEN)
    entries, directory_bytes, directory_at = struct.unpack("<HII", end[10:20])
    if directory_at + directory_bytes + _END_BYTES > size_bytes or directory_bytes > _MOST_DIRECTORY_BYTES:
        raise refused(Why.BOMB)
    if entries > MOST_ENTRIES:
        raise refused(Why.BOMB)


def _look_into(package: zipfile.ZipFile, size_bytes: int, budget: _Budget, depth: int) -> FileKind:
    entries = package.infolist()
    _refuse_bomb(entries, size_bytes, budget)
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or any(_leads_out(name) for name in names):
        raise refused(Why.POLYGLOT)
    kind = _kind(package, set(names), budget)
    if any(_ACTIVE_PARTS.search(name) for name in names):
        raise refused(Why.MACROS)
    for entry in entries:
        _look_at(package, entry, budget, depth)
    return kind


def _refuse_bomb(entries: list[zipfile.ZipInfo], size_bytes: int, budget: _Budget) -> None:
    budget.entries -= len(entries)
    if budget.entries < 0 or sum(entry.file_size for entry in entries) > budget.unpacked_bytes:
        raise refused(Why.BOMB)
    if sum(entry.compress_size for entry in entries) > size_bytes:
        raise refused(Why.BOMB)
    for entry in entries:
        if entry.file_size > _RATIO_FROM_BYTES and entry.file_size > MOST_RATIO * max(1, entry.compress_size):
            raise refused(Why.BOMB)
        if entry.flag_bits & 1:
            raise refused(Why.OLD_OFFICE)  # it asks for a password


def _leads_out(name: str) -> bool:
    return name.startswith(("/", "\\")) or ".." in re.split(r"[\\/]", name) or ":" in name or not name.isprintable()


def _kind(package: zipfile.ZipFile, names: set[str], budget: _Budget) -> FileKind:
    if _CONTENT_TYPES in names:
        entry = package.getinfo(_CONTENT_TYPES)
        if entry.file_size > MIB:
            raise refused(Why.BOMB)
        types = b"".join(_unpacked(package, entry, budget))
        if b"macroEnabled" in types:
            raise refused(Why.MACROS)
        for mark, kind in _MAIN_PARTS:
            if mark in types:
                return kind
        raise refused(Why.UNKNOWN)
    if "OFD.xml" in names:
        return kinds.OFD
    raise refused(Why.ARCHIVE)


def _look_at(package: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget, depth: int) -> None:
    """Unpack an entry whole, which checks its length and its sum, and look into one that may hide something."""
    head, kept = b"", None
    for number, piece in enumerate(_unpacked(package, entry, budget)):
        if number == 0:
            head = piece[:512]
            if is_program(head):
                raise refused(Why.EXECUTABLE)
            suspect = entry.filename.endswith(".rels") or is_compound(head) or head.startswith(_ENTRY)
            kept = io.BytesIO() if suspect else None
        if kept is not None:
            kept.write(piece)
            if kept.tell() > _MOST_NESTED_BYTES:
                raise refused(Why.BOMB)
    if kept is not None:
        _look_inside(kept, head, budget, depth)


def _look_inside(kept: io.BytesIO, head: bytes, budget: _Budget, depth: int) -> None:
    inner = kept.getvalue()
    if _REMOTE_TEMPLATE.search(inner) or (is_compound(head) and _PACKED_FILE in inner):
        raise refused(Why.MACROS)
    if head.startswith(_ENTRY):
        if depth > 0:
            raise refused(Why.BOMB)
        _check(kept, len(inner), budget, depth=depth + 1)


def _unpacked(package: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    """Unpack an entry in pieces and refuse it once it is longer than the directory says."""
    longer = copy.copy(entry)
    longer.file_size += 1  # so that one byte too many shows
    unpacked_bytes = 0
    with package.open(longer) as stream:
        while piece := stream.read(_PIECE_BYTES):
            unpacked_bytes += len(piece)
            budget.unpacked_bytes -= len(piece)
            if unpacked_bytes > entry.file_size or budget.unpacked_bytes < 0:
                raise refused(Why.BOMB)
            yield piece
