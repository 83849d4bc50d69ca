"""What an old casebook reports, as people see it: cases of each stage, the receipts, the money on its way."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caseflow.services.imported_history import Written
from tests.browser.conftest import Served
from tests.browser.looking import looked_at
from tests.casebook import KEY
from tests.imported import good_rows, import_rows

NOT_WITNESSED = {"en": "not witnessed by caseflow", "zh": "未经本系统见证"}
NO_DAY = {"en": "the book gives no day of its own for it", "zh": "台账未载明该事项的日期"}
STAGES = ("undecided", "paid", "part", "listed", "released")


@pytest.fixture
def written(served: Served) -> Written:
    """One case of each stage."""
    rows = good_rows(served.site.office.application.rulebook.regime("social_support_fee"))
    of_stage = [next(row["row"] for row in KEY["rows"] if row["ok"] and row["stage"] == stage) for stage in STAGES]
    return import_rows(served.site.office, [row for row in rows if row.number in of_stage])


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_imported_cases_open_and_say_what_they_are(served: Served, written: Written, locale: str) -> None:
    page = served.visit("supervisor", locale=locale)
    for row, case_id in written.case_ids.items():
        page.goto(f"/cases/{case_id}")
        looked_at(page)
        timeline = page.locator("ol.timeline").first.inner_text()
        assert timeline.count(NOT_WITNESSED[locale]) == page.locator("ol.timeline").first.locator("> li").count()
        assert str(row) in page.locator(".banner").last.inner_text()
        kept = os.environ.get("HISTORY_SHOTS")
        if kept:
            page.screenshot(path=Path(kept) / f"case-{locale}-{row}.png", full_page=True)
    assert NO_DAY[locale] in timeline
    for path in ("/receipts/lots", "/receipts/lots/1", "/receipts/lots/1/1", "/ageing", "/ageing/receipts"):
        page.goto(path)
        looked_at(page)
        if kept:
            page.screenshot(path=Path(kept) / f"{path.strip('/').replace('/', '-')}-{locale}.png", full_page=True)
    assert ("remittance not evidenced" if locale == "en" else "缴库未经核实") in page.content()
