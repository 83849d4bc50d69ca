"""The rows of the practice casebook, read as plainly as can be, and imported into a test's office."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any

from caseflow.domain.bank import read_amount, read_day
from caseflow.domain.casebook.rows import Grade, JudgedRow, ReportedRow
from caseflow.domain.workflow import Definition
from caseflow.services.imported_history import Book, ImportedHistory, Written
from tests.casebook import CASEBOOK, KEY
from tests.office import Office

FILE = "casebook.csv"
_DAY = re.compile(r"(\d{4})\D*(\d{1,2})\D*(\d{1,2})\D*")


def good_rows(definition: Definition) -> list[JudgedRow]:
    """The good rows of the practice casebook."""
    lines = csv.DictReader(io.StringIO((CASEBOOK / FILE).read_bytes().decode("gb18030")))
    good = {row["row"] for row in KEY["rows"] if row["ok"]}
    return [judged(number, reported(definition, line)) for number, line in enumerate(lines, 2) if number in good]


def judged(number: int, row: ReportedRow) -> JudgedRow:
    return JudgedRow(number, row.case_number, Grade.OK, (), row)


def reported(definition: Definition, line: dict[str, str]) -> ReportedRow:
    """Read a line whose headings are titles of the book's columns."""
    book = definition.old_book
    assert book is not None
    headings = {heading: one for one in book.columns.values() for heading in (one.title.zh, one.title.en, *one.also)}
    headings["案号"] = next(one for one in book.columns.values() if one.kind == "case_number")
    cells = {headings[name].name: (headings[name], cell) for name, cell in line.items() if name in headings and cell}
    text = {column.kind: cell for column, cell in cells.values()}
    dates, fen, words = dict[str, date](), dict[str, int](), dict[str, str]()
    for name, (column, cell) in cells.items():
        if column.kind == "date":
            dates[name] = read_day(cell) or date(*(int(part) for part in _DAY.fullmatch(cell).groups()))  # type: ignore[union-attr]
        elif column.kind == "amount":
            fen[name] = read_amount(cell.replace("元", "")) or 0
        elif column.kind == "choice":
            words[name] = next(value for value, ways in column.choices.items() if cell in ways)
        elif column.kind in ("receipt", "reference"):
            words[name] = cell
    return ReportedRow(
        text["case_number"], text.get("party_kind", book.party_kind), text["name"], text.get("identity", ""),
        text.get("address", ""), dates, fen, words,
    )  # fmt: skip


def importer(office: Office) -> ImportedHistory:
    application = office.application
    return ImportedHistory(application.rulebook, application.time, application.parties.cipher)


def import_rows(
    office: Office,
    rows: Iterable[JudgedRow],
    *,
    regime: str = "social_support_fee",
    actor: str = "officer",
    progress: Callable[[int], None] | None = None,
) -> Written:
    """Import rows as one book, in one transaction."""
    with office.application.store.begin() as work:
        book = Book(regime, FILE)
        written = importer(office).write(work, office.actors[actor], book, list(rows), progress)
        work.commit()
    return written


def import_casebook(office: Office, **how: Any) -> Written:
    return import_rows(office, good_rows(office.application.rulebook.regime("social_support_fee")), **how)


def made_up(many: int) -> list[JudgedRow]:
    """Return rows of a large book, no two of one person: a third undecided, a third part paid, a third in court."""
    rows = []
    for number in range(1, many + 1):
        year, serial = 2008 + number // 100_000, number % 100_000
        act = date(2007, 1, 5) + timedelta(days=number % 300)
        dates = {"act_date": act, "filed_on": act + timedelta(days=90), "decided_on": act + timedelta(days=150)}
        dates["served_on"] = act + timedelta(days=160)
        fen, words = {"assessed": 1_000_000 + number % 977}, dict[str, str]()
        if number % 2:
            dates["paid_on"] = act + timedelta(days=200)
            fen["paid"], words["receipt_no"] = 500_000, f"{40_000_000 + number}"
        else:
            dates |= {"demand_served_on": act + timedelta(days=400), "applied_on": act + timedelta(days=500)}
            words |= {"ruling": "allowed", "court_case_no": f"（2009）云执{number}号"}
            dates["listed_on"] = act + timedelta(days=600)
        row = ReportedRow(
            f"云计征字〔{year}〕{serial:05d}号", "person_liable", f"当事人{number}", f"99900019{number:010d}",
            f"云岭县第{number % 13}乡{number}号", dates, fen, words,
        )  # fmt: skip
        rows.append(judged(number + 1, row))
    return rows
