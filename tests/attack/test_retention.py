"""Plain SQL against retention, as the application's own role: nothing is erased but by two persons, in its time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.attack.roles import application_connection, refused, role_connection
from tests.kept import age, approved_run
from tests.office import Office

SEAL = r"'\x01'::bytea || decode(repeat('00', 40), 'hex')"
ERASE = (
    "select erase_case({run}, {case}, '{event}', " + SEAL + ", decode(repeat('00', 36), 'hex'), '{{}}', '{{}}', "
    "'{{}}', '{{}}', '{{}}', '{{}}')"
)
TELL = (
    "insert into audit_event (key, at, actor_id, office_id, action, body, leaf) "
    "select 'told', now(), {by}, c.office_id, 'case_pseudonymised', jsonb_build_object('case', c.number), "
    "decode(repeat('00', 32), 'hex') from cases c where c.id = {case}"
)
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def case_id(office: Office) -> int:
    found = office.walk("fee_double_levy_refunded", until="close_case")
    age(office, found)
    return found


@pytest.fixture
def application(office: Office) -> Iterator[Connection]:
    with application_connection(office) as connection:
        yield connection
        connection.rollback()


def prepared(office: Office) -> int:
    return office.application.retention.prepare(office.actors["supervisor"], "run").id


def test_without_approval_record_or_time_nothing_is_erased(
    office: Office, case_id: int, application: Connection
) -> None:
    other = office.walk("fee_double_levy_refunded", until="close_case")
    run = prepared(office)
    tell = TELL.format(by=office.actors["auditor"].id, case=case_id).encode()
    application.execute(tell)
    refused(application, ERASE.format(run=run, case=case_id, event="told"))
    office.application.retention.approve(office.actors["auditor"], run)
    refused(application, ERASE.format(run=run, case=case_id, event="told"))
    refused(application, ERASE.format(run=run, case=other, event="told"))
    columns = "insert into retention_run_case (run_id, case_id, office_id, due_on, years) select "
    refused(application, f"{columns} {run}, {other}, office_id, current_date, 1 from cases where id = {other}")
    application.execute(tell)
    application.execute(ERASE.format(run=run, case=case_id, event="told").encode())
    # In the same transaction, right after it: the way is shut again.
    refused(application, f"update step set answers = '{{}}' where case_id = {case_id}")


def test_a_case_that_is_not_due_enters_no_run(office: Office, case_id: int, application: Connection) -> None:
    young = office.walk("fee_double_levy_refunded", until="close_case")
    supervisor, office_id = office.actors["supervisor"].id, office.actors["supervisor"].office_id
    begin = (
        f"insert into retention_run (office_id, prepared_by, key) values ({office_id}, {supervisor}, 'k') returning id"
    )
    columns = "(run_id, case_id, office_id, due_on, years)"
    add = f"insert into retention_run_case {columns} values (%s, %s, %s, '2020-01-01', 1)".encode()
    with pytest.raises(psycopg.errors.CheckViolation, match="not_over"):
        application.execute(add, [_id(application, begin), young, office_id])
    application.rollback()
    application.execute(add, [_id(application, begin), case_id, office_id])
    application.rollback()
    office.application.retention.hold(office.actors["auditor"], case_id, "A suit.")
    with pytest.raises(psycopg.errors.CheckViolation, match="hold"):
        application.execute(add, [_id(application, begin), case_id, office_id])


@pytest.mark.parametrize(
    "statement",
    [
        "update retention_run set approved_by = prepared_by, approved_at = now()",
        "update retention_run set approved_by = (select id from staff where login = 'officer'), approved_at = now()",
        "update retention_run_case set at_work = pg_current_xact_id()",
        "update retention_run_case set done_at = now(), event_key = (select min(key) from audit_event)",
        (
            "insert into retention_run_case (run_id, case_id, office_id, due_on, years, at_work) "
            "select run_id, case_id + 1, office_id, due_on, years, pg_current_xact_id() from retention_run_case"
        ),
        "update retention_run set asked_by = prepared_by, asked_at = now()",
        "update retention_run set asked_by = (select id from staff where login = 'auditor'), asked_at = now()",
        (
            "update retention_run set ended_at = now(), end_reason = 'x', "
            "ended_by = (select id from staff where login = 'officer')"
        ),
        "delete from retention_run_case",
        "delete from retention_run",
        "truncate retention_run cascade",
        "insert into retention_run (office_id, prepared_by, key) select office_id, id, 'x' from staff where id = 1",
        (
            "insert into legal_hold (office_id, case_id, reason, placed_by) select c.office_id, c.id, 'x', s.id "
            "from cases c, staff s where s.login = 'officer'"
        ),
        "delete from legal_hold",
        "update read_log set reason = ''",
        "update submission_answer set answered_on = answered_on",
        "update case_file set name = 'erased'",
        "update workflow_definition set body = jsonb_set(body, '{retention,years}', '1')",
    ],
)
def test_the_tables_of_retention_and_what_it_erases_stay_shut(
    office: Office, case_id: int, application: Connection, statement: str
) -> None:
    prepared(office)
    if "read_log" in statement or "submission_answer" in statement or "case_file" in statement:
        # Empty here: the privilege alone refuses, or no row is touched and the guard is another test's.
        found = application.execute(
            "select has_column_privilege(current_user, %s, %s, 'update')", statement.split()[1:4:2]
        ).fetchone()
        assert found == (False,)
        return
    if statement == "delete from legal_hold":
        office.application.retention.hold(office.actors["auditor"], case_id, "A suit.")
    refused(application, statement)


def test_after_the_approval_a_run_says_no_more_than_who_asks_for_it(
    office: Office, case_id: int, application: Connection
) -> None:
    run = office.application.retention.prepare(office.actors["supervisor"], "run", [case_id])
    office.application.retention.approve(office.actors["auditor"], run.id)
    for columns in (
        "asked_by = prepared_by, asked_at = now()",
        "asked_by = (select id from staff where login = 'officer'), asked_at = now()",
        "asked_by = (select id from staff where login = 'approver'), asked_at = now(), approved_at = now()",
        "over_at = now()",
        "approved_by = (select id from staff where login = 'approver')",
    ):
        refused(application, f"update retention_run set {columns} where id = {run.id}")
    asked = "asked_by = approved_by, asked_at = '2001-01-01'"
    moved = application.execute(
        f"update retention_run set {asked} where id = {run.id} returning asked_at > now()".encode()
    )
    assert moved.fetchone() == (True,)


def test_another_office_and_an_auditor_erase_nothing(office: Office, case_id: int) -> None:
    run = prepared(office)
    office.application.retention.approve(office.actors["auditor"], run)
    asked = ERASE.format(run=run, case=case_id, event="told")
    with role_connection(office, "caseflow_auditor") as connection:
        refused(connection, asked)
    for scope in (str(office.actors["auditor"].office_id + 1), None):
        with role_connection(office, "caseflow_application", scope) as connection:
            refused(connection, asked)


@pytest.mark.parametrize(
    "table",
    ["person_code", "person_passphrase", "submission", "case_file", "paper", "service_attempt", "legal_hold", "party"],
)
def test_an_erased_case_takes_nothing_in(office: Office, case_id: int, application: Connection, table: str) -> None:
    office.application.retention.carry_out(office.actors["auditor"], approved_run(office, case_id))
    statement = f"insert into {table} (case_id) values ({case_id})"
    if table == "party":
        statement = (
            f"update party set contact_sealed = {SEAL} where id = (select party_id from cases where id = {case_id})"
        )
    with pytest.raises(psycopg.errors.CheckViolation) as refusal:
        application.execute(statement.encode())
    assert refusal.value.diag.constraint_name == "case_is_erased"


def _id(connection: Connection, statement: str) -> int:
    row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return int(row[0])
