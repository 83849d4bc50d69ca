"""An old casebook in a real browser: sent, its columns looked at, checked, imported, and a row of it mended."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.casebook import CASEBOOK
from tests.sent_books import book, large_book, row

KEY = json.loads((CASEBOOK / "key.json").read_text(encoding="utf-8"))["rows"]
GOOD = [one for one in KEY if one["ok"]]
WRONG = [one for one in KEY if not one["ok"]]


def sent(page: Page, file: Path) -> None:
    """Send a file by the form, and come to its columns."""
    page.goto("/imports")
    looked_at(page)
    page.click("main a[href='/imports/new'] >> nth=0")
    looked_at(page)
    page.set_input_files("#file", file)
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url("**/columns")
    looked_at(page)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_the_casebook_of_a_county_is_taken_in(served: Served, locale: str, tmp_path: Path) -> None:
    said: list[str] = []
    page = served.visit("officer", locale=locale)
    page.on("console", lambda message: said.append(message.text))
    sent(page, CASEBOOK / "casebook.csv")
    expect(page.locator("#encoding")).to_have_value("gb18030")
    expect(page.locator("#column-listed_on")).to_have_value("列入失信日期")
    assert GOOD[0]["case"] in page.inner_text("main")
    page.click("main table ~ .acts button")
    expect(page.locator(".kinds a[aria-current]")).to_contain_text(str(len(KEY)))
    looked_at(page)
    page.click(".kinds a[href*='grade=error']")
    looked_at(page)
    shown = [int(one) for one in page.locator("tbody td.number[rowspan]").all_inner_texts()]
    assert shown == [one["row"] for one in WRONG][: len(shown)]
    assert page.locator("tbody tr td >> nth=3").inner_text() == WRONG[0]["field"]
    with page.expect_download() as downloading:
        page.click("form[action$=annotated] button")
    downloading.value.save_as(tmp_path / "annotated.csv")
    assert len((tmp_path / "annotated.csv").read_text(encoding="gb18030").splitlines()) == len(KEY) + 1
    page.click("a[href$=commit]")
    looked_at(page)
    button = page.locator("main form button.act[value=good_rows]")
    expect(button).to_contain_text(str(len(GOOD)))
    expect(button).to_contain_text(str(len(WRONG)))
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/imports/\d+$"), timeout=60_000)
    looked_at(page)
    expect(page.locator("a[href$=quarantine]").first).to_contain_text(str(len(WRONG)))
    page.click("tbody a.case-number >> nth=0")
    expect(page.locator(".identity .party")).to_have_text("当事人0001")
    page.go_back()
    page.click("a.act[href$=quarantine]")
    looked_at(page)
    assert said == []


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_row_is_mended_by_keyboard(served: Served, locale: str, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_bytes(book(row(1), row(2, 送达日期="2015-05-01", 裁定="不明"), row(3, 当事人="")))
    page = served.visit("officer", locale=locale)
    sent(page, file)
    page.click("main table ~ .acts button")
    page.click("a[href$=commit]")
    page.click("button[value=good_rows]")
    page.click("a.act[href$=quarantine]")
    page.locator("a[href$='rows/3']").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cell-served_on")).to_have_value("2015-05-01")
    looked_at(page)
    page.click(".faults a[href='#cell-served_on']")
    assert page.evaluate("document.activeElement.id") == "cell-served_on"
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    looked_at(page)
    page.fill("#cell-served_on", "2015-06-05")
    page.select_option("#cell-ruling", "")
    page.locator("main form button.act").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice")).to_contain_text("旧字〔2015〕0002号")
    page.click("a[href$='rows/4/leave-out']")
    looked_at(page)
    page.fill("#reason", "entered twice 重复登记")
    page.click("main form button.act")
    expect(page.locator(".empty")).to_be_visible()
    looked_at(page)


def test_it_works_without_scripts(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_bytes(book(row(1), row(2)))
    cookies = served.visit("officer").context.cookies()
    context = served.browser.new_context(base_url=served.address, java_script_enabled=False)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/imports/new")
    page.click("main form button[type=submit]")
    expect(page.locator("#file-fault-1")).to_be_visible()
    page.set_input_files("#file", file)
    page.click("main form button[type=submit]")
    page.click("main table ~ .acts button")
    page.click("a[href$=commit]")
    page.click("button[value=all]")
    expect(page.locator("tbody a.case-number")).to_have_count(2)
    page.goto("/imports")
    page.click("tbody a >> nth=0")
    expect(page.locator("tbody a.case-number")).to_have_count(2)


def test_the_page_of_a_long_work_goes_on_by_itself(served: Served, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    file.write_bytes(large_book(row(1, 当事人="")))
    page = served.visit("officer")
    page.goto("/imports/new")
    page.set_input_files("#file", file)
    page.click("form[data-upload] button[type=submit]")
    page.wait_for_url(re.compile(r"/imports/\d+$"))
    expect(page.locator("[data-progress]")).to_be_visible()
    looked_at(page)
    served.site.office.application.case_imports.work_waiting()
    expect(page.locator(".kinds a[href*='grade=error']")).to_contain_text("1", timeout=30_000)
