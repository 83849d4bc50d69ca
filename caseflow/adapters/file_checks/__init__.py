"""What a file is, told by what is in it: the kinds that are taken, and everything that is not."""

from __future__ import annotations

from typing import BinaryIO

from caseflow.adapters.file_checks.office import check_package
from caseflow.adapters.file_checks.pdf import check_pdf
from caseflow.adapters.file_checks.pictures import check_jpeg, check_png, check_tiff, check_webp
from caseflow.adapters.file_checks.recordings import check_boxes, check_mp3, check_wav
from caseflow.adapters.file_checks.signatures import HEAD_BYTES, read_at, refuse_programs, refuse_second_kind
from caseflow.adapters.file_checks.texts import check_text
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import FileKind
from caseflow.domain.file_refusals import Why, refused
from caseflow.services.ports.files import HeldFile

_TIFF_STARTS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")


class FileChecks:
    """Fulfils :class:`caseflow.services.ports.files.ContentCheck`."""

    def check(self, file: HeldFile, name: str) -> FileKind:
        """Return the kind of a file that may be taken. Raises ``FileNotTaken``."""
        if file.size_bytes == 0:
            raise refused(Why.EMPTY)
        head = read_at(file.content, 0, HEAD_BYTES)
        refuse_programs(head)
        kind = _binary_kind(file, head)
        if kind is not None:
            refuse_second_kind(file.content, head, file.size_bytes)
            return kind
        kind = check_text(file.content, name)
        if kind is None:
            raise refused(Why.UNKNOWN)
        return kind


def _binary_kind(file: HeldFile, head: bytes) -> FileKind | None:
    content, size_bytes = file.content, file.size_bytes
    if head.startswith(b"%PDF-"):
        check_pdf(content, size_bytes, file.path)
        return kinds.PDF
    if head.startswith(b"PK"):
        return check_package(content, size_bytes)
    if head[4:8] == b"ftyp":
        return check_boxes(content, size_bytes)
    return _picture_kind(content, size_bytes, head) or _sound_kind(content, size_bytes, head)


def _sound_kind(content: BinaryIO, size_bytes: int, head: bytes) -> FileKind | None:
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        check_wav(content, size_bytes)
        return kinds.WAV
    if head.startswith((b"ID3", b"\xff")) and check_mp3(content, size_bytes):
        return kinds.MP3
    return None


def _picture_kind(content: BinaryIO, size_bytes: int, head: bytes) -> FileKind | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        check_png(content, size_bytes)
        return kinds.PNG
    if head.startswith(b"\xff\xd8\xff"):
        check_jpeg(content, size_bytes)
        return kinds.JPEG
    if head.startswith(_TIFF_STARTS):
        check_tiff(content, size_bytes)
        return kinds.TIFF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        check_webp(content, size_bytes)
        return kinds.WEBP
    return None
