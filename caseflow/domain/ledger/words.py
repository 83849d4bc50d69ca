"""What the lines and the moves of money are called, in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from caseflow.domain.ledger.moves import Line
from caseflow.domain.words import Words

LINE_WORDS: Mapping[Line, Words] = {
    Line.INCOME: Words("Income", "收入"),
    Line.EXPENDITURE: Words("Expenditure", "支出"),
}

OPERATION_WORDS: Mapping[str, Words] = {
    "assess": Words("Assessed", "核定应缴"),
    "charge": Words("Added charge", "计收加处罚款或滞纳金"),
    "collect": Words("Collected", "收缴"),
    "set_off": Words("Set off", "抵缴"),
    "annul": Words("Annulled", "撤销核定"),
    "waive": Words("Waived", "减免"),
    "write_off": Words("Written off", "核销"),
    "reinstate": Words("Reinstated", "恢复应缴"),
    "refund_order": Words("Refund ordered", "决定退还"),
    "interest": Words("Interest on a refund", "退款利息"),
    "refund": Words("Refunded", "退付"),
    "remit": Words("Remitted to the treasury", "缴入国库"),
    "suspend": Words("Unexplained receipt", "待查明收款"),
    "appropriate": Words("Appropriated", "预算拨款"),
    "commit": Words("Committed", "支出承诺"),
    "release": Words("Commitment released", "解除承诺"),
    "pay": Words("Paid", "支付"),
    "lapse": Words("Appropriation lapsed", "拨款失效"),
}
"""Every operation of the closed list of moves."""
REVERSAL_WORDS = Words("Reversal", "冲销")


def operation_words(operation: str, *, reverses: bool = False) -> Words:
    """Return the name of an operation, marked where a transfer takes an earlier one back."""
    named = OPERATION_WORDS.get(operation, Words(operation, operation))
    if not reverses:
        return named
    return Words(f"{REVERSAL_WORDS.en}: {named.en}", f"{REVERSAL_WORDS.zh}：{named.zh}")
