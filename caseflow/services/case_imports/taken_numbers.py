"""A number that somebody took between the look at a row and its writing: its row falls out, and the rest goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from caseflow.domain.casebook.history import receipt_numbers
from caseflow.domain.casebook.numbers import book_number
from caseflow.domain.casebook.rows import Finding, Grade, JudgedRow
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.services.case_imports.plans import ImportRefused
from caseflow.services.case_imports.sheets import OpenedBook
from caseflow.services.imported_history import NumberReported

T = TypeVar("T")
# So often all is begun anew for a number that was taken. Each new look sees what was taken until then.
_MOST_FALLEN: Final = 5
_WHAT: Final[Mapping[str, Words]] = {
    "case": Words("case number", "案号"),
    "receipt": Words("receipt number", "票据号"),
}


class NumberTaken(ImportRefused):
    """The database refused a number of a row (None: nobody can tell which). Nothing of the transaction may be kept."""

    def __init__(self, row: JudgedRow | None, what: str, number: str) -> None:
        self.row, self.what, self.number = row, what, number
        title = _WHAT[what]
        if row is None:
            of_en, of_zh = f" ({number})" if number else "", f"（{number}）" if number else ""
            words = Words(
                f"A {title.en}{of_en} was taken by somebody else at the same time; nothing was written. Check the rows "
                "again.",
                f"同时有他人占用了{title.zh}{of_zh}；未写入任何内容。请重新核对。",
            )
        else:
            words = Words(
                f"Row {row.number}, case {row.case_number}: the {title.en} {number} was taken by somebody else at the "
                "same time; nothing was written. Check the rows again.",
                f"第{row.number}行（案号{row.case_number}）：{title.zh}{number}同时已被他人占用；未写入任何内容。"
                "请重新核对。",
            )
        super().__init__(("", words))


Fallen = Mapping[int, NumberTaken]
"""Rows by number whose number the database refused."""


def taken_number(definition: Definition, rows: Sequence[JudgedRow], refusal: NumberReported) -> NumberTaken:
    """Return what the database refused, with the row that it is about."""

    def has_it(row: JudgedRow) -> bool:
        if refusal.what == "receipt":
            return row.reported is not None and refusal.number in receipt_numbers(definition, row.reported)
        return refusal.number in (row.case_number, book_number(definition.number, row.case_number).english)

    # Of two rows of the file with one number, the second is the one too many.
    found = next((row for row in reversed(rows) if refusal.number and has_it(row)), None)
    return NumberTaken(found, refusal.what, refusal.number)


def without_taken(act: Callable[[Fallen], T]) -> T:
    """Do something in one transaction; begin it anew, without the row, where the database refuses a row's number.

    Raises :class:`NumberTaken` where that does not help.
    """
    fallen: dict[int, NumberTaken] = {}
    while True:
        try:
            return act(fallen)
        except NumberTaken as taken:
            if taken.row is None or not may_fall(taken, fallen):
                raise
            fallen[taken.row.number] = taken


def may_fall(taken: NumberTaken, fallen: Fallen) -> bool:
    """Tell whether it helps to begin anew without the row."""
    return taken.row is not None and taken.row.number not in fallen and len(fallen) < _MOST_FALLEN


def fallen_row(opened: OpenedBook, row: JudgedRow, fallen: Fallen) -> JudgedRow:
    """Return a row as it was judged, or at fault where its number was refused and the new look did not see why."""
    taken = fallen.get(row.number)
    book = opened.definition.old_book
    if taken is None or book is None or row.grade is Grade.ERROR:
        return row
    kind = "receipt" if taken.what == "receipt" else "case_number"
    column = next(one for one in book.columns.values() if one.kind == kind)
    place = opened.columns.get(column.name)
    heading = column.title.zh if place is None else opened.sheet.headings[place]
    title = _WHAT[taken.what]
    words = Words(
        f"“{heading}”: the office has the {title.en} {taken.number} already; leave the row out, or correct the number.",
        f"“{heading}”：本单位已有{title.zh}{taken.number}，请删除本行或更正号码。",
    )
    value = row.case_number if taken.what == "case" else taken.number
    finding = Finding(column.name, heading, value, Grade.ERROR, words)
    return replace(row, grade=Grade.ERROR, findings=(finding, *row.findings), reported=None, known=False)
