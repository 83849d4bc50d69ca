"""A bank's CSV, by the columns the office named for that bank. Lines above the headings are passed over."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from caseflow.adapters.bank_formats.texts import bad_field
from caseflow.domain.bank import (
    BankFileRefused,
    Columns,
    Direction,
    ReadFile,
    ReadStatement,
    RowFault,
    StatementLine,
    guess_columns,
    read_amount,
    read_day,
)
from caseflow.domain.words import Words

_SEPARATORS = ",;\t|"
_MOST_LINES_ABOVE = 20


def headings_of(text: str) -> tuple[str, ...]:
    """Return the headings: the first line that looks like some. Raises ``BankFileRefused`` where none does."""
    return _table(text)[1]


def read_csv(text: str, columns: Columns) -> ReadFile:
    """Return the one statement of a CSV. Raises ``BankFileRefused``: the columns do not fit the file."""
    rows, headings, first = _table(text)
    wrong = columns.fault(headings)
    if wrong is not None:
        raise BankFileRefused([RowFault(first, wrong[0], wrong[1])])
    places = {name: headings.index(heading) for name, heading in columns.used().items()}
    lines: list[StatementLine] = []
    faults: list[RowFault] = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        line = _width_fault(number, row, headings, places) or _one(
            number, {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}, columns
        )
        if isinstance(line, RowFault):
            faults.append(line)
        else:
            lines.append(line)
    return ReadFile("csv", (ReadStatement(tuple(lines)),), tuple(faults))


def _width_fault(
    number: int, row: Sequence[str], headings: Sequence[str], places: Mapping[str, int]
) -> RowFault | None:
    """Return what is wrong when a row has not the fields of the headings, so that nobody knows which field is which.

    Empty fields at the end are no fault, of headings or of a row, unless an amount may have been split at its comma:
    the last field of such a row is empty for another reason.
    """
    fields, known = len(row), len(headings)
    fewest = next((at + 1 for at in reversed(range(known)) if headings[at]), 0)
    split = any(
        _SPLIT.fullmatch(",".join(cell.strip() for cell in row[at : at + 2]))
        for name, at in places.items()
        if name in _SIGNS
    )
    beyond_is_empty = not any(cell.strip() for cell in row[known:])
    if fields == fewest or (fields > fewest and beyond_is_empty and not split):
        return None
    words = Words(f"has {fields} fields, the heading has {known}", f"有{fields}个字段，标题行有{known}个")
    return RowFault(number, "", words)


def _one(number: int, cells: Mapping[str, str], columns: Columns) -> StatementLine | RowFault:
    day = read_day(cells["booked_on"])
    if day is None:
        return bad_field(number, columns.booked_on, cells["booked_on"])
    value_on = read_day(cells["value_on"]) if cells.get("value_on") else day
    if value_on is None:
        return bad_field(number, columns.value_on, cells["value_on"])
    fen = _fen(number, cells, columns)
    if isinstance(fen, RowFault):
        return fen
    return StatementLine(
        position=number,
        booked_on=day,
        value_on=value_on,
        direction=Direction.CREDIT if fen > 0 else Direction.DEBIT,
        amount_fen=abs(fen),
        reference=cells.get("reference", ""),
        text=cells.get("text", ""),
        counterparty=cells.get("counterparty", ""),
    )


def _fen(number: int, cells: Mapping[str, str], columns: Columns) -> int | RowFault:
    """Return the signed amount: of the one column, or of whichever of the two is filled."""
    told = [(name, cells[name], sign) for name, sign in _AMOUNTS if cells.get(name)]
    read = [(name, read_amount(text), sign) for name, text, sign in told]
    for (name, text, _sign), (_name, fen, _same) in zip(told, read, strict=True):
        if fen is None or (name != "amount" and fen < 0):
            return bad_field(number, getattr(columns, name), text)
    moved = [(name, fen * sign) for name, fen, sign in read if fen]
    if len(moved) != 1:
        name = "amount" if columns.amount else "credit" if columns.credit else "debit"
        return bad_field(number, getattr(columns, name), " / ".join(text for _name, text, _sign in told))
    return moved[0][1]


_AMOUNTS = (("amount", 1), ("credit", 1), ("debit", -1))
_SIGNS = dict(_AMOUNTS)
# An amount that nobody quoted, put together again over its comma.
_SPLIT = re.compile(r"[+-]?¥?\d{1,3},\d{3}(\.\d*)?")


def _table(text: str) -> tuple[list[tuple[int, list[str]]], tuple[str, ...], int]:
    """Return the numbered rows below the headings, the headings, and the line they stand on."""
    start = text[:4096]
    separator = max(_SEPARATORS, key=start.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, row) for row in reader)
    except csv.Error as error:
        words = Words(f"The line is not CSV: {error}", f"该行不是有效的CSV：{error}")
        raise BankFileRefused([RowFault(reader.line_num, "file", words)]) from error
    best = _headings_at(rows)
    if best is None:
        words = Words("The file has no line of headings.", "文件中没有列标题行。")
        raise BankFileRefused([RowFault(1, "file", words)])
    number, headings = rows[best]
    return rows[best + 1 :], tuple(cell.strip() for cell in headings), number


def _headings_at(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    near = range(min(len(rows), _MOST_LINES_ABOVE))
    for at in near:
        if len(guess_columns(rows[at][1]).used()) > 1:
            return at
    return next((at for at in near if len([cell for cell in rows[at][1] if cell.strip()]) > 1), None)
