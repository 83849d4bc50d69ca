"""Ladders on a real database: a clock that is tolled, resumed, met or moved has the ladder of its new due date."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from caseflow import bootstrap
from caseflow.domain.law import LawBook
from caseflow.domain.words import Words
from caseflow.domain.workflow import ClockStart, Toll
from caseflow.services.ladder_reckoning import LadderReckoning
from caseflow.services.rulebook import Rulebook
from tests.integration.test_sweep import filed, reminded, rows
from tests.office import Office

DECIDE, SUE, COURT = "cn.apl.decision_90d", "cn.all.sue_direct", "cn.acl.court_application"


def book(law: LawBook | None = None) -> Rulebook:
    """Return the shipped rules with a workflow whose first steps toll and resume what decides the case."""
    definitions = dict(bootstrap.shipped_definitions())
    plain = definitions["two_illegal"]
    steps = dict(plain.steps)
    begin = (ClockStart(SUE, None, None), ClockStart(COURT, None, SUE))
    tolls = (Toll(DECIDE, Words("held", "中止")), Toll(SUE, Words("held", "中止")))
    steps["name_officers"] = replace(steps["name_officers"], starts=begin, tolls=(tolls[0],))
    steps["inspect"] = replace(steps["inspect"], tolls=(tolls[1],))
    steps["question"] = replace(steps["question"], resumes=(DECIDE, SUE))
    definitions["two_illegal"] = replace(plain, steps=steps)
    return Rulebook(
        law or bootstrap.shipped_law(), bootstrap.published_calendar(), definitions, bootstrap.shipped_chart()
    )


@pytest.fixture
def tolling(office: Office) -> Iterator[Office]:
    """Return the office with the workflow of :func:`book`."""
    application = bootstrap.build_application(office.database_url, time=office.time, rulebook=book())
    yield Office(application, office.time, office.actors, office.database_url)
    application.close()


def clock(office: Office, rule_id: str) -> tuple[Any, ...]:
    """Return status, due date, the day of the next rung and the names of the rungs of a rule's newest clock."""
    return rows(
        office,
        "select status, due_on, next_rung_on, array(select r->>'name' from jsonb_array_elements(rungs) r) from clock "
        "where rule_id = %(rule)s order by id desc limit 1",
        rule=rule_id,
    )[0]


def named(office: Office, case_id: int) -> None:
    who = {"first_officer": str(office.actors["officer"].id), "second_officer": str(office.actors["officer2"].id)}
    cards = {"first_card_no": "1", "second_card_no": "2"}
    office.advance(case_id, "name_officers", who | cards, actor="supervisor")


def inspected(office: Office, case_id: int) -> None:
    answers = {"inspected_on": office.time.day.isoformat(), "rights_told": "on", "inspection_findings": "As found."}
    office.advance(case_id, "inspect", answers)


def questioned(office: Office, case_id: int) -> None:
    answers = {"questioned_on": office.time.day.isoformat(), "questioned_as": "subject", "rights_told": "on"}
    office.advance(case_id, "question", answers)


def reckoning(office: Office, rules: Rulebook | None = None) -> LadderReckoning:
    application = office.application
    return LadderReckoning(application.store, rules or application.rulebook, application.time)


def test_a_tolled_clock_reminds_nobody_and_a_resumed_one_has_the_ladder_of_its_new_end(tolling: Office) -> None:
    case_id = filed(tolling)
    tolling.application.reminding.reminders.sweep(date(2026, 5, 25))
    assert reminded(tolling, DECIDE) == [("-7d", date(2026, 5, 25), "owner")]
    tolling.time.day = date(2026, 5, 26)
    named(tolling, case_id)
    assert clock(tolling, DECIDE) == ("tolled", date(2026, 6, 1), None, [])
    tolling.application.reminding.reminders.sweep(date(2026, 6, 20))
    assert len(reminded(tolling, DECIDE)) == 1
    tolling.time.day = date(2026, 6, 15)
    inspected(tolling, case_id)
    questioned(tolling, case_id)
    # Twenty days stood still: 31 May, the last day before its roll, becomes 20 June, a Saturday.
    status, due_on, next_on, names = clock(tolling, DECIDE)
    assert (status, due_on, next_on) == ("open", date(2026, 6, 22), date(2026, 6, 15))
    assert set(names) == {"-7d", "-1w", "0d", "ran_out", "+1w", "+5w"}
    tolling.application.reminding.reminders.sweep(date(2026, 7, 10))
    given = rows(
        tolling,
        "select due_on, count(*) from reminder where rule_id = %(rule)s group by due_on order by due_on",
        rule=DECIDE,
    )
    assert given == [(date(2026, 6, 1), 1), (date(2026, 6, 22), 6)]
    assert rows(tolling, "select ran_out_on, escalated_to from clock where rule_id = %(rule)s", rule=DECIDE) == [
        (date(2026, 6, 23), "office_head")
    ]


