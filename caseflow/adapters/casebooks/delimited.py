"""Reads a casebook from CSV, whatever its encoding and its delimiter, and writes it back with a column more."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from typing import Final

from caseflow.adapters.casebooks.encodings import Decoded, decoded
from caseflow.adapters.casebooks.tables import MOST_ROWS_ABOVE, NumberedRow, best_alike, table_of
from caseflow.domain.casebook.formulas import harmless
from caseflow.domain.casebook.rows import Sheet
from caseflow.domain.words import Words
from caseflow.services.ports.casebooks import BookUnreadable

_DELIMITERS: Final = (",", "\t", ";", "，", "|", "；")
_SAMPLE: Final = 65_536
_MARKUP: Final = "<"


def read_delimited(content: bytes, known: Collection[str], encoding: str | None) -> Sheet:
    """Return the table of a CSV. Raises ``BookUnreadable``."""
    read = decoded(content, encoding, lambda text: _best_delimiter(text, known)[1])
    if read.text.lstrip().startswith(_MARKUP):
        words = Words(
            "The file is a web page, whatever its name says: open it in the spreadsheet and save it as XLSX.",
            "该文件实际是网页：请用电子表格打开并另存为XLSX。",
        )
        raise BookUnreadable(words)
    delimiter, _ = _best_delimiter(read.text, known)
    table = table_of(_records(read.text, delimiter), known)
    return Sheet(
        headings=table.headings,
        heading_row=table.heading_row,
        rows=table.rows,
        encoding=read.encoding,
        delimiter=delimiter,
        left_out=table.left_out,
        encoding_sure=read.sure,
    )


def annotated_delimited(content: bytes, sheet: Sheet, notes: Mapping[int, str], width: int) -> bytes:
    """Return the CSV with one cell more, after ``width`` others, in each row that ``notes`` has words for.

    No cell of it can be run.
    """
    read = decoded(content, sheet.encoding, lambda _: 0)
    records = csv.reader(io.StringIO(read.text, newline=""), delimiter=sheet.delimiter, strict=True)
    written = io.StringIO(newline="")
    line_end = "\r\n" if "\r\n" in read.text[:_SAMPLE] else "\n"
    writer = csv.writer(written, delimiter=sheet.delimiter, lineterminator=line_end)
    for number, record in enumerate(records, 1):
        cells = [harmless(cell) for cell in record]
        if number in notes:
            cells = [*cells[:width], *[""] * (width - len(cells)), notes[number]]
        writer.writerow(cells)
    return read.mark + _encoded(written.getvalue(), read)


def _encoded(text: str, read: Decoded) -> bytes:
    codec = "utf-8" if read.codec == "utf-8-sig" else read.codec
    # What was read is written again; only the words of a note may need letters that Big5 does not have.
    return text.encode(codec, errors="replace")


def _records(text: str, delimiter: str) -> Iterator[NumberedRow]:
    """Yield the records, numbered as the rows of a spreadsheet: a line break in a quoted cell begins no new row."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            yield number, [_cell(cell) for cell in record]
    except csv.Error as error:
        row = number + 1
        words = Words(
            f"Row {row} is not CSV ({error}): look at its quotation marks. A quoted cell ends with one, and each mark "
            "inside it is doubled.",
            f"第{row}行不是有效的CSV（{error}）：请检查引号，加引号的单元格须以引号结尾，其中的引号须写两遍。",
        )
        raise BookUnreadable(words, row) from error


def _cell(text: str) -> str:
    """Return the text of a cell; ``="..."`` is how spreadsheets write text that looks like a number."""
    known = text.strip()
    if known.startswith('="') and known.endswith('"') and known.count('"') == 2:  # noqa: PLR2004 - one pair of marks
        inner = known[2:-1].strip()
        return known if inner.startswith(("=", "+", "-", "@")) else inner
    return known


def _best_delimiter(text: str, known: Collection[str]) -> tuple[str, int]:
    """Return the delimiter that makes the most known headings of the first rows, and how many those are."""
    sample = text[:_SAMPLE]
    best, best_score, best_width = ",", 0, 0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        rows = _sampled(sample, delimiter)
        score, width = best_alike(rows, known), _common_width(rows)
        if (score, width) > (best_score, best_width):
            best, best_score, best_width = delimiter, score, width
    return best, best_score


def _sampled(sample: str, delimiter: str) -> list[NumberedRow]:
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
    rows: list[NumberedRow] = []
    with suppress(csv.Error):  # told with its row when the whole file is read
        rows.extend(enumerate(islice(reader, MOST_ROWS_ABOVE), 1))
    return rows


def _common_width(rows: list[NumberedRow]) -> int:
    """Return how many rows have the width that most have, if that is more than one cell."""
    width, count = Counter(len(cells) for _, cells in rows).most_common(1)[0] if rows else (0, 0)
    return count if width > 1 else 0
