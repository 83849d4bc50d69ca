"""The office's own days on a real database: deadlines follow, in every process, and no step loses its change to it."""

from __future__ import annotations

import time
import uuid
from contextlib import closing
from dataclasses import replace
from datetime import date
from threading import Event, Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import event

from caseflow import bootstrap
from caseflow.domain.access import NotPermitted
from caseflow.services import rulebook as rulebooks
from caseflow.services.calendar_days import DayChanged, DayRefused
from caseflow.services.cases import KeyReused
from caseflow.services.ladder_reckoning import LadderReckoning
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.ports import OfficeDay
from tests.integration.test_ladders import DECIDE, clock, named
from tests.integration.test_sweep import filed, reminded, rows
from tests.office import Office

# The decision of a case filed on 2026-03-02 is due on Monday 1 June, rolled from Sunday 31 May.
DUE, NEXT = date(2026, 6, 1), date(2026, 6, 2)
CLOSED = OfficeDay(DUE, working=False, title_en="Flood", title_zh="洪灾停工")


def change(office: Office, put: OfficeDay = CLOSED, key: str | None = None) -> DayChanged:
    days = office.application.reminding.calendar_days
    return days.change(office.actors["administrator"], put, idempotency_key=key or str(uuid.uuid4()))


def remove(office: Office, day: date = DUE) -> DayChanged:
    days = office.application.reminding.calendar_days
    return days.remove(office.actors["administrator"], day, idempotency_key=str(uuid.uuid4()))


def due(office: Office) -> list[Any]:
    return [row[0] for row in rows(office, "select due_on from clock where rule_id = %(r)s order by id", r=DECIDE)]


def test_a_plan_says_what_would_move_and_writes_nothing(office: Office) -> None:
    filed(office)
    before = rows(office, "select id, record, rungs from clock order by id")
    plan = office.application.reminding.calendar_days.plan(office.actors["administrator"], DUE, CLOSED)
    assert (plan.deadlines, plan.cases, plan.whole) == (1, 1, True)
    assert [(one.rule_id, one.old, one.new) for one in plan.first] == [(DECIDE, DUE, NEXT)]
    assert rows(office, "select id, record, rungs from clock order by id") == before
    assert rows(office, "select count(*) from calendar_day") == [(0,)]


def test_a_day_off_moves_what_ends_on_it_and_its_removal_moves_it_back(office: Office) -> None:
    filed(office)
    office.time.day = date(2026, 5, 25)
    office.application.reminding.reminders.sweep(office.time.day)
    done = change(office)
    assert (done.reckoned.moved, done.reckoned.cases_moved, done.pending) == (1, 1, False)
    # The ladder of the new end: its warnings of today and later, and everything after it.
    assert clock(office, DECIDE)[:3] == ("open", NEXT, date(2026, 5, 26))
    hangs = rows(office, "select next_due_on from cases where next_clock = %(r)s", r=DECIDE)
    assert hangs == [(NEXT,)]
    office.application.reminding.reminders.sweep(date(2026, 5, 26))
    assert remove(office).reckoned.moved == 1
    assert due(office) == [DUE]
    office.application.reminding.reminders.sweep(date(2026, 5, 27))
    given = rows(office, "select due_on, rung from reminder where rule_id = %(r)s order by id", r=DECIDE)
    assert given == [(DUE, "-7d"), (NEXT, "-7d")]


def test_the_owner_is_told_once_a_case_and_the_record_says_what_moved(office: Office) -> None:
    case_id = filed(office)
    change(office)
    OutboxDelivery(office.application.store).drain()
    told = rows(
        office,
        "select s.login, i.case_id, i.params->'moves' from inbox i join staff s on s.id = i.staff_id "
        "where i.kind = 'deadline_moved'",
    )
    assert told == [("officer", case_id, [{"rule": DECIDE, "old": "2026-06-01", "new": "2026-06-02"}])]
    said = dict(rows(office, "select action, body from audit_event where action ~ '(day_set|recounted)$'"))
    assert said["calendar_day_set"]["moves"] == {"deadlines": 1, "cases": 1, "whole": True, "rules": {DECIDE: 1}}
    assert [one["new"] for one in said["deadlines_recounted"]["moved"]] == ["2026-06-02"]


