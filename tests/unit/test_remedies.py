"""Remedies accepted late: while the court has the application they change the decision, and the court is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from caseflow import bootstrap
from caseflow.domain.stepping import Moment, StepRefused, offers, step_reasons
from caseflow.domain.workflow import Definition
from tests.unit.test_walks import BY_NAME, Walker, actor, row_of, walked

COURT = "two_illegal_hearing_court"
FILED = {"remedy_body": "云岭县人民政府", "remedy_paper_no": "复受1"}
ENDED = {"remedy_paper_no": "复决1"}
WHOLE_FEN, FINE_FEN = 13_500_000, 6_000_000


def take(walker: Walker, step: str, by: str, on: date, **answers: Any) -> None:
    walker.take({"step": step, "by": by, "on": on, "answers": answers})


def at(step: str) -> tuple[Walker, date]:
    """Return the case just before ``step`` of the court walk, and the day of that step."""
    return walked(COURT, before=step), row_of(COURT, step)["on"]


def open_steps(walker: Walker, on: date) -> set[str]:
    everybody = ("officer_1", "reviewer_1", "approver_1", "cashier_1", "liaison_1", "supervisor_1")
    return {
        offer.step.name
        for seat in everybody
        for offer in offers(walker.rules, walker.case, actor(seat), on)
        if offer.is_open
    }


def running(walker: Walker) -> set[str]:
    return {clock.rule_id for clock in walker.case.clocks if clock.is_running}


@pytest.mark.parametrize(
    ("before", "state"),
    [
        ("record_acceptance", "applied_to_court"),
        ("record_execution_allowed", "examined_by_court"),
        ("record_payment", "in_execution"),
    ],
)
@pytest.mark.parametrize("kind", ["reconsideration", "suit"])
def test_an_annulment_at_court_unwinds_only_once_the_court_is_told(before: str, state: str, kind: str) -> None:
    walker, on = at(before)
    assert walker.case.state == state
    take(walker, f"file_{kind}_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    assert walker.case.state == f"{kind}_at_court"
    assert {"record_execution_allowed", "serve_demand", "enter_added_fine"} & open_steps(walker, on) == set()
    take(
        walker, f"{kind}_annulled_at_court", "reviewer_1", on, **ENDED, remedy_decided_on=on, annulled_amount=WHOLE_FEN
    )
    assert (walker.case.state, walker.case.money.outstanding_fen) == ("annulled_at_court", 0)
    # Nothing of money runs any more; what binds the court runs until it is told.
    money = {"cn.apl.pay_fine", "cn.arl.apply", "cn.all.sue_direct", "cn.acl.demand_10wd", "cn.acl.court_application"}
    assert running(walker) & {*money, "cn.all.judgment", "cn.arl.decide"} == set()
    assert open_steps(walker, on) == {"tell_court_of_annulment"}
    take(walker, "tell_court_of_annulment", "liaison_1", on, court_told_on=on)
    assert "annulment_notice_to_court" in walker.case.documents
    assert running(walker) == set()
    take(walker, "close_after_annulment", "officer_1", on, closing_summary="决定已撤销。")
    assert walker.case.phase == "closed"


def test_what_was_paid_in_execution_goes_back_after_an_annulment() -> None:
    walker = Walker(BY_NAME[COURT])
    for row in BY_NAME[COURT]["steps"]:
        walker.take(row)
        if row["step"] == "record_payment":
            break
    on = date(2024, 4, 1)
    take(walker, "file_suit_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    take(walker, "suit_annulled_at_court", "reviewer_1", on, **ENDED, remedy_decided_on=on, annulled_amount=WHOLE_FEN)
    take(walker, "tell_court_of_annulment", "liaison_1", on, court_told_on=on)
    with pytest.raises(StepRefused, match="more was paid than is owed"):
        take(walker, "close_after_annulment", "officer_1", on, closing_summary="决定已撤销。")
    take(walker, "propose_refund", "officer_1", on, refund_amount=3_000_000, legal_reason="决定被撤销。")
    take(walker, "approve_refund", "approver_1", on, finance_paper_no="财1")
    take(walker, "pay_refund", "cashier_1", on, refunded_on=on, deposit_interest=5_000)
    assert (walker.case.phase, walker.case.money.refunded_fen) == ("closed", 3_000_000)


def test_a_reduced_sum_is_told_to_the_court_before_it_goes_on() -> None:
    walker, on = at("record_payment")
    take(walker, "file_reconsideration_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    decided = {**ENDED, "remedy_decided_on": on, "annulled_amount": WHOLE_FEN}
    with pytest.raises(StepRefused, match="no higher than before"):
        take(walker, "reconsideration_reduced_at_court", "reviewer_1", on, **decided, reduced_amount=WHOLE_FEN + 1)
    take(walker, "reconsideration_reduced_at_court", "reviewer_1", on, **decided, reduced_amount=FINE_FEN)
    assert walker.case.state == "reduced_at_court"
    assert "note_court_executing" not in open_steps(walker, on)
    take(walker, "tell_court_of_reduction", "liaison_1", on, court_told_on=on)
    assert "amended_application" in walker.case.documents
    take(walker, "note_court_executing", "liaison_1", on)
    assert (walker.case.state, walker.case.money.outstanding_fen) == ("in_execution", FINE_FEN)


def test_the_court_is_taken_up_where_it_stood_after_a_remedy_failed() -> None:
    walker, on = at("record_execution_allowed")
    take(walker, "file_reconsideration_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    take(walker, "record_court_paper_meanwhile", "liaison_1", on, court_paper_no="1", court_paper_on=on,
         court_reasons="中止审查")  # fmt: skip
    take(walker, "reconsideration_upheld_at_court", "reviewer_1", on, **ENDED, remedy_decided_on=on)
    assert "cn.all.sue_after_reconsideration" in running(walker)
    # Execution was not allowed yet: nothing can be taken up that never was.
    assert {"note_court_executing", "note_court_suspended"} & open_steps(walker, on) == set()
    take(walker, "file_suit_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    take(walker, "suit_dismissed_at_court", "reviewer_1", on, **ENDED, remedy_decided_on=on)
    take(walker, "note_court_examining", "liaison_1", on, court_paper_no="2", court_paper_on=on)
    take(walker, "record_execution_allowed", "liaison_1", on, court_paper_no="3", court_paper_on=on)
    assert walker.case.state == "in_execution"


def test_the_application_may_be_withdrawn_while_a_remedy_pends() -> None:
    walker, on = at("record_acceptance")
    take(walker, "file_suit_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    take(walker, "withdraw_during_suit", "liaison_1", on, withdrawn_on=on, outcome_reasons="诉讼中，撤回申请。")
    assert walker.case.state == "suit_pending"
    assert "cn.acl.acceptance" not in running(walker)
    assert "withdrawal_letter" in walker.case.documents


def test_a_stay_is_recorded_told_to_the_court_and_lifted() -> None:
    walker, on = at("record_payment")
    take(walker, "file_reconsideration_at_court", "officer_1", on, **FILED, remedy_filed_on=on)
    tell = walker.rules.definition.steps["tell_court_of_stay"]

    def told() -> bool:
        return not step_reasons(walker.rules, walker.case, tell, actor("liaison_1"), Moment(on, on))

    assert not told()
    take(walker, "record_stay", "reviewer_1", on, stay_body="云岭县人民政府", stay_paper_no="停1", stayed_on=on)
    assert told()
    take(walker, "tell_court_of_stay", "liaison_1", on, court_told_on=on)
    assert "stay_notice_to_court" in walker.case.documents
    later = date(2024, 3, 20)
    take(walker, "lift_stay", "reviewer_1", later, stay_paper_no="停2", stay_lifted_on=later)
    assert not told()


def test_our_own_revocation_is_told_to_the_court_too() -> None:
    walker, on = at("record_payment")
    take(walker, "revoke_decision_at_court", "approver_1", on, legal_reason="认定事实有误。", annulled_amount=WHOLE_FEN)
    assert open_steps(walker, on) == {"tell_court_of_annulment"}


def test_a_late_remedy_where_nothing_is_enforced_any_more() -> None:
    for outcome, state in (("late_remedy_failed", "unenforceable"), ("late_remedy_annulled", "annulled")):
        walker = walked("golden_anyue", before="freeze_decided")
        on = date(2020, 9, 25)
        assert walker.case.state == "unenforceable"
        take(walker, "file_late_reconsideration", "officer_1", on, **FILED, remedy_filed_on=on)
        assert "propose_write_off" not in open_steps(walker, on)
        sums = {"annulled_amount": 71_808_000} if outcome == "late_remedy_annulled" else {}
        take(walker, outcome, "reviewer_1", on, **ENDED, remedy_decided_on=on, **sums)
        assert walker.case.state == state


def test_a_fee_annulled_after_its_end_still_leaves_the_court_properly() -> None:
    walker = walked("golden_wuqing", before="withdraw_from_court")
    on = row_of("golden_wuqing", "withdraw_from_court")["on"]
    assert walker.case.state == "frozen_in_court"
    whole_fen = walker.case.money.assessed_fen
    take(walker, "record_remedy_annulled_in_court", "reviewer_1", on, **ENDED, remedy_decided_on=on,
         annulled_amount=whole_fen)  # fmt: skip
    assert (walker.case.state, walker.case.money.outstanding_fen) == ("frozen_in_court", 0)
    assert "withdraw_from_court" in open_steps(walker, on)


@pytest.mark.parametrize("regime", ["two_illegal", "water_abstraction_fine", "social_support_fee"])
def test_each_state_after_service_takes_the_remedies_the_law_leaves(regime: str) -> None:
    """ARL 20, ALL 46 and 48: a remedy is taken against a decision that was served, wherever its collection stands."""
    definition: Definition = bootstrap.shipped_definitions()[regime]
    # Where a remedy pends already, the decision has fallen, or the sum is on its way back, none is filed.
    none_left = {
        "reconsideration_pending", "suit_pending", "late_remedy_pending", "reconsideration_at_court", "suit_at_court",
        "annulled", "annulled_at_court", "reduced_at_court", "refund_proposed", "refund_returned", "refund_approved",
    }  # fmt: skip
    for state in definition.states.values():
        if state.phase not in ("collection", "court_referral") or state.branch == "wind_down":
            continue
        remedies = {step.name for step in definition.steps_from(state.name) if step.name.startswith("file_")}
        assert bool(remedies) is (state.name not in none_left), state.name
        if state.name not in none_left and state.name != "upheld":
            assert len(remedies) == 2, state.name


def test_a_remedy_accepted_before_the_office_filed_is_recorded_on_its_own_day() -> None:
    walker, _ = at("record_acceptance")
    filed, accepted = row_of(COURT, "apply_to_court")["on"], date(2023, 12, 19)
    assert accepted < filed
    heard = date(2023, 12, 22)
    take(walker, "file_suit_at_court", "officer_1", heard, **FILED, remedy_filed_on=accepted)
    judgment = walker.case.running_clock("cn.all.judgment")
    assert judgment is not None
    assert (judgment.reckoning.trigger_on, walker.case.dates.last_step_on) == (accepted, filed)
