"""The main pages in both languages: accessible by axe, whole on a narrow screen, silent in the console."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.office import CHECKED
from tests.site import PASSWORD

PAGES = (
    "/desk", "/cases", "/cases?regime=two_illegal&q=0001", "/cases/{case}", "/cases/{case}/steps/name_officers",
    "/cases/new", "/cases/new/two_illegal", "/inbox", "/reminders/calendar", "/law", "/law?on=2015-06-01",
    "/training/date",
)  # fmt: skip

# Every word of a list's cells that stands on two lines; the name of a party may be one long word.
BROKEN_WORDS = """() => [...document.querySelectorAll("table.list td:not(.named)")].flatMap((cell) => {
  const found = [];
  const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const words = cell.className === "owner" ? /[^\\s]+/g : /[A-Za-z0-9.,:]+/g;
    for (const word of text.data.matchAll(words)) {
      const range = document.createRange();
      range.setStart(text, word.index);
      range.setEnd(text, word.index + word[0].length);
      if (range.getClientRects().length > 1) found.push(word[0]);
    }
  }
  return found;
})"""


def filed_case(served: Served) -> int:
    office = served.site.office
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_page_is_accessible_and_fits_a_narrow_screen(served: Served, locale: str) -> None:
    case_id = filed_case(served)
    said: list[str] = []
    page = served.visit(locale=locale)
    page.on("console", lambda message: said.append(message.text))
    assert faults_of(page) == []
    for login in ("officer", "administrator"):
        page = served.visit(login, locale=locale)
        page.on("console", lambda message: said.append(message.text))
        for path in ("/staff", "/calendar", "/calendar/new") if login == "administrator" else PAGES:
            page.goto(path.format(case=case_id))
            assert page.locator("main h1").count() == 1, path
            assert (path, faults_of(page)) == (path, [])
            page.set_viewport_size({"width": 390, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            page.set_viewport_size({"width": 1280, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
    assert said == []


def test_a_form_with_faults_is_accessible_and_leads_to_the_field(served: Served) -> None:
    case_id = served.site.office.open()
    page = served.visit("officer")
    page.goto(f"/cases/{case_id}/steps/check_report")
    page.click("main form button[type=submit]")
    expect(page.locator("[role=alert] a")).to_have_count(2)
    assert faults_of(page) == []
    page.click("[role=alert] a[href='#answer-checked_on']")
    assert page.evaluate("document.activeElement.id") == "answer-checked_on"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_what_is_signed_is_shown_accessibly(served: Served, locale: str, width: int) -> None:
    case_id = served.site.office.walk("two_illegal_paid", until="draft_decision")
    page = served.visit("approver2", locale=locale, width=width)
    page.goto(f"/cases/{case_id}/steps/decide")
    page.fill("#answer-decided_on", served.site.office.time.day.isoformat())
    page.fill("#answer-decision_no", "第1号")
    page.click("main button[value=check]")
    expect(page.locator("#file-says")).to_be_visible()
    expect(page.locator("main")).to_contain_text("15,000.00")
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_refused_sign_in_is_accessible(served: Served, locale: str) -> None:
    page = served.visit(locale=locale)
    page.fill("#login", "officer")
    page.fill("#password", "wrong")
    page.click("main button[type=submit]")
    expect(page.locator("[role=alert]")).to_be_visible()
    assert faults_of(page) == []


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_an_error_page_is_accessible_and_fits_a_narrow_screen(served: Served, locale: str) -> None:
    page = served.visit("officer", locale=locale, width=390)
    page.goto("/no-such-page")
    expect(page.locator("main h1")).to_have_count(1)
    assert page.locator("html").get_attribute("lang") == ("zh-Hans" if locale == "zh" else "en")
    assert faults_of(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_was_typed_outlives_a_sign_out_in_another_tab(served: Served) -> None:
    case_id = served.site.office.open()
    page = served.visit("officer")
    page.goto(f"/cases/{case_id}/steps/check_report")
    page.locator("#answer-jurisdiction_basis-0").check()
    page.fill("#answer-checked_on", "2026-03-02")
    other = page.context.new_page()
    other.goto("/desk")
    other.click(".me form:last-child button")
    page.click("main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("What you typed is kept on this page")
    assert faults_of(page) == []
    page.fill("#login", "officer")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    assert faults_of(page) == []
    page.click("main button[value=back]")
    expect(page.locator("#answer-checked_on")).to_have_value("2026-03-02")
    page.click("main form button[type=submit]")
    expect(page.locator("[role=status]")).to_have_text("Recorded: Check the report")


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_date_and_no_name_of_a_list_breaks_inside_a_word(served: Served, width: int, locale: str) -> None:
    filed_case(served)
    with psycopg.connect(served.site.office.database_url) as connection:
        connection.execute("update staff set name_en = 'Ouyang Mingyuexin', name_zh = '欧阳明月'")
        connection.commit()
    page = served.visit("officer", locale=locale, width=width)
    for path in ("/desk", "/cases"):
        page.goto(path)
        broken = page.evaluate(BROKEN_WORDS)
        assert (path, broken) == (path, [])


def test_the_desk_is_worked_by_keyboard_alone(served: Served) -> None:
    case_id = served.site.office.open()
    page = served.visit("officer")
    page.goto("/desk")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.locator("td.step a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.address}/cases/{case_id}/steps/check_report")
    page.locator("#answer-jurisdiction_basis-0").focus()
    page.keyboard.press("Space")
    page.locator("#answer-checked_on").fill("2026-03-02")
    page.locator("main form button[type=submit]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_have_text("Recorded: Check the report")


def test_everything_works_without_scripts(served: Served) -> None:
    case_id = filed_case(served)
    context = served.browser.new_context(base_url=served.address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("#login", "supervisor")
    page.fill("#password", "correct horse battery")
    page.click("main button[type=submit]")
    page.goto(f"/cases/{case_id}")
    page.click("text=Why this date?")
    expect(page.locator(".clock[class~=open] details ol").first).to_be_visible()
    page.click("section[aria-labelledby=next-title] a >> nth=0")
    page.fill("#answer-first_card_no", "1")
    page.fill("#answer-second_card_no", "2")
    page.click("main form button[type=submit]")
    expect(page.locator("[role=status]")).to_contain_text("Recorded:")


def test_a_printed_case_leaves_out_what_cannot_be_pressed_on_paper(served: Served) -> None:
    page = served.visit("officer")
    page.goto(f"/cases/{filed_case(served)}")
    expect(page.locator(".places")).to_be_visible()
    page.emulate_media(media="print")
    for hidden in (".top", ".steps", ".kinds"):
        for one in page.locator(hidden).all():
            expect(one).to_be_hidden()
    expect(page.locator(".timeline")).to_be_visible()
