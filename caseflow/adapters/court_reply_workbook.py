"""Reads the first sheet of an XLSX file that anybody may have made: damaged, encrypted or meant to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from xml.parsers import expat

from caseflow.domain.court_replies import ReplyFileRefused
from caseflow.domain.words import Words

_MOST_UNPACKED_BYTES = 32 * 1024 * 1024
_PARTS = (".xml", ".rels")
# ISO/IEC 29500-2 allows no other encoding; in one of the others a part might hide what is looked for here.
_ENCODINGS = (None, "utf-8", "utf-16", "us-ascii")
_BROKEN = Words("The file is not a workbook that can be read.", "该文件不是可以读取的工作簿。")

# A cell: its text, and whether it was a formula, which nothing here ever reckons.
Cell = tuple[str, bool]


def sheet_lines(content: bytes, *, most_rows: int, most_columns: int) -> list[Sequence[Cell]]:
    """Return the lines of the first sheet, bounded in both ways. Raises ``ReplyFileRefused``."""
    try:
        return _lines(_checked(content), most_rows, most_columns)
    except ReplyFileRefused:
        raise
    except Exception as error:  # the libraries meet damaged bytes with errors of every kind
        raise ReplyFileRefused(_BROKEN) from error


def _checked(content: bytes) -> io.BytesIO:
    """Return a workbook of nothing but the parts of this one that are XML without a DTD, and so without an entity."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(kept, "w") as checked:
        if sum(one.file_size for one in packed.infolist()) > _MOST_UNPACKED_BYTES:
            raise ReplyFileRefused(Words("The workbook is too large unpacked.", "工作簿解压后过大。"))
        for one in packed.infolist():
            if one.filename.casefold().endswith(_PARTS):
                part = packed.read(one)
                _check_part(part)
                checked.writestr(one.filename, part)
    return kept


def _check_part(part: bytes) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.XmlDeclHandler = _check_declaration
    parser.Parse(part, True)  # noqa: FBT003 - expat takes no keywords


def _refuse_doctype(*_: object) -> None:
    raise ReplyFileRefused(_BROKEN)


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if (encoding.casefold() if encoding else None) not in _ENCODINGS:
        raise ReplyFileRefused(_BROKEN)


def _lines(content: io.BytesIO, most_rows: int, most_columns: int) -> list[Sequence[Cell]]:
    # It takes longer to import than the rest of caseflow, which no other page or command needs to wait for.
    from openpyxl import load_workbook

    book = load_workbook(content, read_only=True, data_only=False, keep_links=False)
    try:
        rows = book.worksheets[0].iter_rows(max_row=most_rows, max_col=most_columns)
        return [[(_written(cell.value), cell.data_type == "f") for cell in row] for row in rows]
    finally:
        book.close()


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value).strip()
