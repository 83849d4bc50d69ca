"""Papers and steps: the gate of a step, papers prepared before their step, and what a liaison sees."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow.domain.stepping import StepRefused
from caseflow.domain.words import Words
from caseflow.services.cases import AnswersRefused
from caseflow.services.papers import CorrectPaper, EditPaper, PaperAct, PaperNotFound, ReviewPaper
from caseflow.services.ports.papers import PaperRefused
from tests.office import Office
from tests.papers import begun, issued, page, prepared, reviewed, with_document, with_gate

REPORT = "investigation_report"


@pytest.fixture
def concluded(office: Office) -> int:
    return office.walk("two_illegal_paid", until="conclude_investigation")


def test_a_step_waits_until_what_it_needs_is_issued(office: Office) -> None:
    with_gate(office, "propose_penalty", REPORT)
    case_id = office.walk("two_illegal_paid", until="conclude_investigation")
    answers = {
        "gains_fen": "3000.00", "serious": "", "revoke_licence": "", "proposed_fine": "15000.00",
        "proposal_reasons": "理由",
    }  # fmt: skip
    with pytest.raises(StepRefused) as refused:
        office.advance(case_id, "propose_penalty", answers)
    assert [reason.code for reason in refused.value.reasons] == ["unissued"]
    begun(office, case_id, REPORT)
    with pytest.raises(StepRefused):
        office.advance(case_id, "propose_penalty", answers)
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert REPORT in case.unissued
    papers = office.application.papers
    [document] = [
        one for one in papers.reading.of_case(office.actors["officer"], case_id).documents if one.kind == REPORT
    ]
    paper_id = document.papers[0].id
    shown = reviewed(office, paper_id)
    papers.issuing.issue(office.actors["officer"], PaperAct(paper_id, shown.paper.version))
    assert office.advance(case_id, "propose_penalty", answers).seq


def test_what_is_issued_before_the_step_that_makes_it_counts_for_that_step(office: Office) -> None:
    case_id = office.walk("two_illegal_paid", until="order_correction")
    paper = prepared(office, case_id, REPORT)
    assert paper.made_seq is None
    office.advance(case_id, "conclude_investigation", {"findings": "事实清楚。"})
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert REPORT in case.documents
    assert REPORT not in case.unissued


NOTIFIED = {
    "notified_fine": "15000.00", "notified_gains": "3000.00", "notified_revocation": "", "defence_until": "2024-02-06",
}  # fmt: skip
SERVED = {
    **NOTIFIED, "notice_served_on": "2024-02-01", "service_method": "direct", "service_record_no": "1",
}  # fmt: skip


def test_a_notice_is_issued_before_it_is_served_and_served_as_issued(office: Office) -> None:
    with_gate(office, "serve_penalty_notice", "penalty_notice")
    papers, officer = office.application.papers, office.actors["officer"]
    case_id = office.walk("two_illegal_paid", until="pass_legal_review")
    office.time.day = date(2024, 2, 1)
    with pytest.raises(StepRefused) as closed:
        office.advance(case_id, "serve_penalty_notice", SERVED)
    assert [reason.code for reason in closed.value.reasons] == ["unissued"]
    paper_id = begun(office, case_id, "penalty_notice")
    shown = page(office, paper_id)
    assert {one.name for one in shown.foretold} == NOTIFIED.keys()
    # The fine is not large, so the notice tells no right to a hearing.
    assert shown.step_name == "serve_penalty_notice"
    assert shown.body["deadlines"] == []
    texts = {one.name: {"en": "As found.", "zh": "经查明。"} for one in shown.sections}
    with pytest.raises(PaperRefused) as wrong:
        papers.drafting.edit(officer, EditPaper(paper_id, 1, texts, {**NOTIFIED, "notified_fine": "much"}))
    assert [name for name, _ in wrong.value.faults] == ["notified_fine"]
    papers.drafting.edit(officer, EditPaper(paper_id, 1, texts, {**NOTIFIED, "notified_fine": ""}))
    with pytest.raises(PaperRefused) as untold:
        papers.drafting.submit(officer, PaperAct(paper_id, 2))
    assert [name for name, _ in untold.value.faults] == ["notified_fine"]
    papers.drafting.edit(officer, EditPaper(paper_id, 2, texts, NOTIFIED))
    papers.drafting.submit(officer, PaperAct(paper_id, 3))
    seen = page(office, paper_id).seen
    papers.drafting.review(office.actors["reviewer"], ReviewPaper(paper_id, 4, seen, approved=True))
    paper = papers.issuing.issue(officer, PaperAct(paper_id, 5))
    assert {one["name"]: one["amount_fen"] for one in paper.inputs["sums"]} == {
        "notified_fine": 1_500_000, "notified_gains": 300_000,
    }  # fmt: skip
    with pytest.raises(PaperRefused, match="nothing to draft"):
        begun(office, case_id, "penalty_notice")
    with pytest.raises(AnswersRefused) as other:
        office.advance(case_id, "serve_penalty_notice", {**SERVED, "defence_until": "2024-02-20"})
    assert [problem.field for problem in other.value.problems] == ["defence_until"]
    assert paper.number is not None
    assert paper.number.zh in other.value.problems[0].words.zh
    assert office.advance(case_id, "serve_penalty_notice", SERVED).seq
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert "penalty_notice" not in case.unissued
    assert case.prepared == frozenset()


DECISION = "penalty_decision"


def test_a_number_that_a_step_recorded_is_the_papers_own(office: Office) -> None:
    with_document(office, DECISION, number_from="decision_no", mark={"en": "PD", "zh": "罚决"})
    papers, approver = office.application.papers, office.actors["approver"]
    case_id = office.walk("two_illegal_paid", until="draft_decision")
    office.time.day = date(2024, 2, 20)
    early = reviewed(office, begun(office, case_id, DECISION, "approver"), "approver").paper
    with pytest.raises(PaperRefused, match="take that step first"):
        papers.issuing.issue(approver, PaperAct(early.id, early.version))
    papers.drafting.drop(approver, PaperAct(early.id, early.version))
    office.advance(
        case_id, "decide", {"decided_on": "2024-02-20", "decision_no": "云卫罚决〔2024〕7号"}, actor="approver2"
    )
    [paper] = issued(office, case_id, DECISION)
    assert paper.number == Words("云卫罚决〔2024〕7号", "云卫罚决〔2024〕7号")
    number = paper.number.zh
    # A correction has the number of what it corrects, and its own place after it.
    for nth in (1, 2):
        drafter = next(actor for actor in office.actors.values() if actor.id == paper.drafter.id)
        new_id = papers.drafting.correct(drafter, CorrectPaper(paper.id, f"Reason {nth}", f"correct-{nth}"))
        shown = reviewed(office, new_id, drafter.login)
        paper = papers.issuing.issue(drafter, PaperAct(new_id, shown.paper.version))
        assert paper.number == Words(f"{number} (corrected {nth})", f"{number}（更正{nth}）")
    # No other paper of the office gets a number that one has.
    second = office.walk("two_illegal_paid", until="draft_decision")
    office.time.day = date(2024, 2, 20)
    office.advance(second, "decide", {"decided_on": "2024-02-20", "decision_no": number}, actor="approver2")
    with pytest.raises(PaperRefused, match="has this number"):
        issued(office, second, DECISION)


def test_a_number_is_counted_by_its_mark_and_the_year(office: Office, concluded: int) -> None:
    del concluded
    with_document(office, REPORT, mark={"en": "IX", "zh": "调报"})
    first, second = (office.walk("two_illegal_paid", until="conclude_investigation") for _ in range(2))
    for case_id, serial in ((first, 1), (second, 2)):
        [paper] = issued(office, case_id, REPORT)
        assert paper.number == Words(f"YL-TI-IX-2024-{serial:04d}", f"云卫两非调报字〔2024〕{serial}号")
    [other] = issued(office, first, "inspection_record")
    assert other.number == Words("YL-TI-IR-2024-0001", "云卫两非检字〔2024〕1号")
    office.time.day = date(2025, 1, 2)
    third = office.walk("two_illegal_paid", until="conclude_investigation")
    office.time.day = date(2025, 1, 2)
    [paper] = issued(office, third, REPORT)
    assert paper.number == Words("YL-TI-IX-2025-0001", "云卫两非调报字〔2025〕1号")


def test_a_liaison_sees_papers_of_the_referral_only(office: Office, concluded: int) -> None:
    papers, liaison = office.application.papers, office.actors["liaison"]
    [paper] = issued(office, concluded, REPORT)
    with pytest.raises(PaperNotFound):
        papers.reading.show(liaison, paper.id)
    with pytest.raises(PaperNotFound):
        papers.reading.pdf(liaison, paper.id, "zh")
    assert all(not one.papers for one in papers.reading.of_case(liaison, concluded).documents)
    in_court = office.walk("two_illegal_hearing_court", until="sign_court_application")
    [court_paper] = issued(office, in_court, "court_application")
    draft = begun(office, in_court, "penalty_decision", "approver")
    with pytest.raises(PaperNotFound):
        papers.reading.show(liaison, draft)
    assert papers.reading.pdf(liaison, court_paper.id, "en")[1].startswith(b"%PDF-")


def test_an_application_that_asks_too_much_is_corrected_before_it_is_filed(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    definition = office.application.rulebook.regime("two_illegal")
    wanted = definition.steps["apply_to_court"].needs.issued
    office.issue(case_id, *wanted)
    day = office.time.day.isoformat()
    paid = {"paid_on": day, "paid_amount": "100.00", "receipt_no": office.next_receipt()}
    office.advance(case_id, "record_payment", paid, actor="cashier")
    filed = {"court_name": "云岭县人民法院", "applied_on": day}
    with pytest.raises(StepRefused, match="money has moved since the application"):
        office.advance(case_id, "apply_to_court", filed, actor="liaison")
    papers = office.application.papers
    old = next(
        one
        for row in papers.reading.of_case(office.actors["approver"], case_id).documents
        for one in row.papers
        if row.kind == "court_application"
    )
    drafter = next(actor for actor in office.actors.values() if actor.id == old.drafter.id)
    new_id = papers.drafting.correct(drafter, CorrectPaper(old.id, "Paid in part", "correct-sum"))
    shown = reviewed(office, new_id, drafter.login)
    papers.issuing.issue(drafter, PaperAct(new_id, shown.paper.version))
    office.advance(case_id, "apply_to_court", filed, actor="liaison")
