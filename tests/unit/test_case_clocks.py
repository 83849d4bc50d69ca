"""The clocks of a case at one step: started, met, stopped, tolled, resumed, and moved by one another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from caseflow import bootstrap
from caseflow.domain import clocks as running
from caseflow.domain.case_clocks import ClockBook
from caseflow.domain.cases import Case, CaseClock, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import ClockStart, Step, Toll

SERVED = date(2024, 2, 21)
SUE, COURT = "cn.all.sue_direct", "cn.acl.court_application"


@cache
def rules() -> Rules:
    definition = bootstrap.shipped_definitions()["two_illegal"]
    return Rules(definition, bootstrap.shipped_law(), bootstrap.published_calendar())


def case(clocks: tuple[CaseClock, ...] = ()) -> Case:
    dates = CaseDates(opened_on=date(2024, 1, 8), decision_date=date(2024, 2, 20), served_on=SERVED)
    return Case(
        1, 1, "N", "two_illegal", "h", 1, "institution", 1, 2, "decision_served", "collection", 5,
        dates, Money(), {"demanded_on": "2024-09-02"}, clocks,
    )  # fmt: skip


def step(**changes: object) -> Step:
    plain = rules().definition.steps["confirm_paid"]
    nothing: dict[str, object] = {"starts": (), "meets": (), "stops": (), "tolls": (), "resumes": ()}
    return replace(plain, **{**nothing, **changes})  # type: ignore[arg-type]


def written(book: ClockBook) -> tuple[CaseClock, ...]:
    return tuple(replace(clock, id=number) for number, clock in enumerate(book.all(), start=1))


def served() -> tuple[CaseClock, ...]:
    book = ClockBook(rules(), case(), SERVED)
    book.apply(step(starts=(ClockStart(SUE, None, None), ClockStart(COURT, None, SUE))), {})
    return written(book)


def test_a_clock_may_begin_where_another_ends() -> None:
    sue, court = served()
    assert (sue.due_on, court.reckoning.trigger_on, court.due_on) == (
        date(2024, 8, 21), date(2024, 8, 21), date(2024, 11, 21),
    )  # fmt: skip
    assert court.after_rule == SUE


def test_resuming_a_tolled_clock_moves_what_begins_at_its_end() -> None:
    held = ClockBook(rules(), case(served()), date(2024, 3, 1))
    held.apply(step(tolls=(Toll(SUE, Words("held", "中止")),)), {})
    assert [clock.status for clock in held.changed()] == ["tolled"]
    again = ClockBook(rules(), case(written(held)), date(2024, 3, 31))
    again.apply(step(resumes=(SUE,)), {})
    sue, court = again.all()
    assert sue.due_on == date(2024, 9, 20)
    assert court.reckoning.trigger_on == sue.due_on
    assert {clock.rule_id for clock in again.changed()} == {SUE, COURT}


def test_a_limit_that_has_run_out_is_not_tolled_any_more() -> None:
    book = ClockBook(rules(), case(served()), date(2024, 8, 22))
    book.apply(step(tolls=(Toll(SUE, Words("late", "逾期")),), resumes=(SUE,)), {})
    assert book.changed() == ()


def test_starting_a_running_clock_anew_ends_the_old_one() -> None:
    book = ClockBook(rules(), case(served()), date(2024, 3, 1))
    book.apply(step(starts=(ClockStart(SUE, None, None),)), {})
    assert [clock.status for clock in book.changed()] == ["stopped"]
    assert [clock.reckoning.trigger_on for clock in book.started] == [date(2024, 3, 1)]


def test_a_clock_started_and_ended_in_one_step_is_written_as_ended() -> None:
    book = ClockBook(rules(), case(), SERVED)
    book.apply(step(starts=(ClockStart(SUE, None, None),)), {})
    book.stop_all()
    assert [clock.status for clock in book.started] == ["stopped"]


def test_a_clock_may_begin_on_a_date_answered_now_or_before_or_kept_by_the_case() -> None:
    book = ClockBook(rules(), case(), date(2024, 9, 30))
    starts = (
        ClockStart("cn.acl.demand_10wd", "demanded_on", None),
        ClockStart("cn.apl.pay_fine", "served_on", None),
        ClockStart("cn.arl.apply", "told_on", None),
        ClockStart("cn.apl.evidence_hold", "never_asked", None),
        ClockStart(COURT, None, "cn.all.sue_after_reconsideration"),
    )
    book.apply(step(starts=starts), {"told_on": date(2024, 9, 3)})
    assert [(clock.rule_id, clock.reckoning.trigger_on) for clock in book.started] == [
        ("cn.acl.demand_10wd", date(2024, 9, 2)),
        ("cn.apl.pay_fine", SERVED),
        ("cn.arl.apply", date(2024, 9, 3)),
    ]


def test_a_limit_no_law_of_its_day_knows_is_not_started() -> None:
    book = ClockBook(rules(), case(), date(2011, 3, 1))
    book.apply(step(starts=(ClockStart("cn.apl.decision_90d", None, None),)), {})
    assert book.started == []


def test_a_recount_moves_what_runs_and_what_begins_at_its_end_and_nothing_that_has_ended() -> None:
    sue, court = served()
    pay = running.start(rules().law.rule("cn.apl.pay_fine"), trigger_on=SERVED, calendar=rules().calendar)
    ended = CaseClock(running.stop(pay, date(2024, 3, 1)), 3)
    flood = rules().calendar.with_days({sue.due_on: Words("flood", "洪灾"), ended.due_on: Words("flood", "洪灾")})
    changed = replace(rules(), calendar=flood)
    book = ClockBook(changed, case((sue, court, ended)), date(2024, 3, 2))
    book.recount()
    assert [clock.due_on for clock in book.all()] == [date(2024, 8, 22), date(2024, 11, 22), ended.due_on]
    again = ClockBook(changed, case(tuple(book.all())), date(2024, 3, 2))
    again.recount()
    assert again.all() == book.all()


def test_what_begins_at_an_end_that_moved_keeps_what_it_stood_still_and_its_extensions() -> None:
    court = served()[1].clock
    why = Words("held", "中止")
    stood = running.toll(running.extend(court, 10, "calendar_day", why, rules().calendar), date(2024, 9, 2), why)
    rule = rules().law.rule(COURT)
    moved = running.begin_anew(stood, rule, trigger_on=date(2024, 8, 30), calendar=rules().calendar)
    assert (moved.status, moved.tolled_on) == ("tolled", date(2024, 9, 2))
    assert (moved.reckoning.tolls, moved.reckoning.extensions) == (stood.reckoning.tolls, stood.reckoning.extensions)
    assert moved.due_on > stood.due_on
