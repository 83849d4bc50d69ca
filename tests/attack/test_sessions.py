"""Plain SQL against sessions and second factors, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.config import AUDITOR_ROLE
from caseflow.services.staff_access import Visit
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office


@pytest.fixture
def application(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    own, staff, officer = office.application.own_sign_in, office.application.staff, office.actors["officer"]
    with office.application.store.begin() as work:
        ended = staff.enter(work, officer, ("test",), Visit())
        staff.enter(work, officer, ("test",), Visit())
        work.commit()
    staff.sign_out(officer, ended.session.id)
    own.recovery.make(officer)
    with application_connection(office) as connection:
        connection.execute(
            "insert into staff_totp (staff_id, secret_sealed, enrolled_at, last_step) "
            "values (%s, '\\x01'::bytea || repeat('x', 40)::bytea, now(), 100)",
            (officer.id,),
        )
        connection.execute("update staff_recovery_code set used_at = now() where id = 1")
        connection.commit()
        yield connection


@pytest.mark.parametrize(
    "statement",
    [
        "update staff_session set ended_at = null, ended_why = null where ended_at is not null",
        "update staff_session set ended_why = 'left' where ended_at is not null",
        "update staff_session set confirmed_at = now() where ended_at is not null",
        "update staff_session set confirmed_at = confirmed_at - interval '1 minute' where ended_at is null",
        "update staff_session set token_hash = sha256('mine') where ended_at is null",
        "update staff_session set staff_id = (select id from staff where login = 'approver')",
        "update staff_session set created_at = now() + interval '1 year'",
        "update staff_session set stage = 'open'",
        "delete from staff_session",
        (
            "insert into staff_session (token_hash, staff_id, office_id, stage, created_at, confirmed_at, methods, browser)"
            " select 'short', id, office_id, 'open', now(), now(), '{x}', '' from staff where login = 'officer'"
        ),
        (
            "insert into staff_session (token_hash, staff_id, office_id, stage, created_at, confirmed_at, methods, browser)"
            " select sha256('t'), id, office_id, 'open', now(), now(), '{}', '' from staff where login = 'officer'"
        ),
        "update staff_totp set last_step = 99",
        "update staff_totp set secret_sealed = 'JBSWY3DPEHPK3PXP'",
        "update staff_recovery_code set used_at = null",
        "update staff_recovery_code set code_hash = sha256('mine'), used_at = null",
        "delete from staff_recovery_code",
        "update staff_recovery_code set replaced_at = null, used_at = now() where used_at is not null",
    ],
)
def test_the_database_refuses(application: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    refused(application, statement)


INSERT = (
    "insert into staff_session (token_hash, staff_id, office_id, stage, created_at, confirmed_at, methods, browser) "
    "select sha256('t'), id, {office}, 'open', now(), now(), '{{x}}', '' from staff where login = 'officer2'"
)


def test_a_session_is_of_somebody_who_works_at_that_office(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    application.execute(INSERT.format(office="office_id").encode())
    application.rollback()
    refused(application, INSERT.format(office="-1"))
    application.execute("update staff set active = false where login = 'officer2'")
    application.commit()
    refused(application, INSERT.format(office="office_id"))


@pytest.mark.usefixtures("application")
def test_auditors_read_sessions_but_no_hash_and_no_secret(office: Office) -> None:
    with role_connection(office, AUDITOR_ROLE) as auditor:
        assert auditor.execute("select count(*) from (select id, ended_why from staff_session) x").fetchone() == (2,)
        for table, column in (
            ("staff_session", "token_hash"),
            ("staff_totp", "secret_sealed"),
            ("staff_recovery_code", "code_hash"),
            ("attempt_limit", "subject"),
        ):
            refused(auditor, f"select {column} from {table}")
