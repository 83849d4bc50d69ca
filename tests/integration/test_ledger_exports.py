"""Exports against the programs that read them: every account comes to what caseflow's trial balance says."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
import sys
import uuid
from dataclasses import replace
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import openpyxl
import psycopg
import pytest
from beancount import loader
from beancount.core import data, inventory

from caseflow import bootstrap
from caseflow.adapters.ledger_files.journals import account_name
from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Account, Line
from caseflow.domain.spending import Act
from caseflow.services.ledger import Posting
from caseflow.services.ledger_exports import ExportOrder, ExportRefused
from tests.expenditure import do
from tests.office import Office

NASTY = (
    '=HYPERLINK("http://x";"y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "＝1", "back\\slash \\", "\"quoted\" 'too'",
    "two\nlines\r\nand three", "a; comment", "date:2020-99-99, [2020/1/1] date2:x", "；全角，标点：“引号”",
    "🙂 emoji 👩‍⚖️", "50% off, really", "* ! (code) | payee", "include /etc/passwd", "#tag ^link",
    "\x0b\x1f\x7f\u2028\u0085end", "{{ }} <b>&", "  spaces  two  ", "a:b:c", "'apostrophe", "end\\",
    "2026-01-01 open Assets:X", "CNY 1.00 @ 3 USD = 5",
)  # fmt: skip
NUMBERS = count(1)


def post(
    office: Office, line: Line, *movements: tuple[str, str, str, int], document: str = "", reason: str = ""
) -> str:
    """Post movements of (operation, debit code, credit code, fen); return the entry's key."""
    ledger, actor = office.application.ledger, office.actors["supervisor"]
    kinds = {one.code: one.kind for one in ledger.trial_balance(actor, line, office.time.day)}
    named = [
        (operation, Account(debit, kinds[debit]), Account(credit, kinds[credit]), fen)
        for operation, debit, credit, fen in movements
    ]
    key = f"test:{next(NUMBERS):06}"
    ledger.post(actor, Posting(key, line, named, document=document, reason=reason))
    return key


def spend(office: Office) -> None:
    office.time.day = date(2024, 1, 10)
    of = do(office, Act.APPROPRIATE, paper='"Budget"; 1', year="2024", purpose="Fuel; 2024", amount="50000")
    office.time.day = date(2024, 2, 10)
    bound = do(office, Act.COMMIT, of, payee='Station "North"; 加油站', amount="1200.05")
    do(office, Act.COMMIT, of, amount="0.07")
    office.time.day = date(2024, 3, 11)
    do(office, Act.APPROVE, do(office, Act.PREPARE, bound, amount="1000.01"))


@pytest.fixture
def busy(office: Office) -> Office:
    """Cases paid, annulled and refunded, remitted, reversed; and spending of its own."""
    office.walk("two_illegal_paid", until="record_payment")
    office.walk("water_annulled_refunded", until="pay_refund")
    office.walk("two_illegal_hearing_court", until="close_case")
    office.time.day = date(2024, 6, 3)
    post(office, Line.INCOME, ("remit", "1301", "1201", 1_000_000), document="缴款书1号")
    wrong = post(office, Line.INCOME, ("suspend", "1201", "2103", 4_200), reason="who paid?")
    office.application.ledger.reverse(
        office.actors["cashier"], wrong, reason='Entered "twice"; see note', idempotency_key=str(uuid.uuid4())
    )
    spend(office)
    office.time.day = date(2024, 7, 31)
    return office


def exported(office: Office, order: ExportOrder, login: str = "auditor") -> bytes:
    with office.application.exports.for_reader(office.actors[login], order) as export:
        return b"".join(export.chunks)


def balances(office: Office, line: Line, as_of: date) -> dict[str, int]:
    """Every account's debits less credits in fen, by the name the exports give it."""
    found = office.application.ledger.trial_balance(office.actors["auditor"], line, as_of)
    assert sum(one.debit_fen for one in found) == sum(one.credit_fen for one in found)
    return {account_name(one): one.debit_fen - one.credit_fen for one in found}


