"""The pages of grants: two persons let somebody in, who enrols; the administrator sees no case; recusal on the case."""

from __future__ import annotations

import re

import pytest

from tests.office import CHECKED
from tests.site import Page, Site, Visitor

PASSWORD = "seven tall ships went by"


def proposed(visitor: Visitor, login: str = "newcomer", **typed: str) -> Page:
    form = visitor.get("/staff/new").form_to("/staff/new")
    values = {
        "login": login,
        "name_en": "New Comer",
        "name_zh": "新来",
        "roles": "approver",
        "reason": "Joins us",
        **typed,
    }
    return Page(visitor.client.post(form.action, data={**form.values, **values, **typed}, follow_redirects=True))


def code_of(page: Page) -> str:
    found = re.search(r"[0-9A-Z]{5}(?:-[0-9A-Z]{5}){3}", page.html)
    assert found is not None
    return found[0]


def confirm(visitor: Visitor) -> Page:
    form = next(one for one in visitor.get("/grants").forms() if one.action.endswith("/confirm"))
    return visitor.send_page(form)


def test_two_persons_let_somebody_in_and_the_person_sets_a_password(site: Site) -> None:
    administrator, supervisor = site.sign_in("administrator"), site.sign_in("supervisor")
    assert "not let in before" in proposed(administrator).text
    assert not [one for one in administrator.get("/grants").forms() if one.action.endswith("/confirm")]
    code = code_of(confirm(supervisor))
    assert code not in supervisor.get("/grants").html
    newcomer = site.visitor()
    form = newcomer.get("/enrol").form_to("/enrol")
    wrong = newcomer.send_page(form, login="newcomer", code=code, password="short", again="other")
    assert wrong.status == 422
    assert code not in wrong.html
    assert newcomer.send(form, login="newcomer", code=code, password=PASSWORD, again=PASSWORD).status_code == 302
    entered = newcomer.get("/sign-in").form_to("/sign-in")
    assert newcomer.send(entered, login="newcomer", password=PASSWORD).status_code == 302
    assert newcomer.get("/papers/review").status == 200
    assert newcomer.client.get("/staff").status_code == 403
    fresh = newcomer.get("/enrol").form_to("/enrol")
    again = newcomer.send_page(fresh, login="newcomer", code=code, password=PASSWORD, again=PASSWORD)
    assert again.status == 422


def test_whoever_proposed_is_refused_with_the_reason_though_they_send_the_form(site: Site) -> None:
    administrator, supervisor = site.sign_in("administrator"), site.sign_in("supervisor")
    proposed(administrator)
    form = next(one for one in supervisor.get("/grants").forms() if one.action.endswith("/confirm"))
    own = next(one for one in administrator.get("/grants").forms() if one.action.endswith("/refuse"))
    own.action = form.action
    answer = administrator.send_page(own)
    assert answer.status == 403
    assert "who proposed a grant does not confirm it" in answer.text
    assert site.office.application.staff.with_login("newcomer") is None


def test_what_is_wrong_is_named_and_what_was_typed_is_kept(site: Site) -> None:
    page = proposed(site.sign_in("administrator"), login="officer", name_zh="")
    assert page.status == 422
    form = page.form_to("/staff/new")
    assert (form.values["login"], form.values["name_en"], form.values["reason"]) == ("officer", "New Comer", "Joins us")
    assert "Somebody has this login already" in page.text
    assert 'value="approver" checked' in " ".join(page.html.split())


def test_a_withdrawn_role_and_a_leaver_are_out_at_the_next_request(site: Site) -> None:
    administrator, reviewer = site.sign_in("administrator"), site.sign_in("reviewer")
    officer = site.sign_in("officer")
    reviewer_id, officer_id = (site.office.actors[one].id for one in ("reviewer", "officer"))
    assert reviewer.client.get("/papers/review").status_code == 200
    form = administrator.get(f"/staff/{reviewer_id}").form_to(f"/staff/{reviewer_id}/withdraw")
    assert administrator.send(form).status_code == 302
    assert reviewer.client.get("/papers/review").status_code == 403
    case_id = site.office.open()
    leaving = administrator.get(f"/staff/{officer_id}/leave").form_to(f"/staff/{officer_id}/leave")
    assert administrator.send_page(leaving, reason="").status == 422
    assert administrator.send(leaving, reason="Retired").status_code == 302
    assert officer.client.get("/desk").status_code == 302
    supervisor = site.sign_in("supervisor")
    assert f"/cases/{case_id}" in supervisor.get("/left-work").links()


@pytest.mark.parametrize("login", ["officer", "auditor", "payer", "liaison"])
def test_nobody_else_manages_access(site: Site, login: str) -> None:
    visitor = site.sign_in(login)
    for path in ("/staff", "/staff/new", "/staff/1", "/staff/1/leave", "/grants", "/left-work"):
        assert visitor.client.get(path).status_code == 403


def test_an_administrator_reads_no_case_by_any_address(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("administrator")
    rules = [rule for rule in site.app.url_map.iter_rules() if "<int:case_id>" in rule.rule]
    assert len(rules) > 10
    for rule in rules:
        # The feed of a case opens by the secret in its address alone, whoever asks.
        if "<secret>" in rule.rule:
            continue
        address = re.sub("<[^>]*>", "1", rule.rule.replace("<int:case_id>", str(case_id)))
        if address.startswith("/api/"):
            # No session opens it, only a token, and a token of this role reads no case either (test_api.py).
            assert visitor.client.get(address).status_code == 401, address
        elif "GET" in (rule.methods or ()):
            assert visitor.client.get(address).status_code == 403, address
        else:
            token = visitor.get("/staff/new").form_to("/staff/new").values["csrf_token"]
            assert visitor.client.post(address, data={"csrf_token": token}).status_code == 403, address


def test_a_supervisor_recuses_and_the_officer_is_told(site: Site) -> None:
    case_id = site.office.open()
    supervisor, officer = site.sign_in("supervisor"), site.sign_in("officer")
    address = f"/cases/{case_id}/recusals"
    assert not [one for one in officer.get(address).forms() if one.action == address]
    form = supervisor.get(address).form_to(address)
    refused = supervisor.send_page(form, reason="A cousin")
    assert refused.status == 422
    assert refused.form_to(address).values["reason"] == "A cousin"
    who = str(site.office.actors["officer"].id)
    assert supervisor.send(form, staff=who, ground="objection", reason="A cousin").status_code == 302
    page = officer.get(f"/cases/{case_id}")
    assert "You are recused" in page.text
    step = officer.client.get(f"/cases/{case_id}/steps/check_report")
    assert "recused" in step.get_data(as_text=True)
    site.office.advance(case_id, "check_report", CHECKED, actor="officer2")


def test_the_staff_page_says_which_step_has_too_few_people(site: Site) -> None:
    administrator = site.sign_in("administrator")
    assert "Too few people" not in administrator.get("/staff").text
    for login in ("approver", "approver2"):
        site.office.application.grants.leave(
            site.office.actors["administrator"], site.office.actors[login].id, "Retired"
        )
    page = administrator.get("/staff")
    assert "Too few people" in page.text
    assert "nobody of the office is approver" in page.text


@pytest.mark.parametrize("path", ["/staff", "/staff/new", "/grants", "/enrol"])
def test_the_pages_ask_few_statements(site: Site, path: str) -> None:
    visitor = site.sign_in("administrator")
    proposed(visitor)
    assert len(site.statements_of(visitor, path)) <= 12
