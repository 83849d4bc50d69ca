"""The sweep on a real database: each rung takes effect once, whoever sweeps, and the end of a limit has its effect."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.services.ladder_reckoning import LadderReckoning
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.reminders import Reminders
from tests.office import CHECKED, Office


def rows(office: Office, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(statement, parameters).fetchall()


def reminded(office: Office, rule_id: str) -> list[tuple[Any, ...]]:
    """Return the rungs of a rule that took effect: name, day, to whom."""
    return rows(
        office,
        "select rung, day, addressee from reminder where rule_id = %(rule)s order by day, id",
        rule=rule_id,
    )


def filed(office: Office) -> int:
    """Return a case filed on Monday 2026-03-02, whose decision is due on 31 May (a Sunday: 1 June)."""
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


def sweep_until(office: Office, last: date) -> None:
    while office.time.day <= last:
        office.application.reminding.reminders.sweep(office.time.day)
        office.time.day += timedelta(days=1)


def test_a_ladder_is_climbed_rung_by_rung_and_told_to_whom_it_is_for(office: Office) -> None:
    filed(office)
    sweep_until(office, date(2026, 6, 12))
    # 25 May is a Monday; the due date 1 June is a Monday, the day before it a rest day.
    assert reminded(office, "cn.apl.decision_90d") == [
        ("-7d", date(2026, 5, 25), "owner"),
        ("-1w", date(2026, 5, 29), "owner"),
        ("0d", date(2026, 6, 1), "owner"),
        ("ran_out", date(2026, 6, 2), "owner"),
        ("+1w", date(2026, 6, 2), "supervisor"),
        ("+5w", date(2026, 6, 8), "office_head"),
    ]
    OutboxDelivery(office.application.store).drain()
    told = rows(
        office,
        "select s.login, i.params->>'rung' from inbox i join staff s on s.id = i.staff_id "
        "where i.kind = 'reminder' and i.params->>'rule' = 'cn.apl.decision_90d' order by i.params->>'day', 2, 1",
    )
    # It is the supervisor's turn to name the officers; and nobody is named head of this office.
    both = [("officer", rung) for rung in ("-7d", "-1w", "0d", "ran_out")]
    both += [("supervisor", rung) for rung in ("-7d", "-1w", "0d", "ran_out", "+1w", "+5w")]
    assert sorted(told) == sorted(both)
    assert rows(office, "select ran_out_on, escalated_to, status from clock where rule_id = 'cn.apl.decision_90d'") == [
        (date(2026, 6, 2), "office_head", "open")
    ]


def test_a_sweep_after_a_long_sleep_takes_all_that_was_due_and_a_second_one_nothing(office: Office) -> None:
    filed(office)
    first = office.application.reminding.reminders.sweep(date(2026, 6, 12))
    assert (first.reminders, first.ran_out, first.escalations) == (6, 1, 2)
    assert office.application.reminding.reminders.sweep(date(2026, 6, 12)).clocks == 0
    events = rows(office, "select sum((body->>'reminders')::int) from audit_event where action = 'reminders_swept'")
    assert events == [(6,)]


def test_a_clock_that_jumps_ahead_and_back_gives_no_rung_twice_and_loses_none(office: Office) -> None:
    filed(office)
    jumping = [date(2026, 5, 25), date(2026, 7, 4), date(2026, 5, 23), date(2026, 5, 29), date(2026, 6, 30)]
    given = [office.application.reminding.reminders.sweep(day).reminders for day in jumping]
    assert given == [1, 5, 0, 0, 0]
    assert rows(office, "select count(*), count(distinct rung) from reminder") == [(6, 6)]
    # What the jump told too early has changed no law: the limit runs by its dates.
    assert rows(office, "select status, due_on from clock where rule_id = 'cn.apl.decision_90d'") == [
        ("open", date(2026, 6, 1))
    ]


def test_a_sweep_that_comes_after_the_fee_was_abolished_tells_nobody_to_collect_it(office: Office) -> None:
    office.walk("fee_court_2012_wound_down", until="serve_decision")
    waiting = "select count(*) from clock where status = 'open' and next_rung_on is not null"
    assert rows(office, waiting)[0][0] > 0
    assert office.application.reminding.reminders.sweep(date(2026, 3, 2)).reminders == 0
    assert rows(office, waiting) == [(0,)]
    assert rows(office, "select count(*) from outbox where kind = 'reminder'") == [(0,)]
    assert rows(office, "select count(*) from clock where ran_out_on is not null or escalated_to is not null") == [(0,)]


def test_many_sweeps_at_once_let_each_rung_take_effect_once(office: Office) -> None:
    for _ in range(30):
        filed(office)
    with ThreadPoolExecutor(6) as pool, closing(bootstrap.build_application(office.database_url, pool_size=6)) as other:
        sweeps = [Reminders(other.store, other.time, batch_size=5) for _ in range(6)]
        reports = list(pool.map(lambda one: one.sweep(date(2026, 6, 12)), sweeps))
    office.application.reminding.reminders.sweep(date(2026, 6, 12))
    assert sum(report.reminders for report in reports) <= 180
    assert rows(office, "select count(*), count(distinct (clock_id, due_on, rung)) from reminder") == [(180, 180)]
    assert rows(office, "select count(*), count(distinct key) from outbox where kind = 'reminder'") == [(180, 180)]


def test_a_decided_case_reminds_nobody_any_more(office: Office) -> None:
    office.walk("two_illegal_paid", until="serve_decision")
    rungs = rows(office, "select status, next_rung_on from clock where rule_id = 'cn.apl.decision_90d'")
    assert rungs == [("met", None)]


def test_a_right_that_has_ended_passes_the_turn_to_the_office(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="serve_hearing_right")
    waiting = rows(office, "select waiting_for, next_clock, next_due_on from cases where id = %(id)s", id=case_id)
    assert waiting[0][:2] == ("party", "cn.apl.hearing_request")
    over = waiting[0][2] + timedelta(days=1)
    assert office.application.reminding.reminders.sweep(waiting[0][2]).ran_out == 0
    assert office.application.reminding.reminders.sweep(over).ran_out == 1
    now = rows(office, "select waiting_for, next_clock, next_due_on > %(day)s from cases", day=over)
    assert now == [("office", "cn.apl.decision_90d", True)]


def test_a_case_somebody_holds_keeps_its_turn_for_a_later_round(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="serve_hearing_right")
    due_on = rows(office, "select next_due_on from cases where id = %(id)s", id=case_id)[0][0]
    over = due_on + timedelta(days=1)
    with psycopg.connect(office.database_url) as holding:
        holding.execute("select 1 from cases where id = %s for no key update", (case_id,))
        assert office.application.reminding.reminders.sweep(over).ran_out == 0
        holding.rollback()
        # What every new row that names a case holds does not stand in the way.
        holding.execute("select 1 from cases where id = %s for key share", (case_id,))
        assert office.application.reminding.reminders.sweep(over).ran_out == 1
    assert rows(office, "select waiting_for, next_clock from cases") == [("office", "cn.apl.decision_90d")]


def test_a_clock_the_database_refuses_holds_up_no_other_and_is_reckoned_anew(office: Office) -> None:
    cases = [filed(office) for _ in range(5)]
    with psycopg.connect(office.database_url) as connection:
        bent = (
            "update clock set next_rung_on = '2026-05-01', rungs = jsonb_set(rungs, '{0,on}', '\"2030-01-01\"') "
            "where case_id = %s"
        )
        connection.execute(bent, (cases[2],))
    report = office.application.reminding.reminders.sweep(date(2026, 5, 26))
    assert report.reminders == 4
    assert rows(office, "select case_id from clock where rungs is null") == [(cases[2],)]
    reckoning = LadderReckoning(office.application.store, office.application.rulebook, office.time)
    office.time.day = date(2026, 5, 25)
    reckoning.round()
    assert office.application.reminding.reminders.sweep(date(2026, 5, 26)).reminders == 1


def test_a_head_who_has_left_is_stood_in_for_by_the_supervisors(office: Office) -> None:
    filed(office)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update office set head_id = %s", (office.actors["approver"].id,))
        connection.execute("update staff set active = false where login = 'approver'")
    office.application.reminding.reminders.sweep(date(2026, 6, 12))
    OutboxDelivery(office.application.store).drain()
    told = rows(
        office,
        "select s.login from inbox i join staff s on s.id = i.staff_id "
        "where i.kind = 'reminder' and i.params->>'to' = 'office_head'",
    )
    assert told == [("supervisor",)]


def test_the_office_date_is_the_databases_and_moves_with_a_training_database(office: Office) -> None:
    with office.application.store.begin() as work:
        real = work.reminders.business_date()
    assert abs((real - office.time.real_today()).days) <= 1


@pytest.mark.parametrize("attack", ["update reminder set day = day", "delete from reminder", "truncate reminder"])
def test_a_reminder_once_given_is_not_changed(office: Office, attack: str) -> None:
    filed(office)
    office.application.reminding.reminders.sweep(date(2026, 6, 12))
    with psycopg.connect(office.database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(attack)
