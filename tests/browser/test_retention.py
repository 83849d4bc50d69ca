"""Cases whose time is over, in a real browser: propose, hold, approve as another, follow; also without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served, phone
from tests.browser.looking import looked_at
from tests.browser.test_golden_referrals import picture
from tests.kept import old_case
from tests.office import Office
from tests.site import PASSWORD


def seen(page: Page, name: str) -> None:
    """Hold a page against axe and a narrow screen, and keep a picture of it at both widths."""
    looked_at(page)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        picture(page, f"retention_{name}_{width}")


def background(office: Office) -> None:
    """Do what the worker does."""
    office.application.retention.erasing.carry_on(60)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_two_persons_erase_what_is_over_and_every_page_is_whole(served: Served, language: str) -> None:
    office = served.site.office
    cases = [old_case(office) for _ in range(4)]
    office.application.retention.hold(office.actors["auditor"], cases[3], "已提起行政诉讼。A suit is announced.")
    supervisor = served.visit("supervisor", locale=language)
    supervisor.goto("/retention/runs")
    seen(supervisor, f"no_runs_{language}")
    supervisor.goto("/retention")
    seen(supervisor, f"due_{language}")
    supervisor.locator("input[name=case]").nth(0).check()
    supervisor.locator("input[name=case]").nth(1).check()
    supervisor.click("button[value=marked]")
    seen(supervisor, f"propose_{language}")
    supervisor.click("button[value=confirm]")
    expect(supervisor.locator("main .banner")).to_be_visible()
    run = supervisor.url
    auditor = served.visit("auditor", locale=language)
    auditor.goto(f"{run}/approve")
    seen(auditor, f"approve_{language}")
    auditor.check("#looked")
    auditor.click("form[action$='/approve'] button[type=submit]")
    expect(auditor.locator("#progress")).to_be_visible()
    seen(auditor, f"busy_{language}")
    background(office)
    # The script of the page looks by itself, and shows what came of it.
    expect(auditor.locator("#progress")).to_have_count(0, timeout=15_000)
    seen(auditor, f"over_{language}")
    auditor.goto("/retention/runs")
    seen(auditor, f"runs_{language}")
    auditor.goto("/retention/holds")
    seen(auditor, f"holds_{language}")
    auditor.click("main table a[href$='/end']")
    seen(auditor, f"end_{language}")
    auditor.goto("/retention/holds/new")
    auditor.click("form[action$='/holds/new'] button[type=submit]")
    seen(auditor, f"hold_{language}")


def test_a_phone_without_scripts_proposes_and_approves(served: Served) -> None:
    office = served.site.office
    old_case(office)
    supervisor = at_phone(served, "supervisor")
    supervisor.goto("/retention")
    supervisor.click("button[value=all]")
    supervisor.click("button[value=confirm]")
    run = supervisor.url
    auditor = at_phone(served, "auditor")
    auditor.goto("/retention")
    auditor.click("main .banner a")
    assert auditor.url == run
    auditor.click("main .banner a.act")
    auditor.check("#looked")
    auditor.click("form[action$='/approve'] button[type=submit]")
    expect(auditor.locator("#progress")).to_be_visible()
    background(office)
    auditor.locator("main a", has_text="See how far it is now").click()
    expect(auditor.locator("main")).to_contain_text("carried out")


def at_phone(served: Served, login: str) -> Page:
    """Open a window of a phone that runs no scripts, and sign in."""
    page = phone(served, "en", scripts=False)
    page.goto("/sign-in")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    return page
