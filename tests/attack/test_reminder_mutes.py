"""Mutes written past the use cases: by plain SQL, as the application's own role, they silence no escalation, no end."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from tests.attack.roles import application_connection
from tests.office import Office
from tests.reminded import filed, sweep

ADD = "insert into reminder_mute (staff_id, ladder, rung) values (%(staff)s, 'agency', %(rung)s)"
TOLD = (
    "select i.params->>'rung' from inbox i join staff s on s.id = i.staff_id "
    "where s.login = 'supervisor' and i.kind = 'reminder' order by 1"
)


def test_a_mute_of_an_escalation_has_no_effect(office: Office) -> None:
    filed(office)
    staff = office.actors["supervisor"].id
    with application_connection(office) as connection:
        for rung in ("-7d", "-1w", "0d", "+1w", "+5w"):
            connection.execute(ADD, {"staff": staff, "rung": rung})
    sweep(office)
    with psycopg.connect(office.database_url) as connection:
        told = {rung for (rung,) in connection.execute(TOLD).fetchall()}
    assert told == {"+1w", "+5w", "ran_out"}


def test_the_end_of_a_limit_cannot_be_muted_at_all(office: Office) -> None:
    with (
        application_connection(office) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="the_end_of_a_limit_is_heard"),
    ):
        connection.execute(ADD, {"staff": office.actors["officer"].id, "rung": "ran_out"})
    for attack in ("update reminder_mute set staff_id = 1", "truncate reminder_mute"):
        with application_connection(office) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(attack)


def test_a_mute_hushes_one_person_and_one_rung(office: Office) -> None:
    filed(office)
    office.application.reminding.mutes.mute(office.actors["supervisor"], "agency", "-7d")
    office.application.reminding.mutes.mute(office.actors["supervisor"], "agency", "-7d")
    sweep(office, date(2026, 5, 29))
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute(TOLD).fetchall() == [("-1w",)]
        actions = connection.execute("select action, body from audit_event where action like 'reminder_m%'").fetchall()
    assert actions == [("reminder_muted", {"ladder": "agency", "rung": "-7d"})]
