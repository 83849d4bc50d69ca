"""``caseflow law due|list|check``: answers, refusals and exit codes; none of them starts a server."""

from __future__ import annotations

import json
from datetime import date

import pytest
from click.testing import CliRunner, Result

from caseflow.bootstrap import shipped_law
from caseflow.cli.law import _print_record, _record, law
from caseflow.domain.assessment import added_charge
from caseflow.services.law_records import CitationCheck, LawRecord


def _run(command: str) -> Result:
    return CliRunner().invoke(law, command.split())


@pytest.mark.parametrize("rule", ["cn.d357.payment_30d", "F1"])
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_due_ends_in_the_date(rule: str, locale: str) -> None:
    result = _run(f"due {rule} --on 2010-01-15 --locale {locale}")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[-1] == "2010-02-20"
    assert any(("春节" if locale == "zh" else "Spring Festival") in line for line in lines)


def test_due_as_json() -> None:
    found = json.loads(_run("due P3 --on 2022-01-26 --json").stdout)
    assert (found["due_on"], found["unit"], found["row"]) == ("2022-02-07", "working_day", "P3")
    assert found["checked"]["status"] == "text_seen"


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("due X99 --on 2010-01-15", "There is no rule 'X99'"),
        ("due F1 --on 2010-13-15", "is not a date"),
        ("due F1", "Missing option"),
        ("due F1 --on 9999-12-31", "no time limit that begins after 2099-12-31"),
        ("due P8 --on 2022-01-01", "is of kind added_charge"),
        ("check nothing --act-date 2021-01-01 --decision-date 2021-01-02", "No levy is known"),
        ("check two_illegal --act-date 2021-01-03 --decision-date 2021-01-02", "cannot come before"),
    ],
)
def test_bad_usage_is_a_sentence_and_two(command: str, says: str) -> None:
    result = _run(command)
    assert result.exit_code == 2
    assert says in result.stderr


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("due F1 --on 2021-08-20", "2021 amendment"),
        ("due F1 --on 2021-08-20 --locale zh", "人口与计划生育法"),
        ("due E2 --on 2012-02-01", "date of the decision"),
        ("due L1 --on 2015-03-05 --applies-on 2015-03-01", "crosses 2015-05-01"),
        ("due P3 --on 2003-10-01", "begins on 2004-01-01"),
        ("check social_support_fee --act-date 2021-06-10 --decision-date 2022-03-01", "2021 amendment"),
        ("check social_support_fee --act-date 2021-06-10 --decision-date 2021-08-19", "Acts after 2021-05-31"),
    ],
)
def test_a_refusal_of_the_law_is_one(command: str, says: str) -> None:
    result = _run(command)
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stdout == ""


def test_check_names_the_supporting_law() -> None:
    result = _run("check two_illegal --act-date 2021-06-10 --decision-date 2022-03-01")
    assert result.exit_code == 0
    assert "articles 39, 40" in result.stdout


def test_check_tells_of_the_policy_stop() -> None:
    dates = "--act-date 2021-05-10 --decision-date 2021-08-01"
    assert "supervisor" in _run(f"check social_support_fee {dates}").stdout
    found = json.loads(_run(f"check prc/social_support_fee {dates} --json").stdout)
    assert found["reviews"] == ["cn.d357.policy_stop"]


def test_check_as_json_tells_the_repeal() -> None:
    result = _run("check social_support_fee --act-date 2021-06-10 --decision-date 2022-03-01 --json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["repealed_by"]["on"] == "2021-08-20"


def test_list_shows_every_rule_in_force_or_repealed() -> None:
    result = _run("list --on 2022-01-01")
    assert result.exit_code == 0
    for name in shipped_law().rules:
        assert name in result.stdout
    assert "repealed from 2021-08-20 by the 2021 amendment" in result.stdout


def test_list_as_json() -> None:
    found = {entry["id"]: entry for entry in json.loads(_run("list --on 2022-01-01 --json").stdout)["rules"]}
    assert set(found) == set(shipped_law().rules)
    assert not found["cn.d357.levy"]["in_force"]
    assert found["cn.d357.levy"]["repealed_by"]["law"] == "PFPL-2021"
    assert found["cn.apl.hearing_request"]["length"] == 5


@pytest.mark.parametrize("agrees", [True, False])
def test_explain_shows_the_sheet_line_by_line(agrees: bool, capsys: pytest.CaptureFixture[str]) -> None:
    default_on, until = date(2022, 1, 1), date(2022, 2, 10)
    sheet = added_charge(shipped_law().rule("P8"), principal_fen=2_000_000, default_on=default_on, until=until)
    cited = CitationCheck(1, "serve_decision", "cn.apl.pay_fine", date(2021, 7, 15), date(2021, 12, 1), agrees)
    record = LawRecord("YL-1", (), (cited,), sheet, charge_agrees=agrees)
    _print_record(record, "en")
    printed = capsys.readouterr().out
    assert "20000.00 × 3 % × 40 = 24000.00" in printed
    assert "20000.00 × 100 % = 20000.00" in printed
    assert printed.endswith("Everything agrees with the law.\n" if agrees else "Not everything agrees with the law.\n")
    told = _record(record)
    assert (told["agrees"], told["charge"]["result_fen"]) == (agrees, 2_000_000)
