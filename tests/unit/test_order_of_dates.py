"""What follows from a paper, an attempt or a remedy is not dated before it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from caseflow.domain.served import Attempt
from caseflow.domain.service import service_faults
from caseflow.domain.sources import Problem
from caseflow.domain.stepping import Moment, step_reasons
from caseflow.domain.workflow import Definition, clean_answers
from tests.unit.conftest import Edit
from tests.unit.test_service import AFTER, LEFT
from tests.unit.test_walks import Walker, actor, row_of, walked

DAY = timedelta(days=1)


def tried(result: str, on: date) -> Walker:
    walker = walked("two_illegal_paid", before="serve_decision")
    attempt = Attempt("penalty_decision", result, on, walker.case.version)
    walker.case = replace(walker.case, attempts=(attempt,))
    return walker


@pytest.mark.parametrize(("days", "opens"), [(-7, False), (-1, False), (0, True), (1, True)])
def test_a_public_notice_is_not_dated_before_the_failure_it_rests_on(days: int, opens: bool) -> None:
    walker = tried("moved", AFTER)
    step, on = walker.rules.definition.steps["publish_decision"], AFTER + days * DAY
    reasons = step_reasons(walker.rules, walker.case, step, actor("officer_1"), Moment(on, AFTER + DAY))
    assert [reason.code for reason in reasons] == ([] if opens else ["service_not_tried"])
    for reason in reasons:
        assert f"on {on.isoformat()}" in reason.words.en
        assert "attempt made after that day does not count" in reason.words.en
        assert "此后的送达情况不能作为依据" in reason.words.zh


def test_two_failures_count_only_from_the_day_of_the_second() -> None:
    walker = tried("nobody_there", AFTER)
    [first] = walker.case.attempts
    walker.case = replace(walker.case, attempts=(first, replace(first, attempted_on=AFTER + 3 * DAY)))
    step = walker.rules.definition.steps["publish_decision"]
    for on, opens in ((AFTER + 2 * DAY, False), (AFTER + 3 * DAY, True)):
        moment = Moment(on, AFTER + 9 * DAY)
        assert (not step_reasons(walker.rules, walker.case, step, actor("officer_1"), moment)) is opens


@pytest.mark.parametrize(("days", "wrong"), [(-1, ["service_refusal"]), (0, []), (1, [])])
def test_a_refusal_stands_for_no_service_before_it(days: int, wrong: list[str]) -> None:
    walker = tried("refused", AFTER)
    rules, left = walker.rules, {**LEFT, "service_refusal": ""}
    step, on = rules.definition.steps["serve_decision"], AFTER + days * DAY
    found = list(service_faults(rules.law.service, rules.definition, walker.case, step, left, on))
    assert [name for name, _ in found] == wrong
    for _, words in found:
        assert f"made after {on.isoformat()} and does not count" in words.en
        assert f"发生在{on.isoformat()}之后，不能作为依据" in words.zh


COURT = "two_illegal_hearing_court"
PAPER = {"court_paper_no": "裁1"}
REASONS = {"outcome_reasons": "诉讼中，撤回申请。"}


def problems(walker: Walker, step: str, raw: Mapping[str, str]) -> dict[str, str]:
    definition = walker.rules.definition
    cleaned = clean_answers(definition, definition.steps[step], raw, today=date(2026, 1, 1), earlier=walker.answers)
    return {one.field: one.words.en for one in cleaned.problems}


@pytest.mark.parametrize(
    ("before", "step"), [("record_execution_allowed",) * 2, ("record_payment", "record_execution_begun")]
)
def test_the_papers_of_the_court_come_in_order(before: str, step: str) -> None:
    walker = walked(COURT, before=before)
    last = walker.answers["court_paper_on"]
    assert isinstance(last, date)
    found = problems(walker, step, {**PAPER, "court_paper_on": (last - DAY).isoformat()})
    assert found == {
        "court_paper_on": f"Court's paper received on must not be before the one recorded earlier ({last})"
    }
    assert problems(walker, step, {**PAPER, "court_paper_on": last.isoformat()}) == {}


def filed(kind: str) -> tuple[Walker, date]:
    """Return a case before the court with a remedy accepted a week after the court's last paper, and that day."""
    walker, on = walked(COURT, before="record_payment"), row_of(COURT, "record_payment")["on"]
    answers = {"remedy_body": "云岭县人民政府", "remedy_paper_no": "复受1", "remedy_filed_on": on}
    walker.take({"step": f"file_{kind}_at_court", "by": "officer_1", "on": on, "answers": answers})
    return walker, on