def test_a_limit_that_begins_at_the_end_of_another_takes_its_ladder_along(tolling: Office) -> None:
    case_id = filed(tolling)
    named(tolling, case_id)
    before = clock(tolling, COURT)
    inspected(tolling, case_id)
    assert clock(tolling, SUE)[0] == "tolled"
    tolling.time.day = date(2026, 4, 1)
    questioned(tolling, case_id)
    sue, court = clock(tolling, SUE), clock(tolling, COURT)
    assert court[1] > before[1]
    assert court[2] > before[2]
    row = rows(
        tolling, "select trigger_on, record->'reckoning'->>'trigger_on' from clock where rule_id = %(r)s", r=COURT
    )
    assert row == [(sue[1], sue[1].isoformat())]


def test_ladders_that_are_missing_are_reckoned_in_batches_with_one_probe_when_idle(office: Office) -> None:
    for _ in range(3):
        filed(office)
    running = "select id, rungs, next_rung_on, due_on from clock where status = 'open' order by id"
    whole = rows(office, running)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update clock set rungs = null, next_rung_on = null")
        connection.commit()
    ours = reckoning(office)
    ours.batch_size = 2
    assert ours.reckon().clocks == 2
    assert ours.round().clocks == len(whole) - 2
    assert rows(office, running) == whole
    asked: list[str] = []
    event.listen(office.application.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    assert ours.round().clocks == 0
    assert len(asked) == 1


def test_a_changed_ladder_file_reaches_running_clocks_and_repeats_nothing(office: Office) -> None:
    filed(office)
    office.time.day = date(2026, 5, 25)
    office.application.reminding.reminders.sweep(office.time.day)
    assert reckoning(office).round().clocks == 0
    law = bootstrap.shipped_law()
    agency = law.ladders["agency"]
    first = replace(agency.rungs[0], offset_days=-3)
    ladders = {**law.ladders, "agency": replace(agency, rungs=(agency.rungs[0], first, *agency.rungs[1:]))}
    changed = reckoning(office, book(replace(law, ladders=ladders, digest="another")))
    assert changed.round().clocks > 0
    assert changed.round().clocks == 0
    assert "-3d" in clock(office, DECIDE)[3]
    office.application.reminding.reminders.sweep(date(2026, 5, 29))
    assert {row[0] for row in reminded(office, DECIDE)} == {"-7d", "-3d", "-1w"}
    assert len(reminded(office, DECIDE)) == 3


def test_a_rung_that_was_due_before_the_ladder_was_reckoned_anew_is_not_lost(office: Office) -> None:
    filed(office)
    with psycopg.connect(office.database_url) as connection:
        # Marked, and then nobody came for two days.
        connection.execute("update clock set rungs = null")
        connection.commit()
    assert office.application.reminding.reminders.sweep(date(2026, 5, 27)).clocks == 0
    office.time.day = date(2026, 5, 27)
    reckoning(office).round()
    office.application.reminding.reminders.sweep(office.time.day)
    assert reminded(office, DECIDE) == [("-7d", date(2026, 5, 25), "owner")]


def test_a_case_whose_law_is_gone_does_not_hold_up_the_others(office: Office) -> None:
    filed(office)
    filed(office)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update clock set rungs = null")
        connection.execute("update clock set rule_id = 'gone', record = jsonb_set(record, '{rule_id}', '\"gone\"') "
                           "where id = (select min(id) from clock where status = 'open')")  # fmt: skip
        connection.commit()
    report = reckoning(office).round()
    assert report.refused == 1
    assert rows(office, "select count(*) from clock where rungs is null and status in ('open', 'tolled')") == [(0,)]
    said = rows(
        office, "select jsonb_array_length(body->'refused') from audit_event where action = 'deadlines_recounted'"
    )
    assert said == [(1,)]
