"""The encoding of a CSV: what its marks and its headings say, and only then what its letters look like."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from charset_normalizer import from_bytes

from caseflow.domain.words import Words
from caseflow.services.ports.casebooks import ENCODINGS, BookUnreadable

_MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# The codec of Python that reads the most of what goes by a name.
_CODECS: Final = {"utf-8": "utf-8", "gb18030": "gb18030", "big5": "big5hkscs", "utf-16": "utf-16-le"}
_NAMES: Final = {codec: name for name, codec in _CODECS.items()} | {"utf-8-sig": "utf-8", "utf-16-be": "utf-16"}
# Tab, line feed, form feed and carriage return stand in texts; 1A once ended files, and stands at their end.
_NO_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f\ufffe\uffff]")
_SAMPLE_BYTES: Final = 65_536
_LEAST_ALIKE: Final = 2

Fitness = Callable[[str], int]
"""Tells how many known headings stand in one row of a text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file without its mark, the encoding as it is shown, and the codec it was read with.

    ``mark`` are the bytes before the text. ``sure`` is False where another encoding would have read it as well.
    """

    text: str
    encoding: str
    codec: str
    mark: bytes
    sure: bool


def decoded(content: bytes, encoding: str | None, fitness: Fitness) -> Decoded:
    """Return the text of a CSV, in ``encoding`` if that is given. Raises ``BookUnreadable``."""
    mark, codec = next(((mark, codec) for mark, codec in _MARKS if content.startswith(mark)), (b"", ""))
    if encoding is not None:
        if encoding not in ENCODINGS:
            known = ", ".join(ENCODINGS)
            raise BookUnreadable(Words(f"Choose one of the encodings {known}.", f"请选择编码：{known}。"))
        if _NAMES.get(codec) != encoding:
            mark, codec = b"", _CODECS[encoding]
            if encoding == "utf-16":
                return replace(_without_mark(content, fitness), sure=True)
    if codec:
        return _read(content, mark, codec, sure=True)
    if b"\0" in content:
        return _without_mark(content, fitness)
    if _reads(content, "utf-8") is not None:
        return _read(content, b"", "utf-8", sure=True)
    return _of_chinese(content, fitness)


def _read(content: bytes, mark: bytes, codec: str, *, sure: bool) -> Decoded:
    name = _NAMES[codec]
    try:
        text = content[len(mark) :].decode("utf-8" if codec == "utf-8-sig" else codec)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        title = ENCODINGS[name]
        words = Words(
            f"Row {row} is not text in {title.en}: choose another encoding, or save the file as CSV in UTF-8.",
            f"第{row}行不是{title.zh}编码的文本：请选择其他编码，或另存为UTF-8编码的CSV文件。",
        )
        raise BookUnreadable(words, row) from error
    found = _NO_TEXT.search(text)
    if found is not None and text[found.start() :].strip("\x1a"):
        row = text.count("\n", 0, found.start()) + 1
        words = Words(
            f"Row {row} holds signs that stand in no text: save the file anew from the spreadsheet, as XLSX or as CSV "
            "in UTF-8.",
            f"第{row}行含有不属于文本的字符：请在电子表格中将文件另存为XLSX或UTF-8编码的CSV。",
        )
        raise BookUnreadable(words, row)
    return Decoded(text, name, codec, mark, sure)


def _reads(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except UnicodeDecodeError:
        return None


def _without_mark(content: bytes, fitness: Fitness) -> Decoded:
    """Read a file with NUL bytes: UTF-16 whose mark is missing, or no text."""
    texts = {codec: text for codec in ("utf-16-le", "utf-16-be") if (text := _reads(content, codec)) is not None}
    likely = [codec for codec, text in texts.items() if not _NO_TEXT.search(text)]
    if not likely:
        words = Words(
            "The file is neither a workbook nor a text: save it in the spreadsheet as XLSX, or as CSV in UTF-8.",
            "该文件既不是工作簿，也不是文本：请在电子表格中另存为XLSX或UTF-8编码的CSV。",
        )
        raise BookUnreadable(words)
    best = max(likely, key=lambda codec: (fitness(texts[codec]), texts[codec].count("\n")))
    return _read(content, b"", best, sure=fitness(texts[best]) >= _LEAST_ALIKE)


def _of_chinese(content: bytes, fitness: Fitness) -> Decoded:
    """Choose between GB 18030 and Big5, most of whose bytes read as nonsense in the other."""
    texts = {codec: text for codec in ("gb18030", "big5hkscs") if (text := _reads(content, codec)) is not None}
    if not texts:
        # The error of the more usual one names the row.
        return _read(content, b"", "gb18030", sure=False)
    if len(texts) == 1:
        return _read(content, b"", next(iter(texts)), sure=True)
    scores = {codec: fitness(text) for codec, text in texts.items()}
    best = max(scores, key=lambda codec: scores[codec])
    if len(set(scores.values())) > 1 and scores[best] >= _LEAST_ALIKE:
        return _read(content, b"", best, sure=True)
    return _read(content, b"", _by_letters(content), sure=False)


def _by_letters(content: bytes) -> str:
    """Return the codec in whose text the letters are such as Chinese uses, on the first lines that have any."""
    lines: list[bytes] = []
    size = 0
    for line in content.splitlines(keepends=True):
        if not line.isascii():
            lines.append(line[:_SAMPLE_BYTES])
            size += len(line)
        if size > _SAMPLE_BYTES:
            break
    found = from_bytes(b"".join(lines), cp_isolation=["gb18030", "big5hkscs", "big5"]).best()
    return "big5hkscs" if found is not None and found.encoding.startswith("big5") else "gb18030"
