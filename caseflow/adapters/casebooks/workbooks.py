"""Reads a casebook from an XLSX file that anybody may have made: damaged, encrypted or meant to do harm."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from math import isfinite
from typing import Any, Final
from xml.parsers import expat

from caseflow.adapters.casebooks.tables import MOST_ROWS_ABOVE, NumberedRow, best_alike, table_of
from caseflow.adapters.file_checks.office import check_package
from caseflow.domain import file_kinds
from caseflow.domain.case_files import FileNotTaken
from caseflow.domain.casebook.rows import Sheet
from caseflow.domain.file_refusals import Why
from caseflow.domain.words import Words
from caseflow.services.ports.casebooks import MOST_BOOK_COLUMNS, BookUnreadable

MOST_UNPACKED_BYTES: Final = 256 * 1024 * 1024
# The texts of all cells are held in memory at once; the cells are not.
_TEXTS: Final = "sharedstrings.xml"
_MOST_TEXT_BYTES: Final = 64 * 1024 * 1024
_MOST_SHEETS: Final = 100
_MOST_ROWS: Final = 1_048_576
_PARTS: Final = (".xml", ".rels")
_PROLOGUE_BYTES: Final = 65_536
_HIGHEST: Final = 1e21
# ISO/IEC 29500-2 allows no other encoding; in one of the others a part might hide what is looked for here.
_ENCODINGS: Final = (None, "utf-8", "utf-16", "us-ascii")
BROKEN: Final = Words(
    "The file is not a workbook that can be read: open it in the spreadsheet and save it anew as XLSX.",
    "该文件不是可以读取的工作簿：请用电子表格打开并另存为XLSX。",
)
_REFUSALS: Final = {
    Why.BOMB: Words(
        "The workbook unpacks to far more than it shows and is not opened: copy the table into a new workbook.",
        "工作簿解压后的体积远超其外观，不予打开：请将表格复制到新工作簿。",
    ),
    Why.MACROS: Words(
        "The workbook holds macros or other active parts: save it as XLSX without macros.",
        "工作簿含有宏或其他活动内容：请另存为不含宏的XLSX。",
    ),
    Why.OLD_OFFICE: Words(
        "The workbook asks for a password: take the password off and save it as XLSX.",
        "工作簿有密码：请取消密码并另存为XLSX。",
    ),
}


def read_workbook(content: bytes, known: Collection[str], sheet: str | None) -> Sheet:
    """Return the table of one sheet: the one named, else the one whose headings fit best. Raises ``BookUnreadable``."""
    check_workbook(content)
    # It takes longer to import than the rest of caseflow, which no other page or command needs to wait for.
    from openpyxl import load_workbook
    from openpyxl.utils.datetime import WINDOWS_EPOCH

    book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    try:
        sheets = {one.title: one for one in book.worksheets[:_MOST_SHEETS]}
        name = _chosen(sheets, known, sheet)
        table = table_of(_rows(sheets[name]), known)
        return Sheet(
            headings=table.headings,
            heading_row=table.heading_row,
            rows=table.rows,
            sheet_name=name,
            left_out=table.left_out,
            serial_dates=book.epoch == WINDOWS_EPOCH,
            sheet_names=tuple(sheets),
            sheets_passed_over=tuple(other for other, one in sheets.items() if other != name and _is_filled(one)),
        )
    finally:
        book.close()


def check_workbook(content: bytes) -> None:
    """Refuse what is no workbook, and one that is a bomb, active, or has an entity. Raises ``BookUnreadable``."""
    try:
        kind = check_package(io.BytesIO(content), len(content))
    except FileNotTaken as refusal:
        raise BookUnreadable(_REFUSALS.get(Why(refusal.code), BROKEN)) from refusal
    if kind is not file_kinds.XLSX:
        raise BookUnreadable(BROKEN)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = package.infolist()
        texts = sum(one.file_size for one in parts if one.filename.casefold().endswith(_TEXTS))
        if sum(one.file_size for one in parts) > MOST_UNPACKED_BYTES or texts > _MOST_TEXT_BYTES:
            raise BookUnreadable(_REFUSALS[Why.BOMB])
        for one in parts:
            if one.filename.casefold().endswith(_PARTS):
                with package.open(one) as part:
                    _check_prologue(part.read(_PROLOGUE_BYTES))


class _FirstElement(Exception):
    """The prologue of a part is over, and with it what may declare an entity."""


def _check_prologue(beginning: bytes) -> None:
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.XmlDeclHandler = _check_declaration
    parser.StartElementHandler = _stop
    try:
        parser.Parse(beginning, False)  # noqa: FBT003 - expat takes no keywords
    except _FirstElement:
        return
    raise BookUnreadable(BROKEN)  # a prologue longer than any program writes


def _refuse(*_: object) -> None:
    raise BookUnreadable(BROKEN)


def _check_declaration(_version: str, encoding: str | None, _standalone: int) -> None:
    if (encoding.casefold() if encoding else None) not in _ENCODINGS:
        raise BookUnreadable(BROKEN)


def _stop(*_: object) -> None:
    raise _FirstElement


def _chosen(sheets: dict[str, Any], known: Collection[str], sheet: str | None) -> str:
    if sheet is not None:
        if sheet not in sheets:
            names = "、".join(sheets)
            words = Words(
                f"The workbook has no sheet “{sheet}”; it has {names}.", f"工作簿没有“{sheet}”工作表，只有：{names}。"
            )
            raise BookUnreadable(words)
        return sheet
    if not sheets:
        raise BookUnreadable(BROKEN)
    shown = [name for name, one in sheets.items() if one.sheet_state == "visible"] or list(sheets)
    return max(shown, key=lambda name: best_alike(islice(_rows(sheets[name]), MOST_ROWS_ABOVE), known))


def _is_filled(sheet: Any) -> bool:
    """Tell whether a sheet has a table: two cells in a row, somewhere at its beginning."""
    beginning = islice(_rows(sheet), MOST_ROWS_ABOVE)
    return any(sum(map(bool, cells)) > 1 for _number, cells in beginning)


def _rows(sheet: Any) -> Iterator[NumberedRow]:
    # What a file says of its own size may be wrong, and then rows would be missing.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > _MOST_ROWS:
            raise BookUnreadable(BROKEN, number)
        # Formats reach to the last of 16,384 columns in many a workbook; one column too many is enough to be told of.
        yield number, [_text(value) for value in cells[: MOST_BOOK_COLUMNS + 1]]


def _text(value: Any) -> str:
    """Return a cell as text: a formula as it is written, a day in ISO form, a number with the figures Excel shows."""
    if value is None or isinstance(value, str):
        return (value or "").strip()
    if isinstance(value, float):
        # Excel keeps 15 figures; what a float has beyond them is noise.
        return f"{Decimal(format(value, '.15g')):f}" if isfinite(value) and abs(value) < _HIGHEST else str(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    # Formulas over several cells are objects that hold their text; str() does for whole numbers and truth values.
    text = getattr(value, "text", None)
    return str(text if text is not None else value).strip()
