"""A file opened: which regime's casebook it is, which column holds what, and what its rows say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from caseflow.domain.casebook.headings import (
    ColumnFault,
    MappingRefused,
    columns_faults,
    guess_columns,
    known_headings,
    mapped_columns,
)
from caseflow.domain.casebook.imports import Chosen, Phase, Totals
from caseflow.domain.casebook.judging import Known, judge
from caseflow.domain.casebook.rows import Grade, JudgedRow, Sheet, SheetRow
from caseflow.domain.old_book import OldBook
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.services.case_imports.desk import TOLD_EVERY_ROWS, ImportDesk, Told
from caseflow.services.case_imports.plans import BookFile, BookRead, FileUnreadable, ImportRefused
from caseflow.services.ports.casebooks import LARGEST_BOOK_BYTES, BookUnreadable

SAMPLES = 3
# Gives (regime, columns) saved for a row of headings.
Saved = Callable[[str], tuple[str, Mapping[str, str]] | None]


@dataclass(frozen=True)
class OpenedBook:
    """A file whose table was read. ``faults``: what keeps its rows from being judged."""

    definition: Definition
    sheet: Sheet
    columns: Mapping[str, int]
    faults: Sequence[ColumnFault]

    @property
    def read(self) -> BookRead:
        """How it was read."""
        headings, book = self.sheet.headings, self.definition.old_book
        used = set(self.columns.values())
        return BookRead(
            regime=self.definition.regime,
            encoding=self.sheet.encoding,
            sheet_name=self.sheet.sheet_name,
            heading_row=self.sheet.heading_row,
            headings=headings,
            columns={name: headings[place] for name, place in self.columns.items()},
            unmapped=tuple(heading for place, heading in enumerate(headings) if place not in used and heading),
            encoding_sure=self.sheet.encoding_sure,
            sheet_names=self.sheet.sheet_names,
            sheets_passed_over=self.sheet.sheets_passed_over,
            unfilled=tuple(name for name in book.columns if name not in self.columns) if book is not None else (),
        )

    @property
    def kept(self) -> dict[str, Any]:
        """How it was read, to be kept: what the stored rows are judged by again."""
        read = {name: value for name, value in asdict(self.read).items() if name != "samples"}
        return {**read, "serial_dates": self.sheet.serial_dates}

    def samples(self) -> Mapping[str, Sequence[str]]:
        """Return the first filled cells under each heading that fills a column, and of no other one."""
        found: dict[str, list[str]] = {}
        for place in self.columns.values():
            shown = found.setdefault(self.sheet.headings[place], [])
            for row in self.sheet.rows[: 10 * SAMPLES]:
                if place < len(row.cells) and row.cells[place] and len(shown) < SAMPLES:
                    shown.append(row.cells[place])
        return found


def check_size(content: bytes) -> None:
    """Raise :class:`ImportRefused` for a file that is empty or too large."""
    if not content:
        raise ImportRefused(("file", Words("The file is empty.", "文件为空。")))
    if len(content) > LARGEST_BOOK_BYTES:
        most = LARGEST_BOOK_BYTES // (1 << 20)
        words = Words(f"The file is larger than {most} MiB: split it.", f"文件超过{most} MiB：请拆分。")
        raise ImportRefused(("file", words))


def open_book(desk: ImportDesk, file: BookFile, saved: Saved = lambda _headings: None) -> OpenedBook:
    """Read the table of a file and find out its regime and columns.

    Raises :class:`ImportRefused`: it cannot be read, no regime or several fit its headings, no such regime or column.
    """
    books = desk.books(file.regime)
    named = {name: book for name, one in books.items() if (book := one.old_book) is not None}
    known = frozenset[str]().union(*(known_headings(book, file.columns) for book in named.values()))
    try:
        sheet = desk.reader.read(file.content, file.name, known=known, encoding=file.encoding, sheet=file.sheet)
    except BookUnreadable as refusal:
        words = refusal.words
        if refusal.row is not None and f"row {refusal.row} " not in words.en.lower():
            words = Words(f"Row {refusal.row}: {words.en}", f"第{refusal.row}行：{words.zh}")
        raise FileUnreadable(("file", words)) from refusal
    mapping = file.columns
    if mapping is None:
        before = saved(headings_sha256(sheet.headings))
        if before is not None and before[0] in named and set(before[1].values()) - {""} <= set(sheet.headings):
            named, mapping = {before[0]: named[before[0]]}, before[1]
    regime, columns, faults = _fitting(sheet.headings, named, mapping)
    return OpenedBook(books[regime], sheet, columns, faults)


def _fitting(
    headings: Sequence[str], books: Mapping[str, OldBook], mapping: Chosen | None
) -> tuple[str, Mapping[str, int], Sequence[ColumnFault]]:
    """Return the regime whose casebook has these headings, its columns and what is wrong with them."""
    found: dict[str, tuple[Mapping[str, int], Sequence[ColumnFault]]] = {}
    refusals: list[MappingRefused] = []
    for name, book in books.items():
        try:
            columns = guess_columns(headings, book) if mapping is None else mapped_columns(mapping, headings, book)
        except MappingRefused as refusal:
            refusals.append(refusal)
            continue
        found[name] = columns, columns_faults(columns, headings, book)
    if not found:
        raise ImportRefused(*((fault.column, fault.words) for fault in refusals[0].faults))
    fitting = {name: set(columns.values()) for name, (columns, faults) in found.items() if not faults}
    if not fitting:
        # None does: what is missing is told for the one that knows most of the headings.
        best = max(found, key=lambda name: len(found[name][0]))
        return best, *found[best]
    for name, places in fitting.items():
        # Every regime has a number, a party and a filing: the one that knows all the others know, and more, it is.
        if all(places > others for other, others in fitting.items() if other != name):
            return name, *found[name]
    names = ", ".join(sorted(fitting))
    words = Words(f"Say which regime this casebook is of: {names}.", f"请指明台账所属制度：{names}。")
    raise ImportRefused(("regime", words))


def refuse_faults(opened: OpenedBook) -> None:
    """Raise :class:`ImportRefused` where the columns do not do."""
    if opened.faults:
        raise ImportRefused(*((fault.column, fault.words) for fault in opened.faults))


def headings_sha256(headings: Sequence[str]) -> str:
    """Return what files with the same headings in the same order have in common."""
    return hashlib.sha256(json.dumps(list(headings), ensure_ascii=False).encode()).hexdigest()


def judged(desk: ImportDesk, opened: OpenedBook, known: Known, told: Told) -> Iterator[JudgedRow]:
    """Yield each row judged, telling how far it is."""
    total = len(opened.sheet.rows)
    rules = desk.rules(opened.definition)
    for done, row in enumerate(judge(opened.sheet, opened.columns, rules, desk.today, known), start=1):
        yield row
        if done % TOLD_EVERY_ROWS == 0 or done == total:
            told(Phase.JUDGING, done, total)


def kept_book(
    definition: Definition, kept: Mapping[str, Any], rows: Sequence[tuple[int, Mapping[str, str]]]
) -> OpenedBook:
    """Return a book of rows that were kept: (number, cells by column name), as if only its mapped columns were there.

    A column that the file has not, and somebody filled while mending, comes last under its own title.
    """
    headings = dict(kept["columns"])
    filled = {name for _number, cells in rows for name in cells}
    if definition.old_book is not None:
        titles = {name: one.title.zh for name, one in definition.old_book.columns.items()}
        headings |= {name: title for name, title in titles.items() if name in filled and name not in headings}
    sheet = Sheet(
        # Those that fill no column come last, without any cell: they are named where one of them may be missing.
        headings=(*headings.values(), *kept["unmapped"]),
        heading_row=kept["heading_row"],
        rows=[SheetRow(number, tuple(cells.get(name, "") for name in headings)) for number, cells in rows],
        encoding=kept["encoding"],
        sheet_name=kept["sheet_name"],
        serial_dates=kept["serial_dates"],
    )
    return OpenedBook(definition, sheet, {name: place for place, name in enumerate(headings)}, ())


class Tally:
    """Counts rows as they are judged."""

    def __init__(self, opened: OpenedBook) -> None:
        self._totals = Totals(left_out_lines=len(opened.sheet.left_out))
        self._counts = dict.fromkeys(Grade, 0)
        self._new = self._already = self._assessed = self._paid = 0

    def add(self, row: JudgedRow) -> None:
        """Count a row."""
        self._counts[row.grade] += 1
        if row.known:
            self._already += 1
        elif row.reported is not None:
            self._new += 1
            self._assessed += row.reported.amounts_fen.get("assessed", 0)
            self._paid += row.reported.amounts_fen.get("paid", 0)

    @property
    def totals(self) -> Totals:
        """What was counted."""
        return replace(
            self._totals,
            rows=sum(self._counts.values()),
            ok=self._counts[Grade.OK],
            warning=self._counts[Grade.WARNING],
            error=self._counts[Grade.ERROR],
            new=self._new,
            already=self._already,
            assessed_fen=self._assessed,
            paid_fen=self._paid,
        )
