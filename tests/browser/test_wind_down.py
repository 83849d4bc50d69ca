"""People are released, in a real browser: plan, prepare, approve as another person, run, the court's papers, go on."""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.browser.test_golden_referrals import column, picture, take
from tests.fee_cases import PAPER, fee_cases
from tests.office import Office

REASON = "《人口与计划生育法》2021年修正后征收依据已废止，未征收部分不再征收。"


def seen(page: Page, name: str) -> None:
    """Hold a page against axe and a narrow screen, and keep a picture of it at both widths."""
    looked_at(page)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        picture(page, f"{name}_{width}")


def background(office: Office) -> None:
    """Do what the worker does."""
    office.application.winddown.carry_on(most_seconds=120)


def test_people_are_released_by_a_run_and_the_courts_papers(served: Served) -> None:
    office = served.site.office
    cases = fee_cases(office)
    run = prepared_and_approved(served, cases)
    background(office)
    page = served.visit("supervisor")
    page.goto(f"{run}?show=court")
    expect(page.locator("#cases-title ~ table")).to_contain_text("waits for the court")
    expect(page.locator("#letters-waiting")).to_contain_text("letters are still not issued")
    seen(page, "run_en")
    page.click("#letters-waiting a >> nth=0")
    expect(page.locator("h1")).to_contain_text("that are not issued")
    seen(page, "letters_en")
    liaison = served.visit("liaison")
    withdrawn = column(liaison, "withdrawn")
    assert "Withdrawal filed with the court" in withdrawn
    assert "Ask the court after the withdrawal (house rule)" in withdrawn
    assert "1 December 2021" in withdrawn
    seen(liaison, "board_en")
    office.time.day = date(2021, 12, 6)
    end = {"end_paper_no": "（2021）津0114执1号", "end_paper_on": "2021-12-06"}
    take(served, liaison, cases["listed"], "confirm_court_end_restricted", end)
    go_on(office, page, run)
    office.time.day = date(2021, 12, 20)
    delisted = {"delisting_paper_no": "（2021）津0114执1号之二", "delisted_on": "2021-12-20"}
    take(served, liaison, cases["listed"], "confirm_delisting", delisted)
    go_on(office, page, run)
    page.goto(f"{run}?show=court")
    expect(page.locator("main")).to_contain_text("No case of the run is so.")
    the_released(served, page, cases["listed"])


def prepared_and_approved(served: Served, cases: dict[str, int]) -> str:
    """Plan and prepare as the supervisor and approve as another person; return the address of the run."""
    page = served.visit("supervisor")
    page.click("nav.places a[href='/wind-down']")
    seen(page, "desk_en")
    page.locator("table.classes summary").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator("table.classes details").last).to_have_attribute("open", "")
    page.click("table.classes a[href*='withdraw_and_delist']")
    expect(page.locator("table.wound tbody tr")).to_have_count(1)
    seen(page, "desk_listed_en")
    page.goto("/wind-down")
    for stage in ("undecided", "decided", "part", "listed"):
        page.locator(f"table.wound input[value='{cases[stage]}']").check()
    page.click("text=Prepare a run with the marked cases")
    page.fill("#day", "2019-01-01")
    page.fill("#reason", REASON)
    page.click("main button[value=check]")
    expect(page.locator("[role=alert]")).to_contain_text("19 August 2021")
    expect(page.locator("#reason")).to_have_value(REASON)
    seen(page, "prepare_en")
    page.fill("#day", "2021-11-01")
    page.click("main button[value=check]")
    expect(page.locator("h1")).to_contain_text("Ask for approval to release 4 people?")
    seen(page, "confirm_en")
    page.click("text=Ask another person for approval")
    expect(page.locator("main")).to_contain_text("Waits for the approval of another person.")
    seen(page, "waits_en")
    address = page.url
    approver = served.visit("approver")
    approver.goto(address)
    approver.click("text=Look through it and decide")
    seen(approver, "decide_en")
    approver.fill("#finance_paper_no", PAPER)
    approver.click("text=Approve the run")
    expect(approver.locator("main")).to_contain_text("Nothing of this can be taken back")
    seen(approver, "grave_en")
    approver.click("main button[value=confirm]")
    expect(approver.locator("main")).to_contain_text("0 of 4 tried")
    seen(approver, "busy_en")
    return address


def go_on(office: Office, page: Page, run: str) -> None:
    page.goto(run)
    page.click("main form button.act")
    expect(page.locator("main")).to_contain_text("taken up again")
    background(office)


def the_released(served: Served, page: Page, case_id: int) -> None:
    page.goto("/wind-down/released")
    expect(page.locator("#listed-title")).to_contain_text("Nobody is on the list of defaulters")
    expect(page.locator("#months-title ~ .figures table")).to_contain_text("December 2021")
    seen(page, "released_en")
    page.locator("#months-title ~ .figures table a").first.click()
    expect(page.locator(f"main a[href='/cases/{case_id}']")).to_have_count(1)
    seen(page, "released_cases_en")
    page.goto(f"/cases/{case_id}")
    expect(page.locator("#wind-down-title ~ ol.path li")).to_have_count(2)
    seen(page, "case_en")
    chinese = served.visit("auditor", locale="zh")
    for path, name in (("/wind-down", "desk"), ("/wind-down/runs", "runs"), ("/wind-down/runs/1", "run"),
                       ("/wind-down/released", "released"), (f"/cases/{case_id}", "case")):  # fmt: skip
        chinese.goto(path)
        seen(chinese, f"{name}_zh")


def test_who_is_still_listed_is_seen_at_a_glance(served: Served) -> None:
    office = served.site.office
    cases = fee_cases(office)
    office.walk("golden_xianyou", until="record_court_measures")
    office.time.day = date(2021, 11, 1)
    for locale, told in (("en", "2 people are still on the list"), ("zh", "仍有2人在失信被执行人名单上")):
        page = served.visit("approver", locale=locale)
        page.goto("/wind-down/released")
        expect(page.locator("#listed-title")).to_contain_text(told)
        expect(page.locator(f"main p a[href='/cases/{cases['listed']}']")).to_have_count(1)
        seen(page, f"listed_{locale}")
        page.locator("table.narrow-list tbody a").click()
        expect(page.locator("main tbody tr")).to_have_count(2)
