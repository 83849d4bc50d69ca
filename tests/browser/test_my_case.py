"""The person of a case at a phone without JavaScript: in with a code, through the case, out to a receipt's check."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Served, phone
from tests.browser.looking import looked_at
from tests.cashier import DAY, opened, pays
from tests.office import Office
from tests.persons import PASSPHRASE, code_for, number_of

PAGES = ("/my-case", "/my-case/readers", "/my-case/passphrase", "/verify")


def paid_case(office: Office) -> int:
    case_id = office.walk("two_illegal_paid", until="serve_decision")
    office.issue(case_id, "penalty_decision")
    office.time.day = DAY
    opened(office)
    pays(office, case_id, "100", "1")
    assert office.time.day == date(2024, 3, 5)
    return case_id


def enter(page: Page, number: str, code: str) -> None:
    page.goto("/my-case")
    page.fill("#number", number)
    page.fill("#code", code)
    page.click("main button[type=submit]")


def test_a_phone_without_scripts_goes_all_the_way(served: Served) -> None:
    office = served.site.office
    case_id = paid_case(office)
    lot_id = office.application.receipt_book.lots(office.actors["cashier"])[0].id
    receipt = office.application.receipt_papers.paper(office.actors["cashier"], lot_id, 1)
    served.site.sign_in("officer").get(f"/cases/{case_id}")
    page = phone(served, "en", scripts=False)
    enter(page, number_of(office, case_id), code_for(office, case_id))
    assert page.locator("h1").inner_text().startswith("My case")
    with page.expect_download() as kept:
        page.locator("#documents a", has_text="English (PDF)").first.click()
    assert kept.value.path().read_bytes().startswith(b"%PDF")
    page.click("a.act")
    page.fill("#passphrase", PASSPHRASE)
    page.fill("#again", PASSPHRASE)
    page.click("main button[type=submit]")
    assert "Your passphrase is kept" in page.locator("main").inner_text()
    page.click("text=See who has looked at your file")
    looks = page.locator("main").inner_text()
    assert "a task on the case" in looks
    assert "you, on this site" in looks
    page.goto(f"/verify?receipt={receipt.number}&leaf={receipt.leaf.hex()}")
    page.click("main button[type=submit]")
    told = page.locator("main").inner_text()
    assert "Recorded, but not sealed yet" in told
    assert receipt.payer not in told
    assert number_of(office, case_id) not in told
    page.goto("/my-case")
    page.click("text=Sign out")
    page.goto("/my-case")
    assert page.url.endswith("/my-case/sign-in")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_of_the_person_is_whole_on_a_phone(served: Served, language: str) -> None:
    case_id = paid_case(served.site.office)
    page = phone(served, language, scripts=True)
    page.goto("/my-case")
    looked_at(page)
    enter(page, number_of(served.site.office, case_id), "AAAA-BBBB-CCCC-DDDD")
    looked_at(page)
    enter(page, number_of(served.site.office, case_id), code_for(served.site.office, case_id))
    for path in PAGES:
        page.goto(path)
        looked_at(page)
    page.goto("/my-case/passphrase")
    page.fill("#passphrase", "short")
    page.fill("#again", "other")
    page.click("main button[type=submit]")
    looked_at(page)
    page.goto("/verify")
    page.fill("#text", "nonsense")
    page.click("main button[type=submit]")
    looked_at(page)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_that_gives_access_is_whole(served: Served, language: str) -> None:
    case_id = paid_case(served.site.office)
    code_for(served.site.office, case_id)
    page = served.visit("officer", locale=language)
    page.goto(f"/cases/{case_id}/access")
    looked_at(page)
