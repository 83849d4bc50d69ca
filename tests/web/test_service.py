"""The service page of a case, and forms that serve: each refusal stands at its field and keeps what was typed."""

from __future__ import annotations

from datetime import date

import pytest

from tests.integration.test_service import POST, SERVED, asked
from tests.site import Form, Site, Visitor


@pytest.fixture
def decided(site: Site) -> int:
    case_id = site.office.walk("two_illegal_paid", until="enter_confiscation")
    site.office.time.day = date(2024, 2, 23)
    return case_id


def attempt_form(visitor: Visitor, case_id: int) -> Form:
    path = f"/cases/{case_id}/service"
    return visitor.get(path).form_to(path)


TYPED = {"method": "direct", "result": "nobody_there", "hour": "23", "attempted_on": "2024-02-22", "note": "门锁着。"}


def test_an_attempt_is_recorded_and_shown_with_the_warning_of_the_night(site: Site, decided: int) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get(f"/cases/{decided}/service")
    assert "No attempt has failed." in page.text
    form = attempt_form(visitor, decided)
    assert form.values["document"] == "penalty_decision"
    assert form.values["attempted_by"] == str(site.office.actors["officer"].id)
    for _ in range(2):
        assert visitor.send(form, **TYPED).location == f"/cases/{decided}/service"
    page = visitor.get(f"/cases/{decided}/service")
    assert page.text.count("tried by Officer") == 1
    assert "at night or on a holiday" in page.text
    assert "23:00 Nobody was there" in page.text
    case = visitor.get(f"/cases/{decided}")
    assert "1 attempt failed" in case.text
    assert f"/cases/{decided}/service" in case.links()


def test_what_was_typed_is_kept_and_each_fault_stands_at_its_input(site: Site, decided: int) -> None:
    visitor = site.sign_in("officer")
    form = attempt_form(visitor, decided)
    page = visitor.send_page(form, **{**TYPED, "hour": "", "result": "", "attempted_on": "2025-01-01"})
    assert page.status == 422
    assert [link for link in page.links() if link.startswith("#") and link != "#main"] == [
        "#result", "#attempted_on", "#hour",
    ]  # fmt: skip
    kept = page.form_to(form.action).values
    assert (kept["method"], kept["note"], kept["key"]) == ("direct", "门锁着。", form.values["key"])
    assert visitor.send(form, **TYPED).status_code == 302
    again = visitor.send_page(form, **{**TYPED, "result": "moved"})
    assert again.status == 409
    assert "already sent" in again.text
    assert site.counts()["service_attempt"] == 1


def test_who_serves_nothing_reads_and_has_no_form(site: Site, decided: int) -> None:
    site.office.application.service.record(site.office.actors["officer"], asked(site.office, decided))
    for login in ("reviewer", "cashier", "liaison", "auditor", "supervisor"):
        page = site.sign_in(login).get(f"/cases/{decided}/service")
        assert "Nobody was there" in page.text
        assert f"/cases/{decided}/service" not in [form.action for form in page.forms()]
    form = attempt_form(site.sign_in("officer"), decided)
    liaison = site.sign_in("liaison")
    stolen = {**form.values, "csrf_token": liaison.get("/law").form_to("/sign-out").values["csrf_token"]}
    assert liaison.client.post(form.action, data={**stolen, **TYPED}).status_code == 403
    for login in ("administrator", "payer"):
        assert site.sign_in(login).client.get(f"/cases/{decided}/service").status_code == 403
    assert site.sign_in("officer").get("/cases/424242/service").status == 404


def test_a_step_that_serves_names_the_proof_that_its_method_lacks(site: Site, decided: int) -> None:
    visitor = site.sign_in("officer")
    path = f"/cases/{decided}/steps/serve_decision"
    page = visitor.get(path)
    assert "Which day counts, and what proves it" in page.text
    assert "the day on the postal receipt" in page.text
    typed = {f"answer-{name}": value for name, value in {**SERVED, **POST, "service_postal_no": ""}.items()}
    refused = visitor.send_page(page.form_to(path), **typed)
    assert refused.status == 422
    assert "#answer-service_postal_no" in refused.links()
    assert "needs the number of the postal receipt" in refused.text
    kept = refused.form_to(path)
    assert kept.values["answer-service_record_no"] == SERVED["service_record_no"]
    grave = visitor.send_page(kept, **{**typed, "answer-service_postal_no": "EMS1"})
    done = next(form for form in grave.forms() if form.action == path)
    assert visitor.send(done, act="confirm").status_code == 302
    page = visitor.get(f"/cases/{decided}/service")
    assert "By post with receipt" in page.text
    assert "received by: the reception of the entity" in page.text
    assert "From this day run:" in page.text
    assert "no paper waits to be served" not in page.text


def test_a_case_without_a_paper_to_serve_says_so(site: Site) -> None:
    case_id = site.office.open()
    page = site.sign_in("officer").get(f"/cases/{case_id}/service")
    assert "no paper waits to be served" in page.text
    assert f"/cases/{case_id}/service" not in [form.action for form in page.forms()]


def test_a_demand_served_on_a_holiday_carries_the_warning(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="enter_added_fine")
    office.time.day = date(2024, 1, 2)
    # New Year's Day.
    answers = {"demand_served_on": "2024-01-01", "service_method": "direct", "service_record_no": "1",
               "demanded_amount": "135,000"}  # fmt: skip
    office.advance(case_id, "serve_demand", answers)
    page = site.sign_in("liaison").get(f"/cases/{case_id}/service")
    assert "on a holiday" in page.text
    assert "is not forbidden; to enforce then is" in page.text
    assert "article 43" in page.text


def test_the_page_asks_few_questions_of_the_database(site: Site, decided: int) -> None:
    visitor = site.sign_in("officer")
    visitor.get(f"/cases/{decided}/service")
    assert len(site.statements_of(visitor, f"/cases/{decided}/service")) <= 16
