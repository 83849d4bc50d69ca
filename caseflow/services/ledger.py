"""Posting beside the steps of cases, closing periods, and the trial balance. One line at a time, always."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.ledger import REVERSIBLE, Account, Entry, Leg, Line, Money, Transfer
from caseflow.domain.words import Words
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.duties import Matter, Part, check_duties
from caseflow.services.ports import (
    AccountBalance,
    AlreadyWritten,
    BusinessTime,
    Close,
    LedgerRefused,
    PostedCase,
    Store,
    UnitOfWork,
)
from caseflow.services.rulebook import Rulebook

FIRST_PERIOD = 190001
_NO_REASON = ("reason_given", Words("Give the reason", "请填写原因"))
_OWN_MONEY = (
    "transfer_reversed_by_another",
    Words(
        "Another cashier must do this: who took the money does not take it back",
        "须由另一名出纳办理：收款人不得冲销本人经手的款项",
    ),
)
_NOT_REVERSIBLE = (
    "reversible",
    Words(
        "Only a payment, a parked sum or a remittance is reversed; a decision about money is put right by a decision",
        "只能冲销收款、待查款项或者缴库；涉及金额的决定应以新的决定更正",
    ),
)
_AT_THE_BANK = (
    "reversed_at_the_bank",
    Words(
        "It is taken back at its line of the bank or its remittance, which know of it",
        "请在对应的银行流水或者缴库记录中撤销",
    ),
)
_NOT_OVER = ("period_is_over", Words("Only a month that is over can be closed", "只能结账已经过去的月份"))


def period_of(day: date) -> int:
    """Return the period a day belongs to, as yyyymm."""
    return day.year * 100 + day.month


def last_day_of(period: int) -> date:
    """Return the last day of a period (yyyymm)."""
    year, month = divmod(period, 100)
    return date(year, month, monthrange(year, month)[1])


def reversal_key(idempotency_key: str) -> str:
    """Return the key of the entry that a request to reverse another one writes."""
    return f"reverse:{idempotency_key}"


@dataclass(frozen=True)
class Posting:
    """What somebody asks to be posted beside the steps of a case: movements under one idempotency key.

    ``movements`` are (operation, account debited, account credited, fen); ``value_on`` is the day the money moved
    (default: the business date), ``document`` the number of the paper behind it.
    """

    key: str
    line: Line
    movements: Sequence[tuple[str, Account, Account, int]]
    value_on: date | None = None
    document: str = ""
    reason: str = ""


class EntryNotFound(LookupError):
    """No such entry in the actor's office."""


