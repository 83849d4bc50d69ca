"""What people type is text wherever it is shown: a corpus of payloads in a real browser, which opens no dialog."""

from __future__ import annotations

from playwright.sync_api import Dialog, Page

from tests.browser.conftest import Served
from tests.office import OPENING

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
    opened: list[str] = []
    refused: list[str] = []
    page = served.visit("officer")

    def on_dialog(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.on("console", lambda message: refused.append(message.text) if "Content Security" in message.text else None)
    for path in ("/desk", "/cases"):
        page.goto(path)
        assert all(payload.strip("\u2028") in _text(page) for payload in PAYLOADS), path
    for payload, case_id in cases:
        for path in (f"/cases/{case_id}", f"/cases/{case_id}/steps/check_report", f"/cases/{case_id}/files"):
            page.goto(path)
            assert payload.strip("\u2028") in _text(page), path
            assert page.evaluate("document.querySelectorAll('main script, main iframe, main [onerror]').length") == 0
        page.goto(f"/cases?text={payload}")
    # Not even an attempt: the policy had nothing to refuse, because nothing reached the page as markup.
    assert (opened, refused) == ([], [])


def _text(page: Page) -> str:
    return page.locator("main").inner_text() + page.title()
