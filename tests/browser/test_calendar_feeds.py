"""The calendar page in a real browser: an address is made, copied, read by a stranger and revoked."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.browser.test_pages import filed_case


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_an_address_is_made_read_and_revoked(served: Served, locale: str) -> None:
    case_id = filed_case(served)
    page = served.visit("officer", locale=locale)
    page.goto("/inbox")
    page.click("a[href='/reminders/calendar']")
    page.click("form[action='/reminders/calendar'] button")
    address = page.input_value("#address")
    assert faults_of(page) == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    stranger = served.browser.new_context().request
    answer = stranger.get(address)
    assert (answer.status, answer.text().count("BEGIN:VEVENT")) == (200, 1)
    page.click("form[action='/reminders/calendar/revoke'] button")
    assert faults_of(page) == []
    page.click("button[value=confirm]")
    expect(page.locator("[role=status]")).to_be_visible()
    assert stranger.get(address).status == 404
    page.goto(f"/cases/{case_id}")
    with page.expect_download() as coming:
        page.click(f"a[href='/cases/{case_id}/deadlines.ics']")
    assert coming.value.suggested_filename == "YL-TI-2026-0001.ics"
