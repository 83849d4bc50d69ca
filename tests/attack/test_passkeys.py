"""Plain SQL against passkeys and identities at a provider, as the application's own role: the database refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.config import DATABASE_ROLES
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office

PASSKEY = (
    "insert into passkey (staff_id, credential_id, public_key, sign_count, transports, name{more}) "
    "select id, '\\x{id}', '\\x{key}', {count}, '{{}}', '{name}'{value} from staff where login = '{login}'"
)
SOUND = {
    "id": "ab" * 32, "key": "cd" * 77, "count": 5, "name": "Laptop", "login": "officer", "more": "", "value": "",
}  # fmt: skip
IDENTITY = (
    "insert into staff_identity (staff_id, issuer, subject) "
    "select id, 'https://login.example.org', '{subject}' from staff where login = '{login}'"
)


@pytest.fixture
def application(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with application_connection(office) as connection:
        connection.execute(PASSKEY.format(**SOUND).encode())
        connection.execute(IDENTITY.format(subject="one", login="officer").encode())
        connection.commit()
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"login": "officer2"},
        {"id": "ab" * 8},
        {"key": "cd"},
        {"count": -1},
        {"name": ""},
        {"more": ", removed_at", "value": ", now()"},
        {"more": ", last_used_at", "value": ", now()"},
    ],
)
def test_a_passkey_that_is_known_or_not_whole_is_refused(
    application: psycopg.Connection[tuple[Any, ...]], change: dict[str, Any]
) -> None:
    fresh = {} if "login" in change or not change else {"id": "ef" * 32}
    refused(application, PASSKEY.format(**{**SOUND, **fresh, **change}))


def test_a_passkey_counts_up_and_stays_as_it_is(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    for change in (
        "sign_count = 4", "sign_count = 5, last_used_at = now()", "public_key = '\\x" + "ee" * 77 + "'",
        "staff_id = staff_id + 1", "credential_id = '\\x" + "ee" * 32 + "'", "name = 'x'", "made_at = now()",
    ):  # fmt: skip
        refused(application, f"update passkey set {change}")
    refused(application, "delete from passkey")
    refused(application, "truncate passkey")
    application.execute("update passkey set sign_count = 6, last_used_at = now()")
    application.execute("update passkey set removed_at = now()")
    application.commit()
    refused(application, "update passkey set removed_at = null")
    refused(application, "update passkey set sign_count = 7")


def test_a_challenge_is_used_up_once(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    used = "insert into passkey_challenge (challenge_hash, used_at) values ('\\x" + "ab" * 32 + "', now())"
    application.execute(used.encode())
    application.commit()
    refused(application, used)
    refused(application, "update passkey_challenge set used_at = now()")


def test_one_subject_is_one_person_and_a_binding_only_ends(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    refused(application, IDENTITY.format(subject="one", login="officer2"))
    refused(application, IDENTITY.format(subject="two", login="officer"))
    refused(application, IDENTITY.format(subject="", login="officer2"))
    for change in ("subject = 'x'", "issuer = 'x'", "staff_id = staff_id + 1", "bound_at = now()"):
        refused(application, f"update staff_identity set {change}")
    refused(application, "delete from staff_identity")
    application.execute("update staff_identity set removed_at = now()")
    application.commit()
    refused(application, "update staff_identity set removed_at = null")
    application.execute(IDENTITY.format(subject="one", login="officer2").encode())


@pytest.mark.usefixtures("application")
@pytest.mark.parametrize("role", [one for one in DATABASE_ROLES if one != "caseflow_application"])
def test_no_other_role_sees_them(office: Office, role: str) -> None:
    with role_connection(office, role) as connection:
        for table in ("passkey", "passkey_challenge", "staff_identity"):
            refused(connection, f"select * from {table}")
