"""The administrator changes the calendar in a real browser, in both languages, accessible by axe at each page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.browser.test_pages import filed_case


def sound(page: Page) -> None:
    assert (page.url, faults_of(page)) == (page.url, [])
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, page.url
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_day_off_is_added_and_taken_away(served: Served, locale: str) -> None:
    filed_case(served)
    page = served.visit("administrator", locale=locale)
    page.goto("/calendar/new")
    page.click("main form button[type=submit]")
    expect(page.locator("[role=alert] a")).to_have_count(2)
    sound(page)
    page.fill("#day", "2026-06-01")
    page.check("#working-off")
    page.fill("#title_en", "Flood")
    page.fill("#title_zh", "洪灾停工")
    page.click("main form button[type=submit]")
    expect(page.locator("main table tbody tr")).to_have_count(1)
    sound(page)
    page.click("button[value=confirm]")
    expect(page.locator("[role=status]")).to_have_count(1)
    sound(page)
    page.click("a[href='/calendar/2026-06-01/remove']")
    sound(page)
    page.click("button[value=confirm]")
    expect(page.locator("a[href='/calendar/2026-06-01/remove']")).to_have_count(0)
