"""A production office begins: the stamp, the first people, and what the command line says."""

from __future__ import annotations

import json
from collections.abc import Sequence

import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow import bootstrap
from caseflow.cli import main
from caseflow.services.staff_access import EnrolmentWanted

PASSWORD = "a long enough password"
OFFICE = ["--office", "YL", "--office-en", "Yunling Bureau", "--office-zh", "云岭局"]
NAMES = ["--name-en", "Lin Wei", "--name-zh", "林薇", "--password", PASSWORD]


@pytest.fixture
def environment(database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "a-key-that-only-tests-use-0123456789")
    return database_url


def add(login: str, roles: Sequence[str], *more: str) -> Result:
    chosen = [word for role in roles for word in ("--role", role)]
    return CliRunner().invoke(main, ["staff", "add", login, *chosen, *NAMES, *(more or OFFICE)])


def test_a_database_run_for_real_can_never_become_a_training_one(environment: str) -> None:
    assert bootstrap.begin_production(environment) is True
    assert bootstrap.begin_production(environment) is True
    refused = CliRunner().invoke(main, ["demo", "--as-of", "2011-03-01"])
    assert refused.exit_code == 1
    assert "This is a production database" in refused.output


def test_people_are_added_with_their_office_and_sign_in(environment: str) -> None:
    assert add("Admin", ["administrator"]).exit_code == 0
    assert add("lin", ["officer", "reviewer"], "--office", "YL").exit_code == 0
    assert bootstrap.begin_production(environment) is False
    application = bootstrap.build_application(environment)
    step = application.staff.sign_in("lin", PASSWORD)
    assert isinstance(step, EnrolmentWanted)
    assert {role.value for role in step.actor.roles} == {"officer", "reviewer"}
    application.close()
    with psycopg.connect(environment) as connection:
        events = connection.execute("select action from audit_event order by id").fetchall()
    assert [action for (action,) in events][:3] == ["office_added", "staff_added", "staff_added"]


@pytest.mark.parametrize(
    ("roles", "more", "sentence"),
    [
        (["administrator", "officer"], OFFICE, "that role goes with no other"),
        (["cashier", "payer"], OFFICE, "cashier and payer are two persons"),
        (["officer"], ["--office", "XX"], "there is no office XX yet"),
        (["officer"], [*OFFICE, "--password", "short"], "at least 12 characters"),
        (["officer"], [*OFFICE, "--password", "passwordpassword"], "it is a common one"),
        (["officer"], [*OFFICE, "--password", "somebody went home"], "it holds your login"),
    ],
)
def test_what_cannot_be_added_is_a_sentence(environment: str, roles: list[str], more: list[str], sentence: str) -> None:
    refused = add("somebody", roles, *more)
    assert refused.exit_code in (1, 2)
    assert sentence in refused.output
    assert bootstrap.begin_production(environment) is True


@pytest.mark.parametrize("command", ["doctor", "run", "demo"])
def test_a_home_that_cannot_be_made_is_a_sentence(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFLOW_HOME", "/proc/nobody/caseflow")
    refused = CliRunner().invoke(main, [command])
    assert refused.exit_code == 1
    assert "set CASEFLOW_HOME to a folder of your own" in refused.output


@pytest.mark.usefixtures("environment")
def test_a_login_is_given_once() -> None:
    assert add("lin", ["officer"]).exit_code == 0
    refused = add("LIN", ["officer"])
    assert refused.exit_code == 1
    assert "is there already" in refused.output


def test_whoever_runs_the_server_sets_people_up_in_production_too_and_it_is_marked(environment: str) -> None:
    bootstrap.begin_production(environment)
    assert add("boss", ["supervisor"]).exit_code == 0
    with psycopg.connect(environment) as connection:
        found = connection.execute("select role, source, confirmed_by from role_grant").fetchall()
    assert found == [("supervisor", "set_up", None)]


@pytest.mark.usefixtures("environment")
def test_the_command_says_who_is_missing_for_which_step() -> None:
    assert add("boss", ["supervisor"]).exit_code == 0
    judged = CliRunner().invoke(main, ["workflows", "check", "--office", "YL", "--json"])
    assert judged.exit_code == 1
    report = json.loads(judged.output)
    missing = {(gap["regime"], gap["step"]): gap["en"] for gap in report["office"]["missing"]}
    assert not report["ok"]
    assert missing["two_illegal", "file_case"] == "nobody of the office is approver"
    assert CliRunner().invoke(main, ["workflows", "check", "--office", "NONE"]).exit_code == 2
