"""Plain SQL against imports of casebooks, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.config import AUDITOR_ROLE, SPENDING_ROLE
from caseflow.services.case_imports import BookFile
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office
from tests.old_books import BAD, csv_bytes, row, stranger

Connection = psycopg.Connection[tuple[Any, ...]]
INSERT = (
    "insert into casebook_import (office_id, name, sha256, size_bytes, entered_by, idempotency_key, state) "
    "select {office}, '{name}', repeat('0', 64), 1, s.id, 'other', '{state}' from staff s where s.login = '{by}'"
)
SOUND = {"office": "s.office_id", "name": "a.csv", "state": "checking", "by": "officer"}
ROW = (
    "insert into casebook_row (import_id, number, case_number, grade, fate, sealed, content_index, case_id) "
    "select id, 900, 'x', 'ok', {values} from casebook_import"
)


@pytest.fixture
def entered(office: Office) -> Office:
    file = BookFile("book.csv", csv_bytes([row(1), row(2, **BAD)]))
    office.application.case_imports.enter(office.actors["officer"], file, "key")
    return office


@pytest.fixture
def application(entered: Office) -> Iterator[Connection]:
    with application_connection(entered) as connection:
        yield connection
        connection.rollback()


def test_what_was_entered_stays_as_it_was(application: Connection) -> None:
    for change in (
        "name = 'x'", "sha256 = repeat('1', 64)", "size_bytes = 2", "entered_by = entered_by + 1",
        "office_id = office_id + 1", "idempotency_key = 'x'", "entered_at = now()",
    ):  # fmt: skip
        refused(application, f"update casebook_import set {change}")
    refused(application, "delete from casebook_import")
    for table in ("casebook_import", "casebook_row", "casebook_file"):
        refused(application, f"truncate {table}")
    refused(application, "update casebook_file set sealed = 'x'")
    refused(application, "delete from casebook_file")


def test_an_import_goes_through_its_states_and_no_other_way(application: Connection) -> None:
    for change in (
        "state = 'committed', committed_at = now(), committed_by = entered_by, good_rows_only = true",
        "state = 'committing'",
        "state = 'dropped'",
        "state = 'committing', good_rows_only = false, committed_by = (select id from staff where login = 'cashier')",
        "finished_at = now()",
    ):
        refused(application, f"update casebook_import set {change}")
    application.execute("update casebook_import set state = 'dropped', finished_at = now()")
    assert application.execute("select count(*) from casebook_file").fetchone() == (0,)
    assert application.execute("select count(*) from casebook_row").fetchone() == (0,)
    application.commit()
    refused(application, "update casebook_import set state = 'checking', finished_at = null")
    refused(application, "insert into casebook_file select id, 'x' from casebook_import")


def test_what_is_no_import_is_not_kept(entered: Office, application: Connection) -> None:
    stranger(entered)
    for wrong in (
        {"by": "cashier"}, {"by": "stranger", "office": "s.office_id - 1"}, {"name": ""}, {"name": "../../x"},
        {"state": "committed"}, {"state": "checked"}, {"state": "committing"},
    ):  # fmt: skip
        refused(application, INSERT.format(**{**SOUND, **wrong}))
    application.execute(INSERT.format(**SOUND).encode())


def test_rows_enter_and_leave_only_while_they_are_judged(application: Connection) -> None:
    refused(application, ROW.format(values="'waiting', 'x', null, null"))
    refused(application, "update casebook_row set grade = 'ok'")
    refused(application, "update casebook_row set number = number + 1")
    application.execute("update casebook_import set state = 'checking'")
    application.commit()
    for values in (
        "'quarantined', 'x', null, null",
        "'waiting', null, null, null",
        "'written', null, 'x', 1",
        "'left_out', null, null, null",
    ):
        refused(application, ROW.format(values=values))
    application.execute(ROW.format(values="'waiting', 'x', null, null").encode())
    application.execute("delete from casebook_row where number = 900")


@pytest.mark.parametrize("role", [AUDITOR_ROLE, SPENDING_ROLE])
def test_nobody_else_reads_files_and_cells_or_writes(entered: Office, role: str) -> None:
    with role_connection(entered, role) as connection:
        refused(connection, "select sealed from casebook_file")
        refused(connection, "select sealed from casebook_row")
        refused(connection, INSERT.format(**SOUND))
        refused(connection, "update casebook_import set state = 'dropped', finished_at = now()")
