"""Reads replies of the court from CSV (UTF-8 with or without mark, UTF-16, GB18030) and XLSX."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from caseflow.adapters.bank_formats.texts import decoded
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
_MOST_UNPACKED_BYTES = 32 * 1024 * 1024
_MOST_LINES_ABOVE = 20
_MOST_COLUMNS = 60
_SEPARATORS = ",;\t|"
_MARKS = ("=", "@", "\t", "\r")

# A cell: its text, and whether it was a formula, which nothing here ever reckons.
Cell = tuple[str, bool]


class CourtReplyFiles:
    """Fulfils :class:`caseflow.services.court_replies.ReplyReader`."""

    def read(self, content: bytes) -> list[ReplyRow]:
        """Return the rows below the headings. Raises ``ReplyFileRefused``: too large, no headings, unreadable."""
        if not content.strip():
            raise ReplyFileRefused(Words("The file is empty.", "文件是空的。"))
        if len(content) > LARGEST_FILE_BYTES:
            most = LARGEST_FILE_BYTES // 1024 // 1024
            raise ReplyFileRefused(Words(f"The file is larger than {most} MB.", f"文件超过{most}兆字节。"))
        lines = list(_of_workbook(content) if content.startswith(_ZIP) else _of_csv(content))
        return _rows(lines)


def _of_csv(content: bytes) -> Iterator[Sequence[Cell]]:
    try:
        text = decoded(content)
    except BankFileRefused as refusal:
        raise ReplyFileRefused(refusal.faults[0].words) from refusal
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


def _of_workbook(content: bytes) -> Iterator[Sequence[Cell]]:
    # It takes longer to import than the rest of caseflow, which no other page or command needs to wait for.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    broken = Words("The file is not a workbook that can be read.", "该文件不是可以读取的工作簿。")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED_BYTES:
                raise ReplyFileRefused(Words("The workbook is too large unpacked.", "工作簿解压后过大。"))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError) as error:
        raise ReplyFileRefused(broken) from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise ReplyFileRefused(broken)
        most = MOST_ROWS + _MOST_LINES_ABOVE + 1
        for row in sheet.iter_rows(max_row=most + 1, max_col=_MOST_COLUMNS):
            yield [(_written(cell.value), cell.data_type == "f") for cell in row]
    finally:
        book.close()


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()


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
