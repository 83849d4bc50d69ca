"""On a narrow screen the cells of a list stand below one another: each says itself which column it is of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caseflow.resources import data_directory
from tests.site import Page
from tests.web.test_read_crawler import County, county, pages

__all__ = ["county"]
TEMPLATES = sorted((data_directory("templates") / "pages").glob("*.html"))
LIST = re.compile(r'<table class="list[^>]*>.*?</table>', re.DOTALL)
CELLS = re.compile(r"<tr\b|<t[dh]\b[^>]*>")


def unlabelled(template: Path) -> Iterator[str]:
    """Yield the cells of lists with a heading that say nothing: all but the first of a row, which is its title."""
    for table in LIST.findall(template.read_text(encoding="utf-8")):
        _, head, body = table.partition("</thead>")
        place = 0
        for cell in CELLS.findall(body if head else ""):
            place = 0 if cell == "<tr" else place + 1
            if cell.startswith("<td") and place > 1 and "data-label=" not in cell and "colspan=" not in cell:
                yield cell


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: str(one.name))
def test_each_cell_of_a_list_is_labelled(template: Path) -> None:
    assert list(unlabelled(template)) == []


def said(cell: Any) -> str:
    return " ".join("".join(cell.itertext()).split())


@pytest.mark.parametrize("login", ["administrator", "supervisor", "cashier", "auditor", "payer", "liaison"])
def test_a_label_is_the_heading_of_its_column(county: County, login: str) -> None:
    looked_at = 0
    for address, answer in pages(county.site, login):
        answer.get_data()  # a file that is not read to its end would stay open
        if answer.mimetype != "text/html":
            continue
        for table in Page(answer).tree.iter("table"):
            rows = [list(row) for row in table.iter("tr")]
            headings = [said(one) for one in rows[0]] if table.find("thead") is not None else []
            for row in rows[1:] if "list" in (table.get("class") or "").split() else ():
                if len(row) != len(headings) or any(one.get("colspan") for one in row):
                    continue
                labels = {one.get("data-label"): heading for one, heading in zip(row, headings, strict=True)}
                labels.pop(None, None)
                assert all(label == heading for label, heading in labels.items()), address
                looked_at += len(labels)
    assert looked_at > 0
