"""What the first bytes of a file give away: programs, pages that run scripts, archives, and two kinds in one."""

from __future__ import annotations

import re
import zipfile
from typing import BinaryIO, Final

from caseflow.domain.case_files import FileNotTaken
from caseflow.domain.file_refusals import Why, refused

HEAD_BYTES: Final = 4096
# The harmless test file that every scanner knows; in two parts, so that no scanner takes this module for it.
_EICAR: Final = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"
_PROGRAMS: Final = (
    b"\x7fELF",
    b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe",  # Mach-O
    b"\xca\xfe\xba\xbe",  # Java class, Mach-O of several machines
    b"L\x00\x00\x00\x01\x14\x02\x00",  # Windows link
    b"\x00asm", b"dex\n", b"#!", b"!<arch>\n",
)  # fmt: skip
_SCRIPT_TEXTS: Final = re.compile(rb"\s*(@echo\s+off|<\?php|<%|windows registry editor)", re.IGNORECASE)
_ARCHIVES: Final = (
    b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"MSCF",
    b"\x1f\x9d", b"\x1f\xa0", b"LZIP", b"xar!",
)  # fmt: skip
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Texts that are programs or carry others: RTF embeds objects, PostScript is a language.
_LIVE_TEXTS: Final = (b"{\\rtf", b"%!PS", b"%!FDF")
_MARKUP: Final = re.compile(rb"<(?:!doctype\s|html[\s>]|script[\s>]|svg[\s>]|iframe[\s>]|\?php)", re.IGNORECASE)
_BYTE_ORDER_MARKS: Final = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


def read_at(content: BinaryIO, offset: int, size: int) -> bytes:
    """Return up to ``size`` bytes from ``offset`` on."""
    content.seek(offset)
    return content.read(size)


def refuse_programs(head: bytes) -> None:
    """Refuse what is a program, a virus, an old Office file or an archive by its first bytes. Raises `FileNotTaken`."""
    if _EICAR in head:
        raise refused(Why.VIRUS)
    # A text may begin with MZ; a Windows program has zeros in its header.
    if (head.startswith(b"MZ") and b"\x00" in head[:64]) or head.startswith(_PROGRAMS):
        raise refused(Why.EXECUTABLE)
    if _SCRIPT_TEXTS.match(head):
        raise refused(Why.EXECUTABLE)
    if head.startswith((_OLE, _LIVE_TEXTS[0])):
        raise refused(Why.OLD_OFFICE)
    if head.startswith(_ARCHIVES) or head[257:262] == b"ustar":
        raise refused(Why.ARCHIVE)
    if head.startswith(_LIVE_TEXTS):
        raise refused(Why.UNKNOWN)
    if as_text(head).lstrip().startswith("<"):
        raise refused(Why.SCRIPT)


def refuse_second_kind(content: BinaryIO, head: bytes, size_bytes: int) -> None:
    """Refuse a file of one kind that another program would take for a ZIP, a PDF or a web page.

    Raises ``FileNotTaken``.
    """
    if not head.startswith(b"PK"):
        content.seek(0)
        if zipfile.is_zipfile(content):
            raise refused(Why.POLYGLOT)
    if not head.startswith(b"%PDF-") and b"%PDF-" in head:
        raise refused(Why.POLYGLOT)
    tail = read_at(content, max(0, size_bytes - HEAD_BYTES), HEAD_BYTES)
    if _MARKUP.search(head) or _MARKUP.search(tail):
        raise refused(Why.POLYGLOT)


def has_markup(text: bytes) -> bool:
    """Tell whether bytes hold what a browser would take for the beginning of a page."""
    return _MARKUP.search(text) is not None


def is_program(head: bytes) -> bool:
    """Tell whether the first bytes are those of a program."""
    try:
        refuse_programs(head)
    except FileNotTaken as refusal:
        return refusal.code in {Why.EXECUTABLE, Why.VIRUS}
    return False


def is_compound(head: bytes) -> bool:
    """Tell whether the first bytes are those of an OLE compound file."""
    return head.startswith(_OLE)


def as_text(head: bytes) -> str:
    """Return the beginning of a file as a reader of its byte order mark would see it."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return head[len(mark) :].decode(encoding, errors="replace")
    return head.decode("latin-1")
