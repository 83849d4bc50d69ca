"""Signing in step by step, one's own ways of signing in, and showing anew that it is you."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pyotp
import pytest

from tests.cashier import opened
from tests.office import CHECKED, Office
from tests.site import PASSWORD, Form, Page, Site, Visitor, build_site, enrolled, secret_on

SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
LATER = timedelta(seconds=30)


def asked(site: Site, sql: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(site.office.database_url) as connection:
        found = connection.execute(sql, values)
        rows = found.fetchall() if found.description else []
        connection.commit()
    return rows


def long_ago(site: Site) -> None:
    """Move back when everybody last showed who they are, past the guard of the table, as time would."""
    asked(
        site,
        "alter table staff_session disable trigger session_only_ends; "
        "update staff_session set confirmed_at = confirmed_at - interval '16 minutes'; "
        "alter table staff_session enable trigger session_only_ends",
    )


def password_sent(site: Site, login: str = "officer", password: str = PASSWORD, **more: str) -> tuple[Visitor, Page]:
    visitor = site.visitor()
    form = visitor.get("/sign-in").form_to("/sign-in")
    return visitor, visitor.send_page(form, login=login, password=password, **more)


def with_app(site: Site, login: str = "officer") -> tuple[Visitor, str]:
    """Sign in and set an app up with a code of half a minute ago, so that the code of now is still unused."""
    visitor = site.sign_in(login)
    visitor.send(visitor.get("/my-sign-in").form_to("/my-sign-in/app"))
    page = visitor.get("/my-sign-in/app")
    secret = secret_on(page)
    code = pyotp.TOTP(secret).at(datetime.now(UTC) - LATER)
    assert visitor.send_page(page.form_to("/my-sign-in/app/code"), code=code).status == 200
    return visitor, secret


def test_who_has_no_second_factor_in_production_sets_it_up_and_gets_nowhere_else(office: Office) -> None:
    office.application.installation.stamp("production")
    site = build_site(office, training=False)
    visitor, answer = password_sent(site, next="/cases?q=x")
    assert answer.response.location == "/sign-in/enrol?next=/cases?q%3Dx"
    for path in ("/desk", "/my-sign-in", "/inbox", "/law"):
        assert visitor.client.get(path).location.startswith("/sign-in?next=")
    visitor.send(visitor.get(answer.response.location).form_to("/sign-in/enrol"))
    page = visitor.get(answer.response.location)
    assert page.by_id("code") is not None
    assert next(one for one in page.tree.iter("img")).get("src").startswith("data:image/svg+xml")
    wrong = visitor.send_page(page.form_to("/sign-in/enrol"), code="000000")
    assert wrong.status == 422
    assert "not the code the app shows now" in wrong.text
    assert visitor.client.get("/desk").status_code == 302
    code = pyotp.TOTP(secret_on(page)).now()
    done = visitor.send_page(wrong.form_to("/sign-in/enrol"), code=f"{code[:3]} {code[3:]}")
    assert done.status == 200
    assert len(list(done.tree.iter("code"))) == 10
    assert "/cases?q=x" in done.links()
    assert visitor.get("/desk").status == 200
    # The second time the code is asked for, and that of the enrolment is used up.
    other, second = password_sent(site)
    assert second.response.location == "/sign-in/second"
    page = other.get("/sign-in/second")
    assert other.send_page(page.form_to("/sign-in/second"), code=code).status == 422


def test_the_demo_logins_let_nobody_into_a_production_database(office: Office) -> None:
    office.application.installation.stamp("production")
    site = build_site(office, training=False)
    for login in ("officer", "administrator"):
        visitor, answer = password_sent(site, login=login)
        assert answer.response.location == "/sign-in/enrol"
        assert visitor.client.get("/").status_code == 302
        assert visitor.client.get("/").location.startswith("/sign-in")


def test_a_second_factor_is_asked_for_and_leads_on(site: Site) -> None:
    _first, secret = with_app(site)
    visitor, answer = password_sent(site, next="/cases?q=x")
    assert answer.response.location == "/sign-in/second?next=/cases?q%3Dx"
    assert visitor.client.get("/desk").status_code == 302
    page = visitor.get(answer.response.location)
    app_form = next(form for form in page.forms() if form.values.get("method") == "totp")
    assert {form.values.get("method") for form in page.forms() if "method" in form.values} == {"totp", "recovery"}
    wrong = visitor.send_page(app_form, code="123")
    assert wrong.status == 422
    assert "This code is not right" in wrong.text
    before = visitor.client.get_cookie("caseflow")
    done = visitor.send(app_form, code=pyotp.TOTP(secret).now())
    assert done.location == "/cases?q=x"
    assert visitor.get("/desk").status == 200
    # The half-way cookie of before opens nothing.
    assert before is not None
    stranger = site.visitor()
    stranger.client.set_cookie("caseflow", before.value)
    assert stranger.client.get("/desk").status_code == 302
    assert stranger.client.get("/sign-in/second").location == "/sign-in"


def test_without_a_password_the_second_step_leads_back_to_the_first(site: Site) -> None:
    visitor = site.visitor()
    form = visitor.get("/sign-in").form_to("/sign-in")
    for path in ("/sign-in/second", "/sign-in/enrol"):
        assert visitor.client.get(path).location == "/sign-in"
        assert visitor.client.post(path, data=form.values).location == "/sign-in"


@pytest.mark.parametrize("how", ["sign_out", "leave", "end_others", "password"])
def test_a_copy_of_the_cookie_is_worth_nothing_after_the_end(site: Site, how: str) -> None:
    visitor = site.sign_in("officer")
    cookie = visitor.client.get_cookie("caseflow")
    assert cookie is not None
    thief = site.visitor()
    thief.client.set_cookie("caseflow", cookie.value)
    assert thief.get("/desk").status == 200
    if how == "sign_out":
        visitor.send(visitor.get("/desk").form_to("/sign-out"))
    elif how == "leave":
        asked(site, "update staff set active = false where login = 'officer'")
    else:
        other = site.sign_in("officer")
        if how == "end_others":
            other.send(other.get("/my-sign-in").form_to("/my-sign-in/sessions/end-others"))
        else:
            form = other.get("/my-sign-in/password").form_to("/my-sign-in/password")
            typed = {"old": PASSWORD, "new": "four loose words here", "again": "four loose words here"}
            assert other.send(form, **typed).status_code == 302
        assert other.get("/desk").status == 200
    thief.client.set_cookie("caseflow", cookie.value)
    assert thief.client.get("/desk").status_code == 302


def test_a_session_ends_when_nobody_did_anything_for_half_an_hour(site: Site) -> None:
    visitor = site.sign_in("officer")
    with visitor.client.session_transaction() as cookie:
        cookie["seen"] -= 29 * 60
    assert visitor.get("/desk").status == 200
    with visitor.client.session_transaction() as cookie:
        # The look at the desk counted.
        assert cookie["seen"] > datetime.now(UTC).timestamp() - 60
        cookie["seen"] -= 31 * 60
    assert visitor.client.get("/desk").status_code == 302


def test_a_session_ends_after_twelve_hours_however_busy(site: Site) -> None:
    visitor = site.sign_in("officer")
    for hours, status in ((11, 200), (1, 302)):
        asked(
            site,
            "alter table staff_session disable trigger session_only_ends; "
            f"update staff_session set created_at = created_at - interval '{hours} hours'; "
            "alter table staff_session enable trigger session_only_ends",
        )
        assert visitor.client.get("/desk").status_code == status


def test_looking_at_pages_writes_nothing_and_asks_one_statement_for_the_session(site: Site) -> None:
    visitor = site.sign_in("officer")
    before = site.counts()
    asked_for = site.statements_of(visitor, "/my-sign-in/password")
    assert len([one for one in asked_for if "staff_session" in one]) == 1
    assert len(site.statements_of(visitor, "/my-sign-in")) <= 12
    assert site.counts() == before


def test_one_sees_ones_own_sessions_and_ends_one(site: Site) -> None:
    first, second = site.sign_in("officer"), site.sign_in("officer")
    site.sign_in("cashier")
    page = second.get("/my-sign-in")
    ends = [form for form in page.forms() if form.action.endswith("/end")]
    assert len(ends) == 1
    assert page.text.count("here and now") == 1
    second.send(ends[0])
    assert first.client.get("/desk").status_code == 302
    assert second.get("/desk").status == 200
    [(foreign,)] = asked(
        site, "select max(x.id) from staff_session x join staff s on s.id = x.staff_id where s.login = 'cashier'"
    )
    assert second.send_page(Form(f"/my-sign-in/sessions/{foreign}/end", ends[0].values)).status == 302
    assert asked(site, "select ended_at from staff_session where id = %s", foreign) == [(None,)]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"old": "wrong"}, "not your password now"),
        ({"new": "short", "again": "short"}, "too short"),
        ({"new": "x" * 201, "again": "x" * 201}, "too long"),
        ({"new": "passwordpassword", "again": "passwordpassword"}, "common one"),
        ({"new": "the officer of the county", "again": "the officer of the county"}, "holds your login"),
        ({"new": "four loose words here", "again": "something else here"}, "write the same twice"),
        ({"new": PASSWORD, "again": PASSWORD}, "password you have now"),
    ],
)
def test_a_password_that_cannot_be_is_refused_in_words(site: Site, typed: dict[str, str], said: str) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/my-sign-in/password").form_to("/my-sign-in/password")
    sound = {"old": PASSWORD, "new": "four loose words here", "again": "four loose words here"}
    page = visitor.send_page(form, **{**sound, **typed})
    assert page.status == 422
    assert said in page.text
    assert not any(value in page.html for value in (*sound.values(), *typed.values()) if len(value) > 6)
    assert site.sign_in("officer").get("/desk").status == 200


def test_a_changed_password_is_the_only_one_and_the_inbox_tells_of_it(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/my-sign-in/password").form_to("/my-sign-in/password")
    visitor.send(form, old=PASSWORD, new="four loose words here", again="four loose words here")
    assert password_sent(site)[1].status == 422
    assert password_sent(site, password="four loose words here")[1].status == 302
    assert "Your password was changed." in visitor.get("/inbox").text
    assert "/my-sign-in" in visitor.get("/inbox").links()


def test_five_refusals_are_told_to_whom_the_login_belongs(site: Site) -> None:
    visitor = site.sign_in("officer")
    stranger = site.visitor()
    form = stranger.get("/sign-in").form_to("/sign-in")
    for _ in range(5):
        assert stranger.send(form, login="officer", password="wrong").status_code == 422
    waits = stranger.send_page(form, login="officer", password=PASSWORD)
    assert waits.status == 422
    assert "Wait one minute" in waits.text
    assert "Five attempts in a row" in visitor.get("/inbox").text
    assert "Five attempts" not in site.sign_in("cashier").get("/inbox").text


def test_money_sent_late_waits_until_its_sender_shows_who_they_are(site: Site) -> None:
    cashier = site.sign_in("cashier")
    opened(site.office)
    form = cashier.get("/exports").form_to("/exports")
    long_ago(site)
    assert cashier.get("/exports").status == 200
    before = site.counts()
    page = Page(cashier.client.post("/exports", data=form.values, headers=SAME_SITE))
    assert page.status == 403
    assert "Is it still you?" in page.text
    assert site.counts() == before
    [asks] = [one for one in page.forms() if one.action == "/confirm"]
    wrong = cashier.send_page(asks, password="wrong")
    assert wrong.status == 422
    assert "This is not your password." in wrong.text
    [asks] = [one for one in wrong.forms() if one.action == "/confirm"]
    kept = cashier.send_page(asks, password=PASSWORD)
    again = kept.form_to("/exports")
    assert {name: value for name, value in again.values.items() if name != "csrf_token"} == {
        name: value for name, value in form.values.items() if name != "csrf_token"
    }
    assert cashier.send(again).status_code != 403


def test_a_step_that_decides_comes_back_filled_and_a_small_one_is_not_asked(site: Site) -> None:
    case_id = site.office.open()
    officer = site.sign_in("officer")
    path = f"/cases/{case_id}/steps/check_report"
    form = officer.get(path).form_to(path)
    long_ago(site)
    typed = {f"answer-{name}": value for name, value in CHECKED.items()}
    assert officer.client.post(path, data={**form.values, **typed}, headers=SAME_SITE).status_code == 302


def test_a_form_from_another_site_is_not_kept(site: Site) -> None:
    cashier = site.sign_in("cashier")
    form = cashier.get("/exports").form_to("/exports")
    long_ago(site)
    page = Page(cashier.client.post("/exports", data=form.values, headers={"Sec-Fetch-Site": "cross-site"}))
    assert page.status == 403
    assert "could not be kept" in page.text


def test_a_factor_is_set_up_only_by_who_showed_lately_who_they_are(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/my-sign-in").form_to("/my-sign-in/app")
    long_ago(site)
    page = Page(visitor.client.post(form.action, data=form.values, headers=SAME_SITE))
    assert page.status == 403
    kept = visitor.send_page(next(one for one in page.forms() if one.action == "/confirm"), password=PASSWORD)
    assert visitor.send(kept.form_to("/my-sign-in/app")).location == "/my-sign-in/app"


def test_a_refused_page_is_recorded_once_in_a_while(site: Site) -> None:
    visitor = site.sign_in("officer")
    for _ in range(4):
        assert visitor.client.get("/staff").status_code == 403
    assert visitor.client.get("/samples").status_code == 403
    mine = site.office.actors["officer"].id
    rows = asked(site, "select actor_id, body->>'where' from audit_event where action = 'access_denied' order by id")
    assert rows == [(mine, "staff.show"), (mine, "samples.show")]


def test_an_app_is_removed_where_training_allows_it(site: Site) -> None:
    visitor, _secret = with_app(site)
    answer = visitor.send(visitor.get("/my-sign-in").form_to("/my-sign-in/app/remove"))
    assert answer.status_code == 302
    assert "No app is set up" in visitor.get("/my-sign-in").text
    assert site.sign_in("officer").get("/desk").status == 200


def test_recovery_codes_are_shown_once_and_sign_in(site: Site) -> None:
    visitor, _secret = with_app(site)
    page = visitor.send_page(visitor.get("/my-sign-in").form_to("/my-sign-in/recovery-codes"))
    codes = [str(one.text) for one in page.tree.iter("code")]
    assert len(codes) == 10
    assert codes[0] not in visitor.get("/my-sign-in").html
    other, answer = password_sent(site)
    form = next(one for one in other.get(answer.response.location).forms() if one.values.get("method") == "recovery")
    assert other.send(form, code=codes[3]).status_code == 302
    assert "9 recovery codes are left" in other.get("/my-sign-in").text


def test_a_kept_form_comes_through_the_second_factor(site: Site) -> None:
    case_id = site.office.open()
    visitor, secret = with_app(site)
    path = f"/cases/{case_id}/steps/check_report"
    form = visitor.get(path).form_to(path)
    visitor.send(visitor.get("/desk").form_to("/sign-out"))
    typed = {f"answer-{name}": value for name, value in CHECKED.items()}
    page = Page(visitor.client.post(path, data={**form.values, **typed}, headers=SAME_SITE))
    second = visitor.send_page(page.form_to("/sign-in"), login="officer", password=PASSWORD)
    assert second.status == 200
    app_form = next(one for one in second.forms() if one.values.get("method") == "totp")
    kept = visitor.send_page(app_form, code=pyotp.TOTP(secret).now())
    back = visitor.send_page(kept.form_to(path), act="back")
    assert back.form_to(path).values["answer-jurisdiction_basis"] == "place_of_act"


def test_enrolled_is_what_a_person_would_do(office: Office) -> None:
    office.application.installation.stamp("production")
    site = build_site(office, training=False)
    visitor, _answer = password_sent(site)
    assert enrolled(visitor)
    assert visitor.get("/desk").status == 200
