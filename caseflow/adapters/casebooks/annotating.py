"""What is written beside each row of a casebook that is given back, and the workbook it is written into."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, Final

from caseflow.adapters.casebooks.workbooks import check_workbook
from caseflow.domain.casebook.formulas import harmless
from caseflow.domain.casebook.rows import Grade, JudgedRow, Sheet
from caseflow.domain.words import Words

MOST_FORMATTED_CELLS: Final = 400_000
"""A larger workbook is given back without its formats, which would take more memory than a server has to spare."""
_HEADING: Final = Words("Check before import", "导入检查")
_GRADES: Final[Mapping[Grade, Words]] = {
    Grade.OK: Words("OK", "正常"),
    Grade.WARNING: Words("Warning", "提示"),
    Grade.ERROR: Words("Error", "错误"),
}
_KNOWN: Final = Words("in caseflow already; adds nothing", "系统中已有，不再重复导入")
_LEFT_OUT: Final = Words("Left out", "不导入")
_WIDTH: Final = 60


def notes_of(sheet: Sheet, judged: Sequence[JudgedRow], language: str) -> dict[int, str]:
    """Return what is to be written in each row: the heading, the grade with its findings, or why it is left out."""
    notes = {sheet.heading_row: _HEADING.in_locale(language)}
    colon, stop = ("：", "") if language.startswith("zh") else (": ", " ")
    for number, why in sheet.left_out.items():
        if number > sheet.heading_row:
            notes[number] = f"{_LEFT_OUT.in_locale(language)}{colon}{why.in_locale(language)}"
    for row in judged:
        told = [one.words.in_locale(language) for one in row.findings]
        if row.known:
            told.append(_KNOWN.in_locale(language))
        grade = _GRADES[row.grade].in_locale(language)
        notes[row.number] = f"{grade}{colon}{stop.join(told)}" if told else grade
    return notes


def width_of(sheet: Sheet) -> int:
    """Return before how many cells of a row the note stands; one of an earlier check is written over."""
    if sheet.headings[-1] in (_HEADING.en, _HEADING.zh):
        return len(sheet.headings) - 1
    return max([len(sheet.headings), *(len(row.cells) for row in sheet.rows)])


def annotated_workbook(content: bytes, sheet: Sheet, notes: Mapping[int, str]) -> bytes:
    """Return the workbook with one column more in its sheet; formulas in any of its sheets are text now."""
    check_workbook(content)
    from openpyxl import Workbook, load_workbook

    width = width_of(sheet)
    written = io.BytesIO()
    if len(sheet.rows) * width > MOST_FORMATTED_CELLS:
        plain = Workbook(write_only=True)
        _write_plain(plain.create_sheet(sheet.sheet_name), sheet, notes, width)
        plain.save(written)
        return written.getvalue()
    book = load_workbook(io.BytesIO(content), data_only=False, keep_links=False)
    # A name may stand for a formula, too.
    book.defined_names.clear()
    for one in book.worksheets:
        one.defined_names.clear()
        _make_harmless(one)
    _add_column(book[sheet.sheet_name], sheet.heading_row, notes, width + 1)
    book.save(written)
    return written.getvalue()


def _make_harmless(sheet: Any) -> None:
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                # One over several cells is an object that holds its text.
                cell.value = f"'{getattr(cell.value, 'text', None) or cell.value}"
            elif isinstance(cell.value, str):
                text = harmless(cell.value)
                if text != cell.value:
                    cell.value = text


def _add_column(sheet: Any, heading_row: int, notes: Mapping[int, str], column: int) -> None:
    from openpyxl.cell.cell import MergedCell
    from openpyxl.utils import get_column_letter

    for number, note in notes.items():
        cell = sheet.cell(number, column)
        if not isinstance(cell, MergedCell):
            cell.value = note
    beside = sheet.cell(heading_row, column - 1)
    if beside.has_style:
        sheet.cell(heading_row, column)._style = copy(beside._style)  # noqa: SLF001 - openpyxl's way to copy a format
    sheet.column_dimensions[get_column_letter(column)].width = _WIDTH


def _write_plain(sheet: Any, book: Sheet, notes: Mapping[int, str], width: int) -> None:
    cells = {row.number: row.cells for row in book.rows} | {book.heading_row: book.headings}
    for number in range(1, max(*notes, *cells) + 1):
        row = [harmless(cell) for cell in cells.get(number, ())][:width]
        sheet.append([*row, *[""] * (width - len(row)), notes.get(number, "")])
