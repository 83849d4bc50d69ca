"""The pages of the files of a case: per desk, with what is typed kept, and nothing shown that was not recorded."""

from __future__ import annotations

import io
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import AddFile
from caseflow.web.case_files import attachment
from tests.sent_files import PE, bomb_document, pdf
from tests.site import Page, Site, Visitor

PAPER = pdf()


def filed(site: Site, case_id: int, sent: bytes = PAPER, **changes: Any) -> int:
    values = {"purpose": Purpose.EVIDENCE, "description": "The licence", "name": "licence.pdf", **changes}
    request = AddFile(
        case_id, values["purpose"], values["description"], None, values["name"], io.BytesIO(sent), str(values)
    )
    return site.office.application.case_files.add(site.office.actors["officer"], request)


def upload(visitor: Visitor, case_id: int, sent: bytes | None, name: str = "licence.pdf", **typed: str) -> TestResponse:
    form = visitor.get(f"/cases/{case_id}/files").form_to(f"/cases/{case_id}/files")
    values: dict[str, Any] = {**form.values, "purpose": "evidence", "description": "The licence", **typed}
    values.pop("file", None)
    if sent is not None:
        values["file"] = (io.BytesIO(sent), name)
    return closed(visitor.client.post(form.action, data=values, content_type="multipart/form-data", buffered=True))


def closed(answer: TestResponse) -> TestResponse:
    """Close what the client itself keeps in a file once it is large, and leaves open."""
    answer.request.environ["wsgi.input"].close()
    return answer


def download(visitor: Visitor, case_id: int, file_id: int) -> TestResponse:
    form = visitor.get(f"/cases/{case_id}/files").form_to(f"/cases/{case_id}/files/{file_id}/download")
    return visitor.client.post(form.action, data=form.values, buffered=True)


def test_a_file_is_added_shown_and_handed_out_as_an_attachment(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    empty = officer.get(f"/cases/{case_id}/files")
    assert "appear here when" in empty.text
    assert "No file yet." in officer.get(f"/cases/{case_id}").text
    answer = upload(officer, case_id, PAPER, "../scans/营业执照 <1>.PDF", seq="1")
    assert answer.location == f"/cases/{case_id}/files"
    page = officer.get(answer.location)
    assert "The file is added." in page.text
    for shown in ("营业执照 _1_.pdf", "The licence", "PDF", " B ", "Officer", "Evidence"):
        assert shown in page.text
    assert "营业执照 _1_.pdf" in officer.get(f"/cases/{case_id}").text
    handed = download(officer, case_id, 1)
    assert handed.data == PAPER
    headers = handed.headers
    assert headers["Content-Type"] == "application/pdf"
    assert headers["Content-Length"] == str(len(PAPER))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert headers["Cache-Control"] == "no-store"
    named = "%E8%90%A5%E4%B8%9A%E6%89%A7%E7%85%A7%20_1_.pdf"
    assert headers["Content-Disposition"] == f"attachment; filename=\"_1_.pdf\"; filename*=UTF-8''{named}"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a.pdf", "attachment; filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("文书.pdf", "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E6%96%87%E4%B9%A6.pdf"),
        ("état's.pdf", "attachment; filename=\"etats.pdf\"; filename*=UTF-8''%C3%A9tat%27s.pdf"),
        ('a"; b.txt', "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%22%3B%20b.txt"),
    ],
)
def test_the_name_of_a_copy_is_told_to_old_and_new_browsers(name: str, header: str) -> None:
    assert attachment(name) == header


