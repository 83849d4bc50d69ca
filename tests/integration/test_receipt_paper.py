"""A receipt on paper: one page, the same bytes each time, every amount in figures and in capital numerals."""

from __future__ import annotations

import io
import re
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
import zxingcpp
from pypdf import PdfReader

from caseflow.adapters.pdf import TypstReceipts, capital_numerals, qr_text
from caseflow.domain.proofs import InclusionProof
from caseflow.domain.receipts import ReceiptRefused, Status
from caseflow.domain.words import Words
from caseflow.services.ports.documents import ReceiptPaper
from caseflow.services.receipts import EndBlanks, EndReceipt
from tests.cashier import DAY, key, opened, pays, second_cashier, served
from tests.office import Office
from tests.sealed import Sealed

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
    return len(PdfReader(io.BytesIO(pdf)).pages)


def words_on(pdf: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[0].extract_text().split())


def scanned(pdf: bytes, dots_an_inch: int = 200) -> str:
    """What a reader of QR codes finds on the page, printed and scanned at so many dots an inch."""
    command = ["pdftoppm", "-gray", "-r", str(dots_an_inch), "-singlefile", "-"]
    picture = subprocess.run(command, input=pdf, capture_output=True, check=True).stdout
    header = re.match(rb"P5\s+(\d+)\s+(\d+)\s+255\s", picture)
    assert header is not None
    width, height = (int(found) for found in header.groups())
    rows = memoryview(picture[header.end() :]).cast("B", (height, width))
    (code,) = zxingcpp.read_barcodes(rows)
    return code.text


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
        proof="0123456789abcdef" * 80,
        office=Words("Office " * 20, "单位" * 30),
    )
    assert pages(printer.pdf(longest)) == 1


def test_what_somebody_typed_is_text_and_no_markup() -> None:
    hostile = replace(PAPER, payer='#panic("x") $a$ *b* _c_ `d` \\ [e] @f <g> "', book="#import")
    assert pages(TypstReceipts().pdf(hostile)) == 1


def test_the_page_says_everything_in_both_languages() -> None:
    said = words_on(TypstReceipts().pdf(replace(PAPER, mark=Words("VOID", "作废"))))
    for wanted in (
        "云财票2026000123", "和谐诊所", "2026年3月8日", "2026-03-08", "云卫两非立字〔2026〕0001号", "YL-TI-2026-0001",
        "罚款", "Fine", "18,000.00", "加处罚款", "Added fine", "540.50", "18,540.50", "壹万捌仟伍佰肆拾元伍角",
        "测试县", "Test County", "周敏", "Zhou Min", bytes(range(32)).hex(), "VOID", "作废",
    ):  # fmt: skip
        assert wanted in said, (wanted, said)


def test_a_scanner_reads_the_code_from_the_page_with_and_without_its_proof() -> None:
    printer = TypstReceipts()
    assert scanned(printer.pdf(PAPER)) == qr_text(PAPER)
    # As long as the proof of a record among a million; the watermark lies over the whole page.
    proven = replace(PAPER, proof="0AZ9:" * 280, mark=Words("TRAINING", "培训数据"))
    assert scanned(printer.pdf(proven), 300) == qr_text(proven)


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
    case_id, lot_id = served(office), opened(office, "A0001", "A0009")
    pays(office, case_id, "20,000", "1")
    paper = papers.paper(office.actors["auditor"], lot_id, 1)
    assert (paper.number, paper.amount_fen, [fen for _, fen in paper.items]) == (
        "A0001",
        2_000_000,
        [1_800_000, 200_000],
    )
    assert (paper.office.zh, paper.cashier.zh, paper.mark) == ("测试县", "cashier", None)
    assert (paper.payer, paper.on) == ("Harmony Clinic 和谐诊所", DAY)
    with psycopg.connect(office.database_url) as connection:
        leaf = connection.execute("select e.leaf from audit_event e join receipt r on r.event_key = e.key").fetchone()
    assert leaf == (paper.leaf,)
    first = papers.pdf(cashier, lot_id, 1)
    assert papers.pdf(cashier, lot_id, 1) == first
    office.application.installation.stamp("training")
    office.application.receipts.void(second_cashier(office), EndReceipt(lot_id, 1, "wrong name", 3, key()))
    number, pdf = papers.pdf(cashier, lot_id, 1)
    marked = papers.paper(cashier, lot_id, 1).mark
    assert (number, pages(pdf), marked) == ("A0001", 1, Words("TRAINING · VOID", "培训数据 · 作废"))
    assert pdf != first[1]
    office.application.receipts.end_blanks(cashier, EndBlanks(lot_id, Status.VOID, "2", "torn", 3, key()))
    with pytest.raises(ReceiptRefused):
        papers.pdf(cashier, lot_id, 2)


def test_once_sealed_the_code_carries_a_proof_that_holds(office: Office, tmp_path: Path) -> None:
    cashier, papers = office.actors["cashier"], office.application.receipt_papers
    case_id, lot_id = served(office), opened(office, "A0001", "A0009")
    pays(office, case_id, "100", "1")
    before = scanned(papers.pdf(cashier, lot_id, 1)[1]).split("|")
    record = Sealed(office, office.database_url, tmp_path)
    try:
        assert record.seal() > 10
    finally:
        record.keeping.close()
    *said, text = scanned(papers.pdf(cashier, lot_id, 1)[1], 300).split("|")
    proof = InclusionProof.from_text(text)
    assert (said, said[-1], proof.holds()) == (before, proof.leaf.hex(), True)
    assert office.application.record.check(office.actors["auditor"], text).holds
