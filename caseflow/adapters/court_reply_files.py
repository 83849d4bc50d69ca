"""Reads replies of the court from CSV (UTF-8 with or without mark, UTF-16, GB18030) and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from caseflow.adapters.bank_formats.texts import decoded
from caseflow.adapters.court_reply_workbook import Cell, sheet_lines
from caseflow.domain.bank import BankFileRefused
from caseflow.domain.court_replies import (
    FIELDS,
    KIND,
    LARGEST_FILE_BYTES,
    MOST_ROWS,
    NUMBER,
    ReplyFileRefused,
    ReplyRow,
    guess_columns,
)
from caseflow.domain.words import Words

_ZIP = b"PK\x03\x04"
_MOST_LINES_ABOVE = 20
_MOST_COLUMNS = 60
_SEPARATORS = ",;\t|"
_MARKS = ("=", "@", "\t", "\r")
# A file of text has no NUL at all; one whose every second character is NUL was written in UTF-16 or UTF-32.
_LARGEST_SHARE_OF_NUL = 0.25


class CourtReplyFiles:
    """Fulfils :class:`caseflow.services.court_replies.ReplyReader`."""

    def read(self, content: bytes) -> list[ReplyRow]:
        """Return the rows below the headings. Raises ``ReplyFileRefused``: too large, no headings, unreadable."""
        if not content.strip():
            raise ReplyFileRefused(Words("The file is empty.", "文件是空的。"))
        if len(content) > LARGEST_FILE_BYTES:
            largest = LARGEST_FILE_BYTES // 1024 // 1024
            raise ReplyFileRefused(Words(f"The file is larger than {largest} MB.", f"文件超过{largest}兆字节。"))
        most = MOST_ROWS + _MOST_LINES_ABOVE + 2
        if content.startswith(_ZIP):
            lines = sheet_lines(content, most_rows=most, most_columns=_MOST_COLUMNS)
        else:
            lines = list(_of_csv(content))
        return _rows(lines)


def _of_csv(content: bytes) -> Iterator[Sequence[Cell]]:
    try:
        text = decoded(content)
    except BankFileRefused as refusal:
        raise ReplyFileRefused(refusal.faults[0].words) from refusal
    # The mark of UTF-32 begins with that of UTF-16, as which it reads as text with a NUL between any two letters.
    if text.count("\0") > len(text) * _LARGEST_SHARE_OF_NUL:
        words = Words(
            "The file is no text that can be read here (UTF-32, perhaps): save it as CSV in UTF-8.",
            "该文件不是可以读取的文本（可能为UTF-32编码），请另存为UTF-8编码的CSV文件。",
        )
        raise ReplyFileRefused(words)
    separator = max(_SEPARATORS, key=text[:4096].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for row in reader:
            yield [_cell(cell) for cell in row[:_MOST_COLUMNS]]
    except csv.Error as error:
        line = reader.line_num
        words = Words(f"Line {line} is not CSV: {error}", f"第{line}行不是有效的CSV：{error}")
        raise ReplyFileRefused(words) from error


def _cell(text: str) -> Cell:
    """Return a cell of a CSV; ``="..."`` is how spreadsheets write text, anything else that calculates is a formula."""
    known = text.strip()
    if known.startswith('="') and known.endswith('"') and known.count('"') == 2:  # noqa: PLR2004 - one pair of marks
        return known[2:-1].strip(), False
    return known, known.startswith(_MARKS)


def _rows(lines: Sequence[Sequence[Cell]]) -> list[ReplyRow]:
    found = ((at, guess_columns([text for text, _ in line])) for at, line in enumerate(lines[:_MOST_LINES_ABOVE]))
    at, places = next(((at, places) for at, places in found if {NUMBER, KIND} <= set(places)), (None, {}))
    if at is None:
        names_en = ", ".join(words.en for words in FIELDS.values())
        names_zh = "、".join(words.zh for words in FIELDS.values())
        words = Words(
            f"No line of headings was found: name the columns {names_en}.",
            f"未找到列标题行，请使用列标题：{names_zh}。",
        )
        raise ReplyFileRefused(words)
    below = [(number, line) for number, line in enumerate(lines[at + 1 :], at + 2) if any(text for text, _ in line)]
    if len(below) > MOST_ROWS:
        raise ReplyFileRefused(
            Words(f"More than {MOST_ROWS} rows: divide the file.", f"超过{MOST_ROWS}行，请拆分文件。")
        )
    if not below:
        raise ReplyFileRefused(Words("The file has headings and no row.", "文件只有标题行，没有内容。"))
    return [
        ReplyRow(
            number,
            {field: line[place][0] if place < len(line) else "" for field, place in places.items()},
            frozenset(field for field, place in places.items() if place < len(line) and line[place][1]),
        )
        for number, line in below
    ]
