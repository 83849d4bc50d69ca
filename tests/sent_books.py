"""Small casebooks as an office might keep them, for tests of the pages that take them in."""

from __future__ import annotations

import csv
import io

from caseflow.services.case_imports.work import SMALL_BYTES
from tests.site import Page, Visitor

HEADINGS = (
    *("案号", "当事人", "身份证号", "立案日期", "决定日期", "送达日期"),
    *("征收金额", "已缴金额", "缴款日期", "票据号", "裁定", "备注"),
)
IDENTITY = "999000197808110018"


def row(no: int, **cells: str) -> dict[str, str]:
    """Return a row that is good: filed, decided, served, a fee of 24,960 yuan; ``cells`` change it."""
    return {
        "案号": f"旧字〔2015〕{no:04d}号",
        "当事人": f"当事人{no:04d}",
        "立案日期": "2015-03-02",
        "决定日期": "2015年6月1日",
        "送达日期": "2015.6.5",
        "征收金额": "24,960.00",
        "备注": f"remark {no}",
        **cells,
    }


def book(*rows: dict[str, str], headings: tuple[str, ...] = HEADINGS, encoding: str = "gb18030") -> bytes:
    """Return a casebook as a CSV."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, headings, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def large_book(*rows: dict[str, str]) -> bytes:
    """Return a casebook that is left to a worker: with so much in its remarks, of which nothing is kept."""
    filled = book(*rows, *(row(no, 备注="长" * 2000) for no in range(9000, 9060)))
    assert len(filled) > SMALL_BYTES
    return filled


def sent(visitor: Visitor, content: bytes, name: str = "旧案台账.csv", **typed: str) -> Page:
    """Send a file as the form does, and return the page that it leads to."""
    form = visitor.get("/imports/new").form_to("/imports/new")
    data = {**form.values, **typed, "file": (io.BytesIO(content), name)}
    answer = visitor.client.post("/imports/new", data=data, content_type="multipart/form-data", follow_redirects=True)
    return Page(answer)


def import_of(page: Page) -> str:
    """Return the address of the import that a page is about."""
    _, _, number, *_ = page.response.request.path.split("/")
    return f"/imports/{number}"


def followed(visitor: Visitor, page: Page, ending: str, **typed: str) -> Page:
    """Send the form of a page whose address ends so, and return the page it leads to."""
    form = next(one for one in page.forms() if one.action.endswith(ending) and "csrf_token" in one.values)
    answer = visitor.client.post(form.action, data={**form.values, **typed}, follow_redirects=True)
    return Page(answer)


def checked(visitor: Visitor, content: bytes) -> str:
    """Enter a file and check its rows with the columns that were guessed; return the address of the import."""
    page = sent(visitor, content)
    assert page.status == 200
    address = import_of(page)
    report = followed(visitor, page, "/columns")
    assert report.response.request.path == address, report.text
    return address


def committed(visitor: Visitor, content: bytes) -> str:
    """Take in the good rows of a file; return the address of the import."""
    address = checked(visitor, content)
    page = visitor.get(f"{address}/commit")
    act = "good_rows" if "in quarantine" in page.html and 'value="good_rows"' in page.html else "all"
    done = followed(visitor, page, "/commit", act=act)
    assert done.response.request.path == address, done.text
    return address
