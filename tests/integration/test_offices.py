"""Offices as a tree: added under one another by a command, never in a circle, and none sees into one below it."""

from __future__ import annotations

import psycopg
import pytest
from click.testing import CliRunner

from caseflow import bootstrap
from caseflow.cli import main
from caseflow.persistence.office_scope import acting_for
from tests.office import Office


def added(office: Office, redis_url: str, *arguments: str) -> tuple[int, str]:
    environment = {
        "CASEFLOW_DATABASE_URL": office.database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "a-key-that-only-tests-use-0123456789",
    }
    result = CliRunner(env=environment).invoke(main, ["offices", "add", *arguments])
    return result.exit_code, result.output


def tree(office: Office) -> dict[str, str | None]:
    with psycopg.connect(office.database_url) as connection:
        return dict(
            connection.execute(
                "select o.code, p.code from office o left join office p on p.id = o.parent_id"
            ).fetchall()
        )


def test_a_township_stands_under_its_county(office: Office, redis_url: str) -> None:
    assert added(office, redis_url, "TEST-T1", "--en", "Willow Township", "--zh", "柳镇", "--under", "TEST")[0] == 0
    assert tree(office) == {"TEST": None, "TEST-T1": "TEST"}
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute(
            "select body->>'under' from audit_event where action = 'office_put_under'"
        ).fetchall() == [("TEST",)]


def test_what_is_no_office_is_refused_in_words(office: Office, redis_url: str) -> None:
    code, said = added(office, redis_url, "TEST", "--en", "Again", "--zh", "又")
    assert (code, "there is an office TEST already" in said) == (1, True)
    code, said = added(office, redis_url, "T1", "--en", "Lost", "--zh", "失", "--under", "NOWHERE")
    assert (code, "there is no office NOWHERE" in said) == (1, True)
    code, said = added(office, redis_url, "T1", "--en", " ", "--zh", "空")
    assert (code, "a name in English and in Chinese" in said) == (1, True)
    assert tree(office) == {"TEST": None}


def test_the_county_sees_no_case_of_its_township(office: Office) -> None:
    case_id, own = office.open(), office.actors["officer"].office_id
    below = bootstrap.add_office(office.database_url, bootstrap.NewOffice("TEST-T1", "Willow", "柳镇", "TEST"))
    above = bootstrap.add_office(office.database_url, bootstrap.NewOffice("CITY", "The city", "市"))
    with psycopg.connect(office.database_url) as owner:
        owner.execute("update office set parent_id = %s where id = %s", (above, own))
    seen = {}
    for office_id in (own, below, above):
        with acting_for(office_id), office.application.store.begin() as work:
            seen[office_id] = work.cases.load(case_id) is not None
    assert seen == {own: True, below: False, above: False}


def test_no_office_stands_under_itself(office: Office) -> None:
    for code, under in (("A", "TEST"), ("B", "A"), ("C", "B")):
        bootstrap.add_office(office.database_url, bootstrap.NewOffice(code, code, code, under))
    with psycopg.connect(office.database_url) as connection:
        for code, under in (("A", "C"), ("A", "A"), ("TEST", "C"), ("B", "C")):
            with pytest.raises(psycopg.errors.CheckViolation, match="would stand under itself"):
                connection.execute(
                    "update office set parent_id = (select id from office where code = %s) where code = %s",
                    (under, code),
                )
            connection.rollback()
        connection.execute("update office set parent_id = (select id from office where code = 'A') where code = 'C'")
