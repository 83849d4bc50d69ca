"""Reading the ledger at length: exports and figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Line
from caseflow.domain.ledger.figures import MonthlyMove, Opened
from caseflow.domain.words import Words
from caseflow.services.ports.ledger import AccountBalance


class LedgerRow(NamedTuple):
    """One transfer as an export shows it; accounts by code, amount in fen."""

    key: str
    leg: int
    operation: str
    debit: str
    credit: str
    amount_fen: int
    booked_on: date
    value_on: date
    at: datetime
    case_number: str | None
    document: str
    reason: str
    reverses_key: str | None
    reverses_leg: int | None
    actor_en: str | None
    actor_zh: str | None


@dataclass(frozen=True)
class Office:
    """An office by its code and its names."""

    id: int
    code: str
    title: Words


@dataclass(frozen=True)
class Extract:
    """One line of one office over a stretch of days, as every format writes it out.

    ``since`` is None for everything from the first transfer on; ``until`` is the last day. ``opening`` and ``closing``
    are all accounts with their totals before the first day (empty without ``since``) and at the end of the last one.
    ``rows`` are ordered by day and then by entry, an entry's legs in a row; they can be read once.
    """

    office: Office
    line: Line
    since: date | None
    until: date
    locale: str
    opening: Sequence[AccountBalance]
    closing: Sequence[AccountBalance]
    rows: Iterable[LedgerRow]


class ExportFormat(Protocol):
    """A format that an extract can be written in."""

    @property
    def suffix(self) -> str:
        """How the file's name ends."""
        ...

    @property
    def media_type(self) -> str:
        """The content type."""
        ...

    def write(self, extract: Extract) -> Iterator[bytes]:
        """Yield the file in pieces, reading the rows as it goes."""
        ...


class LedgerReadStore(Protocol):
    """Long reads of the ledger, within one transaction."""

    def offices(self) -> Sequence[Office]:
        """Return every office, by code."""
        ...

    def count_rows(self, office_id: int, line: Line, since: date | None, until: date) -> int:
        """Count the transfers of a line booked from ``since`` up to and including ``until``."""
        ...

    def rows(self, office_id: int, line: Line, since: date | None, until: date) -> Iterator[LedgerRow]:
        """Yield these transfers by day, entry and leg; memory does not grow with their number."""
        ...

    def record_export(self, event: AuditEvent) -> None:
        """Write the audit event of an export."""
        ...

    def moves_by_month(self, office_id: int, line: Line, since: date, until: date) -> Sequence[MonthlyMove]:
        """Return the sums moved between each two accounts of a line, by month."""
        ...

    def appropriations(self, office_id: int, year: int) -> Sequence[Opened]:
        """Return the appropriations of a year, by number."""
        ...
