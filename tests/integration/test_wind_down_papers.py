"""The papers that a run begins for imported cases: whole as begun, so that nobody types before they are issued."""

from __future__ import annotations

from datetime import date

import psycopg

from caseflow.domain.paper_drafting import BLANK
from caseflow.domain.paper_life import Paper
from caseflow.services.papers import PaperAct, ReviewPaper
from tests.imported import import_rows, made_up
from tests.office import Office
from tests.papers import page
from tests.wind_downs import DAY, approved, desk, outcomes

END = {"end_paper_no": "（2026）云0000执1号", "end_paper_on": "2026-03-10"}
DELISTED = {"delisting_paper_no": "（2026）云0000执2号", "delisted_on": "2026-03-20"}


def issued_as_begun(office: Office, case_id: int, kind: str) -> Paper:
    """Submit, review and issue the draft that the run began, without typing a word."""
    papers = office.application.papers
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(
            "select p.id, w.login from paper p join staff w on w.id = p.drafted_by where case_id = %s and kind = %s",
            (case_id, kind),
        ).fetchall()
    [(paper_id, drafter)] = found
    shown = page(office, paper_id, drafter)
    assert not any(BLANK in one.text.zh + one.text.en for one in shown.sections), shown.sections
    papers.drafting.submit(office.actors[drafter], PaperAct(paper_id, shown.paper.version))
    shown = page(office, paper_id, "reviewer")
    verdict = ReviewPaper(paper_id, shown.paper.version, shown.seen, approved=True)
    papers.drafting.review(office.actors["reviewer"], verdict)
    return papers.issuing.issue(office.actors[drafter], PaperAct(paper_id, shown.paper.version + 1))


def said_by(paper: Paper) -> str:
    return str(dict(paper.inputs))


def test_the_papers_of_an_imported_case_are_issued_as_the_run_began_them(office: Office) -> None:
    office.time.day = DAY
    import_rows(office, made_up(2))
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select id, number_zh from cases order by id").fetchall()
    (part, _), (listed, number) = found
    run = approved(office, part, listed)
    supervisor = office.actors["supervisor"]
    desk(office).go_on(supervisor, run.id)
    told = {case_id: one.outcome for case_id, one in outcomes(office, run.id).items()}
    assert told == {part: "done", listed: "waiting_for_court"}
    letter = said_by(issued_as_begun(office, listed, "withdrawal_letter"))
    assert f"就{number}案件作出的决定" in letter
    office.time.day = date(2026, 3, 10)
    office.advance(listed, "confirm_court_end_restricted", END, actor="liaison")
    desk(office).go_on(supervisor, run.id)
    assert number in said_by(issued_as_begun(office, listed, "delisting_request"))
    office.time.day = date(2026, 3, 20)
    office.advance(listed, "confirm_delisting", DELISTED, actor="liaison")
    desk(office).go_on(supervisor, run.id)
    for case_id in (part, listed):
        issued_as_begun(office, case_id, "write_off_approval")
        notice = said_by(issued_as_begun(office, case_id, "closing_notice"))
        for law in ("六十日内申请行政复议", "六个月内提起行政诉讼", "申请退还", "国家赔偿法第三十六条、第三十九条"):
            assert law in notice, law
