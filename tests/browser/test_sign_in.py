"""An app is set up from its secret, signs in, and a late act asks who it is, in a real browser and both languages."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.site import PASSWORD


def long_ago(served: Served) -> None:
    with psycopg.connect(served.site.office.database_url) as connection:
        connection.execute("alter table staff_session disable trigger session_only_ends")
        connection.execute("update staff_session set confirmed_at = confirmed_at - interval '16 minutes'")
        connection.execute("alter table staff_session enable trigger session_only_ends")
        connection.commit()


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("CASEFLOW_TEST_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def set_up(page: Page, locale: str) -> pyotp.TOTP:
    """Set an app up by its secret in text, with a code of half a minute ago so that the next is unused."""
    page.goto("/my-sign-in")
    looked_at(page)
    page.click("main form[action='/my-sign-in/app'] button")
    looked_at(page)
    shot(page, f"enrol-{locale}")
    app = pyotp.TOTP(page.inner_text("code.secret").replace(" ", ""))
    page.fill("#code", "000000")
    page.click("main button[type=submit]")
    expect(page.locator("[role=alert]")).to_have_count(1)
    looked_at(page)
    page.fill("#code", app.at(datetime.now(UTC) - timedelta(seconds=30)))
    page.click("main button[type=submit]")
    expect(page.locator(".codes li")).to_have_count(10)
    looked_at(page)
    shot(page, f"codes-{locale}")
    return app


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_an_app_is_set_up_signs_in_and_a_late_act_asks_who_it_is(served: Served, locale: str) -> None:
    page = served.visit("cashier", locale=locale)
    app = set_up(page, locale)
    page.click("main a.act")
    looked_at(page)
    shot(page, f"own-{locale}")
    page.goto("/my-sign-in/password")
    looked_at(page)
    shot(page, f"password-{locale}")
    page.click("header form[action='/sign-out'] button")
    page.fill("#login", "cashier")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    expect(page.locator("#code-totp")).to_be_visible()
    looked_at(page)
    page.fill("#code-totp", "123456")
    page.press("#code-totp", "Enter")
    expect(page.locator("[role=alert]")).to_have_count(1)
    looked_at(page)
    shot(page, f"second-{locale}")
    page.fill("#code-totp", app.now())
    page.press("#code-totp", "Enter")
    page.wait_for_url("**/desk")
    page.goto("/receipts/lots/new")
    long_ago(served)
    page.locator("main input.text, main input[type=text]").first.fill("half-typed 填了一半")
    page.click("main button[type=submit]")
    expect(page.locator("#password")).to_be_visible()
    looked_at(page)
    shot(page, f"confirm-{locale}")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page.locator("main button[value=back]")).to_be_visible()
    looked_at(page)
    page.click("main button[value=back]")
    expect(page.locator("main input.text, main input[type=text]").first).to_have_value("half-typed 填了一半")
    page.goto("/inbox")
    looked_at(page)
    shot(page, f"inbox-{locale}")
