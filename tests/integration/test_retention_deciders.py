"""Who decides on a run of retention: one person once, and nobody whose proposer takes no part in a case of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.services.cases import KeyReused
from caseflow.services.erasing import RetentionRefused, RunDecided
from tests.kept import number_of, old_case, recuse
from tests.office import Office


def told(office: Office) -> dict[str, list[int]]:
    """Return by what was done who did it."""
    found: dict[str, list[int]] = {}
    with psycopg.connect(office.database_url) as connection:
        query = "select action, actor_id from audit_event where action like 'retention_%' or action like 'case_ps%'"
        for action, actor_id in connection.execute(query).fetchall():
            found.setdefault(action, []).append(actor_id)
    return found


def test_of_several_who_approve_at_once_one_does_and_the_others_are_told(office: Office) -> None:
    retention = office.application.retention
    run = retention.prepare(office.actors["supervisor"], "run", [old_case(office)])

    def approve(login: str) -> str | None:
        try:
            retention.approve(office.actors[login], run.id, begin=True)
        except RunDecided:
            return None
        return login

    with ThreadPoolExecutor(3) as pool:
        [first] = [one for one in pool.map(approve, ("auditor", "approver", "approver2")) if one is not None]
    winner = office.actors[first].id
    assert retention.erasing.carry_on(60) == 1
    again = retention.approve(office.actors[first], run.id, begin=True)
    assert again.approved_by == winner, "a button pressed twice"
    done = ("retention_approved", "retention_asked_for", "case_pseudonymised")
    assert [told(office)[one] for one in done] == [[winner], [winner], [winner]]


def test_a_run_is_not_approved_once_who_proposed_it_is_recused(office: Office) -> None:
    auditor, retention = office.actors["auditor"], office.application.retention
    case_id = old_case(office)
    run = retention.prepare(office.actors["supervisor"], "run", [case_id])
    recuse(office, "supervisor", case_id)
    number = number_of(office, case_id)
    with pytest.raises(RetentionRefused, match=f"proposed this run is recused from {number}"):
        retention.approve(auditor, run.id)
    assert "retention_approved" not in told(office)


@pytest.mark.parametrize("login", ["supervisor", "approver"])
def test_a_case_is_kept_once_who_proposed_or_approved_is_recused_from_it(office: Office, login: str) -> None:
    auditor, retention = office.actors["auditor"], office.application.retention
    barred, free = old_case(office), old_case(office)
    run = retention.prepare(office.actors["supervisor"], "run", [barred, free])
    retention.approve(office.actors["approver"], run.id)
    recuse(office, login, barred)
    carried = retention.carry_out(auditor, run.id)
    assert (carried.run.done_count, len(carried.kept)) == (1, 1)
    page = retention.show(auditor, run.id)
    assert [one.obstacle for one in page.cases] == ["recused", None]
    assert (page.kept, page.waiting) == ({"recused": 1}, 0)


@pytest.mark.parametrize("login", ["supervisor", "auditor"])
def test_a_proposed_run_is_withdrawn_or_refused_for_a_reason(office: Office, login: str) -> None:
    retention, actor = office.application.retention, office.actors[login]
    run = retention.prepare(office.actors["supervisor"], "run", [old_case(office)])
    with pytest.raises(RetentionRefused, match="Give the reason"):
        retention.end_run(actor, run.id, " ")
    with pytest.raises(NotPermitted):
        retention.end_run(office.actors["officer"], run.id, "No.")
    retention.end_run(actor, run.id, "The wrong case.")
    for late in (
        lambda: retention.end_run(actor, run.id, "Again."),
        lambda: retention.approve(office.actors["approver"], run.id),
    ):
        with pytest.raises(RunDecided, match="took the run off the list"):
            late()
    found = retention.show(actor, run.id).run
    assert (found.ended_by, found.end_reason, found.approved_by) == (actor.id, "The wrong case.", None)
    assert retention.due_page(actor).waiting == []
    assert told(office)["retention_withdrawn" if login == "supervisor" else "retention_refused"] == [actor.id]
    again = retention.prepare(office.actors["supervisor"], "another")
    retention.approve(office.actors["approver"], again.id)
    with pytest.raises(RunDecided, match="approved already"):
        retention.end_run(actor, again.id, "Too late.")


def test_a_key_proposes_one_run_and_no_other(office: Office) -> None:
    supervisor, retention = office.actors["supervisor"], office.application.retention
    first, second = old_case(office), old_case(office)
    run = retention.prepare(supervisor, "run", [first])
    assert retention.prepare(supervisor, "run", [first]).id == run.id
    for other in ([second], [first, second]):
        with pytest.raises(KeyReused):
            retention.prepare(supervisor, "run", other)
    assert len(told(office)["retention_prepared"]) == 1
