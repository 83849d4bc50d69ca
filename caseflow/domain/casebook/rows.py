"""The rows of an old casebook: as they stand in the file, as they were judged, and what they report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from caseflow.domain.words import Words


class Grade(StrEnum):
    """How a row came out of the checks."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row of the file: its number as a spreadsheet shows it (from 1), and its cells as text, stripped."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table read from a file: its headings, their row number, the rows below, and how the file was read.

    ``encoding`` and ``delimiter`` are those of a CSV (empty: a workbook, whose ``sheet_name`` is set).
    ``left_out`` are rows that hold no case, with the reason: titles above the headings, totals, empty ones.
    ``encoding_sure`` is False where the text would read as well in another encoding: somebody should look at it.
    ``serial_dates`` tells that a whole number in a date column is a day as Excel counts them (a workbook of 1900).
    ``sheet_names`` are all sheets of the workbook, ``sheets_passed_over`` those beside this one that are not empty.
    """

    headings: tuple[str, ...]
    heading_row: int
    rows: Sequence[SheetRow]
    encoding: str = ""
    delimiter: str = ""
    sheet_name: str = ""
    left_out: Mapping[int, Words] = field(default_factory=dict)
    encoding_sure: bool = True
    serial_dates: bool = False
    sheet_names: tuple[str, ...] = ()
    sheets_passed_over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a row: what is wrong and how to mend it.

    ``column`` is the name of the column it is about, ``heading`` what the file calls it, ``value`` the cell as it is.
    """

    column: str
    heading: str
    value: str
    grade: Grade
    words: Words


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """What a row says, read: dates, amounts in fen, choices and references by the name of their column."""

    case_number: str
    party_kind: str
    party_name: str
    identity_no: str
    address: str
    dates: Mapping[str, date]
    amounts_fen: Mapping[str, int]
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A row with its grade and everything found; ``reported`` is None where the row has an error.

    ``known``: the office has this case, imported from a row that said the same; it adds nothing.
    """

    number: int
    case_number: str
    grade: Grade
    findings: tuple[Finding, ...]
    reported: ReportedRow | None
    known: bool = False
