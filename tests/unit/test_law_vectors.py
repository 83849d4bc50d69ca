"""The checked vectors, every version's boundaries, and the traps of the law, on the shipped files."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from caseflow.adapters.published_calendar import published_calendar
from caseflow.bootstrap import load_law
from caseflow.domain.clocks import reckon
from caseflow.domain.law import (
    DateMissing,
    LawBook,
    NoLawInForce,
    NoLimitThen,
    NotThisKind,
    Rule,
    RuleVersion,
    StraddlingDecision,
    UnknownRule,
)

BOOK: LawBook = load_law()
CALENDAR = published_calendar()
ONE_DAY = timedelta(days=1)
VERSIONS = [(rule, version) for rule in BOOK.rules.values() for version in rule.versions]
ROWS = (
    [f"F{n}" for n in range(1, 6)]
    + [f"P{n}" for n in range(1, 12)]
    + [f"R{n}" for n in range(1, 8)]
    + [f"E{n}" for n in range(1, 13)]
    + [f"V{n}" for n in range(1, 7)]
    + [f"L{n}" for n in range(1, 6)]
    + ["S1", "C1", "C2", "W1", "W2", "W3", "W4", "W5", "N1", "N2"]
)


@pytest.mark.parametrize(
    ("name", "on", "due"),
    [
        ("F1", date(2010, 1, 15), date(2010, 2, 20)),  # Spring Festival, then a make-up Saturday
        ("P3", date(2022, 1, 26), date(2022, 2, 7)),
        ("P3", date(2021, 7, 12), date(2021, 7, 15)),  # the old three days
        ("E1", date(2024, 2, 5), date(2024, 2, 23)),  # ten working days, a make-up Sunday among them
        ("W1", date(2024, 5, 6), date(2024, 5, 13)),
        ("W3", date(2024, 5, 10), date(2024, 5, 16)),  # a make-up Saturday counts
        ("P7", date(2022, 3, 1), date(2022, 3, 16)),
        ("P5", date(2022, 3, 1), date(2022, 5, 30)),
        ("R2", date(2022, 4, 30), date(2022, 5, 1)),  # hours run on over a holiday
        ("E11", date(2020, 2, 29), date(2023, 2, 28)),  # month end
        ("V5", date(2024, 3, 1), date(2024, 4, 30)),
        ("P4", date(2024, 2, 20), date(2024, 2, 5)),  # counted back
    ],
)
def test_checked_vectors(name: str, on: date, due: date) -> None:
    assert reckon(BOOK.rule(name), trigger_on=on, calendar=CALENDAR).due_on == due


def test_every_row_of_the_deadline_table_has_a_rule() -> None:
    assert {row for row in ROWS if BOOK.rule(row).row != row} == set()


def _ids(item: Rule | RuleVersion) -> str:
    return item.id if isinstance(item, Rule) else str(item.from_)


@pytest.mark.parametrize(("rule", "version"), VERSIONS, ids=_ids)
def test_each_version_holds_from_its_first_day_to_the_day_before_its_end(rule: Rule, version: RuleVersion) -> None:
    assert rule.version_on(version.from_) is version
    assert rule.version_on(version.from_ + ONE_DAY) is version
    assert rule.version_or_none(version.from_ - ONE_DAY) is not version
    if version.until is not None:
        assert rule.version_on(version.until - ONE_DAY) is version
        assert rule.version_or_none(version.until) is not version


@pytest.mark.parametrize("rule", BOOK.rules.values(), ids=_ids)
def test_outside_all_versions_is_refused_and_names_the_repeal(rule: Rule) -> None:
    with pytest.raises(NoLawInForce) as before:
        rule.version_on(rule.versions[0].from_ - ONE_DAY)
    assert isinstance(before.value, NoLimitThen) == (rule.before_first == "no_limit")
    assert before.value.repealed_by is None
    last = rule.versions[-1]
    if last.until is not None:
        with pytest.raises(NoLawInForce) as after:
            rule.version_on(last.until)
        assert after.value.repealed_by is rule.repealed_by is not None
        assert rule.repealed_by.name.en in after.value.message_en
        assert rule.repealed_by.name.zh in after.value.message_zh


@pytest.mark.parametrize(("rule", "version"), VERSIONS, ids=_ids)
def test_every_version_is_cited_and_marked(rule: Rule, version: RuleVersion) -> None:
    assert version.cite.text.en
    assert version.cite.text.zh
    # The texts were read on one day; the rates of deposits were written from memory on another, and limits of the
    # office's own, which no text sets, on a third.
    house = rule.id.startswith("house.")
    written_on = date(2026, 11, 26) if house else date(2026, 11, 25)
    ours = house or rule.kind == "deposit_interest"
    assert version.checked.on == (written_on if ours else date(2025, 4, 19))
    assert version.checked.status == "unconfirmed" or not ours
    assert BOOK.ladder_of(rule.id).escalates


@pytest.mark.parametrize(
    ("name", "on", "unit", "length"),
    [
        ("P2", date(2021, 7, 14), "calendar_day", 7),
        ("P2", date(2021, 7, 15), "working_day", 7),
        ("P4", date(2021, 7, 15), "working_day", 7),
        ("P6", date(2021, 7, 15), "working_day", 7),
        ("P9", date(2021, 7, 14), "calendar_day", 2),
        ("P9", date(2021, 7, 15), "working_day", 2),
        ("E3", date(2012, 1, 1), "working_day", 5),
        ("E5", date(2012, 1, 1), "working_day", 7),
        ("E6", date(2012, 1, 1), "calendar_day", 30),
        ("V3", date(2023, 12, 31), "calendar_day", 10),
        ("V3", date(2024, 1, 1), "working_day", 10),
        ("R1", date(2022, 1, 1), "calendar_day", 3),
        ("L1", date(2015, 4, 30), "month", 3),
        ("L1", date(2015, 5, 1), "month", 6),
        ("E2", date(2011, 12, 31), "calendar_day", 180),
        ("E2", date(2012, 1, 1), "month", 3),
    ],
)
def test_the_same_number_has_its_unit_by_rule_and_date(name: str, on: date, unit: str, length: int) -> None:
    version = BOOK.rule(name).version_on(on)
    assert (version.unit, version.length) == (unit, length)


def test_a_decision_that_straddles_the_suing_times_is_refused() -> None:
    rule = BOOK.rule("L1")
    with pytest.raises(StraddlingDecision, match="2015-05-01"):
        reckon(rule, trigger_on=date(2015, 3, 5), applies_on=date(2015, 3, 1), calendar=CALENDAR)
    inside = reckon(rule, trigger_on=date(2014, 12, 5), applies_on=date(2014, 12, 1), calendar=CALENDAR)
    assert inside.due_on == date(2015, 3, 5)


def test_a_decision_that_straddles_the_court_windows_is_refused() -> None:
    with pytest.raises(StraddlingDecision, match="2012-01-01"):
        reckon(BOOK.rule("E2"), trigger_on=date(2012, 3, 1), applies_on=date(2011, 12, 1), calendar=CALENDAR)


def test_the_court_window_needs_the_decision_date_near_a_change() -> None:
    with pytest.raises(DateMissing, match="date of the decision"):
        reckon(BOOK.rule("E2"), trigger_on=date(2012, 2, 1), calendar=CALENDAR)
    assert reckon(BOOK.rule("E2"), trigger_on=date(2020, 7, 31), calendar=CALENDAR).due_on == date(2020, 11, 2)


def test_the_court_window_of_a_decision_served_now_is_provisional() -> None:
    found = reckon(BOOK.rule("E2"), trigger_on=date(2026, 11, 10), applies_on=date(2026, 5, 8), calendar=CALENDAR)
    assert found.provisional
    assert found.due_on == date(2027, 2, 10)


@pytest.mark.parametrize(
    ("act", "decided", "names"),
    [
        (date(2021, 6, 10), date(2022, 3, 1), True),
        (date(2010, 1, 1), date(2021, 8, 20), True),
        (date(2021, 6, 1), date(2021, 8, 19), True),
        (date(2002, 8, 31), date(2003, 1, 1), False),
    ],
)
def test_no_fee_without_law_at_the_act_and_at_the_decision(act: date, decided: date, names: bool) -> None:
    with pytest.raises(NoLawInForce) as caught:
        BOOK.levy_basis("prc/social_support_fee", act_date=act, decision_date=decided)
    assert (caught.value.repealed_by is not None) is names
    assert ("2021 amendment" in caught.value.message_en) is names


def test_the_last_lawful_fee_decision_needs_a_supervisor() -> None:
    basis = BOOK.levy_basis("prc/social_support_fee", act_date=date(2021, 5, 31), decision_date=date(2021, 8, 19))
    assert [review.id for review in basis.reviews] == ["cn.d357.policy_stop"]
    earlier = BOOK.levy_basis("prc/social_support_fee", act_date=date(2020, 5, 31), decision_date=date(2021, 7, 19))
    assert earlier.reviews == ()


def test_two_illegal_is_continuous_over_the_amendment() -> None:
    basis = BOOK.levy_basis("prc/two_illegal", act_date=date(2021, 6, 10), decision_date=date(2022, 3, 1))
    assert (basis.at_act.cite.article, basis.version.cite.article) == ("35, 36", "39, 40")


@pytest.mark.parametrize("name", ["prc/pollutant_discharge_fee", "prc/water_resource_fee"])
def test_other_repealed_fees_name_what_replaced_them(name: str) -> None:
    with pytest.raises(NoLawInForce, match="repealed") as caught:
        BOOK.levy_basis(name, act_date=date(2017, 6, 1), decision_date=date(2025, 1, 1))
    assert caught.value.repealed_by is not None


def test_unknown_names_suggest_near_ones() -> None:
    with pytest.raises(UnknownRule) as caught:
        BOOK.rule("cn.d357.payment_30")
    assert "cn.d357.payment_30d" in caught.value.suggestions
    assert BOOK.rule("f1").id == "cn.d357.payment_30d"


def test_a_levy_has_no_due_date() -> None:
    with pytest.raises(NotThisKind):
        reckon(BOOK.rule("cn.d357.levy"), trigger_on=date(2010, 1, 1), calendar=CALENDAR)


def test_the_digest_follows_the_content() -> None:
    assert BOOK.digest == load_law().digest
    assert len({rule.digest for rule in BOOK.rules.values()}) == len(BOOK.rules)
