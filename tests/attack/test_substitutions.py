"""Plain SQL against substitutes, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from caseflow.config import DATABASE_ROLES
from caseflow.services.substitutes import Arrange
from tests.attack.roles import application_connection, refused, role_connection
from tests.office import Office

FIRST, LAST = date(2026, 3, 2), date(2026, 3, 9)
REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)
INSERT = (
    "insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, idempotency_key) "
    "select {office}, a.id, s.id, date '{first}', date '{last}', '{reason}', m.id, 'other' "
    "from staff a, staff s, staff m where a.login = '{away}' and s.login = '{substitute}' and m.login = 'administrator'"
)
SOUND = {
    "office": "a.office_id",
    "first": "2026-03-20",
    "last": "2026-03-21",
    "reason": "leave",
    "away": "approver",
    "substitute": "reviewer",
}


@pytest.fixture
def arranged(office: Office) -> Office:
    people = office.actors
    request = Arrange(people["approver"].id, people["reviewer"].id, FIRST, LAST, "leave", "key")
    office.application.substitutes.arrange(people["administrator"], request)
    return office


@pytest.fixture
def application(arranged: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with application_connection(arranged) as connection:
        yield connection
        connection.rollback()


def test_an_arrangement_is_ended_once_and_otherwise_stays_as_it_is(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    for change in (
        "until_on = until_on + 300", "from_on = from_on - 1", "substitute_id = away_id", "away_id = substitute_id",
        "reason = 'x'", "made_by = away_id", "idempotency_key = 'x'", "office_id = office_id",
    ):  # fmt: skip
        refused(application, f"update substitution set {change}")
    refused(application, "delete from substitution")
    refused(application, "truncate substitution")
    refused(application, "update substitution set ended_on = from_on")
    application.execute("update substitution set ended_on = from_on + 1, ended_by = made_by")
    for change in ("ended_on = null, ended_by = null", "ended_on = ended_on + 3", "ended_by = away_id"):
        with pytest.raises(REFUSED), application.transaction():
            application.execute(f"update substitution set {change}".encode())


def test_even_the_owner_of_the_tables_neither_lengthens_nor_deletes(arranged: Office) -> None:
    with psycopg.connect(arranged.database_url) as owner:
        refused(owner, "update substitution set until_on = until_on + 1")
        refused(owner, "delete from substitution")


def test_what_is_no_arrangement_is_not_kept(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    for wrong in (
        {"substitute": "approver"},
        {"substitute": "administrator"},
        {"away": "administrator"},
        {"office": "a.office_id + 1"},
        {"last": "2026-03-19"},
        {"last": "2027-04-20"},
        {"reason": ""},
        # Two at a time for one person, a substitute who is away, somebody away who is to stand in.
        {"first": "2026-03-09", "substitute": "officer"},
        {"first": "2026-02-01", "substitute": "officer"},
        {"first": "2026-03-09", "away": "liaison", "substitute": "approver"},
        {"first": "2026-03-09", "away": "reviewer", "substitute": "officer"},
    ):
        refused(application, INSERT.format(**{**SOUND, **wrong}))
    application.execute(INSERT.format(**SOUND).encode())


def test_an_arrangement_that_was_ended_stands_in_nobodys_way(application: psycopg.Connection[tuple[Any, ...]]) -> None:
    again = INSERT.format(**{**SOUND, "first": "2026-03-05", "substitute": "officer"}).encode()
    application.execute("update substitution set ended_on = date '2026-03-05', ended_by = made_by")
    application.execute(again)


def test_two_connections_at_once_do_not_overlap(arranged: Office) -> None:
    with application_connection(arranged) as one, application_connection(arranged) as two:
        one.execute(INSERT.format(**SOUND).encode())
        two.execute("set lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            two.execute(INSERT.format(**{**SOUND, "substitute": "officer"}).encode())
        two.rollback()
        one.commit()
        refused(two, INSERT.format(**{**SOUND, "substitute": "officer"}).replace("'other'", "'third'"))


def test_a_lent_role_passes_no_guard_of_the_database(arranged: Office) -> None:
    """The guards look into ``staff_role``, where nothing lent ever stands."""
    with application_connection(arranged) as connection:
        held = connection.execute(
            "select r.role from staff_role r join staff s on s.id = r.staff_id where s.login = 'reviewer'"
        ).fetchall()
        lent = connection.execute(
            "select staff_has_role(s.id, s.office_id, 'approver') from staff s where s.login = 'reviewer'"
        ).fetchall()
    assert (held, lent) == ([("reviewer",)], [(False,)])


@pytest.mark.parametrize("role", sorted(DATABASE_ROLES))
def test_nobody_but_the_application_arranges(arranged: Office, role: str) -> None:
    if role == "caseflow_application":
        return
    with role_connection(arranged, role) as connection:
        refused(connection, INSERT.format(**SOUND))
        refused(connection, "update substitution set ended_on = from_on, ended_by = made_by")
