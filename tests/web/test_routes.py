"""Every route and what it asks; nothing is open that is not listed here."""

from __future__ import annotations

import io
import re

import psycopg
import pytest
from flask import Flask

from caseflow.domain.case_files import Purpose
from caseflow.domain.submissions import Kind
from caseflow.services.case_files import AddFile
from caseflow.web.app import create_app
from caseflow.web.security import declared_access
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.expenditure import prepared
from tests.site import Site, settings_for
from tests.submitted import person_of, submit
from tests.web.route_table import CASE_PAGES, MATRIX, ROUTES


def routes_of(app: Flask) -> dict[tuple[str, str], str | None]:
    declared = declared_access(app)
    return {
        (method, rule.rule): declared[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_listed_with_what_it_asks(site: Site) -> None:
    assert routes_of(site.app) == ROUTES


def test_a_route_without_a_declaration_is_refused(site: Site) -> None:
    app = create_app(settings_for(site.office.database_url), application=site.office.application)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    assert routes_of(app)["GET", "/forgotten"] is None
    assert Site(site.office, app).sign_in("supervisor").client.get("/forgotten").status_code == 403


@pytest.mark.parametrize("login", MATRIX)
def test_each_desk_reaches_its_own_pages_and_no_other(site: Site, login: str) -> None:
    case_id = site.office.open()
    number = site.office.application.pages.show(site.office.actors["officer"], case_id).header.number
    visitor = site.sign_in(login)
    paths = [path.format(case=case_id, number=number) for path in CASE_PAGES]
    answered = tuple(visitor.client.get(path).status_code in (200, 302) for path in paths)
    assert answered == MATRIX[login]
    assert (visitor.client.get("/staff").status_code == 200) is (login == "administrator")
    assert visitor.client.get("/law").status_code == 200


@pytest.mark.parametrize("path", ["/cases/{case}/steps/check_report", "/cases/new/two_illegal"])
def test_an_auditor_writes_nothing(site: Site, path: str) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("auditor")
    form = visitor.get("/law").form_to("/sign-out")
    before = site.counts()
    assert visitor.client.post(path.format(case=case_id), data=form.values).status_code == 403
    assert site.counts() == before


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(site: Site) -> None:
    visitor = site.visitor()
    answer = visitor.client.get("/cases?q=YL")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/cases?q%3DYL"
    form = visitor.get(answer.location).form_to("/sign-in")
    assert form.values["next"] == "/cases?q=YL"


def test_the_administrator_lands_on_the_staff_list(site: Site) -> None:
    visitor = site.sign_in("administrator")
    assert visitor.client.get("/").location == "/staff"
    page = visitor.get("/staff")
    assert "approver2" in page.text
    assert "/desk" not in page.links()


def test_the_payer_lands_on_expenditure_and_sees_no_case(site: Site) -> None:
    visitor = site.sign_in("payer")
    assert visitor.client.get("/").location == "/spending"
    page = visitor.get("/spending")
    assert not {"/desk", "/cases", "/staff"} & set(page.links())
    assert {"/spending", "/money", "/inbox", "/law"} <= set(page.links())
    assert visitor.get("/inbox").status == 200


def test_no_page_writes_when_it_is_read(site: Site) -> None:
    prepared(site.office)
    today = site.office.time.day
    case_id, lot_id = served(site.office), opened(site.office)
    pays(site.office, case_id, "100", "1")
    site.office.time.day = today
    remitted(site.office)
    with psycopg.connect(site.office.database_url) as connection:
        (entry_key,) = connection.execute("select key from transfer where line = 'income' limit 1").fetchone() or ("",)
    licence = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    site.office.application.case_files.add(site.office.actors["officer"], licence)
    submit(site.office, person_of(site.office, case_id), Kind.STATEMENT)
    parts = {
        "<int:case_id>": str(case_id), "<path:key>": entry_key, "<name>": "check_report", "<regime>": "two_illegal",
        "<code>": "1201", "<path:number>": "YL-TI-2024-0001", "<kind>": "event", "<int:lot_id>": str(lot_id),
    }  # fmt: skip
    for login in ("officer", "administrator", "auditor", "payer", "approver", "supervisor", "cashier", "liaison"):
        visitor = site.sign_in(login)
        visitor.client.get(f"/cases/{case_id}")  # whoever has to say why has said it
        before = site.counts()
        for method, path in ROUTES:
            if method != "GET" or "static" in path:
                continue
            address = path
            for name, value in parts.items():
                address = address.replace(name, value)
            address = re.sub("<[^>]*>", "1", address)
            # No sample, finding, head, feed, substitute, paper, run or metrics yet: not found, and nothing is written.
            absent = address.startswith(
                (
                    "/record/",
                    "/samples/",
                    "/findings/",
                    "/calendar/",
                    "/metrics",
                    "/substitutes/",
                    "/tokens/",
                    "/my-sign-in/passkeys/",
                    "/sign-in/openid",
                    "/papers/",
                    "/referrals/",
                    "/imports/",
                    "/wind-down/refunds/",
                    "/wind-down/runs/",
                    "/wind-down/released/cases",
                    "/retention/runs/",
                    "/retention/holds/1/",
                )
            )
            answers: tuple[int, ...] = (200, 302, 403, 404) if absent else (200, 302, 403)
            if address.startswith("/api/") and not address.endswith("openapi.json"):
                answers = (401,)  # a session opens nothing of the API
            assert visitor.client.get(address).status_code in answers, address
        assert site.counts() == before


def test_a_case_of_another_office_is_not_found(site: Site) -> None:
    officer = site.sign_in("officer")
    assert officer.get("/cases/424242").status == 404
    assert officer.get("/cases/424242/steps/check_report").status == 404
    assert officer.get("/cases/number/NO-SUCH").status == 404
    assert officer.get(f"/cases/{site.office.open()}/steps/no_such_step").status == 404
    assert officer.get("/cases/new/no_such_regime").status == 404
