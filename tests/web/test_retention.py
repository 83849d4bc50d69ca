"""The pages of retention: what is over, holds, a run of two persons from its proposal to what came of it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg
import pytest

from caseflow.services.ports.retention import DueCase
from tests.attack.roles import as_superuser
from tests.kept import number_of, old_case, recuse
from tests.office import Office
from tests.site import Page, Site, Visitor
from tests.web.test_sign_in_steps import long_ago

PATHS = ("/retention", "/retention/holds", "/retention/runs")


def marked(visitor: Visitor, *case_ids: int) -> Page:
    """Propose a run with these cases marked."""
    form = visitor.get("/retention").form_to("/retention/runs/new")
    data = {**form.values, "case": [str(one) for one in case_ids], "act": "marked"}
    return Page(visitor.client.post("/retention/runs/new", data=data))


def proposed(visitor: Visitor, *case_ids: int) -> int:
    """Propose a run and confirm it; return the run."""
    form = marked(visitor, *case_ids).form_to("/retention/runs/new")
    data = {**form.values, "case": [str(one) for one in case_ids], "act": "confirm"}
    answer = visitor.client.post("/retention/runs/new", data=data)
    assert answer.status_code == 302
    return int(answer.location.rsplit("/", 1)[1])


def approved(visitor: Visitor, run_id: int) -> Page:
    path = f"/retention/runs/{run_id}/approve"
    answer = visitor.send(visitor.get(path).form_to(path), looked="yes")
    assert (answer.status_code, answer.location) == (302, f"/retention/runs/{run_id}")
    return visitor.get(answer.location)


@pytest.mark.parametrize("login", ["supervisor", "approver", "auditor"])
def test_the_desks_of_retention_are_led_to_it_and_empty_lists_say_what_appears(site: Site, login: str) -> None:
    visitor = site.sign_in(login)
    assert "/retention" in visitor.get("/law").links()
    for path, told in zip(
        PATHS, ("No case's time is over.", "No case is held.", "No run was proposed yet."), strict=True
    ):
        page = visitor.get(path)
        assert page.status == 200
        assert told in page.text
    assert ("Hold a case" in visitor.get("/retention/holds").text) is (login != "approver")
    assert visitor.get("/retention/runs/1").status == 404
    assert "/retention" not in site.sign_in("officer").get("/law").links()


def test_a_run_goes_from_its_proposal_to_what_came_of_it(site: Site) -> None:
    office = site.office
    first, second, held = (old_case(office) for _ in range(3))
    hold = office.application.retention.hold(office.actors["auditor"], held, "A suit is announced.")
    supervisor, auditor = site.sign_in("supervisor"), site.sign_in("auditor")
    page = supervisor.get("/retention")
    assert page.text.count("kept for 30 years, over for") == 3
    assert "it is under a legal hold" in page.text
    assert re.findall(r'name="case"\s+value="(\d+)"', page.html) == [str(first), str(second)]
    assert f"/retention/holds/{hold}/end" in page.links()
    assert "Harmony" not in page.html
    check = marked(supervisor, first, second)
    assert "Nothing yet. An approver or an auditor looks through the run" in check.text
    run_id = proposed(supervisor, first, second)
    told = supervisor.get(f"/retention/runs/{run_id}")
    assert "Waits for the approval of another person." in told.text
    assert f"/retention/runs/{run_id}" in auditor.get("/retention").links()
    confirm = auditor.get(f"/retention/runs/{run_id}/approve")
    for words in ("This cannot be undone.", "What is erased", "What stays", number_of(office, first), "for good"):
        assert words in confirm.text
    running = approved(auditor, run_id)
    assert "0 of 2 erased" in running.text
    assert running.by_id("progress").get("max") == "2"
    assert office.application.retention.erasing.carry_on(60) == 2
    over = auditor.get(f"/retention/runs/{run_id}")
    assert "carried out" in over.text
    assert re.search(r"Cases 2 .*Erased 2", over.text)
    assert number_of(office, held) in supervisor.get("/retention").text
    assert number_of(office, first) not in supervisor.get("/retention").text


def test_all_that_nothing_keeps_is_proposed_at_once(site: Site) -> None:
    cases = [old_case(site.office) for _ in range(2)]
    supervisor = site.sign_in("supervisor")
    form = supervisor.get("/retention").form_to("/retention/runs/new")
    check = supervisor.send_page(form, act="all")
    assert "Propose to erase what is personal of 2 cases" in check.text
    assert [one.get("value") for one in check.tree.iter("input") if one.get("name") == "case"] == [
        str(one) for one in cases
    ]
    refused = supervisor.send_page(form, act="marked")
    assert (refused.status, "Mark the cases of the run first." in refused.text) == (422, True)


def test_what_keeps_a_case_of_a_run_is_counted_and_what_is_left_goes_on(site: Site) -> None:
    office = site.office
    first, second = old_case(office), old_case(office)
    run_id = proposed(site.sign_in("supervisor"), first, second)
    auditor = site.sign_in("auditor")
    hold = office.application.retention.hold(office.actors["auditor"], second, "A suit is announced.")
    approved(auditor, run_id)
    office.application.retention.erasing.carry_on(60)
    page = auditor.get(f"/retention/runs/{run_id}")
    assert "some cases are not erased" in page.text
    assert re.search(r"Kept 1 1: it is under a legal hold", page.text)
    form = auditor.get(f"/retention/holds/{hold}/end").form_to(f"/retention/holds/{hold}/end")
    assert auditor.send(form, reason="The suit was withdrawn.").status_code == 302
    page = auditor.get(f"/retention/runs/{run_id}")
    assert "Erase the one that is left" in page.text
    assert "Erase the one" not in site.sign_in("supervisor").get(f"/retention/runs/{run_id}").text
    assert auditor.send(page.form_to(f"/retention/runs/{run_id}/go-on")).status_code == 302
    assert office.application.retention.erasing.carry_on(60) == 1
    assert "carried out" in auditor.get(f"/retention/runs/{run_id}").text


def test_the_approval_asks_for_a_look_and_for_proof_of_who_it_is(site: Site) -> None:
    run_id = proposed(site.sign_in("supervisor"), old_case(site.office))
    auditor, path = site.sign_in("auditor"), f"/retention/runs/{run_id}/approve"
    refused = auditor.send_page(auditor.get(path).form_to(path))
    assert (refused.status, "Say that you looked at the cases" in refused.text) == (422, True)
    long_ago(site)
    asked = auditor.send_page(auditor.get(path).form_to(path), looked="yes")
    assert (asked.status, "/confirm" in [one.action for one in asked.forms()]) == (403, True)
    assert "Waits for the approval" in auditor.get(f"/retention/runs/{run_id}").text


def test_who_is_recused_is_told_of_which_case_and_approves_nothing(site: Site) -> None:
    office = site.office
    barred, free = old_case(office), old_case(office)
    recuse(office, "auditor", barred)
    recuse(office, "supervisor", free)
    supervisor, auditor, number = site.sign_in("supervisor"), site.sign_in("auditor"), number_of(office, barred)
    assert "you are recused from it" in supervisor.get("/retention").text
    assert f"You are recused from {number_of(office, free)}" in marked(supervisor, free).text
    run_id = proposed(supervisor, barred)
    path = f"/retention/runs/{run_id}/approve"
    page = auditor.get(path)
    assert number in page.text
    assert path not in [form.action for form in page.forms()]
    sent = auditor.client.post(path, data={**page.forms()[0].values, "looked": "yes"})
    assert (sent.status_code, f"You are recused from {number}" in sent.get_data(as_text=True)) == (422, True)


def test_a_run_is_withdrawn_and_the_late_approver_is_told(site: Site) -> None:
    supervisor, auditor, approver = (site.sign_in(one) for one in ("supervisor", "auditor", "approver"))
    run_id = proposed(supervisor, old_case(site.office))
    path, end = f"/retention/runs/{run_id}/approve", f"/retention/runs/{run_id}/end"
    assert end in supervisor.get(f"/retention/runs/{run_id}").links()
    late, withdrawn = approver.get(path).form_to(path), auditor.get(end).form_to(end)
    assert "Refuse the run" in auditor.get(end).text
    assert supervisor.send_page(supervisor.get(end).form_to(end), reason="").status == 422
    assert supervisor.send(supervisor.get(end).form_to(end), reason="The wrong case.").status_code == 302
    page = auditor.get(f"/retention/runs/{run_id}")
    assert "Withdrawn by" in page.text
    assert "The wrong case." in page.text
    assert {path, end} & set(page.links()) == set()
    for visitor, form, typed in ((approver, late, {"looked": "yes"}), (auditor, withdrawn, {"reason": "No."})):
        told = visitor.send_page(form, **typed)
        assert (told.status, "took the run off the list" in told.text) == (409, True)
    again = proposed(supervisor, *(one.case_id for one in due(site)))
    path = f"/retention/runs/{again}/approve"
    late = approver.get(path).form_to(path)
    approved(auditor, again)
    told = approver.send_page(late, looked="yes")
    assert (told.status, "approved already, by" in told.text) == (409, True)


def due(site: Site) -> Sequence[DueCase]:
    return site.office.application.retention.due(site.office.actors["supervisor"])


def test_a_case_is_held_and_released_for_a_reason(site: Site) -> None:
    case_id = old_case(site.office)
    supervisor, number = site.sign_in("supervisor"), number_of(site.office, case_id)
    path = f"/retention/holds/new?number={number}"
    assert path in supervisor.get("/retention").links()
    form = supervisor.get(path).form_to("/retention/holds/new")
    assert form.values["number"] == number
    for typed, fault in (
        ({"reason": ""}, "Give the reason"),
        ({"reason": "A suit.", "number": "nothing"}, "no case with this number"),
    ):
        refused = supervisor.send_page(form, **typed)
        assert (refused.status, fault in refused.text) == (422, True)
    assert supervisor.send(form, reason="A suit is announced.").location == "/retention/holds"
    assert "The case is held already." in supervisor.send_page(form, reason="Again.").text
    page = supervisor.get("/retention/holds")
    assert "A suit is announced." in page.text
    end = next(link for link in page.links() if link.endswith("/end"))
    assert supervisor.send_page(supervisor.get(end).form_to(end), reason="").status == 422
    assert supervisor.send(supervisor.get(end).form_to(end), reason="It was withdrawn.").status_code == 302
    assert "No case is held." in supervisor.get("/retention/holds").text
    assert supervisor.get(end).status == 404


def test_the_pages_are_paged_and_ask_little(site: Site) -> None:
    office, cases = site.office, [old_case(site.office)]
    supervisor = site.sign_in("supervisor")
    run_id = proposed(supervisor, *cases)
    office.application.retention.hold(office.actors["auditor"], cases[0], "A suit.")
    few = {path: len(site.statements_of(supervisor, path)) for path in (*PATHS, f"/retention/runs/{run_id}")}
    assert max(few.values()) <= 12, few
    copy(office, cases[0], 60)
    page = supervisor.get("/retention")
    assert page.text.count("kept for 30 years") == 50
    [more] = [link for link in page.links() if "after=" in link]
    rest = supervisor.get(more)
    assert rest.text.count("kept for 30 years") == 11
    assert supervisor.get("/retention?after=nonsense").status == 200
    assert len(site.statements_of(supervisor, "/retention")) == few["/retention"]


def copy(office: Office, case_id: int, times: int) -> None:
    """Make ``times`` cases like a case."""
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        columns = ", ".join(
            row[0]
            for row in connection.execute(
                "select column_name from information_schema.columns where table_name = 'cases' "
                "and is_generated = 'NEVER' and column_name not in ('id', 'number', 'number_zh', 'idempotency_key')"
            ).fetchall()
        )
        statement = (
            f"insert into cases (number, number_zh, idempotency_key, {columns}) "
            f"select 'COPY-' || n, '副本' || n, 'copy' || n, {columns} "
            f"from cases, generate_series(1, {times}) n where id = {case_id}"
        )
        connection.execute(statement.encode())


def test_a_run_of_another_office_is_not_found(site: Site) -> None:
    visitor = site.sign_in("auditor")
    for path in ("/retention/runs/424242", "/retention/runs/424242/approve", "/retention/holds/424242/end"):
        assert visitor.get(path).status == 404
