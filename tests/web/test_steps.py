"""Opening cases and taking steps through forms: what was typed survives every refusal."""

from __future__ import annotations

import re

import pytest

from tests.office import CHECKED, OPENING
from tests.site import Form, Site, Visitor


def answers(given: dict[str, str]) -> dict[str, str]:
    return {f"answer-{name}": value for name, value in given.items()}


def step_form(visitor: Visitor, case_id: int, step: str) -> Form:
    path = f"/cases/{case_id}/steps/{step}"
    return visitor.get(path).form_to(path)


def new_case_form(visitor: Visitor) -> Form:
    return visitor.get("/cases/new/two_illegal").form_to("/cases/new/two_illegal")


def party(site: Site) -> dict[str, str]:
    second = str(site.office.actors["officer2"].id)
    return {"party_kind": "institution", "party_name": "和谐诊所", "second_officer_id": second}


def at_police_referral(site: Site) -> int:
    """Return a case whose next step, the approver's, is grave."""
    office = site.office
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    office.advance(case_id, "name_officers", {"first_card_no": "1", "second_card_no": "2"}, actor="supervisor")
    asked = {"suspected_offence": "非法行医", "referral_reported_on": "2026-03-02"}
    office.advance(case_id, "propose_police_referral", asked)
    return case_id


