"""What pages about the ledger show: plain data, already bounded, in no language yet. Amounts in fen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from caseflow.domain.ledger import NORMAL_SIDES, Line
from caseflow.domain.words import Words

Key = tuple[date, int]
"""Where a transfer stands in a list: the day it was booked and its id."""


@dataclass(frozen=True)
class TransferFilter:
    """What the list of transfers is narrowed by; None or empty means all. Ranges include both ends."""

    account_id: int | None = None
    case_id: int | None = None
    operation: str | None = None
    booked_from: date | None = None
    booked_to: date | None = None
    amount_from_fen: int | None = None
    amount_to_fen: int | None = None
    document: str = ""
    actor_id: int | None = None


@dataclass(frozen=True)
class LedgerAccount:
    """An account of an office."""

    id: int
    line: Line
    code: str
    kind: str
    name: Words

    @property
    def normal_side(self) -> str:
        """The side on which it grows: ``debit`` or ``credit``."""
        return NORMAL_SIDES[self.line, self.kind]


@dataclass(frozen=True)
class TransferRow:
    """One transfer with what a person wants to see beside it."""

    id: int
    key: str
    leg: int
    operation: str
    debit_code: str
    debit_name: Words
    credit_code: str
    credit_name: Words
    amount_fen: int
    booked_on: date
    value_on: date
    at: datetime
    case_id: int | None
    case_number: str | None
    case_number_zh: str | None
    seq: int | None
    document: str
    reason: str
    actor_en: str | None
    actor_zh: str | None
    reverses_key: str | None
    reversed_by_key: str | None

    @property
    def place(self) -> Key:
        """Where it stands in a list."""
        return self.booked_on, self.id


@dataclass(frozen=True)
class TransferPage:
    """One key-set page of transfers, newest first.

    ``older`` and ``newer`` continue it (None: nothing there). ``searched_to``: the search stopped after as many
    transfers as one page may look at and goes on from there.
    """

    rows: list[TransferRow] = field(default_factory=list)
    older: Key | None = None
    newer: Key | None = None
    searched_to: date | None = None


@dataclass(frozen=True)
class AccountTotals:
    """What was debited and credited on an account up to some transfer."""

    debit_fen: int
    credit_fen: int


@dataclass(frozen=True)
class EntryReceipt:
    """A receipt written for an entry: its place in its lot and its number as printed."""

    lot_id: int
    no: int
    number: str


@dataclass(frozen=True)
class LotUse:
    """How the numbers of a lot of receipts were used; ``gaps`` are unused stretches before the highest used number."""

    id: int
    book: str
    prefix: str
    width: int
    first_no: int
    last_no: int
    opened_on: date
    checked_off_on: date | None
    issued: int
    void: int
    lost: int
    highest_used: int | None
    gaps: list[tuple[int, int]]
    twice: list[str]

    def printed(self, no: int) -> str:
        """Return a number as it is printed."""
        return f"{self.prefix}{no:0{self.width}d}"
