"""Remitting to the treasury what the bank has shown, the treasury's advice, and how long money is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.bank import Bucket, buckets
from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.services.bank.acts import event_of, given_reason, once
from caseflow.services.duties import check_duties
from caseflow.services.ledger import Ledger, Posting
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.bank import BankRefused, NotThere
from caseflow.services.ports.remittances import (
    NewAdvice,
    NewEnd,
    NewRemittance,
    ReceiptRow,
    RemittanceRow,
    WayFilter,
)

ROWS_A_PAGE = 50
MOST_RECEIPTS = 500
LONGEST_NUMBER = 60
_LATER = Words("It lies after the business date.", "晚于业务日期。")


@dataclass(frozen=True)
class MakeRemittance:
    """A remittance somebody asks for; ``amount_fen`` is the sum that was shown to them."""

    account_id: int
    voucher: str
    remitted_on: date
    receipts: tuple[tuple[int, int], ...]
    amount_fen: int


@dataclass(frozen=True)
class RemittancePage:
    """A remittance with one page of its receipts and the key of the next page."""

    row: RemittanceRow
    receipts: Sequence[ReceiptRow]
    next_key: tuple[int, int] | None


@dataclass(frozen=True)
class Ageing:
    """How many and how much (fen) by stage and bucket; stages never add up to one another."""

    buckets: Sequence[Bucket]
    figures: Mapping[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True)
class Remittances:
    """The use cases of remittances, and of receipts by where their money is."""

    store: Store
    time: BusinessTime
    ledger: Ledger

    def remittable(self, actor: Actor, account_id: int, until: date | None = None) -> Sequence[ReceiptRow]:
        """Return what may be remitted from an account: banked by ``until``, the longest banked first, at most 500."""
        check_permission(actor, Permission.RECONCILE)
        with self.store.begin() as work:
            return work.remittances.remittable(actor.office_id, account_id, until or self.time.today(), MOST_RECEIPTS)

    def check(self, actor: Actor, asked: MakeRemittance) -> Sequence[ReceiptRow]:
        """Return the receipts of a remittance about to be made. Raises ``NotPermitted``, ``BankRefused``."""
        check_permission(actor, Permission.RECONCILE)
        with self.store.begin() as work:
            return self._checked(work, actor, asked)

    def make(self, actor: Actor, asked: MakeRemittance, *, key: str) -> int:
        """Remit receipts to the treasury: posts exactly their sum, treasury against collecting bank. Return the id.

        Raises ``NotPermitted``, ``BankRefused``, ``LedgerRefused`` (not so much money, period closed), ``KeyReused``.
        """
        check_duties(actor, Permission.RECONCILE)
        body = {
            "account": asked.account_id,
            "voucher": asked.voucher.strip(),
            "remitted_on": asked.remitted_on.isoformat(),
            "amount_fen": asked.amount_fen,
            "receipts": [list(one) for one in sorted(asked.receipts)],
        }
        event = event_of(self.time, actor, "remittance_made", key, body)

        def act(work: UnitOfWork) -> None:
            rows = self._checked(work, actor, asked)
            total = sum(row.amount_fen for row in rows)
            if total != asked.amount_fen:
                raise BankRefused(
                    Words("The sum has changed since you looked: look at it again.", "合计金额已变动，请重新核对。"),
                    "receipts",
                )
            posting = self._posting(asked, total, key)
            self.ledger.write_all(work, actor, [posting])
            work.remittances.make(
                NewRemittance(
                    office_id=actor.office_id,
                    account_id=asked.account_id,
                    voucher=asked.voucher.strip(),
                    remitted_on=asked.remitted_on,
                    amount_fen=total,
                    transfer_key=posting.key,
                    receipts=tuple((row.lot_id, row.no) for row in rows),
                    made_by=actor.id,
                    event_key=event.key,
                )
            )

        once(self.store, event, act)
        with self.store.begin() as work:
            made = work.remittances.by_event(actor.office_id, event.key)
        if made is None:
            raise NotThere(event.key)
        return made

    def take_back(self, actor: Actor, remittance_id: int, *, reason: str, key: str) -> None:
        """Take a remittance back before it leaves the bank: the mirror is posted, its receipts may be remitted anew.

        Raises ``NotPermitted``, ``BankRefused`` (it left the bank, or was advised), ``KeyReused``.
        """
        check_duties(actor, Permission.RECONCILE)
        reason = given_reason(reason)
        body = {"remittance": remittance_id, "reason": reason}
        event = event_of(self.time, actor, "remittance_taken_back", key, body)

        def act(work: UnitOfWork) -> None:
            row = _one(work, actor, remittance_id)
            asked = MakeRemittance(row.account_id, row.voucher, row.remitted_on, (), row.amount_fen)
            posting = self._posting(asked, row.amount_fen, "")
            known = Posting(row.transfer_key, posting.line, posting.movements, row.remitted_on, row.voucher)
            self.ledger.reverse_all(work, actor, [(known, f"remit-back:{key}")], reason)
            work.remittances.take_back(
                NewEnd(
                    remittance_id=remittance_id,
                    office_id=actor.office_id,
                    reason=reason,
                    reversal_key=f"remit-back:{key}",
                    ended_by=actor.id,
                    ended_on=self.time.today(),
                    event_key=event.key,
                )
            )

        once(self.store, event, act)

    def advise(
        self, actor: Actor, remittance_id: int, number: str, advised_on: date, amount_fen: int, *, key: str
    ) -> None:
        """Record the treasury's advice as it stands on the paper; an amount that differs is recorded and shown.

        Raises ``NotPermitted``, ``BankRefused``, ``NotThere``, ``KeyReused``.
        """
        check_duties(actor, Permission.RECONCILE)
        number = number.strip()
        if not 0 < len(number) <= LONGEST_NUMBER:
            raise BankRefused(Words("Give the number of the advice.", "请填写国库回单号。"), "number")
        if advised_on > self.time.today():
            raise BankRefused(_LATER, "advised_on")
        body = {
            "remittance": remittance_id,
            "number": number,
            "advised_on": advised_on.isoformat(),
            "amount_fen": amount_fen,
        }
        event = event_of(self.time, actor, "treasury_advice_recorded", key, body)

        def act(work: UnitOfWork) -> None:
            row = _one(work, actor, remittance_id)
            if advised_on < row.remitted_on:
                raise BankRefused(Words("It lies before the remittance.", "早于缴款日期。"), "advised_on")
            work.remittances.advise(
                NewAdvice(remittance_id, actor.office_id, number, advised_on, amount_fen, actor.id, event.key)
            )

        once(self.store, event, act)

    def all(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[RemittanceRow], int | None]:
        """Return one page of remittances, newest first, and the key of the next page."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            rows = work.remittances.all(actor.office_id, before_id=before_id, limit=ROWS_A_PAGE + 1)
        return rows[:ROWS_A_PAGE], rows[ROWS_A_PAGE - 1].id if len(rows) > ROWS_A_PAGE else None

    def show(self, actor: Actor, remittance_id: int, after: tuple[int, int] = (0, -1)) -> RemittancePage:
        """Return a remittance with a page of its receipts. Raises ``NotPermitted``, ``NotThere``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            row = _one(work, actor, remittance_id)
            receipts = work.remittances.receipts_of(remittance_id, after=after, limit=ROWS_A_PAGE + 1)
        last = receipts[ROWS_A_PAGE - 1] if len(receipts) > ROWS_A_PAGE else None
        return RemittancePage(row, receipts[:ROWS_A_PAGE], (last.lot_id, last.no) if last is not None else None)

    def ways(
        self, actor: Actor, chosen: WayFilter, before: tuple[date, int, int] | None = None
    ) -> tuple[Sequence[ReceiptRow], tuple[date, int, int] | None]:
        """Return one page of receipts with where their money is, newest first, and the key of the next page."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            rows = work.remittances.ways(actor.office_id, chosen, before=before, limit=ROWS_A_PAGE + 1)
        return rows[:ROWS_A_PAGE], rows[ROWS_A_PAGE - 1].key if len(rows) > ROWS_A_PAGE else None

    def buckets(self) -> Sequence[Bucket]:
        """Return today's buckets of an ageing."""
        return buckets(self.time.today(), self.ledger.rulebook.calendar)

    def ageing(self, actor: Actor) -> Ageing:
        """Return the ageing of money on its way and of what is in suspense."""
        check_permission(actor, Permission.READ_LEDGER)
        known = self.buckets()
        with self.store.begin() as work:
            return Ageing(known, work.remittances.ageing(actor.office_id, known))

    def _posting(self, asked: MakeRemittance, amount_fen: int, key: str) -> Posting:
        chart = self.ledger.rulebook.chart
        movement = (
            "remit",
            chart.account(Line.INCOME, "treasury"),
            chart.account(Line.INCOME, "collecting_bank"),
            amount_fen,
        )
        return Posting(f"remit:{key}", Line.INCOME, [movement], asked.remitted_on, asked.voucher.strip())

    def _checked(self, work: UnitOfWork, actor: Actor, asked: MakeRemittance) -> Sequence[ReceiptRow]:
        if not 0 < len(asked.voucher.strip()) <= LONGEST_NUMBER:
            raise BankRefused(Words("Give the number of the voucher.", "请填写缴款凭证号。"), "voucher")
        if asked.remitted_on > self.time.today():
            raise BankRefused(_LATER, "remitted_on")
        wanted = set(asked.receipts)
        if not wanted:
            raise BankRefused(Words("Choose at least one receipt.", "请至少选择一张票据。"), "receipts")
        if not any(one.id == asked.account_id for one in work.bank.accounts(actor.office_id)):
            raise NotThere(asked.account_id)
        rows = work.remittances.banked(actor.office_id, asked.account_id, wanted)
        if len(rows) != len(wanted):
            raise BankRefused(
                Words(
                    "A receipt of the list was remitted, unmatched or voided meanwhile: look at it again.",
                    "所选票据中有已缴库、已解除对应或者已作废的，请重新核对。",
                ),
                "receipts",
            )
        if any(row.banked_on is not None and row.banked_on > asked.remitted_on for row in rows):
            raise BankRefused(
                Words("The bank booked a receipt of the list after that day.", "所选票据中有在该日之后才入账的。"),
                "remitted_on",
            )
        return rows


def _one(work: UnitOfWork, actor: Actor, remittance_id: int) -> RemittanceRow:
    found = work.remittances.one(actor.office_id, remittance_id)
    if found is None:
        raise NotThere(remittance_id)
    return found
