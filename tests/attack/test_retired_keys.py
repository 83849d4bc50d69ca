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
from tests.papers import issued
from tests.parties import know_as
from tests.submitted import person_of, submit

RETIRED: Final = b"gone"
OTHER: Final = b"here"
OLD: Final = b"old "
NUMBER: Final = "11010519491231002X"
# Where the id of the key begins: behind the format of what is sealed, at the front of an index.
SEALED_AT, INDEX_AT = 2, 1
COLUMNS: Final = [(one.table, one.column, SEALED_AT) for one in SEALED_COLUMNS] + [
    (one.table, one.index.column, INDEX_AT) for one in SEALED_COLUMNS if one.index is not None
]
# What an index is of: the two are written anew together.
OF_INDEX: Final = {(one.table, one.index.column): one.column for one in SEALED_COLUMNS if one.index is not None}
A_SEAL: Final = b"\x01" + OLD + bytes(45)
# Rows around which nothing else stands, for that matters to none of this.
ROWS: Final = (
    (
        "insert into casebook_row (import_id, number, case_number, grade, fate, sealed) "
        "values (1, 1, 'x', 'ok', 'waiting', %(seal)s)"
    ),
    (
        "insert into bank_file (office_id, name, sha256, content_sealed, received_by, event_key) "
        "values (1, 'x', sha256('x'), %(seal)s, 1, 'x')"
    ),
    (
        "insert into bank_line (office_id, account_id, statement_id, position, booked_on, value_on, direction, "
        "amount_fen, bank_reference, occurrence, said_sealed, identity_index) "
        "values (1, 1, 1, 1, '2026-03-02', '2026-03-02', 'credit', 100, 'x', 1, %(seal)s, %(index)s)"
    ),
    "insert into court_reply_file (office_id, name, content_sealed, received_by) values (1, 'x', %(seal)s, 1)",
)


@pytest.fixture
def filled(office: Office) -> Office:
    """An office with a row in every table that holds something sealed, and a key that was taken away."""
    officer = office.actors["officer"]
    sent = submit(office, person_of(office, office.open()), Kind.STATEMENT, text="It was not us.")
    office.application.submissions.desk.answer(officer, AnswerSubmission(sent.id, Outcome.NOTED, "As said.", "noted"))
    case_id = office.walk("fee_double_levy_refunded", until="close_case")
    issued(office, office.walk("two_illegal_paid", until="serve_decision"), "penalty_decision")
    know_as(office, case_id, PartyTold("Harmony Clinic", "010-1", NUMBER, "Lane 1"))
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute(
            "insert into staff_totp (staff_id, secret_sealed, enrolled_at, last_step, offered_sealed, offered_at) "
            "values (%s, %s, now(), 1, %s, now())",
            [officer.id, A_SEAL, A_SEAL],
        )
        connection.execute("set local session_replication_role = replica")
        for row in ROWS:
            connection.execute(row.encode(), {"seal": A_SEAL, "index": OLD + bytes(32)})
        connection.execute("insert into retired_data_key (key_id) values (%s)", [RETIRED])
    return office


def changed(column: str, at: int, key: bytes) -> sql.Composed:
    """Return SQL for what a column of a row ``t`` would hold under a key."""
    text = "overlay(t.{column} placing {key}::bytea from {at} for 4)"
    return sql.SQL(text).format(column=sql.Identifier(column), key=key, at=at)


@pytest.mark.parametrize(("table", "column", "at"), COLUMNS, ids=[f"{table}.{column}" for table, column, _ in COLUMNS])
def test_nothing_is_written_under_a_key_that_was_taken_away(filled: Office, table: str, column: str, at: int) -> None:
    with psycopg.connect(as_superuser(filled.database_url)) as connection:
        update, insert = written(connection, table, column)
        for statement in (update, insert):
            with pytest.raises(psycopg.errors.CheckViolation, match="taken away"):
                connection.execute(statement.format(value=changed(column, at, RETIRED)))
            connection.rollback()
        # The same under another key is what a rotation does, and is let through.
        changed_rows = connection.execute(update.format(value=changed(column, at, OTHER))).rowcount
    assert changed_rows > 0


def written(connection: psycopg.Connection, table: str, column: str) -> tuple[sql.SQL, sql.SQL]:
    """Return SQL that changes the column of every row to ``{value}``, and that writes every row once more with it."""
    listed = connection.execute(
        "select column_name from information_schema.columns where table_name = %s and is_generated = 'NEVER'", [table]
    )
    columns = ", ".join(name for (name,) in listed)
    sealed = OF_INDEX.get((table, column))
    along = "" if sealed is None else f", {sealed} = {changed(sealed, SEALED_AT, OTHER).as_string(connection)}"
    update = f"update {table} t set {column} = {{value}}{along} where t.{column} is not null"
    row = f"(jsonb_populate_record(t, jsonb_build_object('{column}', {{value}}))).*"
    insert = (
        f"insert into {table} ({columns}) overriding system value select {columns} from "
        f"(select {row} from {table} t where t.{column} is not null) again"
    )
    return sql.SQL(update), sql.SQL(insert)


def test_the_guard_of_the_application_cannot_be_blinded(filled: Office) -> None:
    """A temporary table of the same name is not what the guard looks into."""
    with application_connection(filled) as connection:
        connection.execute("create temporary table retired_data_key (key_id bytea)")
        value = changed("offered_sealed", SEALED_AT, RETIRED)
        with pytest.raises(psycopg.errors.CheckViolation, match="taken away"):
            connection.execute(sql.SQL("update staff_totp t set offered_sealed = {}").format(value))
        connection.rollback()
