"""How the states of lines, receipts and remittances are called, and what the money forms share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from flask import request

from caseflow.domain.bank import read_amount
from caseflow.domain.words import Words
from caseflow.services.ports import LedgerRefused
from caseflow.services.ports.bank import BankRefused
from caseflow.web.answer_fields import Faults

STATES: Final[Mapping[str, Words]] = {
    "open": Words("not explained", "未查明"),
    "proposed": Words("with a proposal", "有对应建议"),
    "matched": Words("matched", "已对应票据"),
    "suspended": Words("in suspense", "待查明款项"),
    "refund_ordered": Words("refund ordered", "已决定退款"),
    "remitted": Words("remitted to the treasury", "已缴国库"),
    "noted": Words("noted", "已注明"),
    "undone": Words("undone", "已撤销"),
}
HOW: Final[Mapping[str, Words]] = {
    "automatic": Words("number and amount agree", "号码与金额一致"),
    "proposal": Words("a proposal was taken", "采纳建议"),
    "hand": Words("by hand", "人工处理"),
}
STAGES: Final[Mapping[str, Words]] = {
    "collected": Words("Collected, not banked", "已收，未入账"),
    "banked": Words("Banked, not remitted", "已入账，未缴库"),
    "remitted": Words("Remitted, no agreeing advice", "已缴库，无相符回单"),
    "differs": Words("Advice differs", "回单金额不符"),
    "advised": Words("Advised by the treasury", "国库已回单"),
    "suspense": Words("In suspense", "待查明款项"),
    "reported": Words("Reported by an old casebook, remittance not evidenced", "旧台账所载，缴库未经核实"),
}
MISSING: Final[Mapping[str, Words]] = {
    "collected": Words("the bank's line, the remittance, the advice", "缺银行流水、缴库、国库回单"),
    "banked": Words("the remittance, the advice", "缺缴库、国库回单"),
    "remitted": Words("the advice", "缺国库回单"),
    "differs": Words("advice differs", "回单金额不符"),
    "advised": Words("nothing", "齐全"),
    "reported": Words("reported by an old casebook, remittance not evidenced", "旧台账所载，缴库未经核实"),
}
STANDINGS: Final[Mapping[str, Words]] = {
    "not_advised": Words("no advice yet", "尚无国库回单"),
    "differs": Words("advice differs", "回单金额不符"),
    "advised": Words("advised", "国库已回单"),
    "taken_back": Words("taken back", "已撤回"),
}
FORMATS: Final[Mapping[str, str]] = {"camt053": "CAMT.053", "mt940": "MT940", "csv": "CSV"}
_NOT_A_DAY = Words("Give a day such as 2026-03-08.", "请填写日期，例如2026-03-08。")
_NOT_AN_AMOUNT = Words("Give an amount in yuan such as 1,234.50.", "请填写金额（元），例如1,234.50。")


def note(faults: Faults, refusal: BankRefused | LedgerRefused) -> None:
    """Note what a use case refused, at its field where it names one."""
    faults.add(refusal.words, refusal.field if isinstance(refusal, BankRefused) else "")


def typed_day(faults: Faults, name: str) -> date | None:
    """Return the day typed into a field; a fault is noted where it is none."""
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        faults.add(_NOT_A_DAY, name)
        return None


def typed_fen(faults: Faults, name: str) -> int | None:
    """Return the amount above zero typed into a field, in fen; a fault is noted where it is none."""
    fen = read_amount(request.form.get(name, ""))
    if fen is None or fen <= 0:
        faults.add(_NOT_AN_AMOUNT, name)
        return None
    return fen


def asked_day(name: str) -> date | None:
    """Return a day of the address, None for anything else."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
