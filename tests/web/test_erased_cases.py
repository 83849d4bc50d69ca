"""The pages of a case whose time was over: they say what was erased and when, and take nothing in."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
import pytest

from caseflow.services.bank import EnterFile
from tests.casebook import ACCOUNT
from tests.kept import add_file, erase, full_case, number_of, old_case, reopen_visits
from tests.office import Office
from tests.persons import person_at
from tests.site import Page, Site, Visitor

PAYER, REMARK = "Harmony Payer", "from Lane 7"
TOLD = "Secret Village 保密村"


@dataclass(frozen=True)
class Erased:
    """An erased case, its paper, its submission (its id, and its place in the case), and its person's visit."""

    case_id: int
    file_id: int
    paper_id: int
    submission_id: int
    case_no: int
    person: Visitor
    site: Site


@pytest.fixture
def erased(site: Site) -> Erased:
    case_id, paper_id, sent = full_case(site.office, TOLD)
    person = person_at(site, case_id)
    file_id = add_file(site.office, case_id)
    erase(site.office, case_id)
    reopen_visits(site.office, case_id)
    return Erased(case_id, file_id, paper_id, sent.id, sent.case_no, person, site)


def in_chinese(visitor: Visitor, path: str) -> str:
    visitor.send(visitor.get(path).form_to("/language"), locale="zh")
    text = visitor.get(path).text
    visitor.send(visitor.get(path).form_to("/language"), locale="en")
    return text


def test_an_erased_paper_and_submission_say_that_they_were_erased(erased: Erased) -> None:
    officer = erased.site.sign_in("officer")
    case, paper, submission = f"/cases/{erased.case_id}", f"/papers/{erased.paper_id}", erased.submission_id
    for path in (case, paper, f"/submissions/{submission}", f"{case}/papers", f"{case}/files"):
        page = officer.get(path)
        assert (page.status, "rased on " in page.text, "cannot be brought back" in page.text) == (200, True, True)
        assert "删除" in in_chinese(officer, path)
        assert TOLD not in page.text
    assert "mine.txt" not in officer.get(f"/submissions/{submission}").text
    assert f"{paper}/zh.pdf" not in officer.get(paper).links()
    for path in (f"{paper}/zh.pdf", f"{paper}/preview/en"):
        told = officer.get(path)
        assert (told.status, "was erased on" in told.text) == (410, True)
    files = officer.get(f"{case}/files")
    assert f"{case}/files/{erased.file_id}/download" not in [form.action for form in files.forms()]
    token = files.forms()[0].values["csrf_token"]
    for path in (f"{case}/files/{erased.file_id}/download", f"/submissions/{submission}/files/1/download"):
        told = Page(officer.client.post(path, data={"csrf_token": token}))
        assert (told.status, "was erased on" in told.text) == (409, True), path


def test_an_erased_case_offers_nothing_that_takes_something_in(erased: Erased) -> None:
    officer, auditor, case = erased.site.sign_in("officer"), erased.site.sign_in("auditor"), f"/cases/{erased.case_id}"
    assert f"{case}/access" not in officer.get(case).links()
    for path in (f"{case}/access", f"{case}/files", f"{case}/papers"):
        page = officer.get(path)
        assert "cannot be brought back" in page.text
        assert [form.action for form in page.forms() if form.action.startswith(case)] == []
    token = {"csrf_token": officer.get(case).forms()[0].values["csrf_token"], "key": "k"}
    for path, typed in ((f"{case}/access", {}), (f"{case}/papers", {"kind": "levy_decision"})):
        refused = Page(officer.client.post(path, data={**token, **typed}))
        assert (refused.status, "nothing new is taken in" in refused.text) == (409, True)
    number = number_of(erased.site.office, erased.case_id)
    form = auditor.get(f"/retention/holds/new?number={number}").form_to("/retention/holds/new")
    refused = auditor.send_page(form, reason="A suit.")
    assert (refused.status, "was erased on" in refused.text) == (422, True)
    shown = erased.person.get("/my-case/submissions")
    assert [link for link in shown.links() if link.startswith("/my-case/submit/")] == []
    assert "nothing new is taken in" in erased.person.get("/my-case/submit/statement").text


def test_the_person_of_an_erased_case_is_told_so(erased: Erased) -> None:
    own, person = f"/my-case/submissions/{erased.case_no}", erased.person
    for path in ("/my-case", own):
        page = person.get(path)
        assert (page.status, "Erased on " in page.text) == (200, True)
        assert "删除" in in_chinese(person, path)
    assert f"{own}/receipt/en.pdf" not in person.get(own).links()
    for path in (f"{own}/receipt/en.pdf", "/my-case/documents/1/zh.pdf"):
        told = person.get(path)
        assert (told.status, "was erased on" in told.text) == (410, True), path


def test_a_line_of_the_bank_whose_cases_are_all_erased_says_so(site: Site) -> None:
    office, case_id = site.office, old_case(site.office)
    line_id = banked(office, case_id)
    auditor = site.sign_in("auditor")
    paths = (f"/bank/lines/{line_id}", "/bank/lines")
    for path in paths:
        assert PAYER in auditor.get(path).text
    erase(office, case_id)
    for path in paths:
        page = auditor.get(path)
        assert (page.status, PAYER in page.html, REMARK in page.html, "erased" in page.text) == (
            200, False, False, True,
        )  # fmt: skip


def banked(office: Office, case_id: int) -> int:
    """Bring a statement in with a line for the first receipt of a case; return the line."""
    with psycopg.connect(office.database_url) as connection:
        query = "select number, amount_fen, entered_on from receipt where case_id = %s order by no limit 1"
        [(number, fen, day)] = connection.execute(query, [case_id]).fetchall()
    cashier, statements = office.actors["cashier"], office.application.statements
    statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    text = f"日期,金额,票据号,对方户名,摘要\n{day},{fen // 100}.{fen % 100:02d},{number},{PAYER},{REMARK}\n"
    plan = statements.enter(cashier, EnterFile("one.csv", text.encode()), key="one")
    assert plan.matched == 1
    with psycopg.connect(office.database_url) as connection:
        [(line_id,)] = connection.execute("select id from bank_line").fetchall()
    return int(line_id)
