"""Every use case of the import of an old casebook."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from caseflow.domain.access import GRANTS, Actor, Permission, check_permission
from caseflow.domain.casebook.imports import Chosen, Fate, ImportState, Progress
from caseflow.domain.casebook.rows import Grade
from caseflow.domain.words import Words
from caseflow.services.case_imports.copies import annotated
from caseflow.services.case_imports.desk import ImportDesk, Told, header_of, untold
from caseflow.services.case_imports.plans import (
    Annotated,
    BookFile,
    BookRead,
    ImportHeader,
    ImportMovedOn,
    ImportPage,
    ImportRefused,
    ImportReport,
    ImportRow,
    Mended,
    NoSuchImport,
    TakenIn,
)
from caseflow.services.case_imports.quarantine import Quarantine
from caseflow.services.case_imports.rows import shown_row
from caseflow.services.case_imports.sheets import check_size, open_book, refuse_faults
from caseflow.services.case_imports.taking_in import TakingIn, asked_of, errors_words, file_name, save_columns
from caseflow.services.case_imports.work import SMALL_BYTES, ImportWork
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.ports import AlreadyWritten, UnitOfWork
from caseflow.services.ports.case_imports import Change, NewImport, StoredImport
from caseflow.services.ports.casebooks import BookUnreadable

IMPORTS_A_PAGE = 25
ROWS_A_PAGE = 50
# Whoever works tells of it at least this often.
_QUIET_SECONDS = 60.0
_AT_WORK = (ImportState.CHECKING, ImportState.COMMITTING)
_AT_REST = (ImportState.ENTERED, ImportState.CHECKED)
_UNWRITTEN = (*_AT_REST, ImportState.CHECKING)


@dataclass(frozen=True)
class CaseImports:
    """The use cases. All need ``Permission.IMPORT_CASES``; an office sees its own imports only.

    ``work`` is what checks and commits, the same in a worker as in the request that sent a small file.
    """

    desk: ImportDesk
    work: ImportWork

    @cached_property
    def _quarantine(self) -> Quarantine:
        return Quarantine(self.work.desk)  # it writes cases, as the work does

    def regimes(self) -> Sequence[str]:
        """Return the regimes whose old casebooks can be imported."""
        return sorted(self.desk.books())

    def acts_for(self, office_code: str | None, login: str | None) -> Actor | None:
        """Return whom a command acts for: whoever is named, else the likeliest; None where there is nobody.

        That is the only officer, else the head of the office, else its first supervisor.
        Raises :class:`ImportRefused` where one of several offices must be named.
        """
        roles = sorted(role.value for role in GRANTS[Permission.IMPORT_CASES])
        with self.desk.store.begin() as work:
            found = work.case_imports.acts_for(office_code, roles, login)
            if len({office_id for office_id, _staff in found}) > 1:
                words = Words("Name the office: there are several.", "有多个单位，请指明单位。")
                raise ImportRefused(("office", words))
            member = work.staff.by_id(found[0][1]) if found else None
        return member.actor if member is not None else None

    def mapping(self, content: bytes) -> Chosen:
        """Return what a mapping file says: column name -> heading. Raises :class:`ImportRefused` (``columns``)."""
        try:
            return self.desk.reader.mapping(content)
        except BookUnreadable as refusal:
            raise ImportRefused(("columns", refusal.words)) from refusal

    def preview(self, actor: Actor | None, file: BookFile, told: Told = untold) -> ImportReport:
        """Return what the file would do; nothing is written. Without an actor: as an office that has no case yet.

        Raises ``NotPermitted``, :class:`ImportRefused` (the file cannot be read, the columns do not fit).
        """
        return TakingIn(self.desk).preview(actor, file, told)

    def take_in(self, actor: Actor, file: BookFile, *, good_rows_only: bool = False, told: Told = untold) -> TakenIn:
        """Judge the file and write its cases in this process and one transaction: everything or nothing.

        Raises ``NotPermitted``, :class:`ImportRefused` (with the report where rows are at fault).
        """
        return TakingIn(self.desk).take_in(actor, file, told, good_rows_only=good_rows_only)

    def annotated_copy(self, file: BookFile, report: ImportReport, language: str) -> bytes:
        """Return a copy of a file that was looked at, with what is wrong beside each row. Writes nothing."""
        return self.desk.reader.annotated(file.content, file.name, report.sheet, report.rows, language)

    def enter(self, actor: Actor, file: BookFile, key: str) -> int:
        """Keep the file (encrypted) and return the import's id; a repeated request answers its first result.

        A small file has been read and judged when this returns; a large one is left to a worker: look at
        :meth:`progress`. The columns are those given, else those saved for the same headings, else guessed; where they
        do not do, the import stays ``entered`` and its header has the fault.
        Raises ``NotPermitted``, :class:`ImportRefused` (empty, too large, unreadable), ``KeyReused``.
        """
        check_duties(actor, Permission.IMPORT_CASES)
        check_size(file.content)
        desk, sha256, small = self.desk, hashlib.sha256(file.content).hexdigest(), len(file.content) <= SMALL_BYTES
        with desk.store.begin() as work:
            first = work.case_imports.by_key(actor.office_id, key)
            if first is not None:
                if (first.sha256, first.entered_by) != (sha256, actor.id):
                    raise KeyReused(key)
                return first.id
            if small:
                # What can be told at once is told before anything is kept.
                _refuse_unreadable(desk, work, actor, file)
            new = NewImport(
                office_id=actor.office_id,
                name=file_name(file.name),
                sha256=sha256,
                size_bytes=len(file.content),
                entered_by=actor.id,
                key=key,
                state=ImportState.CHECKING,
                asked=asked_of(file),
            )
            event = desk.event(actor, "casebook_entered", None, {"name": new.name, "sha256": sha256}, key)
            try:
                import_id = work.case_imports.add(new, desk.files.seal(file.content), event)
            except AlreadyWritten:
                raise KeyReused(key) from None
            work.commit()
        self._go_on(actor.office_id, import_id, small=small)
        return import_id

    def newest(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[ImportHeader], int | None]:
        """Return one page of the office's imports, newest first, and the key of the next page."""
        check_permission(actor, Permission.IMPORT_CASES)
        with self.desk.store.begin() as work:
            found = work.case_imports.newest(actor.office_id, before_id=before_id, limit=IMPORTS_A_PAGE + 1)
        shown = [header_of(one) for one in found[:IMPORTS_A_PAGE]]
        return shown, shown[-1].id if len(found) > IMPORTS_A_PAGE else None

    def show(self, actor: Actor, import_id: int) -> ImportHeader:
        """Return an import. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        with self.desk.store.begin() as work:
            return header_of(self.desk.known_import(work, actor, import_id))

    def progress(self, actor: Actor, import_id: int) -> Progress:
        """Return how far the work at an import has come. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        with self.desk.store.begin() as work:
            return _progress(work, self.desk.known_import(work, actor, import_id))

    def rows(
        self, actor: Actor, import_id: int, grade: Grade | None = None, after: int = 0, *, fate: Fate | None = None
    ) -> ImportPage:
        """Return one page of rows with a number above ``after``: all, those of a grade, those of a fate.

        Raises ``NotPermitted``, :class:`NoSuchImport`.
        """
        with self.desk.store.begin() as work:
            stored = self.desk.known_import(work, actor, import_id)
            found = work.case_imports.rows(import_id, grade=grade, fate=fate, after=after, limit=ROWS_A_PAGE + 1)
            progress = _progress(work, stored)
        shown = [shown_row(self.desk, import_id, row) for row in found[:ROWS_A_PAGE]]
        next_key = shown[-1].number if len(found) > ROWS_A_PAGE else None
        return self._page(stored, progress, shown, next_key)

    def quarantine(self, actor: Actor, import_id: int, after: int = 0) -> ImportPage:
        """Return one page of the rows that wait in the quarantine. Raises as :meth:`rows`."""
        return self.rows(actor, import_id, after=after, fate=Fate.QUARANTINED)

    def row(self, actor: Actor, import_id: int, number: int) -> ImportPage:
        """Return one row, as a page of one. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        with self.desk.store.begin() as work:
            stored = self.desk.known_import(work, actor, import_id)
            found = work.case_imports.row(import_id, number)
            progress = _progress(work, stored)
        if found is None:
            raise NoSuchImport(import_id, number)
        return self._page(stored, progress, [shown_row(self.desk, import_id, found)], None)

    def columns(
        self,
        actor: Actor,
        import_id: int,
        regime: str | None = None,
        *,
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> BookRead:
        """Return headings, samples and the columns in use to choose by; nothing is changed.

        For another ``regime``, ``encoding`` or ``sheet`` than the import is read by, they are guessed.
        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (the file is gone),
        :class:`ImportRefused` (unreadable, unknown regime, none told where several fit).
        """
        with self.desk.store.begin() as work:
            stored = self.desk.known_import(work, actor, import_id)
            if stored.finished_at is not None:
                raise ImportMovedOn(stored.state)
            file = self.work.kept_file(work, stored)
            read = stored.read or {}
            known = (stored.regime, read.get("encoding"), read.get("sheet_name"))
            asked = (regime, encoding, sheet)
            if any(new is not None and new != old for new, old in zip(asked, known, strict=True)):
                file = replace(
                    file,
                    columns=None,
                    regime=regime or file.regime,
                    encoding=encoding or file.encoding,
                    sheet=sheet or file.sheet,
                )
            opened = open_book(self.desk, file, lambda sha256: work.case_imports.columns(stored.office_id, sha256))
        return replace(opened.read, samples=opened.samples())

    def choose_columns(
        self,
        actor: Actor,
        import_id: int,
        columns: Chosen,
        *,
        regime: str | None = None,
        encoding: str | None = None,
        sheet: str | None = None,
    ) -> ImportHeader:
        """Set the columns (name -> heading), save them for these headings, and judge every row again.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (at work, committed or dropped),
        :class:`ImportRefused` (each column named).
        """
        desk = self.desk
        check_duties(actor, Permission.IMPORT_CASES)
        with desk.store.begin() as work:
            stored = desk.known_import(work, actor, import_id, locked=True)
            if stored.state not in _AT_REST:
                raise ImportMovedOn(stored.state)
            kept = self.work.kept_file(work, stored)
            file = replace(
                kept,
                columns=dict(columns),
                regime=regime or stored.regime,
                encoding=encoding or kept.encoding,
                sheet=sheet or kept.sheet,
            )
            opened = open_book(desk, file)
            refuse_faults(opened)
            save_columns(work, desk, actor, opened)
            asked = asked_of(replace(file, regime=opened.definition.regime))
            event = desk.event(actor, "casebook_columns_chosen", import_id, {"regime": opened.definition.regime})
            work.case_imports.change(import_id, _AT_REST, Change(ImportState.CHECKING, asked=asked), event)
            work.commit()
        return self._after(actor, stored)

    def check(self, actor: Actor, import_id: int) -> ImportHeader:
        """Judge every row again, as things stand now.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (at work, committed or dropped).
        """
        check_duties(actor, Permission.IMPORT_CASES)
        with self.desk.store.begin() as work:
            stored = self.desk.known_import(work, actor, import_id, locked=True)
            if stored.state not in _AT_REST:
                raise ImportMovedOn(stored.state)
            event = self.desk.event(actor, "casebook_check_asked", import_id, {})
            work.case_imports.change(import_id, _AT_REST, Change(ImportState.CHECKING), event)
            work.commit()
        return self._after(actor, stored)

    def commit(self, actor: Actor, import_id: int, *, good_rows_only: bool = False) -> ImportHeader:
        """Write the cases: all rows, or the good ones while the rest goes into the quarantine. Once: again is no more.

        A small import is committed when this returns, a large one is ``committing``: look at :meth:`progress`.
        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (not checked, dropped),
        :class:`ImportRefused` (rows with errors and not ``good_rows_only``; nothing to write).
        """
        desk = self.desk
        check_duties(actor, Permission.IMPORT_CASES)
        with desk.store.begin() as work:
            stored = desk.known_import(work, actor, import_id, locked=True)
            asked_before = stored.state in (ImportState.COMMITTING, ImportState.COMMITTED)
            if asked_before and stored.good_rows_only is good_rows_only:
                return header_of(stored)
            if stored.state is not ImportState.CHECKED:
                raise ImportMovedOn(stored.state)
            header = header_of(stored)
            if header.totals.error and not good_rows_only:
                raise ImportRefused(("", errors_words(header.totals.error)))
            if not header.can_commit:
                words = Words("No row is new: there is nothing to write.", "没有新的行，无需写入。")
                raise ImportRefused(("", words))
            event = desk.event(actor, "casebook_commit_asked", import_id, {"good_rows_only": good_rows_only})
            change = Change(ImportState.COMMITTING, good_rows_only=good_rows_only, committed_by=actor.id)
            work.case_imports.change(import_id, [ImportState.CHECKED], change, event)
            work.commit()
        return self._after(actor, stored)

    def mend(self, actor: Actor, import_id: int, number: int, cells: Mapping[str, str]) -> Mended:
        """Judge a quarantined row with the cells typed (by column name; what is not named stays); write it where good.

        What is still wrong is kept with what was typed. A row already mended answers its first result.
        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (the import is not committed),
        :class:`ImportRefused` (no such column, a cell too long; a number just taken by somebody else).
        """
        return self._quarantine.mend(actor, import_id, number, cells)

    def rerun(self, actor: Actor, import_id: int) -> ImportHeader:
        """Judge every row of the quarantine again and write those that are good now, all in one transaction.

        Raises as :meth:`mend`.
        """
        return self._quarantine.rerun(actor, import_id)

    def leave_out(self, actor: Actor, import_id: int, number: int, reason: str) -> ImportHeader:
        """Leave a quarantined row out for good.

        Raises as :meth:`mend`, :class:`ImportMovedOn` also for a row that is not in the quarantine any more,
        :class:`ImportRefused` (``reason``).
        """
        return self._quarantine.leave_out(actor, import_id, number, reason)

    def annotated(self, actor: Actor, import_id: int) -> Annotated:
        """Return a copy of the file with what is wrong beside each row, while the file is kept.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (the file is gone, the rows are not
        judged).
        """
        return annotated(self.desk, actor, import_id)

    def drop(self, actor: Actor, import_id: int) -> ImportHeader:
        """Give an import up before anything is written: file and cells are removed. Again: nothing more happens.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (committing or committed).
        """
        desk = self.desk
        check_duties(actor, Permission.IMPORT_CASES)
        with desk.store.begin() as work:
            stored = desk.known_import(work, actor, import_id, locked=True)
            if stored.state is ImportState.DROPPED:
                return header_of(stored)
            if stored.state not in _UNWRITTEN:
                raise ImportMovedOn(stored.state)
            event = desk.event(actor, "casebook_dropped", import_id, {})
            change = Change(ImportState.DROPPED, fates={}, finished=True)
            work.case_imports.change(import_id, _UNWRITTEN, change, event)
            after = desk.known_import(work, actor, import_id)
            work.commit()
        return header_of(after)

    def work_waiting(self, told: Told = untold) -> int:
        """Take up what waits to be checked or committed and nobody is at; return how many imports were worked on.

        For the worker and the timetable; any number of processes may run it at once.
        """
        return self.work.work_waiting(told)

    def _page(
        self, stored: StoredImport, progress: Progress, shown: Sequence[ImportRow], next_key: int | None
    ) -> ImportPage:
        definition = self.desk.rulebook.definitions.get(stored.regime or "")
        book = definition.old_book if definition is not None else None
        return ImportPage(header_of(stored), book, progress, shown, next_key)

    def _go_on(self, office_id: int, import_id: int, *, small: bool) -> None:
        if small:
            self.work.work_at(office_id, import_id)
        elif self.desk.wake is not None:
            self.desk.wake.wake_imports()

    def _after(self, actor: Actor, stored: StoredImport) -> ImportHeader:
        self._go_on(stored.office_id, stored.id, small=stored.size_bytes <= SMALL_BYTES)
        return self.show(actor, stored.id)


def _refuse_unreadable(desk: ImportDesk, work: UnitOfWork, actor: Actor, file: BookFile) -> None:
    try:
        open_book(desk, file, lambda sha256: work.case_imports.columns(actor.office_id, sha256))
    except ImportRefused as refusal:
        # Columns and the regime can be chosen later; a file that is no table cannot be mended here.
        if any(field in ("file", "encoding", "sheet") for field, _words in refusal.faults):
            raise


def _progress(work: UnitOfWork, stored: StoredImport) -> Progress:
    noted = work.case_imports.progress(stored.id) if stored.state in _AT_WORK else None
    if noted is None or noted.phase is None or noted.quiet_seconds > _QUIET_SECONDS:
        return Progress(stored.state, None, 0, 0, waiting=stored.state in _AT_WORK, failed=stored.fault)
    return Progress(stored.state, noted.phase, noted.done, noted.total, failed=stored.fault)
