"""Keeping imports of old casebooks: the file and the rows while they are needed, and what became of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.imports import Fate, ImportState, Phase
from caseflow.domain.casebook.rows import Grade
from caseflow.domain.words import Words


class ImportWake(Protocol):
    """Tells a worker that imports wait."""

    def wake_imports(self) -> bool:
        """Ask a worker to look; return whether the queue took it. Never raises."""
        ...


@dataclass(frozen=True)
class NewImport:
    """An import to be kept. ``state`` is ``CHECKING``, or ``COMMITTING`` where one transaction does it all."""

    office_id: int
    name: str
    sha256: str
    size_bytes: int
    entered_by: int
    key: str
    state: ImportState
    asked: Mapping[str, Any]
    regime: str | None = None
    read: Mapping[str, Any] | None = None
    totals: Mapping[str, int] = field(default_factory=dict)
    good_rows_only: bool | None = None
    committed_by: int | None = None


@dataclass(frozen=True)
class StoredImport:
    """An import as it is kept; ``read`` and ``totals`` as they were written."""

    id: int
    office_id: int
    name: str
    sha256: str
    size_bytes: int
    entered_by: int
    entered_by_en: str
    entered_by_zh: str
    entered_at: datetime
    key: str
    state: ImportState
    asked: Mapping[str, Any]
    regime: str | None
    read: Mapping[str, Any] | None
    fault: Words | None
    totals: Mapping[str, int]
    fates: Mapping[str, int]
    good_rows_only: bool | None
    committed_by: int | None
    committed_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Change:
    """What an import becomes. None leaves a part as it is; ``fault`` None clears it.

    ``finished``: nothing waits any more; the database then forgets the file (and, dropped, the rows).
    """

    state: ImportState
    fault: Words | None = None
    regime: str | None = None
    asked: Mapping[str, Any] | None = None
    read: Mapping[str, Any] | None = None
    totals: Mapping[str, int] | None = None
    fates: Mapping[str, int] | None = None
    good_rows_only: bool | None = None
    committed_by: int | None = None
    finished: bool = False


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A row to be kept, its cells and findings sealed (None: gone)."""

    number: int
    case_number: str
    grade: Grade
    fate: Fate
    sealed: bytes | None
    content_index: bytes | None = None
    case_id: int | None = None


@dataclass(frozen=True, slots=True)
class StoredRow(KeptRow):
    """A row as it is kept, with who decided about it and why."""

    reason: str = ""
    decided_by_en: str = ""
    decided_by_zh: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case of the office, by the number looked for; ``content_index`` of the row it was written from, if any."""

    number: str
    case_id: int
    content_index: bytes | None
    number_zh: str


@dataclass(frozen=True, slots=True)
class WorkNoted:
    """How far the work at an import was when it last told. ``quiet_seconds`` is how long ago that was."""

    phase: Phase | None
    done: int
    total: int
    tries: int
    quiet_seconds: float


class CaseImportStore(Protocol):
    """Imports of one office and their rows. Whatever changes a record takes its event."""

    def lock_office(self, office_id: int) -> None:
        """Wait until no other import writes cases of the office; held until the transaction ends."""
        ...

    def take(self, import_id: int) -> bool:
        """Take an import in hand until the transaction ends; return False where another process has it."""
        ...

    def add(self, new: NewImport, sealed: bytes | None, event: AuditEvent) -> int:
        """Keep an import with its file (None: none is needed any more). Raises ``AlreadyWritten`` (the key)."""
        ...

    def get(self, office_id: int, import_id: int, *, locked: bool = False) -> StoredImport | None:
        """Return an import of the office; ``locked``: nobody else changes it until the transaction ends."""
        ...

    def by_key(self, office_id: int, key: str) -> StoredImport | None:
        """Return what was entered under an idempotency key."""
        ...

    def newest(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[StoredImport]:
        """Return imports of the office, newest first."""
        ...

    def at_work(self, limit: int) -> Sequence[tuple[int, int]]:
        """Return (office, import) of what is to be checked or committed, oldest first."""
        ...

    def change(self, import_id: int, from_states: Sequence[ImportState], change: Change, event: AuditEvent) -> bool:
        """Change an import that is in one of these states; return whether it was."""
        ...

    def file(self, import_id: int) -> bytes | None:
        """Return the sealed file; None once the import is finished."""
        ...

    def replace_rows(self, import_id: int, rows: Iterable[KeptRow]) -> None:
        """Put these rows in the place of those that wait, by COPY."""
        ...

    def rows(
        self, import_id: int, *, grade: Grade | None = None, fate: Fate | None = None, after: int = 0, limit: int
    ) -> Sequence[StoredRow]:
        """Return rows by number, above ``after``."""
        ...

    def row(self, import_id: int, number: int, *, locked: bool = False) -> StoredRow | None:
        """Return one row."""
        ...

    def settle(self, import_id: int, rows: Sequence[KeptRow], decided_by: int | None, event: AuditEvent) -> None:
        """Write what became of quarantined rows, all in one statement."""
        ...

    def leave_out(self, import_id: int, number: int, reason: str, event: AuditEvent) -> None:
        """Leave a quarantined row out."""
        ...

    def known_cases(self, office_id: int, numbers: Sequence[str]) -> Sequence[KnownCase]:
        """Return the cases of the office that have one of these numbers."""
        ...

    def known_receipts(self, office_id: int, numbers: Sequence[str]) -> Sequence[tuple[str, str]]:
        """Return (receipt number, number of its case or "") of receipts of the office with these numbers."""
        ...

    def columns(self, office_id: int, headings_sha256: str) -> tuple[str, Mapping[str, str]] | None:
        """Return (regime, column name -> heading) saved for a row of headings."""
        ...

    def save_columns(
        self, office_id: int, headings_sha256: str, regime: str, columns: Mapping[str, str], event: AuditEvent
    ) -> None:
        """Save the columns of a row of headings, in the place of what was saved."""
        ...

    def progress(self, import_id: int) -> WorkNoted | None:
        """Return how far the work has come; None: nobody ever began."""
        ...

    def note_progress(self, import_id: int, phase: Phase | None, done: int, total: int) -> None:
        """Note how far the work has come (None: it rests). No record: nothing depends on it."""
        ...

    def note_try(self, import_id: int) -> int:
        """Count that somebody begins; return how often it was begun since :meth:`note_progress` last rested."""
        ...

    def acts_for(self, office_code: str | None, roles: Sequence[str], login: str | None) -> Sequence[tuple[int, int]]:
        """Return (office, staff) whom a command may act for: active, with one of the roles, the likeliest first.

        That is, in each office: who alone holds the first role, the head, the others by role (the last first), login.
        """
        ...