def beancount_balances(path: Path) -> dict[str, int]:
    entries, errors, _ = loader.load_file(str(path))
    assert errors == []
    totals: dict[str, inventory.Inventory] = {}
    for entry in entries:
        if isinstance(entry, data.Open):
            totals.setdefault(entry.account, inventory.Inventory())
        if isinstance(entry, data.Transaction):
            for posting in entry.postings:
                assert posting.units is not None
                totals[posting.account].add_amount(posting.units)
    return {name: sum(int(held.units.number * 100) for held in total) for name, total in totals.items()}


def hledger(path: Path, *arguments: str) -> str:
    program = shutil.which("hledger")
    assert program is not None, "these tests need hledger; on Debian: apt-get install hledger"
    command = [program, "-f", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def hledger_balances(path: Path) -> dict[str, int]:
    hledger(path, "check", "--strict", "ordereddates")
    printed = hledger(path, "balance", "--flat", "--empty", "--no-total", "-O", "csv")
    rows = list(csv.DictReader(io.StringIO(printed)))
    return {row["account"]: round(float(row["balance"].removesuffix(" CNY")) * 100) for row in rows}


def check_both(office: Office, order: ExportOrder, folder: Path) -> dict[str, int]:
    wanted = balances(office, order.line, order.until or office.time.day)
    for name, program in (("beancount", beancount_balances), ("hledger", hledger_balances)):
        path = folder / f"{order.line}.{name}"
        path.write_bytes(exported(office, replace(order, format=name)))
        assert program(path) == wanted, name
    checked = subprocess.run(
        [Path(sys.executable).with_name("bean-check"), folder / f"{order.line}.beancount"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    return wanted


@pytest.mark.parametrize(("line", "locale"), [(Line.INCOME, "zh"), (Line.EXPENDITURE, "en")])
def test_both_programs_agree_with_the_trial_balance(busy: Office, tmp_path: Path, line: Line, locale: str) -> None:
    whole = check_both(busy, ExportOrder(line, "", locale=locale), tmp_path)
    assert sum(1 for fen in whole.values() if fen) >= 3
    # A stretch in the middle: opening balances carry what came before, and later entries are not seen.
    part = check_both(busy, ExportOrder(line, "", date(2024, 2, 1), date(2024, 2, 20), locale), tmp_path)
    assert part != whole
    assert part != balances(busy, line, date(2024, 1, 31))
    check_both(busy, ExportOrder(line, "", date(2000, 1, 1), date(2000, 1, 2), locale), tmp_path)


def test_what_anybody_typed_breaks_neither_format_nor_spreadsheet(busy: Office, tmp_path: Path) -> None:
    for text in NASTY:
        post(busy, Line.INCOME, ("suspend", "1201", "2103", 1), document=text, reason=text)
    order = ExportOrder(Line.INCOME, "beancount", busy.time.day)
    check_both(busy, order, tmp_path)
    entries, _, _ = loader.load_file(str(tmp_path / "income.beancount"))
    kept = {entry.meta.get("document") for entry in entries if isinstance(entry, data.Transaction)} - {None}
    assert kept == {text.translate({0x0B: 0xFFFD, 0x1F: 0xFFFD, 0x7F: 0xFFFD}) for text in NASTY}
    rows = list(csv.reader(io.StringIO(exported(busy, replace(order, format="csv")).decode("utf-8-sig"), newline="")))
    assert [row[12].removeprefix("'") for row in rows[1:]] == [text.removeprefix("'") for text in NASTY]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))]
    assert {row[9] for row in rows[1:]} == {"0.01"}
    sheet = openpyxl.load_workbook(io.BytesIO(exported(busy, replace(order, format="xlsx")))).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row]
    assert {cell.data_type for cell in cells} <= {"inlineStr", "s", "n", "d"}  # no formula
    assert not [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]


