"""Added charges with caps, pauses and part payments; fine ranges; sheets that compute again to the same figure."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.bootstrap import load_law
from caseflow.domain.assessment import (
    CalculationSheet,
    FineFacts,
    added_charge,
    check_fine,
    fine_range,
    lighter_fine_range,
    recomputed,
)
from caseflow.domain.law import FineOutOfRange, NoBracket, NoLawInForce, NotThisKind

BOOK = load_law()
FINE = BOOK.rule("P8")
FEE = BOOK.rule("F4")
WATER = BOOK.rule("W5")
TWO_ILLEGAL = BOOK.rule("cn.pfpl.two_illegal_fine")
ABSTRACTION = BOOK.rule("cn.water_law.abstraction_fine")
NEW_YEAR = date(2022, 1, 1)


def _after(days: int, start: date = NEW_YEAR) -> date:
    return start + timedelta(days=days)


@pytest.mark.parametrize(
    ("start", "days", "expected_fen"),
    [
        (NEW_YEAR, 0, 0),
        (NEW_YEAR, 1, 60_000),
        (NEW_YEAR, 33, 1_980_000),
        (NEW_YEAR, 34, 2_000_000),  # 102 per cent: the cap is reached on day 34
        (NEW_YEAR, 40, 2_000_000),
        (date(2010, 1, 1), 40, 2_400_000),  # no cap before 2012
        (date(2012, 1, 1), 40, 2_000_000),  # the Compulsion Law caps before the Penalty Law did
        (date(2011, 12, 1), 30, 1_800_000),
        (date(2011, 12, 1), 40, 2_000_000),  # the cap governs the whole charge from 2012-01-01
        (date(2021, 6, 20), 40, 2_000_000),
    ],
)
def test_the_added_fine_and_its_cap(start: date, days: int, expected_fen: int) -> None:
    sheet = added_charge(FINE, principal_fen=2_000_000, default_on=start, until=_after(days, start))
    assert sheet.result_fen == expected_fen


@pytest.mark.parametrize(
    ("until", "expected_fen"),
    [
        (date(2011, 1, 1), 159_206),  # 66,336 yuan, twelve whole months: 1,592.06
        (date(2010, 12, 31), 145_939),
        (date(2010, 1, 31), 0),
        (date(2010, 2, 1), 13_267),
    ],
)
def test_the_surcharge_counts_whole_months(until: date, expected_fen: int) -> None:
    sheet = added_charge(FEE, principal_fen=6_633_600, default_on=date(2010, 1, 1), until=until)
    assert sheet.result_fen == expected_fen


def test_months_end_on_the_last_day_the_month_has() -> None:
    begun = date(2011, 1, 31)
    assert added_charge(FEE, principal_fen=100_000, default_on=begun, until=date(2011, 2, 28)).result_fen == 200
    assert added_charge(FEE, principal_fen=100_000, default_on=begun, until=date(2011, 3, 30)).result_fen == 200
    assert added_charge(FEE, principal_fen=100_000, default_on=begun, until=date(2011, 3, 31)).result_fen == 400


def test_the_surcharge_stops_when_the_regime_ends() -> None:
    at_end = added_charge(FEE, principal_fen=6_633_600, default_on=date(2020, 8, 20), until=date(2021, 8, 20))
    later = added_charge(FEE, principal_fen=6_633_600, default_on=date(2020, 8, 20), until=date(2024, 1, 1))
    assert later.result_fen == at_end.result_fen == 159_206
    assert any("the rule ended" in line.label.en for line in later.lines)
    assert "2021 amendment" in later.lines[-1].cite.text.en


def test_no_surcharge_on_a_default_after_the_regime() -> None:
    with pytest.raises(NoLawInForce, match="2021 amendment"):
        added_charge(FEE, principal_fen=1, default_on=date(2021, 8, 20), until=date(2021, 9, 20))


def test_the_water_charge_runs_by_the_day() -> None:
    sheet = added_charge(WATER, principal_fen=1_000_000, default_on=date(2023, 1, 1), until=date(2023, 1, 11))
    assert sheet.result_fen == 20_000


@pytest.mark.parametrize(
    ("kind", "start", "paused"),
    [
        ("litigation", NEW_YEAR, True),
        ("reconsideration", NEW_YEAR, True),
        ("instalment", NEW_YEAR, True),
        ("litigation", date(2020, 1, 1), False),  # no pause in a remedy before 2021-07-15
        ("instalment", date(2020, 1, 1), True),
    ],
)
def test_pauses_count_only_where_the_law_of_the_day_names_them(kind: str, start: date, paused: bool) -> None:
    sheet = added_charge(
        FINE,
        principal_fen=2_000_000,
        default_on=start,
        until=_after(20, start),
        pauses=[(_after(5, start), _after(15, start), kind)],  # type: ignore[list-item]
    )
    assert sheet.result_fen == (10 if paused else 20) * 60_000
    assert any("10 day(s) paused" in line.label.en for line in sheet.lines) is paused


def test_a_pause_over_the_change_of_law_counts_from_the_change() -> None:
    sheet = added_charge(
        FINE,
        principal_fen=2_000_000,
        default_on=date(2021, 7, 10),
        until=date(2021, 7, 20),
        pauses=[(date(2021, 7, 1), None, "litigation")],
    )
    assert sheet.result_fen == 5 * 60_000


def test_a_pause_moves_the_whole_months_after_it() -> None:
    sheet = added_charge(
        FEE,
        principal_fen=100_000,
        default_on=date(2010, 1, 1),
        until=date(2010, 3, 1),
        pauses=[(date(2010, 1, 10), date(2010, 1, 11), "instalment")],
    )
    assert sheet.result_fen == 200  # 58 counted days: January is whole, February lacks one


def test_overlapping_pauses_count_once() -> None:
    pauses = [(_after(2), _after(8), "litigation"), (_after(4), _after(10), "reconsideration")]
    sheet = added_charge(
        FINE, principal_fen=2_000_000, default_on=NEW_YEAR, until=_after(20), pauses=pauses  # type: ignore[arg-type]
    )  # fmt: skip
    assert sheet.result_fen == 12 * 60_000


def test_part_payments_lower_the_principal_from_their_day() -> None:
    sheet = added_charge(
        FINE, principal_fen=2_000_000, default_on=NEW_YEAR, until=_after(10), payments=[(_after(4), 1_000_000)]
    )
    assert sheet.result_fen == 4 * 60_000 + 6 * 30_000
    assert [line.formula for line in sheet.lines] == ["20000.00 × 3 % × 4", "10000.00 × 3 % × 6"]


def test_nothing_accrues_once_all_is_paid() -> None:
    sheet = added_charge(
        FINE, principal_fen=2_000_000, default_on=NEW_YEAR, until=_after(30), payments=[(_after(2), 2_500_000)]
    )
    assert sheet.result_fen == 2 * 60_000


def test_each_line_carries_the_law_of_its_days() -> None:
    sheet = added_charge(FINE, principal_fen=2_000_000, default_on=date(2021, 7, 10), until=date(2021, 7, 20))
    assert [line.cite.law for line in sheet.lines] == ["APL-1996", "APL-2021"]
    assert all(line.label.zh and line.checked.status == "text_seen" for line in sheet.lines)


@pytest.mark.parametrize(
    "wrong",
    [
        {"principal_fen": -1, "default_on": NEW_YEAR, "until": _after(1)},
        {"principal_fen": 1, "default_on": NEW_YEAR, "until": _after(-1)},
        {"principal_fen": 1, "default_on": NEW_YEAR, "until": _after(1), "payments": [(NEW_YEAR, -1)]},
    ],
)
def test_senseless_inputs_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must not"):
        added_charge(FINE, **wrong)  # type: ignore[arg-type]


def test_a_limit_has_no_charge() -> None:
    with pytest.raises(NotThisKind):
        added_charge(BOOK.rule("F1"), principal_fen=1, default_on=NEW_YEAR, until=NEW_YEAR)


PAUSES = st.lists(
    st.tuples(
        st.integers(0, 200), st.integers(1, 60), st.sampled_from(["litigation", "reconsideration", "instalment"])
    ),
    max_size=3,
)


@given(st.sampled_from([FINE, WATER]), st.integers(0, 10**9), st.integers(0, 400), st.integers(0, 60), PAUSES)
def test_never_above_the_cap_and_never_less_with_time(
    rule: object, principal: int, days: int, more: int, stretches: list[tuple[int, int, str]]
) -> None:
    pauses = [(_after(begin), _after(begin + length), kind) for begin, length, kind in stretches]
    first, later, unpaused = (
        added_charge(rule, principal_fen=principal, default_on=NEW_YEAR, until=_after(end), pauses=kept).result_fen  # type: ignore[arg-type]
        for end, kept in ((days, pauses), (days + more, pauses), (days + more, []))
    )
    assert 0 <= first <= later <= unpaused <= principal


@given(st.integers(0, 10**9), st.integers(0, 1500), st.integers(0, 10**9), st.integers(0, 1500))
def test_a_sheet_survives_json_and_computes_again(principal: int, days: int, paid: int, paid_after: int) -> None:
    begun = date(2017, 3, 31)
    sheet = added_charge(
        FEE,
        principal_fen=principal,
        default_on=begun,
        until=_after(days, begun),
        payments=[(_after(paid_after, begun), paid)],
        pauses=[(_after(10, begun), None, "instalment")] if paid % 2 else [],
    )
    stored = CalculationSheet.from_json(json.loads(json.dumps(sheet.to_json())))
    assert stored == sheet
    assert recomputed(stored, BOOK) == sheet


def test_a_tampered_sheet_no_longer_agrees() -> None:
    sheet = added_charge(FINE, principal_fen=2_000_000, default_on=NEW_YEAR, until=_after(10))
    tampered = CalculationSheet.from_json({**sheet.to_json(), "result_fen": 1})
    assert recomputed(tampered, BOOK) != tampered


@pytest.mark.parametrize(
    ("on", "facts", "low", "high"),
    [
        (date(2022, 3, 1), FineFacts("practitioner", 999_999), 1_000_000, 3_000_000),
        (date(2022, 3, 1), FineFacts("institution", 1_000_000), 2_000_000, 6_000_000),
        (date(2022, 3, 1), FineFacts("intermediary", serious=True), 500_000, 3_000_000),
        (date(2022, 3, 1), FineFacts("drug_seller"), 1_000_000, 3_000_000),
        (date(2016, 5, 1), FineFacts("intermediary", serious=True), 500_000, 3_000_000),
        (date(2003, 1, 1), FineFacts("practitioner"), 1_000_000, 3_000_000),
    ],
)
def test_two_illegal_brackets(on: date, facts: FineFacts, low: int, high: int) -> None:
    found = fine_range(TWO_ILLEGAL, on=on, facts=facts)
    assert (found.min_fen, found.max_fen) == (low, high)


@pytest.mark.parametrize(
    ("on", "facts"),
    [
        (date(2022, 3, 1), FineFacts("intermediary")),
        (date(2016, 4, 30), FineFacts("intermediary", serious=True)),
        (date(2022, 3, 1), FineFacts("patient", 5_000_000, serious=True)),
        (date(2022, 3, 1), FineFacts("woman")),
    ],
)
def test_whom_no_bracket_reaches(on: date, facts: FineFacts) -> None:
    with pytest.raises(NoBracket):
        fine_range(TWO_ILLEGAL, on=on, facts=facts)


def test_no_bracket_of_any_fine_reaches_a_patient() -> None:
    for rule in BOOK.rules.values():
        if rule.kind == "fine_range":
            for version in rule.versions:
                with pytest.raises(NoBracket):
                    fine_range(rule, on=version.from_, facts=FineFacts("patient", 2_000_000, serious=True))


def test_the_brackets_carry_their_own_source_and_mark() -> None:
    doing = fine_range(TWO_ILLEGAL, on=date(2022, 3, 1), facts=FineFacts("practitioner"))
    ledger = fine_range(TWO_ILLEGAL, on=date(2022, 3, 1), facts=FineFacts("drug_seller"))
    assert (doing.cite.article, doing.checked.status, doing.optional) == ("40", "text_seen", False)
    assert (ledger.cite.law, ledger.checked.status, ledger.optional) == ("NHFPC-Order-9-2016", "secondary", True)


@pytest.mark.parametrize("amount", [2_000_000, 10_000_000])
def test_a_fine_within_its_range(amount: int) -> None:
    assert check_fine(ABSTRACTION, on=NEW_YEAR, facts=FineFacts("institution"), amount_fen=amount).max_fen == 10_000_000


@pytest.mark.parametrize("amount", [0, 1_999_999, 10_000_001])
def test_a_fine_outside_its_range(amount: int) -> None:
    with pytest.raises(FineOutOfRange, match=r"20,000\.00 to 100,000\.00 yuan"):
        check_fine(ABSTRACTION, on=NEW_YEAR, facts=FineFacts("institution"), amount_fen=amount)


def test_an_optional_fine_may_be_left_out() -> None:
    assert check_fine(TWO_ILLEGAL, on=NEW_YEAR, facts=FineFacts("drug_seller"), amount_fen=0).optional


def test_the_lighter_law_wins() -> None:
    facts = FineFacts("practitioner", 5_000_000)
    found = lighter_fine_range(TWO_ILLEGAL, act_on=date(2021, 6, 10), decision_on=date(2022, 3, 1), facts=facts)
    assert found.on == date(2021, 6, 10)  # equal ranges: the law of the act governs
    with pytest.raises(ValueError, match="negative"):
        fine_range(TWO_ILLEGAL, on=NEW_YEAR, facts=FineFacts("practitioner", -1))
