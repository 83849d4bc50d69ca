"""A person at a phone without JavaScript applies for instalments; the office records it, decides, and they see it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page

from tests.browser.conftest import Served, phone
from tests.browser.looking import looked_at
from tests.office import Office
from tests.persons import code_for, number_of

HARDSHIP = "I was in hospital.\nNo income since March. 住院，没有收入。"


def decided(office: Office) -> int:
    return office.walk("water_instalments", until="serve_decision")


def at_phone(served: Served, case_id: int, language: str, *, scripts: bool) -> Page:
    page = phone(served, language, scripts=scripts)
    page.goto("/my-case")
    page.fill("#number", number_of(served.site.office, case_id))
    page.fill("#code", code_for(served.site.office, case_id))
    page.click("main button[type=submit]")
    return page


def pictured(page: Page, name: str) -> None:
    """Keep a picture where whoever runs the tests asks for them."""
    folder = os.environ.get("TEST_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_an_application_goes_all_the_way_and_its_answer_comes_back(served: Served) -> None:
    office = served.site.office
    case_id = decided(office)
    person = at_phone(served, case_id, "en", scripts=False)
    person.click("text=Send something, or see what you sent")
    person.click("text=Paying later or by instalments")
    person.fill("#hardship", HARDSHIP)
    person.click("button[value=check]")
    assert "Nothing was recorded yet" in person.locator("main").inner_text()
    assert person.input_value("#hardship") == HARDSHIP
    person.fill("#plan", "1,000 yuan on the first of each month")
    person.click("button[value=check]")
    assert "The days to pay go on".lower() in person.locator("main").inner_text().lower()
    bad = FilePayload(name="p.exe", mimeType="application/octet-stream", buffer=b"MZ\x90\x00\x03" + bytes(300))
    good = FilePayload(name="pay slip.txt", mimeType="text/plain", buffer="工资单 pay slip".encode())
    person.set_input_files("#files", [good, bad])
    person.click("button[value=send]")
    told = person.locator("main").inner_text()
    assert "pay slip.txt" in told
    assert "p.exe" in told
    person.set_input_files("#files", [good])
    person.click("button[value=send]")
    number = "S-2024-000001"
    assert number in person.locator("main").inner_text()
    with person.expect_download() as kept:
        person.click("text=Receipt in English (PDF)")
    assert kept.value.path().read_bytes().startswith(b"%PDF")

    officer = served.visit("officer")
    officer.goto("/desk")
    officer.click("text=submission of a person waits")
    officer.click(f"text={number}")
    assert "No income since March" in officer.locator("main").inner_text()
    officer.click("a.act:has-text('application to defer')")
    assert number in officer.input_value("#answer-hardship")
    assert officer.input_value("#answer-instalments_asked_on") == "2024-06-05"
    officer.click("form button.act")
    officer.goto("/submissions")
    assert "In hand" in officer.locator("main").inner_text()

    approver = served.visit("approver")
    approver.goto("/submissions")
    approver.click(f"text={number}")
    approver.check("#outcome-granted")
    approver.fill("#reasons", "1,000 a month from July. 自七月起每月1000元。")
    approver.click("button[value=check]")
    assert "cannot be taken back" in approver.locator("main").inner_text()
    approver.click("button[value=confirm]")
    assert "The answer is sent" in approver.locator("main").inner_text()

    person.reload()
    answered = person.locator("main").inner_text()
    assert "Granted" in answered
    assert "1,000 a month from July" in answered


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_on_a_phone(served: Served, language: str) -> None:
    case_id = decided(served.site.office)
    person = at_phone(served, case_id, language, scripts=True)
    for name in ("statement", "recusal", "hearing_request"):
        person.goto(f"/my-case/submit/{name}")
        looked_at(person)
        pictured(person, f"form-{name}-{language}")
    person.goto("/my-case/submit/instalments")
    person.click("button[value=check]")
    looked_at(person)
    person.fill("#hardship", HARDSHIP)
    person.fill("#plan", "每月1000元")
    person.click("button[value=check]")
    looked_at(person)
    pictured(person, f"check-{language}")
    person.click("button[value=send]")
    looked_at(person)
    person.set_viewport_size({"width": 390, "height": 844})
    pictured(person, f"sent-{language}")
    person.goto("/my-case/submissions/1/withdraw")
    looked_at(person)
    person.goto("/my-case/submissions")
    looked_at(person)
    person.set_viewport_size({"width": 390, "height": 844})
    pictured(person, f"list-{language}")
    officer = served.visit("officer", locale=language)
    for path in ("/submissions", "/submissions?done=yes", "/submissions/1", "/desk", f"/cases/{case_id}"):
        officer.goto(path)
        looked_at(officer)
        pictured(officer, f"desk-{path.strip('/').replace('/', '-').replace('?', '-')}-{language}")
