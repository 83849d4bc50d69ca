"""Every use case of the import of an old casebook."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.domain.casebook.imports import Chosen, Fate, Phase, Progress
from caseflow.domain.casebook.rows import Grade
from caseflow.services.case_imports.plans import (
    Annotated,
    BookFile,
    BookRead,
    ImportHeader,
    ImportPage,
    ImportReport,
    Mended,
)
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.rulebook import Rulebook

# Told after every so many rows: what is done, how far, of how many.
Told = Callable[[Phase, int, int], None]


def untold(_phase: Phase, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class CaseImports:
    """The use cases. All need ``Permission.IMPORT_CASES``; an office sees its own imports only."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def regimes(self) -> Sequence[str]:
        """Return the regimes whose old casebooks can be imported."""
        raise NotImplementedError

    def preview(self, actor: Actor | None, file: BookFile, told: Told = untold) -> ImportReport:
        """Return what the file would do; nothing is written. Without an actor: as an office that has no case yet.

        Raises ``NotPermitted``, :class:`ImportRefused` (the file cannot be read, the columns do not fit).
        """
        raise NotImplementedError

    def enter(self, actor: Actor, file: BookFile, key: str) -> int:
        """Keep the file (encrypted) and return the import's id; a repeated request answers its first result.

        A small file has been read and judged when this returns; a large one is left to a worker: look at
        :meth:`progress`. The columns are those given, else those saved for the same headings, else guessed; where they
        do not do, the import stays ``entered`` and its header has the fault.
        Raises ``NotPermitted``, :class:`ImportRefused` (empty, too large, unreadable), ``KeyReused``.
        """
        raise NotImplementedError

    def newest(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[ImportHeader], int | None]:
        """Return one page of the office's imports, newest first, and the key of the next page."""
        raise NotImplementedError

    def show(self, actor: Actor, import_id: int) -> ImportHeader:
        """Return an import. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        raise NotImplementedError

    def progress(self, actor: Actor, import_id: int) -> Progress:
        """Return how far the work at an import has come. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        raise NotImplementedError

    def rows(
        self, actor: Actor, import_id: int, grade: Grade | None = None, after: int = 0, *, fate: Fate | None = None
    ) -> ImportPage:
        """Return one page of rows with a number above ``after``: all, those of a grade, those of a fate."""
        raise NotImplementedError

    def columns(self, actor: Actor, import_id: int, regime: str | None = None) -> BookRead:
        """Return headings, samples and the columns in use (or, for another ``regime``, guessed) to choose by.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportRefused` (unreadable, unknown regime).
        """
        raise NotImplementedError

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

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (committed or dropped),
        :class:`ImportRefused` (each column named).
        """
        raise NotImplementedError

    def check(self, actor: Actor, import_id: int) -> ImportHeader:
        """Judge every row again, as things stand now. Raises as :meth:`choose_columns`."""
        raise NotImplementedError

    def commit(self, actor: Actor, import_id: int, *, good_rows_only: bool = False) -> ImportHeader:
        """Write the cases: all rows, or the good ones while the rest goes into the quarantine. Once: again is no more.

        A small import is committed when this returns, a large one is ``committing``: look at :meth:`progress`.
        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (not checked, dropped),
        :class:`ImportRefused` (rows with errors and not ``good_rows_only``; nothing to write).
        """
        raise NotImplementedError

    def commit_here(
        self, actor: Actor, import_id: int, *, good_rows_only: bool = False, told: Told = untold
    ) -> ImportHeader:
        """Do as :meth:`commit` in this process, however large the import is."""
        raise NotImplementedError

    def quarantine(self, actor: Actor, import_id: int, after: int = 0) -> ImportPage:
        """Return one page of the rows that wait in the quarantine."""
        raise NotImplementedError

    def row(self, actor: Actor, import_id: int, number: int) -> ImportPage:
        """Return one row, as a page of one. Raises ``NotPermitted``, :class:`NoSuchImport`."""
        raise NotImplementedError

    def mend(self, actor: Actor, import_id: int, number: int, cells: Mapping[str, str]) -> Mended:
        """Judge a quarantined row with the cells typed (by column name; what is not named stays); write it where good.

        What is still wrong is kept with what was typed. A row already mended answers its first result.
        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (the row is not in the quarantine).
        """
        raise NotImplementedError

    def rerun(self, actor: Actor, import_id: int) -> ImportHeader:
        """Judge every row of the quarantine again and write those that are good now, all in one transaction."""
        raise NotImplementedError

    def leave_out(self, actor: Actor, import_id: int, number: int, reason: str) -> ImportHeader:
        """Leave a quarantined row out for good. Raises as :meth:`mend`, :class:`ImportRefused` (``reason``)."""
        raise NotImplementedError

    def annotated(self, actor: Actor, import_id: int) -> Annotated:
        """Return a copy of the file with what is wrong beside each row, while the file is kept.

        Raises ``NotPermitted``, :class:`NoSuchImport` (the file is gone), :class:`ImportMovedOn`.
        """
        raise NotImplementedError

    def drop(self, actor: Actor, import_id: int) -> ImportHeader:
        """Give an import up before anything is written: file and cells are removed. Again: nothing more happens.

        Raises ``NotPermitted``, :class:`NoSuchImport`, :class:`ImportMovedOn` (committing or committed).
        """
        raise NotImplementedError

    def work_waiting(self, told: Told = untold) -> int:
        """Take up what waits to be checked or committed and nobody is at; return how many imports were worked on.

        For the worker and the timetable; any number of processes may run it at once.
        """
        raise NotImplementedError
