"""A receipt on paper: one page, the same bytes each time, every amount in figures and in capital numerals."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from caseflow.adapters.pdf import TypstReceipts, capital_numerals, qr_text
from caseflow.domain.receipts import ReceiptRefused, Status
from caseflow.domain.words import Words
from caseflow.services.ports.documents import ReceiptPaper
from caseflow.services.ports.receipts import Money
from caseflow.services.receipts import EndBlanks, EndReceipt, IssueReceipt, OpenLot
from tests.office import Office

PAPER = ReceiptPaper(
    number="云财票2026000123",
    book="非税收入通用票据",
    lot_first="云财票2026000101",
    lot_last="云财票2026000200",
    payer="和谐诊所",
    case_number=Words("YL-TI-2026-0001", "云卫两非立字〔2026〕0001号"),
    items=((Words("Fine", "罚款"), 1_800_000), (Words("Added fine", "加处罚款"), 54_050)),
    amount_fen=1_854_050,
    on=date(2026, 3, 8),
    office=Words("Test County", "测试县"),
    cashier=Words("Zhou Min", "周敏"),
    leaf=bytes(range(32)),
)


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b", pdf))


def test_the_same_receipt_is_the_same_file_and_one_page() -> None:
    printer = TypstReceipts()
    pdf = printer.pdf(PAPER)
    assert pdf.startswith(b"%PDF")
    assert printer.pdf(PAPER) == TypstReceipts().pdf(PAPER) == pdf
    assert printer.pdf(replace(PAPER, payer="康健诊所")) != pdf
    assert printer.pdf(replace(PAPER, mark=Words("TRAINING", "培训数据"))) != pdf
    assert pages(pdf) == 1
    longest = replace(
        PAPER,
        payer="王" * 200,
        book="票" * 100,
        items=tuple((Words("A long name of a fee or a fine, " * 3, "很长的收费项目名称" * 6), 333) for _ in range(3)),
        amount_fen=99_999_999_999_999,
        proof="0123456789abcdef" * 40,
        office=Words("Office " * 20, "单位" * 30),
    )
    assert pages(printer.pdf(longest)) == 1


def test_what_somebody_typed_is_text_and_no_markup() -> None:
    hostile = replace(PAPER, payer='#panic("x") $a$ *b* _c_ `d` \\ [e] @f <g> "', book="#import")
    assert pages(TypstReceipts().pdf(hostile)) == 1


@pytest.mark.parametrize(
    ("fen", "written"),
    [
        (1, "壹分"),
        (100_00, "壹佰元整"),
        (123_456, "壹仟贰佰叁拾肆元伍角陆分"),
        (10_500_00, "壹万零伍佰元整"),
        (100_000_000_05, "壹亿元零伍分"),
    ],
)
def test_capital_numerals(fen: int, written: str) -> None:
    assert capital_numerals(fen) == written


def test_the_code_carries_number_amount_date_and_leaf() -> None:
    assert qr_text(PAPER) == f"caseflow-receipt/1|云财票2026000123|1854050|2026-03-08|{bytes(range(32)).hex()}"
    assert qr_text(replace(PAPER, proof="p")).endswith("|p")


def test_the_paper_says_what_the_book_says(office: Office) -> None:
    cashier, papers = office.actors["cashier"], office.application.receipt_papers
    office.application.receipts.open_lot(cashier, OpenLot("general", "A0001", "A0009", 3, str(uuid.uuid4())))
    asked = IssueReceipt("1", Money(500, 0, 20), "和谐诊所", str(uuid.uuid4()))
    office.application.receipts.issue(cashier, asked)
    lot = office.application.receipt_book.open_lot_of(cashier)
    assert lot is not None
    paper = papers.paper(office.actors["auditor"], lot.id, 1)
    assert (paper.number, paper.amount_fen, [fen for _, fen in paper.items]) == ("A0001", 520, [500, 20])
    assert (paper.office.zh, paper.cashier.zh, paper.mark) == ("测试县", "cashier", None)
    with psycopg.connect(office.database_url) as connection:
        leaf = connection.execute("select leaf from audit_event where action = 'receipt_issued'").fetchone()
    assert leaf == (paper.leaf,)
    office.application.installation.stamp("training")
    office.application.receipts.void(cashier, EndReceipt(lot.id, 1, "wrong name", 3, str(uuid.uuid4())))
    number, pdf = papers.pdf(cashier, lot.id, 1)
    marked = papers.paper(cashier, lot.id, 1).mark
    assert (number, pages(pdf), marked) == ("A0001", 1, Words("TRAINING · VOID", "培训数据 · 作废"))
    office.application.receipts.end_blanks(cashier, EndBlanks(lot.id, "2", "torn", 3, str(uuid.uuid4())), Status.VOID)
    with pytest.raises(ReceiptRefused):
        papers.pdf(cashier, lot.id, 2)