@dataclass(frozen=True)
class Ledger:
    """The use cases of the ledger; ``spending`` reaches the database as the role that may post expenditure."""

    store: Store
    spending: Store
    rulebook: Rulebook
    time: BusinessTime

    def write_all(self, work: UnitOfWork, actor: Actor, postings: Sequence[Posting]) -> None:
        """Post several entries of one line within the caller's transaction, in one statement.

        Raises ``AlreadyWritten`` for a used key and ``LedgerRefused``.
        """
        work.ledger.post(
            [one for posting in postings for one in self._entry(actor, posting).transfers(posting.movements)]
        )

    def reverse_all(self, work: UnitOfWork, actor: Actor, taken: Sequence[tuple[Posting, str]], reason: str) -> None:
        """Reverse whole entries that belong to no case, within the caller's transaction and in one statement.

        ``taken``: each entry as it was posted (key and movements count), with the key of its reversal. Raises
        ``LedgerRefused`` (reversed before, period closed, money spent meanwhile).
        """
        mirrored: list[Transfer] = []
        for posting, key in taken:
            written = self._entry(actor, posting).transfers(posting.movements)
            undone = Posting(key, posting.line, (), None, posting.document, reason)
            mirrored += self._entry(actor, undone).reversal(written)
        work.ledger.post(mirrored)

    def post(self, actor: Actor, posting: Posting) -> tuple[Transfer, ...]:
        """Post in a transaction of its own: one statement. A repeated request answers its first result.

        Raises ``LedgerRefused`` and ``KeyReused`` (the key was used for another posting).
        """
        check_duties(actor, None)
        transfers = self._entry(actor, posting).transfers(posting.movements)
        with self._store(posting.line).each_alone() as work:
            try:
                work.ledger.post(transfers)
            except AlreadyWritten:
                return _first_result(work, transfers)
        return transfers

    def post_many(self, actor: Actor, postings: Sequence[Posting]) -> int:
        """Post many entries of one line whole or not at all, by COPY; return how many transfers that was.

        For bank files and runs. Raises ``AlreadyWritten`` where one of the keys was used and ``LedgerRefused``.
        """
        check_duties(actor, None)
        transfers = [one for posting in postings for one in self._entry(actor, posting).transfers(posting.movements)]
        if not transfers:
            return 0
        with self._store(postings[0].line).begin() as work:
            work.ledger.post_many(transfers)
            work.commit()
        return len(transfers)

    def post_legs(self, work: UnitOfWork, case: Case, entry: Entry, legs: Sequence[Leg], event: AuditEvent) -> Money:
        """Post legs on a case outside any step, with the case's money; return the money after them."""
        money = case.money
        for leg in legs:
            money = money.after(leg)
        transfers = entry.of_legs(self.rulebook.chart, case.regime, legs)
        work.ledger.post(transfers, PostedCase(case.id, money), event)
        return money

    def reverse(self, actor: Actor, key: str, *, reason: str, idempotency_key: str) -> tuple[Transfer, ...]:
        """Take a payment, a parked sum or a remittance back whole by its exact mirror, once.

        What the payer overpaid elsewhere on the case then meets what is owed again.

        Raises ``NotPermitted``, :class:`EntryNotFound`, and ``LedgerRefused`` (no reason, reversed
        before, period closed, money spent meanwhile, a receipt still
        stands for it, the actor took the money: reliability.md, threat 3).
        """
        body = {"reverses": key, "reason": reason.strip()}
        event = AuditEvent(
            reversal_key(idempotency_key), self.time.now(), actor.id, actor.office_id, "entry_reversed", body=body
        )
        with self.store.begin() as work:
            mirrored = self.take_back(work, actor, key, reason=reason, idempotency_key=idempotency_key, event=event)
            work.commit()
        return mirrored

    def take_back(
        self,
        work: UnitOfWork,
        actor: Actor,
        key: str,
        *,
        reason: str,
        idempotency_key: str,
        event: AuditEvent | None = None,
    ) -> tuple[Transfer, ...]:
        """Reverse an entry within the caller's transaction, which writes the audit event if none is given.

        Raises as :meth:`reverse`.
        """
        check_permission(actor, Permission.RECONCILE)
        if not reason.strip():
            raise LedgerRefused(*_NO_REASON)
        transfers = work.ledger.entry(key)
        if not transfers or transfers[0].office_id != actor.office_id:
            raise EntryNotFound(key)
        first = transfers[0]
        if not all(one.operation in REVERSIBLE and one.reverses is None for one in transfers):
            raise LedgerRefused(*_NOT_REVERSIBLE)
        if work.bank.holds(key):
            raise LedgerRefused(*_AT_THE_BANK)
        if first.operation == "collect" and first.actor_id == actor.id:
            raise LedgerRefused(*_OWN_MONEY)
        took = {Part.COLLECTOR: (first.actor_id,)} if first.operation == "collect" and first.actor_id else {}
        check_duties(actor, Permission.RECONCILE, (Part.REVERSER,), Matter(took))
        posting = Posting(reversal_key(idempotency_key), first.line, (), None, first.document, reason.strip())
        entry = replace(self._entry(actor, posting), case_number=first.case_number, seq=None)
        mirrored = entry.reversal(transfers)
        case, posted = _case_of(work, actor, first), None
        if case is not None:
            money = _after(case.money, mirrored)
            mirrored = entry.followed_by(mirrored, self.rulebook.chart, case.regime, money.set_off(case.money))
            posted = PostedCase(case.id, _after(case.money, mirrored))
        work.ledger.post(mirrored, posted, event)
        return mirrored

    def close_period(self, actor: Actor, line: Line, period: int, *, idempotency_key: str) -> None:
        """Close a month (yyyymm) of a line for ever, with all before it. Only a month that is over can be closed.

        A repeated request changes nothing. Raises ``NotPermitted``, ``LedgerRefused``, ``KeyReused``.
        """
        check_duties(actor, Permission.CLOSE_PERIOD)
        today = self.time.today()
        if not FIRST_PERIOD <= period < period_of(today) or period % 100 not in range(1, 13):
            raise LedgerRefused(*_NOT_OVER)
        body = {"line": line.value, "period": period}
        event = AuditEvent(
            f"close:{idempotency_key}", self.time.now(), actor.id, actor.office_id, "period_closed", body=body
        )
        with self.store.begin() as work:
            try:
                work.ledger.close(actor.office_id, line, period, actor.id, event)
            except AlreadyWritten as used:
                raise KeyReused(idempotency_key) from used
            except LedgerRefused:
                if not self._written(event):
                    raise
                return
            work.commit()

    def _written(self, event: AuditEvent) -> bool:
        with self.store.begin() as work:
            return work.receipts.event_body(event.key) == event.body

    def closes(self, actor: Actor, line: Line) -> Sequence[Close]:
        """Return the closed periods of a line, newest first."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.ledger.closes(actor.office_id, line)

    def trial_balance(self, actor: Actor, line: Line, as_of: date) -> Sequence[AccountBalance]:
        """Return every account of one line with its totals up to and including ``as_of``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.ledger.trial_balance(actor.office_id, line, as_of)

    def _store(self, line: Line) -> Store:
        return self.store if line is Line.INCOME else self.spending

    def _entry(self, actor: Actor, posting: Posting) -> Entry:
        today = self.time.today()
        return Entry(
            key=posting.key,
            office_id=actor.office_id,
            line=posting.line,
            booked_on=today,
            value_on=posting.value_on or today,
            at=self.time.now(),
            actor_id=actor.id,
            document=posting.document,
            reason=posting.reason,
        )


def _first_result(work: UnitOfWork, wanted: Sequence[Transfer]) -> tuple[Transfer, ...]:
    written = work.ledger.entry(wanted[0].key)
    if [_same(one) for one in written] != [_same(one) for one in wanted]:
        raise KeyReused(wanted[0].key)
    return written


def _same(one: Transfer) -> tuple[object, ...]:
    return (one.office_id, one.line, one.operation, one.debit, one.credit, one.amount_fen, one.document, one.reason)


def _case_of(work: UnitOfWork, actor: Actor, transfer: Transfer) -> Case | None:
    if transfer.case_number is None:
        return None
    case_id = work.views.find_number(actor.office_id, transfer.case_number)
    case = work.cases.load(case_id) if case_id is not None else None
    if case is None:
        raise CaseNotFound(transfer.case_number)
    return case


def _after(money: Money, transfers: Sequence[Transfer]) -> Money:
    for one in transfers:
        leg = Leg(one.operation, one.debit.kind, one.credit.kind, one.amount_fen, reverses=one.reverses is not None)
        money = money.after(leg)
    return money
