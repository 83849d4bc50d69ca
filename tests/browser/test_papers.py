"""A paper is drafted, reviewed, issued and corrected in a real browser, in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at

REPORT = "investigation_report"


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_paper_is_drafted_reviewed_issued_and_corrected(served: Served, locale: str) -> None:
    case_id = served.site.office.walk("two_illegal_paid", until="conclude_investigation")
    officer, reviewer = served.visit("officer", locale=locale), served.visit("reviewer", locale=locale)
    officer.goto(f"/cases/{case_id}")
    officer.click(f"a[href='/cases/{case_id}/papers']")
    looked_at(officer)
    officer.click(f"button[name=kind][value={REPORT}]")
    looked_at(officer)
    _submitted_with_a_blank_first(officer)
    _reviewed(reviewer)
    _issued(officer)
    with officer.expect_download() as download:
        officer.click("a[href$='/zh.pdf']")
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    old = officer.url
    officer.click("a[href$='/correct']")
    looked_at(officer)
    officer.click("main button.act")
    expect(officer.locator("#reason-fault-1")).to_be_visible()
    looked_at(officer)
    officer.fill("#reason", "认定日期有误 The date was wrong")
    officer.click("main button.act")
    looked_at(officer)
    officer.click("button[value=submit]")
    _reviewed(reviewer)
    _issued(officer)
    officer.goto(old)
    expect(officer.locator(".banner")).to_have_count(1)
    looked_at(officer)
    officer.goto(f"/cases/{case_id}/papers")
    looked_at(officer)
    officer.goto(f"/cases/{case_id}")
    looked_at(officer)


def _submitted_with_a_blank_first(page: Page) -> None:
    name = page.locator("textarea[id$='-zh']").first.get_attribute("id")
    page.fill(f"#{name}", "认定的事实：＿＿＿＿")
    page.click("button[value=submit]")
    expect(page.locator("[role=alert] li")).to_have_count(1)
    looked_at(page)
    page.click(f"[role=alert] a[href='#{name}']")
    assert page.evaluate("document.activeElement.id") == name
    page.fill(f"#{name}", "认定的事实清楚。")
    page.click("button[value=submit]")
    expect(page.locator("[role=status]")).to_have_count(1)
    looked_at(page)


def _reviewed(page: Page) -> None:
    page.goto("/papers/review")
    looked_at(page)
    page.click("table.list tbody td:first-child a")
    looked_at(page)
    page.click("a[href$='/preview/zh']")
    expect(page.locator("img.sheet").first).to_be_visible()
    looked_at(page)
    page.go_back()
    page.fill("#note", "同意 Agreed")
    page.click("button[value=approve]")
    expect(page.locator("[role=status]")).to_have_count(1)
    looked_at(page)


def _issued(page: Page) -> None:
    page.reload()
    page.click("button[value=check] >> nth=0")
    expect(page.locator(".consequence")).to_be_visible()
    looked_at(page)
    page.click("button[value=confirm]")
    expect(page.locator("dd.code")).to_have_count(2)
    looked_at(page)
