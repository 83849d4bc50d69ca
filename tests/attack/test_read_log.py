"""The read log by plain SQL, as the application's own role: nobody changes it, none of it is made up."""

from __future__ import annotations

import pytest

from tests.attack.roles import application_connection, refused
from tests.casebook import Paper, write_receipts
from tests.office import Office

ROW = (
    "insert into read_log (actor_id, office_id, day, case_id, what, purpose, at) "
    "values ({actor}, {office}, '2026-03-02', {case}, 'x', '{purpose}', '2001-01-01') "
    "returning at > now() - interval '1 minute'"
)


def test_a_row_is_dated_by_the_server_and_stays(office: Office) -> None:
    case_id, actor = office.open(), office.actors["officer"]
    with application_connection(office) as connection:
        row = ROW.format(actor=actor.id, office=actor.office_id, case=case_id, purpose="task")
        assert connection.execute(row.encode()).fetchone() == (True,)
        connection.commit()
        for attack in (
            "update read_log set purpose = 'list'",
            "delete from read_log",
            "truncate read_log",
            "update read_purpose set reason = 'something else'",
            "delete from read_alarm",
            "delete from read_approval",
            ROW.format(actor=actor.id, office=actor.office_id, case="null", purpose="task"),
            ROW.format(actor=actor.id, office=actor.office_id, case=case_id, purpose="reason"),
            ROW.format(actor="null", office=actor.office_id, case=case_id, purpose="task"),
            ROW.format(actor=actor.id, office=actor.office_id, case=case_id, purpose="curiosity"),
        ):
            refused(connection, attack)


def test_a_case_of_another_office_is_no_row_of_this_one(office: Office) -> None:
    case_id, actor = office.open(), office.actors["officer"]
    with application_connection(office) as connection:
        connection.execute("insert into office (code, title_en, title_zh) values ('X', 'X', 'X')")
        [other] = connection.execute("select id from office where code = 'X'").fetchone() or (0,)
        connection.commit()
        refused(connection, ROW.format(actor=actor.id, office=other, case=case_id, purpose="task"))


def test_a_row_is_about_one_thing_of_its_own_office(office: Office) -> None:
    write_receipts(office, [Paper(1, office.time.day, 100)])
    case_id, actor = office.open(), office.actors["auditor"]
    columns = "(actor_id, office_id, day, what, purpose, case_id, bank_line_id, receipt_lot_id, receipt_no)"
    row = f"insert into read_log {columns} select {actor.id}, {{office}}, '2026-03-02', 'x', '{{purpose}}', {{about}}"
    receipt = "null, null, lot_id, no from receipt"
    with application_connection(office) as connection:
        connection.execute(row.format(office=actor.office_id, purpose="list", about=receipt).encode())
        connection.execute("insert into office (code, title_en, title_zh) values ('X', 'X', 'X')")
        [other] = connection.execute("select id from office where code = 'X'").fetchone() or (0,)
        connection.commit()
        for about in (
            f"{case_id}, null, lot_id, no from receipt",
            "null, null, lot_id, null from receipt",
            "null, null, null, no from receipt",
            "null, null, null, null",
            "null, 424242, null, null",
        ):
            refused(connection, row.format(office=actor.office_id, purpose="list", about=about))
        refused(connection, row.format(office=other, purpose="list", about=receipt))
        refused(connection, row.format(office=actor.office_id, purpose="search", about=receipt))


@pytest.mark.parametrize("decider", ["officer", "reviewer"])
def test_only_a_supervisor_who_did_not_ask_decides(office: Office, decider: str) -> None:
    asked_by, supervisor = office.actors["officer"], office.actors["supervisor"]
    ask = (
        "insert into read_approval (office_id, allowance, what, cases, reason, day, asked_by, idempotency_key) values "
        f"({asked_by.office_id}, 'export', 'desk.export', 600, 'For the meeting', '2026-03-02', {asked_by.id}, 'k')"
    )
    decide = "update read_approval set approved = true, decided_at = now(), decided_by = "
    with application_connection(office) as connection:
        connection.execute(ask.encode())
        connection.commit()
        refused(connection, f"{decide} {office.actors[decider].id}")
        refused(connection, "update read_approval set used_at = now()")
        refused(connection, "update read_approval set cases = 6000")
        connection.execute(f"{decide} {supervisor.id}".encode())
        connection.execute("update read_approval set used_at = now()")
        connection.commit()
        refused(connection, "update read_approval set used_at = null")
        refused(connection, "update read_approval set approved = false")