def test_a_repeated_request_changes_nothing_and_another_one_with_its_key_is_refused(office: Office) -> None:
    filed(office)
    change(office, key="once")
    assert change(office, key="once").repeated
    assert rows(office, "select count(*) from audit_event where action = 'calendar_day_set'") == [(1,)]
    with pytest.raises(KeyReused):
        change(office, OfficeDay(NEXT, working=False, title_en="Flood", title_zh="洪灾停工"), key="once")


@pytest.mark.parametrize(
    ("put", "field"),
    [
        (OfficeDay(date(2003, 1, 1), working=False, title_en="a", title_zh="b"), "day"),
        (OfficeDay(date(2060, 1, 1), working=False, title_en="a", title_zh="b"), "day"),
        (OfficeDay(DUE, working=True, title_en="a", title_zh="b"), "working"),
        (OfficeDay(date(2026, 5, 31), working=False, title_en="a", title_zh="b"), "working"),
        (OfficeDay(DUE, working=False, title_en="", title_zh="b"), "title_en"),
        (OfficeDay(DUE, working=False, title_en="a", title_zh="b" * 101), "title_zh"),
    ],
)
def test_what_is_no_change_or_has_no_name_is_refused(office: Office, put: OfficeDay, field: str) -> None:
    with pytest.raises(DayRefused) as refused:
        change(office, put)
    assert refused.value.field == field
    with pytest.raises(DayRefused):
        remove(office)
    with pytest.raises(NotPermitted):
        office.application.reminding.calendar_days.plan(office.actors["supervisor"], DUE, CLOSED)


def test_an_ended_limit_never_moves_and_one_that_is_past_only_by_the_roll(office: Office) -> None:
    ended = office.walk("two_illegal_paid", until="serve_decision")
    office.time.day = date(2026, 3, 2)
    filed(office)
    office.time.day = date(2026, 6, 10)
    office.application.reminding.reminders.sweep(office.time.day)
    of_ended = "select id, due_on, record from clock where case_id = %(id)s and status <> 'open' order by id"
    before = rows(office, of_ended, id=ended)
    # A day within the 90 that is not the last one changes nothing; the last one does, though it is past.
    change(office, OfficeDay(date(2026, 5, 20), working=False, title_en="Move", title_zh="搬迁"))
    assert due(office)[-1] == DUE
    change(office)
    assert due(office)[-1] == NEXT
    assert rows(office, "select ran_out_on, escalated_to from clock where due_on = %(d)s", d=NEXT) == [(None, None)]
    assert rows(office, of_ended, id=ended) == before
    office.application.reminding.reminders.sweep(office.time.day)
    of_next = [row for row in rows(office, "select due_on, rung from reminder") if row[0] == NEXT]
    assert sorted(rung for _due, rung in of_next) == ["+1w", "+5w", "0d", "ran_out"]


def test_a_right_that_had_ended_and_runs_again_gets_its_turn_back(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="serve_hearing_right")
    standing = "select waiting_for, next_clock, next_due_on from cases where id = %(id)s"
    party, rule_id, last = rows(office, standing, id=case_id)[0]
    assert (party, rule_id) == ("party", "cn.apl.hearing_request")
    calendar = office.application.rulebook.calendar
    over = calendar.add_working_days(last, 1)
    office.time.day = over
    office.application.reminding.reminders.sweep(over)
    assert rows(office, standing, id=case_id)[0][0] == "office"
    change(office, OfficeDay(last, working=False, title_en="Flood", title_zh="洪灾停工"))
    assert rows(office, standing, id=case_id) == [("party", rule_id, over)]


def test_another_process_follows(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rulebooks, "FRESH_SECONDS", 0.05)
    with closing(bootstrap.build_application(office.database_url, time=office.time)) as other:
        assert other.rulebook.calendar.is_working(DUE)
        change(office)
        time.sleep(0.1)
        assert not other.rulebook.calendar.is_working(DUE)
        remove(office)
        time.sleep(0.1)
        assert other.rulebook.calendar.is_working(DUE)


def test_what_a_process_reckons_under_the_old_calendar_is_reckoned_again(office: Office) -> None:
    with closing(bootstrap.build_application(office.database_url, time=office.time)) as other:
        behind = Office(other, office.time, office.actors, office.database_url)
        change(office)
        # The other process has not looked yet (it does every two seconds, or later when it is busy).
        other.rulebook._asked_at = float("inf")
        filed(behind)
        assert due(office) == [DUE]
        assert rows(office, "select rungs from clock where rule_id = %(r)s", r=DECIDE) == [(None,)]
        office.application.reminding.calendar_days.reckoning.round()
        assert due(office) == [NEXT]


