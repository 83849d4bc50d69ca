"""Pictures: their headers are walked and no decoder runs, so nothing hostile is unpacked and memory stays small."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from caseflow.adapters.file_checks.signatures import read_at
from caseflow.domain.file_refusals import Why, refused

MOST_PIXELS: Final = 200_000_000
MOST_PAGES: Final = 1000
_MOST_CHUNKS: Final = 200_000
_MOST_TAG_BYTES: Final = 16 * 1024 * 1024
_PNG_START: Final = 8
# Start-of-frame markers carry the size; C4, C8 and CC lie among them and mean something else.
_SOF: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
_TIFF_SIZES: Final = (1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 4, 4, 8, 8, 8)
_WIDTH, _HEIGHT, _SHORT = 256, 257, 3


def refuse_explosion(width: int, height: int) -> None:
    """Refuse a picture that would fill the memory of whoever opens it, and one of no size. Raises ``FileNotTaken``."""
    if width * height > MOST_PIXELS or max(width, height) > MOST_PIXELS:
        raise refused(Why.PIXELS)
    if width <= 0 or height <= 0:
        raise refused(Why.BROKEN)


def check_png(content: BinaryIO, size_bytes: int) -> None:
    """Walk the chunks: IHDR first, IEND last, nothing behind it. Raises ``FileNotTaken``."""
    offset = _PNG_START
    for number in range(_MOST_CHUNKS):
        head = read_at(content, offset, 8)
        if len(head) < 8 or (number == 0) != (head[4:] == b"IHDR"):
            raise refused(Why.BROKEN)
        if number == 0:
            refuse_explosion(*_unpack(">II", content.read(8)))
        offset += struct.unpack(">I", head[:4])[0] + 12
        if offset > size_bytes:
            raise refused(Why.BROKEN)
        if head[4:] == b"IEND":
            if offset != size_bytes:
                raise refused(Why.POLYGLOT)
            return
    raise refused(Why.BROKEN)


def check_jpeg(content: BinaryIO, size_bytes: int) -> None:
    """Walk the segments to the frame header. Cameras put more behind a picture, so what follows is not judged here.

    Raises ``FileNotTaken``.
    """
    offset = 2
    while offset + 4 <= size_bytes:
        mark, kind, length = _unpack(">BBH", read_at(content, offset, 4))
        if mark != 0xFF:
            raise refused(Why.BROKEN)
        if kind in _ALONE or kind == 0xFF:
            offset += 1 if kind == 0xFF else 2
            continue
        if kind in _SOF:
            _, height, width = _unpack(">BHH", content.read(5))
            refuse_explosion(width, height)
            return
        if kind in (0xD9, 0xDA) or length < 2:
            raise refused(Why.BROKEN)
        offset += 2 + length
    raise refused(Why.BROKEN)


def check_webp(content: BinaryIO, size_bytes: int) -> None:
    """Read the size from the first chunk of a RIFF that fills the file. Raises ``FileNotTaken``."""
    head = read_at(content, 0, 30)
    if len(head) < 30 or not size_bytes - 1 <= struct.unpack("<I", head[4:8])[0] + 8 <= size_bytes:
        raise refused(Why.BROKEN)
    kind, body = head[12:16], head[20:]
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
    elif kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (size & 0x3FFF for size in struct.unpack("<HH", body[6:10]))
    else:
        raise refused(Why.BROKEN)
    refuse_explosion(width, height)


def check_tiff(content: BinaryIO, size_bytes: int) -> None:
    """Walk the directories, one a page, of a TIFF or BigTIFF. Raises ``FileNotTaken``."""
    order = "<" if read_at(content, 0, 2) == b"II" else ">"
    big = _unpack(f"{order}H", content.read(2))[0] == 43
    offset = _unpack(f"{order}Q", read_at(content, 8, 8))[0] if big else _unpack(f"{order}I", content.read(4))[0]
    pixels, seen = 0, set[int]()
    while offset:
        if offset in seen or offset >= size_bytes:
            raise refused(Why.BROKEN)
        seen.add(offset)
        if len(seen) > MOST_PAGES:
            raise refused(Why.PIXELS)
        width, height, offset = _tiff_page(content, offset, order, big=big)
        refuse_explosion(width, height)
        pixels += width * height
        if pixels > MOST_PIXELS * 50:
            raise refused(Why.PIXELS)
    if not seen:
        raise refused(Why.BROKEN)


def _tiff_page(content: BinaryIO, offset: int, order: str, *, big: bool) -> tuple[int, int, int]:
    count_bytes, entry_bytes, word = (8, 20, "Q") if big else (2, 12, "I")
    count = _unpack(f"{order}{'Q' if big else 'H'}", read_at(content, offset, count_bytes))[0]
    if not 0 < count <= 1000:
        raise refused(Why.BROKEN)
    entries = content.read(count * entry_bytes)
    following = _unpack(f"{order}{word}", content.read(8 if big else 4))[0]
    if len(entries) < count * entry_bytes:
        raise refused(Why.BROKEN)
    sizes, tag_bytes = {_WIDTH: 0, _HEIGHT: 0}, 0
    for at in range(0, len(entries), entry_bytes):
        tag, kind, values = struct.unpack_from(f"{order}HH{word}", entries, at)
        tag_bytes += values * (_TIFF_SIZES[kind] if kind < len(_TIFF_SIZES) else 8)
        if tag in sizes:
            sizes[tag] = struct.unpack_from(
                f"{order}{'H' if kind == _SHORT else 'I'}", entries, at + (12 if big else 8)
            )[0]
    if tag_bytes > _MOST_TAG_BYTES:
        # Readers keep all of this in memory, and many tags may point at the same bytes.
        raise refused(Why.BOMB)
    return sizes[_WIDTH], sizes[_HEIGHT], following


def _unpack(form: str, data: bytes) -> tuple[int, ...]:
    try:
        return struct.unpack(form, data)
    except struct.error:
        raise refused(Why.BROKEN) from None
