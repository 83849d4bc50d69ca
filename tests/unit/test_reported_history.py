"""The history that a row of an old casebook reports: one case of each stage, and the rows that books get wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.casebook.history import ReportedHistory, receipt_numbers, reported_history
from caseflow.domain.casebook.numbers import book_number
from caseflow.domain.casebook.rows import ReportedRow
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.stepping import Moment, offers, step_reasons
from caseflow.domain.words import Words

TODAY = date(2026, 3, 2)
FILED = {"act_date": date(2012, 2, 1), "filed_on": date(2012, 4, 1)}
DECIDED = {**FILED, "decided_on": date(2012, 5, 1)}
SERVED = {**DECIDED, "served_on": date(2012, 5, 10)}
COURT = {**SERVED, "demand_served_on": date(2012, 12, 1), "applied_on": date(2013, 1, 5)}
FEE = {"assessed": 3_000_000}


@pytest.fixture(scope="module")
def rules_of() -> Callable[[str], Rules]:
    law, calendar, definitions = (
        bootstrap.shipped_law(),
        bootstrap.published_calendar(),
        bootstrap.shipped_definitions(),
    )
    return lambda regime: Rules(definitions[regime], law, calendar)


def told(
    rules: Rules, dates: dict[str, date], fen: dict[str, int] | None = None, words: dict[str, str] | None = None
) -> ReportedHistory:
    definition = rules.definition
    book = definition.old_book
    assert book is not None
    empty = Case(
        1, 1, "N", definition.regime, definition.content_hash, 1, book.party_kind, 7, None, definition.opens,
        "investigation", 0, CaseDates(TODAY), Money(),
    )  # fmt: skip
    row = ReportedRow("N", book.party_kind, "somebody", "", "", dates, fen or {}, words or {})
    return reported_history(rules, row, TODAY, empty)


@pytest.mark.parametrize(
    ("dates", "fen", "words", "state", "open_fen"),
    [
        (FILED, {}, {}, "filed", 0),
        (DECIDED, FEE, {}, "decided", 0),
        (SERVED, FEE, {}, "decision_served", 3_000_000),
        ({**SERVED, "paid_on": date(2012, 6, 1)}, {**FEE, "paid": 1_000_000}, {}, "decision_served", 2_000_000),
        ({**SERVED, "paid_on": date(2012, 6, 1)}, {**FEE, "paid": 3_000_000}, {}, "paid", 0),
        ({**SERVED, "demand_served_on": date(2012, 12, 1)}, FEE, {}, "final_demanded", 3_000_000),
        (COURT, FEE, {}, "applied_to_court", 3_000_000),
        (COURT, FEE, {"ruling": "not_accepted"}, "not_accepted", 3_000_000),
        (COURT, FEE, {"ruling": "refused"}, "execution_refused", 3_000_000),
        (COURT, FEE, {"ruling": "allowed"}, "in_execution", 3_000_000),
        ({**COURT, "paid_on": date(2014, 1, 1)}, {**FEE, "paid": 1}, {"ruling": "allowed"}, "in_execution", 2_999_999),
        ({**COURT, "paid_on": date(2014, 1, 1)}, {**FEE, "paid": 3_000_000}, {"ruling": "allowed"}, "paid", 0),
        ({**COURT, "listed_on": date(2014, 1, 1)}, FEE, {"ruling": "allowed"}, "in_execution", 3_000_000),
    ],
)
def test_a_case_ends_where_its_row_says(
    rules_of: Callable[[str], Rules],
    dates: dict[str, date],
    fen: dict[str, int],
    words: dict[str, str],
    state: str,
    open_fen: int,
) -> None:
    history = told(rules_of("social_support_fee"), dates, fen, words)
    assert (history.case.state, history.case.money.outstanding_fen) == (state, open_fen)
    assert history.steps[-1].to_state == state
    assert history.case.clocks == ()
    assert history.case.documents == frozenset()
    assert [step.effective_on for step in history.steps[:-1]] == sorted(s.effective_on for s in history.steps[:-1])


def test_a_person_who_was_delisted_is_not_listed_any_more(rules_of: Callable[[str], Rules]) -> None:
    rules = rules_of("social_support_fee")
    dates = {**COURT, "listed_on": date(2014, 1, 1), "delisted_on": date(2018, 1, 1)}
    case = told(rules, dates, FEE, {"ruling": "allowed"}).case
    assert (case.state, case.facts["on_defaulter_list"]) == ("unenforceable", False)
    open_to = {one.step.name for one in offers(rules, case, _officer(Role.OFFICER), TODAY) if one.is_open}
    assert "freeze_decided" in open_to


def test_a_ruling_without_a_day_lies_on_that_of_the_application_and_says_so(rules_of: Callable[[str], Rules]) -> None:
    history = told(rules_of("social_support_fee"), COURT, FEE, {"ruling": "allowed", "court_case_no": "（2013）执1号"})
    step = history.steps[-1]
    assert (step.trigger, step.effective_on) == ("record_execution_allowed", COURT["applied_on"])
    assert history.undated == {7}
    assert "court_paper_on" not in step.answers
    assert history.case.facts["court_paper_no"] == "（2013）执1号"


def test_what_was_paid_in_full_without_a_day_of_service_was_assessed(rules_of: Callable[[str], Rules]) -> None:
    rules = rules_of("social_support_fee")
    paid = {**DECIDED, "paid_on": date(2012, 6, 1)}
    whole = told(rules, paid, {**FEE, "paid": 3_000_000})
    assert (whole.case.state, whole.case.money.assessed_fen, whole.case.money.held_fen) == ("paid", 3_000_000, 0)
    part = told(rules, paid, {**FEE, "paid": 1_000_000})
    assert (part.case.state, part.case.money.assessed_fen, part.case.money.held_fen) == ("decided", 0, 1_000_000)


def test_money_that_came_before_the_service_is_set_off_against_the_claim(rules_of: Callable[[str], Rules]) -> None:
    early = {**SERVED, "paid_on": date(2012, 5, 5)}
    history = told(rules_of("social_support_fee"), early, {**FEE, "paid": 1_000_000})
    assert [leg.operation for step in history.steps for leg in step.legs] == ["collect", "assess", "set_off"]
    assert history.case.money.outstanding_fen == 2_000_000


def test_a_payment_of_nothing_is_none(rules_of: Callable[[str], Rules]) -> None:
    rules = rules_of("social_support_fee")
    dates = {**SERVED, "paid_on": date(2012, 6, 1)}
    assert [step.trigger for step in told(rules, dates, {**FEE, "paid": 0}).steps][-1] == "serve_decision"
    row = ReportedRow("N", "person_liable", "x", "", "", dates, {**FEE, "paid": 0}, {"receipt_no": "1"})
    assert receipt_numbers(rules.definition, row) == []


def test_a_live_limit_that_the_calendar_cannot_count_is_a_note_and_no_date(rules_of: Callable[[str], Rules]) -> None:
    rules = rules_of("two_illegal")
    history = told(rules, {"filed_on": date(2003, 9, 1), "decided_on": date(2003, 11, 10)}, {"fine": 6_000_000})
    assert history.case.latest_clock("cn.apl.service_7d") is None
    assert any("calendar begins" in note.en for note in history.notes)


def test_a_reported_step_bars_nobody_and_counts_as_taken(rules_of: Callable[[str], Rules]) -> None:
    rules = rules_of("two_illegal")
    dates = {"act_date": date(2026, 1, 5), "filed_on": date(2026, 1, 12), "decided_on": date(2026, 2, 9)}
    history = told(rules, {**dates, "served_on": date(2026, 2, 11)}, {"fine": 6_000_000})
    case, step = history.case, rules.definition.steps["record_payment"]
    assert case.has_taken("decide")
    assert case.takers_of("decide") == frozenset()
    assert step_reasons(rules, case, step, _officer(Role.CASHIER), Moment(TODAY, TODAY)) == ()
    # The decision lies in the old file: a step that needs it does not wait for a paper nobody can issue here.
    demand = rules.definition.steps["serve_demand"]
    codes = {reason.code for reason in step_reasons(rules, case, demand, _officer(Role.OFFICER), Moment(TODAY, TODAY))}
    assert "not_served" not in codes


@pytest.mark.parametrize(
    ("written", "english", "serial"),
    [
        ("云计征字〔2017〕0001号", "YL-SF-2017-0001", 1),
        ("云计征字[2017]1号", "YL-SF-2017-0001", 1),
        ("云计征字（2017）第0012号", "云计征字（2017）第0012号", None),
        ("YL-SF-2017-0034", "YL-SF-2017-0034", 34),
        ("2017-35", "2017-35", None),
    ],
)
def test_a_number_by_the_pattern_is_the_same_number_in_english(written: str, english: str, serial: int | None) -> None:
    pattern = Words("YL-SF-{year}-{serial:04d}", "云计征字〔{year}〕{serial:04d}号")
    found = book_number(pattern, written)
    assert (found.english, found.serial) == (english, serial)


def _officer(role: Role) -> Actor:
    extra: dict[str, Any] = {"login": "x", "name_en": "X", "name_zh": "X", "roles": frozenset({role})}
    return Actor(id=7, office_id=1, **extra)
