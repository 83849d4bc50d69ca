"""A file looked at without keeping anything, and a file taken in whole by one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.casebook.imports import LONGEST_NAME, Fate, ImportState, Phase
from caseflow.domain.casebook.judging import NothingKnown
from caseflow.domain.casebook.rows import JudgedRow
from caseflow.domain.words import Words
from caseflow.services.case_imports.desk import ImportDesk, Told, header_of
from caseflow.services.case_imports.plans import BookFile, ImportHeader, ImportRefused, ImportReport, TakenIn
from caseflow.services.case_imports.rows import OfficeKnown, cells_of, count_fates, final_rows
from caseflow.services.case_imports.sheets import (
    OpenedBook,
    Tally,
    check_size,
    headings_sha256,
    judged,
    open_book,
    refuse_faults,
)
from caseflow.services.case_imports.taken_numbers import Fallen, without_taken
from caseflow.services.case_imports.work import look, write_cases
from caseflow.services.cycle_collector import nothing_collected
from caseflow.services.duties import check_duties
from caseflow.services.imported_history import Book
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.case_imports import Change, NewImport


@dataclass(frozen=True)
class _Looked:
    """A file judged as the office stands now."""

    file: BookFile
    opened: OpenedBook
    report: ImportReport
    known: OfficeKnown


@dataclass(frozen=True)
class TakingIn:
    """The use cases of a file that is not kept."""

    desk: ImportDesk

    def preview(self, actor: Actor | None, file: BookFile, told: Told) -> ImportReport:
        """Return what the file would do; nothing is written."""
        opened = self._opened(actor, file, told)
        if actor is not None:
            with self.desk.store.begin() as work, nothing_collected():
                found, _known, tally = look(work, self.desk, actor.office_id, opened, told)
        else:
            tally = Tally(opened)
            found = list(judged(self.desk, opened, NothingKnown(), told))
            for row in found:
                tally.add(row)
        return _report(file, opened, found, tally)

    def take_in(self, actor: Actor, file: BookFile, told: Told, *, good_rows_only: bool) -> TakenIn:
        """Judge the file and write its cases, all in one transaction that nothing can leave half done.

        Raises ``NotPermitted``, :class:`ImportRefused` (with the report where rows are at fault).
        """
        check_duties(actor, Permission.IMPORT_CASES)
        opened = self._opened(actor, file, told)
        desk = self.desk

        def taken_in(fallen: Fallen) -> TakenIn:
            with desk.store.begin() as work, nothing_collected():
                work.case_imports.lock_office(actor.office_id)
                found, known, tally = look(work, desk, actor.office_id, opened, told, fallen)
                report = _report(file, opened, found, tally)
                if report.totals.error and not good_rows_only:
                    raise ImportRefused(("", errors_words(report.totals.error)), report=report)
                if not report.totals.new:
                    return TakenIn(report, None)
                looked = _Looked(file, opened, report, known)
                header = self._written(work, actor, looked, told, good_rows_only=good_rows_only)
                work.commit()
            return TakenIn(report, header)

        return without_taken(taken_in)

    def _written(
        self, work: UnitOfWork, actor: Actor, looked: _Looked, told: Told, *, good_rows_only: bool
    ) -> ImportHeader:
        file, opened, report = looked.file, looked.opened, looked.report
        desk, imports, totals = self.desk, work.case_imports, asdict(report.totals)
        regime = opened.definition.regime
        event = desk.event(actor, "casebook_entered", None, {"name": report.name, "sha256": report.sha256})
        new = NewImport(
            office_id=actor.office_id,
            name=report.name,
            sha256=report.sha256,
            size_bytes=len(file.content),
            entered_by=actor.id,
            key=event.key,
            state=ImportState.COMMITTING,
            asked=asked_of(file),
            regime=regime,
            read=opened.kept,
            totals=totals,
            good_rows_only=good_rows_only,
            committed_by=actor.id,
        )
        import_id = imports.add(new, desk.files.seal(file.content) if report.totals.error else None, event)
        if file.columns is not None:
            save_columns(work, desk, actor, opened)
        case_ids = write_cases(work, desk, actor, Book(regime, report.name, import_id), report.rows, told)
        cells = cells_of(opened) if report.totals.error else {}
        rows = [(row, cells.get(row.number, {})) for row in report.rows]
        final = list(final_rows(desk, import_id, looked.known, rows, case_ids))
        imports.replace_rows(import_id, final)
        told(Phase.WRITING, report.totals.new, report.totals.new)
        fates = count_fates(final)
        committed = desk.event(actor, "casebook_committed", import_id, {"regime": regime, **totals})
        change = Change(ImportState.COMMITTED, fates=fates, finished=Fate.QUARANTINED.value not in fates)
        imports.change(import_id, [ImportState.COMMITTING], change, committed)
        return header_of(desk.known_import(work, actor, import_id))

    def _opened(self, actor: Actor | None, file: BookFile, told: Told) -> OpenedBook:
        if actor is not None:
            check_permission(actor, Permission.IMPORT_CASES)
        check_size(file.content)
        told(Phase.READING, 0, 0)
        with self.desk.store.begin() as work:
            office_id = actor.office_id if actor is not None else None
            opened = open_book(
                self.desk,
                file,
                lambda sha256: work.case_imports.columns(office_id, sha256) if office_id is not None else None,
            )
        refuse_faults(opened)
        return opened


def _report(file: BookFile, opened: OpenedBook, found: list[JudgedRow], tally: Tally) -> ImportReport:
    return ImportReport(
        name=file_name(file.name),
        sha256=hashlib.sha256(file.content).hexdigest(),
        read=opened.read,
        totals=tally.totals,
        rows=found,
        already=frozenset(row.number for row in found if row.known),
        left_out=opened.sheet.left_out,
        sheet=opened.sheet,
    )


def save_columns(work: UnitOfWork, desk: ImportDesk, actor: Actor, opened: OpenedBook) -> None:
    """Save the columns for the next file with the same headings; one that is not there is saved as not there."""
    headings, regime = opened.sheet.headings, opened.definition.regime
    book = opened.definition.old_book
    names = list(book.columns) if book is not None else list(opened.columns)
    columns = {name: headings[opened.columns[name]] if name in opened.columns else "" for name in names}
    digest = headings_sha256(headings)
    if work.case_imports.columns(actor.office_id, digest) == (regime, columns):
        return
    event = desk.event(actor, "casebook_columns_saved", None, {"regime": regime, "columns": columns})
    work.case_imports.save_columns(actor.office_id, digest, regime, columns, event)


def errors_words(errors: int) -> Words:
    """Return what is said where rows are at fault."""
    return Words(
        f"{errors} rows have errors, so nothing is written: mend the file, or take the good rows only.",
        f"有{errors}行存在错误，未写入任何内容：请改正文件，或者只导入正确的行。",
    )


def asked_of(file: BookFile) -> dict[str, object]:
    """Return what was asked for with a file, to be kept."""
    return {
        name: dict(value) if name == "columns" else value
        for name in ("regime", "columns", "encoding", "sheet")
        if (value := getattr(file, name)) is not None
    }


def file_name(name: str) -> str:
    """Return the last part of a file's name, without what no list can show."""
    plain = "".join(letter for letter in name.replace("\\", "/").rpartition("/")[2] if letter.isprintable())
    return plain.strip()[:LONGEST_NAME] or "casebook"
