"""The liaison's desk: the board, files with replies of the court, withdrawals of many applications."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

from caseflow.domain.audit import AuditEvent

MOST_COUNTED = 100
# A file with the court's replies, as the field that it is sealed under.
REPLY_FILE: Final = "court_reply_file.content"


@dataclass(frozen=True)
class BoardScope:
    """Whose board, and how it is narrowed. ``places`` are (column, regime, state) to look into.

    ``live`` are the regimes whose law is in force: in no other does a time to apply to the court still run.
    """

    office_id: int
    places: Sequence[tuple[str, str, str]]
    windows: Collection[str]
    waits: Collection[str]
    papers: Sequence[str]
    live: Sequence[str]
    today: date
    court: str | None = None
    regime: str | None = None


@dataclass(frozen=True)
class BoardRow:
    """A case of one column. Money in fen; ``papers`` are the numbers of the court's papers by field."""

    column: str
    id: int
    number: str
    number_zh: str
    regime: str
    definition_hash: str
    party_name: str
    state: str
    outstanding_fen: int
    next_due_on: date | None
    court: str | None
    papers: Mapping[str, str]


@dataclass(frozen=True)
class WindowRow:
    """A case whose time to apply to the court runs out, or ran out, on ``due_on``."""

    id: int
    number: str
    number_zh: str
    regime: str
    definition_hash: str
    party_name: str
    state: str
    outstanding_fen: int
    rule_id: str
    due_on: date
    provisional: bool


@dataclass(frozen=True)
class OpenLimit:
    """A running limit of a case."""

    case_id: int
    rule_id: str
    binds: str
    due_on: date
    provisional: bool


@dataclass(frozen=True)
class ReplyFile:
    """A file with the court's replies as it came."""

    id: int
    name: str
    content: bytes
    received_at: datetime


@dataclass(frozen=True)
class NewBatch:
    """A withdrawal of many applications to keep."""

    office_id: int
    reason: str
    withdrawn_on: date
    case_ids: Sequence[int]
    key: str


@dataclass(frozen=True)
class Batch:
    """A withdrawal of many applications."""

    id: int
    reason: str
    withdrawn_on: date
    case_count: int
    made_en: str
    made_zh: str
    made_at: datetime


@dataclass(frozen=True)
class BatchCase:
    """One case of a withdrawal: what came of it, and by which step."""

    position: int
    case_id: int
    number: str
    number_zh: str
    party_name: str
    outcome: str
    seq: int | None
    words_en: str
    words_zh: str


@dataclass(frozen=True)
class BatchOutcome:
    """What came of one case of a withdrawal."""

    position: int
    outcome: str
    seq: int | None
    words_en: str = ""
    words_zh: str = ""


class LiaisonStore(Protocol):
    """What the liaison's desk reads and keeps."""

    def definition_hashes(self) -> Sequence[str]:
        """Return the content hash of every workflow definition a case was ever pinned to."""
        ...

    def board_rows(self, scope: BoardScope, *, after: tuple[date, int] | None, limit: int) -> Sequence[BoardRow]:
        """Return at most ``limit`` cases of each column, by what is due next (nothing: last), from ``after`` on."""
        ...

    def board_counts(self, scope: BoardScope) -> Mapping[str, int]:
        """Count the cases of each column, each count capped at :data:`MOST_COUNTED`."""
        ...

    def withdrawn(self, scope: BoardScope, *, after: tuple[date, int] | None, limit: int) -> Sequence[BoardRow]:
        """Return open cases that came back from the court by a withdrawal, by what is due next, from ``after`` on."""
        ...

    def windows(self, scope: BoardScope, *, until: date, limit: int) -> Sequence[WindowRow]:
        """Return cases whose time to apply ends by ``until`` (soonest first), then those where it is over."""
        ...

    def open_limits(self, case_ids: Sequence[int]) -> Sequence[OpenLimit]:
        """Return the running limits of these cases, by due date."""
        ...

    def rows_of(self, office_id: int, case_ids: Collection[int]) -> Sequence[BoardRow]:
        """Return these cases of the office, whatever column they stand in (``column`` and ``papers`` are empty)."""
        ...

    def courts(self, office_id: int) -> Sequence[str]:
        """Return the courts the office has applied to, by name (at most 50)."""
        ...

    def case_ids(self, office_id: int, numbers: Collection[str]) -> Mapping[str, int]:
        """Return the cases of the office by number, in either of its forms."""
        ...

    def logins(self) -> Sequence[str]:
        """Return the logins of everybody who is a liaison (at most 100)."""
        ...

    def keep_file(self, office_id: int, name: str, content: bytes, event: AuditEvent) -> int:
        """Keep a file as it came; return its id."""
        ...

    def file(self, office_id: int, file_id: int) -> ReplyFile | None:
        """Return a file of the office. Raises ``FileShut`` where it does not open."""
        ...

    def add_batch(self, new: NewBatch, event: AuditEvent) -> int:
        """Keep a withdrawal and its cases; return its id. Raises ``AlreadyWritten`` for a used key."""
        ...

    def batch_by_key(self, office_id: int, key: str) -> int | None:
        """Return the withdrawal that was kept under an idempotency key."""
        ...

    def batch(self, office_id: int, batch_id: int) -> tuple[Batch, Sequence[BatchCase]] | None:
        """Return a withdrawal of the office with its cases, in their order."""
        ...

    def batches(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[Batch]:
        """Return withdrawals of the office, newest first."""
        ...

    def note_outcomes(self, batch_id: int, outcomes: Sequence[BatchOutcome], event: AuditEvent) -> None:
        """Write what came of some cases; one that is done stays as it is."""
        ...
