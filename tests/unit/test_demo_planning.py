"""The demo county's plan: the same every time, lawful on every day, and nothing that could not exist yet."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from itertools import pairwise

import pytest

from caseflow import bootstrap
from caseflow.domain.access import Actor
from caseflow.domain.rules import Rules
from caseflow.services.demo import CountyRefused, PlannedCase, Skipped, plan_county, read_county
from caseflow.services.demo.banking import stretches

YEARS = [
    date(2008, 1, 2),
    date(2011, 3, 1),
    date(2016, 7, 4),
    date(2020, 12, 31),
    date(2021, 8, 20),
    date(2026, 11, 23),
]


def rules() -> dict[str, Rules]:
    calendar = bootstrap.published_calendar()
    return {
        name: Rules(definition, bootstrap.shipped_law(), calendar)
        for name, definition in bootstrap.shipped_definitions().items()
    }


def staff() -> list[Actor]:
    return [
        Actor(number, 1, plan.login, plan.name.en, plan.name.zh, frozenset(plan.roles))
        for number, plan in enumerate(bootstrap.demo_county().staff, start=1)
    ]


@cache
def planned(as_of: date) -> tuple[list[PlannedCase], list[Skipped]]:
    return plan_county(bootstrap.demo_county(), rules(), staff(), as_of)


@pytest.mark.parametrize("as_of", YEARS)
def test_a_county_has_more_than_a_hundred_cases_and_none_of_them_knows_the_future(as_of: date) -> None:
    cases, _ = planned(as_of)
    assert len(cases) > 100
    for case in cases:
        days = [move.day for move in case.history.moves]
        assert days == sorted(days)
        assert days[-1] <= as_of


@pytest.mark.parametrize("as_of", YEARS)
def test_what_a_county_lacks_the_law_refuses_and_nothing_else(as_of: date) -> None:
    _, skipped = planned(as_of)
    assert [one for one in skipped if "transition rule is not confirmed" not in one.reason] == []


def test_the_plan_is_the_same_every_time() -> None:
    as_of = date(2026, 11, 23)
    assert plan_county(bootstrap.demo_county(), rules(), staff(), as_of)[0] == planned(as_of)[0]
    assert len({case.key for case in planned(as_of)[0]}) == len(planned(as_of)[0])


def test_the_fee_is_practised_before_its_end_and_wound_down_after() -> None:
    def fee_steps(as_of: date) -> set[str]:
        return {
            move.trigger
            for case in planned(as_of)[0]
            if case.regime == "social_support_fee"
            for move in case.history.moves
        }

    wind_down = {"freeze_decided", "freeze_in_court", "confirm_delisting", "approve_balance_write_off"}
    assert fee_steps(date(2011, 3, 1)) & wind_down == set()
    assert {"decide", "sign_court_application_before_2012", "grant_instalments"} <= fee_steps(date(2011, 3, 1))
    assert wind_down <= fee_steps(date(2026, 11, 23))


def test_the_golden_cases_keep_what_the_public_record_says() -> None:
    golden = {case.golden: case.history for case in planned(date(2026, 11, 23))[0] if case.golden}
    days = {name: {move.trigger: move.day for move in history.moves} for name, history in golden.items()}
    assert set(golden) == {"wuqing", "xianyou", "anyue"}
    assert golden["wuqing"].case.money.assessed_fen == 6_633_600
    assert days["wuqing"]["record_execution_allowed"] == date(2020, 3, 27)
    assert days["wuqing"]["confirm_delisting"] > date(2021, 8, 20)
    assert days["xianyou"]["decide"].year == 2019
    assert days["xianyou"]["confirm_delisting"] > date(2021, 9, 2)
    assert golden["anyue"].case.money.assessed_fen == 71_808_000
    assert (days["anyue"]["decide"].year, days["anyue"]["decide"].month) == (2019, 3)
    assert days["anyue"]["apply_to_court"] == date(2020, 8, 28)
    assert days["anyue"]["record_execution_refused"] == date(2020, 9, 1)
    assert {history.case.state for history in golden.values()} == {"archived"}


def test_a_person_liable_has_no_name_and_nobody_is_called_twice() -> None:
    names = [
        case.party_name
        for case in planned(date(2011, 3, 1))[0]
        if case.regime == "social_support_fee" and not case.golden
    ]
    assert all(re.fullmatch(r"当事人甲[0-9]{4} Person [0-9]{4}", name) for name in names)
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"surprise": 1}, "surprise"),
        ({"password": None}, "password"),
        ({"cases": [{"regime": "two_illegal"}]}, "cases.0.party"),
        ({"office": {"code": "x", "title": {"en": "X", "zh": "X"}, "mail_domain": "x", "head": "no"}}, ".*head, 'no'"),
    ],
)
def test_a_county_file_with_a_fault_is_refused_where_it_stands(change: dict[str, object], reason: str) -> None:
    data = bootstrap.demo_county().model_dump() | change
    with pytest.raises(CountyRefused, match=rf"yunling\.yaml: {reason}"):
        read_county(data, "yunling.yaml")


@pytest.mark.parametrize(
    ("path", "upto", "reason"),
    [
        (("~nowhere",), None, "no path called 'nowhere'"),
        (("check_report on monday",), None, "is not a step"),
        (("check_report+1",), "decide", "goes up to 'decide'"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: tuple[str, ...], upto: str | None, reason: str) -> None:
    county = bootstrap.demo_county()
    batch = county.cases[0].model_copy(update={"path": path, "upto": upto})
    with pytest.raises(CountyRefused, match=reason):
        county.steps_of(batch)


def test_a_field_nobody_writes_into_is_refused() -> None:
    county = bootstrap.demo_county()
    answers = {group: dict(fields) for group, fields in county.answers.items()}
    del answers["all"]["act_place"]
    with pytest.raises(CountyRefused, match="act_place"):
        plan_county(county.model_copy(update={"answers": answers}), rules(), staff(), date(2026, 11, 23))


def test_a_step_the_regime_does_not_have_is_refused() -> None:
    county = bootstrap.demo_county()
    batch = county.cases[0].model_copy(update={"path": ("levitate+1",), "upto": None})
    with pytest.raises(CountyRefused, match="no step 'levitate'"):
        plan_county(county.model_copy(update={"cases": (batch,)}), rules(), staff(), date(2026, 11, 23))


def test_the_bank_is_asked_by_the_year_long_ago_and_by_the_month_since() -> None:
    asked = list(stretches(date(2006, 5, 9), date(2011, 3, 1)))
    assert [one.name for one in asked[:4]] == ["2006", "2007", "2008", "2009-01"]
    assert (asked[-1].name, asked[-1].last, asked[-1].running) == ("2011-02", date(2011, 2, 28), False)
    [*_, before, running] = stretches(date(2006, 5, 9), date(2026, 3, 10))
    assert (before.name, before.running) == ("2026-02", False)
    assert (running.name, running.last, running.running) == ("2026-03", date(2026, 3, 9), True)
    days = [day for one in asked for day in (one.first, one.last)]
    assert days == sorted(days)
    assert [(after.first - one.last).days for one, after in pairwise(asked)] == [1] * (len(asked) - 1)