def test_a_case_is_opened_once_however_often_the_button_is_pressed(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = new_case_form(visitor)
    first = visitor.send(form, **party(site), **answers(OPENING))
    again = visitor.send(form, **party(site), **answers(OPENING))
    assert first.status_code == again.status_code == 302
    assert first.location == again.location
    assert site.counts()["cases"] == 1
    page = visitor.get(first.location)
    assert "和谐诊所" in page.text
    assert "The case is open." in page.text


def test_the_same_form_sent_with_other_answers_is_not_taken_for_the_first(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = new_case_form(visitor)
    visitor.send(form, **party(site), **answers(OPENING))
    page = visitor.send_page(form, **{**party(site), "party_name": "别的诊所"}, **answers(OPENING))
    assert page.status == 409
    assert "already sent" in page.text
    assert site.counts()["cases"] == 1


def test_a_refused_new_case_keeps_all_that_was_typed_and_names_each_field(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = new_case_form(visitor)
    typed = {**party(site), "party_name": " ", "party_contact": "门口 1", "opened_on": "2026-12-31"}
    page = visitor.send_page(form, **typed, **answers({**OPENING, "act_date": "2026-99-99", "source": ""}))
    assert page.status == 422
    kept = page.form_to("/cases/new/two_illegal")
    assert kept.values["key"] == form.values["key"]
    for name, value in {**typed, **answers({**OPENING, "act_date": "2026-99-99"})}.items():
        if name != "answer-source":
            assert kept.values[name] == value, name
    summary = [link for link in page.links() if link.startswith("#") and link != "#main"]
    assert summary == ["#party_name", "#opened_on", "#answer-act_date", "#answer-source"]
    for wrong in ("party_name", "opened_on", "answer-act_date", "answer-source"):
        assert f"#{wrong}" in page.links()
        assert page.by_id(wrong) is not None
        assert page.by_id(f"{wrong}-fault-1") is not None
    assert page.by_id("answer-act_date").get("aria-invalid") == "true"
    assert "answer-act_date-fault-1" in page.by_id("answer-act_date").get("aria-describedby")
    assert site.counts()["cases"] == 0


@pytest.mark.parametrize("key", ["", "x" * 65, "a b", "<script>"])
def test_a_tampered_key_is_refused(site: Site, key: str) -> None:
    visitor = site.sign_in("officer")
    assert visitor.send_page(new_case_form(visitor), key=key).status == 400


def test_an_ended_regime_names_the_act_that_ended_it(site: Site) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get("/cases/new")
    assert "/cases/new/two_illegal" in page.links()
    assert "/cases/new/social_support_fee" not in page.links()
    assert "2021 amendment" in page.text
    refused = visitor.get("/cases/new/social_support_fee")
    assert "No new case may be opened under this regime." in refused.text
    assert "/cases/new/social_support_fee" not in [form.action for form in refused.forms()]


def test_a_step_is_recorded_and_the_case_says_so(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    answer = visitor.send(step_form(visitor, case_id, "check_report"), **answers(CHECKED))
    assert answer.location == f"/cases/{case_id}"
    page = visitor.get(answer.location)
    assert "Recorded: Check the report" in page.text
    assert "Place of the conduct (APL 22)" in page.text


def test_a_refused_step_keeps_what_was_typed(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    page = visitor.send_page(
        step_form(visitor, case_id, "check_report"),
        **answers({"jurisdiction_basis": "designated", "checked_on": "2026-03-03"}),
    )
    assert page.status == 422
    assert "must not be after today (2 March 2026)" in page.text
    kept = page.form_to(f"/cases/{case_id}/steps/check_report").values
    assert (kept["answer-jurisdiction_basis"], kept["answer-checked_on"]) == ("designated", "2026-03-03")


def test_the_loser_of_a_race_is_told_who_did_what_and_loses_no_word(site: Site) -> None:
    case_id = site.office.open()
    first, second = site.sign_in("officer"), site.sign_in("officer2")
    fast = step_form(first, case_id, "check_report")
    slow = step_form(second, case_id, "check_report")
    assert first.send(fast, **answers(CHECKED)).status_code == 302
    page = second.send_page(slow, **answers({**CHECKED, "jurisdiction_basis": "designated"}))
    assert page.status == 409
    assert "The case has moved on, and nothing of yours was recorded" in page.text
    assert "Officer recorded “Check the report”" in page.text
    assert "The case now stands in “Report checked”" in page.text
    assert f"/cases/{case_id}" in page.links()
    kept = page.form_to(f"/cases/{case_id}/steps/check_report").values
    assert (kept["answer-jurisdiction_basis"], kept["answer-checked_on"]) == ("designated", "2026-03-02")
    assert site.counts()["step"] == 2


def test_a_repeated_step_answers_its_first_result(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    form = step_form(visitor, case_id, "check_report")
    assert visitor.send(form, **answers(CHECKED)).status_code == 302
    assert visitor.send(form, **answers(CHECKED)).status_code == 302
    changed = visitor.send_page(form, **answers({**CHECKED, "jurisdiction_basis": "designated"}))
    assert changed.status == 409
    assert "This form was already sent" in changed.text
    assert site.counts()["step"] == 2


def test_a_closed_step_says_what_it_waits_for_and_has_no_button(site: Site) -> None:
    case_id = site.office.open()
    site.office.advance(case_id, "check_report", CHECKED)
    visitor = site.sign_in("officer")
    page = visitor.get(f"/cases/{case_id}/steps/file_case")
    assert "This step is closed to you now." in page.text
    assert "for the approver" in page.text
    assert f"/cases/{case_id}/steps/file_case" not in [form.action for form in page.forms()]
    elsewhere = visitor.get(f"/cases/{case_id}/steps/archive_file")
    assert "It does not start from the state the case is in." in elsewhere.text


def test_a_closed_step_sent_anyway_is_refused_in_words(site: Site) -> None:
    case_id = site.office.open()
    site.office.advance(case_id, "check_report", CHECKED)
    visitor = site.sign_in("officer")
    form = visitor.get(f"/cases/{case_id}").form_to("/sign-out")
    form.action = f"/cases/{case_id}/steps/file_case"
    page = visitor.send_page(form, key="k-1", version="2", **answers({"filed_on": "2026-03-02"}))
    assert page.status == 422
    assert "for the approver" in page.text
    assert visitor.send_page(form, key="k-1").status == 400


def test_a_grave_step_shows_what_follows_before_its_button(site: Site) -> None:
    case_id = at_police_referral(site)
    visitor = site.sign_in("approver")
    form = step_form(visitor, case_id, "approve_police_referral")
    typed = answers({"referral_decided_on": "2026-03-02"})
    steps = site.counts()["step"]
    page = visitor.send_page(form, act="check", **typed)
    assert page.status == 200
    assert "Confirm: Approve the referral to the police" in page.text
    assert "The file goes to the police within 24 hours" in page.text
    assert "The case goes to “Referral to the police approved”." in page.text
    assert "What the file says" in page.text
    assert "非法行医" in page.text
    assert "Outstanding" in page.text
    assert re.search(r"Starts: .+, due 3 March 2026", page.text)
    assert site.counts()["step"] == steps
    confirmation = page.form_to(f"/cases/{case_id}/steps/approve_police_referral")
    back = visitor.send_page(confirmation, act="back").form_to(confirmation.action)
    assert back.values["answer-referral_decided_on"] == "2026-03-02"
    assert back.values["key"] == form.values["key"]
    assert visitor.send(confirmation, act="confirm").location == f"/cases/{case_id}"
    assert site.counts()["step"] == steps + 1


def test_a_grave_step_with_faults_never_reaches_its_confirmation(site: Site) -> None:
    case_id = at_police_referral(site)
    visitor = site.sign_in("approver")
    form = step_form(visitor, case_id, "approve_police_referral")
    page = visitor.send_page(form, act="check", **answers({"referral_decided_on": "2026-02-01"}))
    assert page.status == 422
    assert "#answer-referral_decided_on" in page.links()


def test_a_race_shows_on_the_confirmation_too(site: Site) -> None:
    case_id = at_police_referral(site)
    visitor = site.sign_in("approver")
    form = step_form(visitor, case_id, "approve_police_referral")
    declined = {"referral_decided_on": "2026-03-02", "outcome_reasons": "不构成犯罪"}
    site.office.advance(case_id, "decline_police_referral", declined, actor="approver2")
    page = visitor.send_page(form, act="check", **answers({"referral_decided_on": "2026-03-02"}))
    assert page.status == 409
    assert "Approver2 recorded" in page.text
    assert "This step does not start from there." in page.text