def test_a_text_keeps_its_own_encoding(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    sent = "询问笔录".encode("gb18030")
    filed(site, case_id, sent, name="note.txt")
    handed = download(officer, case_id, 1)
    assert (handed.data, handed.headers["Content-Type"]) == (sent, "text/plain")


@pytest.mark.parametrize(
    ("login", "purpose", "status"),
    [
        *((login, "evidence", 200) for login in ("officer", "reviewer", "approver", "supervisor", "auditor")),
        ("liaison", "evidence", 403), ("liaison", "court_paper", 200), ("liaison", "proof_of_service", 200),
        ("liaison", "party_paper", 403),
        *((login, "court_paper", 403) for login in ("cashier", "payer", "administrator")),
    ],
)  # fmt: skip
def test_each_desk_opens_its_own_files_and_no_other(site: Site, login: str, purpose: str, status: int) -> None:
    case_id = site.office.open()
    file_id = filed(site, case_id, purpose=Purpose(purpose))
    visitor = site.sign_in(login)
    form = visitor.get("/law").form_to("/sign-out")
    before = site.counts()
    answer = visitor.client.post(
        f"/cases/{case_id}/files/{file_id}/download", data=form.values, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == status
    assert (answer.data == PAPER) is (status == 200)
    assert site.counts()["audit_event"] - before["audit_event"] == (1 if status == 200 else 0)
    listed = visitor.client.get(f"/cases/{case_id}/files")
    assert listed.status_code == (403 if login in ("cashier", "payer", "administrator") else 200)
    assert ("licence.pdf" in listed.text) is (status == 200)
    if login not in ("payer", "administrator"):
        assert ("licence.pdf" in visitor.get(f"/cases/{case_id}").text) is (status == 200)


@pytest.mark.parametrize("login", ["reviewer", "approver", "supervisor", "auditor", "cashier", "administrator"])
def test_other_desks_add_and_withdraw_nothing(site: Site, login: str) -> None:
    case_id = site.office.open()
    file_id = filed(site, case_id)
    visitor = site.sign_in(login)
    token = visitor.get("/law").form_to("/sign-out").values
    before = site.counts()
    sent = {**token, "file": (io.BytesIO(PAPER), "a.pdf"), "purpose": "evidence", "description": "x", "key": "k"}
    assert visitor.client.post(f"/cases/{case_id}/files", data=sent, buffered=True).status_code == 403
    withdraw = f"/cases/{case_id}/files/{file_id}/withdraw"
    assert visitor.client.get(withdraw).status_code == 403
    assert visitor.client.post(withdraw, data={**token, "reason": "x"}).status_code == 403
    assert site.counts() == before
    page = visitor.client.get(f"/cases/{case_id}/files")
    assert page.status_code == 403 or b"data-upload" not in page.data


def test_a_refusal_says_why_and_keeps_what_was_typed(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    answer = Page(upload(officer, case_id, PE, "licence.pdf", description="The licence, front", purpose="party_paper"))
    assert answer.status == 422
    assert "The file is a program, whatever its name says" in answer.text
    assert "Choose the file again" in answer.text
    form = answer.form_to(f"/cases/{case_id}/files")
    assert (form.values["description"], form.values["purpose"]) == ("The licence, front", "party_paper")
    assert "unpacks to far more" in Page(upload(officer, case_id, bomb_document(8), "a.docx")).text
    assert site.counts()["case_file"] == 0
    assert officer.get(f"/cases/{case_id}/files").text.count("SHA-256") == 0


def test_everything_wrong_is_told_at_once(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    answer = Page(upload(officer, case_id, None, description="", purpose="nothing", seq="1e9"))
    assert answer.status == 422
    for told in ("Choose the file.", "Choose what the file is for", "Say in 1 to 500", "Choose a step of this case"):
        assert told in answer.text


def test_only_the_files_route_takes_a_large_request_and_only_from_who_may_send_one(site: Site) -> None:
    case_id, officer, reviewer = site.office.open(), site.sign_in("officer"), site.sign_in("reviewer")
    large = b"a" * (3 << 20)
    assert upload(officer, case_id, large, "a.txt").status_code == 302
    token = officer.get("/law").form_to("/sign-out").values
    page = officer.client.post("/cases/new/two_illegal", data={**token, "text": "a" * (2 << 20)})
    assert page.status_code == 413
    for visitor, status in ((reviewer, 403), (site.visitor(), 302)):
        body = {"csrf_token": "x", "file": (io.BytesIO(large), "a.txt")}
        answer = closed(visitor.client.post(f"/cases/{case_id}/files", data=body, buffered=True))
        assert answer.status_code == status


def test_a_file_above_the_limit_is_answered_on_the_page_and_far_above_it_at_the_door(site: Site) -> None:
    # The room is the test's own, and frozen.
    object.__setattr__(site.office.application.case_files.room, "limit_bytes", 1 << 20)
    case_id, officer = site.office.open(), site.sign_in("officer")
    answer = Page(upload(officer, case_id, b"a" * (3 << 19), "a.txt", description="A long text"))
    assert answer.status == 422
    assert "The file is larger than 1 MB" in answer.text
    assert answer.form_to(f"/cases/{case_id}/files").values["description"] == "A long text"
    answer = Page(upload(officer, case_id, b"a" * (3 << 20), "a.txt"))
    assert answer.status == 413
    assert "The file may have at most 1 MB" in answer.text


def test_a_forged_form_neither_adds_nor_opens_a_file(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    file_id = filed(site, case_id)
    before = site.counts()
    body = {"file": (io.BytesIO(PAPER), "a.pdf"), "purpose": "evidence", "description": "x", "key": "k"}
    assert officer.client.post(f"/cases/{case_id}/files", data=body, buffered=True).status_code == 400
    assert officer.client.post(f"/cases/{case_id}/files/{file_id}/download").status_code == 400
    assert officer.client.get(f"/cases/{case_id}/files/{file_id}/download").status_code == 405
    assert site.counts() == before


def test_what_cannot_be_recorded_is_not_shown(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    file_id = filed(site, case_id)
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("revoke insert on audit_event from caseflow_application")
    answer = download(officer, case_id, file_id)
    assert answer.status_code == 503
    assert b"%PDF" not in answer.data
    assert "nothing was handed out" in Page(answer).text


def test_a_damaged_file_is_not_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    file_id = filed(site, case_id, b"a text of its own that is damaged", name="a.txt")
    monkeypatch.setattr("caseflow.adapters.file_store._Hashing.sha256", "0" * 64)
    answer = download(officer, case_id, file_id)
    assert answer.status_code == 500
    assert "is not what was put in" in Page(answer).text
    assert b"damaged" not in answer.data


def test_a_file_is_withdrawn_with_a_reason(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    file_id = filed(site, case_id)
    path = f"/cases/{case_id}/files/{file_id}/withdraw"
    assert path in officer.get(f"/cases/{case_id}/files").links()
    page = officer.send_page(officer.get(path).form_to(path), reason=" ")
    assert page.status == 422
    assert "Give the reason" in page.text
    assert officer.send(officer.get(path).form_to(path), reason="Of another case").status_code == 302
    page = officer.get(f"/cases/{case_id}/files")
    assert "Of another case" in page.text
    assert [form.action for form in page.forms() if "download" in form.action] == []
    assert officer.get(path).status == 404
    assert download(site.sign_in("auditor"), case_id, file_id).data == PAPER
    assert officer.get(f"/cases/{case_id}/files/99/withdraw").status == 404


def test_the_page_of_files_alone_may_run_a_script_of_this_site(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    policy = officer.client.get(f"/cases/{case_id}/files").headers["Content-Security-Policy"]
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in officer.client.get(f"/cases/{case_id}").headers["Content-Security-Policy"]


def test_the_list_and_the_case_page_ask_few_questions_however_many_files_there_are(site: Site) -> None:
    case_id, officer = site.office.open(), site.sign_in("officer")
    for number in range(8):
        filed(site, case_id, b"text %d" % number, name=f"{number}.txt")
    for path in (f"/cases/{case_id}/files", f"/cases/{case_id}"):
        asked = site.statements_of(officer, path)
        assert len([one for one in asked if "case_file" in one]) == 1
        assert len(asked) <= 12
