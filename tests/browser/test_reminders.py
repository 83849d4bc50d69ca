"""The inbox, the reminder settings and an escalated case in Chromium: accessible, whole when narrow, by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.reminded import filed, sweep

PATHS = (
    "/inbox", "/inbox?about=findings&unread=yes", "/reminders/settings", "/cases/{case}", "/desk?escalated=yes",
    "/cases",
)  # fmt: skip


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Press a key on what has been tabbed to, as somebody without a mouse does."""
    target.focus()
    assert page.evaluate("document.activeElement.matches(':focus-visible')")
    page.keyboard.press(key)
    page.wait_for_load_state("load")


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_reminders_are_read_muted_and_followed_by_keyboard(served: Served, locale: str) -> None:
    case_id = filed(served.site.office)
    sweep(served.site.office)
    said: list[str] = []
    page = served.visit("supervisor", locale=locale)
    page.on("console", lambda message: said.append(message.text))
    for path in PATHS:
        page.goto(path.format(case=case_id))
        looked_at(page)
    page.goto("/inbox?about=reminders")
    expect(page.locator(".places .unread-count")).to_have_text("7")
    press(page, page.locator("form[action='/reminders/mute'] button").first)
    expect(page.locator("[role=status]")).to_be_visible()
    looked_at(page)
    press(page, page.locator("[role=status] a"))
    expect(page).to_have_url(f"{served.address}/reminders/settings#ladder-agency")
    press(page, page.locator("form[action='/reminders/unmute'] button"), "Space")
    expect(page.locator("form[action='/reminders/unmute']")).to_have_count(0)
    page.goto("/inbox?about=reminders")
    press(page, page.locator("form[action='/inbox/read'] button").first)
    expect(page.locator("tr.unread")).to_have_count(0)
    press(page, page.locator("tbody a.case-number").first)
    expect(page.locator(".banner.escalation strong")).to_be_visible()
    assert said == []
