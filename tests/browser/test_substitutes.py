"""A substitute is arranged, seen on the desk and the case page, and ended, in a real browser and both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.office import CHECKED


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_substitute_is_arranged_seen_and_ended(served: Served, locale: str) -> None:
    office = served.site.office
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    page = served.visit("administrator", locale=locale)
    page.goto("/substitutes")
    looked_at(page)
    page.click("main a.act")
    page.select_option("#away", str(office.actors["officer"].id))
    page.fill("#until_on", "2026-03-01")
    page.click("main button[type=submit]")
    expect(page.locator("[role=alert] li")).to_have_count(3)
    looked_at(page)
    page.click("[role=alert] a[href='#substitute']")
    assert page.evaluate("document.activeElement.id") == "substitute"
    page.select_option("#substitute", str(office.actors["liaison"].id))
    page.fill("#until_on", "2026-03-09")
    page.fill("#reason", "Annual leave 年休假")
    page.click("main button[type=submit]")
    expect(page.locator(".consequence")).to_contain_text("执法人员" if locale == "zh" else "enforcement officer")
    looked_at(page)
    page.click("main button[value=confirm]")
    expect(page.locator("table.list tbody tr")).to_have_count(1)
    looked_at(page)
    liaison = served.visit("liaison", locale=locale)
    for path in ("/desk", f"/cases/{case_id}", "/substitutes", "/substitutes/new"):
        liaison.goto(path)
        looked_at(liaison)
    liaison.goto("/desk")
    expect(liaison.locator(".owner .flag")).to_have_count(1)
    page.click("table.list tbody a")
    looked_at(page)
    page.click("main button[value=now]")
    expect(page.locator("[role=status]")).to_have_count(1)
    liaison.reload()
    expect(liaison.locator(".owner .flag")).to_have_count(0)
