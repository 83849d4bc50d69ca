"""Reading the ledger: lists of transfers, entries, accounts, the receipt book, what a close would close."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission, may
from caseflow.domain.ledger import Line
from caseflow.services.ledger import period_of
from caseflow.services.ledger_exports import READERS
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
from caseflow.services.ports import AccountBalance, BusinessTime, Close, Store, UnitOfWork

PAGE_SIZE = 50
LOTS_ON_A_PAGE = 10
_LAST_ID = 2**62
DECEMBER = 12


class NotInLedger(LookupError):
    """No such entry or account in the actor's office."""


@dataclass(frozen=True)
class Choices:
    """What the filters of one line offer: its accounts, and (id, English name, Chinese name) of the office's people."""

    accounts: Sequence[LedgerAccount]
    people: Sequence[tuple[int, str, str]]


@dataclass(frozen=True)
class EntryPage:
    """One entry whole. ``leaves`` are its legs' stored hashes (hexadecimal) and whether each still fits its content."""

    line: Line
    rows: Sequence[TransferRow]
    leaves: Sequence[tuple[str, bool]]
    receipts: Sequence[EntryReceipt]


@dataclass(frozen=True)
class Movement:
    """One transfer as one account sees it, with the balance after it on the account's normal side (fen)."""

    transfer: TransferRow
    debit_fen: int
    credit_fen: int
    balance_fen: int


@dataclass(frozen=True)
class AccountPage:
    """An account's movements up to a day, newest first. ``totals`` are those up to the end of ``as_of``."""

    account: LedgerAccount
    as_of: date
    totals: AccountTotals
    movements: Sequence[Movement]
    older: Key | None
    newer: Key | None

    @property
    def balance_fen(self) -> int:
        """The balance at the end of ``as_of`` on the account's normal side."""
        return _balance_fen(self.account, self.totals)


@dataclass(frozen=True)
class Closing:
    """What closing a month of a line would close: the balances at its end, the transfers since the last close."""

    line: Line
    period: int
    last_day: date
    closed: Close | None
    balances: Sequence[AccountBalance]
    transfers: int


