"""Runs of retention: who is recused from a case has no hand in one with it, and the background carries them out."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.domain.access import Actor
from caseflow.services.duties import DutiesRefused
from caseflow.services.erasing import RetentionRefused
from tests.attack.roles import as_superuser
from tests.kept import approved_run, number_of, old_case, recuse
from tests.office import Office


def test_who_is_recused_from_a_case_proposes_no_run_with_it(office: Office) -> None:
    supervisor, retention = office.actors["supervisor"], office.application.retention
    free, barred = old_case(office), old_case(office)
    recuse(office, "supervisor", barred)
    for asked in ([barred], [free, barred], []):
        for attempt in (retention.check, lambda actor, ids: retention.prepare(actor, str(uuid.uuid4()), ids)):
            with pytest.raises(RetentionRefused, match=f"recused from {number_of(office, barred)}"):
                attempt(supervisor, asked)
    assert retention.runs(supervisor) == []
    assert retention.due_page(supervisor).recused == {barred}
    assert retention.prepare(supervisor, "run", [free]).case_count == 1
    with pytest.raises(DutiesRefused, match="recused"):
        retention.hold(supervisor, barred, "A suit.")
    hold = retention.hold(office.actors["auditor"], barred, "A suit.")
    with pytest.raises(DutiesRefused, match="recused"):
        retention.end_hold(supervisor, hold, "It was withdrawn.")


@pytest.mark.parametrize("act", ["approve", "carry_out", "ask_on"])
def test_who_is_recused_from_a_case_neither_approves_nor_carries_out_a_run_with_it(office: Office, act: str) -> None:
    auditor, retention = office.actors["auditor"], office.application.retention
    case_id = old_case(office)
    run = retention.prepare(office.actors["supervisor"], "run", [case_id])
    if act != "approve":
        retention.approve(office.actors["approver2"], run.id)
    recuse(office, "auditor", case_id)
    attempt: Callable[[Actor, int], Any] = getattr(retention, act)
    with pytest.raises(RetentionRefused, match=f"recused from {number_of(office, case_id)}"):
        attempt(auditor, run.id)
    shown = retention.show(auditor, run.id)
    assert (shown.run.done_count, shown.run.approved_by is None) == (0, act == "approve")
    attempt(office.actors["approver2"], run.id)


def test_the_background_erases_what_was_asked_for_and_tells_what_is_kept(office: Office) -> None:
    auditor, retention = office.actors["auditor"], office.application.retention
    cases = [old_case(office) for _ in range(3)]
    run_id = approved_run(office)
    assert retention.erasing.carry_on(60) == 0, "nobody asked"
    retention.hold(auditor, cases[1], "A suit.")
    assert retention.ask_on(auditor, run_id).is_busy
    assert retention.erasing.carry_on(60, stop=lambda: True) == 0
    assert retention.show(auditor, run_id).run.is_busy
    assert retention.erasing.carry_on(60) == 2
    page = retention.show(auditor, run_id)
    assert (page.run.is_busy, page.run.done_count, page.kept, page.waiting) == (False, 2, {"hold": 1}, 0)
    assert [one.obstacle for one in page.cases] == [None, "hold", None]
    assert retention.erasing.carry_on(60) == 0
    [hold] = retention.holds(auditor)
    retention.end_hold(auditor, hold.id, "It was withdrawn.")
    assert retention.show(auditor, run_id).waiting == 1
    assert retention.erasing.carry_on(60) == 0, "what was released is erased when somebody asks for it"
    retention.ask_on(office.actors["approver"], run_id)
    assert retention.erasing.carry_on(60) == 1
    with psycopg.connect(office.database_url) as connection:
        told = connection.execute("select actor_id from audit_event where action = 'case_pseudonymised'").fetchall()
        assert sorted(row[0] for row in told) == sorted([auditor.id, auditor.id, office.actors["approver"].id])


def test_a_run_is_let_be_where_who_asked_may_not_any_more(office: Office) -> None:
    retention = office.application.retention
    old_case(office)
    run_id = approved_run(office)
    retention.ask_on(office.actors["auditor"], run_id)
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from staff_role where staff_id = %s", [office.actors["auditor"].id])
    assert retention.erasing.carry_on(60) == 0
    page = retention.show(office.actors["approver"], run_id)
    assert (page.run.is_busy, page.waiting) == (False, 1)


def test_the_worker_takes_up_what_a_page_asked_for(office: Office) -> None:
    old_case(office)
    run_id = approved_run(office)
    home = Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"
    given = {"CASEFLOW_HOME": str(home), "CASEFLOW_DATABASE_URL": office.database_url, "CASEFLOW_SECRET_KEYS": "k" * 48}
    worker = bootstrap.build_retention_work(read_settings(given), office.application.store)
    assert worker.carry_on(60) == 0
    office.application.retention.ask_on(office.actors["auditor"], run_id)
    assert worker.carry_on(60) == 1
    assert worker.carry_on(60) == 0
    assert not office.application.retention.show(office.actors["auditor"], run_id).run.is_busy


def test_one_process_at_a_time_carries_a_run_out(office: Office) -> None:
    retention = office.application.retention
    old_case(office)
    run_id = approved_run(office)
    retention.ask_on(office.actors["auditor"], run_id)
    with office.application.store.begin() as work:
        assert work.retention.take_turn(run_id, wait=True)
        assert retention.erasing.carry_on(60) == 0
    assert retention.erasing.carry_on(60) == 1


def test_who_prepared_a_run_has_nobody_carry_it_out(office: Office) -> None:
    retention = office.application.retention
    old_case(office)
    run = retention.prepare(office.actors["supervisor"], "run")
    with pytest.raises(RetentionRefused, match="Another person approves"):
        retention.ask_on(office.actors["auditor"], run.id)
    assert not retention.show(office.actors["auditor"], run.id).run.is_busy
