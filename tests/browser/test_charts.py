"""Charts and the export page in Chromium: drawn under the content security policy, accessible, and the file arrives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from caseflow.domain.spending import Act
from tests.browser.conftest import Served
from tests.browser.looking import faults_of
from tests.expenditure import do

LOADED = "() => [...document.querySelectorAll('main img')].map((image) => image.complete && image.naturalWidth > 0)"


def fill(served: Served) -> None:
    office = served.site.office
    office.walk("two_illegal_paid", until="record_payment")
    do(office, Act.APPROPRIATE, year="2024", purpose="Laboratory tests 检测鉴定费")
    office.time.day = date(2024, 4, 1)


def test_charts_and_the_export_page(served: Served, tmp_path: Path) -> None:
    fill(served)
    said: list[str] = []
    for locale in ("en", "zh"):
        page = served.visit("auditor", locale=locale)
        page.on("console", lambda message: said.append(message.text))
        for path, images in (("/charts?line=income", 2), ("/charts?line=expenditure", 1), ("/exports", 0)):
            page.goto(path)
            assert page.evaluate(LOADED) == [True] * images
            assert (path, faults_of(page)) == (path, [])
            for width in (390, 1280):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.check("#line-income")
        with page.expect_download() as download:
            page.click("main button[type=submit]")
        assert download.value.suggested_filename == "caseflow-TEST-income-to-2024-04-01.csv"
        target = tmp_path / locale
        download.value.save_as(target)
        heading = "Booked on" if locale == "en" else "记账日期"
        assert target.read_text(encoding="utf-8-sig").startswith(heading)
    # By itself, too, a drawing brings its styles and nothing else.
    page.goto("/charts/collected.svg")
    drawn = page.evaluate("getComputedStyle(document.querySelector('.title')).fill")
    assert drawn == "rgb(27, 34, 38)"
    assert said == []
