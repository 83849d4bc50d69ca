"""What the database refuses about the bank and remittances becomes ``BankRefused`` or ``AlreadyWritten``, here only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from caseflow.domain.words import Words
from caseflow.services.ports import AlreadyWritten
from caseflow.services.ports.bank import BankRefused

_MOVED_ON = Words(
    "Somebody else decided on this line a moment ago: look at it again.", "他人刚刚处理了该笔流水，请重新查看。"
)
_REFUSALS: Mapping[str, tuple[Words, str]] = {
    "uq_bank_account_office_id_number": (Words("The account is there already.", "该账户已经登记。"), "number"),
    "uq_bank_line_same": (Words("Somebody else enters the same lines now.", "他人正在导入相同的流水。"), ""),
    "uq_bank_decision_line_id_nth": (_MOVED_ON, ""),
    "bank_decision_in_order": (_MOVED_ON, ""),
    "bank_decision_follows": (_MOVED_ON, ""),
    "pk_banked_receipt": (
        Words(
            "A receipt stands on one line of the bank only, and this one has its line.",
            "一张票据只能对应一笔银行流水，该票据已有对应流水。",
        ),
        "receipts",
    ),
    "bank_receipt_counts": (Words("The receipt is void.", "该票据已作废。"), "receipts"),
    "bank_match_makes_the_amount": (
        Words("The receipts do not make the amount of the line.", "票据合计与该笔流水金额不符。"),
        "receipts",
    ),
    "bank_line_is_the_remittance": (
        Words("The line is not the outgoing money of this remittance.", "该笔流水不是此缴款的支出。"),
        "remittance",
    ),
    "pk_remittance_line": (Words("The remittance has its line already.", "该缴款已有对应流水。"), "remittance"),
    "fk_remitted_receipt_banked": (
        Words(
            "A receipt that is remitted stays with its line; one that no line shows is not remitted.",
            "已缴库的票据不能解除与流水的对应；没有对应流水的票据不能缴库。",
        ),
        "",
    ),
    "uq_remittance_office_id_voucher": (
        Words("The voucher's number was used before.", "该缴款凭证号已经使用。"),
        "voucher",
    ),
    "pk_remitted_receipt": (
        Words("A receipt of the list was remitted a moment ago.", "所选票据中有刚刚被缴库的。"),
        "receipts",
    ),
    "remittance_is_its_receipts": (
        Words("The remittance is not the sum of its receipts.", "缴款金额不等于所选票据合计。"),
        "",
    ),
    "remittance_not_yet_gone": (
        Words(
            "It has left the bank or was advised: it can no longer be taken back.",
            "款项已划出或已有国库回单，不能撤回。",
        ),
        "",
    ),
    "remittance_is_live": (Words("The remittance was taken back.", "该缴款已撤回。"), ""),
    "pk_remittance_end": (Words("The remittance was taken back.", "该缴款已撤回。"), ""),
    "uq_treasury_advice_number": (
        Words("The number of this advice was recorded for another remittance.", "该国库回单号已登记在其他缴款下。"),
        "number",
    ),
    "uq_treasury_advice_corrects_id": (
        Words("Somebody else corrected this advice a moment ago.", "他人刚刚更正了该国库回单。"),
        "number",
    ),
}


@contextmanager
def bank_errors() -> Iterator[None]:
    """Raise ``AlreadyWritten`` for a used event key and ``BankRefused`` for a broken rule of the bank."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig
        name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
        if name == "pk_audit_event" or (name or "").startswith("uq_audit_event"):
            raise AlreadyWritten from error
        if name is not None and name in _REFUSALS:
            raise BankRefused(*_REFUSALS[name]) from error
        raise
