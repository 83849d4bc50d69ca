"""The plan of a wind-down and its runs: each case its class, its steps in another's hands too, and its own outcome."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.services.cases import Cases
from caseflow.services.ports.wind_down import PlanFilter
from caseflow.services.wind_down import BeginRun, NoSuchRun, RunRefused
from tests.office import Office
from tests.wind_downs import (
    DAY,
    PAPER,
    STAGES,
    approved,
    at_stage,
    desk,
    outcomes,
    pay,
    planned,
    prepared,
    state_of,
    steps,
    whole_plan,
)

END_PAPER = {"end_paper_no": "(2026)云0000执1号", "end_paper_on": "2026-03-10"}
DELISTING_PAPER = {"delisting_paper_no": "(2026)云0000执2号", "delisted_on": "2026-03-20"}


def test_the_plan_says_what_each_case_is_and_what_frees_the_person(office: Office) -> None:
    cases = {stage: at_stage(office, stage) for stage in STAGES}
    unconfirmed = office.walk("fee_paid_2011", until="record_payment")
    closed = office.walk("fee_paid_2011", until="close_case")
    office.time.day = DAY
    supervisor = office.actors["supervisor"]
    plan = {one.row.id: one for one in whole_plan(office)}
    assert {stage: plan[case_id].class_.name for stage, case_id in cases.items()} == {
        stage: name for stage, (_, _, name) in STAGES.items()
    }
    assert plan[cases["refused"]].stage == "court"
    assert all(plan[cases[stage]].stage == stage for stage in STAGES if stage != "refused")
    # Paid up though nobody confirmed it in time; and whoever is done is on no plan.
    assert plan[unconfirmed].class_.name == "stands"
    assert [step.name for step in plan[unconfirmed].steps[:2]] == ["check_refund", "classify_paid"]
    assert closed not in plan
    listed = plan[cases["listed"]]
    assert [(step.name, step.status, step.waits_for) for step in listed.steps[:5]] == [
        ("freeze_in_court", "next", "office"),
        ("withdraw_from_court", "to_come", "office"),
        ("confirm_court_end_restricted", "to_come", "court"),
        ("ask_delisting", "to_come", "office"),
        ("confirm_delisting", "to_come", "court"),
    ]
    assert all(source.status in ("text_seen", "secondary", "unconfirmed") for source in listed.class_.sources)
    counts = desk(office).counts(supervisor)
    assert counts.total == len(plan) == len(STAGES) + 1
    assert sum(one.outstanding_fen for one in counts.by_class) == sum(one.row.outstanding_fen for one in plan.values())
    only = whole_plan(office, PlanFilter(class_name="stands"))
    assert {one.row.id for one in only} == {cases["paid"], unconfirmed}
    with pytest.raises(NotPermitted):
        desk(office).counts(office.actors["cashier"])


def test_the_added_charge_ends_with_the_cut_off_and_the_plan_says_so(office: Office) -> None:
    case_id = at_stage(office, "decided")
    notes = []
    for day in (date(2021, 8, 20), date(2021, 9, 20), DAY):
        office.time.day = day
        (page,) = desk(office).plan(office.actors["supervisor"], PlanFilter()).cases
        assert page.charge_note is not None
        notes.append(page.charge_note.en)
        report = office.application.accrual.plan(office.actors["supervisor"])
        assert report.total_fen == 0, "no run may add a charge after the end"
    assert len(set(notes)) == 1, "nothing is added after the cut-off"
    assert "2021-08-19" in notes[0]
    assert "0.00 yuan" not in notes[0]
    run = approved(office, case_id)
    desk(office).go_on(office.actors["supervisor"], run.id)
    with office.application.store.begin() as work:
        after = work.cases.load(case_id)
    assert after is not None
    assert after.money.charged_fen == 0
    assert after.running_clock("cn.d357.payment_30d") is None


def test_a_run_takes_the_steps_of_the_office_each_in_a_name_that_may(office: Office) -> None:
    cases = {stage: at_stage(office, stage) for stage in STAGES}
    run = approved(office, *cases.values())
    after = desk(office).go_on(office.actors["officer"], run.id)
    assert not after.is_busy
    found = outcomes(office, run.id)
    told = {stage: found[case_id].outcome for stage, case_id in cases.items()}
    assert told == {
        **dict.fromkeys(STAGES, "done"),
        "court": "waiting_for_court",
        "listed": "waiting_for_court",
    }, {stage: found[case_id].words_en for stage, case_id in cases.items()}
    assert steps(office, cases["decided"]) == [
        ("freeze_decided", "supervisor"),
        ("stop_collection", "approver"),
        ("propose_balance_write_off", "supervisor"),
        ("approve_balance_write_off", "approver"),
    ]
    assert steps(office, cases["undecided"]) == [("freeze_undecided", "supervisor"), ("end_undecided", "approver")]
    assert steps(office, cases["paid"]) == [("classify_paid", "supervisor")]
    assert steps(office, cases["listed"]) == [
        ("freeze_in_court", "supervisor"),
        ("withdraw_from_court", "supervisor"),
    ]
    with psycopg.connect(office.database_url) as connection:
        events = connection.execute(
            "select count(*) from audit_event where action = 'step_taken' and starts_with(key, 'step:winddown:')"
        ).fetchone()
        drafts = connection.execute(
            "select p.kind, count(*) from paper p where p.status = 'draft' group by 1 order by 1"
        ).fetchall()
        kept = connection.execute(
            "select facts->>'kept_amount', facts->>'paid_state', written_off_fen, collected_fen "
            "from cases where id = %s",
            (cases["part"],),
        ).fetchone()
    assert events == (sum(one.steps for one in found.values()),)
    assert ("closing_notice", 5) in drafts
    assert ("withdrawal_letter", 2) in drafts
    assert kept == ("2000000", "part_paid", 6633600 - 2000000, 2000000)


def test_nobody_is_done_before_the_court_has_written(office: Office) -> None:
    case_id = at_stage(office, "listed")
    run = approved(office, case_id)
    supervisor = office.actors["supervisor"]
    assert desk(office).go_on(supervisor, run.id).outcomes == {"waiting_for_court": 1}
    # Told to go on with nothing from the court, it stays where it is.
    assert desk(office).go_on(supervisor, run.id).outcomes == {"waiting_for_court": 1}
    assert state_of(office, case_id) == "withdrawal_filed"
    figures = desk(office).released(supervisor)
    assert (figures.listed_now, figures.waiting_withdrawal, figures.waiting_delisting) == (1, 1, 0)
    assert [(one.year, one.people) for one in figures.listed] == [(2020, 1)]
    office.time.day = date(2026, 3, 10)
    office.advance(case_id, "confirm_court_end_restricted", END_PAPER, actor="liaison")
    assert desk(office).go_on(supervisor, run.id).outcomes == {"waiting_for_court": 1}
    assert state_of(office, case_id) == "delisting_asked"
    assert desk(office).released(supervisor).waiting_delisting == 1
    office.time.day = date(2026, 3, 20)
    office.advance(case_id, "confirm_delisting", DELISTING_PAPER, actor="liaison")
    assert desk(office).go_on(supervisor, run.id).outcomes == {"done": 1}
    assert state_of(office, case_id) == "notice_due"
    assert planned(office, case_id)[case_id].class_.name == "withdraw_and_delist", "under way it keeps its class"
    figures = desk(office).released(supervisor)
    assert figures.listed_now == figures.waiting_withdrawal == figures.waiting_delisting == 0
    (month,) = figures.months
    assert (month.month, month.people, month.balances) == (date(2026, 3, 1), 1, 1)
    assert month.written_off_fen > 0


def test_what_waits_is_asked_after_by_limits_of_the_office_s_own(office: Office) -> None:
    case_id = at_stage(office, "listed")
    run = approved(office, case_id)
    desk(office).go_on(office.actors["supervisor"], run.id)
    with psycopg.connect(office.database_url) as connection:
        clocks = "select rule_id, due_on::text, status from clock where case_id = %s and starts_with(rule_id, 'house.')"
        assert connection.execute(clocks, (case_id,)).fetchall() == [
            ("house.follow_up.withdrawal", "2026-04-01", "open")
        ]
        waits = connection.execute("select next_clock, desk_role from cases where id = %s", (case_id,)).fetchone()
        assert waits == ("house.follow_up.withdrawal", "liaison")
        rungs = connection.execute(
            "select r->>'on', r->>'to', (r->>'escalates')::boolean from clock k, jsonb_array_elements(k.rungs) r "
            "where k.case_id = %s and k.rule_id = 'house.follow_up.withdrawal' order by 1",
            (case_id,),
        ).fetchall()
        assert ("supervisor", True) in [(to, escalates) for _, to, escalates in rungs]
        office.time.day = date(2026, 3, 10)
        office.advance(case_id, "confirm_court_end_restricted", END_PAPER, actor="liaison")
        assert [row[2] for row in connection.execute(clocks, (case_id,)).fetchall()] == ["met", "open"]


def test_another_person_approves_and_who_took_the_money_does_neither(office: Office) -> None:
    case_id = at_stage(office, "part")
    run_id = prepared(office, case_id)
    with psycopg.connect(office.database_url, autocommit=True) as connection:
        give = "insert into staff_role (staff_id, role) select id, %s from staff where login = %s"
        connection.execute(give, ("approver", "supervisor"))
        connection.execute(give, ("approver", "cashier"))
    with office.application.store.begin() as work:
        both, cashier = (work.staff.by_login(login).actor for login in ("supervisor", "cashier"))  # type: ignore[union-attr]
    with pytest.raises(RunRefused, match="Another person"):
        desk(office).approve(both, run_id, finance_paper_no=PAPER)
    with pytest.raises(RunRefused, match="finance") as refused:
        desk(office).approve(office.actors["approver"], run_id)
    assert refused.value.field == "finance_paper_no"
    with pytest.raises(NotPermitted):
        desk(office).approve(office.actors["officer"], run_id, finance_paper_no=PAPER)
    with pytest.raises(RunRefused, match="approves"):
        desk(office).go_on(office.actors["supervisor"], run_id)
    desk(office).approve(cashier, run_id, finance_paper_no=PAPER)
    desk(office).go_on(office.actors["supervisor"], run_id)
    told = outcomes(office, run_id)[case_id]
    assert (told.outcome, told.steps) == ("refused", 0)
    assert "took the money" in told.words_en
    # Two others may.
    again = approved(office, case_id)
    assert desk(office).go_on(office.actors["supervisor"], again.id).outcomes == {"done": 1}


def test_a_refused_run_does_nothing_and_frees_its_cases(office: Office) -> None:
    case_id = at_stage(office, "decided")
    run_id = prepared(office, case_id)
    with pytest.raises(RunRefused, match="in hand"):
        prepared(office, case_id)
    with pytest.raises(RunRefused) as refused:
        desk(office).refuse(office.actors["approver"], run_id, reason=" ")
    assert refused.value.field == "refusal_reason"
    run = desk(office).refuse(office.actors["approver"], run_id, reason="Wrong day")
    assert (run.status, run.refusal_reason) == ("refused", "Wrong day")
    with pytest.raises(RunRefused, match="decided"):
        desk(office).approve(office.actors["approver2"], run_id, finance_paper_no=PAPER)
    assert steps(office, case_id) == []
    assert prepared(office, case_id) > run_id
    with pytest.raises(NoSuchRun):
        desk(office).show(office.actors["supervisor"], 10_000)


def test_twice_changes_nothing(office: Office) -> None:
    case_id = at_stage(office, "decided")
    asked = BeginRun("one key", case_ids=[case_id])
    supervisor, approver = office.actors["supervisor"], office.actors["approver"]
    run_id = desk(office).begin(supervisor, asked)
    assert desk(office).begin(supervisor, asked) == run_id
    desk(office).approve(approver, run_id, finance_paper_no=PAPER)
    desk(office).approve(approver, run_id, finance_paper_no=PAPER)
    desk(office).go_on(supervisor, run_id)
    version, told = office.version(case_id), outcomes(office, run_id)
    desk(office).go_on(supervisor, run_id)
    assert office.application.winddown.carry_on(most_seconds=5) == 0
    assert (office.version(case_id), outcomes(office, run_id)) == (version, told)
    with pytest.raises(RunRefused, match="No run has anything to do"):
        prepared(office, case_id)


def test_a_case_carried_on_by_hand_meanwhile_is_told_apart(office: Office) -> None:
    by_hand, by_run = at_stage(office, "undecided"), at_stage(office, "undecided")
    run = approved(office, by_hand, by_run)
    office.advance(by_hand, "freeze_undecided", {"frozen_on": "2026-03-02"})
    office.advance(by_hand, "end_undecided", {"closing_reasons": "By hand."}, actor="approver2")
    desk(office).go_on(office.actors["supervisor"], run.id)
    told = outcomes(office, run.id)
    assert (told[by_hand].outcome, told[by_run].outcome) == ("already_done", "done")


def test_one_case_that_cannot_holds_up_no_other(office: Office) -> None:
    court, decided = at_stage(office, "court"), at_stage(office, "decided")
    # An officer may not withdraw from the court: that is for the liaison or the supervisor.
    run = approved(office, court, decided, by="officer")
    desk(office).go_on(office.actors["officer"], run.id)
    told = outcomes(office, run.id)
    assert (told[court].outcome, told[decided].outcome) == ("refused", "done")
    assert "liaison" in told[court].words_en
    assert told[court].words_zh


def test_the_background_goes_on_by_itself(office: Office) -> None:
    cases = [at_stage(office, "undecided") for _ in range(3)]
    run = approved(office, *cases)
    assert run.is_busy
    assert desk(office).carry_on(most_seconds=60) == 3
    assert desk(office).carry_on(most_seconds=60) == 0
    assert desk(office).show(office.actors["supervisor"], run.id).run.outcomes == {"done": 3}
    assert isinstance(office.application.cases, Cases)


def test_the_days_of_a_run_lie_after_the_cut_off_and_not_ahead(office: Office) -> None:
    case_id = at_stage(office, "part")
    pay(office, case_id, "100")
    office.time.day = DAY
    for day, told in ((date(2021, 8, 19), "must be after 2021-08-19"), (date(2026, 3, 3), "not be after today")):
        with pytest.raises(RunRefused, match=told) as refused:
            prepared(office, case_id, day=day)
        assert refused.value.field == "day"
    with pytest.raises(RunRefused, match="Choose"):
        desk(office).begin(office.actors["supervisor"], BeginRun("k", classes=["no_such_class"]))
    with pytest.raises(NotPermitted):
        desk(office).begin(office.actors["approver"], BeginRun("k", classes=["stands"]))
