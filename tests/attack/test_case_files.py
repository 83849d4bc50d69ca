"""Plain SQL against the files of cases, as the application's own role: the database itself must refuse."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.config import DATABASE_ROLES
from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import AddFile
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office

SOUND = {
    "office": "c.office_id",
    "sha256": "'" + "a" * 64 + "'",
    "size_bytes": "10",
    "media_type": "'application/pdf'",
    "name": "'a.pdf'",
    "purpose": "'evidence'",
    "description": "'x'",
    "seq": "1",
    "by": "officer",
    "key": "'other'",
    "withdrawn": "null, null, null",
}
INSERT = (
    "insert into case_file (case_id, office_id, sha256, size_bytes, media_type, name, purpose, description, seq, "
    "uploaded_by, idempotency_key, withdrawn_at, withdrawn_by, withdrawn_reason) "
    "select c.id, {office}, {sha256}, {size_bytes}, {media_type}, {name}, {purpose}, {description}, {seq}, s.id, "
    "{key}, {withdrawn} from cases c, staff s where s.login = '{by}'"
)


@pytest.fixture
def filed(office: Office) -> Office:
    request = AddFile(office.open(), Purpose.EVIDENCE, "The licence", 1, "a.txt", io.BytesIO(b"text"), "key")
    office.application.case_files.add(office.actors["officer"], request)
    return office


@pytest.fixture
def application(filed: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with application_connection(filed) as connection:
        yield connection
        connection.rollback()


@pytest.mark.parametrize(
    "change",
    [
        "sha256 = repeat('b', 64)",
        "size_bytes = 1",
        "media_type = 'text/html'",
        "name = 'b.txt'",
        "purpose = 'court_paper'",
        "description = 'y'",
        "seq = null",
        "case_id = case_id",
        "uploaded_by = uploaded_by + 1",
        "uploaded_at = now()",
        "idempotency_key = 'x'",
        "office_id = office_id",
        "withdrawn_reason = 'half'",
        "withdrawn_at = now()",
        (
            "withdrawn_at = now(), withdrawn_reason = '?', withdrawn_by = "
            "(select id from staff where login = 'administrator')"
        ),
        "withdrawn_at = now(), withdrawn_by = uploaded_by, withdrawn_reason = ''",
    ],
)
def test_a_file_is_withdrawn_as_a_whole_and_otherwise_stays_as_it_is(
    application: psycopg.Connection[tuple[Any, ...]], change: str
) -> None:
    refused(application, f"update case_file set {change}")


def test_a_withdrawal_is_for_good_and_bears_the_database_s_own_time(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    withdraw = "update case_file set withdrawn_at = '2001-01-01', withdrawn_by = uploaded_by, withdrawn_reason = 'x'"
    application.execute(withdraw.encode())
    assert application.execute("select withdrawn_at > '2020-01-01' from case_file").fetchone() == (True,)
    application.commit()
    refused(application, withdraw)
    refused(application, "update case_file set withdrawn_at = null, withdrawn_by = null, withdrawn_reason = null")
    refused(application, "update case_file set withdrawn_reason = 'another'")


def test_a_file_is_never_deleted(application: psycopg.Connection[tuple[Any, ...]], filed: Office) -> None:
    for statement in ("delete from case_file", "truncate case_file cascade"):
        refused(application, statement)
        with psycopg.connect(filed.database_url) as owner:
            refused(owner, statement)


def test_the_sound_insert_is_taken_and_bears_the_database_s_own_time(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    application.execute(INSERT.format(**SOUND).encode())


@pytest.mark.parametrize(
    "change",
    [
        {"office": "c.office_id + 1"},
        {"sha256": "repeat('A', 64)"},
        {"sha256": "repeat('a', 63)"},
        {"size_bytes": "0"},
        {"media_type": "'text/html; x'"},
        {"name": "'../a.pdf'"},
        {"name": "E'a\\\\b.pdf'"},
        {"name": "E'a\\nb.pdf'"},
        {"name": "''"},
        {"name": "repeat('a', 121)"},
        {"purpose": "'other'"},
        {"description": "''"},
        {"seq": "99"},
        {"by": "administrator"},
        {"key": "'key'"},
        {"withdrawn": "now(), s.id, 'born so'"},
    ],
    ids=str,
)
def test_an_unsound_insert_is_refused(application: psycopg.Connection[tuple[Any, ...]], change: dict[str, str]) -> None:
    refused(application, INSERT.format(**{**SOUND, **change}))


def test_somebody_who_left_and_another_office_s_case_are_refused(
    application: psycopg.Connection[tuple[Any, ...]], filed: Office
) -> None:
    with psycopg.connect(filed.database_url) as owner:
        owner.execute("insert into office (code, title_en, title_zh) values ('ELSE', 'Elsewhere', '别处')")
        owner.execute("update staff set active = false where login = 'officer2'")
    refused(application, INSERT.format(**{**SOUND, "by": "officer2"}))
    refused(application, INSERT.format(**{**SOUND, "office": "(select id from office where code = 'ELSE')"}))


@pytest.mark.parametrize("role", [role for role in DATABASE_ROLES if role != "caseflow_application"])
def test_other_roles_write_nothing(filed: Office, role: str) -> None:
    with role_connection(filed, role) as connection:
        refused(connection, INSERT.format(**SOUND))
        refused(connection, "update case_file set withdrawn_reason = 'x'")
        refused(connection, "delete from case_file")
