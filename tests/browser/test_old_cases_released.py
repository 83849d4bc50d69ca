"""A casebook in a real browser: taken in, planned, approved by another person, run, and its people released."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.test_case_imports import sent
from tests.browser.test_golden_referrals import column, take
from tests.browser.test_wind_down import REASON, background, go_on, seen
from tests.casebook import CASEBOOK
from tests.fee_cases import PAPER
from tests.office import Office

GOOD = [row for row in json.loads((CASEBOOK / "key.json").read_text(encoding="utf-8"))["rows"] if row["ok"]]
GROUPS = Counter((row["winddown"], row["stage"]) for row in GOOD)
LISTED = [row for row in GOOD if row["stage"] == "listed"]


def test_a_casebook_is_taken_in_and_its_people_are_released(served: Served) -> None:
    office = served.site.office
    office.time.day = date(2024, 3, 1)
    taken_in(served)
    run = approved(served)
    background(office)
    page = served.visit("supervisor")
    page.goto(run)
    expect(page.locator("main")).to_contain_text(f"{len(LISTED)} of {len(LISTED)} tried")
    seen(page, "casebook_run")
    liaison = served.visit("liaison")
    number = LISTED[0]["case"]
    board = column(liaison, "withdrawn")
    assert "Withdrawal filed with the court" in board
    seen(liaison, "casebook_board")
    case_id = case_called(page, number)
    page.goto("/wind-down/released")
    expect(page.locator("#listed-title")).to_contain_text(str(len(LISTED)))
    courts_papers(served, liaison, case_id, page, run)
    page.goto("/wind-down/released")
    expect(page.locator("#listed-title")).to_contain_text(str(len(LISTED) - 1))
    expect(page.locator("#months-title ~ .figures table")).to_contain_text("April 2024")
    seen(page, "casebook_released")
    chinese = served.visit("auditor", locale="zh")
    chinese.goto("/wind-down/released")
    seen(chinese, "casebook_released_zh")
    assert written_off_fen(office, case_id) == LISTED[0]["assessed_fen"]


def taken_in(served: Served) -> None:
    """Send the casebook as an officer and import its good rows."""
    page = served.visit("officer")
    sent(page, CASEBOOK / "casebook.csv")
    page.click("main table ~ .acts button")
    page.click("a[href$=commit]")
    page.click("main form button.act[value=good_rows]")
    page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=120_000)


def approved(served: Served) -> str:
    """Plan as the supervisor, prepare a run of all who are listed, approve it as another person; return its address."""
    page = served.visit("supervisor")
    page.goto("/wind-down")
    for (name, stage), count in GROUPS.items():
        link = page.locator(f"a[href*='class={name}'][href*='stage={stage}']")
        expect(page.locator("table.classes tr", has=link).locator("td.number").first).to_contain_text(str(count))
    page.goto("/wind-down?class=withdraw_and_delist")
    seen(page, "casebook_plan")
    page.click("text=Prepare a run for this whole class")
    page.fill("#day", "2024-03-01")
    page.fill("#reason", REASON)
    page.click("main button[value=check]")
    expect(page.locator("h1")).to_contain_text(f"Ask for approval to release {len(LISTED)} people?")
    page.click("text=Ask another person for approval")
    expect(page.locator("main")).to_contain_text("Waits for the approval of another person.")
    address = page.url
    approver = served.visit("approver")
    approver.goto(address)
    approver.click("text=Look through it and decide")
    approver.fill("#finance_paper_no", PAPER)
    approver.click("text=Approve the run")
    approver.click("main button[value=confirm]")
    expect(approver.locator("main")).to_contain_text(f"0 of {len(LISTED)} tried")
    return address


def courts_papers(served: Served, liaison: Page, case_id: int, page: Page, run: str) -> None:
    """Type both papers of the court for one case, with the office's steps between and after them."""
    office = served.site.office
    office.time.day = date(2024, 3, 20)
    end = {"end_paper_no": "（2024）云0000执1号", "end_paper_on": "2024-03-20"}
    take(served, liaison, case_id, "confirm_court_end_restricted", end)
    go_on(office, page, run)
    office.time.day = date(2024, 4, 8)
    delisted = {"delisting_paper_no": "（2024）云0000执1号之二", "delisted_on": "2024-04-08"}
    take(served, liaison, case_id, "confirm_delisting", delisted)
    go_on(office, page, run)


def case_called(page: Page, number: str) -> int:
    page.goto(f"/cases?q={number}")
    link = page.locator("main a[href^='/cases/']", has_text=re.compile("2"))
    address = link.first.get_attribute("href")
    assert address is not None
    return int(address.rsplit("/", 1)[1])


def written_off_fen(office: Office, case_id: int) -> int:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return case.money.written_off_fen
