"""The health page, the banner of every desk, and the metrics, as their readers meet them."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from caseflow.services.ports.mail import NO_SERVER, NOBODY, UNWRITTEN
from caseflow.web.app import create_app
from caseflow.web.context import BANNER_GRACE_SECONDS
from tests.background import beaten, given_up_mail, given_up_notice, run, stamped
from tests.office import CHECKED
from tests.site import Page, Site, Visitor, settings_for

TOKEN = "a-token-that-only-tests-use"
OTHERS = ("officer", "reviewer", "approver", "cashier", "payer", "liaison", "auditor", "supervisor")


@pytest.fixture
def watched(site: Site) -> Site:
    """A site that complains of an old sweep from its first second."""
    site.app.config[BANNER_GRACE_SECONDS] = 0.0
    return site


def again(site: Site) -> Visitor:
    """Return a supervisor before a look that is not remembered."""
    site.app.extensions.pop("caseflow_unswept", None)
    return site.sign_in("supervisor")


def state_of(page: Page, name: str) -> str:
    return " ".join("".join(page.by_id(name)[1].itertext()).split())


def test_only_the_administrator_sees_it_and_tries_again(site: Site) -> None:
    number = given_up_notice(site.office.database_url, "n1")
    for login in OTHERS:
        visitor = site.sign_in(login)
        token = visitor.get("/law").form_to("/sign-out").values
        assert visitor.client.get("/health").status_code == 403
        assert "/health" not in visitor.get("/law").links()
        assert visitor.client.post(f"/health/notices/{number}/retry", data=token).status_code == 403
    page = site.sign_in("administrator").get("/health")
    assert page.status == 200
    assert "/health" in page.links()


def test_a_new_office_needs_a_timetable_and_a_running_one_is_good(site: Site) -> None:
    administrator = site.sign_in("administrator")
    assert state_of(administrator.get("/health"), "sweep") == "needs attention"
    beaten(site.office.database_url)
    page = administrator.get("/health")
    assert [state_of(page, name) for name in ("sweep", "timetable", "notices", "clock")] == ["good"] * 4
    assert "Everything runs." in page.text
    beaten(site.office.database_url, "2 hours", ("sweep",))
    page = administrator.get("/health")
    assert state_of(page, "sweep") == "wrong"
    assert "2 hours ago" in page.text
    assert "Not everything is as it should be" in page.text


def test_what_was_given_up_shows_no_content_and_is_tried_again_once(site: Site) -> None:
    url = site.office.database_url
    payload = f'{{"office_id": {site.office.actors["officer"].office_id}, "party": "Harmony Clinic", "to": "owner"}}'
    notice = given_up_notice(url, "n1", payload, 'invalid input syntax for type bigint: "Harmony Clinic"')
    mail = given_up_mail(url, "cashier", "m1")
    administrator = site.sign_in("administrator")
    page = administrator.get("/health")
    assert "Harmony" not in page.html
    assert "invalid input syntax for type bigint" in page.text
    assert "the owner of the case" in page.text
    assert "550 no such mailbox" in page.text
    assert "Cashier" in page.text
    for path in (f"/health/notices/{notice}/retry", f"/health/mail/{mail}/retry"):
        form = page.form_to(path)
        assert administrator.send(form).status_code == 302
        assert administrator.send(form).status_code == 302
        assert "It is not among what was given up any more." in administrator.get("/health").text
    with psycopg.connect(url) as connection:
        assert connection.execute("select state, attempts from outbox where key = 'n1'").fetchone() == ("pending", 0)
        assert connection.execute("select state, attempts from mail").fetchone() == ("pending", 0)
        events = connection.execute(
            "select action, body from audit_event where action like '%retried' order by id"
        ).fetchall()
    assert events == [("notice_retried", {"notice": notice}), ("mail_retried", {"mail": mail})]


def test_what_a_mail_met_is_said_in_the_reader_s_language(site: Site) -> None:
    met = [
        ("550 no such mailbox", "The mail server said: 550 no such mailbox", "邮件服务器答复：550 no such mailbox"),
        (f"{UNWRITTEN}ValueError", "It could not be written: ValueError", "邮件无法生成：ValueError"),
        (f"{NO_SERVER}gone", "The last error: gone", "最后一次的错误：gone"),
        (NOBODY, "has no mail address.", "没有收件人"),
        ("RuntimeError: odd", "It failed: RuntimeError: odd", "发送失败：RuntimeError: odd"),
    ]
    for number, (error, *_) in enumerate(met):
        given_up_mail(site.office.database_url, "cashier", f"m{number}", error)
    administrator = site.sign_in("administrator")
    english = administrator.get("/health").text
    assert [said for _, said, _ in met if said not in english] == []
    run(site.office.database_url, "update staff set locale = 'zh' where login = 'administrator'")
    chinese = site.sign_in("administrator").get("/health").text
    assert [said for *_, said in met if said not in chinese] == []


def test_all_mail_of_the_office_is_tried_again_at_once(site: Site) -> None:
    url = site.office.database_url
    run(url, "insert into office (code, title_en, title_zh) values ('B', 'B', 'B')")
    run(url, "update staff set office_id = (select id from office where code = 'B') where login = 'payer2'")
    given_up_mail(url, "cashier", "m1")
    administrator = site.sign_in("administrator")
    assert "Try all mail again" not in administrator.get("/health").text, "one alone has its own button"
    for key, login in (("m2", "cashier"), ("m3", "officer"), ("m4", "payer2")):
        given_up_mail(url, login, key)
    form = administrator.get("/health").form_to("/health/mail/retry")
    administrator.send(form)
    assert "It will be tried again within seconds." in administrator.get("/health").text
    administrator.send(form)
    assert "It is not among what was given up any more." in administrator.get("/health").text
    with psycopg.connect(url) as connection:
        found = connection.execute("select key, state, attempts from mail order by key").fetchall()
        events = connection.execute("select body from audit_event where action = 'all_mail_retried'").fetchall()
    assert found == [("m1", "pending", 0), ("m2", "pending", 0), ("m3", "pending", 0), ("m4", "dead", 8)]
    assert events == [({"count": 3},)]


def test_another_offices_letters_are_its_own_administrators(site: Site) -> None:
    url = site.office.database_url
    run(url, "insert into office (code, title_en, title_zh) values ('B', 'B', 'B')")
    run(url, "update staff set office_id = (select id from office where code = 'B') where login = 'payer2'")
    with psycopg.connect(url) as connection:
        (other,) = connection.execute("select id from office where code = 'B'").fetchone() or (0,)
    theirs, nobodys = given_up_notice(url, "n1", f'{{"office_id": {other}}}'), given_up_notice(url, "n2", "{}")
    mail = given_up_mail(url, "payer2", "m1")
    administrator = site.sign_in("administrator")
    page = administrator.get("/health")
    forms = {form.action for form in page.forms()}
    assert f"/health/notices/{nobodys}/retry" in forms
    assert not {f"/health/notices/{theirs}/retry", f"/health/mail/{mail}/retry"} & forms
    token = page.form_to("/sign-out").values
    for path in (f"/health/notices/{theirs}/retry", f"/health/mail/{mail}/retry", f"/health/notices/{2**70}/retry"):
        administrator.client.post(path, data=token)
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from outbox where state = 'dead'").fetchone() == (2,)
        assert connection.execute("select state from mail").fetchone() == ("dead",)


def test_many_letters_go_on_by_key(site: Site) -> None:
    run(
        site.office.database_url,
        "insert into outbox (key, kind, payload, state) select n::text, 'case_moved', '{}', 'dead' "
        "from generate_series(1, 60) n",
    )
    administrator = site.sign_in("administrator")
    path, seen = "/health", 0
    for _ in range(3):
        page = administrator.get(path)
        seen += sum("/retry" in form.action for form in page.forms())
        path = next((link for link in page.links() if "notices_before" in link), "")
    assert seen == 60
    assert len(site.statements_of(administrator, "/health")) <= 16


def test_a_sweep_that_stopped_is_said_on_every_page(watched: Site) -> None:
    url = watched.office.database_url
    beaten(url, "16 minutes")
    for login in ("officer", "cashier", "payer", "auditor"):
        page = watched.sign_in(login).get("/inbox")
        assert "Reminders have not been swept since" in page.text
        assert "Tell the administrator." in page.text
        assert "/health" not in page.links()
    page = watched.sign_in("administrator").get("/staff")
    assert "See what runs" in page.text
    assert "Reminders have not" not in watched.visitor().get("/sign-in").text
    beaten(url)
    assert "Reminders have not" not in again(watched).get("/desk").text


def test_a_database_nobody_ever_swept_says_so_once_it_is_not_new(watched: Site) -> None:
    assert "not been swept" not in again(watched).get("/desk").text
    stamped(watched.office.database_url, "20 minutes")
    assert "Reminders have not been swept since" in again(watched).get("/desk").text
    beaten(watched.office.database_url, "-1 hour")
    assert "The machine's clock was put back" in again(watched).get("/desk").text


def test_the_pages_first_minute_is_silent_and_a_look_is_remembered(site: Site) -> None:
    stamped(site.office.database_url, "20 minutes")
    officer = site.sign_in("officer")
    assert "not been swept" not in officer.get("/desk").text
    site.app.config[BANNER_GRACE_SECONDS] = 0.0
    asked = [one for one in site.statements_of(officer, "/desk") if "heartbeat" in one]
    assert len(asked) == 1
    assert not [one for one in site.statements_of(officer, "/desk") if "heartbeat" in one]


def test_metrics_are_for_whoever_has_the_token(site: Site) -> None:
    assert site.app.test_client().get("/metrics").status_code == 404
    office = site.office
    office.advance(office.open(), "check_report", CHECKED)
    beaten(office.database_url, "90 seconds")
    given_up_notice(office.database_url, "n1")
    settings = replace(settings_for(office.database_url), metrics_token=TOKEN)
    client = create_app(settings, application=office.application).test_client()
    for header in ({}, {"Authorization": TOKEN}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer ä"}):
        refused = client.get("/metrics", headers=header)
        assert (refused.status_code, refused.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    families = {family.name: family for family in text_string_to_metric_families(answer.get_data(as_text=True))}
    assert all(name.startswith("caseflow_") and family.documentation for name, family in families.items())
    values = {sample.name: sample.value for family in families.values() for sample in family.samples}
    assert 90 <= values["caseflow_sweep_age_seconds"] < 120
    assert values["caseflow_outbox_dead"] == 1
    assert values["caseflow_outbox_pending"] == 2
    assert {"caseflow_reminders_total", "caseflow_clocks_due", "caseflow_mail_dead"} <= values.keys()
    ages = {sample.labels["name"]: sample.value for sample in families["caseflow_heartbeat_age_seconds"].samples}
    assert ages.keys() == {"sweep", "timetable", "deliver", "seal"}
    assert "Harmony" not in answer.get_data(as_text=True)
