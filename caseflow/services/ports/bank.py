"""The bank: accounts, files, statements, lines and what was decided on them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.bank import Columns, IdentifiedLine, OpenReceipt, OpenRemittance, ReadFile, StatementLine
from caseflow.domain.words import Words

# What a line of the bank says of people, as the field that it is sealed under.
LINE_SAID: Final = "bank_line.said"
BANK_FILE: Final = "bank_file.content"


class BankRefused(Exception):
    """What was asked of a line, a file or a remittance cannot be; ``field`` names the input (empty: none)."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


class NotThere(LookupError):
    """No such account, file, line or remittance in the actor's office."""


@dataclass(frozen=True)
class BankAccount:
    """A collecting account of the office."""

    id: int
    bank: str
    number: str


@dataclass(frozen=True)
class StoredFile:
    """A file as the bank gave it."""

    id: int
    name: str
    content: bytes
    received_at: datetime


@dataclass(frozen=True)
class NewStatement:
    """A statement about to be entered; balances in fen."""

    office_id: int
    account_id: int
    file_id: int
    format: str
    reference: str
    first_on: date
    last_on: date
    opening_fen: int | None
    closing_fen: int | None
    line_count: int
    left_out: int
    imported_by: int
    event_key: str


@dataclass(frozen=True)
class StatementRow:
    """A statement in the list of statements."""

    id: int
    bank: str
    number: str
    file_id: int
    format: str
    reference: str
    first_on: date
    last_on: date
    opening_fen: int | None
    closing_fen: int | None
    line_count: int
    new_count: int
    left_out: int
    imported_at: datetime


@dataclass(frozen=True)
class LineRow:
    """A line with how things stand on it: ``state`` since decision ``nth`` (0: none yet)."""

    id: int
    account_id: int
    bank: str
    number: str
    statement_id: int
    line: StatementLine
    state: str
    nth: int
    how: str
    reason: str
    transfer_key: str | None
    decided_on: date | None
    # What it is matched with: numbers of receipts, or the voucher of a remittance.
    receipts: tuple[str, ...] = ()
    voucher: str = ""
    remittance_id: int | None = None
    # The one case whose receipts it is matched with, so that its other party is the party of that case; None where it
    # is matched with none, or with those of several (a day's takings paid in).
    case_id: int | None = None
    # When the last of the cases was erased whose receipts it is matched with; None where one of them is kept. What the
    # bank said of the payer stays sealed with its file, and is not opened any more.
    erased_at: datetime | None = None


@dataclass(frozen=True)
class LineFilter:
    """What part of the lines is wanted."""

    state: str | None = None
    account_id: int | None = None
    statement_id: int | None = None
    booked_from: date | None = None
    booked_until: date | None = None


@dataclass(frozen=True)
class NewDecision:
    """A decision on a line: ``nth`` counts them from 1; what it needs depends on its kind (docs/bank.md)."""

    line_id: int
    nth: int
    kind: str
    how: str = "hand"
    reason: str = ""
    receipts: tuple[tuple[int, int], ...] = ()
    remittance_id: int | None = None
    transfer_key: str | None = None
    reversal_key: str | None = None


@dataclass(frozen=True)
class DecisionRow:
    """A decision in the history of a line."""

    nth: int
    kind: str
    how: str
    reason: str
    decided_on: date
    decided_at: datetime
    by_en: str
    by_zh: str
    receipts: tuple[str, ...]
    voucher: str


@dataclass(frozen=True)
class Signature:
    """Who decides, for which office, on which business date, under which event of the record."""

    office_id: int
    staff_id: int
    day: date
    event_key: str


class StatementReader(Protocol):
    """Reads the formats of the banks."""

    def kind(self, content: bytes) -> str:
        """Return ``camt053``, ``mt940`` or ``csv``. Raises ``BankFileRefused``: empty or too large."""
        ...

    def headings(self, content: bytes) -> tuple[str, ...]:
        """Return the headings of a CSV. Raises ``BankFileRefused``."""
        ...

    def read(self, content: bytes, columns: Columns | None = None) -> ReadFile:
        """Return what the file holds. Raises ``BankFileRefused`` where nothing can be read at all."""
        ...


