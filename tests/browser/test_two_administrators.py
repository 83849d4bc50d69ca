"""Two administrators let a person in, who enrols with the code and signs in: every page of it in both languages."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from caseflow import bootstrap
from caseflow.domain.access import Role
from caseflow.services.ports import NewStaff
from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.office import Office
from tests.site import password_hash

CHOSEN = "seven tall ships went by"
LABELS = {"en": ("What", "Proposed by", "Reason", "Decide"), "zh": ("内容", "申请人", "原因", "办理")}
NAMES = {"en": "New Comer", "zh": "新来的人"}


def second_administrator(office: Office) -> None:
    """Add one as whoever runs the server does: a first second person has to come from somewhere."""
    new = NewStaff(
        office.actors["administrator"].office_id,
        "administrator2",
        "Second",
        "另一位",
        password_hash(),
        (Role.ADMINISTRATOR,),
        "en",
    )
    with office.application.store.begin() as work:
        work.staff.add(new, bootstrap.setup_event("administrator2"))
        work.commit()


def propose(page: Page) -> None:
    page.goto("/staff")
    looked_at(page)
    page.click("a[href='/staff/new']")
    looked_at(page)
    page.click("main form button[type=submit]")
    expect(page.locator("[role=alert]")).to_have_count(1)
    looked_at(page)
    page.fill("#login", "newcomer")
    page.fill("#name_en", NAMES["en"])
    page.fill("#name_zh", NAMES["zh"])
    page.check("#role-approver")
    page.fill("#reason", "Joins us 新入职")
    page.click("main form button[type=submit]")
    expect(page.locator("main h1")).to_contain_text("New Comer" if page.locator("html[lang=en]").count() else "新来")
    looked_at(page)


def enrol(page: Page, code: str) -> None:
    page.goto("/enrol")
    looked_at(page)
    page.fill("#login", "newcomer")
    page.fill("#code", code.lower())
    page.fill("#password", CHOSEN)
    page.fill("#again", "something else altogether")
    page.click("main form button[type=submit]")
    expect(page.locator("#again")).to_have_attribute("aria-invalid", "true")
    looked_at(page)
    page.fill("#code", code.lower())
    page.fill("#password", CHOSEN)
    page.fill("#again", CHOSEN)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/sign-in")
    looked_at(page)
    page.fill("#login", "newcomer")
    page.fill("#password", CHOSEN)
    page.click("main form[action^='/sign-in'] button[type=submit]")
    page.wait_for_url("**/desk")
    looked_at(page)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_two_administrators_let_a_person_in_who_enrols_and_signs_in(served: Served, locale: str) -> None:
    second_administrator(served.site.office)
    first = served.visit("administrator", locale=locale)
    propose(first)
    first.goto("/grants")
    first.set_viewport_size({"width": 390, "height": 800})
    shown = "cells => cells.map(cell => getComputedStyle(cell, '::before').content)"
    labels = first.locator("table.list").first.locator("tbody td").evaluate_all(shown)
    assert labels == ["none", *(f'"{words}"' for words in LABELS[locale])], "each value says what it is"
    expect(first.locator("form[action$='/refuse']")).to_have_count(1)
    expect(first.locator("form[action$='/confirm']")).to_have_count(0)
    # With a second administrator the supervisor is not the second person.
    supervisor = served.visit("supervisor", locale=locale)
    supervisor.goto("/grants")
    expect(supervisor.locator("form[action$='/confirm']")).to_have_count(0)
    second = served.visit("administrator2", locale=locale)
    second.goto("/grants")
    looked_at(second)
    second.click("form[action$='/confirm'] button")
    code = second.locator("strong.code").inner_text()
    looked_at(second)
    enrol(served.visit(locale=locale), code)
    first.goto("/staff")
    expect(first.locator("tr", has_text="newcomer").locator(".flag")).to_have_count(0)
    first.click(f"a:has-text('{NAMES[locale]}')")
    looked_at(first)
