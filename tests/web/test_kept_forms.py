"""What was typed before the session ended comes back after sign-in, and nothing is recorded without a fresh press."""

from __future__ import annotations

from datetime import timedelta

import pytest
from itsdangerous import URLSafeTimedSerializer

from caseflow.web import kept_forms
from tests.office import CHECKED, OPENING
from tests.site import PASSWORD, SECRET_KEY, Form, Page, Site, Visitor

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


def signed_out_in_another_tab(visitor: Visitor) -> None:
    visitor.send(visitor.get("/desk").form_to("/sign-out"))


def sent(visitor: Visitor, form: Form, headers: dict[str, str], **typed: str) -> Page:
    values = {**form.values, **typed}
    return Page(visitor.client.post(form.action, data=values, headers=headers))


@pytest.mark.parametrize("headers", [SAME_SITE, {"Origin": "http://localhost"}])
def test_a_step_sent_signed_out_comes_back_filled_and_unrecorded(site: Site, headers: dict[str, str]) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    path = f"/cases/{case_id}/steps/check_report"
    form = visitor.get(path).form_to(path)
    typed = {f"answer-{name}": value for name, value in CHECKED.items()}
    signed_out_in_another_tab(visitor)
    steps = site.counts()["step"]
    page = sent(visitor, form, headers, **typed)
    assert page.status == 403
    assert "What you typed is kept on this page" in page.text
    wrong = visitor.send_page(page.form_to("/sign-in"), login="officer", password="wrong")
    assert wrong.status == 422
    again = visitor.send_page(wrong.form_to("/sign-in"), login="officer", password=PASSWORD)
    assert "Nothing was recorded" in again.text
    shown = visitor.send_page(again.form_to(path), act="back")
    assert shown.status == 200
    assert site.counts()["step"] == steps
    back = shown.form_to(path)
    assert (back.values["answer-checked_on"], back.values["key"]) == ("2026-03-02", form.values["key"])
    assert visitor.send(back).location == f"/cases/{case_id}"
    assert site.counts()["step"] == steps + 1


def test_a_new_case_sent_signed_out_comes_back_filled(site: Site) -> None:
    visitor = site.sign_in("officer")
    path = "/cases/new/two_illegal"
    form = visitor.get(path).form_to(path)
    typed = {f"answer-{name}": value for name, value in OPENING.items()}
    signed_out_in_another_tab(visitor)
    page = sent(visitor, form, SAME_SITE, party_name="和谐诊所", party_kind="institution", **typed)
    again = visitor.send_page(page.form_to("/sign-in"), login="officer", password=PASSWORD)
    shown = visitor.send_page(again.form_to(path), act="back")
    assert shown.form_to(path).values["party_name"] == "和谐诊所"
    assert site.counts()["cases"] == 0
    assert visitor.send(shown.form_to(path)).location.startswith("/cases/")


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_what_another_site_sends_is_not_kept(site: Site, headers: dict[str, str]) -> None:
    answer = site.visitor().client.post("/cases/1/steps/check_report", data={"answer-x": "theirs"}, headers=headers)
    assert (answer.status_code, answer.location) == (302, "/sign-in")


def test_too_much_is_not_kept_and_other_forms_neither(site: Site) -> None:
    client = site.visitor().client
    long = {"answer-x": "字" * kept_forms.LONGEST_KEPT_CHARACTERS}
    assert client.post("/cases/1/steps/check_report", data=long, headers=SAME_SITE).status_code in (302, 413)
    nearly = {"answer-x": "x" * kept_forms.LONGEST_KEPT_CHARACTERS}
    assert client.post("/cases/1/steps/check_report", data=nearly, headers=SAME_SITE).status_code == 302
    assert client.post("/training/date", data={"day": "2027-01-01"}, headers=SAME_SITE).status_code == 302


def signed(path: str, key: str = SECRET_KEY) -> str:
    return str(URLSafeTimedSerializer(key, salt="kept-form").dumps([path, {"answer-x": "y"}]))


def test_only_our_own_signature_is_read_and_not_for_ever(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.app.test_request_context():
        assert kept_forms.read_kept(signed("/cases/1/steps/x")) is not None
        assert kept_forms.read_kept(signed("https://evil.example/", key="another-key-" + "0" * 32)) is None
        assert kept_forms.read_kept("rubbish") is None
        monkeypatch.setattr(kept_forms, "KEPT_FOR", timedelta(seconds=-1))
        assert kept_forms.read_kept(signed("/cases/1/steps/x")) is None


def test_a_forged_kept_form_is_dropped_at_sign_in(site: Site) -> None:
    visitor = site.visitor()
    form = visitor.get("/sign-in").form_to("/sign-in")
    answer = visitor.send(form, login="officer", password=PASSWORD, kept=signed("https://evil.example/", "k" * 40))
    assert (answer.status_code, answer.location) == (302, "/")


def test_a_forged_form_that_was_kept_still_needs_its_token(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.visitor()
    path = f"/cases/{case_id}/steps/check_report"
    page = Page(visitor.client.post(path, data={"key": "k-1", "version": "1"}, headers=SAME_SITE))
    again = visitor.send_page(page.form_to("/sign-in"), login="officer", password=PASSWORD)
    form = again.form_to(path)
    del form.values["csrf_token"]
    assert visitor.send_page(form, act="back").status == 400
