"""Read-only lists of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from caseflow.domain.ledger import Line
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


class LedgerViewStore(Protocol):
    """Lists of one office and one line; each is bounded and served by an index."""

    def transfers(
        self, office_id: int, line: Line, chosen: TransferFilter, *, before: Key | None, after: Key | None, limit: int
    ) -> TransferPage:
        """Return one page of transfers, newest first: below ``before``, or the ones just above ``after``."""
        ...

    def entry_rows(self, office_id: int, key: str) -> Sequence[TransferRow]:
        """Return the transfers of an entry, by leg (empty: no such entry in the office)."""
        ...

    def leaves(self, key: str) -> Sequence[bytes]:
        """Return the stored leaf hashes of an entry's transfers, by leg."""
        ...

    def receipts_of(self, office_id: int, key: str) -> Sequence[EntryReceipt]:
        """Return the receipts written for an entry."""
        ...

    def accounts(self, office_id: int, line: Line) -> Sequence[LedgerAccount]:
        """Return the accounts of a line, by code."""
        ...

    def account(self, office_id: int, code: str) -> LedgerAccount | None:
        """Return one account."""
        ...

    def totals(self, account_id: int, up_to: Key) -> AccountTotals:
        """Return what was debited and credited up to and including a place in the list."""
        ...

    def count_booked(self, office_id: int, line: Line, first: date, last: date) -> int:
        """Count the transfers booked from ``first`` to ``last``."""
        ...

    def first_booked_on(self, office_id: int, line: Line) -> date | None:
        """Return the day of the first transfer of a line."""
        ...

    def lots(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[LotUse]:
        """Return lots of receipts, newest first, with every number left out or printed twice."""
        ...
