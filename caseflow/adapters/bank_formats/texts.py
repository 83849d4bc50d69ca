"""The encoding of a bank's file: by its byte order mark, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
from collections.abc import Sequence

from caseflow.domain.bank import BankFileRefused, RowFault
from caseflow.domain.words import Words

_MARKS: Sequence[tuple[bytes, str]] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decoded(content: bytes) -> str:
    """Return the text. Raises ``BankFileRefused`` where it is in none of the encodings."""
    marked = [name for mark, name in _MARKS if content.startswith(mark)]
    for name in marked or ("utf-8", "gb18030"):
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    words = Words("The text is neither UTF-8 nor GB18030.", "文件编码既不是UTF-8，也不是GB18030。")
    raise BankFileRefused([RowFault(0, "encoding", words)])


def bad_field(line: int, field: str, value: str) -> RowFault:
    """Return the fault of a value that cannot be read."""
    if not value:
        return RowFault(line, field, Words("is missing", "缺失"))
    return RowFault(line, field, Words(f"cannot be read: “{value[:60]}”", f"无法识别：“{value[:60]}”"))
