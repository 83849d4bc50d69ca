"""The quarantine on its pages: a row is mended, checked again with all the others, or left out."""

from __future__ import annotations

from tests.sent_books import IDENTITY, book, committed, followed, row
from tests.site import Site

GOOD = row(1)
LATE = row(2, 身份证号=IDENTITY, 送达日期="2015-05-01")
NAMELESS = row(3, 当事人="", 裁定="怪<b>")


def test_a_row_is_mended_until_it_is_good(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(GOOD, LATE, NAMELESS))
    before = site.counts()["cases"]
    waiting = officer.get(f"{address}/quarantine")
    assert "2 rows wait: mend each, or leave it out." in waiting.text
    assert "2015-05-01" in waiting.text
    page = officer.get(f"{address}/rows/3")
    assert "What is wrong with the row" in page.text
    form = page.form_to(f"{address}/rows/3")
    assert form.values["cell-identity_no"] == IDENTITY, "whoever may mend it sees the whole number"
    assert form.values["cell-served_on"] == "2015-05-01"
    assert "#cell-served_on" in page.links()
    still = officer.send_page(form, **{"cell-served_on": "2015-05-02", "cell-address": "云岭县第5乡24号"})
    assert still.status == 422
    assert "The row is still at fault; what you typed is kept" in still.text
    kept = still.form_to(f"{address}/rows/3").values
    assert (kept["cell-served_on"], kept["cell-address"]) == ("2015-05-02", "云岭县第5乡24号")
    assert site.counts()["cases"] == before
    # What was typed is kept for whoever comes next, too.
    assert officer.get(f"{address}/rows/3").form_to(f"{address}/rows/3").values["cell-served_on"] == "2015-05-02"
    done = followed(officer, still, "/rows/3", **{"cell-served_on": "2015-06-05"})
    assert "Row 3 is imported: case 旧字〔2015〕0002号." in done.text
    assert "1 row waits" in done.text
    assert site.counts()["cases"] == before + 1
    again = followed(officer, still, "/rows/3", **{"cell-served_on": "2015-06-05"})
    assert "Row 3 is imported" in again.text, "a form sent twice answers as it did first"
    assert site.counts()["cases"] == before + 1
    settled = officer.get(f"{address}/rows/3")
    assert "mended and imported" in settled.text
    assert IDENTITY not in settled.html, "what a written row said is in its case now"


def test_an_unknown_choice_is_shown_as_it_is_and_can_be_changed(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(GOOD, NAMELESS))
    page = officer.get(f"{address}/rows/3")
    assert "<b>" not in page.html.replace("<body>", "")
    assert page.form_to(f"{address}/rows/3").values["cell-ruling"] == "怪<b>"
    assert "as the book has it: 怪<b>" in page.text


def test_a_row_left_out_needs_a_reason_and_ends_the_import(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(GOOD, LATE))
    before = site.counts()["cases"]
    asked = officer.get(f"{address}/rows/3/leave-out")
    assert "This cannot be taken back." in asked.text
    form = asked.form_to(f"{address}/rows/3/leave-out")
    refused = officer.send_page(form, reason=" ")
    assert refused.status == 422
    assert refused.by_id("reason-fault-1") is not None
    mending = officer.get(f"{address}/rows/3").form_to(f"{address}/rows/3")
    done = followed(officer, asked, "/leave-out", reason="entered twice")
    assert "Row 3 is left out." in done.text
    assert "No row waits in the quarantine." in done.text
    assert site.counts()["cases"] == before
    row_page = officer.get(f"{address}/rows/3")
    assert "left out" in row_page.text
    assert "entered twice" in row_page.text
    assert officer.get(f"{address}/rows/3/leave-out").response.location == f"{address}/rows/3"
    late = officer.client.post(mending.action, data=mending.values, follow_redirects=True).get_data(as_text=True)
    assert "row 3 is not in the quarantine any more" in late
    assert "The import is over" in officer.get(address).text
    assert "Left out 1" in officer.get(address).text


def test_the_quarantine_is_checked_again(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(GOOD, LATE))
    page = followed(officer, officer.get(f"{address}/quarantine"), "/quarantine")
    assert "Every row in the quarantine is still at fault: nothing changed." in page.text
    assert "2015-05-01" in page.text


def test_an_import_that_is_not_committed_has_no_quarantine(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(GOOD))
    page = officer.get(f"{address}/quarantine")
    assert "No row waits in the quarantine." in page.text
    assert officer.get(f"{address}/rows/77").status == 404
    shown = officer.get(f"{address}/rows/2")
    assert "imported" in shown.text
