"""Plain text: what decodes whole and holds no control characters."""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO, Final

from caseflow.adapters.file_checks.signatures import HEAD_BYTES, has_markup, read_at
from caseflow.domain import file_kinds as kinds
from caseflow.domain.case_files import FileKind
from caseflow.domain.file_refusals import Why, refused

_PIECE_BYTES: Final = 256 * 1024
# Tab, line feed, form feed and carriage return stand in texts; 1A once ended files, and stands at their end.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f\ufffe\uffff]")


def check_text(content: BinaryIO, name: str) -> FileKind | None:
    """Return CSV or plain text for a file that is text in UTF-8, GB 18030 or UTF-16; None for anything else.

    Raises ``FileNotTaken`` for a text that another program would take for a page or a PDF.
    """
    head = read_at(content, 0, HEAD_BYTES)
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encodings = ("utf-16",) if marked else ("utf-8-sig", "gb18030")
    if not any(_decodes(content, encoding) for encoding in encodings):
        return None
    if b"%PDF-" in head:
        # PDF may begin a little way into a file, and may be all letters.
        raise refused(Why.POLYGLOT)
    if has_markup(head) or (marked and has_markup(head.decode("utf-16", errors="replace").encode())):
        raise refused(Why.SCRIPT)
    return kinds.CSV if name.lower().endswith(".csv") else kinds.TEXT


def _decodes(content: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    content.seek(0)
    try:
        while piece := content.read(_PIECE_BYTES):
            if _CONTROL.search(decoder.decode(piece)):
                return False
        return not _CONTROL.search(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return False
