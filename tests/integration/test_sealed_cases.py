"""An archived case stays as it is, and the paper of a decision that fell is neither corrected nor issued."""

from __future__ import annotations

import io
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.case_files import Purpose
from caseflow.domain.paper_life import Paper, PaperStatus
from caseflow.services.case_files import AddFile, UploadRefused
from caseflow.services.papers import BeginPaper, CorrectPaper, EditPaper, PaperAct, ReviewPaper
from caseflow.services.ports.papers import PaperRefused
from tests.integration.test_case_files import PAPER, asked
from tests.office import Office, file_room
from tests.papers import begun, issued, page, reviewed, submitted

WALK = "two_illegal_paid"
SEALED = "sealed as it stands"
REPORT = "investigation_report"


def archive(office: Office, case_id: int) -> None:
    office.time.day = date(2024, 10, 10)
    office.advance(case_id, "archive_file", {"archive_no": "档案第1号"}, actor="officer2")


def test_no_file_is_added_to_or_withdrawn_from_an_archived_case(office: Office, tmp_path: Path) -> None:
    files = replace(office.application.case_files, room=file_room(tmp_path))
    officer, liaison = office.actors["officer"], office.actors["liaison"]
    case_id = office.walk(WALK, until="close_case")
    kept = asked(case_id)
    file_id = files.add(officer, kept)
    assert files.show(officer, case_id).sealed is None
    archive(office, case_id)
    court: AddFile = asked(case_id, purpose=Purpose.COURT_PAPER)
    for act in (
        lambda: files.add(officer, asked(case_id)),
        lambda: files.add(liaison, court),
        lambda: files.check(officer, asked(case_id)),
        lambda: files.withdraw(officer, case_id, file_id, "Wrong case"),
    ):
        with pytest.raises(UploadRefused, match=SEALED):
            act()
    with pytest.raises(NotPermitted):
        files.add(office.actors["reviewer"], asked(case_id))
    shown = files.show(officer, case_id)
    assert [one.id for one in shown.files if one.withdrawn_at is None] == [file_id]
    assert shown.addable == frozenset()
    assert shown.sealed is not None
    assert "案卷按现状封存" in shown.sealed.zh
    # What was added before answers its own repeated request, and is still read.
    assert files.add(officer, replace(kept, source=io.BytesIO(PAPER))) == file_id
    assert b"".join(files.read(officer, case_id, file_id).pieces).startswith(b"%PDF")


def test_no_paper_is_written_in_an_archived_case(office: Office) -> None:
    papers, officer = office.application.papers, office.actors["officer"]
    case_id = office.walk(WALK, until="close_case")
    [report] = issued(office, case_id, REPORT)
    drafts = {
        kind: begun(office, case_id, kind)
        for kind in ("correction_order", "penalty_notice")
        if _may(office, case_id, kind)
    }
    assert drafts, "something is left to draft"
    (kind, draft), *_ = drafts.items()
    shown = submitted(office, draft)
    archive(office, case_id)
    acts = (
        lambda: papers.drafting.begin(officer, BeginPaper(case_id, "case_filing", str(uuid.uuid4()))),
        lambda: papers.drafting.correct(officer, CorrectPaper(report.id, "日期有误", str(uuid.uuid4()))),
        lambda: papers.drafting.edit(officer, EditPaper(draft, shown.paper.version, {})),
        lambda: papers.drafting.submit(officer, PaperAct(draft, shown.paper.version)),
        lambda: papers.drafting.review(
            office.actors["reviewer"], ReviewPaper(draft, shown.paper.version, shown.seen, approved=True)
        ),
        lambda: papers.issuing.issue(officer, PaperAct(draft, shown.paper.version)),
    )
    for act in acts:
        with pytest.raises(PaperRefused, match=SEALED):
            act()
    assert not page(office, report.id).may_write
    documents = papers.reading.of_case(officer, case_id).documents
    assert not any(one.may_begin for one in documents)
    # A draft left over is given up, so that it waits for nobody.
    papers.drafting.drop(officer, PaperAct(draft, shown.paper.version))
    assert page(office, draft).paper.status is PaperStatus.DROPPED
    assert kind in {one.kind for one in documents}


def _may(office: Office, case_id: int, kind: str) -> bool:
    found = office.application.papers.reading.of_case(office.actors["officer"], case_id).documents
    return any(one.kind == kind and one.may_begin for one in found)


FELL = "The decision has fallen"


def _decision(office: Office, case_id: int) -> tuple[Paper, str]:
    """Issue the decision; return its paper and the login of who issued it."""
    paper = next(one for one in issued(office, case_id, "penalty_decision") if one.kind == "penalty_decision")
    assert paper.issuer is not None
    return paper, next(login for login, one in office.actors.items() if one.id == paper.issuer.id)


def test_a_decision_that_was_annulled_is_not_corrected(office: Office) -> None:
    papers = office.application.papers
    case_id = office.walk("water_annulled_refunded", until="file_reconsideration")
    old, login = _decision(office, case_id)
    who = office.actors[login]
    draft = papers.drafting.correct(who, CorrectPaper(old.id, "日期有误", str(uuid.uuid4())))
    shown = reviewed(office, draft, login, by="reviewer")
    assert page(office, old.id, login).may_write
    office.time.day = date(2024, 3, 4)
    fell = {"remedy_paper_no": "云政复〔2024〕3号", "remedy_decided_on": "2024-03-04", "annulled_amount": "30000"}
    office.advance(case_id, "reconsideration_annulled", fell, actor="reviewer")
    with pytest.raises(PaperRefused, match=FELL) as refusal:
        papers.issuing.issue(who, PaperAct(draft, shown.paper.version))
    assert "该决定已失效" in refusal.value.faults[0][1].zh
    papers.drafting.drop(who, PaperAct(draft, shown.paper.version))
    with pytest.raises(PaperRefused, match=FELL):
        papers.drafting.correct(who, CorrectPaper(old.id, "日期有误", str(uuid.uuid4())))
    assert not page(office, old.id, login).may_write
    # Papers of other steps are corrected as before.
    [report] = issued(office, case_id, REPORT)
    assert papers.drafting.correct(office.actors["officer"], CorrectPaper(report.id, "日期有误", str(uuid.uuid4())))
