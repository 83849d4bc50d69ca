"""The quarantine of an import: its rows mended and judged again, or left out with a reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from caseflow.domain.access import Actor, Permission
from caseflow.domain.casebook.imports import LONGEST_REASON, Fate, ImportState
from caseflow.domain.casebook.rows import JudgedRow
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.case_imports.desk import ImportDesk, header_of
from caseflow.services.case_imports.plans import (
    ImportHeader,
    ImportMovedOn,
    ImportRefused,
    ImportRow,
    Mended,
    NoSuchImport,
)
from caseflow.services.case_imports.rows import OfficeKnown, done_row, opened_cells, sealed_row, shown_row
from caseflow.services.case_imports.taken_numbers import Fallen, without_taken
from caseflow.services.case_imports.work import look, reopened, write_cases
from caseflow.services.duties import check_duties
from caseflow.services.imported_history import Book
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.case_imports import Change, KeptRow, StoredImport, StoredRow
from caseflow.services.ports.casebooks import LONGEST_CELL

_ALL_ROWS = 1 << 30
_DONE = (Fate.WRITTEN, Fate.MENDED, Fate.ALREADY_THERE)


@dataclass(frozen=True)
class Quarantine:
    """The use cases of rows that were not good."""

    desk: ImportDesk

    def mend(self, actor: Actor, import_id: int, number: int, cells: Mapping[str, str]) -> Mended:
        """Judge a quarantined row with the cells typed; write it where it is good."""
        return without_taken(lambda fallen: self._mend(actor, import_id, number, cells, fallen))

    def _mend(self, actor: Actor, import_id: int, number: int, cells: Mapping[str, str], fallen: Fallen) -> Mended:
        desk = self.desk
        with desk.store.begin() as work:
            stored, row = self._locked(work, actor, import_id, number)
            if row.fate in _DONE:
                return Mended(shown_row(desk, import_id, row), row.case_id)
            if row.fate is not Fate.QUARANTINED:
                raise ImportMovedOn(stored.state)
            book = desk.books(stored.regime)[stored.regime or ""].old_book
            columns = book.columns if book is not None else {}
            kept = _mended(columns, opened_cells(desk, import_id, row)[0], cells)
            opened = reopened(desk, stored, {number: kept})
            found, known, _tally = look(work, desk, actor.office_id, opened, fallen=fallen)
            settled = self._settled(work, actor, stored, known, found, {number: kept})
            body = {"row": number, "fate": settled[0].fate.value, "typed": sorted(cells)}
            event = desk.event(actor, "casebook_row_mended", import_id, body)
            work.case_imports.settle(import_id, settled, actor.id, event)
            self._count(work, actor, stored, settled)
            after = self._row(work, import_id, number)
            work.commit()
        return Mended(after, after.case_id)

    def rerun(self, actor: Actor, import_id: int) -> ImportHeader:
        """Judge every row of the quarantine again and write those that are good now."""
        return without_taken(lambda fallen: self._rerun(actor, import_id, fallen))

    def _rerun(self, actor: Actor, import_id: int, fallen: Fallen) -> ImportHeader:
        desk = self.desk
        with desk.store.begin() as work:
            stored = self._open(work, actor, import_id)
            rows = work.case_imports.rows(import_id, fate=Fate.QUARANTINED, limit=_ALL_ROWS)
            cells = {row.number: opened_cells(desk, import_id, row)[0] for row in rows}
            opened = reopened(desk, stored, cells)
            found, known, _tally = look(work, desk, actor.office_id, opened, fallen=fallen)
            settled = self._settled(work, actor, stored, known, found, cells)
            done = [row for row in settled if row.fate is not Fate.QUARANTINED]
            event = desk.event(actor, "casebook_quarantine_judged", import_id, {"rows": len(rows), "done": len(done)})
            # Who wrote a row decided about it; the others are only told anew what is wrong with them.
            work.case_imports.settle(import_id, done, actor.id, event)
            left = [row for row in settled if row.fate is Fate.QUARANTINED]
            told = desk.event(actor, "casebook_quarantine_left", import_id, {"rows": len(left)})
            work.case_imports.settle(import_id, left, None, told)
            self._count(work, actor, stored, done)
            after = desk.known_import(work, actor, import_id)
            work.commit()
        return header_of(after)

    def leave_out(self, actor: Actor, import_id: int, number: int, reason: str) -> ImportHeader:
        """Leave a quarantined row out for good."""
        desk, reason = self.desk, plain_text(reason).strip()
        if not 0 < len(reason) <= LONGEST_REASON:
            words = Words(
                f"Give the reason in 1 to {LONGEST_REASON} characters.", f"请用1至{LONGEST_REASON}字说明理由。"
            )
            raise ImportRefused(("reason", words))
        with desk.store.begin() as work:
            stored, row = self._locked(work, actor, import_id, number)
            if row.fate is Fate.LEFT_OUT and row.reason == reason:
                return header_of(stored)
            if row.fate is not Fate.QUARANTINED:
                raise ImportMovedOn(stored.state)
            event = desk.event(actor, "casebook_row_left_out", import_id, {"row": number, "reason": reason})
            work.case_imports.leave_out(import_id, number, reason, event)
            self._count(work, actor, stored, [replace(_plain(row), fate=Fate.LEFT_OUT)])
            after = desk.known_import(work, actor, import_id)
            work.commit()
        return header_of(after)

    def _open(self, work: UnitOfWork, actor: Actor, import_id: int) -> StoredImport:
        """Return a committed import; nobody else writes cases of the office until the end of the transaction."""
        check_duties(actor, Permission.IMPORT_CASES)
        self.desk.known_import(work, actor, import_id)
        work.case_imports.lock_office(actor.office_id)
        stored = self.desk.known_import(work, actor, import_id, locked=True)
        if stored.state is not ImportState.COMMITTED:
            raise ImportMovedOn(stored.state)
        return stored

    def _locked(self, work: UnitOfWork, actor: Actor, import_id: int, number: int) -> tuple[StoredImport, StoredRow]:
        stored = self._open(work, actor, import_id)
        row = work.case_imports.row(import_id, number, locked=True)
        if row is None:
            raise NoSuchImport(import_id, number)
        return stored, row

    def _settled(
        self,
        work: UnitOfWork,
        actor: Actor,
        stored: StoredImport,
        known: OfficeKnown,
        found: list[JudgedRow],
        cells: Mapping[int, Mapping[str, str]],
    ) -> list[KeptRow]:
        """Write what is good now, and return what became of each row."""
        desk = self.desk
        case_ids = write_cases(work, desk, actor, Book(stored.regime or "", stored.name, stored.id), found)
        settled = []
        for row in found:
            there = known.case_id(row.case_number) if row.known else None
            if row.number in case_ids:
                settled.append(done_row(desk, stored.office_id, row, case_ids[row.number], Fate.MENDED))
            elif there is not None:
                settled.append(done_row(desk, stored.office_id, row, there, Fate.ALREADY_THERE))
            else:
                settled.append(sealed_row(desk, stored.id, row, cells[row.number], Fate.QUARANTINED))
        return settled

    def _count(self, work: UnitOfWork, actor: Actor, stored: StoredImport, settled: list[KeptRow]) -> None:
        """Count what became of rows of the quarantine, and end the import with its last one."""
        fates = dict(stored.fates)
        for row in settled:
            if row.fate is not Fate.QUARANTINED:
                fates[Fate.QUARANTINED.value] -= 1
                fates[row.fate.value] = fates.get(row.fate.value, 0) + 1
        if fates == dict(stored.fates):
            return
        finished = not fates[Fate.QUARANTINED.value]
        action = "casebook_import_finished" if finished else "casebook_rows_counted"
        event = self.desk.event(actor, action, stored.id, {"fates": fates})
        change = Change(ImportState.COMMITTED, fates=fates, finished=finished)
        work.case_imports.change(stored.id, [ImportState.COMMITTED], change, event)

    def _row(self, work: UnitOfWork, import_id: int, number: int) -> ImportRow:
        row = work.case_imports.row(import_id, number)
        if row is None:
            raise NoSuchImport(import_id, number)
        return shown_row(self.desk, import_id, row)


def _plain(row: StoredRow) -> KeptRow:
    return KeptRow(row.number, row.case_number, row.grade, row.fate, row.sealed, row.content_index, row.case_id)


def _mended(columns: Collection[str], kept: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, str]:
    """Return the cells with what was typed in their place. Raises :class:`ImportRefused`: no such column, too long."""
    faults = []
    cells = dict(kept)
    for name, text in typed.items():
        plain = plain_text(text).strip()
        if name not in columns:
            faults.append((name, Words("A casebook has no such column.", "台账没有该列。")))
        elif len(plain) > LONGEST_CELL:
            faults.append((name, Words(f"At most {LONGEST_CELL} characters.", f"最多{LONGEST_CELL}字。")))
        cells[name] = plain
    if faults:
        raise ImportRefused(*faults)
    return {name: text for name, text in cells.items() if text}
