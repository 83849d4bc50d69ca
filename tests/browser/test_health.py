"""The page of the background work and the banner of every desk, in both languages: accessible and whole when narrow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from caseflow.web.context import BANNER_GRACE_SECONDS
from tests.background import beaten, given_up_mail, given_up_notice
from tests.browser.conftest import Served
from tests.browser.looking import faults_of

SCREENSHOTS = "CASEFLOW_TEST_SCREENSHOTS"


def looked_at(page: Page, name: str) -> None:
    """Hold a page against axe and a narrow screen; keep a picture where somebody wants to look."""
    assert (name, faults_of(page)) == (name, [])
    if SCREENSHOTS in os.environ:
        page.screenshot(path=str(Path(os.environ[SCREENSHOTS]) / f"{name}.png"), full_page=True)
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
    if SCREENSHOTS in os.environ:
        page.screenshot(path=str(Path(os.environ[SCREENSHOTS]) / f"{name}-narrow.png"), full_page=True)
    page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_background_work_is_shown_accessibly_and_tried_again_by_hand(served: Served, locale: str) -> None:
    url, office = served.site.office.database_url, served.site.office
    served.site.app.config[BANNER_GRACE_SECONDS] = 0.0
    beaten(url)
    beaten(url, "47 minutes", ("sweep",))
    payload = f'{{"office_id": {office.actors["officer"].office_id}, "to": "supervisor"}}'
    number = given_up_notice(url, "n1", payload, "value too long for type character varying(10)")
    given_up_mail(url, "cashier", "m1")
    given_up_mail(url, "officer", "m2", "cannot be written: ValueError")
    page = served.visit("administrator", locale=locale)
    page.click(".places a[href='/health']")
    expect(page.locator("main h1")).to_have_text("后台运行" if locale == "zh" else "Background work")
    expect(page.locator("#sweep .state")).to_have_text("异常" if locale == "zh" else "wrong")
    expect(page.locator(".alarm")).to_be_visible()
    looked_at(page, f"health-{locale}")
    page.click(f"form[action='/health/notices/{number}/retry'] button")
    expect(page.locator("[role=status]").first).to_contain_text("重试" if locale == "zh" else "tried again")
    expect(page.locator(f"form[action='/health/notices/{number}/retry']")).to_have_count(0)
    looked_at(page, f"health-tried-{locale}")
    officer = served.visit("officer", locale=locale)
    officer.goto("/desk")
    expect(officer.locator(".alarm")).to_contain_text("未再扫描" if locale == "zh" else "have not been swept since")
    looked_at(officer, f"desk-{locale}")
