"""What of a casebook is not taken over, not read or cannot be read, on the pages."""

from __future__ import annotations

import psycopg

from tests.integration.test_case_import_notices import bomb, workbook
from tests.sent_books import HEADINGS, book, followed, import_of, row, sent
from tests.site import Site

REMARK = "what nobody may keep"


def test_a_remark_is_shown_on_no_page_and_its_heading_is_named_before_the_import(site: Site) -> None:
    officer = site.sign_in("officer")
    page = sent(officer, book(row(1, 备注=REMARK), headings=(*HEADINGS, "Tally mark")))
    address = import_of(page)
    report = followed(officer, page, "/columns")
    confirm = officer.get(f"{address}/commit")
    for shown in (page, report, confirm, officer.get(f"{address}/columns")):
        assert REMARK not in shown.html
        assert "2 columns of the file are not taken over: 备注, Tally mark" in shown.text
        assert "What no column of the file fills:" in shown.text


def test_the_sheets_that_were_not_read_are_named_on_the_way(site: Site) -> None:
    officer = site.sign_in("officer")
    page = sent(officer, workbook(甲=2, 乙=1, 空=0), "book.xlsx")
    address = import_of(page)
    report = followed(officer, page, "/columns")
    for shown in (page, report, officer.get(f"{address}/commit")):
        assert "1 other sheet of the workbook was not read: 乙." in shown.text
    other = officer.get(f"{address}/columns?sheet=乙")
    assert "1 other sheet of the workbook was not read: 甲." in other.text


def test_a_large_file_that_cannot_be_read_is_shown_as_refused(site: Site) -> None:
    officer = site.sign_in("officer")
    address = import_of(sent(officer, bomb(), "bomb.xlsx"))
    assert site.office.application.case_imports.work_waiting() == 1
    page = officer.get(address)
    assert "The file was refused: nothing of it was imported." in page.text
    assert "unpacks to far more than it shows" in page.text
    listed = officer.get("/imports")
    assert "refused" in listed.text
    assert "columns to be chosen" not in listed.text
    with psycopg.connect(site.office.database_url) as connection:
        assert connection.execute("select count(*) from casebook_file").fetchone() == (0,)