def test_spreadsheets_hold_every_transfer_of_one_line(busy: Office) -> None:
    text = exported(busy, ExportOrder(Line.INCOME, "csv", locale="zh"))
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"), newline="")))
    with psycopg.connect(busy.database_url) as connection:
        told = connection.execute(
            "select key, leg, amount_fen, booked_on::text, coalesce(reason, '') from transfer where line = 'income' "
            'order by booked_on, at, key collate "C", leg'
        ).fetchall()
    assert [
        (row["凭证键"], int(row["序号"]), int(row["金额（分）"]), row["记账日期"], row["事由"]) for row in rows
    ] == told
    assert all(row["金额（元）"] == f"{int(row['金额（分）']) / 100:.2f}" for row in rows)
    assert {"cashier", "supervisor"} < {row["记账人"] for row in rows}
    reversal = next(row for row in rows if row["冲销分录"])
    assert reversal["业务"] == "冲销：待查明收款"
    book = openpyxl.load_workbook(io.BytesIO(exported(busy, ExportOrder(Line.INCOME, "xlsx"))))
    assert book.sheetnames == ["Income"]
    sheet = book["Income"]
    assert sheet.max_row == len(rows) + 1
    first = [cell.value for cell in sheet[2]]
    assert (first[9], first[10]) == (int(rows[0]["金额（分）"]) / 100, int(rows[0]["金额（分）"]))
    spent = exported(busy, ExportOrder(Line.EXPENDITURE, "csv")).decode("utf-8-sig")
    assert "Fuel; 2024" in spent
    assert "1201" not in spent


def test_a_new_sheet_begins_where_one_is_full(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.adapters.ledger_files.workbook.ROWS_A_SHEET", 3)
    book = openpyxl.load_workbook(io.BytesIO(exported(busy, ExportOrder(Line.EXPENDITURE, "xlsx"))))
    assert [(name, book[name].max_row) for name in book.sheetnames] == [("Expenditure", 4), ("Expenditure 2", 2)]


def test_an_export_is_in_the_record_and_nothing_else_changes(busy: Office) -> None:
    before = busy.time.day - timedelta(days=30)
    exported(busy, ExportOrder(Line.INCOME, "csv", before, date(2999, 1, 1)))
    with psycopg.connect(busy.database_url) as connection:
        row = connection.execute(
            "select actor_id, office_id, body from audit_event where action = 'ledger_exported'"
        ).fetchone()
        counted = connection.execute(
            "select count(*) from transfer where line = 'income' and booked_on >= %s", (before,)
        ).fetchone()
    assert row is not None
    assert counted is not None
    auditor = busy.actors["auditor"]
    assert row == (
        auditor.id,
        auditor.office_id,
        {
            "line": "income", "format": "csv", "since": before.isoformat(), "until": busy.time.day.isoformat(),
            "rows": counted[0], "by": "page",
        },
    )  # fmt: skip


def test_who_may_not_read_the_ledger_gets_no_file(busy: Office) -> None:
    with pytest.raises(NotPermitted):
        exported(busy, ExportOrder(Line.INCOME, "csv"), "officer")
    with pytest.raises(NotPermitted):
        exported(busy, ExportOrder(Line.EXPENDITURE, "csv"), "cashier")
    with pytest.raises(NotPermitted):
        exported(busy, ExportOrder(Line.INCOME, "csv"), "payer")
    with pytest.raises(ExportRefused, match="comes after"):
        exported(busy, ExportOrder(Line.INCOME, "csv", date(2024, 3, 2), date(2024, 3, 1)))


def test_another_office_is_not_in_the_file(busy: Office) -> None:
    with busy.application.store.begin() as work:
        other = work.staff.add_office("OTHER", "Other", "其他", bootstrap.setup_event("office"))
        work.ledger.open_accounts(other, busy.application.rulebook.chart.accounts)
        work.commit()
    moved = busy.actors["auditor"]
    stranger = replace(moved, office_id=other)
    with busy.application.exports.for_reader(stranger, ExportOrder(Line.INCOME, "csv")) as export:
        assert export.rows == 0
        assert export.name == "caseflow-OTHER-income-to-2024-07-31.csv"
        assert len(b"".join(export.chunks).decode().splitlines()) == 1
