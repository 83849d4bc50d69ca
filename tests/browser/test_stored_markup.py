"""What people type is text wherever it is shown: a corpus of payloads in a real browser, which opens no dialog."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page

from caseflow.domain.access import Role
from caseflow.domain.grants import NewColleague
from caseflow.domain.submissions import Kind
from tests.browser.conftest import Served
from tests.office import OPENING, Office
from tests.submitted import person_of, submit

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "javascript:alert(1)",
    "{{7*7}}{% print(config) %}${7*7}",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<a href=javascript:alert(1)>x</a>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "\u2028<img src=x onerror=alert`1`>",
    "<body onpageshow=alert(1)>",
)


def test_no_text_of_anybody_runs(served: Served) -> None:
    office = served.site.office
    cases = []
    for payload in PAYLOADS:
        answers = {**OPENING, "act_place": payload, "conduct_summary": payload}
        cases.append((payload, office.open(party_name=payload, answers=answers)))
    page = served.visit("officer")
    told = _watched(page)
    for path in ("/desk", "/cases"):
        page.goto(path)
        assert all(payload.strip("\u2028") in _text(page) for payload in PAYLOADS), path
    for payload, case_id in cases:
        for path in (f"/cases/{case_id}", f"/cases/{case_id}/steps/check_report", f"/cases/{case_id}/files"):
            page.goto(path)
            _is_text(page, payload)
        page.goto(f"/cases?text={payload}")
    # Not even an attempt: the policy had nothing to refuse, because nothing reached the page as markup.
    assert told == []


def test_what_a_person_submits_is_text_on_the_desk(served: Served) -> None:
    office = served.site.office
    person = person_of(office, office.open())
    # Nobody sends all of them in a day: one submission holds them all.
    sent = submit(office, person, Kind.STATEMENT, text="\n".join(PAYLOADS))
    page = served.visit("officer")
    told = _watched(page)
    page.goto("/submissions")
    page.click(f"text={sent.number}")
    for payload in PAYLOADS:
        _is_text(page, payload)
    assert told == []


def test_names_and_reasons_are_text_on_the_pages_of_the_staff(served: Served) -> None:
    newcomers = _proposed(served.site.office)
    page = served.visit("administrator")
    told = _watched(page)
    for path in ("/staff", "/grants"):
        page.goto(path)
        for payload in PAYLOADS:
            _is_text(page, payload)
    for payload, staff_id in newcomers:
        page.goto(f"/staff/{staff_id}")
        _is_text(page, payload)
    assert told == []


def _proposed(office: Office) -> list[tuple[str, int]]:
    found = []
    for place, payload in enumerate(PAYLOADS):
        new = NewColleague(f"new{place}", payload, payload, (Role.OFFICER,), "", payload, f"markup-{place}")
        found.append((payload, office.application.grants.let_in(office.actors["administrator"], new)))
    return found


def _watched(page: Page) -> list[str]:
    """Return a list that fills with every dialog and with everything that the policy had to refuse."""
    told: list[str] = []

    def on_dialog(dialog: Dialog) -> None:
        told.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.on("console", lambda message: told.append(message.text) if "Content Security" in message.text else None)
    return told


def _is_text(page: Page, payload: str) -> None:
    assert payload.strip("\u2028") in _text(page), page.url
    assert page.evaluate("document.querySelectorAll('main script, main iframe, main [onerror]').length") == 0, page.url


def _text(page: Page) -> str:
    return page.locator("main").inner_text() + page.title()
