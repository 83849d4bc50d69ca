"""The refund finder against cases made by hand: one of each ground, its near misses, and what it reckons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from caseflow import bootstrap
from caseflow.domain.assessment import added_charge
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.refund_finding import LevyRecord, judge_levy
from caseflow.domain.refund_grounds import CaseFindings, Ground, RefundFinding, SameFact, Taken
from caseflow.domain.rules import Rules

LAW = bootstrap.shipped_law()
RULES = Rules(bootstrap.shipped_definitions()["social_support_fee"], LAW, bootstrap.published_calendar())
TODAY = date(2026, 3, 2)
FEE = 5_000_000
EARLIER = SameFact(1, "YL-1", "云1号", date(2015, 3, 1), 300)


def day(text: str) -> date:
    return date.fromisoformat(text)


def paid_case(
    *,
    money: Money | None = None,
    state: str = "paid",
    act: str = "2014-05-01",
    decided: str | None = "2015-06-01",
    served: str | None = "2015-06-10",
    facts: Mapping[str, Any] | None = None,
) -> Case:
    """Return case 2, a fee of 50,000 yuan paid in full unless told otherwise."""
    return Case(
        id=2,
        office_id=1,
        number="YL-2",
        regime="social_support_fee",
        definition_hash="",
        party_id=2,
        party_kind="person_liable",
        owner_id=1,
        second_officer_id=None,
        state=state,
        phase="collection",
        version=5,
        dates=CaseDates(
            opened_on=day("2014-06-01"),
            act_date=day(act),
            decision_date=day(decided) if decided else None,
            served_on=day(served) if served else None,
        ),
        money=money or Money(assessed_fen=FEE, collected_fen=FEE),
        facts=facts or {},
    )


def found(case: Case, *taken: tuple[str, int], **more: Any) -> CaseFindings | None:
    payments = taken or (("2015-07-01", case.money.collected_fen),)
    record = LevyRecord(case, tuple(Taken(day(on), fen) for on, fen in payments), **more)
    return judge_levy(RULES, record, TODAY)


def only(findings: CaseFindings | None, ground: Ground) -> RefundFinding:
    assert findings is not None
    assert findings.grounds == (ground,)
    return findings.findings[0]


def test_a_lawful_paid_levy_stands() -> None:
    assert found(paid_case()) is None


# ---- double levy


def test_the_later_of_two_levies_for_one_fact_goes_back_whole_with_interest() -> None:
    one = only(found(paid_case(), same_fact=(EARLIER,)), Ground.DOUBLE_LEVY)
    assert one.back_fen == FEE
    # 3,897 days from 1 July 2015 to 2 March 2026: 50,000 x 1.5 % x 3,897 / 365 = 8,007.534..., rounded up to the fen.
    assert one.interest_fen == 800_754
    assert [(law.rule_id, law.cite.law, law.cite.article, law.checked.status) for law in one.laws] == [
        ("cn.d357.one_levy", "D357", "5", "text_seen")
    ]
    assert "YL-1" in one.shown[0].en
    assert "云1号" in one.shown[0].zh
    assert [line.amount_fen for line in one.lines] == [FEE]
    # Two years end on Saturday 1 July 2017, so on the Monday after.
    assert (one.claim.runs_from, one.claim.ends_on, one.claim.over) == (day("2015-07-01"), day("2017-07-03"), True)


def test_part_of_the_later_levy_goes_back_when_part_was_paid() -> None:
    money = Money(assessed_fen=FEE, collected_fen=2_000_000, principal_open_fen=3_000_000)
    one = only(found(paid_case(money=money), same_fact=(EARLIER,)), Ground.DOUBLE_LEVY)
    assert one.back_fen == 2_000_000


@pytest.mark.parametrize(
    "other",
    [
        SameFact(1, "YL-1", "云1号", day("2015-06-02"), 0),  # decided later: that one should fall
        SameFact(3, "YL-3", "云3号", day("2015-06-01"), 0),  # decided on the same day, but entered later
    ],
)
def test_the_first_decision_stands(other: SameFact) -> None:
    assert found(paid_case(), same_fact=(other,)) is None


def test_of_two_decisions_of_one_day_the_one_entered_later_falls() -> None:
    other = SameFact(1, "YL-1", "云1号", day("2015-06-01"), 0)
    assert only(found(paid_case(), same_fact=(other,)), Ground.DOUBLE_LEVY).back_fen == FEE


def test_a_double_levy_that_was_annulled_and_refunded_is_found_no_more() -> None:
    assert found(paid_case(money=Money(collected_fen=FEE, refunded_fen=FEE)), same_fact=(EARLIER,)) is None


# ---- after the end


@pytest.mark.parametrize(
    ("act", "decided", "falls"),
    [
        ("2014-05-01", "2021-08-19", False),
        ("2014-05-01", "2021-08-20", True),
        ("2014-05-01", "2021-09-15", True),
        ("2021-05-31", "2021-08-19", False),
        ("2021-06-01", "2021-08-19", True),  # the last law did not reach this conduct any more
        ("2001-01-01", "2003-01-01", False),  # older than the law on file, which therefore says nothing
        ("2001-01-01", "2002-08-31", False),
    ],
)
def test_a_levy_decided_without_a_law_goes_back_whole(act: str, decided: str, falls: bool) -> None:
    taken = ("2021-08-19", FEE)
    findings = found(paid_case(act=act, decided=decided, served=decided), taken)
    assert (findings is not None) == falls
    if falls:
        one = only(findings, Ground.AFTER_END)
        assert one.back_fen == FEE
        assert one.laws[0].cite.law == "PFPL-2021"


@pytest.mark.parametrize(("paid_on", "back_fen"), [("2021-08-19", 0), ("2021-08-20", 2_000_000)])
def test_what_came_in_after_the_end_goes_back_and_what_came_before_stays(paid_on: str, back_fen: int) -> None:
    findings = found(paid_case(), ("2021-07-01", 3_000_000), (paid_on, 2_000_000))
    if back_fen == 0:
        assert findings is None
        return
    one = only(findings, Ground.AFTER_END)
    assert one.back_fen == back_fen
    # 1,655 days from 20 August 2021 to 2 March 2026: 20,000 x 1.5 % x 1,655 / 365 = 1,360.273..., up to the fen.
    assert one.interest_fen == 136_028
    assert one.claim.runs_from == day("2021-08-20")
    assert one.claim.ends_on == day("2023-08-21")  # 20 August 2023 is a Sunday


def test_late_money_that_went_back_is_found_no_more() -> None:
    money = Money(assessed_fen=3_000_000, collected_fen=FEE, refunded_fen=2_000_000)
    assert found(paid_case(money=money), ("2021-07-01", 3_000_000), ("2021-08-20", 2_000_000)) is None


def test_late_money_that_is_merely_held_is_told_once_and_bears_no_interest() -> None:
    money = Money(assessed_fen=FEE, written_off_fen=4_000_000, collected_fen=1_050_000, held_fen=50_000)
    findings = found(paid_case(money=money, state="wound_down"), ("2015-07-01", 1_000_000), ("2021-12-03", 50_000))
    one = only(findings, Ground.AFTER_END)
    assert (one.back_fen, one.interest) == (50_000, None)
    assert findings is not None
    assert findings.back_fen == 50_000


def test_money_held_before_the_end_and_money_after_it_are_two_grounds() -> None:
    money = Money(assessed_fen=4_000, collected_fen=6_000, held_fen=2_000)
    findings = found(paid_case(money=money), ("2015-07-01", 5_000), ("2021-12-03", 1_000))
    assert findings is not None
    assert [(one.ground, one.back_fen) for one in findings.findings] == [
        (Ground.AFTER_END, 1_000),
        (Ground.OVERPAID, 1_000),
    ]
    assert findings.back_fen == 2_000


# ---- surcharge: 66,336 yuan in default from 1 January 2010, the worked example of the law file


def surcharged(charge_fen: int, until: str, **more: Any) -> CaseFindings | None:
    principal_fen = 6_633_600
    sheet = added_charge(
        LAW.rule("cn.d357.surcharge"),
        principal_fen=principal_fen,
        default_on=day("2010-01-01"),
        until=day(until),
    )
    total = principal_fen + charge_fen
    money = Money(assessed_fen=total, collected_fen=total, charged_fen=charge_fen)
    return found(paid_case(money=money, decided="2009-11-01"), (until, total), lawful_charge=sheet, **more)


@pytest.mark.parametrize(
    ("charge_fen", "until", "back_fen"),
    [
        (159_206, "2011-01-01", 0),  # twelve whole months
        (159_207, "2011-01-01", 1),
        (172_473, "2011-01-01", 13_267),  # a thirteenth month that never passed
        (159_206, "2010-12-31", 13_267),  # the twelfth month is broken: eleven are 1,459.39
        (6_633_600, "2012-06-01", 6_633_600 - 384_748),  # 29 whole months are 3,847.48; the principal is not topped
    ],
)
def test_a_surcharge_beyond_whole_months_goes_back(charge_fen: int, until: str, back_fen: int) -> None:
    findings = surcharged(charge_fen, until)
    if back_fen == 0:
        assert findings is None
        return
    one = only(findings, Ground.OVER_CAP)
    assert one.back_fen == back_fen
    assert one.laws[0].cite.article == "8"
    assert len(one.laws) == 1


def test_a_surcharge_above_the_principal_names_the_compulsion_law_from_2012_on() -> None:
    one = only(surcharged(6_633_601, "2012-01-01"), Ground.OVER_CAP)
    assert [law.cite.law for law in one.laws] == ["D357", "ACL"]
    assert [words.en for words in one.shown][1] == "the surcharge is above the principal"
    before = only(surcharged(6_633_601, "2011-12-31"), Ground.OVER_CAP)
    assert [law.cite.law for law in before.laws] == ["D357"]


def test_a_surcharge_entered_after_the_end_is_named() -> None:
    charge_fen = 1_900_000  # more than the 139 whole months until 19 August 2021, which are 18,441.40
    findings = surcharged(charge_fen, "2021-08-19", charged_on=(day("2021-08-20"),))
    one = only(findings, Ground.OVER_CAP)
    assert one.back_fen == charge_fen - 1_844_140
    assert "2021-08-20" in one.shown[-1].en
    assert "2021-08-20" in one.shown[-1].zh


def test_nothing_is_found_of_a_surcharge_that_cannot_be_reckoned() -> None:
    assert surcharged(172_473, "2011-01-01", charge_unknown=True) is None


# ---- above the standard


@pytest.mark.parametrize(
    ("paid_fen", "back_fen"), [(6_633_600, 633_600), (6_000_001, 1), (6_000_000, 0), (5_000_000, 0)]
)
def test_what_is_above_base_times_multiple_goes_back(paid_fen: int, back_fen: int) -> None:
    money = Money(assessed_fen=6_633_600, collected_fen=paid_fen, principal_open_fen=6_633_600 - paid_fen)
    facts = {"base_income": 2_000_000, "multiple_tenths": 30}
    findings = found(paid_case(money=money, facts=facts))
    if back_fen == 0:
        assert findings is None
        return
    one = only(findings, Ground.OVER_STANDARD)
    assert one.back_fen == back_fen
    assert one.lines[0].amount_fen == 6_000_000
    assert one.laws[0].cite.article == "3"


@pytest.mark.parametrize("facts", [{"base_income": 2_000_000}, {"multiple_tenths": 30}, {"base_income": "x"}, {}])
def test_no_standard_is_judged_where_base_or_multiple_is_not_on_record(facts: dict[str, Any]) -> None:
    assert found(paid_case(facts=facts)) is None


# ---- more collected than owed


def test_what_is_held_goes_back_without_interest_and_says_why() -> None:
    money = Money(assessed_fen=FEE, collected_fen=FEE + 700, held_fen=700)
    one = only(found(paid_case(money=money)), Ground.OVERPAID)
    assert (one.back_fen, one.interest) == (700, None)
    assert one.no_interest is not None
    assert "no decision demanded it" in one.no_interest.en


def test_a_refund_that_was_ordered_and_not_paid_bears_interest() -> None:
    money = Money(assessed_fen=4_000_000, collected_fen=FEE, refund_due_fen=1_000_000)
    one = only(found(paid_case(money=money, state="annulled")), Ground.OVERPAID)
    assert one.back_fen == 1_000_000
    # 3,897 days: 10,000 x 1.5 % x 3,897 / 365 = 1,601.506..., up to the fen.
    assert one.interest_fen == 160_151


# ---- several grounds, claim periods, what to do


def test_what_grounds_have_in_common_goes_back_once() -> None:
    money = Money(assessed_fen=6_633_600, collected_fen=6_633_700, held_fen=100)
    facts = {"base_income": 2_000_000, "multiple_tenths": 30}
    findings = found(paid_case(money=money, facts=facts), same_fact=(EARLIER,))
    assert findings is not None
    assert findings.grounds == (Ground.DOUBLE_LEVY, Ground.OVER_STANDARD, Ground.OVERPAID)
    assert [one.back_fen for one in findings.findings] == [6_633_600, 633_600, 100]
    assert findings.back_fen == 6_633_700


def test_the_period_runs_from_service_where_that_came_after_the_payment() -> None:
    findings = found(paid_case(served="2015-08-03"), same_fact=(EARLIER,))
    one = only(findings, Ground.DOUBLE_LEVY)
    assert one.claim.runs_from == day("2015-08-03")
    assert "served" in one.claim.why.en


def test_no_end_is_told_where_the_law_on_file_does_not_reach_back() -> None:
    case = paid_case(act="2008-01-01", decided="2009-06-01", served="2009-06-10")
    earlier = SameFact(1, "YL-1", "云1号", day("2009-03-01"), 0)
    one = only(found(case, ("2009-07-01", FEE), same_fact=(earlier,)), Ground.DOUBLE_LEVY)
    assert (one.claim.ends_on, one.claim.over, one.claim.law) == (None, False, None)
    assert "No end is reckoned" in one.claim.why.en


def test_a_period_that_ends_past_the_published_calendar_is_provisional_and_open() -> None:
    one = only(found(paid_case(), ("2025-06-02", FEE)), Ground.AFTER_END)
    assert (one.claim.ends_on, one.claim.over, one.claim.provisional) == (day("2027-06-02"), False, True)


def test_the_steps_that_put_it_right_are_named_where_the_case_stands() -> None:
    findings = found(paid_case(), same_fact=(EARLIER,))
    assert findings is not None
    assert (findings.opens, findings.first) == (("correct_unlawful_levy", "propose_refund"), None)
    assert (findings.duty.cite.law, findings.duty.cite.article) == ("D427", "3, 4")
    closed = found(paid_case(state="closed"), same_fact=(EARLIER,))
    assert closed is not None
    assert closed.opens == ("correct_unlawful_levy", "propose_refund")
    running = found(paid_case(state="decision_served"), same_fact=(EARLIER,))
    assert running is not None
    assert running.opens == ()
    assert running.first is not None
