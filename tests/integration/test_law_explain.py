"""``caseflow law explain``: every stored due date and citation of a real case is reckoned again."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow.cli.law import law
from caseflow.services.cases import CaseNotFound
from caseflow.services.law_records import LawRecords
from tests.office import CHECKED, Office


@pytest.fixture
def records(office: Office) -> LawRecords:
    return LawRecords(office.application.store, office.application.rulebook, office.application.time)


@pytest.fixture
def number(office: Office) -> str:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    with office.application.store.begin() as work:
        header = work.views.header(case_id)
    assert header is not None
    return header.number


def _tamper(database_url: str) -> None:
    plain = database_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain) as connection:
        connection.execute(
            "update clock set record = jsonb_set(record, '{reckoning,due_on}', to_jsonb('2026-12-24'::text))"
        )


def test_a_case_agrees_with_the_law(records: LawRecords, number: str) -> None:
    record = records.explain(number)
    assert record.agrees
    assert "cn.apl.decision_90d" in [check.stored.rule_id for check in record.clocks]
    assert record.citations


def test_a_changed_due_date_is_found(records: LawRecords, number: str, office: Office) -> None:
    _tamper(office.database_url)
    record = records.explain(number)
    assert not record.agrees
    assert {check.differs for check in record.clocks} == {("due_on",)}


def test_an_unknown_case_is_refused(records: LawRecords) -> None:
    with pytest.raises(CaseNotFound):
        records.explain("NOTHING-1")


def _explain(office: Office, *arguments: str) -> Result:
    environment = {"CASEFLOW_DATABASE_URL": office.database_url}
    return CliRunner(env=environment).invoke(law, ["explain", *arguments])


def test_the_command_prints_and_exits(
    number: str, office: Office, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "k" * 32)
    found = _explain(office, number)
    assert found.exit_code == 0, found.output
    assert "Everything agrees with the law." in found.stdout
    assert _explain(office, "NOTHING-1").exit_code == 2
    _tamper(office.database_url)
    wrong = _explain(office, number, "--json")
    assert wrong.exit_code == 1
    assert json.loads(wrong.stdout)["agrees"] is False
    assert "不一致" in _explain(office, number, "--locale", "zh").stdout
