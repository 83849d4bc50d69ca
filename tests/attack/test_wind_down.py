"""Plain SQL against runs of a wind-down, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.attack.roles import application_connection
from tests.office import Office
from tests.wind_downs import approved, at_stage, desk, prepared

REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)
Connection = psycopg.Connection[tuple[Any, ...]]
BY = "(select id from staff where login = '{}')"
NEW_RUN = (
    "insert into wind_down_run (office_id, regime, day, classes, case_count, prepared_by, key{more}) "
    "select office_id, regime, day, classes, {count}, {by}, 'new'{values} from wind_down_run order by id limit 1"
)


@pytest.fixture
def application(office: Office) -> Iterator[Connection]:
    """Two runs: the first done but for one case that waits, the second prepared by the supervisor."""
    done, part = at_stage(office, "undecided"), at_stage(office, "part")
    run = approved(office, done, part)
    desk(office).go_on(office.actors["supervisor"], run.id, most=1)
    prepared(office, at_stage(office, "undecided"))
    with application_connection(office) as connection:
        yield connection
        connection.rollback()


def deciding(login: str, status: str = "approved", rest: str = "") -> str:
    return (
        f"update wind_down_run set status = '{status}', decided_by = {BY.format(login)}, "
        f"decided_at = clock_timestamp(), go_on_at = clock_timestamp() {rest} where status = 'prepared'"
    )


def ended(position: str, outcome: str, more: str = "") -> str:
    return (
        f"update wind_down_run_case set outcome = '{outcome}', tried_at = clock_timestamp() {more} "
        f"where run_id = (select min(id) from wind_down_run) and position = {position}"
    )


ATTACKS = (
    # Nobody approves what they prepared, and only an approver of the office approves at all.
    deciding("supervisor"),
    deciding("officer"),
    deciding("approver", rest=", prepared_by = decided_by"),
    deciding("approver", "refused"),
    "update wind_down_run set status = 'approved' where status = 'prepared'",
    NEW_RUN.format(more="", values="", count=1, by=BY.format("approver")),
    NEW_RUN.format(more="", values="", count=0, by=BY.format("officer")),
    NEW_RUN.format(more=", status", values=", 'approved'", count=1, by=BY.format("officer")),
    NEW_RUN.format(more=", finance_paper_no", values=", 'X'", count=1, by=BY.format("officer")),
    # What was decided stays.
    "update wind_down_run set status = 'prepared', decided_by = null, decided_at = null, go_on_at = null",
    "update wind_down_run set finance_paper_no = 'another' where status = 'approved'",
    f"update wind_down_run set decided_by = {BY.format('approver2')} where status = 'approved'",
    "update wind_down_run set go_on_at = go_on_at - interval '1 day' where status = 'approved'",
    "update wind_down_run set reason = 'another'",
    "update wind_down_run set day = day - 1",
    "update wind_down_run set case_count = 9",
    "delete from wind_down_run",
    "truncate wind_down_run, wind_down_run_case",
    "delete from wind_down_run_case",
    # No case comes onto the list of a run that was decided on, or of another regime, or done already.
    (
        "insert into wind_down_run_case (run_id, position, case_id, class, stage) "
        "select min(run_id), 2, max(case_id), 'stands', 'paid' from wind_down_run_case"
    ),
    (
        "insert into wind_down_run_case (run_id, position, case_id, class, stage) "
        "select max(run_id), 2, min(case_id), 'stands', 'paid' from wind_down_run_case"
    ),
    # Nobody says that a case is done before the run is approved, or without its step, or twice.
    (
        "update wind_down_run_case set outcome = 'refused', tried_at = clock_timestamp() "
        "where run_id = (select max(id) from wind_down_run)"
    ),
    ended("2", "done"),
    ended("2", "done", ", steps = 1, seq = 9999"),
    ended("2", "done", ", steps = 1"),
    ended("1", "refused"),
    ended("1", "done", ", words_en = 'not so'"),
    "update wind_down_run_case set outcome = 'waiting', tried_at = null",
    "update wind_down_run_case set class = 'stands'",
    "update wind_down_run_case set case_id = case_id",
)


def test_runs_are_held_by_the_database(application: Connection) -> None:
    for attack in ATTACKS:
        try:
            application.execute(attack.encode())
        except REFUSED:
            application.rollback()
        else:
            pytest.fail(f"let through: {attack}")


def test_who_took_the_money_does_not_carry_the_case_on(application: Connection, office: Office) -> None:
    cashier = BY.format("cashier")
    with psycopg.connect(office.database_url, autocommit=True) as owner:
        owner.execute(f"insert into staff_role (staff_id, role) values ({cashier}, 'supervisor')".encode())
    application.execute(NEW_RUN.format(more="", values="", count=1, by=cashier).encode() + b" returning id")
    application.execute(
        b"insert into wind_down_run_case (run_id, position, case_id, class, stage) "
        b"select (select max(id) from wind_down_run), 1, case_id, class, stage from wind_down_run_case "
        b"where run_id = (select min(id) from wind_down_run) and position = 2"
    )
    application.execute(
        deciding("approver", rest="and key = 'new'").replace("and key = 'new' where", "where key = 'new' and").encode()
    )
    done = (
        "update wind_down_run_case set outcome = 'done', steps = 1, seq = 1, tried_at = clock_timestamp() "
        "where run_id = (select max(id) from wind_down_run)"
    )
    with pytest.raises(psycopg.IntegrityError, match="took the money"):
        application.execute(done.encode())
    application.rollback()


def test_what_is_lawful_is_let_through(application: Connection) -> None:
    assert application.execute(deciding("approver").encode()).rowcount == 1
    assert application.execute(ended("2", "waiting_for_court").encode()).rowcount == 1
    assert application.execute(ended("2", "done", ", steps = 1, seq = 1").encode()).rowcount == 1
