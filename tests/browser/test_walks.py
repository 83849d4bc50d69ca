"""One case of each regime from report to archive, in a real browser, each step clicked by the desk that may take it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.workflow import Definition, money_text
from caseflow.resources import read_yaml
from caseflow.services.demo.papers import issue_all
from caseflow.services.ports import NewStaff
from caseflow.web.app import create_app
from tests.browser.conftest import says_why, serve
from tests.office import kept_files, with_receipt
from tests.site import PASSWORD, password_hash, settings_for

WALKS = Path(__file__).parents[1] / "data" / "walks.yaml"
SEATS = {
    "officer_1": Role.OFFICER,
    "officer_2": Role.OFFICER,
    "reviewer_1": Role.REVIEWER,
    "reviewer_2": Role.REVIEWER,
    "approver_1": Role.APPROVER,
    "approver_2": Role.APPROVER,
    "cashier_1": Role.CASHIER,
    "cashier_2": Role.CASHIER,
    "liaison_1": Role.LIAISON,
    "liaison_2": Role.LIAISON,
    "supervisor_1": Role.SUPERVISOR,
}


@dataclass
class County:
    """A training database behind a real HTTP server, and one signed-in browser window a seat."""

    address: str
    database_url: str
    browser: Browser
    application: bootstrap.Application
    windows: dict[str, Page]
    today: date | None = None

    def window(self, seat: str) -> Page:
        if seat not in self.windows:
            page = self.browser.new_context(locale="en-GB").new_page()
            says_why(page)
            page.goto(f"{self.address}/sign-in")
            page.fill("input[name=login]", seat)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button[type=submit]")
            page.wait_for_url("**/desk")
            self.windows[seat] = page
        return self.windows[seat]

    def staff(self) -> list[Actor]:
        with self.application.store.begin() as work:
            members = [work.staff.by_login(seat) for seat in SEATS]
        return [member.actor for member in members if member is not None]

    def cashier(self) -> Actor:
        with self.application.store.begin() as work:
            member = work.staff.by_login("cashier_1")
        assert member is not None
        return member.actor

    def run_at(self, day: date) -> None:
        if day == self.today:
            return
        self.application.move_training_date(day)
        self.today = day

    def state_of(self, case_id: int) -> tuple[str, str]:
        with psycopg.connect(self.database_url) as connection:
            row = connection.execute("select state, phase from cases where id = %s", (case_id,)).fetchone()
        assert row is not None
        return row[0], row[1]


@pytest.fixture
def county(database_url: str, chromium: Browser) -> Iterator[County]:
    application = bootstrap.build_application(database_url, files=kept_files())
    application.installation.stamp("training")
    hashed = password_hash()
    with application.store.begin() as work:
        office_id = work.staff.add_office("WALK", "Walk County", "走流程县", bootstrap.setup_event("office"))
        work.ledger.open_accounts(office_id, application.rulebook.chart.accounts)
        for seat, role in SEATS.items():
            new = NewStaff(office_id, seat, seat, seat, hashed, (role,), "en")
            work.staff.add(new, bootstrap.setup_event(seat))
        work.commit()
    app = create_app(settings_for(database_url), application=application)
    with serve(app) as address:
        found = County(address, database_url, chromium, application, {})
        yield found
        for page in found.windows.values():
            page.context.close()
    application.close()


def walk_named(name: str) -> Mapping[str, Any]:
    walks = read_yaml(WALKS).data["walks"]
    found: Mapping[str, Any] = next(walk for walk in walks if walk["name"] == name)
    return found


@pytest.mark.parametrize("name", ["two_illegal_hearing_court", "water_hearing_suit_court", "fee_court_2012_wound_down"])
def test_a_case_is_taken_from_report_to_archive(county: County, name: str) -> None:
    walk = walk_named(name)
    definition = county.application.rulebook.definitions[walk["regime"]]
    county.run_at(walk["start"])
    case_id = open_in_browser(county, definition, walk)
    phases = [county.state_of(case_id)[1]]
    for step in walk["steps"]:
        county.run_at(step["on"])
        take_in_browser(county, definition, case_id, step)
        phases.append(county.state_of(case_id)[1])
    assert county.state_of(case_id) == ("archived", "closed")
    assert {"investigation", "assessment", "court_referral", "collection", "closed"} <= set(phases)
    page = county.window("officer_1")
    page.goto(f"{county.address}/cases/{case_id}")
    assert page.locator(".timeline > li").count() == len(walk["steps"]) + 1


def open_in_browser(county: County, definition: Definition, walk: Mapping[str, Any]) -> int:
    page = county.window("officer_1")
    page.goto(f"{county.address}/cases/new/{walk['regime']}")
    kind = page.locator(f"input[name=party_kind][value={walk['subject_kind']}]")
    if kind.count():
        kind.first.check()
    page.fill("input[name=party_name]", "Walker 走流程")
    page.select_option("select[name=second_officer_id]", label="officer_2")
    fill(page, definition, walk["opening"])
    page.click("main form button.act")
    page.locator(".timeline, .faults").first.wait_for()
    assert "new" not in page.url, faults(page)
    return int(page.url.rpartition("/")[2])


def take_in_browser(county: County, definition: Definition, case_id: int, step: Mapping[str, Any]) -> None:
    page = county.window(step["by"])
    if issued := definition.steps[step["step"]].needs.issued:
        # How papers are written, reviewed and issued is walked through in test_papers.
        issue_all(county.application.papers, case_id, county.staff(), issued)
    page.goto(f"{county.address}/cases/{case_id}")
    page.click(f"main a[href$='/cases/{case_id}/steps/{step['step']}']")
    fill(page, definition, with_receipt(county.application, definition, step, county.cashier()))
    page.click("main form button.act")
    if definition.steps[step["step"]].grave:
        page.locator("main button[value=confirm], .faults").first.wait_for()
        assert not faults(page), f"{step['step']}: {faults(page)}"
        page.click("main button[value=confirm]")
    page.locator(".timeline, .faults").first.wait_for()
    assert page.url == f"{county.address}/cases/{case_id}", f"{step['step']}: {faults(page)}"


def fill(page: Page, definition: Definition, answers: Mapping[str, Any]) -> None:
    for name, value in answers.items():
        declared = definition.fields[name]
        wanted = f"[name=answer-{name}]"
        # A click waits for the next page to begin, not for its form; what is counted below must be there first.
        page.locator(wanted).first.wait_for(state="attached")
        if declared.type == "boolean":
            page.set_checked(f"input{wanted}", bool(value))
        elif declared.type == "choice":
            radio = page.locator(f"input{wanted}[value={value}]")
            if radio.count():
                radio.check()
            else:
                page.select_option(f"select{wanted}", value)
        else:
            text = money_text(value) if declared.type == "money" else str(value)
            page.fill(wanted, text)


def faults(page: Page) -> list[str]:
    return page.locator(".faults, main .banner").all_inner_texts()