class BankStore(Protocol):
    """Accounts, files, statements and lines of one transaction."""

    def event_body(self, key: str) -> Mapping[str, Any] | None:
        """Return the body of the audit event with this key, if it was written."""
        ...

    def cashiers(self) -> Sequence[Actor]:
        """Return the active cashiers of every office, by login."""
        ...

    def holds(self, transfer_key: str) -> bool:
        """Tell whether an entry is a line's suspension or refund order, or a remittance's transfer."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Write an audit event. Raises ``AlreadyWritten`` for a used key."""
        ...

    def accounts(self, office_id: int) -> Sequence[BankAccount]:
        """Return the accounts of an office, by bank and number."""
        ...

    def open_account(self, office_id: int, bank: str, number: str, staff_id: int, event_key: str) -> int:
        """Open an account; return its id. Raises :class:`BankRefused`: the number is there."""
        ...

    def columns(self, office_id: int, bank: str) -> Columns | None:
        """Return the columns last saved for a bank."""
        ...

    def save_columns(self, office_id: int, bank: str, columns: Columns, staff_id: int, event_key: str) -> None:
        """Save the columns of a bank's CSV."""
        ...

    def find_file(self, office_id: int, sha256: bytes) -> int | None:
        """Return the file with this hash, if the office was given it before."""
        ...

    def keep_file(self, office_id: int, name: str, content: bytes, staff_id: int, event_key: str) -> int:
        """Keep a file as it came; return its id."""
        ...

    def file(self, office_id: int, file_id: int) -> StoredFile | None:
        """Return a file of the office. Raises ``FileShut`` where it does not open or has another digest."""
        ...

    def known(self, office_id: int, account_id: int, lines: Sequence[IdentifiedLine]) -> Collection[object]:
        """Return the keys of those lines that the account already has."""
        ...

    def write_statement(self, new: NewStatement, lines: Sequence[IdentifiedLine]) -> Sequence[int]:
        """Write a statement with its new lines in one go; return the lines' ids in their order."""
        ...

    def statements(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[StatementRow]:
        """Return the statements of the office, newest first."""
        ...

    def open_receipts(self, office_id: int, numbers: Collection[str]) -> Mapping[str, OpenReceipt]:
        """Return those of the numbered receipts whose money no line has shown yet, by number."""
        ...

    def receipts_near(
        self, office_id: int, lines: Iterable[tuple[int, StatementLine]]
    ) -> Mapping[int, Sequence[OpenReceipt]]:
        """Return for each line, by its key, the open receipts near it in time or of the number it names."""
        ...

    def open_remittances(self, office_id: int, account_ids: Collection[int]) -> Mapping[int, Sequence[OpenRemittance]]:
        """Return the remittances no outgoing line has shown yet, by account."""
        ...

    def missing(self, office_id: int, first: date, last: date, but: Collection[tuple[int, int]]) -> tuple[int, int]:
        """Return how many receipts of the days first to last no line has shown, without ``but``, and their fen."""
        ...

    def decide(self, signature: Signature, decisions: Sequence[NewDecision]) -> None:
        """Write decisions. Raises :class:`BankRefused` where somebody else decided a moment before."""
        ...

    def line(self, office_id: int, line_id: int) -> LineRow | None:
        """Return a line of the office."""
        ...

    def lines(self, office_id: int, chosen: LineFilter, *, before_id: int | None, limit: int) -> Sequence[LineRow]:
        """Return lines, newest first, below the key."""
        ...

    def lines_by_id(self, office_id: int, line_ids: Collection[int]) -> Sequence[LineRow]:
        """Return those lines of the office, by id."""
        ...

    def line_counts(self, office_id: int) -> Mapping[str, tuple[int, int, int]]:
        """Return by state: how many lines, their fen in, their fen out."""
        ...

    def decisions(self, line_id: int) -> Sequence[DecisionRow]:
        """Return what was decided on a line, newest first."""
        ...
