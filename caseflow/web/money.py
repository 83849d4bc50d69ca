"""The way into everything about money: the pages that somebody's roles may open, income and expenditure apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.words import Words
from caseflow.web.context import actor, application
from caseflow.web.security import needs

blueprint = Blueprint("money", __name__)


@dataclass(frozen=True)
class Place:
    """A page about money: its endpoint, its name, what one does there, and who may open it."""

    endpoint: str
    title: Words
    about: Words
    permission: Permission
    arguments: Mapping[str, str] = field(default_factory=dict)


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
    Place(
        "bank.show",
        Words("Bank", "银行对账"),
        Words(
            "Statements of the collecting accounts, and what each of their lines was matched with.",
            "代收账户的对账单，以及每笔流水的核对情况。",
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "remittances.show_all",
        Words("Remittances", "缴库"),
        Words(
            "What the bank has shown, paid over to the treasury, and the treasury's advice.",
            "银行已入账款项的缴库情况和国库回单。",
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
    Place(
        "charts.show",
        Words("Income by month", "收入月度图表"),
        Words(
            "What was collected, remitted and still outstanding in each of the last 24 months.",
            "近24个月每月收缴、缴库以及月末尚未缴纳的金额。",
        ),
        Permission.READ_LEDGER,
        {"line": "income"},
    ),
)
EXPENDITURE: tuple[Place, ...] = (
    Place(
        "spending.show",
        Words("Appropriations", "预算拨款"),
        Words("What the budget gives, what of it is committed, paid and left.", "预算拨款及其承诺、支付和剩余额度。"),
        Permission.READ_SPENDING,
    ),
    Place(
        "spending.payments",
        Words("Payments", "付款"),
        Words(
            "Payment orders, who prepared them, who approved them, and which wait.",
            "付款单：制单人、审批人和待审批款项。",
        ),
        Permission.READ_SPENDING,
    ),
    Place(
        "charts.show",
        Words("Use of appropriations", "预算拨款使用图表"),
        Words(
            "What of each appropriation of a year is paid, committed and left.",
            "年度各项预算拨款已支付、已承诺和剩余的金额。",
        ),
        Permission.READ_SPENDING,
        {"line": "expenditure"},
    ),
)
REVIEW: tuple[Place, ...] = (
    Place(
        "ledger.show",
        Words("Transfers", "记账分录"),
        Words(
            "Every movement of one line, newest first, to the entry and the case.",
            "按收支线逐笔查看，可追溯至分录和案件。",
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "ledger.balance",
        Words("Trial balance", "试算平衡表"),
        Words("Every account of one line as of any day, to its movements.", "任意日期各科目余额，可查看明细。"),
        Permission.READ_LEDGER,
    ),
    Place(
        "ledger.receipts",
        Words("Check of the receipt numbers", "票据号段检查"),
        Words("Every lot with the numbers left out or there twice.", "逐批次列示缺号与重号。"),
        Permission.READ_LEDGER,
    ),
    Place(
        "samples.show",
        Words("Samples", "审计抽样"),
        Words(
            "Drawn from a stored seed, to be drawn again and judged item by item.",
            "按保存的种子抽取，可重新抽取核对并逐项评定。",
        ),
        Permission.AUDIT,
    ),
    Place(
        "findings.show",
        Words("Findings", "审计发现"),
        Words("What the auditor raised, the replies and the follow-up.", "审计提出的问题、答复及跟进。"),
        Permission.READ_FINDINGS,
    ),
    Place(
        "period_close.show",
        Words("Close a month", "月末结账"),
        Words("For ever, one line at a time, with the balances it closes.", "按收支线逐月结账，结账后不可撤销。"),
        Permission.CLOSE_PERIOD,
    ),
    Place(
        "record.show",
        Words("Sealed record", "封存的记录"),
        Words(
            "See how far the record is sealed, take a signed head away, prove one event or transfer.",
            "查看记录的封存进度，下载已签名的封存摘要，证明某项操作或分录。",
        ),
        Permission.READ_LEDGER,
    ),
    Place(
        "exports.show",
        Words("Export the ledger", "导出账簿"),
        Words(
            "One line as a spreadsheet or as text for Beancount and hledger. Each export is in the record.",
            "将一条收支线导出为电子表格，或者Beancount、hledger文本。每次导出均有记录。",
        ),
        Permission.SEE_MONEY,
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
    findings = application().findings.open_counts(me) if may(me, Permission.READ_FINDINGS) else {}
    return render_template(
        "money.html", groups=[(title, places) for title, places in groups if places], findings=findings
    )
