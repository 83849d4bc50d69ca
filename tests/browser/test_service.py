"""Serving a decision in a real browser: nobody there, refused, left with a witness; public notice as the last way."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at


def decided(served: Served) -> int:
    case_id = served.site.office.walk("two_illegal_paid", until="enter_confiscation")
    served.site.office.time.day = date(2024, 2, 23)
    return case_id


def tries(page: Page, case_id: int, result: str, hour: str = "10") -> None:
    page.goto(f"/cases/{case_id}")
    page.click(f"main a[href='/cases/{case_id}/service']")
    page.select_option("#method", "direct")
    page.select_option("#result", result)
    page.select_option("#hour", hour)
    page.click("main form button.act")
    expect(page.locator("[role=status]")).to_have_count(1)
    looked_at(page)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_refused_decision_is_left_with_a_witness_and_its_time_limits_run(served: Served, locale: str) -> None:
    case_id = decided(served)
    page = served.visit("officer", locale=locale)
    page.goto(f"/cases/{case_id}/service")
    looked_at(page)
    page.click("main form button.act")
    expect(page.locator("[role=alert] li")).to_have_count(3)
    looked_at(page)
    page.click("[role=alert] a[href='#result']")
    assert page.evaluate("document.activeElement.id") == "result"
    tries(page, case_id, "nobody_there", "23")
    expect(page.locator(".flag").first).to_have_text("夜间或者节假日" if locale == "zh" else "at night or on a holiday")
    tries(page, case_id, "refused")
    page.goto(f"/cases/{case_id}/steps/serve_decision")
    looked_at(page)
    page.fill("[name=answer-served_on]", "2024-02-23")
    page.check("[name=answer-service_method][value=left]")
    page.fill("[name=answer-service_record_no]", "送达回证第7号")
    page.click("main form button[value=check]")
    # The refusal is on file; who saw the paper left is not.
    expect(page.locator("[role=alert] li")).to_have_count(1)
    expect(page.locator("[role=alert] a")).to_have_attribute("href", "#answer-service_witness")
    looked_at(page)
    page.fill("[name=answer-service_witness]", "城关镇居委会工作人员")
    page.click("main form button[value=check]")
    page.click("main button[value=confirm]")
    expect(page.locator(".timeline")).to_have_count(1)
    looked_at(page)
    page.goto(f"/cases/{case_id}/service")
    expect(page.locator("#served-title + ol > li").first).to_contain_text("留置送达" if locale == "zh" else "Left")
    looked_at(page)
    with served.site.office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert {clock.rule_id for clock in case.clocks if clock.reckoning.trigger_on == date(2024, 2, 23)} >= {
        "cn.apl.pay_fine", "cn.arl.apply", "cn.all.sue_direct",
    }  # fmt: skip


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_public_notice_is_open_only_after_two_failures(served: Served, locale: str) -> None:
    case_id = decided(served)
    page = served.visit("officer", locale=locale)
    publish = f"main a[href='/cases/{case_id}/steps/publish_decision']"
    for result in ("nobody_there", "returned_by_post"):
        page.goto(f"/cases/{case_id}")
        expect(page.locator(publish)).to_have_count(0)
        tries(page, case_id, result)
    page.goto(f"/cases/{case_id}")
    page.click(publish)
    page.fill("[name=answer-published_on]", "2024-02-23")
    page.fill("[name=answer-outcome_reasons]", "Every other way failed. 其他方式均无法送达。")
    page.click("main form button.act")
    expect(page.locator(".timeline")).to_have_count(1)
    served.site.office.time.day = date(2024, 3, 26)
    page.goto(f"/cases/{case_id}/steps/complete_public_notice")
    looked_at(page)
    page.fill("[name=answer-served_on]", "2024-03-26")
    page.fill("[name=answer-service_record_no]", "公告第1号")
    page.click("main form button[value=check]")
    page.click("main button[value=confirm]")
    page.goto(f"/cases/{case_id}/service")
    shown = page.locator("#served-title + ol > li").first
    expect(shown).to_contain_text("公告送达" if locale == "zh" else "By public notice")
    looked_at(page)
