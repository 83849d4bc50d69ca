"""Runs of a wind-down on their pages: prepared, approved by another person, carried out, and gone on with."""

from __future__ import annotations

from contextlib import closing

import psycopg
import pytest

from caseflow import bootstrap
from tests.fee_cases import PAPER, fee_cases
from tests.site import Form, Page, Site, Visitor

NEW = "/wind-down/runs/new"
RELEASED = "/wind-down/released"
REASON = "《人口与计划生育法》2021年修正后征收依据已废止，未征收部分不再征收。"


@pytest.fixture
def cases(site: Site) -> dict[str, int]:
    return fee_cases(site.office, "undecided", "part")


def confirmed(visitor: Visitor, *case_ids: int, reason: str = REASON) -> Page:
    """Mark cases and come to the page that asks once more."""
    marked = "&".join(f"case={case_id}" for case_id in case_ids)
    form = visitor.get(f"{NEW}?{marked}").form_to(NEW)
    return sent(visitor, form, case_ids, act="check", reason=reason)


def sent(visitor: Visitor, form: Form, case_ids: tuple[int, ...], **typed: str) -> Page:
    """Send a form with its boxes, of which a page has many of one name."""
    return Page(visitor.client.post(form.action, data={**form.values, "case": list(case_ids), **typed}))


def prepared(site: Site, *case_ids: int, by: str = "officer") -> int:
    officer = site.sign_in(by)
    page = confirmed(officer, *case_ids)
    assert page.status == 200, page.text
    answer = sent(officer, page.form_to(NEW), case_ids, act="confirm")
    assert answer.status == 302
    return int(answer.response.location.rsplit("/", 1)[1])


def approved(site: Site, run_id: int, login: str = "approver") -> Page:
    visitor, decide = site.sign_in(login), f"/wind-down/runs/{run_id}/decide"
    asked = visitor.send_page(visitor.get(decide).form_to(decide), act="approve", finance_paper_no=PAPER)
    assert asked.status == 200, asked.text
    assert "Nothing of this can be taken back" in asked.text
    answer = visitor.send(asked.form_to(decide), act="confirm")
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return visitor.get(answer.location)


def work(site: Site, run_id: int) -> None:
    """Do what the background does."""
    site.office.application.winddown.go_on(site.office.actors["approver"], run_id)


def test_who_prepares_sees_what_it_does_before_anything_is_sent(site: Site, cases: dict[str, int]) -> None:
    officer = site.sign_in("officer")
    before = site.counts()
    page = confirmed(officer, cases["undecided"], cases["part"])
    assert page.status == 200
    assert "Ask for approval to release 2 people?" in page.text
    assert "What is not paid will never be collected" in page.text
    assert "No levy can be made any more" in page.text
    assert "35,000.00 yuan" in page.text, "what nobody will collect"
    assert "10,000.00 yuan" in page.text, "what stays"
    assert site.counts() == before
    back = sent(officer, page.form_to(NEW), (cases["undecided"], cases["part"]), act="back")
    assert REASON in back.text
    assert back.by_id(f"case-{cases['part']}") is not None


def test_what_cannot_be_is_told_at_its_field_and_what_was_typed_stays(site: Site, cases: dict[str, int]) -> None:
    officer = site.sign_in("officer")
    form = officer.get(f"{NEW}?case={cases['undecided']}").form_to(NEW)
    ids = (cases["undecided"],)
    page = sent(officer, form, ids, act="check", reason="Because.", day="2031-01-01")
    assert page.status == 422
    assert page.by_id("day").get("aria-invalid") == "true"
    assert "Because." in page.text
    nobody = sent(officer, form, (), act="check", reason=REASON)
    assert nobody.status == 422
    assert "Nothing was recorded yet" in nobody.text
    assert officer.client.post(NEW, data={"act": "check"}).status_code == 400, "no token"
    assert officer.client.post(NEW, data={**form.values, "key": "!"}).status_code == 400


