"""What the import of an old casebook is asked for, answers and refuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from caseflow.domain.casebook.imports import Chosen, Fate, ImportState, Progress, Totals
from caseflow.domain.casebook.rows import Finding, Grade, JudgedRow, Sheet
from caseflow.domain.old_book import OldBook
from caseflow.domain.words import Words


class NoSuchImport(LookupError):
    """No such import, or no such row of it, in the actor's office."""


class ImportRefused(Exception):
    """What was asked cannot be done: (input, words) of everything wrong; an empty input means the whole.

    Inputs are ``file``, ``encoding``, ``sheet``, ``regime``, ``reason``, the name of a column, or empty. ``report`` is
    there where rows are at fault; ``rows`` tells how many.
    """

    def __init__(self, *faults: tuple[str, Words], report: ImportReport | None = None) -> None:
        self.faults = faults
        self.report = report
        super().__init__("; ".join(words.en for _, words in faults))


class FileUnreadable(ImportRefused):
    """The file is no table that can be read, whatever columns are chosen."""


class ImportMovedOn(Exception):
    """Somebody else did something to the import, or to the row, first; ``state`` is where the import stands now."""

    def __init__(self, state: ImportState) -> None:
        self.state = state
        super().__init__(f"the import has moved on: it is {state.value} now")


@dataclass(frozen=True)
class BookFile:
    """A file as it came. What is None is guessed: the regime where one only fits the headings.

    ``columns`` gives for each column of the book (its name) the heading of the file that fills it.
    """

    name: str
    content: bytes
    regime: str | None = None
    columns: Chosen | None = None
    encoding: str | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class BookRead:
    """How a file was read: ``columns`` in use, ``unmapped`` the headings that fill none (never kept).

    ``encoding_sure`` False: somebody should look whether the text reads right; ``sheet_names``: all of a workbook,
    ``sheets_passed_over``: the others that are not empty, of which nothing was read. ``unfilled`` are the columns of
    the book that no heading fills. ``samples`` are the first cells under each heading in use, never under another
    one (remarks may hold what nobody may keep); None where the file is not at hand.
    """

    regime: str
    encoding: str
    sheet_name: str
    heading_row: int
    headings: Sequence[str]
    columns: Chosen
    unmapped: Sequence[str]
    encoding_sure: bool = True
    sheet_names: Sequence[str] = ()
    sheets_passed_over: Sequence[str] = ()
    unfilled: Sequence[str] = ()
    samples: Mapping[str, Sequence[str]] | None = None


@dataclass(frozen=True)
class ImportReport:
    """What a file would do. ``already`` are the numbers of rows that are cases already, ``sheet`` is what was read."""

    name: str
    sha256: str
    read: BookRead
    totals: Totals
    rows: Sequence[JudgedRow]
    already: frozenset[int]
    left_out: Mapping[int, Words]
    sheet: Sheet = field(repr=False)


@dataclass(frozen=True)
class TakenIn:
    """What a file taken in by one transaction did; ``header`` None: it brought nothing new, and nothing was written."""

    report: ImportReport
    header: ImportHeader | None


@dataclass(frozen=True)
class ImportHeader:
    """An import of the office. ``read`` is None until the file has been read; ``fault`` says what must be chosen.

    ``fates`` counts the rows by what became of them. ``open_rows`` wait in the quarantine. ``file_kept``: the file is
    still at hand, so the annotated copy can be had.
    """

    id: int
    name: str
    sha256: str
    size_bytes: int
    state: ImportState
    regime: str | None
    read: BookRead | None
    totals: Totals
    fates: Mapping[Fate, int]
    entered_by: str
    entered_by_zh: str
    entered_at: datetime
    committed_at: datetime | None
    finished_at: datetime | None
    good_rows_only: bool | None
    fault: Words | None
    file_kept: bool

    @property
    def refused(self) -> bool:
        """Whether the file turned out to be no casebook; ``fault`` says why."""
        return self.state is ImportState.DROPPED and self.fault is not None

    @property
    def open_rows(self) -> int:
        """How many rows wait in the quarantine."""
        return self.fates.get(Fate.QUARANTINED, 0)

    @property
    def can_commit(self) -> bool:
        """Whether a commit may be asked for: all or nothing where no row has an error, else good rows only."""
        return self.state is ImportState.CHECKED and self.totals.new > 0


@dataclass(frozen=True)
class ImportRow:
    """A row of an import. ``cells`` by column name, as the file (or whoever mended it) has them.

    ``cells`` and ``findings`` are empty for a row that has been written: what it said is in the case now.
    """

    number: int
    case_number: str
    grade: Grade
    fate: Fate
    cells: Mapping[str, str]
    findings: Sequence[Finding]
    case_id: int | None
    reason: str
    decided_by: str
    decided_by_zh: str
    decided_at: datetime | None


@dataclass(frozen=True)
class ImportPage:
    """One page of the rows of an import, by their number in the file, and the key that continues them."""

    header: ImportHeader
    book: OldBook | None
    progress: Progress
    rows: Sequence[ImportRow]
    next_key: int | None


@dataclass(frozen=True)
class Mended:
    """What came of mending a row: ``row`` as it stands now.

    ``case_id`` is set where it was good and has been written; else ``row.findings`` say what is still wrong with it
    (and what was typed is in ``row.cells``).
    """

    row: ImportRow
    case_id: int | None


@dataclass(frozen=True)
class Annotated:
    """A copy of the file with a column that says what is wrong with each row, in the actor's language."""

    name: str
    content: bytes
    media_type: str
