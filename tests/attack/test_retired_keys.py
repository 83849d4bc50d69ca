"""Plain SQL that seals with a key that was taken away, as a process that never heard of it would: in every column."""

from __future__ import annotations

from typing import Final

import psycopg
import pytest
from psycopg import sql

from caseflow.domain.submissions import Kind, Outcome
from caseflow.persistence.sealed_columns import SEALED_COLUMNS
from caseflow.services.party_details import PartyTold
from caseflow.services.submissions import AnswerSubmission
from tests.attack.roles import application_connection, as_superuser
from tests.office import Office
from tests.parties import know_as
from tests.submitted import person_of, submit

RETIRED: Final = b"gone"
OTHER: Final = b"here"
NUMBER: Final = "11010519491231002X"
# Where the id of the key begins: behind the format of what is sealed, at the front of an index.
SEALED_AT, INDEX_AT = 2, 1
COLUMNS: Final = [(one.table, one.column, SEALED_AT) for one in SEALED_COLUMNS] + [
    (one.table, one.index.column, INDEX_AT) for one in SEALED_COLUMNS if one.index is not None
]
A_SEAL: Final = b"\x01" + OTHER + bytes(45)
A_BOOK_ROW: Final = (
    "insert into casebook_row (import_id, number, case_number, grade, fate, sealed) "
    "values (1, 1, 'x', 'ok', 'waiting', %s)"
)


@pytest.fixture
def filled(office: Office) -> Office:
    """An office with a row in every table that holds something sealed, and a key that was taken away."""
    officer = office.actors["officer"]
    sent = submit(office, person_of(office, office.open()), Kind.STATEMENT, text="It was not us.")
    office.application.submissions.desk.answer(officer, AnswerSubmission(sent.id, Outcome.NOTED, "As said.", "noted"))
    case_id = office.walk("fee_double_levy_refunded", until="close_case")
    know_as(office, case_id, PartyTold("Harmony Clinic", "010-1", NUMBER, "Lane 1"))
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute(
            "insert into staff_totp (staff_id, secret_sealed, enrolled_at, last_step, offered_sealed, offered_at) "
            "values (%s, %s, now(), 1, %s, now())",
            [officer.id, A_SEAL, A_SEAL],
        )
        # What stands around a row of a book matters to none of this.
        connection.execute("set local session_replication_role = replica")
        connection.execute(A_BOOK_ROW, [A_SEAL])
        connection.execute("insert into retired_data_key (key_id) values (%s)", [RETIRED])
    return office


def changed(column: str, at: int, key: bytes) -> sql.Composed:
    """Return SQL for what a column of a row ``t`` would hold under a key."""
    text = "overlay(t.{column} placing {key}::bytea from {at} for 4)"
    return sql.SQL(text).format(column=sql.Identifier(column), key=key, at=at)


@pytest.mark.parametrize(("table", "column", "at"), COLUMNS, ids=[f"{table}.{column}" for table, column, _ in COLUMNS])
def test_nothing_is_written_under_a_key_that_was_taken_away(filled: Office, table: str, column: str, at: int) -> None:
    names = {"table": sql.Identifier(table), "column": sql.Identifier(column), "name": column}
    update = sql.SQL("update {table} t set {column} = {value} where t.{column} is not null")
    insert = sql.SQL(
        "insert into {table} overriding system value select (jsonb_populate_record(t, jsonb_build_object({name}, "
        "{value}))).* from {table} t where t.{column} is not null"
    )
    with psycopg.connect(as_superuser(filled.database_url)) as connection:
        for statement in (update, insert):
            with pytest.raises(psycopg.errors.CheckViolation, match="taken away"):
                connection.execute(statement.format(value=changed(column, at, RETIRED), **names))
            connection.rollback()
        # The same under another key is what a rotation does, and is let through.
        changed_rows = connection.execute(update.format(value=changed(column, at, OTHER), **names)).rowcount
    assert changed_rows > 0


def test_the_guard_of_the_application_cannot_be_blinded(filled: Office) -> None:
    """A temporary table of the same name is not what the guard looks into."""
    with application_connection(filled) as connection:
        connection.execute("create temporary table retired_data_key (key_id bytea)")
        value = changed("offered_sealed", SEALED_AT, RETIRED)
        with pytest.raises(psycopg.errors.CheckViolation, match="taken away"):
            connection.execute(sql.SQL("update staff_totp t set offered_sealed = {}").format(value))
        connection.rollback()
