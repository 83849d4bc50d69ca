"""Expenditure: what each act asks, how an appropriation is numbered, what may be done with it and by whom. Pure.

Appropriation, commitment, payment. Nothing here knows of a case, a receipt or income (State Council Decree 281).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from caseflow.domain.access import Actor, Permission, may
from caseflow.domain.ledger import Account
from caseflow.domain.words import Words
from caseflow.domain.workflow import Field


class Act(StrEnum):
    """What is done with an appropriation."""

    APPROPRIATE = "appropriate"
    LAPSE = "lapse"
    COMMIT = "commit"
    RELEASE = "release"
    PREPARE = "prepare"
    APPROVE = "approve"
    REFUSE = "refuse"
    GIVE_BACK = "give_back"


PERMISSIONS: Mapping[Act, Permission] = {
    Act.APPROPRIATE: Permission.APPROPRIATE,
    Act.LAPSE: Permission.APPROPRIATE,
    Act.COMMIT: Permission.SPEND,
    Act.RELEASE: Permission.SPEND,
    Act.PREPARE: Permission.SPEND,
    Act.APPROVE: Permission.APPROVE_SPENDING,
    Act.REFUSE: Permission.APPROVE_SPENDING,
    Act.GIVE_BACK: Permission.SPEND,
}


def _field(name: str, kind: str, label: Words, help_words: Words | None = None, *, required: bool = True) -> Field:
    least = {"money": 1, "integer": 1949}.get(kind)
    most = 2999 if kind == "integer" else None
    return Field(name, kind, label, help_words, required, None, (), least, most, {})


_AMOUNT = _field("amount", "money", Words("Amount", "金额"))
_REASON = _field("reason", "text", Words("Reason", "原因"))
FIELDS: Mapping[Act, tuple[Field, ...]] = {
    Act.APPROPRIATE: (
        _field("paper", "reference", Words("Number of the budget paper", "预算批复文号")),
        _field("year", "integer", Words("Budget year", "预算年度")),
        _field("purpose", "text", Words("Purpose", "用途")),
        _AMOUNT,
    ),
    Act.LAPSE: (
        _field(
            "document",
            "reference",
            Words("Number of the paper", "依据文号"),
            Words("The notice that closes the budget year or takes the sum back.", "年终结账通知或者收回额度的文件。"),
        ),
        _REASON,
    ),
    Act.COMMIT: (
        _field("payee", "text", Words("Payee", "收款人")),
        _field("purpose", "text", Words("For what", "事项")),
        _field("document", "reference", Words("Contract or order", "合同或者订单编号"), required=False),
        _AMOUNT,
    ),
    Act.RELEASE: (_AMOUNT, _REASON),
    Act.PREPARE: (
        _AMOUNT,
        _field("document", "reference", Words("Invoice", "发票号码")),
        _field("payee_account", "reference", Words("Account of the payee", "收款账号")),
        _field("payee_bank", "text", Words("Bank of the payee", "开户银行")),
    ),
    Act.APPROVE: (),
    Act.REFUSE: (_REASON,),
    Act.GIVE_BACK: (_field("document", "reference", Words("Number of the bank's advice", "银行退款通知编号")), _REASON),
}
"""What each act asks; amounts are fen above zero."""


class SpendingRefused(Exception):
    """The act would break a rule of expenditure; ``field`` names the answer it is about. Nothing was written."""

    def __init__(self, rule: str, words: Words, field: str = "") -> None:
        self.rule, self.words, self.field = rule, words, field
        super().__init__(words.en)


@dataclass(frozen=True)
class Appropriation:
    """A sum of the budget with its standing, in fen: ``left`` may be committed, ``committed`` waits to be paid."""

    id: int
    office_id: int
    year: int
    serial: int
    paper: str
    purpose: str
    amount_fen: int
    entered_on: date
    entered_by: int
    left_fen: int = 0
    committed_fen: int = 0
    lapsed_fen: int = 0
    closed: bool = False

    @property
    def number(self) -> str:
        """The number within the office, for instance ``2026-003``."""
        return f"{self.year}-{self.serial:03d}"

    @property
    def paid_fen(self) -> int:
        """What was paid and not given back."""
        return self.amount_fen - self.lapsed_fen - self.left_fen - self.committed_fen

    @property
    def used_fen(self) -> int:
        """What is paid or bound by a commitment."""
        return self.paid_fen + self.committed_fen

    @property
    def quota(self) -> Account:
        """The account of what may still be committed."""
        return Account(f"3511-{self.number}", "quota")

    @property
    def committed(self) -> Account:
        """The account of what is committed and not yet paid."""
        return Account(f"3512-{self.number}", "committed")


@dataclass(frozen=True)
class Commitment:
    """A sum bound for a payee, with what was released, paid, and waits for approval, in fen."""

    id: int
    appropriation_id: int
    number: str
    payee: str
    purpose: str
    document: str
    amount_fen: int
    committed_on: date
    committed_by: int
    released_fen: int
    paid_fen: int
    waiting_fen: int

    @property
    def open_fen(self) -> int:
        """What may still be released or put into a payment order."""
        return self.amount_fen - self.released_fen - self.paid_fen - self.waiting_fen


class OrderState(StrEnum):
    """Where a payment order stands; it only goes forward."""

    WAITING = "waiting"
    PAID = "paid"
    REFUSED = "refused"
    GIVEN_BACK = "given_back"


@dataclass(frozen=True)
class PaymentOrder:
    """A payment as it was prepared, what was decided about it by whom, and whether the bank gave it back."""

    id: int
    appropriation_id: int
    commitment_id: int
    number: str
    payee: str
    purpose: str
    amount_fen: int
    document: str
    payee_account: str
    payee_bank: str
    prepared_on: date
    prepared_by: int
    committed_by: int
    state: OrderState
    decided_on: date | None = None
    decided_by: int | None = None
    reason: str = ""
    pay_key: str | None = None
    given_back_on: date | None = None
    given_back_by: int | None = None
    given_back_reason: str = ""
    given_back_document: str = ""


@dataclass(frozen=True)
class Movement:
    """A release of a commitment or a lapse of an appropriation: how much, when, by whom, why."""

    amount_fen: int
    done_on: date
    done_by: int
    document: str
    reason: str


def commitment_fault(appropriation: Appropriation, today: date) -> SpendingRefused | None:
    """Return why nothing more can be committed; None where something can."""
    if appropriation.closed:
        words = Words("What was left of this appropriation has lapsed", "该项拨款的剩余额度已经注销")
        return SpendingRefused("lapsed", words)
    if appropriation.year != today.year:
        words = Words(
            f"It may be committed only in its own year, {appropriation.year}",
            f"只能在本预算年度（{appropriation.year}年）内承诺支出",
        )
        return SpendingRefused("other_year", words)
    if not appropriation.left_fen:
        return SpendingRefused("used_up", Words("All of this appropriation is committed", "该项拨款额度已经用完"))
    return None


def lapse_fault(appropriation: Appropriation, expected_fen: int | None = None) -> SpendingRefused | None:
    """Return why nothing can lapse, or why not the sum in fen that was shown; None where it can."""
    if not appropriation.left_fen:
        return SpendingRefused("nothing_left", Words("Nothing is left that could lapse", "没有可注销的剩余额度"))
    if expected_fen not in (None, appropriation.left_fen):
        words = Words("The sum that is left changed a moment ago: look at it again", "剩余额度刚刚发生变动，请重新查看")
        return SpendingRefused("moved", words)
    return None


def use_fault(commitment: Commitment) -> SpendingRefused | None:
    """Return why a commitment can neither be released nor paid from; None where it can."""
    if not commitment.open_fen:
        words = Words("Nothing of this commitment is open", "该笔承诺没有未使用的余额")
        return SpendingRefused("commitment_used_up", words)
    return None


def give_back_fault(order: PaymentOrder) -> SpendingRefused | None:
    """Return why a payment cannot have come back from the bank; None where it can."""
    if order.state is not OrderState.PAID:
        words = Words("Only a payment that was made can come back", "只有已支付的款项才能登记退回")
        return SpendingRefused("not_paid", words)
    return None


def decision_fault(actor: Actor, order: PaymentOrder) -> SpendingRefused | None:
    """Return why the actor may not decide on a payment order; None where they may.

    The approver is another person than who prepared the order and than who made the commitment.
    """
    if order.state is not OrderState.WAITING:
        return SpendingRefused("decided", Words("It was decided already", "该笔付款已经审批"))
    if not may(actor, Permission.APPROVE_SPENDING):
        return SpendingRefused("role", Words("For an approver", "由审批人办理"))
    if actor.id == order.prepared_by:
        words = Words("It needs another person: you prepared this payment", "须由他人审批：该笔付款由您制单")
        return SpendingRefused("four_eyes", words)
    if actor.id == order.committed_by:
        words = Words("It needs another person: you made the commitment", "须由他人审批：该笔承诺由您登记")
        return SpendingRefused("four_eyes", words)
    return None
