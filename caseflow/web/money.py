"""The way into everything about money: the pages that somebody's roles may open, income and expenditure apart."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.words import Words
from caseflow.web.context import actor
from caseflow.web.security import needs

blueprint = Blueprint("money", __name__)


@dataclass(frozen=True)
class Place:
    """A page about money: its endpoint, its name, what one does there, and who may open it."""

    endpoint: str
    title: Words
    about: Words
    permission: Permission


INCOME: tuple[Place, ...] = (
    Place(
        "receipts.day",
        Words("Today's receipts", "今日票据"),
        Words(
            "What was taken on a day, receipt by receipt, with the totals by regime; each receipt as a PDF.",
            "当日逐笔收款及按案由汇总；每张票据可下载PDF。",
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "receipts.lots",
        Words("Receipt book", "票据簿"),
        Words(
            "The lots of numbered receipts: which are open, which number is next, what became of each number.",
            "各批票据：已启用批次、下一个号码、每个号码的去向。",
        ),
        Permission.READ_LEDGER,
    ),
)
EXPENDITURE: tuple[Place, ...] = (
    Place(
        "spending.show",
        Words("Appropriations", "预算拨款"),
        Words("What the budget gives, what of it is committed, paid and left", "预算拨款及其承诺、支付和剩余额度"),
        Permission.READ_SPENDING,
    ),
    Place(
        "spending.payments",
        Words("Payments", "付款"),
        Words(
            "Payment orders, who prepared them, who approved them, and which wait", "付款单：制单人、审批人和待审批款项"
        ),
        Permission.READ_SPENDING,
    ),
)
REVIEW: tuple[Place, ...] = (
    Place(
        "record.show",
        Words("Sealed record", "封存的记录"),
        Words(
            "See how far the record is sealed, take a signed head away, prove one event or transfer.",
            "查看记录的封存进度，下载已签名的封存摘要，证明某项操作或分录。",
        ),
        Permission.READ_LEDGER,
    ),
)


@blueprint.get("/money")
@needs(Permission.SEE_MONEY)
def show() -> ResponseReturnValue:
    """Show the places, by line."""
    me = actor()
    groups = [
        (title, [place for place in places if may(me, place.permission)])
        for title, places in (
            (Words("Income", "收入"), INCOME),
            (Words("Expenditure", "支出"), EXPENDITURE),
            (Words("Review of the ledger", "账务审查"), REVIEW),
        )
    ]
    return render_template("money.html", groups=[(title, places) for title, places in groups if places])
