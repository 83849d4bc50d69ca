"""A case whose limit is over, swept and told: what reminders, inboxes and escalations are tested on."""

from __future__ import annotations

from datetime import date

import psycopg

from caseflow.services.outbox_delivery import OutboxDelivery
from tests.office import CHECKED, Office

# The decision on the case is due on 1 June 2026; by 12 June every rung of its ladder has taken effect.
LONG_OVER = date(2026, 6, 12)
RULE = "cn.apl.decision_90d"


def filed(office: Office) -> int:
    """Return a case filed on 2 March 2026."""
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


def sweep(office: Office, day: date = LONG_OVER) -> None:
    """Let everything due on ``day`` take effect and reach the inboxes."""
    office.time.day = day
    office.application.reminding.reminders.sweep(day)
    OutboxDelivery(office.application.store).drain()


def execute(office: Office, statement: str, **parameters: object) -> None:
    """Run one statement as the tests' own hand in the database."""
    with psycopg.connect(office.database_url) as connection:
        connection.execute(statement, parameters)
        connection.commit()


def name_head(office: Office, login: str) -> None:
    """Name the head of the office."""
    execute(office, "update office set head_id = %(id)s", id=office.actors[login].id)
