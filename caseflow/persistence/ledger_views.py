"""Read-only lists of the ledger. Every list is bounded and walks an index; a filter is always a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.persistence.ledger_views_sql import (
    ACCOUNT,
    ACCOUNTS,
    COUNT_BOOKED,
    ENTRY_ROWS,
    FIRST_BOOKED_ON,
    LOTS,
    RECEIPTS_OF,
    TOTALS,
    WINDOW,
    Walk,
    walk,
)
from caseflow.services.ledger_views import (
    AccountTotals,
    EntryReceipt,
    Key,
    LedgerAccount,
    LotUse,
    TransferFilter,
    TransferPage,
    TransferRow,
)

_BEYOND = 2**62


class LedgerViews:
    """Fulfils :class:`caseflow.services.ports.ledger_views.LedgerViewStore` on one connection."""

    def __init__(self, connection: Connection, *, window: int = WINDOW) -> None:
        self._connection = connection
        self._window = window

    def transfers(
        self, office_id: int, line: Line, chosen: TransferFilter, *, before: Key | None, after: Key | None, limit: int
    ) -> TransferPage:
        """Return one page of transfers, newest first: below ``before``, or the ones just above ``after``."""
        asked = walk(office_id, line, chosen, before=before, after=after)
        window = max(self._window, limit + 1)
        parameters = {**asked.parameters, "limit": limit + 1, "window": window}
        rows = [_transfer(row) for row in self._connection.execute(text(asked.rows), parameters)]
        forward = after is not None
        stop = None
        if asked.filtered and (asked.walks > 1 or len(rows) <= limit):
            stop = self._stopped_at(asked, window, forward=forward)
        if stop is not None:
            # One of two walks may have seen further than the other; the page ends where both were looked through.
            rows = [row for row in rows if (row.place <= stop if forward else row.place >= stop)]
        further = rows[limit - 1].place if len(rows) > limit else stop
        rows = rows[:limit]
        searched_to = stop[0] if stop is not None and further == stop else None
        if after is not None:
            rows.reverse()
            # The transfer at the key stood on the page one came from; with nothing here it leads back to it.
            older = rows[-1].place if rows else (after[0], after[1] + 1)
            return TransferPage(rows, older, further, searched_to)
        newer = None
        if before is not None:
            newer = rows[0].place if rows else (before[0], before[1] - 1)
        return TransferPage(rows, further, newer, searched_to)

    def _stopped_at(self, asked: Walk, window: int, *, forward: bool) -> Key | None:
        parameters = {**asked.parameters, "window": window}
        ends = [(row.booked_on, row.id) for row in self._connection.execute(text(asked.ends), parameters)]
        if not ends:
            return None
        return min(ends) if forward else max(ends)

    def entry_rows(self, office_id: int, key: str) -> Sequence[TransferRow]:
        """Return the transfers of an entry, by leg (empty: no such entry in the office)."""
        rows = self._connection.execute(ENTRY_ROWS, {"office_id": office_id, "key": key})
        return [_transfer(row) for row in rows]

    def leaves(self, key: str) -> Sequence[bytes]:
        """Return the stored leaf hashes of an entry's transfers, by leg."""
        rows = self._connection.execute(text("select leaf from transfer where key = :key order by leg"), {"key": key})
        return [bytes(row.leaf) for row in rows]

    def receipts_of(self, office_id: int, key: str) -> Sequence[EntryReceipt]:
        """Return the receipts written for an entry."""
        rows = self._connection.execute(RECEIPTS_OF, {"office_id": office_id, "key": key})
        return [EntryReceipt(row.lot_id, row.no, row.number) for row in rows]

    def accounts(self, office_id: int, line: Line) -> Sequence[LedgerAccount]:
        """Return the accounts of a line, by code."""
        rows = self._connection.execute(ACCOUNTS, {"office_id": office_id, "line": line.value})
        return [_account(row) for row in rows]

    def account(self, office_id: int, code: str) -> LedgerAccount | None:
        """Return one account."""
        row = self._connection.execute(ACCOUNT, {"office_id": office_id, "code": code}).one_or_none()
        return None if row is None else _account(row)

    def totals(self, account_id: int, up_to: Key) -> AccountTotals:
        """Return what was debited and credited up to and including a place in the list."""
        day, number = up_to
        parameters = {"account_id": account_id, "period": day.year * 100 + day.month, "day": day, "id": number}
        return AccountTotals(**self._connection.execute(TOTALS, parameters).mappings().one())

    def count_booked(self, office_id: int, line: Line, first: date, last: date) -> int:
        """Count the transfers booked from ``first`` to ``last``."""
        parameters = {"office_id": office_id, "line": line.value, "first": first, "last": last}
        count: int = self._connection.execute(COUNT_BOOKED, parameters).scalar_one()
        return count

    def first_booked_on(self, office_id: int, line: Line) -> date | None:
        """Return the day of the first transfer of a line."""
        found: date | None = self._connection.execute(
            FIRST_BOOKED_ON, {"office_id": office_id, "line": line.value}
        ).scalar_one_or_none()
        return found

    def lots(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[LotUse]:
        """Return lots of receipts, newest first, with every number left out or printed twice."""
        parameters = {"office_id": office_id, "before": before_id or _BEYOND, "limit": limit}
        return [
            LotUse(**{**row, "gaps": [(first, last) for first, last in row["gaps"]]})
            for row in self._connection.execute(LOTS, parameters).mappings()
        ]


def _transfer(row: Any) -> TransferRow:
    return read_row(row._asdict())


def read_row(known: dict[str, Any]) -> TransferRow:
    """Return the transfer of a row of ``ROW``'s columns."""
    for side in ("debit", "credit"):
        known[f"{side}_name"] = Words(known.pop(f"{side}_en"), known.pop(f"{side}_zh"))
    return TransferRow(**known)


def _account(row: Any) -> LedgerAccount:
    return LedgerAccount(row.id, Line(row.line), row.code, row.kind, Words(row.name_en, row.name_zh))
