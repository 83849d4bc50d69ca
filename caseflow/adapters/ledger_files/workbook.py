"""The Excel workbook of an export, written row by row so that memory does not grow with it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

from caseflow.adapters.ledger_files.cells import HEADINGS, WIDTHS, Cell, rows_of_cells
from caseflow.domain.ledger.words import LINE_WORDS
from caseflow.services.ports.ledger_reads import Extract

ROWS_A_SHEET: Final = 1_000_000
"""A worksheet holds 1,048,576 rows."""
_CHUNK_BYTES: Final = 1 << 16


def pieces_of_workbook(extract: Extract) -> Iterator[bytes]:
    """Yield the workbook in pieces; a new sheet begins where one is full."""
    book = Workbook(write_only=True)
    sheet = _sheet(book, extract, 1)
    for number, cells in enumerate(rows_of_cells(extract)):
        if number and number % ROWS_A_SHEET == 0:
            sheet = _sheet(book, extract, number // ROWS_A_SHEET + 1)
        sheet.append([_cell(sheet, value) for value in cells])
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(_CHUNK_BYTES):
            yield piece


def _sheet(book: Workbook, extract: Extract, number: int) -> Any:
    name = LINE_WORDS[extract.line].in_locale(extract.locale)
    sheet: Any = book.create_sheet(f"{name} {number}" if number > 1 else name)
    sheet.freeze_panes = "A2"
    for column, width in enumerate(WIDTHS):
        sheet.column_dimensions["ABCDEFGHIJKLMNOPQ"[column]].width = width
    headings = []
    for heading in HEADINGS:
        cell = WriteOnlyCell(sheet, heading.in_locale(extract.locale))
        cell.font = Font(bold=True)
        headings.append(cell)
    sheet.append(headings)
    return sheet


def _cell(sheet: Any, value: Cell) -> Any:
    if isinstance(value, str):
        # No text begins like a formula here (``harmless``); what XML cannot hold would be refused.
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    if isinstance(value, int):
        return value
    # The stubs know neither Decimal nor date; the library does.
    cell = WriteOnlyCell(sheet, value)  # type: ignore[arg-type]
    cell.number_format = "#,##0.00" if isinstance(value, Decimal) else "yyyy-mm-dd"
    return cell