def test_a_run_waits_for_another_person_who_is_told(site: Site, cases: dict[str, int]) -> None:
    run_id = prepared(site, cases["undecided"], cases["part"])
    page = site.sign_in("officer").get(f"/wind-down/runs/{run_id}")
    assert "Waits for the approval of another person" in page.text
    assert "waits for approval" in page.text
    assert [form for form in page.forms() if "go-on" in form.action] == []
    deliver(site)
    approver = site.sign_in("approver")
    inbox = approver.get("/inbox")
    assert "waits for your approval" in inbox.text
    assert f"/wind-down/runs/{run_id}" in inbox.links()
    decide = approver.get(f"/wind-down/runs/{run_id}/decide")
    for said in ("Decide on run", "2 people", REASON, "Officer", "Some of the cases", "secondary", "35,000.00 yuan"):
        assert said in decide.text, said


def deliver(site: Site) -> None:
    """Carry what the transactions left in the outbox to the inboxes."""
    delivery = bootstrap.build_delivery(site.office.database_url)
    with closing(delivery):
        delivery.drain()


def test_approval_needs_the_finance_paper_and_is_asked_once_more(site: Site, cases: dict[str, int]) -> None:
    run_id = prepared(site, cases["undecided"], cases["part"])
    approver, decide = site.sign_in("approver"), f"/wind-down/runs/{run_id}/decide"
    form = approver.get(decide).form_to(decide)
    without = approver.send_page(form, act="approve")
    assert without.status == 422
    assert without.by_id("finance_paper_no").get("aria-invalid") == "true"
    asked = approver.send_page(form, act="approve", finance_paper_no=PAPER)
    assert "Release 2 people?" in asked.text
    assert "waits for approval" in approver.get(f"/wind-down/runs/{run_id}").text
    page = approved(site, run_id)
    assert "The run is approved and begins." in page.text
    assert PAPER in page.text
    again = approver.send_page(asked.form_to(decide), act="confirm")
    assert again.status in (302, 422)


def test_the_run_tells_what_came_of_each_case_and_goes_on(site: Site) -> None:
    cases = fee_cases(site.office, "undecided", "listed")
    run_id = prepared(site, *cases.values(), by="supervisor")
    address = f"/wind-down/runs/{run_id}"
    approved(site, run_id)
    officer = site.sign_in("officer")
    assert "See how far it is now" in officer.get(address).text
    work(site, run_id)
    page = officer.get(address)
    assert "2 of 2 tried" in page.text
    assert "waits for the court" in page.text
    court = officer.get(f"{address}?show=court")
    assert f"/cases/{cases['listed']}" in court.links()
    assert f"/cases/{cases['undecided']}" not in court.links()
    assert "No case of the run is so." in officer.get(f"{address}?show=refused").text
    answer = officer.send(page.form_to(f"{address}/go-on"))
    assert answer.status_code == 302
    assert "taken up again" in officer.get(address).text
    assert "Balance" not in site.sign_in("reviewer").get(address).text


def test_whoever_prepared_it_cannot_approve_it_and_is_told_why(site: Site, cases: dict[str, int]) -> None:
    run_id = prepared(site, cases["undecided"])
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("insert into staff_role select id, 'approver' from staff where login = 'officer'")
        connection.commit()
    both, decide = site.sign_in("officer"), f"/wind-down/runs/{run_id}/decide"
    page = both.get(decide)
    assert "You prepared this run." in page.text
    assert [form for form in page.forms() if form.action == decide] == []
    assert "somebody else must decide" in both.get(f"/wind-down/runs/{run_id}").text
    token = page.form_to("/sign-out").values
    for act in ("confirm", "refuse"):
        data = {**token, "act": act, "finance_paper_no": PAPER, "refusal_reason": "No."}
        answer = both.client.post(decide, data=data)
        assert answer.status_code == 422
    assert "waits for approval" in both.get(f"/wind-down/runs/{run_id}").text


