"""Sound and film, and HEIC pictures, which share the boxes of MP4: their structure has to fill the file exactly."""

from __future__ import annotations

import struct
from typing import BinaryIO, Final

from caseflow.adapters.file_checks.pictures import refuse_explosion
from caseflow.adapters.file_checks.signatures import read_at
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import FileKind
from caseflow.domain.file_refusals import Why, refused

_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_MOST_BOXES: Final = 100_000
_MOST_META_BYTES: Final = 4 * 1024 * 1024
_FRAMES_TO_SEE: Final = 3
# Kilobits a second of the layers of MPEG audio, by version 1 or not.
_RATES: Final = {
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLES: Final = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}


def check_wav(content: BinaryIO, size_bytes: int) -> None:
    """Refuse a WAV with something behind its end. A recorder that was cut off told a longer length, or none yet.

    Raises ``FileNotTaken``.
    """
    head = read_at(content, 0, 16)
    if len(head) < 16:
        raise refused(Why.BROKEN)
    told = struct.unpack("<I", head[4:8])[0] + 8
    if told != 8 and told < size_bytes - 1:
        raise refused(Why.POLYGLOT)


def check_boxes(content: BinaryIO, size_bytes: int) -> FileKind:
    """Walk the boxes of an MP4, MOV, M4A, 3GP or HEIC; return which it is. Raises ``FileNotTaken``."""
    kind = _branded(content)
    offset, found = 0, set[bytes]()
    for _ in range(_MOST_BOXES):
        size, name = _box(content, offset, size_bytes)
        found.add(name)
        if kind is kinds.HEIC and name == b"meta":
            _refuse_explosions(read_at(content, offset, min(size, _MOST_META_BYTES)))
        offset += size
        if offset == size_bytes:
            break
    needed = b"meta" if kind is kinds.HEIC else b"moov"
    if offset != size_bytes or needed not in found:
        raise refused(Why.BROKEN)
    return kind


def check_mp3(content: BinaryIO, size_bytes: int) -> bool:
    """Tell whether frames of MPEG audio follow one another at the beginning, after a tag where there is one."""
    offset = 0
    head = read_at(content, 0, 10)
    if head.startswith(b"ID3") and len(head) == 10:
        offset = 10 + sum(part << shift for part, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
        if head[5] & 0x10:
            offset += 10
        # Encoders leave room behind the tag.
        room = read_at(content, offset, 4096)
        offset += len(room) - len(room.lstrip(b"\x00"))
    for _ in range(_FRAMES_TO_SEE):
        length = _frame_bytes(read_at(content, offset, 4))
        if length is None:
            return False
        offset += length
    return offset <= size_bytes


def _branded(content: BinaryIO) -> FileKind:
    head = read_at(content, 0, 12)
    brand = head[8:12]
    if brand in _HEIC_BRANDS:
        return kinds.HEIC
    if brand in (b"M4A ", b"M4B "):
        return kinds.M4A
    if brand == b"qt  ":
        return kinds.MOV
    if brand.startswith((b"3gp", b"3g2")):
        return kinds.THREE_GP
    if brand.startswith((b"iso", b"mp4", b"avc", b"M4V", b"dash", b"MSNV", b"f4v")):
        return kinds.MP4
    raise refused(Why.UNKNOWN)


def _box(content: BinaryIO, offset: int, size_bytes: int) -> tuple[int, bytes]:
    head = read_at(content, offset, 16)
    if len(head) < 8:
        raise refused(Why.BROKEN)
    size, name = struct.unpack(">I4s", head[:8])
    if size == 1 and len(head) == 16:
        size = struct.unpack(">Q", head[8:])[0]
    elif size == 0:
        size = size_bytes - offset
    if size < 8 or offset + size > size_bytes or not all(0x20 <= one < 0x7F or one == 0xA9 for one in name):
        raise refused(Why.BROKEN)
    return size, name


def _refuse_explosions(meta: bytes) -> None:
    at = meta.find(b"ispe")
    while 0 <= at <= len(meta) - 16:
        refuse_explosion(*struct.unpack_from(">II", meta, at + 8))
        at = meta.find(b"ispe", at + 4)


def _frame_bytes(head: bytes) -> int | None:
    """Return the length of the frame that begins with these four bytes; None where they begin none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, samples, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate in (0, 15) or samples == 3:
        return None
    bits = _RATES[version == 3, layer][rate] * 1000
    per_second = _SAMPLES[version][samples]
    if layer == 1:
        return (12 * bits // per_second + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // per_second + padding
