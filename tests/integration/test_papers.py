"""A paper's life on a real database: begun, edited, submitted, reviewed, issued with a number, corrected; the gate."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.paper_life import PaperStatus
from caseflow.domain.papers import NO_WORDS
from caseflow.services.cases import KeyReused
from caseflow.services.papers import (
    BeginPaper,
    CorrectPaper,
    EditPaper,
    Issuing,
    PaperAct,
    PaperMovedOn,
    PaperShut,
    ReviewPaper,
)
from caseflow.services.papers.setting import hashes, set_paper
from caseflow.services.ports.documents import TemplateSources
from caseflow.services.ports.papers import INPUTS, PaperRefused
from tests.office import Office, kept_cipher
from tests.papers import begun, issued, page, reviewed, submitted
from tests.parties import rename_everybody

REPORT = "investigation_report"


@pytest.fixture
def concluded(office: Office) -> int:
    """A case whose investigation is concluded: its report, records and the order to correct are made."""
    return office.walk("two_illegal_paid", until="conclude_investigation")


def test_a_paper_is_drafted_reviewed_and_issued_with_number_and_both_files(office: Office, concluded: int) -> None:
    papers, officer = office.application.papers, office.actors["officer"]
    paper_id = begun(office, concluded, REPORT)
    shown = page(office, paper_id)
    assert shown.sections[0].text.zh.startswith("经调查")
    text = {shown.sections[0].name: {"en": "The facts are clear.", "zh": "违法事实清楚。"}}
    papers.drafting.edit(officer, EditPaper(paper_id, 1, text))
    papers.drafting.submit(officer, PaperAct(paper_id, 2))
    seen = page(office, paper_id, "reviewer")
    assert seen.may_review
    assert not page(office, paper_id).may_review
    papers.drafting.review(office.actors["reviewer"], ReviewPaper(paper_id, 3, seen.seen, approved=True))
    paper = papers.issuing.issue(officer, PaperAct(paper_id, 4))
    assert paper.status is PaperStatus.ISSUED
    assert paper.number is not None
    assert "2024" in paper.number.zh
    assert paper.issued_on == date(2024, 1, 25)
    assert paper.inputs["sections"][0]["text"] == {"en": "The facts are clear.", "zh": "违法事实清楚。"}
    for language in ("zh", "en"):
        number, pdf = papers.reading.pdf(office.actors["auditor"], paper_id, language)
        assert number == paper.number.zh
        assert pdf.startswith(b"%PDF-")
        assert hashes({language: pdf})[language] == paper.pdf_sha256[language]
    # What was issued is in the record with the hashes of both files.
    with psycopg.connect(office.database_url) as connection:
        row = connection.execute("select body from audit_event where action = 'paper_issued'").fetchone()
    assert row is not None
    assert (row[0]["pdf_zh"], row[0]["number"]) == (paper.pdf_sha256["zh"], paper.number.zh)


def test_an_issued_paper_is_set_again_byte_for_byte(office: Office, concluded: int) -> None:
    [paper] = issued(office, concluded, REPORT)
    room = office.application.papers.verifying.room
    with office.application.store.begin() as work:
        sources = work.papers.template(paper.template_hash or "")
    assert sources is not None
    assert hashes(set_paper(room.printer, sources, paper.inputs, NO_WORDS)) == paper.pdf_sha256
    report = office.application.papers.verifying.verify()
    assert (report.papers, report.findings) == (1, [])


def test_verification_names_what_was_changed(office: Office, concluded: int) -> None:
    [paper] = issued(office, concluded, REPORT)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table paper disable trigger user")
        changed = json.dumps({**paper.inputs, "party_name": "Somebody Else"})
        connection.execute(
            "update paper set inputs_sealed = %s, pdf_en_sha256 = %s",
            (kept_cipher().seal(INPUTS, paper.id, changed), "0" * 64),
        )
        connection.execute("alter table paper enable trigger user")
    report = office.application.papers.verifying.verify(concluded)
    assert {(one.language, one.reason.split(":")[0]) for one in report.findings} == {
        ("zh", "set again it is another file"),
        ("en", "set again it is another file"),
        ("en", f"the store has no file {'0' * 64}"),
    }
    assert {one.paper_id for one in report.findings} == {paper.id}


def test_a_paper_that_got_the_seal_of_another_is_found_and_not_shown(office: Office, concluded: int) -> None:
    [paper] = issued(office, concluded, REPORT)
    other = office.walk("two_illegal_paid", until="conclude_investigation")
    [moved] = issued(office, other, REPORT)
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table paper disable trigger user")
        connection.execute(
            "update paper set inputs_sealed = (select inputs_sealed from paper where id = %s) where id = %s",
            (moved.id, paper.id),
        )
        connection.execute("alter table paper enable trigger user")
    verifying, reading, officer = office.application.papers.verifying, office.application.papers.reading, "officer"
    found = verifying.verify(concluded).findings
    assert [(one.paper_id, one.reason) for one in found] == [(paper.id, "what it was set from cannot be opened")]
    assert verifying.verify(other).findings == []
    shut = page(office, paper.id)
    assert (shut.body, shut.paper.is_shut, verifying.render(shut.paper, "zh")) == ({}, True, None)
    with pytest.raises(PaperShut):
        reading.pages(office.actors[officer], paper.id, "zh")
    number, pdf = reading.pdf(office.actors[officer], paper.id, "zh")
    assert (paper.number is not None and number == paper.number.zh, pdf[:4]) == (True, b"%PDF")


def test_nobody_reviews_what_they_wrote_in(office: Office, concluded: int) -> None:
    papers, approver = office.application.papers, office.actors["approver"]
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "insert into staff_role values (%s, 'reviewer'), (%s, 'approver')",
            (office.actors["officer"].id, office.actors["officer2"].id),
        )
    both = {login: _now(office, login) for login in ("officer", "officer2")}
    paper_id = begun(office, concluded, REPORT)
    shown = submitted(office, paper_id)
    for login in ("officer",):
        with pytest.raises(PaperRefused, match="did not write"):
            papers.drafting.review(both[login], ReviewPaper(paper_id, 3, shown.seen, approved=True))
    with pytest.raises(NotPermitted):
        papers.drafting.review(office.actors["cashier"], ReviewPaper(paper_id, 3, shown.seen, approved=True))
    # The second officer did not write in it, and holds the role.
    papers.drafting.review(both["officer2"], ReviewPaper(paper_id, 3, shown.seen, approved=False, note="Say when."))
    returned = page(office, paper_id)
    assert (returned.paper.status, returned.paper.review_note) == (PaperStatus.DRAFT, "Say when.")
    assert returned.paper.returned_by is not None
    assert returned.paper.returned_by.id == both["officer2"].id
    with pytest.raises(PaperMovedOn):
        papers.drafting.review(approver, ReviewPaper(paper_id, 3, shown.seen, approved=True))


def test_a_remark_is_needed_to_return_a_paper(office: Office, concluded: int) -> None:
    shown = submitted(office, begun(office, concluded, REPORT))
    verdict = ReviewPaper(shown.paper.id, shown.paper.version, shown.seen, approved=False)
    with pytest.raises(PaperRefused, match="Say why"):
        office.application.papers.drafting.review(office.actors["reviewer"], verdict)


def test_only_who_may_take_the_step_drafts(office: Office, concluded: int) -> None:
    for login in ("reviewer", "approver", "cashier", "liaison", "supervisor"):
        with pytest.raises(PaperRefused, match="whoever may take the step"):
            begun(office, concluded, REPORT, login)
    for login in ("auditor", "administrator", "payer"):
        with pytest.raises(NotPermitted):
            begun(office, concluded, REPORT, login)
    # An enforcement officer of the office who is not on this case is nobody here.
    with psycopg.connect(office.database_url) as connection:
        connection.execute("insert into staff_role values (%s, 'officer')", (office.actors["supervisor"].id,))
    with pytest.raises(PaperRefused, match="whoever may take the step"):
        office.application.papers.drafting.begin(_now(office, "supervisor"), BeginPaper(concluded, REPORT, "k"))
    assert begun(office, concluded, REPORT, "officer2")


def test_what_is_blank_is_not_submitted_and_what_was_typed_is_judged(office: Office, concluded: int) -> None:
    papers, officer = office.application.papers, office.actors["officer"]
    paper_id = begun(office, concluded, REPORT)
    name = page(office, paper_id).sections[0].name
    papers.drafting.edit(officer, EditPaper(paper_id, 1, {name: {"en": "Facts", "zh": "事实＿＿＿＿"}}))
    with pytest.raises(PaperRefused) as refused:
        papers.drafting.submit(officer, PaperAct(paper_id, 2))
    assert f"{name}-zh" in [one for one, _ in refused.value.faults]
    with pytest.raises(PaperRefused, match="hidden character"):
        papers.drafting.edit(officer, EditPaper(paper_id, 2, {name: {"en": "x\u202ey", "zh": "事实"}}))
    with pytest.raises(PaperRefused, match="At most"):
        papers.drafting.edit(officer, EditPaper(paper_id, 2, {name: {"en": "x" * 20_001, "zh": "事实"}}))
    papers.drafting.edit(officer, EditPaper(paper_id, 2, {name: {"en": "x", "zh": "事实 \U0001f600"}}))
    with pytest.raises(PaperRefused, match=r"U\+1F600"):
        papers.drafting.submit(officer, PaperAct(paper_id, 3))
    # What nobody may write into is left out, whatever is sent.
    papers.drafting.edit(officer, EditPaper(paper_id, 3, {"no_such_section": {"en": "x", "zh": "x"}}))
    assert page(office, paper_id).paper.texts == {}


def test_two_who_edit_at_once_do_not_overwrite_one_another(office: Office, concluded: int) -> None:
    papers = office.application.papers
    paper_id = begun(office, concluded, REPORT)
    name = page(office, paper_id).sections[0].name
    papers.drafting.edit(office.actors["officer2"], EditPaper(paper_id, 1, {name: {"en": "Second", "zh": "乙"}}))
    with pytest.raises(PaperMovedOn):
        papers.drafting.edit(office.actors["officer"], EditPaper(paper_id, 1, {name: {"en": "First", "zh": "甲"}}))
    assert page(office, paper_id).paper.texts[name]["zh"] == "乙"


def test_one_paper_of_a_kind_is_under_way_and_a_repeated_request_is_one(office: Office, concluded: int) -> None:
    drafting, officer = office.application.papers.drafting, office.actors["officer"]
    key = str(uuid.uuid4())
    first = drafting.begin(officer, BeginPaper(concluded, REPORT, key))
    assert drafting.begin(officer, BeginPaper(concluded, REPORT, key)) == first
    with pytest.raises(KeyReused):
        drafting.begin(officer, BeginPaper(concluded, "inspection_record", key))
    with pytest.raises(PaperRefused, match="under way"):
        begun(office, concluded, REPORT, "officer2")
    drafting.drop(office.actors["officer2"], PaperAct(first, 1))
    assert begun(office, concluded, REPORT) != first


def test_nothing_is_drafted_for_what_no_step_made_or_makes(office: Office, concluded: int) -> None:
    for kind in ("penalty_decision", "payment_receipt", "no_such_kind"):
        with pytest.raises(PaperRefused, match="nothing to draft"):
            begun(office, concluded, kind)
    issued(office, concluded, REPORT)
    with pytest.raises(PaperRefused, match="nothing to draft"):
        begun(office, concluded, REPORT)


def test_what_the_case_changed_since_the_review_is_not_issued(office: Office, concluded: int) -> None:
    papers, officer = office.application.papers, office.actors["officer"]
    shown = reviewed(office, begun(office, concluded, REPORT))
    before = _rows(office)
    rename_everybody(office, "Harmony Clinic, renamed")
    with pytest.raises(PaperRefused, match="changed what this paper says"):
        papers.issuing.issue(officer, PaperAct(shown.paper.id, shown.paper.version))
    assert page(office, shown.paper.id).has_moved_on
    assert _rows(office) == before
    papers.drafting.take_back(officer, PaperAct(shown.paper.id, shown.paper.version))
    assert page(office, shown.paper.id).paper.status is PaperStatus.DRAFT


def test_a_reviewer_approves_only_what_they_have_read(office: Office, concluded: int) -> None:
    shown = submitted(office, begun(office, concluded, REPORT))
    rename_everybody(office, "Harmony Clinic, renamed")
    verdict = ReviewPaper(shown.paper.id, shown.paper.version, shown.seen, approved=True)
    with pytest.raises(PaperMovedOn):
        office.application.papers.drafting.review(office.actors["reviewer"], verdict)


class _Broken:
    def __init__(self, printer: Any) -> None:
        self._printer = printer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._printer, name)

    def pdf(self, _sources: TemplateSources, _said: Mapping[str, Any]) -> bytes:
        message = "no room on the disk"
        raise OSError(message)


def test_nothing_is_half_issued_when_the_paper_cannot_be_set(office: Office, concluded: int) -> None:
    shown = reviewed(office, begun(office, concluded, REPORT))
    room = office.application.papers.issuing.room
    broken = Issuing(replace(room, printer=_Broken(room.printer)))
    before = _rows(office)
    with pytest.raises(OSError, match="no room"):
        broken.issue(office.actors["officer"], PaperAct(shown.paper.id, shown.paper.version))
    assert _rows(office) == before
    # Nothing was drawn, so the first number is still the first.
    paper = office.application.papers.issuing.issue(
        office.actors["officer"], PaperAct(shown.paper.id, shown.paper.version)
    )
    assert paper.inputs["number"]["en"].endswith("0001")


def test_two_who_issue_at_once_issue_one_paper_with_one_number(office: Office, concluded: int) -> None:
    shown = reviewed(office, begun(office, concluded, REPORT))
    asked = PaperAct(shown.paper.id, shown.paper.version)
    outcomes = _at_once(office, [(login, asked) for login in ("officer", "officer2")])
    assert sorted(type(one).__name__ for one in outcomes) == ["Paper", "PaperMovedOn"]
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select last from paper_serial").fetchall() == [(1,)]
        assert connection.execute("select serial from paper where status = 'issued'").fetchall() == [(1,)]
    again = office.application.papers.issuing
    issuer = page(office, shown.paper.id).paper.issuer
    assert issuer is not None
    by = next(actor for actor in office.actors.values() if actor.id == issuer.id)
    assert again.issue(by, asked).number == page(office, shown.paper.id).paper.number


def test_papers_issued_at_once_have_numbers_without_gaps(office: Office, concluded: int) -> None:
    kinds = (REPORT, "inspection_record", "questioning_record")
    ready = [reviewed(office, begun(office, concluded, kind)) for kind in kinds]
    outcomes = _at_once(office, [("officer", PaperAct(one.paper.id, one.paper.version)) for one in ready])
    assert all(one.status is PaperStatus.ISSUED for one in outcomes)
    with psycopg.connect(office.database_url) as connection:
        rows = connection.execute(
            "select mark, array_agg(serial order by serial) from paper where status = 'issued' group by mark"
        ).fetchall()
    assert all(serials == list(range(1, len(serials) + 1)) for _, serials in rows)


def test_a_correction_is_a_new_paper_and_the_old_one_stays(office: Office, concluded: int) -> None:
    papers, officer = office.application.papers, office.actors["officer"]
    [old] = issued(office, concluded, REPORT)
    with pytest.raises(PaperRefused, match="Say why"):
        papers.drafting.correct(officer, CorrectPaper(old.id, "  ", str(uuid.uuid4())))
    new_id = papers.drafting.correct(officer, CorrectPaper(old.id, "日期有误", "correct-1"))
    assert papers.drafting.correct(officer, CorrectPaper(old.id, "日期有误", "correct-1")) == new_id
    shown = reviewed(office, new_id)
    new = papers.issuing.issue(officer, PaperAct(new_id, shown.paper.version))
    assert old.number is not None
    assert old.number.zh in new.inputs["corrects"]["zh"]
    assert "2024年1月25日" in new.inputs["corrects"]["zh"]
    assert "日期有误" in new.inputs["corrects"]["zh"]
    corrected = page(office, old.id).paper
    assert (corrected.corrected_by, corrected.corrected_number) == (new.id, new.number)
    assert corrected.inputs == old.inputs
    assert papers.reading.pdf(officer, old.id, "zh")[1].startswith(b"%PDF-")
    with pytest.raises(PaperRefused, match="corrected already"):
        papers.drafting.correct(officer, CorrectPaper(old.id, "Again", str(uuid.uuid4())))


def test_the_papers_that_wait_are_listed_by_pages(office: Office, concluded: int) -> None:
    reading, reviewer = office.application.papers.reading, office.actors["reviewer"]
    kinds = (REPORT, "inspection_record", "questioning_record")
    ids = [submitted(office, begun(office, concluded, kind)).paper.id for kind in kinds]
    lines, after = reading.to_review(reviewer)
    assert ([line.paper_id for line, _ in lines], after) == (ids, None)
    assert lines[0][1].zh == "案件调查终结报告"
    assert [line.paper_id for line, _ in reading.to_review(reviewer, ids[0])[0]] == ids[1:]
    with pytest.raises(NotPermitted):
        reading.to_review(office.actors["officer"])


def test_every_document_of_a_whole_case_can_be_issued(office: Office) -> None:
    case_id = office.walk("two_illegal_paid", until="serve_decision")
    made = {one.kind for one in _standings(office, case_id) if one.made_seq is not None}
    found = {paper.kind for paper in issued(office, case_id)}
    assert made - found == set()
    assert all(not one.unissued for one in _standings(office, case_id))
    [decision] = [one.newest for one in _standings(office, case_id) if one.kind == "penalty_decision"]
    assert decision is not None


def _standings(office: Office, case_id: int) -> Sequence[Any]:
    return office.application.papers.reading.of_case(office.actors["officer"], case_id).documents


def _at_once(office: Office, asked: list[tuple[str, PaperAct]]) -> list[Any]:
    outcomes: list[Any] = []
    start = threading.Barrier(len(asked))

    def issue(login: str, act: PaperAct) -> None:
        start.wait()
        try:
            outcomes.append(office.application.papers.issuing.issue(office.actors[login], act))
        except PaperMovedOn as refusal:
            outcomes.append(refusal)

    threads = [threading.Thread(target=issue, args=one) for one in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _now(office: Office, login: str) -> Any:
    with office.application.store.begin() as work:
        member = work.staff.by_login(login)
    assert member is not None
    return member.actor


def _rows(office: Office) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.database_url) as connection:
        counted = connection.execute(
            "select (select count(*) from audit_event), (select count(*) from paper_serial), "
            "(select count(*) from paper_template), (select sum(version) from paper)"
        )
        return counted.fetchall()
