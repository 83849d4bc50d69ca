"""The kinds of file that are taken. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from caseflow.domain.case_files import FileKind
from caseflow.domain.words import Words

_OOXML: Final = "application/vnd.openxmlformats-officedocument"

PDF: Final = FileKind("application/pdf", ("pdf",), Words("PDF", "PDF"))
JPEG: Final = FileKind("image/jpeg", ("jpg", "jpeg", "jpe", "jfif", "mpo"), Words("JPEG picture", "JPEG图片"))
PNG: Final = FileKind("image/png", ("png",), Words("PNG picture", "PNG图片"))
TIFF: Final = FileKind("image/tiff", ("tif", "tiff"), Words("TIFF picture", "TIFF图片"))
WEBP: Final = FileKind("image/webp", ("webp",), Words("WebP picture", "WebP图片"))
HEIC: Final = FileKind("image/heic", ("heic", "heif"), Words("HEIC picture", "HEIC图片"))
MP3: Final = FileKind("audio/mpeg", ("mp3",), Words("MP3 recording", "MP3录音"))
WAV: Final = FileKind("audio/wav", ("wav",), Words("WAV recording", "WAV录音"))
M4A: Final = FileKind("audio/mp4", ("m4a", "m4b"), Words("M4A recording", "M4A录音"))
MP4: Final = FileKind("video/mp4", ("mp4", "m4v"), Words("MP4 film", "MP4视频"))
THREE_GP: Final = FileKind("video/3gpp", ("3gp",), Words("3GP film", "3GP视频"))
MOV: Final = FileKind("video/quicktime", ("mov", "qt"), Words("MOV film", "MOV视频"))
TEXT: Final = FileKind("text/plain", ("txt", "log", "md"), Words("Plain text", "纯文本"))
CSV: Final = FileKind("text/csv", ("csv",), Words("CSV table", "CSV表格"))
DOCX: Final = FileKind(f"{_OOXML}.wordprocessingml.document", ("docx",), Words("DOCX document", "DOCX文档"))
XLSX: Final = FileKind(f"{_OOXML}.spreadsheetml.sheet", ("xlsx",), Words("XLSX workbook", "XLSX工作簿"))
PPTX: Final = FileKind(f"{_OOXML}.presentationml.presentation", ("pptx",), Words("PPTX slides", "PPTX演示文稿"))
OFD: Final = FileKind("application/ofd", ("ofd",), Words("OFD document", "OFD版式文档"))

KINDS: Final[Mapping[str, FileKind]] = {
    one.media_type: one
    for one in (
        PDF, JPEG, PNG, TIFF, WEBP, HEIC, MP3, WAV, M4A, MP4, THREE_GP, MOV, TEXT, CSV, DOCX, XLSX, PPTX, OFD,
    )
}  # fmt: skip
