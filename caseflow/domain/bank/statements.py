"""A bank statement as any of the formats tells it: lines, balances, faults, and what makes two lines the same line.

A line is known by what every format says of it: account, booking date, direction, amount, and its reference (where it
has none: its text, without spaces), with a number among equals. So a month imported as CAMT.053 is not entered again
from the bank's CSV of the same month. A file must hold whole days, because equal lines are counted by the day.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from caseflow.domain.words import Words

LARGEST_FILE_BYTES = 16 * 1024 * 1024
LONGEST_IDENTITY = 140
_HIGHEST_FEN = 10**15
_EARLIEST = date(1990, 1, 1)
# The bank may be a day ahead of the office; a value date may follow the booking over a holiday.
_LATEST_BOOKING = timedelta(days=1)
_LATEST_VALUE = timedelta(days=31)
# Commas part thousands and nothing else: "1,50" may mean 1.50 or a slip for 150, so nobody guesses.
_YUAN = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)(\.\d*)?")
_DAY = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日|(\d{2})(\d{2}))(?:[T ].*)?")


class Direction(StrEnum):
    """Whether a line brings money into the account or takes it out."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True)
class RowFault:
    """What is wrong in a file: the line (1-based; 0: the whole file), the field, and the words."""

    line: int
    field: str
    words: Words


class BankFileRefused(Exception):
    """A file that cannot be entered; every fault found, each with its line and field."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"line {one.line}: {one.field}: {one.words.en}" for one in faults[:5]))


@dataclass(frozen=True)
class StatementLine:
    """One booked movement; ``position`` is its line in the file, the amount is above zero, in fen."""

    position: int
    booked_on: date
    value_on: date
    direction: Direction
    amount_fen: int
    reference: str = ""
    text: str = ""
    counterparty: str = ""
    bank_reference: str = ""

    @property
    def signed_fen(self) -> int:
        """The amount with its sign: what the line adds to the balance of the account."""
        return self.amount_fen if self.direction is Direction.CREDIT else -self.amount_fen

    @property
    def said(self) -> Mapping[str, str]:
        """What the bank says of people, by the name it is kept under: any of it may name somebody."""
        return {"reference": self.reference, "remark": self.text, "counterparty": self.counterparty}

    @property
    def identity(self) -> str:
        """What tells this line from others of its day and amount, the same in every format."""
        return (self.reference or _squeezed(self.text))[:LONGEST_IDENTITY]


def day_fault(line: StatementLine, today: date, booked_field: str, value_field: str) -> RowFault | None:
    """Return what is wrong with a line's days, under the names its file gives them; ``today``: the business date."""
    for day, latest, field in (
        (line.booked_on, today + _LATEST_BOOKING, booked_field),
        (line.value_on, today + _LATEST_VALUE, value_field),
    ):
        if day < _EARLIEST:
            return RowFault(line.position, field, Words(f"{day} lies before 1990", f"{day}早于1990年"))
        if day > latest:
            said = Words(f"{day} lies after the business date {today}", f"{day}晚于业务日期{today}")
            return RowFault(line.position, field, said)
    return None


@dataclass(frozen=True)
class IdentifiedLine:
    """A line with its number among the equal ones of its day."""

    line: StatementLine
    occurrence: int

    @property
    def key(self) -> tuple[date, str, int, str, int]:
        """What the database keeps unique for an account."""
        one = self.line
        return (one.booked_on, one.direction.value, one.amount_fen, one.identity, self.occurrence)


@dataclass(frozen=True)
class Balance:
    """The balance of the account at the beginning or the end of a day, in fen (below zero: overdrawn)."""

    day: date
    fen: int


@dataclass(frozen=True)
class ReadStatement:
    """One statement of a file. ``account`` is the number it names (CSV: none), balances stand where it has them."""

    lines: tuple[StatementLine, ...]
    account: str = ""
    reference: str = ""
    opening: Balance | None = None
    closing: Balance | None = None

    def balance_fault(self) -> RowFault | None:
        """Return what is wrong when opening balance and lines do not make the closing balance."""
        if self.opening is None or self.closing is None:
            return None
        moved = sum(one.signed_fen for one in self.lines)
        missing = self.closing.fen - self.opening.fen - moved
        if not missing:
            return None
        figures = (_yuan(self.opening.fen), _yuan(moved), _yuan(self.closing.fen), _yuan(missing))
        return RowFault(
            0,
            "balance",
            Words(
                "Opening balance {} and the lines ({}) do not make the closing balance {}: "
                "{} is missing.".format(*figures),
                "期初余额{}加本期发生额{}不等于期末余额{}：相差{}。".format(*figures),
            ),
        )  # fmt: skip

    @property
    def first_day(self) -> date | None:
        """The first day the statement speaks of."""
        days = [one.booked_on for one in self.lines]
        return min([self.opening.day, *days]) if self.opening else min(days, default=None)

    @property
    def last_day(self) -> date | None:
        """The last day the statement speaks of."""
        days = [one.booked_on for one in self.lines]
        return max([self.closing.day, *days]) if self.closing else max(days, default=None)


@dataclass(frozen=True)
class ReadFile:
    """What a file holds: its format (``camt053``, ``mt940``, ``csv``), its statements, and the rows at fault."""

    format: str
    statements: tuple[ReadStatement, ...]
    faults: tuple[RowFault, ...] = ()


def identify(lines: Iterable[StatementLine]) -> list[IdentifiedLine]:
    """Return the lines, equal ones numbered from 1 in the order of the file."""
    seen: Counter[tuple[date, str, int, str]] = Counter()
    found = []
    for one in lines:
        equal = (one.booked_on, one.direction.value, one.amount_fen, one.identity)
        seen[equal] += 1
        found.append(IdentifiedLine(one, seen[equal]))
    return found


def read_day(text: str) -> date | None:
    """Return the date written as 2009-10-11, 2009/10/11, 2009.10.11, 20091011 or 2009年10月11日; None for others."""
    found = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if found is None:
        return None
    year, *parts = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, parts[0], parts[1])
    except ValueError:
        return None


def read_amount(text: str) -> int | None:
    """Return yuan written with at most two decimals as fen, signed; None for anything else.

    Commas (full-width ones too) may only part groups of three digits: 1,234.50.
    """
    plain = unicodedata.normalize("NFKC", text).strip().removeprefix("¥").removesuffix("元").strip()
    if not _YUAN.fullmatch(plain):
        return None
    try:
        fen = Decimal(plain.replace(",", "")) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen == fen.to_integral_value() and abs(fen) <= _HIGHEST_FEN else None


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _yuan(fen: int) -> str:
    yuan, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{yuan:,}.{rest:02d}"
