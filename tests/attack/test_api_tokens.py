"""Plain SQL against API tokens, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.config import DATABASE_ROLES
from caseflow.services.api_tokens import AskedToken
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office

INSERT = (
    "insert into api_token "
    "(office_id, staff_id, created_by, key, role, name, begins_with, token_hash, expires_at{more}) "
    "select {office}, s.id, {by}, 'other', '{role}', '{name}', '{begins}', '{hash}', {ends}{value} "
    "from staff s, staff m where s.login = 'officer' and m.login = 'administrator'"
)
SOUND = {
    "office": "s.office_id", "by": "s.id", "role": "officer", "name": "n", "begins": "caseflow_abcd",
    "hash": "\\x" + "ab" * 32, "ends": "now() + interval '90 days'", "more": "", "value": "",
}  # fmt: skip


@pytest.fixture
def application(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    office.application.api_tokens.make(office.actors["officer"], AskedToken("officer", "A dashboard", "90", "key"))
    with application_connection(office) as connection:
        yield connection
        connection.rollback()


def test_a_sound_token_is_kept(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    application.execute(INSERT.format(**SOUND).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"role": "supervisor"},
        {"role": "king"},
        {"by": "m.id"},
        {"office": "s.office_id + 1"},
        {"ends": "now() + interval '400 days'"},
        {"ends": "now() - interval '1 day'"},
        {"begins": "caseflow_" + "a" * 43},
        {"hash": "\\x" + "ab" * 31},
        {"name": ""},
        {"more": ", last_used_on", "value": ", current_date"},
        {"more": ", revoked_at, revoked_by", "value": ", now(), s.id"},
    ],
)
def test_a_token_that_is_not_ones_own_or_too_long_is_refused(
    application: psycopg.Connection[tuple[Any, ...]], change: dict[str, str]
) -> None:
    refused(application, INSERT.format(**{**SOUND, **change}))


def test_a_token_is_revoked_once_and_otherwise_stays_as_it_is(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    for change in (
        "expires_at = expires_at + interval '1 day'", "role = 'supervisor'", "staff_id = staff_id + 1", "name = 'x'",
        "token_hash = '\\x" + "cd" * 32 + "'", "made_at = now()", "key = 'x'", "office_id = office_id",
        "revoked_at = now()",
    ):  # fmt: skip
        refused(application, f"update api_token set {change}")
    refused(application, "delete from api_token")
    refused(application, "truncate api_token")
    application.execute("update api_token set last_used_on = current_date")
    application.execute("update api_token set revoked_at = now(), revoked_by = staff_id")
    application.commit()
    refused(application, "update api_token set revoked_at = null, revoked_by = null")
    refused(application, "update api_token set last_used_on = current_date + 1")


def test_the_last_use_never_goes_back(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    application.execute("update api_token set last_used_on = current_date")
    application.commit()
    refused(application, "update api_token set last_used_on = current_date - 1")
    refused(application, "update api_token set last_used_on = null")


@pytest.mark.parametrize("role", [one for one in DATABASE_ROLES if one != "caseflow_application"])
def test_no_other_role_sees_a_token(office: Office, role: str) -> None:
    with role_connection(office, role) as connection:
        refused(connection, "select * from api_token")
