"""Sessions, forged forms, headers and error pages."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from jinja2 import StrictUndefined, UndefinedError

from caseflow.config import ConfigurationError
from caseflow.domain.access import Permission
from caseflow.web import errors
from caseflow.web.app import create_app
from caseflow.web.context import EXTENSION
from caseflow.web.security import needs
from tests.site import PASSWORD, SECRET_KEY, Page, Site, settings_for


def test_a_wrong_password_keeps_the_login_and_says_nothing_more(site: Site) -> None:
    visitor = site.visitor()
    form = visitor.get("/sign-in").form_to("/sign-in")
    page = visitor.send_page(form, login="officer", password="wrong")
    assert page.status == 422
    assert page.form_to("/sign-in").values["login"] == "officer"
    assert "do not fit together" in page.text
    assert visitor.client.get("/desk").status_code == 302


@pytest.mark.parametrize("elsewhere", [
    "//evil.example", "https://evil.example/", "/\\evil.example", "evil", "//[", "/\t/evil.example",
    "/desk\r\nwapiti: 3", "/desk\nSet-Cookie: a=b",
])  # fmt: skip
def test_sign_in_leads_to_this_site_only(site: Site, elsewhere: str) -> None:
    visitor = site.visitor()
    form = visitor.get("/sign-in").form_to("/sign-in")
    answer = visitor.send(form, login="officer", password=PASSWORD, next=elsewhere)
    assert answer.location == "/"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(site: Site) -> None:
    visitor = site.visitor()
    form = visitor.get("/sign-in?next=/cases?q%3Dx").form_to("/sign-in")
    assert visitor.send(form, login="officer", password=PASSWORD).location == "/cases?q=x"
    assert visitor.client.get("/sign-in").location == "/"


def test_signing_out_ends_the_session(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/desk").form_to("/sign-out")
    assert visitor.send(form).location == "/sign-in"
    assert visitor.client.get("/desk").status_code == 302


def test_somebody_who_leaves_is_out_at_the_next_click(site: Site) -> None:
    visitor = site.sign_in("officer")
    assert visitor.get("/desk").status == 200
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("update staff set active = false where login = 'officer'")
        connection.commit()
    assert visitor.client.get("/desk").status_code == 302


def test_a_role_taken_away_counts_at_the_next_click(site: Site) -> None:
    visitor = site.sign_in("officer")
    assert visitor.get("/cases/new").status == 200
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute(
            "update staff_role set role = 'auditor' where staff_id = %s", (site.office.actors["officer"].id,)
        )
        connection.commit()
    assert visitor.get("/cases/new").status == 403


def test_a_forged_form_is_refused(site: Site) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    before = site.counts()
    path = f"/cases/{case_id}/steps/check_report"
    form = visitor.get(path).form_to(path)
    form.values["csrf_token"] = "forged"
    assert visitor.send_page(form).status == 400
    del form.values["csrf_token"]
    assert visitor.send_page(form).status == 400
    assert visitor.client.post("/language", data={"locale": "zh"}).status_code == 400
    assert site.counts() == before


def test_what_is_sent_after_the_session_ended_leads_to_sign_in(site: Site) -> None:
    answer = site.visitor().client.post("/cases/1/steps/check_report", data={})
    assert (answer.status_code, answer.location) == (302, "/sign-in")


@pytest.mark.parametrize("path", ["/sign-in", "/desk", "/no-such-page"])
def test_every_answer_carries_the_strict_headers(site: Site, path: str) -> None:
    headers = site.sign_in("officer").client.get(path).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in headers


def test_behind_https_the_cookie_is_bound_to_the_host(site: Site) -> None:
    app = create_app(settings_for(site.office.database_url, https=True), application=site.office.application)
    answer = app.test_client().get("/sign-in", base_url="https://county.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-caseflow=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(("path", "status"), [("/no-such-page", 404), ("/staff", 403)])
def test_error_pages_speak_the_language_of_the_reader(site: Site, path: str, status: int) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get(path)
    assert page.status == status
    assert "Back to my desk" in page.text
    assert "返回工作台" not in page.text
    visitor.send(visitor.get("/desk").form_to("/language"), locale="zh")
    chinese = visitor.get(path)
    assert chinese.tree.get("lang") == "zh-Hans"
    assert "返回工作台" in chinese.text
    assert "desk" not in chinese.text


def test_an_error_page_stands_when_nobody_can_be_asked_who_reads_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = site.visitor("zh-CN")
    site.app.testing = False
    monkeypatch.setattr(errors, "locale", broken)
    page = visitor.get("/no-such-page")
    assert (page.status, page.tree.get("lang")) == (404, "zh-Hans")


def test_a_wrong_method_is_told_so(site: Site) -> None:
    visitor = site.sign_in("officer")
    assert Page(visitor.client.get("/sign-out")).status == 405


@needs(Permission.SEE_LAW)
def broken() -> str:
    message = "secret detail"
    raise RuntimeError(message)


def test_a_fault_of_ours_shows_no_trace(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = site.sign_in("officer")
    site.app.testing = False
    monkeypatch.setitem(site.app.view_functions, "law.show", broken)
    page = visitor.get("/law")
    assert page.status == 500
    assert "Something went wrong on our side" in page.text
    assert "secret detail" not in page.html
    assert "Traceback" not in page.html


def test_undefined_words_in_a_template_fail(site: Site) -> None:
    assert site.app.jinja_env.undefined is StrictUndefined
    with site.app.app_context(), pytest.raises(UndefinedError):
        site.app.jinja_env.from_string("{{ nothing_of_this_name }}").render()


@pytest.mark.parametrize("missing", ["database_url", "secret_keys"])
def test_the_face_does_not_start_without_its_settings(site: Site, missing: str) -> None:
    settings = settings_for(site.office.database_url)
    broken = replace(settings, database_url=None) if missing == "database_url" else replace(settings, secret_keys=())
    with pytest.raises(ConfigurationError, match="is missing"):
        create_app(broken)


def test_an_older_key_still_reads_sessions(site: Site) -> None:
    visitor = site.sign_in("officer")
    cookie = visitor.client.get_cookie("caseflow")
    assert cookie is not None
    settings = replace(settings_for(site.office.database_url), secret_keys=("a-newer-key-" + "0" * 32, SECRET_KEY))
    turned = create_app(settings, application=site.office.application).test_client()
    turned.set_cookie("caseflow", cookie.value)
    assert turned.get("/desk").status_code == 200


def test_the_face_wires_itself_from_its_settings(site: Site) -> None:
    app = create_app(settings_for(site.office.database_url))
    client = app.test_client()
    assert client.get("/sign-in").status_code == 200
    app.extensions[EXTENSION].close()


@pytest.mark.parametrize("kept", ["officer", "424242"])
def test_a_session_that_names_nobody_is_nobody(site: Site, kept: str) -> None:
    visitor = site.sign_in("officer")
    with visitor.client.session_transaction() as session:
        session["_user_id"] = kept
    assert visitor.client.get("/desk").status_code == 302


def test_a_status_without_a_page_of_its_own_gets_the_nearest(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/cases/new/two_illegal").form_to("/cases/new/two_illegal")
    page = visitor.send_page(form, party_name="x" * 2_000_000)
    assert page.status == 413
    assert "Too much was sent at once" in page.text
    assert "about 50,000 characters" in page.text


def test_the_language_switch_leads_to_this_site_and_breaks_no_header(site: Site) -> None:
    visitor = site.visitor()
    form = next(one for one in visitor.get("/sign-in").forms() if one.action == "/language")
    answer = visitor.send(form, locale="zh", back="/sign-in\r\nwapiti: 3.0")
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize(
    "path",
    [
        "/cases/{}", "/cases/{}/papers", "/cases/{}/files/{}/withdraw", "/cases/{}/access", "/referrals/{}",
        "/reading/requests?before={}", "/spending?before={}", "/inbox?before={}", "/findings?before={}",
    ],
)  # fmt: skip
def test_a_number_that_no_row_can_have_is_no_fault_of_ours(site: Site, path: str) -> None:
    for login in ("officer", "auditor", "payer"):
        for number in (2**63, 99999999999999999999999, -1):
            answer = site.sign_in(login).client.get(path.format(number, number))
            assert answer.status_code in (200, 403, 404), (login, number)
