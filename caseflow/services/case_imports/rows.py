"""Rows as they are kept: their cells sealed, and what equal contents have in common."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from caseflow.domain.casebook.imports import Fate
from caseflow.domain.casebook.judging import Numbers, content_text
from caseflow.domain.casebook.numbers import book_number
from caseflow.domain.casebook.rows import Finding, Grade, JudgedRow, ReportedRow
from caseflow.domain.words import Words
from caseflow.services.case_imports.desk import ImportDesk
from caseflow.services.case_imports.plans import ImportRow
from caseflow.services.case_imports.sheets import OpenedBook
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.case_imports import KeptRow, KnownCase, StoredRow
from caseflow.services.ports.privacy import FieldCipher

# What the cipher binds cells to, and what it indexes contents for.
CELLS: Final = "casebook_row.cells"
CONTENT: Final = "casebook_row.content"
NUMBER_BITS: Final = 21
_LONGEST_NUMBER: Final = 200


@dataclass(frozen=True)
class OfficeKnown:
    """Fulfils :class:`caseflow.domain.casebook.judging.Known` with what was read beforehand."""

    cipher: FieldCipher
    office_id: int
    pattern: Words
    cases: Mapping[str, KnownCase]
    receipts: Mapping[str, str]

    @classmethod
    def load(cls, work: UnitOfWork, desk: ImportDesk, office_id: int, numbers: Numbers, pattern: Words) -> OfficeKnown:
        """Look for the case and receipt numbers of a file, in two queries.

        ``pattern`` is that of the regime's own numbers: what a case of the file would be called here is looked for too.
        """
        own = {book_number(pattern, number).english for number in numbers.cases}
        cases = work.case_imports.known_cases(office_id, list(own.union(numbers.cases)))
        receipts = work.case_imports.known_receipts(office_id, list(numbers.receipts))
        return cls(desk.cipher, office_id, pattern, {one.number: one for one in cases}, dict(receipts))

    def case_of(self, number: str) -> str | None:
        """Return the Chinese number of the case that has this number, or the one it would get here."""
        found = self._found(number)
        return found.number_zh if found is not None else None

    def is_same(self, reported: ReportedRow) -> bool:
        """Tell whether that case was imported from the same content."""
        found = self._found(reported.case_number)
        return found is not None and found.content_index in _content_indexes(self.cipher, self.office_id, reported)

    def receipt_of(self, number: str) -> str | None:
        """Return the case number of the receipt with this number."""
        return self.receipts.get(number)

    def case_id(self, number: str) -> int | None:
        """Return the case with this number."""
        found = self._found(number)
        return found.case_id if found is not None else None

    def _found(self, number: str) -> KnownCase | None:
        return self.cases.get(number) or self.cases.get(book_number(self.pattern, number).english)


def content_index(cipher: FieldCipher, office_id: int, reported: ReportedRow) -> bytes:
    """Return what equal contents have in common within the office, however a file writes them."""
    return _content_indexes(cipher, office_id, reported)[0]


def _content_indexes(cipher: FieldCipher, office_id: int, reported: ReportedRow) -> Sequence[bytes]:
    # The content is not kept, so its index stays under the key it was made with.
    return cipher.indexes(CONTENT, office_id, hashlib.sha256(content_text(reported).encode()).hexdigest())


def sealed_row(desk: ImportDesk, import_id: int, row: JudgedRow, cells: Mapping[str, str], fate: Fate) -> KeptRow:
    """Return a row that is still needed: waiting, or in the quarantine."""
    said = {
        "cells": dict(cells),
        "findings": [
            [one.column, one.heading, one.value, one.grade.value, one.words.en, one.words.zh] for one in row.findings
        ],
    }
    text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    sealed = desk.cipher.seal(CELLS, _bound(import_id, row.number), text)
    return KeptRow(row.number, row.case_number[:_LONGEST_NUMBER], row.grade, fate, sealed)


def done_row(desk: ImportDesk, office_id: int, row: JudgedRow, case_id: int, fate: Fate) -> KeptRow:
    """Return a row that is a case now, or was one before: its cells are not kept."""
    index = None
    if fate is not Fate.ALREADY_THERE and row.reported is not None:
        index = content_index(desk.cipher, office_id, row.reported)
    return KeptRow(row.number, row.case_number[:_LONGEST_NUMBER], row.grade, fate, None, index, case_id)


def cells_of(opened: OpenedBook) -> Mapping[int, dict[str, str]]:
    """Return the cells of the mapped columns alone, by row number and column name."""
    places = list(opened.columns.items())
    return {
        row.number: {name: row.cells[place] for name, place in places if place < len(row.cells) and row.cells[place]}
        for row in opened.sheet.rows
    }


def final_rows(
    desk: ImportDesk,
    import_id: int,
    known: OfficeKnown,
    found: Iterable[tuple[JudgedRow, Mapping[str, str]]],
    case_ids: Mapping[int, int],
) -> Iterable[KeptRow]:
    """Yield what became of each row once its cases are written; ``case_ids`` by row number."""
    for row, cells in found:
        if row.number in case_ids:
            yield done_row(desk, known.office_id, row, case_ids[row.number], Fate.WRITTEN)
            continue
        there = known.case_id(row.case_number) if row.known else None
        if there is not None:
            yield done_row(desk, known.office_id, row, there, Fate.ALREADY_THERE)
        else:
            yield sealed_row(desk, import_id, row, cells, Fate.QUARANTINED)


def opened_cells(desk: ImportDesk, import_id: int, row: KeptRow) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Return the cells and findings of a row; none where they are gone."""
    if row.sealed is None:
        return {}, ()
    said: dict[str, Any] = json.loads(desk.cipher.open(CELLS, _bound(import_id, row.number), row.sealed))
    return said["cells"], tuple(
        Finding(column, heading, value, Grade(grade), Words(en, zh))
        for column, heading, value, grade, en, zh in said["findings"]
    )


def shown_row(desk: ImportDesk, import_id: int, row: StoredRow) -> ImportRow:
    """Return a row as it is shown."""
    cells, findings = opened_cells(desk, import_id, row)
    return ImportRow(
        number=row.number,
        case_number=row.case_number,
        grade=row.grade,
        fate=row.fate,
        cells=cells,
        findings=findings,
        case_id=row.case_id,
        reason=row.reason,
        decided_by=row.decided_by_en,
        decided_by_zh=row.decided_by_zh,
        decided_at=row.decided_at,
    )


def count_fates(rows: Sequence[KeptRow]) -> dict[str, int]:
    """Return how many rows there are of each fate."""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.fate.value] = counts.get(row.fate.value, 0) + 1
    return counts


def _bound(import_id: int, number: int) -> int:
    return import_id << NUMBER_BITS | number
