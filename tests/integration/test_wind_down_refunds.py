"""Cases whose record shows money taken without right: a plan says so first, and no run says that the money stays."""

from __future__ import annotations

from tests.office import Office
from tests.refunded import twice_levied
from tests.wind_downs import approved, at_stage, desk, outcomes, planned, prepared, steps


def test_a_run_leaves_out_what_was_taken_without_right(office: Office) -> None:
    first, second = twice_levied(office, until="confirm_paid")
    part = at_stage(office, "part")
    office.time.day = office.time.day.replace(year=2026)
    plan = planned(office, first, second, part)
    assert {case_id: one.refund for case_id, one in plan.items()} == {first: False, second: True, part: False}
    assert [plan[case_id].steps[0].name for case_id in plan] == ["check_refund"] * 3
    assert plan[second].class_.name == plan[first].class_.name == "stands"
    assert [(one.name, one.status) for one in plan[second].steps][:2] == [
        ("check_refund", "next"),
        ("classify_paid", "to_come"),
    ]
    following = plan[first].next_step
    assert following is not None
    assert following.name == "classify_paid"
    waiting = prepared(office, first, second)
    supervisor = office.actors["supervisor"]
    [(_, (cases, fen))] = desk(office).refunds_in(supervisor, waiting).items()
    assert (cases, fen) == (1, plan[second].row.paid_fen)
    desk(office).refuse(office.actors["approver"], waiting, reason="Look at the refund first.")
    run = approved(office, first, second)
    desk(office).go_on(supervisor, run.id)
    told = outcomes(office, run.id)
    assert (told[first].outcome, told[second].outcome) == ("done", "refused")
    assert told[second].words_en.startswith("The record shows money taken without right")
    assert steps(office, second) == []
    assert desk(office).refunds_of(supervisor, [first, second]) == {second}
