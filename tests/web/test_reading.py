"""Who reads what of whom: a reason where no task leads to the file, a row of the log for all that is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from caseflow.domain.bank import Columns
from caseflow.domain.reading import Purpose, ReadLimits
from caseflow.services.bank import EnterFile
from caseflow.services.ports.reading import NewReadings
from caseflow.services.reading import TooMuchRead
from caseflow.web.reading_words import what_words
from tests.attack.roles import as_superuser
from tests.casebook import ACCOUNT, Paper, write_receipts
from tests.cashier import DAY, opened, pays, served
from tests.office import Office
from tests.site import STATED, Page, Site
from tests.web.test_api import call, refused, token_of


def rows(office: Office, condition: str = "true", table: str = "read_log") -> list[dict[str, Any]]:
    with psycopg.connect(office.database_url, row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(f"select * from {table} where {condition} order by id".encode()).fetchall()


def of(office: Office, login: str, condition: str = "true") -> list[dict[str, Any]]:
    return rows(office, f"actor_id = {office.actors[login].id} and {condition}")


def test_an_officer_of_the_case_opens_it_for_their_task_and_leaves_a_row(site: Site) -> None:
    case_id = site.office.open()
    for login in ("officer", "officer2"):
        visitor = site.sign_in(login, answers=False)
        assert visitor.get(f"/cases/{case_id}").status == 200
        [row] = of(site.office, login, "what = 'case_page.show'")
        assert (row["case_id"], row["purpose"], row["reason"]) == (case_id, "task", "")


@pytest.mark.parametrize(
    "path", ["/cases/{}", "/cases/{}/papers", "/cases/{}/files", "/cases/{}/service", "/cases/{}/deadlines.ics"]
)
def test_whoever_has_no_task_on_the_case_is_asked_why_and_sees_nothing_before(site: Site, path: str) -> None:
    case_id = site.office.open(second_officer_id=None)
    visitor = site.sign_in("officer2", answers=False)
    asked = visitor.get(path.format(case_id))
    assert asked.status == 403
    assert "Harmony" not in asked.html
    assert "The person concerned sees your reason" in asked.text
    assert not of(site.office, "officer2")
    form = asked.form_to(f"/cases/{case_id}/why")
    answer = visitor.send(form, kind="inquiry", reason="She called and asks what she owes")
    assert (answer.status_code, answer.headers["Location"]) == (302, path.format(case_id))
    assert visitor.client.get(answer.headers["Location"]).status_code == 200
    [row] = of(site.office, "officer2")
    assert (row["case_id"], row["purpose"]) == (case_id, "reason")
    assert (row["reason_kind"], row["reason"]) == ("inquiry", "She called and asks what she owes")


def test_a_reason_holds_for_one_case_one_person_and_one_day(site: Site) -> None:
    first, second = (site.office.open(second_officer_id=None) for _ in range(2))
    visitor = site.sign_in("auditor", answers=False)
    visitor.send(visitor.get(f"/cases/{first}").form_to(f"/cases/{first}/why"), **STATED)
    assert visitor.get(f"/cases/{first}").status == 200
    assert visitor.get(f"/cases/{second}").status == 403
    assert site.sign_in("officer2", answers=False).get(f"/cases/{first}").status == 403
    site.office.time.day += timedelta(days=1)
    assert visitor.get(f"/cases/{first}").status == 403


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"kind": "", "reason": "long enough to be said"}, "Choose a reason."),
        ({"kind": "audit", "reason": "short"}, "in your own words"),
    ],
)
def test_a_reason_that_says_nothing_opens_nothing(site: Site, typed: dict[str, str], fault: str) -> None:
    case_id = site.office.open(second_officer_id=None)
    visitor = site.sign_in("officer2", answers=False)
    again = visitor.send_page(visitor.get(f"/cases/{case_id}").form_to(f"/cases/{case_id}/why"), **typed)
    assert again.status == 422
    assert fault in again.text
    assert visitor.get(f"/cases/{case_id}").status == 403


def test_what_was_sent_without_a_task_is_not_done_and_the_form_is_kept(site: Site) -> None:
    case_id = site.office.open(second_officer_id=None)
    first = site.sign_in("officer", answers=False)
    form = first.get(f"/cases/{case_id}/steps/check_report").form_to(f"/cases/{case_id}/steps/check_report")
    visitor = site.sign_in("officer2", answers=False)
    before = site.counts()
    refused = Page(visitor.client.post(form.action, data=form.values, headers={"Sec-Fetch-Site": "same-origin"}))
    assert refused.status == 403
    assert site.counts() == before
    kept = visitor.send_page(refused.form_to(f"/cases/{case_id}/why"), **STATED)
    assert kept.status == 200
    assert form.action in [one.action for one in kept.forms()]


def test_who_is_asked_why_was_not_refused(site: Site) -> None:
    case_id = site.office.open(second_officer_id=None)
    assert site.sign_in("officer2", answers=False).get(f"/cases/{case_id}").status == 403
    with psycopg.connect(site.office.database_url) as connection:
        assert not connection.execute("select 1 from audit_event where action = 'access_denied'").fetchall()


def test_a_program_is_told_in_its_own_format_that_a_reason_is_wanted(site: Site) -> None:
    case_id = site.office.open(second_officer_id=None)
    token = token_of(site, "officer2")
    asked = call(site, f"/cases/{case_id}", token)
    assert refused(asked, 403)
    assert "states why" in asked.get_json()["detail"]
    assert "Harmony" not in asked.text
    assert not of(site.office, "officer2")
    visitor = site.sign_in("officer2", answers=False)
    visitor.send(visitor.get(f"/cases/{case_id}").form_to(f"/cases/{case_id}/why"), **STATED)
    assert call(site, f"/cases/{case_id}", token).get_json()["id"] == case_id
    [row] = of(site.office, "officer2", "what = 'api.case'")
    assert (row["case_id"], row["purpose"], row["reason"]) == (case_id, "reason", STATED["reason"])


def test_a_list_leaves_a_row_for_every_case_that_it_shows(site: Site) -> None:
    cases = [site.office.open() for _ in range(3)]
    site.sign_in("officer").get("/desk")
    shown = of(site.office, "officer", "what = 'desk.show'")
    assert [(row["case_id"], row["purpose"]) for row in shown] == [(case, "list") for case in cases]
    assert len({row["request_id"] for row in shown}) == 1


def test_a_line_of_the_bank_shows_who_paid_and_leaves_a_row_of_the_case_or_of_the_line_itself(site: Site) -> None:
    office, cashier = site.office, site.office.actors["cashier"]
    case_id, _lot = served(office), opened(office)
    pays(office, case_id, "100", "云财A000001")
    statements = office.application.statements
    statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    [account] = statements.accounts(cashier)
    columns = Columns(booked_on="when", amount="sum", reference="no", counterparty="who")
    content = f"when,sum,no,who\n{DAY},100.00,云财A000001,Lantern House\n{DAY},7.00,,Somebody\n".encode()
    statements.save_columns(cashier, account.id, columns, content, key="columns")
    plan = statements.enter(cashier, EnterFile("march.csv", content, account.id), key="march")
    assert plan.matched == 1
    auditor = site.sign_in("auditor", answers=False)
    listed = auditor.get("/bank/lines")
    assert "Lantern House" in listed.text
    for link in sorted({link for link in listed.links() if link.startswith("/bank/lines/")}):
        assert auditor.get(link).status == 200
    noted = [
        (row["what"], row["case_id"], row["bank_line_id"] is None, row["purpose"])
        for row in of(office, "auditor", "what like 'bank_lines%'")
    ]
    matched, other = (case_id, True, "list"), (None, False, "list")
    assert noted[:2] == [("bank_lines.show_all", *matched), ("bank_lines.show_all", *other)]
    assert sorted(noted[2:], key=str) == sorted([("bank_lines.show", *matched), ("bank_lines.show", *other)], key=str)
    log = auditor.get("/reading")
    assert "of the bank, of no case" in log.text
    assert "Somebody" not in log.text


SAID = {"reference": "Zhang San, Mill Lane 4", "text": "from Li Si", "counterparty": "Wang Wu 王五"}


@pytest.mark.parametrize("where", list(SAID))
def test_a_line_that_names_somebody_anywhere_leaves_a_row_and_is_not_shown_without_one(site: Site, where: str) -> None:
    office, cashier, said = site.office, site.office.actors["cashier"], SAID[where]
    statements = office.application.statements
    statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    [account] = statements.accounts(cashier)
    named = {name: said if name == where else "" for name in SAID}
    columns = Columns(booked_on="when", amount="sum", reference="no", text="text", counterparty="who")
    content = f'when,sum,no,text,who\n{DAY},7.00,"{named["reference"]}",{named["text"]},{named["counterparty"]}\n'
    statements.save_columns(cashier, account.id, columns, content.encode(), key="columns")
    statements.enter(cashier, EnterFile("march.csv", content.encode(), account.id), key="march")
    [line] = rows(office, table="bank_line")
    auditor = site.sign_in("auditor", answers=False)
    for path in ("/bank/lines", f"/bank/lines/{line['id']}"):
        assert said in auditor.get(path).text
    noted = [(row["what"], row["bank_line_id"]) for row in of(office, "auditor")]
    assert noted == [("bank_lines.show_all", line["id"]), ("bank_lines.show", line["id"])]
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("revoke insert on read_log from caseflow_application")
    for path in ("/bank/lines", f"/bank/lines/{line['id']}"):
        page = auditor.get(path)
        assert page.status == 503, path
        assert said not in page.html


def test_a_receipt_without_a_case_shows_who_paid_and_leaves_a_row_of_itself(site: Site) -> None:
    write_receipts(site.office, [Paper(no, date(2026, 3, 2), 100, payer="Passing Stranger") for no in (1, 2)])
    auditor = site.sign_in("auditor")
    [lot] = rows(site.office, table="receipt_lot")
    assert auditor.get(f"/receipts/lots/{lot['id']}").text.count("Passing Stranger") == 2
    assert "Passing Stranger" in auditor.get(f"/receipts/lots/{lot['id']}/2").text
    noted = [(row["what"], row["receipt_no"], row["purpose"]) for row in of(site.office, "auditor")]
    assert noted == [("receipts.lot", 1, "list"), ("receipts.lot", 2, "list"), ("receipts.one", 2, "list")]
    log = auditor.get("/reading")
    assert "receipt 00000002, of no case" in log.text
    assert f"/receipts/lots/{lot['id']}/2" in log.links()
    assert "receipt 00000002" in auditor.client.get("/reading.csv").get_data(as_text=True)


def test_payers_without_a_case_count_towards_what_somebody_may_read_a_day(site: Site) -> None:
    write_receipts(site.office, [Paper(no, date(2026, 3, 2), 100) for no in range(1, 6)])
    auditor, log = site.office.actors["auditor"], site.office.application.reading_room.log
    lot_id, day = rows(site.office, table="receipt_lot")[0]["id"], site.office.time.day
    new = NewReadings(auditor.id, day, "x", Purpose.LIST, receipts=[(lot_id, no) for no in (1, 2, 3)])
    log.record(auditor, new, ReadLimits(rows=4))
    log.record(auditor, new, ReadLimits(rows=4))
    assert log.limits_of(auditor, ReadLimits())[0].rows == 3
    with pytest.raises(TooMuchRead):
        log.record(auditor, replace(new, receipts=[(lot_id, no) for no in (4, 5)]), ReadLimits(rows=4))
    assert len(of(site.office, "auditor")) == 6


def test_what_cannot_be_recorded_is_not_shown(site: Site) -> None:
    case_id = site.office.open(party_address="Teahouse Lane 14")
    visitor = site.sign_in("officer", answers=False)
    with psycopg.connect(as_superuser(site.office.database_url)) as connection:
        connection.execute("revoke insert on read_log from caseflow_application")
    for path in (f"/cases/{case_id}", f"/cases/{case_id}/papers", "/desk", "/cases", "/desk.csv"):
        answer = visitor.client.get(path)
        assert answer.status_code == 503, path
        assert f'<a href="{path}">Try again</a>' in answer.get_data(as_text=True)
        for personal in ("Harmony", "Teahouse"):
            assert personal not in answer.get_data(as_text=True)
    assert visitor.client.get("/law").status_code == 200


# Parts of the site whose pages show no case and nobody concerned: they leave no row.
SHOW_NOBODY = frozenset(
    {"api_tokens", "bootstrap", "calendar_days", "charts", "enrol", "health", "identity_search", "language", "law",
     "metrics", "money", "my_sign_in", "openid", "passkeys", "period_close", "person_sign_in", "reading_reason",
     "sign_in", "staff", "static", "training"}
)  # fmt: skip


@pytest.mark.parametrize("language", ["zh", "en"])
def test_whatever_may_be_read_has_a_name_in_both_languages(site: Site, language: str) -> None:
    endpoints = {rule.endpoint for rule in site.app.url_map.iter_rules()}
    readable = {one for one in endpoints if one.partition(".")[0] not in SHOW_NOBODY}
    with site.app.test_request_context(headers={"Accept-Language": language}):
        named = {one: what_words(one) for one in readable}
    as_kept = {one: words for one, words in named.items() if words == one.replace("_", " ").replace(".", ": ")}
    assert as_kept == {}
    assert all(any(sign >= "\u4e00" for sign in words) is (language == "zh") for words in named.values())


def test_a_refused_search_keeps_what_was_typed(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/search/identity").form_to("/search/identity")
    refused_search = visitor.send_page(form, number="11010519491231002X", reason="short")
    assert refused_search.status == 422
    assert refused_search.form_to("/search/identity").values["number"] == "11010519491231002X"
    assert of(site.office, "officer", "purpose = 'search'") == []
