"""The golden cases before the court, in a real browser: Wuqing, Anyue, and one of a law in force."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from caseflow.domain.workflow import Definition
from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.office import Office
from tests.planted import replay

# Where pictures of the pages go for somebody to look at; nothing is written without it.
PICTURES = os.environ.get("CASEFLOW_TEST_PICTURES")
REASON = "《人口与计划生育法》2021年修正后征收依据已废止，未征收部分不再征收。"


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"), full_page=True)


def column(page: Page, name: str) -> str:
    page.goto("/referrals")
    return " ".join(page.locator(f"#column-{name}").inner_text().split())


def take(served: Served, page: Page, case_id: int, step: str, answers: Mapping[str, str | bool]) -> None:
    """Take one step from the page of the referral, as its desk does: click, type, look, confirm."""
    definition: Definition = served.site.office.application.pages.show(
        served.site.office.actors["officer"], case_id
    ).rules.definition
    served.site.office.issue(case_id, *definition.steps[step].needs.issued)
    page.goto(f"/referrals/{case_id}")
    page.click(f"main a[href$='/cases/{case_id}/steps/{step}']")
    for name, value in answers.items():
        wanted = f"[name=answer-{name}]"
        page.locator(wanted).first.wait_for(state="attached")
        if isinstance(value, bool):
            page.set_checked(f"input{wanted}", value)
        elif definition.fields[name].type == "choice":
            page.locator(f"input{wanted}[value={value}]").check()
        else:
            page.fill(wanted, value)
    page.click("main form button.act")
    if definition.steps[step].grave:
        page.click("main button[value=confirm]")
    page.locator(".timeline, .faults").first.wait_for()
    assert page.url.endswith(f"/cases/{case_id}"), page.locator(".faults").all_inner_texts()


def on(office: Office, year: int, month: int, day: int) -> str:
    office.time.day = date(year, month, day)
    return office.time.day.isoformat()


def test_wuqing_is_allowed_then_frozen_withdrawn_and_delisted(served: Served) -> None:
    office = served.site.office
    case_id = office.walk("golden_wuqing", until="sign_court_application")
    page = served.visit("liaison")
    on(office, 2020, 2, 20)
    ready = column(page, "ready")
    assert "66,336.00 yuan" in ready
    assert "Application signed" in ready
    page.locator("#column-ready a.case-number").click()
    expect(page.locator("main h1")).to_contain_text("Harmony Clinic")
    take(served, page, case_id, "apply_to_court", {"court_name": "天津市武清区人民法院", "applied_on": "2020-02-20"})
    filed = column(page, "filed")
    assert "天津市武清区人民法院" in filed
    assert "27 February 2020" in filed, "five working days to accept"
    for step, day, no in (
        ("record_acceptance", on(office, 2020, 2, 26), "（2020）津0114行审1号"),
        ("record_doubts", on(office, 2020, 3, 3), "（2020）津0114行审1号"),
    ):
        take(served, page, case_id, step, {"court_paper_no": no, "court_paper_on": day})
    office.time.day = date(2020, 3, 3)
    accepted = column(page, "accepted")
    assert "27 March 2020" in accepted, "thirty days from the acceptance"
    day = on(office, 2020, 3, 27)
    ruling = {"court_paper_no": "（2020）津0114行审1号之一", "court_paper_on": day}
    take(served, page, case_id, "record_execution_allowed", ruling)
    assert "（2020）津0114行审1号之一" in column(page, "in_enforcement")
    measures: dict[str, str | bool] = {
        "measures_on": on(office, 2020, 6, 20),
        "on_defaulter_list": True,
        "consumption_limited": True,
    }
    take(served, page, case_id, "record_court_measures", measures)
    # The law is gone on 2021-08-20: nothing is filed or collected any more, what is before the court is withdrawn.
    on(office, 2021, 9, 1)
    assert "The law behind it was abolished on 20 August 2021" in column(page, "in_enforcement")
    picture(page, "wuqing_law_gone_en")
    frozen: dict[str, str | bool] = {"frozen_on": on(office, 2021, 11, 1), "paid_state": "unpaid", "kept_amount": "0",
              "on_defaulter_list": True, "consumption_limited": True}  # fmt: skip
    take(served, page, case_id, "freeze_in_court", frozen)
    withdraw_on_the_board(served, page, case_id)
    day = on(office, 2021, 12, 6)
    end = {"end_paper_no": "（2021）津0114执1号", "end_paper_on": day}
    take(served, page, case_id, "confirm_court_end_restricted", end)
    take(served, page, case_id, "ask_delisting", {"delisting_asked_on": on(office, 2021, 12, 7)})
    assert "（2021）津0114执1号" in column(page, "withdrawn")
    delisted = {"delisting_paper_no": "（2021）津0114执1号之二", "delisted_on": on(office, 2021, 12, 20)}
    take(served, page, case_id, "confirm_delisting", delisted)
    page.goto(f"/referrals/{case_id}")
    expect(page.locator("main")).to_contain_text("（2021）津0114执1号之二")
    expect(page.locator("main")).to_contain_text("Balance to be written off")
    picture(page, "wuqing_referral_en")


def withdraw_on_the_board(served: Served, page: Page, case_id: int) -> None:
    on(served.site.office, 2021, 11, 8)
    column(page, "in_enforcement")
    page.locator(f"#column-in_enforcement input[value='{case_id}']").check()
    page.click("text=Withdraw the chosen applications")
    expect(page.locator("main")).to_contain_text("1 application is withdrawn")
    page.click("main button[value=check]")
    expect(page.locator("[role=alert]")).to_contain_text("Give the legal reason")
    page.fill("#reason", REASON)
    picture(page, "withdraw_en")
    page.click("main button[value=check]")
    expect(page.locator("main")).to_contain_text("A withdrawal cannot be taken back")
    assert faults_of(page) == []
    page.click("main button[value=confirm]")
    expect(page.locator("main h1")).to_contain_text("Withdrawal of 1 application")
    expect(page.locator("main table")).to_contain_text("withdrawn")
    assert faults_of(page) == []
    picture(page, "withdrawal_en")
    assert "Withdrawal filed with the court" in column(page, "withdrawn")


def test_anyue_is_in_time_by_public_notice_and_refused(served: Served) -> None:
    """The decision of 2019-03 was out of time on 2020-08-28 had it been served at once; see the other test."""
    office = served.site.office
    case_id = office.walk("golden_anyue", until="serve_demand")
    on(office, 2020, 8, 24)
    page = served.visit("liaison")
    assert "718,080.00 yuan" in column(page, "ready")
    top = page.locator(".soon").inner_text()
    assert "10 September 2020" in top
    assert "17 days left" in top
    picture(page, "anyue_closing_en")
    approver = served.visit("approver")
    take(served, approver, case_id, "sign_court_application", {"application_approved_on": "2020-08-24"})
    applied = {"court_name": "四川省安岳县人民法院", "applied_on": on(office, 2020, 8, 28)}
    take(served, page, case_id, "apply_to_court", applied)
    accepted = {"court_paper_no": "（2020）川2021行审1号", "court_paper_on": on(office, 2020, 8, 31)}
    take(served, page, case_id, "record_acceptance", accepted)
    reasons = "适用法律明显错误，裁定不准予强制执行。"
    refused = {"court_paper_no": "（2020）川2021行审1号之一", "court_paper_on": on(office, 2020, 9, 1)}
    take(served, page, case_id, "record_execution_refused", {**refused, "court_reasons": reasons})
    ruled = column(page, "ruled")
    assert "16 September 2020" in ruled, "fifteen days to challenge"
    assert "binds the office" in ruled
    page.goto(f"/referrals/{case_id}")
    expect(page.locator("main")).to_contain_text(reasons)
    on(office, 2020, 9, 17)
    page.goto(f"/referrals/{case_id}")
    late = page.locator(".steps li", has_text="Challenge the refusal")
    expect(late).to_contain_text("16 September 2020")


def test_anyue_served_at_once_would_have_been_out_of_time(served: Served) -> None:
    """Served in March 2019, the time to sue ended in September and the three months to apply before the year did."""
    office = served.site.office
    case_id = replay(
        office,
        "golden_anyue",
        until="serve_demand",
        instead={
            "publish_decision": None,
            "complete_public_notice": (
                "serve_decision", date(2019, 3, 25),
                {"served_on": "2019-03-25", "service_method": "direct", "service_record_no": "送达回证第1号"},
            ),
            "note_time_to_sue_over": ("note_time_to_sue_over", date(2019, 9, 26), {}),
        },
    )  # fmt: skip
    on(office, 2020, 8, 28)
    page = served.visit("liaison")
    assert "718,080.00 yuan" not in column(page, "ready")
    top = page.locator(".soon").inner_text()
    assert "25 December 2019" in top
    assert "over for 247 days" in top
    page = served.visit("approver")
    page.goto(f"/referrals/{case_id}")
    expect(page.locator("main")).to_contain_text("Sign the application to the court")
    page.goto(f"/cases/{case_id}/steps/sign_court_application")
    page.fill("#answer-application_approved_on", "2020-08-28")
    page.click("main form button.act")
    expect(page.locator("[role=alert]")).to_contain_text("25 December 2019")


def test_a_live_case_goes_from_the_served_decision_to_enforcement(served: Served) -> None:
    office = served.site.office
    case_id = office.walk("two_illegal_hearing_court", until="serve_decision")
    officer, approver, page = (served.visit(login) for login in ("officer", "approver", "liaison"))
    on(office, 2023, 11, 30)
    officer_takes(officer, case_id, "note_time_to_sue_over", {})
    on(office, 2023, 12, 1)
    demand = {"demand_served_on": "2023-12-01", "service_record_no": "送达回证第1号", "demanded_amount": "75,000"}
    officer_takes(officer, case_id, "serve_demand", demand)
    on(office, 2023, 12, 15)
    assert "Ready to file 0" in column(page, "ready"), "the last of the ten working days is the party's"
    on(office, 2023, 12, 18)
    assert "Ready to file 1" in column(page, "ready")
    take(served, approver, case_id, "sign_court_application", {"application_approved_on": "2023-12-18"})
    applied = {"court_name": "云岭县人民法院", "applied_on": on(office, 2023, 12, 20)}
    take(served, page, case_id, "apply_to_court", applied)
    accepted = {"court_paper_no": "（2023）云行审1号", "court_paper_on": on(office, 2023, 12, 25)}
    take(served, page, case_id, "record_acceptance", accepted)
    allowed = {"court_paper_no": "（2023）云行审1号之一", "court_paper_on": on(office, 2024, 1, 3)}
    take(served, page, case_id, "record_execution_allowed", allowed)
    assert "In enforcement 1" in column(page, "in_enforcement")


def officer_takes(page: Page, case_id: int, step: str, answers: Mapping[str, str]) -> None:
    page.goto(f"/cases/{case_id}/steps/{step}")
    for name, value in answers.items():
        page.fill(f"[name=answer-{name}]", value)
    if "service_record_no" in answers:
        page.locator("[name=answer-service_method][value=direct]").check()
    page.click("main form button.act")
    page.locator(".timeline, .faults").first.wait_for()
    assert page.url.endswith(f"/cases/{case_id}"), page.locator(".faults").all_inner_texts()


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_liaisons_pages_are_accessible_and_fit_a_narrow_screen(served: Served, locale: str) -> None:
    office = served.site.office
    for name, until in (
        ("two_illegal_hearing_court", "serve_demand"), ("two_illegal_hearing_court", "apply_to_court"),
        ("water_hearing_suit_court", "record_acceptance"), ("golden_anyue", "record_execution_refused"),
        ("golden_wuqing", "withdraw_from_court"),
    ):  # fmt: skip
        office.walk(name, until=until)
    on(office, 2024, 2, 10)
    said: list[str] = []
    page = served.visit("liaison", locale=locale)
    page.on("console", lambda message: said.append(message.text))
    for name, path in (
        ("board", "/referrals"), ("column", "/referrals?column=filed&regime=two_illegal"), ("referral", "/referrals/2"),
        ("replies", "/referrals/replies"), ("withdraw", "/referrals/withdrawals/new?case=2&case=1"),
        ("withdrawals", "/referrals/withdrawals"),
    ):  # fmt: skip
        page.goto(path)
        assert page.locator("main h1").count() == 1, path
        assert (path, faults_of(page)) == (path, [])
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
        picture(page, f"{name}_{locale}")
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        picture(page, f"{name}_{locale}_narrow")
        page.set_viewport_size({"width": 1280, "height": 800})
    assert said == []
