"""Which column of a bank's CSV holds what; kept per bank, guessed from well-known headings the first time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from caseflow.domain.words import Words

COLUMN_WORDS: Mapping[str, Words] = {
    "booked_on": Words("Booking date", "记账日期"),
    "amount": Words("Amount (money out below zero)", "金额（支出为负）"),
    "credit": Words("Money in", "收入金额"),
    "debit": Words("Money out", "支出金额"),
    "reference": Words("Receipt or voucher number", "票据号或凭证号"),
    "text": Words("Text", "摘要"),
    "counterparty": Words("Other party", "对方户名"),
    "value_on": Words("Value date", "起息日"),
}
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "booked_on": ("记账日期", "交易日期", "入账日期", "日期", "booking date", "date"),
    "amount": ("金额", "交易金额", "发生额", "amount"),
    "credit": ("收入金额", "贷方金额", "贷方发生额", "credit", "money in"),
    "debit": ("支出金额", "借方金额", "借方发生额", "debit", "money out"),
    "reference": ("票据号", "票据号码", "凭证号", "参考号", "reference", "receipt"),
    "text": ("摘要", "用途", "附言", "text", "remittance information"),
    "counterparty": ("对方户名", "付款人", "付款人名称", "counterparty", "payer"),
    "value_on": ("起息日", "value date"),
}


@dataclass(frozen=True)
class Columns:
    """The heading of each column that is read; an empty one is not there."""

    booked_on: str = ""
    amount: str = ""
    credit: str = ""
    debit: str = ""
    reference: str = ""
    text: str = ""
    counterparty: str = ""
    value_on: str = ""

    def used(self) -> dict[str, str]:
        """Return the fields that have a column, with its heading."""
        return {one.name: getattr(self, one.name) for one in fields(self) if getattr(self, one.name)}

    def fault(self, headings: Sequence[str] | None = None) -> tuple[str, Words] | None:
        """Return the field and the words of the first thing wrong; ``headings``: of the file it is to be read with."""
        if not self.booked_on:
            return "booked_on", Words("Say which column holds the booking date.", "请指明记账日期所在的列。")
        if bool(self.amount) == bool(self.credit or self.debit):
            return "amount", Words(
                "Name one column with the amount, or one for money in and one for money out.",
                "请指明一个金额列，或者分别指明收入列和支出列。",
            )
        used = self.used()
        for name, heading in used.items():
            if list(used.values()).count(heading) > 1:
                return name, Words(f"The column “{heading}” is named twice.", f"“{heading}”列被重复使用。")
            if headings is not None and heading not in headings:
                return name, Words(f"The file has no column “{heading}”.", f"文件中没有“{heading}”列。")
        return None


def guess_columns(headings: Sequence[str]) -> Columns:
    """Return the columns as their headings suggest; what no heading suggests stays empty."""
    plain = {heading.strip().lower(): heading for heading in headings}
    guessed = {name: next((plain[known] for known in names if known in plain), "") for name, names in _KNOWN.items()}
    if guessed["amount"] and (guessed["credit"] or guessed["debit"]):
        guessed["amount"] = ""
    return Columns(**guessed)
