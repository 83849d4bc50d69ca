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
        "bank.show",
        Words("Bank", "银行对账"),
        Words(
            "Enter statements of the collecting accounts and match their lines.", "导入代收账户对账单，并核对每笔流水。"
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "remittances.show_all",
        Words("Remittances", "缴库"),
        Words(
            "Remit to the treasury what the bank has shown; record its advice.",
            "将银行已入账款项缴入国库，登记国库回单。",
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "ageing.show",
        Words("Money on its way", "在途款项"),
        Words(
            "How long money is collected, banked and remitted, and each receipt's way to the treasury.",
            "已收、已入账、已缴库款项的时长，以及每张票据的去向。",
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
