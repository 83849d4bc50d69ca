"""Closed cases that have been closed for long: what time would do, done by the database's superuser."""

from __future__ import annotations

import uuid

import psycopg

from caseflow.services.recusals import Recuse
from tests.attack.roles import as_superuser
from tests.office import Office


def age(office: Office, case_id: int, years: int = 40) -> None:
    """Let a case have been closed ``years`` earlier."""
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update cases set closed_on = closed_on - make_interval(years => %s) where id = %s", (years, case_id)
        )
        connection.execute(
            "update clock set due_on = due_on - make_interval(years => %s), trigger_on = trigger_on - "
            "make_interval(years => %s) where case_id = %s",
            (years, years, case_id),
        )


def approved_run(office: Office, *case_ids: int) -> int:
    """Prepare a run as the supervisor (none: all that is due) and approve it as the auditor; return it."""
    retention = office.application.retention
    run = retention.prepare(office.actors["supervisor"], str(uuid.uuid4()), case_ids)
    return retention.approve(office.actors["auditor"], run.id).id


def old_case(office: Office) -> int:
    """Return a case that was closed long ago."""
    case_id = office.walk("fee_double_levy_refunded", until="close_case")
    age(office, case_id)
    return case_id


def number_of(office: Office, case_id: int) -> str:
    """Return the number of a case."""
    return office.application.pages.show(office.actors["auditor"], case_id).header.number


def recuse(office: Office, login: str, case_id: int) -> None:
    """Record that somebody takes no part in a case."""
    asked = Recuse(case_id, office.actors[login].id, "relation", "A cousin of the party")
    office.application.recusals.recuse(office.actors["supervisor"], asked)
