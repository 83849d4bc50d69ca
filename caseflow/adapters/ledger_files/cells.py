"""The cells of CSV and XLSX: one row a transfer, with the headings in the reader's language.

A spreadsheet runs a cell that begins like a formula, and reasons are typed by people: such a text gets an apostrophe
before it (OWASP, CSV injection). Amounts and dates are made here and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from caseflow.domain.ledger.words import operation_words
from caseflow.domain.words import Words
from caseflow.services.ports.ledger_reads import Extract, LedgerRow

Cell = str | int | date | Decimal
OFFICE_ZONE: Final = ZoneInfo("Asia/Shanghai")
# The full-width forms are run, too, by spreadsheets of East Asian locales.
_RUN: Final = re.compile(r"[=+\-@\t\r\n＝＋－＠]")

HEADINGS: Final = (
    Words("Booked on", "记账日期"),
    Words("Value date", "发生日期"),
    Words("Entry", "凭证键"),
    Words("Leg", "序号"),
    Words("Operation", "业务"),
    Words("Debit account", "借方科目"),
    Words("Debit account name", "借方科目名称"),
    Words("Credit account", "贷方科目"),
    Words("Credit account name", "贷方科目名称"),
    Words("Amount (yuan)", "金额（元）"),
    Words("Amount (fen)", "金额（分）"),
    Words("Case", "案号"),
    Words("Document", "单据号"),
    Words("Reason", "事由"),
    Words("Reverses", "冲销分录"),
    Words("Posted by", "记账人"),
    Words("Posted at", "记账时间"),
)
WIDTHS: Final = (12, 12, 40, 6, 24, 12, 28, 12, 28, 16, 16, 22, 20, 40, 44, 14, 27)


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula."""
    return f"'{text}" if _RUN.match(text) else text


def rows_of_cells(extract: Extract) -> Iterator[tuple[Cell, ...]]:
    """Yield one row a transfer, in the order of the headings."""
    names = {one.code: harmless(one.name.in_locale(extract.locale)) for one in extract.closing}
    chinese = extract.locale.startswith("zh")
    for row in extract.rows:
        yield (
            row.booked_on,
            row.value_on,
            harmless(row.key),
            row.leg,
            operation_words(row.operation, reverses=row.reverses_key is not None).in_locale(extract.locale),
            harmless(row.debit),
            names[row.debit],
            harmless(row.credit),
            names[row.credit],
            Decimal(row.amount_fen).scaleb(-2),
            row.amount_fen,
            harmless(row.case_number or ""),
            harmless(row.document),
            harmless(row.reason),
            _reversed(row),
            harmless((row.actor_zh if chinese else row.actor_en) or ""),
            row.at.astimezone(OFFICE_ZONE).isoformat(timespec="seconds"),
        )


def _reversed(row: LedgerRow) -> str:
    return harmless(f"{row.reverses_key}#{row.reverses_leg}") if row.reverses_key is not None else ""
