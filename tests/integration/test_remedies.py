"""A decision that falls while the court has the application: unwound, told to the court, and only then closed."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.stepping import StepRefused
from tests.office import Office

HEARD = date(2023, 12, 27)


def test_an_annulment_at_court_closes_only_once_the_court_is_told(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="record_acceptance")
    office.time.day = HEARD
    # Accepted before the office filed; it heard of it a week later.
    remedy = {"remedy_body": "云岭县人民政府", "remedy_paper_no": "复受1", "remedy_filed_on": "2023-12-19"}
    office.advance(case_id, "file_reconsideration_at_court", remedy)
    stay = {"stay_body": "云岭县人民政府", "stay_paper_no": "停1", "stayed_on": "2023-12-27"}
    office.advance(case_id, "record_stay", stay, actor="reviewer")
    office.advance(case_id, "tell_court_of_stay", {"court_told_on": "2023-12-27"}, actor="liaison")
    for step, actor in (("record_execution_allowed", "liaison"), ("sign_court_application", "approver")):
        with pytest.raises(StepRefused, match="not where this step starts"):
            office.advance(case_id, step, {"court_paper_no": "1", "court_paper_on": "2023-12-27",
                                           "application_approved_on": "2023-12-27"}, actor=actor)  # fmt: skip
    fallen = {"remedy_paper_no": "复决1", "remedy_decided_on": "2023-12-27", "annulled_amount": "135,000"}
    office.advance(case_id, "reconsideration_annulled_at_court", fallen, actor="reviewer")
    with pytest.raises(StepRefused):
        office.advance(case_id, "close_after_annulment", {"closing_summary": "决定已撤销。"})
    office.advance(case_id, "tell_court_of_annulment", {"court_told_on": "2023-12-27"}, actor="liaison")
    office.advance(case_id, "close_after_annulment", {"closing_summary": "决定已撤销。"})
    with psycopg.connect(office.database_url) as connection:
        running = connection.execute(
            "select rule_id from clock where case_id = %s and status in ('open', 'tolled')", (case_id,)
        ).fetchall()
        papers = connection.execute("select kind from case_document where case_id = %s", (case_id,)).fetchall()
        (outstanding_fen, phase) = connection.execute(
            "select assessed_fen - collected_fen, phase from cases where id = %s", (case_id,)
        ).fetchone() or (None, None)
    assert running == []
    assert {("annulment_notice_to_court",), ("stay_notice_to_court",)} <= set(papers)
    assert (outstanding_fen, phase) == (0, "closed")
    assert office.application.ledger_check.run() == []
