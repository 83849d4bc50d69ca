"""``caseflow ledger check|accrue|close|export``: what they print, write and refuse."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow import bootstrap
from caseflow.cli.ledger import ledger
from caseflow.domain.ledger import Line
from tests.attack.roles import as_superuser
from tests.office import Office


@pytest.fixture
def shell(office: Office, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", office.database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "k" * 32)
    office.walk("two_illegal_paid", until="record_payment")
    return office


def run(*arguments: str) -> Result:
    return CliRunner().invoke(ledger, arguments)


def close(period: str, *more: str, login: str = "supervisor") -> Result:
    return run("close", "--line", "income", "--period", period, "--by", login, *more)


def test_a_month_is_closed_once_and_for_ever(shell: Office) -> None:
    done = close("202403")
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[0] == "Closed: income, 2024-03 and everything before it, by supervisor."
    assert "36,000.00 yuan" in done.stdout
    closes = shell.application.ledger.closes(shell.actors["auditor"], Line.INCOME)
    assert [(one.period, one.closed_by) for one in closes] == [(202403, shell.actors["supervisor"].id)]
    again = close("202403")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == "Not closed: That period, or a later one, is closed already.\n"
    earlier = json.loads(close("202402", "--json", "--lang", "zh").stdout)
    assert earlier == {"closed": False, "reason": "该期间或其后的期间已经结账"}
    later = close("202404", "--json")
    assert later.exit_code == 0
    assert json.loads(later.stdout) | {"accounts": 0} == {
        "closed": True, "line": "income", "period": 202404, "last_day": "2024-04-30", "accounts": 0,
        "moved_fen": 3_600_000,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["209901", "supervisor"], 1, "Only a month that is over can be closed"),
        (["202413", "supervisor"], 1, "Only a month that is over can be closed"),
        (["202403", "cashier"], 1, "only a supervisor closes a period"),
        (["202403", "nobody"], 2, "nobody who works here has the login nobody"),
        (["March", "supervisor"], 2, "write it as 202603"),
    ],
)
def test_what_cannot_be_closed_is_said_in_a_sentence(shell: Office, arguments: list[str], code: int, says: str) -> None:
    result = close(arguments[0], login=arguments[1])
    assert result.exit_code == code
    assert says in result.stderr
    assert not shell.application.ledger.closes(shell.actors["auditor"], Line.INCOME)


@pytest.mark.usefixtures("shell")
def test_an_export_goes_to_standard_output_or_whole_into_a_file(tmp_path: Path) -> None:
    printed = run("export", "--line", "income", "--format", "csv", "--lang", "zh", "--as-of", "2024-12-31")
    assert printed.exit_code == 0, printed.output
    assert printed.stdout_bytes.startswith("\ufeff记账日期".encode())
    assert printed.stderr == "3 transfers of income.\n"
    target = tmp_path / "book.beancount"
    target.write_text("older", encoding="utf-8")
    written = run(
        "export", "--line", "income", "--format", "beancount", "--from", "2024-03-01", "--to", "2024-03-31",
        "--output", str(target),
    )  # fmt: skip
    assert (written.exit_code, written.stdout) == (0, "")
    assert "2024-04-01 balance Assets:Collecting-Bank:1201 18000.00 CNY" in target.read_text(encoding="utf-8")
    assert list(tmp_path.iterdir()) == [target]


def test_several_offices_want_a_name(shell: Office) -> None:
    with shell.application.store.begin() as work:
        work.staff.add_office("OTHER", "Other", "其他", bootstrap.setup_event("office"))
        work.commit()
    unnamed = run("export", "--line", "income", "--format", "csv")
    assert unnamed.exit_code == 2
    assert "OTHER, TEST" in unnamed.stderr
    assert run("export", "--line", "income", "--format", "csv", "--office", "NONE").exit_code == 2
    other = run("export", "--line", "income", "--format", "csv", "--office", "OTHER")
    assert other.stderr == "0 transfers of income.\n"
    wrong = run(
        "export",
        "--line",
        "income",
        "--format",
        "csv",
        "--office",
        "TEST",
        "--from",
        "2024-03-02",
        "--to",
        "2024-03-01",
    )
    assert wrong.exit_code == 2
    assert "comes after the last one" in wrong.stderr


@pytest.mark.usefixtures("shell")
def test_a_failed_export_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.adapters.ledger_files.sheets.rows_of_cells", lambda _extract: 1 / 0)
    target = tmp_path / "book.csv"
    target.write_text("older", encoding="utf-8")
    result = run("export", "--line", "income", "--format", "csv", "--output", str(target))
    assert isinstance(result.exception, ZeroDivisionError)
    assert target.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [target]


def test_the_check_says_that_all_holds_and_names_what_does_not(shell: Office) -> None:
    sound = run("check")
    assert (sound.exit_code, sound.stdout) == (0, "All holds.\n")
    with psycopg.connect(as_superuser(shell.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update transfer set amount_fen = amount_fen + 1 where operation = 'collect'")
        connection.commit()
    found = run("check", "--json")
    answer = json.loads(found.stdout)
    assert (found.exit_code, answer["holds"]) == (1, False)
    assert {"figures of cases", "postings of steps"} <= {one["check"] for one in answer["disagreements"]}
    assert "expected" in run("check", "--no-record").stdout


def test_what_lateness_adds_is_told_first_and_written_on_request(shell: Office) -> None:
    case_id = shell.walk("two_illegal_paid", until="serve_decision")
    told = run("accrue", "--by", "supervisor")
    assert told.exit_code == 0
    assert told.stdout.endswith("cases in default. Nothing was written; --commit writes it.\n")
    assert "15,000.00 yuan to 1 of" in told.stdout
    written = json.loads(run("accrue", "--by", "supervisor", "--commit", "--json").stdout)
    assert (written["committed"], written["total_fen"]) == (True, 1_500_000)
    with shell.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert case.money.charge_open_fen == 1_500_000
    assert run("accrue", "--by", "cashier").exit_code == 1
    assert run("accrue", "--by", "nobody").exit_code == 2
