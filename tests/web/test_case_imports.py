"""Old casebooks on the pages: the file, its columns, what it would do, the import, and every refusal on the way."""

from __future__ import annotations

import io
import re
import zipfile

from openpyxl import Workbook

from tests.sent_books import HEADINGS, IDENTITY, book, checked, followed, import_of, large_book, row, sent
from tests.site import Page, Site

GOOD = [row(no) for no in range(1, 4)]
WRONG = row(4, 送达日期="2015-05-01")
MARKUP = "<script>alert('seen')</script>"


def cases_of(site: Site) -> int:
    return site.counts()["cases"]


def test_an_empty_list_says_what_an_import_is_and_how_to_begin(site: Site) -> None:
    officer = site.sign_in("officer")
    assert "/imports" in officer.get("/desk").links()
    page = officer.get("/imports")
    assert "No casebook was imported yet." in page.text
    assert "An import takes the cases of an old spreadsheet into caseflow" in page.text
    assert "/imports/new" in page.links()
    assert "Remarks and whatever else the file has are not kept" in officer.get("/imports/new").text


def test_a_file_is_looked_at_imported_and_leads_to_its_cases(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    columns = sent(officer, book(*GOOD, WRONG))
    assert "Columns of 旧案台账.csv" in columns.text
    assert "GB18030" in columns.text
    assert columns.by_id("column-served_on") is not None
    address = import_of(columns)
    report = followed(officer, columns, "/columns")
    assert report.response.request.path == address
    for told in ("All rows 4", "Good 3", "At fault 1", "74,880.00 yuan", "Social maintenance fee", "text in GB18030"):
        assert told in report.text
    assert "送达日期" in report.text
    assert "2015-05-01" in report.text
    assert cases_of(site) == before, "nothing is imported before somebody says so"
    confirm = officer.get(f"{address}/commit")
    assert "Import the 3 good rows, keep 1 in quarantine" in confirm.text
    assert "Import all" not in confirm.text
    assert cases_of(site) == before
    done = followed(officer, confirm, "/commit", act="good_rows")
    assert cases_of(site) == before + 3
    assert "Cases imported 3" in done.text
    assert "Mend the 1 row in quarantine" in done.text
    [first, *_] = [link for link in done.links() if re.fullmatch(r"/cases/\d+", link)]
    assert "旧字〔2015〕0001号" in officer.get(first).text
    listed = officer.get("/imports")
    assert address in listed.links()
    assert f"{address}/quarantine" in listed.links()


def test_a_file_without_faults_is_imported_as_a_whole(site: Site) -> None:
    supervisor = site.sign_in("supervisor")
    address = checked(supervisor, book(*GOOD))
    confirm = supervisor.get(f"{address}/commit")
    assert "Import all 3 rows" in confirm.text
    assert "keep" not in confirm.text
    done = followed(supervisor, confirm, "/commit", act="all")
    assert "The import is over: no row waits, and the file was removed." in done.text
    # The whole book again: every row is a case already, and there is no button.
    again = supervisor.get(checked(supervisor, book(*GOOD)))
    assert "Every row is a case of the office already: there is nothing to import." in again.text
    assert not [link for link in again.links() if link.endswith("/commit")]


def test_rows_with_a_warning_are_counted_before_they_are_imported(site: Site) -> None:
    officer = site.sign_in("officer")
    late = {"行为日期": "2020-10-12", "立案日期": "2021-01-05", "决定日期": "2021-09-01", "送达日期": "2021-09-03"}
    address = checked(officer, book(row(801), row(802, **late)))
    assert "Good, to be looked at 1" in officer.get(address).text
    confirm = officer.get(f"{address}/commit")
    assert "Rows with a warning among the good ones: they are imported too, so look at them first 1" in confirm.text
    assert f"{address}?grade=warning" in confirm.links()


def test_all_rows_are_not_imported_while_one_is_at_fault(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    address = checked(officer, book(*GOOD, WRONG))
    form = officer.get(f"{address}/commit").form_to(f"{address}/commit")
    answer = officer.send_page(form, act="all")
    assert answer.status == 422
    assert "Nothing was recorded yet" in answer.text
    assert cases_of(site) == before


def test_rows_are_filtered_by_what_was_found_and_paged_by_number(site: Site) -> None:
    officer = site.sign_in("officer")
    address = checked(officer, book(*[row(no) for no in range(1, 121)], row(121, 当事人="")))
    page = officer.get(address)
    rows = len(page.html.split("<tbody>"))
    assert f"{address}?grade=error" in page.links()
    faulty = officer.get(f"{address}?grade=error")
    assert "旧字〔2015〕0121号" in faulty.text
    assert "旧字〔2015〕0001号" not in faulty.text
    [further] = [link for link in page.links() if "after=" in link]
    assert "旧字〔2015〕0001号" not in officer.get(further).text
    # A book of any length makes no page longer and asks no more of the database.
    longer = checked(officer, book(*[row(no) for no in range(200, 700)], row(700, 当事人="")))
    assert len(officer.get(longer).html.split("<tbody>")) == rows
    assert len(site.statements_of(officer, longer)) == len(site.statements_of(officer, address))
    assert "No row is among these." in officer.get(f"{longer}?grade=warning").text
    for nonsense in ("grade=nonsense", "fate=nonsense", "after=x", "after=99999999999999999999", "after=-5"):
        assert officer.get(f"{longer}?{nonsense}").status == 200


def test_a_heading_nobody_knows_is_chosen_and_known_the_next_time(site: Site) -> None:
    officer = site.sign_in("officer")
    other = tuple("某某号" if one == "案号" else one for one in HEADINGS)

    def named(*numbers: int) -> bytes:
        return book(*({**row(no), "某某号": f"旧字〔2015〕{no:04d}号"} for no in numbers), headings=other)

    page = sent(officer, named(1, 2))
    assert "Columns of" in page.text
    assert page.response.request.path.endswith("/columns")
    wanted = followed(officer, page, "/columns")
    assert wanted.status == 422
    assert "fault" in wanted.html
    assert "#column-case_number" in wanted.links()
    assert "/columns" in officer.get(import_of(page)).response.location
    forms = [one for one in page.forms() if "column-case_number" in one.values]
    report = Page(
        officer.client.post(
            forms[0].action, data={**forms[0].values, "column-case_number": "某某号"}, follow_redirects=True
        )
    )
    assert "Good 2" in report.text
    again = sent(officer, named(3, 4))
    [kept] = [one for one in again.forms() if "column-case_number" in one.values]
    assert kept.values["column-case_number"] == "某某号"
    # A choice that is wrong is kept on the page beside what is wrong with it.
    twice = Page(officer.client.post(kept.action, data={**kept.values, "column-party_name": "某某号"}))
    assert twice.status == 422
    [shown] = [one for one in twice.forms() if "column-case_number" in one.values]
    assert shown.values["column-party_name"] == "某某号"


def test_samples_show_no_identity_number(site: Site) -> None:
    officer = site.sign_in("officer")
    content = book(row(1, 身份证号=IDENTITY, 备注=f"see {IDENTITY}"), row(2, 身份证号="9990001978O8110018"))
    page = sent(officer, content)
    assert "*" * 14 + IDENTITY[-4:] in page.text
    assert IDENTITY not in page.html
    assert "9990001978O8110018" not in page.html
    assert "Nothing that stands under these headings is kept." in page.text


def test_a_file_is_read_another_way(site: Site) -> None:
    officer = site.sign_in("officer")
    page = sent(officer, book(*GOOD, encoding="utf-8-sig"))
    address = import_of(page)
    way = next(one for one in page.forms() if "encoding" in one.values and "csrf_token" not in one.values)
    assert (way.action, way.values["encoding"]) == (f"{address}/columns", "utf-8")
    before = site.counts()
    garbled = officer.get(f"{address}/columns?encoding=gb18030")
    assert "is not text in GB18030" in garbled.text
    assert not re.search(r"Row \d+: Row", garbled.text), "the row is told once"
    assert garbled.by_id("encoding") is not None, "and another can be chosen"
    for nonsense in ("regime=no_such", "encoding=no_such", "sheet=no_such"):
        assert officer.client.get(f"{address}/columns?{nonsense}").status_code == 200
    assert site.counts() == before, "looking is no act"
    report = followed(officer, page, "/columns")
    assert "text in UTF-8" in report.text
    chosen = next(one for one in page.forms() if "column-paid" in one.values)
    for wrong in ({"encoding": "no_such"}, {"regime": "no_such"}, {"column-paid": "no such heading"}):
        answer = Page(officer.client.post(chosen.action, data={**chosen.values, **wrong}))
        assert answer.status == 422
        assert "Nothing was recorded yet" in answer.text


def test_what_is_no_casebook_is_refused_in_words(site: Site) -> None:
    officer = site.sign_in("officer")
    before = site.counts()["casebook_import"]
    for content, name, told in (
        (b"", "empty.csv", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "scan.csv", ""),
        (b"PK\x03\x04" + bytes(100), "book.xlsx", ""),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old.xls", ""),
        (book(row(1, 送达日期="2015-05-01\x01")), "hidden.csv", "Row 2 holds signs that stand in no text"),
    ):
        page = sent(officer, content, name)
        assert (name, page.status) == (name, 422)
        assert told in page.text
        assert page.by_id("file-fault-1") is not None
        assert "Choose the file again: a browser does not keep it." in page.text
    assert site.counts()["casebook_import"] == before
    # A table of something else waits for somebody to say what is what, or to give it up.
    other = sent(officer, b"name,colour\nwall,red\n", "paint.csv")
    assert "No column is known as Case number" in other.text
    assert f"{import_of(other)}/drop" in other.links()


def test_no_file_is_asked_for_and_the_choices_are_kept(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/imports/new").form_to("/imports/new")
    page = officer.send_page(form, regime="social_support_fee", encoding="big5")
    assert page.status == 422
    assert "Choose the file of the casebook." in page.text
    kept = page.form_to("/imports/new").values
    assert (kept["regime"], kept["encoding"], kept["key"]) == ("social_support_fee", "big5", form.values["key"])


def test_a_file_too_large_is_refused_with_advice(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/imports/new").form_to("/imports/new")
    large = {**form.values, "file": (io.BytesIO(b"x" * (65 * 1024 * 1024)), "large.csv")}
    answer = officer.client.post("/imports/new", data=large, content_type="multipart/form-data", buffered=True)
    # The client keeps in a file what is large, and leaves it open.
    answer.request.environ["wsgi.input"].close()
    assert answer.status_code == 413
    assert "a casebook in two parts" in Page(answer).text


def test_a_large_file_is_left_to_a_worker_and_its_page_says_how_far_it_is(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    imports = site.office.application.case_imports
    waiting = sent(officer, large_book(WRONG))
    address = import_of(waiting)
    assert waiting.response.request.path == address
    assert "Checking 旧案台账.csv" in waiting.text
    assert "It waits for the background work" in waiting.text
    assert address in waiting.links(), "without scripts a link looks again"
    assert "script-src 'self'" in waiting.response.headers["Content-Security-Policy"]
    assert officer.get(f"{address}/columns").response.location == address
    assert imports.work_waiting() == 1
    assert "All rows 61" in officer.get(address).text
    importing = followed(officer, officer.get(f"{address}/commit"), "/commit", act="good_rows")
    assert "Importing 旧案台账.csv" in importing.text
    assert "/drop" not in "".join(importing.links())
    assert officer.get(f"{address}/drop").response.location == address
    assert cases_of(site) == before
    assert imports.work_waiting() == 1
    assert "Cases imported 60" in officer.get(address).text
    assert cases_of(site) == before + 60


def test_a_form_sent_twice_enters_one_import_and_imports_once(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    form = officer.get("/imports/new").form_to("/imports/new")
    answers = [
        officer.client.post(
            "/imports/new",
            data={**form.values, "file": (io.BytesIO(book(*GOOD)), "a.csv")},
            content_type="multipart/form-data",
        )
        for _ in range(2)
    ]
    assert answers[0].location == answers[1].location
    assert site.counts()["casebook_import"] == 1
    other = {**form.values, "file": (io.BytesIO(book(WRONG)), "b.csv")}
    assert officer.client.post("/imports/new", data=other, content_type="multipart/form-data").status_code == 409
    address = answers[0].location.removesuffix("/columns")
    confirm = officer.get(f"{address}/commit").form_to(f"{address}/commit")
    for _ in range(2):
        assert officer.send(confirm, act="all").location == address
    assert cases_of(site) == before + 3
    assert officer.get(f"{address}/commit").response.location == address, "back to the page leads to what came of it"


def test_another_tab_is_told_that_the_figures_moved(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    address = checked(officer, book(*GOOD, row(5, 当事人="", 决定日期="", 送达日期="", 征收金额="")))
    shown = officer.get(f"{address}/commit").form_to(f"{address}/commit")
    columns = officer.get(f"{address}/columns")
    [form] = [one for one in columns.forms() if "column-party_name" in one.values]
    officer.client.post(form.action, data={**form.values, "column-paid": "", "column-served_on": ""})
    moved = {**shown.values, "figures": "9-9-9-9"}
    answer = Page(officer.client.post(shown.action, data={**moved, "act": "good_rows"}))
    assert answer.status == 422
    assert "Look at the figures again" in answer.text
    assert cases_of(site) == before


def test_an_import_given_up_takes_nothing_more(site: Site) -> None:
    officer, before = site.sign_in("officer"), cases_of(site)
    address = checked(officer, book(*GOOD))
    shown = officer.get(f"{address}/commit").form_to(f"{address}/commit")
    [columns] = [one for one in officer.get(f"{address}/columns").forms() if "column-paid" in one.values]
    dropping = officer.get(f"{address}/drop")
    assert "Nothing of it was imported" in dropping.text
    done = followed(officer, dropping, "/drop")
    assert "The import is given up" in done.text
    assert "given up" in officer.get("/imports").text
    late = Page(officer.client.post(shown.action, data={**shown.values, "act": "all"}, follow_redirects=True))
    assert "Nothing was done: the import has moved on meanwhile." in late.text
    late = Page(officer.client.post(columns.action, data={**columns.values, "column-paid": ""}, follow_redirects=True))
    assert "Nothing was done: the import has moved on meanwhile." in late.text
    assert "This import was given up" in officer.get(address).text
    for page in ("columns", "commit", "drop"):
        assert officer.client.get(f"{address}/{page}").status_code == 302
    assert cases_of(site) == before


def test_a_copy_with_what_was_found_is_saved_while_the_file_is_kept(site: Site) -> None:
    officer = site.sign_in("officer")
    address = checked(officer, book(*GOOD, WRONG))
    form = next(one for one in officer.get(address).forms() if one.action.endswith("/annotated"))
    answer = officer.send(form)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    lines = answer.get_data().decode("gb18030").splitlines()
    assert len(lines) == 5
    assert len(lines[4]) > len(book(WRONG).decode("gb18030").splitlines()[1])
    followed(officer, officer.get(f"{address}/drop"), "/drop")
    gone = officer.client.post(form.action, data=form.values, follow_redirects=True)
    assert gone.status_code == 200
    assert gone.mimetype == "text/html"
    assert "meanwhile" in Page(gone).text or "no longer kept" in Page(gone).text


def test_what_a_book_says_is_text(site: Site) -> None:
    officer = site.sign_in("officer")
    heading = tuple(f"{MARKUP}备注" if one == "备注" else one for one in HEADINGS)
    content = book(
        {**row(1, 当事人=MARKUP, 送达日期=MARKUP), f"{MARKUP}备注": "=HYPERLINK(1)"},
        row(2, 案号="=cmd|'/c calc'!A1", 送达日期="2015-05-01"),
        headings=heading,
    )
    page = sent(officer, content, name=f"{MARKUP}.csv")
    assert "<script>alert" not in page.html
    assert MARKUP in page.text
    address = import_of(page)
    followed(officer, page, "/columns")
    for path in (address, f"{address}/commit", f"{address}/drop", "/imports"):
        shown = officer.get(path)
        assert shown.status == 200
        assert "<script>alert" not in shown.html


def test_a_workbook_is_read_by_its_sheet(site: Site) -> None:
    workbook, out = Workbook(), io.BytesIO()
    workbook.active.title = "说明"  # type: ignore[union-attr]
    sheet = workbook.create_sheet("台账")
    for line in [["社会抚养费台账"], list(HEADINGS), *([one.get(name, "") for name in HEADINGS] for one in GOOD)]:
        sheet.append(line)
    workbook.save(out)
    officer = site.sign_in("officer")
    page = sent(officer, out.getvalue(), "台账.xlsx")
    assert page.status == 200
    way = next(one for one in page.forms() if "sheet" in one.values)
    assert way.values["sheet"] == "台账"
    report = officer.get(import_of(page))
    assert "sheet 台账" in report.text
    form = next(one for one in report.forms() if one.action.endswith("/annotated"))
    assert zipfile.is_zipfile(io.BytesIO(officer.send(form).get_data()))
