"""``caseflow ledger bank-import`` on the casebook: a look first, then for good, and again nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from tests.casebook import ACCOUNT, CASEBOOK, casebook_papers, write_receipts
from tests.office import Office

CAMT = str(CASEBOOK / "bank.camt053.xml")
CSV = str(CASEBOOK / "bank.csv")


@pytest.fixture
def run(office: Office, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    write_receipts(office, casebook_papers())
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", office.database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "a-key-that-only-tests-use-0123456789")

    def invoke(*arguments: str) -> Result:
        by = () if "--by" in arguments else ("--by", "cashier")
        return CliRunner().invoke(main, ["ledger", "bank-import", *by, *arguments])

    return invoke


def lines(office: Office) -> int:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select count(*) from bank_line").fetchone()
    assert found is not None
    return int(found[0])


def test_it_looks_first_enters_on_request_and_never_twice(office: Office, run: Any) -> None:
    unknown = run(CAMT)
    assert (unknown.exit_code, f"{ACCOUNT} is not an account of this office" in unknown.stderr) == (1, True)
    looked = run(CAMT, "--new-account", "County Bank", "--json")
    told = json.loads(looked.stdout)
    assert (told["matched"], told["missing"], told["unexplained"], told["entered"]) == (276, 9, 8, False)
    assert lines(office) == 0
    entered = run(CAMT, "--new-account", "County Bank", "--commit")
    assert (entered.exit_code, entered.stdout.splitlines()[-1]) == (0, "Entered.")
    assert "matched 276" in entered.stdout
    assert lines(office) == 284
    for file in (CSV, CAMT):
        again = run(file, "--commit", "--json")
        assert (again.exit_code, json.loads(again.stdout)["new"], json.loads(again.stdout)["entered"]) == (0, 0, False)
    assert "Nothing new: nothing changed." in run(CSV, "--account", ACCOUNT).stdout
    assert lines(office) == 284


def test_rows_at_fault_are_named_and_enter_nothing(office: Office, run: Any, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("日期,金额\n2026-03-01,1.00\n2026-03-01,x\n", encoding="gb18030")
    arguments = (str(file), "--account", "1", "--new-account", "Bank", "--columns", "booked_on=日期,amount=金额")
    bad = run(*arguments, "--commit")
    assert bad.exit_code == 1
    assert "line 3, 金额: cannot be read: “x”" in bad.stdout
    assert "Nothing was entered" in bad.stdout
    assert lines(office) == 0
    good = run(*arguments, "--commit", "--good-rows-only", "--by", "cashier")
    assert (good.exit_code, lines(office)) == (0, 1)
    refused = run(CSV, "--account", "2", "--json")
    assert (refused.exit_code, json.loads(refused.stdout)["faults"][0]["field"]) == (1, "account")


def test_bad_usage_is_a_sentence(run: Any) -> None:
    for arguments, words in (
        ((CAMT, "--by", "auditor"), "Name the cashier who acts: cashier, cashier2."),
        ((CSV, "--columns", "when=x"), "booking date"),
        ((CSV, "--columns", "booked_on=x,amount=y,z=w"), "--columns knows"),
    ):
        answer = run(*arguments)
        assert (answer.exit_code, words in answer.stderr) == (2, True)
