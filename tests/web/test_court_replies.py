"""Replies of the court on the pages: a file is looked at row by row, recorded, and read again without effect."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

from openpyxl import Workbook

from caseflow.domain.audit import AuditEvent
from tests.site import Page, Site, Visitor

HEADINGS = "案件编号,答复类型,文书号,日期,理由\n"


def sent(visitor: Visitor, content: bytes, name: str = "法院答复.csv") -> Page:
    form = visitor.get("/referrals/replies").form_to("/referrals/replies")
    data = {**form.values, "replies": (io.BytesIO(content), name)}
    answer = visitor.client.post(
        "/referrals/replies", data=data, content_type="multipart/form-data", follow_redirects=True
    )
    return Page(answer)


def test_a_file_is_looked_at_recorded_and_known_again(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.time.day = date(2024, 1, 31)
    number = office.application.pages.show(office.actors["officer"], case_id).header.number
    liaison = site.sign_in("liaison")
    content = f"{HEADINGS}{number},受理,（2023）云行审1号,2023-12-25,\n{number},跳舞,<b>1</b>,2023-12-25,\n".encode(
        "gb18030"
    )
    before = site.counts()["step"]
    page = sent(liaison, content)
    assert "To be recorded: 1. Recorded before: 0. At fault: 1." in page.text
    assert "Record that the court accepted" in page.text
    assert "<b>1</b>" in page.text, "what a file says is text"
    assert site.counts()["step"] == before
    [form] = [one for one in page.forms() if one.action.endswith("/record")]
    all_rows = liaison.send_page(form, act="all")
    assert all_rows.status == 422
    assert "Some rows are at fault, and nothing was recorded." in all_rows.text
    done = liaison.send_page(form, act="good_rows")
    assert "1 reply was recorded" in done.text
    assert site.counts()["step"] == before + 1
    again = liaison.send_page(form, act="good_rows")
    assert "0 replies were recorded" in again.text
    assert site.counts()["step"] == before + 1
    assert "recorded before" in sent(liaison, content, "another.csv").text


def test_a_hidden_character_is_shown_at_its_row(site: Site) -> None:
    liaison = site.sign_in("liaison")
    page = sent(liaison, f"{HEADINGS}YL-TI\0-1,受理,A-1,2023-12-25,\n".encode())
    assert page.status == 200
    assert r"YL-TI\x00-1" in page.text
    assert "type the cell anew" in page.text
    # What was kept before such cells were judged has a button still.
    form = liaison.get("/referrals/replies").form_to("/referrals/replies")
    form.action = f"{page.response.request.path}/record"
    assert liaison.send_page(form, act="all").status == 422
    assert "0 replies were recorded" in liaison.send_page(form, act="good_rows").text


def test_a_kept_file_that_is_refused_by_now_is_told_so(site: Site) -> None:
    office, liaison = site.office, site.sign_in("liaison")
    event = AuditEvent(
        key="court_replies:old", at=datetime.now(UTC), actor_id=office.actors["liaison"].id,
        office_id=office.actors["liaison"].office_id, action="court_replies_received", body={},
    )  # fmt: skip
    with office.application.store.begin() as work:
        kept = work.liaison.keep_file(event.office_id or 0, "old.csv", HEADINGS.encode("utf-32"), event)
        work.commit()
    page = liaison.get(f"/referrals/replies/{kept}")
    form = page.form_to("/referrals/replies")
    form.action = f"/referrals/replies/{kept}/record"
    for answer in (page, liaison.send_page(form, act="all")):
        assert answer.status == 422
        assert "save it as CSV in UTF-8" in answer.text


def test_a_damaged_workbook_is_refused_in_words(site: Site) -> None:
    book, out = Workbook(), io.BytesIO()
    book.save(out)
    damaged = bytearray(out.getvalue())
    for at in range(60, len(damaged) - 600, 37):
        damaged[at] ^= 0x55
    liaison = site.sign_in("liaison")
    for content in (bytes(damaged), bytes(damaged[:500]), out.getvalue()[:-40]):
        page = sent(liaison, content, "replies.xlsx")
        assert page.status == 422
        assert "The file is not a workbook that can be read." in page.text


def test_what_is_no_list_is_refused_in_words(site: Site) -> None:
    liaison = site.sign_in("liaison")
    for content, told in (
        (b"", "The file is empty."), (b"a,b\n1,2\n", "No line of headings was found"),
        (b"\xff\xfe\xff", "neither UTF-8 nor GB18030"), (HEADINGS.encode("utf-32"), "save it as CSV in UTF-8"),
    ):  # fmt: skip
        page = sent(liaison, content)
        assert page.status == 422
        assert told in page.text
    form = liaison.get("/referrals/replies").form_to("/referrals/replies")
    assert "Choose the file" in liaison.send_page(form).text
    assert liaison.get("/referrals/replies/424242").status == 404
    assert liaison.get("/referrals/withdrawals/424242").status == 404