def test_a_refusal_has_a_reason_and_leaves_every_case_as_it_was(site: Site, cases: dict[str, int]) -> None:
    run_id = prepared(site, cases["undecided"])
    approver, decide = site.sign_in("approver"), f"/wind-down/runs/{run_id}/decide"
    form = approver.get(decide).form_to(decide)
    without = approver.send_page(form, act="refuse")
    assert without.status == 422
    assert without.by_id("refusal_reason").get("aria-invalid") == "true"
    answer = approver.send(form, act="refuse", refusal_reason="One person is missing from the list.")
    assert answer.status_code == 302
    page = site.sign_in("officer").get(f"/wind-down/runs/{run_id}")
    assert "One person is missing from the list." in page.text
    assert "Nothing happened to any case." in page.text
    assert "Report received" in page.text
    assert "not approved" in site.sign_in("auditor").get("/wind-down/runs").text


@pytest.mark.parametrize(
    ("login", "reads", "prepares", "approves"),
    [
        ("officer", True, True, False), ("supervisor", True, True, False), ("approver", True, False, True),
        ("reviewer", True, False, False), ("liaison", True, False, False), ("auditor", True, False, False),
        ("cashier", False, False, False), ("payer", False, False, False), ("administrator", False, False, False),
    ],
)  # fmt: skip
def test_each_desk_reaches_what_it_may(site: Site, login: str, *, reads: bool, prepares: bool, approves: bool) -> None:
    visitor = site.sign_in(login)
    for path in (
        "/wind-down",
        "/wind-down.csv",
        "/wind-down/runs",
        "/wind-down/released",
        "/wind-down/released/money.svg",
    ):
        assert (visitor.client.get(path).status_code == 200) is reads, path
    assert ("/wind-down" in visitor.get("/law").links()) is reads
    assert (visitor.client.get(NEW).status_code == 200) is prepares
    assert visitor.client.get("/wind-down/runs/1/decide").status_code == (404 if approves else 403)
    token = visitor.get("/law").form_to("/sign-out").values
    assert visitor.client.post(NEW, data={**token, "key": "k"}).status_code == (422 if prepares else 403)
    assert visitor.client.post("/wind-down/runs/1/decide", data=token).status_code == (404 if approves else 403)
    goes_on = 404 if prepares or approves else 403
    assert visitor.client.post("/wind-down/runs/1/go-on", data=token).status_code == goes_on


def test_a_run_of_another_office_is_not_found(site: Site, cases: dict[str, int]) -> None:
    run_id = prepared(site, cases["undecided"])
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("insert into office (code, title_en, title_zh) values ('OTHER', 'Other', '他县')")
        connection.execute(
            "update staff set office_id = (select id from office where code = 'OTHER') "
            "where login in ('approver2', 'supervisor')"
        )
        connection.commit()
    foreign = site.sign_in("approver2")
    address = f"/wind-down/runs/{run_id}"
    assert foreign.get(address).status == 404
    assert foreign.get(f"{address}/decide").status == 404
    token = foreign.get("/law").form_to("/sign-out").values
    assert foreign.client.post(f"{address}/decide", data={**token, "act": "confirm"}).status_code == 404
    assert foreign.client.post(f"{address}/go-on", data=token).status_code == 404
    assert address not in foreign.get("/wind-down/runs").links()
    supervisor = site.sign_in("supervisor")
    assert "nobody waits to be released" in supervisor.get(f"{NEW}?case={cases['undecided']}").text
    token = supervisor.get("/law").form_to("/sign-out").values
    given = {**token, "key": "k", "case": str(cases["part"]), "act": "confirm", "day": "2021-11-01"}
    assert supervisor.client.post(NEW, data=given).status_code == 422, "a case of another office is nobody's to mark"


def test_who_prepares_is_warned_of_steps_that_neither_of_the_two_may_take(site: Site) -> None:
    cases = fee_cases(site.office, "undecided", "listed")
    told = "are for the court liaison or supervisor"
    assert told in confirmed(site.sign_in("officer"), cases["listed"], cases["undecided"]).text
    assert told not in confirmed(site.sign_in("officer"), cases["undecided"]).text
    assert told not in confirmed(site.sign_in("supervisor"), cases["listed"]).text
