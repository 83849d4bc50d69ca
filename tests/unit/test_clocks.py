"""Clocks: toll, resume, extend, restart, meet, miss, and recompute when the calendar changes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.adapters.published_calendar import published_calendar
from caseflow.bootstrap import load_law
from caseflow.domain import clocks
from caseflow.domain.clocks import Clock, ClockRefusal
from caseflow.domain.words import Words

BOOK = load_law()
CALENDAR = published_calendar()
WHY = Words("expert opinion awaited", "等待鉴定意见")
STORM = Words("storm", "台风")
ROLLING = [
    rule.id
    for rule in BOOK.rules.values()
    if rule.kind == "time_limit" and rule.straddling != "refuse" and rule.direction == "after"
]
START = partial(clocks.start, calendar=CALENDAR)
DAYS = st.dates(date(2005, 1, 1), date(2027, 12, 31))


def _running(name: str, on: date) -> Clock:
    return START(BOOK.rule(name), trigger_on=on)


def test_a_tolled_clock_moves_by_the_days_it_stood_still() -> None:
    clock = clocks.toll(_running("P5", date(2022, 3, 1)), date(2022, 4, 1), WHY)
    assert (clock.status, clock.tolled_on) == ("tolled", date(2022, 4, 1))
    assert clocks.recompute(clock, CALENDAR) == clock
    assert any("Stands still since 2022-04-01" in line for line in clocks.explain(clock.reckoning))
    assert not clocks.has_run_out(clock, date(2030, 1, 1))
    resumed = clocks.resume(clock, date(2022, 4, 11), CALENDAR)
    assert resumed.due_on == date(2022, 6, 9)
    assert resumed.reckoning.tolled_days == 10
    assert resumed.status == "open"
    assert any("expert opinion" in line for line in clocks.explain(resumed.reckoning))
    assert any("鉴定" in line for line in clocks.explain(resumed.reckoning, "zh_CN"))


def test_working_days_of_a_toll_are_given_back_as_working_days() -> None:
    clock = clocks.toll(_running("E1", date(2024, 2, 5)), date(2024, 2, 9), WHY)
    resumed = clocks.resume(clock, date(2024, 2, 19), CALENDAR)
    # Friday 9 and make-up Sunday 18 February stood still: two working days come back.
    assert resumed.due_on == date(2024, 2, 27)


def test_an_extension_follows_the_last_day() -> None:
    clock = clocks.extend(_running("V5", date(2024, 3, 1)), 30, "calendar_day", WHY, CALENDAR)
    assert clock.due_on == date(2024, 5, 30)
    assert any("Extended by 30 calendar days" in line for line in clocks.explain(clock.reckoning))


@pytest.mark.parametrize(("unit", "due"), [("month", date(2022, 6, 30)), ("working_day", date(2022, 6, 1))])
def test_extensions_know_their_unit(unit: str, due: date) -> None:
    clock = clocks.extend(_running("P5", date(2022, 3, 1)), 1 if unit == "month" else 2, unit, WHY, CALENDAR)  # type: ignore[arg-type]
    assert clock.due_on == due


def test_a_restart_moves_the_court_window_to_the_end_of_the_instalments() -> None:
    rule = BOOK.rule("E2")
    clock = START(rule, trigger_on=date(2022, 9, 1), applies_on=date(2022, 3, 1))
    moved = clocks.restart(clock, rule, trigger_on=date(2023, 1, 31), reason=WHY, calendar=CALENDAR)
    assert moved.due_on == date(2023, 5, 4)  # 30 April lies in the Labour Day holidays
    assert moved.restarted == (WHY,)
    with pytest.raises(ClockRefusal, match="never earlier"):
        clocks.restart(moved, rule, trigger_on=date(2022, 10, 1), reason=WHY, calendar=CALENDAR)


def test_a_late_act_is_a_miss_of_the_one_bound() -> None:
    clock = clocks.meet(_running("F1", date(2010, 1, 15)), date(2010, 2, 21))
    assert (clock.status, clock.missed_by) == ("missed", "person")
    assert clock.consequence is not None
    assert clock.consequence.effect == "surcharge"
    agency = clocks.meet(_running("P5", date(2022, 3, 1)), date(2022, 6, 1))
    assert agency.missed_by == "agency"


def test_an_act_on_the_last_day_is_in_time() -> None:
    clock = clocks.meet(_running("F1", date(2010, 1, 15)), date(2010, 2, 20))
    assert (clock.status, clock.missed_by, clock.consequence) == ("met", None, None)


def test_a_miss_is_only_recorded_when_the_limit_is_over() -> None:
    clock = _running("F1", date(2010, 1, 15))
    with pytest.raises(ClockRefusal, match="still runs"):
        clocks.miss(clock, date(2010, 2, 20))
    assert clocks.miss(clock, date(2010, 2, 21)).status == "missed"


@pytest.mark.parametrize(
    "act",
    [
        lambda clock: clocks.toll(clock, date(2022, 3, 5), WHY),
        lambda clock: clocks.resume(clock, date(2022, 3, 5), CALENDAR),
        lambda clock: clocks.extend(clock, 5, "calendar_day", WHY, CALENDAR),
        lambda clock: clocks.meet(clock, date(2022, 3, 5)),
        lambda clock: clocks.stop(clock, date(2022, 3, 5)),
        lambda clock: clocks.miss(clock, date(2032, 3, 5)),
    ],
)
def test_an_ended_clock_takes_nothing_more(act: object) -> None:
    ended = clocks.stop(_running("P5", date(2022, 3, 1)), date(2022, 3, 2))
    with pytest.raises(ClockRefusal) as caught:
        act(ended)  # type: ignore[operator]
    assert "已终止" in caught.value.message_zh
    assert clocks.recompute(ended, CALENDAR) is ended


def test_what_cannot_be_tolled_or_extended_is_refused() -> None:
    hearing = _running("P4", date(2024, 2, 20))
    with pytest.raises(ClockRefusal):
        clocks.toll(hearing, date(2024, 2, 1), WHY)
    with pytest.raises(ClockRefusal):
        clocks.extend(hearing, 1, "calendar_day", WHY, CALENDAR)
    late = _running("P5", date(2022, 3, 1))
    with pytest.raises(ClockRefusal, match="ended on"):
        clocks.toll(late, date(2022, 6, 1), WHY)
    with pytest.raises(ClockRefusal, match="lengthen"):
        clocks.extend(late, 0, "calendar_day", WHY, CALENDAR)
    again = clocks.resume(clocks.toll(late, date(2022, 4, 1), WHY), date(2022, 4, 11), CALENDAR)
    with pytest.raises(ClockRefusal, match="already stood still"):
        clocks.toll(again, date(2022, 4, 5), WHY)


def test_a_new_holiday_moves_open_clocks_only_as_far_as_it_reaches() -> None:
    office = CALENDAR.with_days({date(2022, 3, 16): STORM})
    moved = clocks.recompute(_running("P7", date(2022, 3, 1)), office)
    assert (moved.due_on, moved.reckoning.rolled_from) == (date(2022, 3, 17), date(2022, 3, 16))
    assert any("storm" in line for line in clocks.explain(moved.reckoning))
    assert clocks.recompute(moved, CALENDAR) == _running("P7", date(2022, 3, 1))


def test_a_published_year_settles_a_provisional_date() -> None:
    rule = BOOK.rule("E2")
    clock = START(rule, trigger_on=date(2026, 11, 8), applies_on=date(2026, 5, 8))
    assert clock.reckoning.provisional
    published = CALENDAR.with_days({date(2027, 2, 8): Words("Spring Festival", "春节")})
    settled = clocks.recompute(
        clock, type(published)(published.holidays, published.make_ups, published.first_day, date(2027, 12, 31))
    )
    assert not settled.reckoning.provisional
    assert (clock.due_on, settled.due_on) == (date(2027, 2, 8), date(2027, 2, 9))
    assert any("Provisional" in line for line in clocks.explain(clock.reckoning))


def test_a_stored_reckoning_is_checked_against_the_law() -> None:
    clock = clocks.extend(_running("P5", date(2022, 3, 1)), 10, "calendar_day", WHY, CALENDAR)
    fresh, differs = clocks.recheck(clock, BOOK.rule("P5"), CALENDAR)
    assert (fresh, differs) == (clock.reckoning, ())
    forged = replace(clock, reckoning=replace(clock.reckoning, length=120, due_on=date(2022, 8, 1)))
    assert clocks.recheck(forged, BOOK.rule("P5"), CALENDAR)[1] == ("length", "due_on")


@given(st.sampled_from(ROLLING), DAYS)
def test_due_is_a_working_day_not_before_its_trigger_and_survives_json(name: str, on: date) -> None:
    rule = BOOK.rule(name)
    if rule.version_or_none(on) is None:
        return
    clock = START(rule, trigger_on=on)
    reckoning = clock.reckoning
    assert reckoning.due_on >= reckoning.raw_due > on
    if rule.roll == "next_working_day" or reckoning.unit == "working_day":
        assert CALENDAR.is_working(reckoning.due_on)
    assert clocks.recompute(clock, CALENDAR) == clock
    assert clocks.clock_from_json(json.loads(json.dumps(clocks.clock_to_json(clock)))) == clock
    assert clocks.explain(reckoning)[-1] == f"Due on {reckoning.due_on}."


@given(st.sampled_from(ROLLING), DAYS, st.integers(0, 400), st.integers(0, 200), st.integers(1, 60))
def test_tolling_and_extending_never_shorten(name: str, on: date, begin: int, days: int, longer: int) -> None:
    rule = BOOK.rule(name)
    if rule.version_or_none(on) is None:
        return
    clock = START(rule, trigger_on=on)
    tolled_from = on + timedelta(days=1 + begin)
    if tolled_from > clock.due_on:
        return
    resumed = clocks.resume(clocks.toll(clock, tolled_from, WHY), tolled_from + timedelta(days=days), CALENDAR)
    extended = clocks.extend(resumed, longer, "calendar_day", WHY, CALENDAR)
    assert clock.due_on <= resumed.due_on <= extended.due_on
    again = clocks.recompute(extended, CALENDAR)
    assert again == extended == clocks.recompute(again, CALENDAR)
    assert clocks.clock_from_json(json.loads(json.dumps(clocks.clock_to_json(extended)))) == extended