@pytest.mark.parametrize("kind", ["reconsideration", "suit"])
def test_an_application_is_not_withdrawn_for_a_remedy_before_it_was_filed(kind: str) -> None:
    walker, on = filed(kind)
    step = f"withdraw_during_{kind}"
    found = problems(walker, step, {**REASONS, "withdrawn_on": (on - DAY).isoformat()})
    assert "must not be before “Accepted on”" in found["withdrawn_on"]
    assert problems(walker, step, {**REASONS, "withdrawn_on": on.isoformat()}) == {}


def test_the_court_is_not_told_before_there_is_something_to_tell() -> None:
    walker, on = filed("reconsideration")
    told = {"court_told_on": (on - DAY).isoformat()}
    stay = {"stay_body": "云岭县人民政府", "stay_paper_no": "停1", "stayed_on": on}
    assert problems(walker, "tell_court_of_stay", told) == {}, "after the application, and nothing else known yet"
    walker.take({"step": "record_stay", "by": "reviewer_1", "on": on, "answers": stay})
    assert "must not be before “Stayed from”" in problems(walker, "tell_court_of_stay", told)["court_told_on"]
    later = on + 9 * DAY
    decided = {"remedy_paper_no": "复决1", "remedy_decided_on": later, "annulled_amount": 13_500_000}
    row = {"step": "reconsideration_annulled_at_court", "by": "reviewer_1", "on": later, "answers": decided}
    walker.take(row)
    told = {"court_told_on": (later - DAY).isoformat()}
    found = problems(walker, "tell_court_of_annulment", told)
    assert f"final, on” ({later})" in found["court_told_on"]
    assert problems(walker, "tell_court_of_annulment", {"court_told_on": later.isoformat()}) == {}


DATE = "not_before: act_date"
Refused = Callable[..., tuple[Problem, ...]]


def test_rising_is_for_dates_and_each_bound_is_known(sound: Callable[..., Definition], refused: Refused) -> None:
    definition = sound((DATE, "not_before: [act_date, today], rising: true"))
    [rising] = [one for one in definition.fields.values() if one.rising]
    assert rising.not_before == ("act_date", "today")
    edits: tuple[Edit, ...] = ((DATE, "not_before: [act_date, fine]"),)
    [problem] = refused(*edits)
    assert "no date field 'fine'" in str(problem)
    [problem] = refused(("{type: money, label: {en: Fine,", "{type: money, rising: true, label: {en: Fine,"))
    assert "rising is only for dates, and this field is money" in str(problem)


def test_a_first_answer_rises_from_nothing(sound: Callable[..., Definition]) -> None:
    definition = sound((DATE, f"{DATE}, rising: true"))
    [rising] = [one for one in definition.fields.values() if one.rising]
    step = next(one for one in definition.steps.values() if rising.name in one.asks)

    def fault(day: str, **earlier: Any) -> list[str]:
        cleaned = clean_answers(
            definition,
            step,
            {rising.name: day},
            today=date(2024, 5, 6),
            earlier={"act_date": date(2024, 1, 1), **earlier},
        )
        return [one.words.zh for one in cleaned.problems if one.field == rising.name]

    assert fault("2024-02-01") == []
    [words] = fault("2024-02-01", **{rising.name: date(2024, 2, 2)})
    assert words.endswith("不得早于本案此前登记的日期（2024-02-02）")
