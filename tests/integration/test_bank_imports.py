"""The casebook's bank statement, in each of its formats, against the receipts of the casebook."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.bank import BankFileRefused, Direction
from caseflow.services.bank import EnterFile
from caseflow.services.ports.bank import BankRefused, LineFilter
from tests.casebook import ACCOUNT, CASEBOOK, KEY, casebook_papers, write_receipts
from tests.office import Office

CAMT = (CASEBOOK / "bank.camt053.xml").read_bytes()
CSV = (CASEBOOK / "bank.csv").read_bytes()


@pytest.fixture
def bank(office: Office) -> Office:
    write_receipts(office, casebook_papers())
    office.application.statements.open_account(office.actors["cashier"], "County Bank", ACCOUNT, key="account")
    return office


def enter(office: Office, content: bytes, key: str, **changes: object) -> object:
    asked = EnterFile("bank", content, **changes)  # type: ignore[arg-type]
    return office.application.statements.enter(office.actors["cashier"], asked, key=key)


def fingerprint(office: Office) -> list[tuple[object, ...]]:
    """Every table, by count and content."""
    with psycopg.connect(office.database_url) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'public' order by 1").fetchall()
        return [
            row
            for (table,) in tables
            for row in connection.execute(
                f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t::text)) from \"{table}\" t"
            )
        ]


@pytest.mark.parametrize("order", [(CAMT, CSV), (CSV, CAMT)], ids=["camt first", "csv first"])
def test_the_casebook_matches_as_its_key_says_and_again_changes_nothing(
    bank: Office, order: tuple[bytes, bytes]
) -> None:
    first, second = order
    application, cashier = bank.application, bank.actors["cashier"]
    before = fingerprint(bank)
    planned = application.statements.preview(cashier, EnterFile("bank", first))
    assert fingerprint(bank) == before
    assert (planned.matched, planned.missing[0], planned.unexplained) == (276, 9, 8)
    assert KEY["bank"] == {"matched": 276, "missing": 9, "unexplained": 8}
    entered = application.statements.enter(cashier, EnterFile("bank", first), key="first")
    assert entered == planned
    assert (len(entered.new), entered.known, entered.count(Direction.DEBIT)) == (284, 0, 0)
    assert entered.fen(Direction.CREDIT) == 2399608275
    open_lines = application.bank_lines.page(cashier, LineFilter("open")).rows
    assert {row.line.reference for row in open_lines} == {""}
    assert len(open_lines) == 8
    after = fingerprint(bank)
    for content in (first, second, first):
        again = application.statements.enter(cashier, EnterFile("bank", content), key=f"again {len(content)}")
        assert (len(again.new), again.known) == (0, 284)
        assert again.missing[0] == 9
        assert application.bank_lines.match_again(cashier, key="again") == 0
    assert fingerprint(bank) == after


def test_a_statement_whose_balances_do_not_fit_is_refused_with_the_figures(bank: Office) -> None:
    wrong = CAMT.replace(b">23996082.75<", b">23996083.75<")
    with pytest.raises(BankFileRefused) as refused:
        enter(bank, wrong, "wrong")
    said = refused.value.faults[0].words
    assert all(figure in said.en and figure in said.zh for figure in ("23,996,082.75", "23,996,083.75", "1.00"))


def test_bad_rows_stop_the_file_until_they_are_to_be_left_out(bank: Office) -> None:
    rows = CSV.decode().splitlines()
    rows[1] = rows[1].replace("46200.00", "462oo.00")
    rows[2] = rows[2].replace("2009-10-29", "2009-13-29")
    rows[3] = rows[3].replace("2010-01-06", "2031-01-06")
    wrong = "\r\n".join(rows).encode("gb18030")
    before = fingerprint(bank)
    with pytest.raises(BankFileRefused) as refused:
        enter(bank, wrong, "wrong")
    assert fingerprint(bank) == before
    assert [(fault.line, fault.field) for fault in refused.value.faults] == [
        (2, "金额"), (3, "记账日期"), (4, "记账日期"),
    ]  # fmt: skip
    entered = bank.application.statements.enter(
        bank.actors["cashier"], EnterFile("bank.csv", wrong, good_rows_only=True), key="good"
    )
    assert len(entered.new) == 281
    statement = bank.application.statements.statements(bank.actors["auditor"])[0][0]
    assert (statement.line_count, statement.new_count, statement.left_out) == (281, 281, 3)


@pytest.mark.parametrize(
    ("content", "line", "field"),
    [
        (b"  ", 0, "file"),
        (b"<Document", 1, "file"),
        (b'<!DOCTYPE d [<!ENTITY a "b">]><Document>&a;</Document>', 1, "file"),
        (b"<Document><BkToCstmrDbtCdtNtfctn/></Document>", 1, "file"),
        (b":20:X\n:25:1\n:28C:1/1\n:60F:nonsense\n", 4, "mt940"),
        (b"\xff\xff\xff\xff", 0, "encoding"),
        (b"one\ntwo\n", 1, "file"),
        (CAMT.replace(ACCOUNT.encode(), b"999"), 0, "account"),
        ("记账日期,摘要\n2020-01-01,x\n".encode(), 1, "amount"),
        (b"x" * (16 * 1024 * 1024 + 1), 0, "file"),
    ],
)
def test_what_is_no_statement_is_refused_with_its_place(bank: Office, content: bytes, line: int, field: str) -> None:
    with pytest.raises(BankFileRefused) as refused:
        enter(bank, content, "no statement")
    assert (refused.value.faults[0].line, refused.value.faults[0].field) == (line, field)


ROW = "2010-01-04,1.00,E1,说明"


@pytest.mark.parametrize(
    ("row", "field", "said"),
    [
        ("2010-01-04,1,234.50,E2,说明", "", "has 5 fields, the heading has 4"),
        ("2010-01-04,1,234.50,E2,", "", "has 5 fields, the heading has 4"),
        ("2010-01-04,1.00,E2", "", "has 3 fields, the heading has 4"),
        ("2010-01-04,1.00,E2,说明,more", "", "has 5 fields, the heading has 4"),
        ("2010-01-04,1.00,E2,说明,,", "", None),
        ("2010-01-04,5.00,123,说明,", "", None),
        ('2010-01-04,"1,234.50",E2,说明', "", None),
        ("1989-12-31,1.00,E2,说明", "交易日期", "1989-12-31 lies before 1990"),
        ("1990-01-01,1.00,E2,说明", "", None),
        ("2031-01-06,1.00,E2,说明", "交易日期", "2031-01-06 lies after the business date"),
    ],
)
def test_a_row_whose_fields_or_days_cannot_be_right_is_named(
    bank: Office, row: str, field: str, said: str | None
) -> None:
    content = f"交易日期,金额,票据号,摘要\n{ROW}\n{row}\n".encode()
    plan = bank.application.statements.preview(bank.actors["cashier"], EnterFile("bank.csv", content))
    assert [(fault.line, fault.field) for fault in plan.faults] == ([(3, field)] if said else [])
    assert all(fault.words.en.startswith(said or "") for fault in plan.faults)
    assert len(plan.new) == (1 if said else 2)


def test_the_bank_may_be_one_day_ahead_of_the_office(bank: Office) -> None:
    today = bank.application.time.today()
    days = [today + timedelta(days=ahead) for ahead in (0, 1, 2)]
    content = "\n".join(["交易日期,金额,票据号", *(f"{day},1.00,E" for day in days)]).encode()
    plan = bank.application.statements.preview(bank.actors["cashier"], EnterFile("bank.csv", content))
    assert [line.line.booked_on for line in plan.new] == days[:2]
    assert [fault.line for fault in plan.faults] == [4]
    asked = EnterFile("bank.csv", content, good_rows_only=True)
    bank.application.statements.enter(bank.actors["cashier"], asked, key="ahead")
    ahead = bank.application.bank_lines.page(bank.actors["cashier"], LineFilter("open")).rows[0]
    with pytest.raises(BankRefused, match="after the business date"):
        bank.application.bank_lines.suspend(bank.actors["cashier"], {ahead.id: 0}, key="too early")


def test_only_the_cashier_enters_statements(bank: Office) -> None:
    for login in ("auditor", "officer", "supervisor"):
        with pytest.raises(NotPermitted):
            bank.application.statements.enter(bank.actors[login], EnterFile("bank", CAMT), key="x")
    with pytest.raises(BankRefused, match="already"):
        bank.application.statements.open_account(bank.actors["cashier"], "Other", ACCOUNT, key="second")


def test_a_csv_is_read_by_the_columns_saved_for_its_bank(office: Office) -> None:
    statements, cashier = office.application.statements, office.actors["cashier"]
    statements.open_account(cashier, "Rural Bank", "62 33", key="account")
    account = statements.accounts(cashier)[0]
    content = "账单\n\nwhen\tin\tout\tno\tmemo\n2026年3月1日\t1,000.00\t\t\tx\n20260302\t\t3.5\t\tfee\n".encode(
        "gb18030"
    )
    guessed, headings, saved = statements.columns(cashier, content, account.id)
    assert (headings, saved, guessed.used()) == (("账单",), False, {}) or not saved
    from caseflow.domain.bank import Columns

    columns = Columns(booked_on="when", credit="in", debit="out", reference="no", text="memo")
    with pytest.raises(BankRefused):
        statements.save_columns(cashier, account.id, Columns(booked_on="when"), content, key="half")
    statements.save_columns(cashier, account.id, columns, content, key="columns")
    plan = statements.enter(cashier, EnterFile("rural.csv", content), key="rural")
    assert [(one.line.booked_on.isoformat(), one.line.signed_fen) for one in plan.new] == [
        ("2026-03-01", 100000), ("2026-03-02", -350),
    ]  # fmt: skip
    assert statements.columns(cashier, content, account.id)[2] is True
