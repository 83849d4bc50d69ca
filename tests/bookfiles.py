"""Old casebooks as files, made by the tests: in any encoding and delimiter, as CSV and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from openpyxl import Workbook

from caseflow import bootstrap
from caseflow.adapters.casebooks import CasebookFiles
from caseflow.domain.casebook.headings import guess_columns, known_headings
from caseflow.domain.casebook.judging import Known, NothingKnown, judge
from caseflow.domain.casebook.rows import JudgedRow, Sheet
from caseflow.domain.old_book import OldBook
from caseflow.domain.rules import Rules

TODAY = date(2026, 11, 26)
HEADINGS = (
    "案号",
    "当事人",
    "身份证号",
    "行为日期",
    "立案日期",
    "决定日期",
    "送达日期",
    "征收金额",
    "已缴金额",
    "缴款日期",
    "票据号",
)
UNDECIDED = ("云计征字〔2010〕0001号", "王伟", "999000197808110018", "2009-10-12", "2010-04-08", "", "", "", "", "", "")
DECIDED = (
    "云计征字〔2010〕0002号",
    "李秀英",
    "999000197511080022",
    "2009-10-12",
    "2010-04-08",
    "2010-05-08",
    "2010-05-12",
    "24960.00",
    "",
    "",
    "",
)
PAID = (
    "云计征字〔2010〕0003号",
    "张敏",
    "999000196809250034",
    "2009-10-12",
    "2010-04-08",
    "2010-05-08",
    "2010-05-12",
    "24960.00",
    "8320.00",
    "2010-06-01",
    "31000001",
)
ROWS = (UNDECIDED, DECIDED, PAID)


@cache
def rules() -> Rules:
    definition = bootstrap.shipped_definitions()["social_support_fee"]
    return Rules(definition, bootstrap.shipped_law(), bootstrap.published_calendar())


def book() -> OldBook:
    found = rules().definition.old_book
    assert found is not None
    return found


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",", line_end: str = "\r\n") -> str:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return written.getvalue()


def csv_of(*rows: Sequence[str], encoding: str = "utf-8", delimiter: str = ",", line_end: str = "\r\n") -> bytes:
    return text_of([HEADINGS, *rows], delimiter, line_end).encode(encoding)


def xlsx_of(*rows: Sequence[Any], title: str = "台账") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(made)


def saved(made: Workbook) -> bytes:
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def read(content: bytes, name: str = "book", *, encoding: str | None = None, sheet: str | None = None) -> Sheet:
    return CasebookFiles().read(content, name, known=known_headings(book()), encoding=encoding, sheet=sheet)


def judged(
    content: bytes, columns: Mapping[str, int] | None = None, known: Known | None = None, today: date = TODAY
) -> list[JudgedRow]:
    table = read(content)
    told = guess_columns(table.headings, book()) if columns is None else columns
    return list(judge(table, told, rules(), today, known or NothingKnown()))


def changed(row: Sequence[str], **cells: str) -> tuple[str, ...]:
    """Return the row with the cells under these headings changed."""
    places = dict(zip(HEADINGS, row, strict=True)) | cells
    assert len(places) == len(HEADINGS)
    return tuple(places.values())