def test_a_step_that_read_the_case_before_the_change_is_judged_anew(office: Office) -> None:
    case_id = filed(office)
    with closing(bootstrap.build_application(office.database_url, time=office.time, pool_size=2)) as other:
        behind = Office(other, office.time, office.actors, office.database_url)
        read, go_on = Event(), Event()

        def pause(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if "from staff" in statement and not read.is_set():
                read.set()
                go_on.wait(20)

        event.listen(other.engine, "before_cursor_execute", pause)
        step = Thread(target=named, args=(behind, case_id))
        step.start()
        assert read.wait(20)
        change(office)
        go_on.set()
        step.join(20)
    assert rows(office, "select state, version from cases") == [("investigating", 4)]
    assert due(office) == [NEXT]
    assert rows(office, "select next_due_on from cases") == [(NEXT,)]


def test_a_case_a_step_holds_is_left_to_the_next_round(office: Office) -> None:
    case_id = filed(office)
    with psycopg.connect(office.database_url) as holding:
        holding.execute("select from cases where id = %s for update", (case_id,))
        assert change(office).pending
        assert due(office) == [DUE]
    assert office.application.reminding.calendar_days.reckoning.round().moved == 1
    assert due(office) == [NEXT]


def copied(office: Office, case_id: int, count: int) -> None:
    """Write ``count`` more cases like this one, each with its first step and the clock that decides it."""
    listed = "select column_name from information_schema.columns where table_name = %s and column_name <> all(%s)"
    listed += " and is_generated = 'NEVER'"
    own = {"cases": ["id", "number", "number_zh", "idempotency_key", "version"],
           "step": ["id", "case_id", "idempotency_key"], "clock": ["id", "case_id"]}  # fmt: skip
    with psycopg.connect(office.database_url) as connection:
        names = {
            table: ", ".join(f"t.{name}" for (name,) in connection.execute(listed, (table, kept)))
            for table, kept in own.items()
        }
        into = {table: said.replace("t.", "") for table, said in names.items()}
        of_cases = f"from cases t, generate_series(1, {count}) n where t.id = {case_id}"
        of_copies = f"from cases c, {{}} t where c.number like 'N%' and t.case_id = {case_id}"
        connection.execute(
            f"insert into cases (number, number_zh, idempotency_key, version, {into['cases']}) "
            f"select 'N' || n, 'N' || n, 'N' || n, 1, {names['cases']} {of_cases}"
        )
        connection.execute(
            f"insert into step (case_id, idempotency_key, {into['step']}) "
            f"select c.id, 'N' || c.id, {names['step']} {of_copies.format('step')} and t.seq = 1"
        )
        connection.execute(
            f"insert into clock (case_id, {into['clock']}) "
            f"select c.id, {names['clock']} {of_copies.format('clock')} and t.rule_id = '{DECIDE}'"
        )
        connection.commit()


def test_two_thousand_deadlines_move_without_a_query_each(office: Office) -> None:
    copied(office, filed(office), 1999)
    asked: list[str] = []
    event.listen(office.application.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    started = time.monotonic()
    done = change(office)
    rest = office.application.reminding.calendar_days.reckoning.round()
    assert done.reckoned.moved + rest.moved == 2000
    assert len(asked) < 80
    assert time.monotonic() - started < 60
    assert set(due(office)) == {NEXT}
    assert rows(office, "select count(*) from outbox where kind = 'deadline_moved'") == [(2000,)]


def test_a_newly_published_year_settles_what_was_provisional(office: Office) -> None:
    filed(office)
    ours = office.application.reminding.calendar_days.reckoning
    ours.round()
    published = bootstrap.published_calendar()
    shorter = replace(published, last_published=date(2026, 4, 30))
    rules = rulebooks.Rulebook(
        bootstrap.shipped_law(), shorter, bootstrap.shipped_definitions(), bootstrap.shipped_chart()
    )
    provisional = "select provisional from clock where rule_id = %(r)s"
    LadderReckoning(office.application.store, rules, office.time).round()
    assert rows(office, provisional, r=DECIDE) == [(True,)]
    ours._noted = ""
    ours.round()
    assert rows(office, provisional, r=DECIDE) == [(False,)]
    assert reminded(office, DECIDE) == []