@dataclass(frozen=True)
class LedgerReading:
    """The read-only use cases of the ledger: one line at a time, always."""

    store: Store
    time: BusinessTime

    def check_line(self, actor: Actor, line: Line) -> None:
        """Raise ``NotPermitted`` unless the actor may read this line: who takes income sees no spending."""
        check_permission(actor, READERS[line])

    def lines_of(self, actor: Actor) -> list[Line]:
        """Return the lines the actor may read."""
        return [line for line in Line if may(actor, READERS[line])]

    def case_of(self, actor: Actor, number: str) -> int | None:
        """Return the id of the office's case with this number (either form)."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.views.find_number(actor.office_id, number)

    def find_account(self, actor: Actor, code: str) -> LedgerAccount | None:
        """Return the office's account with this code."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.ledger_views.account(actor.office_id, code)

    def transfers(
        self,
        actor: Actor,
        line: Line,
        chosen: TransferFilter,
        *,
        before: Key | None = None,
        after: Key | None = None,
    ) -> tuple[TransferPage, Choices]:
        """Return one page of a line's transfers, newest first, and what its filters offer. Raises ``NotPermitted``."""
        self.check_line(actor, line)
        with self.store.begin() as work:
            page = work.ledger_views.transfers(
                actor.office_id, line, chosen, before=before, after=after, limit=PAGE_SIZE
            )
            accounts = work.ledger_views.accounts(actor.office_id, line)
            people = [one.actor for one in work.staff.of_office(actor.office_id)]
        return page, Choices(accounts, [(one.id, one.name_en, one.name_zh) for one in people])

    def entry(self, actor: Actor, key: str) -> EntryPage:
        """Return one entry of the office. Raises ``NotPermitted``, :class:`NotInLedger`."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            rows = work.ledger_views.entry_rows(actor.office_id, key)
            if not rows:
                raise NotInLedger(key)
            transfers = work.ledger.entry(key)
            self.check_line(actor, transfers[0].line)
            stored = work.ledger_views.leaves(key)
            receipts = work.ledger_views.receipts_of(actor.office_id, key)
        leaves = [(leaf.hex(), leaf == one.leaf()) for leaf, one in zip(stored, transfers, strict=True)]
        return EntryPage(transfers[0].line, rows, leaves, receipts)

    def account(
        self, actor: Actor, code: str, as_of: date, *, before: Key | None = None, after: Key | None = None
    ) -> AccountPage:
        """Return one page of an account's movements up to a day. Raises ``NotPermitted``, :class:`NotInLedger`.

        Each balance follows from the one at the page's newest transfer, which is read from the newest close on.
        """
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            account = work.ledger_views.account(actor.office_id, code)
            if account is None:
                raise NotInLedger(code)
            self.check_line(actor, account.line)
            page = work.ledger_views.transfers(
                actor.office_id,
                account.line,
                TransferFilter(account_id=account.id, booked_to=as_of),
                before=before,
                after=after,
                limit=PAGE_SIZE,
            )
            totals = work.ledger_views.totals(account.id, (as_of, _LAST_ID))
            movements = _movements(work, account, page.rows)
        return AccountPage(account, as_of, totals, movements, page.older, page.newer)

    def receipt_book(self, actor: Actor, *, before_id: int | None = None) -> tuple[Sequence[LotUse], int | None]:
        """Return lots of receipts, newest first, with gaps and doubles, and the key that continues the list."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            lots = work.ledger_views.lots(actor.office_id, before_id=before_id, limit=LOTS_ON_A_PAGE + 1)
        shown = lots[:LOTS_ON_A_PAGE]
        return shown, shown[-1].id if len(lots) > LOTS_ON_A_PAGE else None

    def closing(self, actor: Actor, line: Line, period: int | None = None) -> Closing | None:
        """Return what closing ``period`` (yyyymm; None: the first month still open) would close.

        None where no month that is over is open, or ``period`` is not such a month. Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.CLOSE_PERIOD)
        today = self.time.today()
        with self.store.begin() as work:
            closes = work.ledger.closes(actor.office_id, line)
            first_on = work.ledger_views.first_booked_on(actor.office_id, line)
            last = closes[0] if closes else None
            first = next_period(last.period) if last else period_of(first_on or today)
            wanted = period or first
            if not first <= wanted < period_of(today) or wanted % 100 not in range(1, DECEMBER + 1):
                return None
            last_day = last_day_of(wanted)
            opened_on = date(first // 100, first % 100, 1)
            balances = work.ledger.trial_balance(actor.office_id, line, last_day)
            count = work.ledger_views.count_booked(actor.office_id, line, opened_on, last_day)
        return Closing(line, wanted, last_day, last, balances, count)


def next_period(period: int) -> int:
    """Return the month after a month, both as yyyymm."""
    return period + 1 if period % 100 < DECEMBER else period + 100 - DECEMBER + 1


def last_day_of(period: int) -> date:
    """Return the last day of a month (yyyymm)."""
    year, month = divmod(period, 100)
    return date(year, month, monthrange(year, month)[1])


def _movements(work: UnitOfWork, account: LedgerAccount, rows: Sequence[TransferRow]) -> list[Movement]:
    if not rows:
        return []
    balance_fen = _balance_fen(account, work.ledger_views.totals(account.id, rows[0].place))
    movements = []
    for row in rows:
        is_debit = row.debit_code == account.code
        debit_fen, credit_fen = (row.amount_fen, 0) if is_debit else (0, row.amount_fen)
        movements.append(Movement(row, debit_fen, credit_fen, balance_fen))
        balance_fen -= _balance_fen(account, AccountTotals(debit_fen, credit_fen))
    return movements


def _balance_fen(account: LedgerAccount, totals: AccountTotals) -> int:
    grown_fen = totals.debit_fen - totals.credit_fen
    return grown_fen if account.normal_side == "debit" else -grown_fen
