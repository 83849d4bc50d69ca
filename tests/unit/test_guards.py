"""Guards read a fixed view, never fail for want of an answer, and are refused when they could not be judged."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.guards import FACTS, CaseFacts, GuardRefused, build_view, compile_guard, view_kinds

KINDS = view_kinds(
    {"fine": "money", "born_of": "text", "told": "boolean", "act_date": "date", "way": "choice", "days": "integer"}
)
TODAY = date(2024, 5, 6)


def holds(source: str, answers: dict[str, Any] | None = None, facts: CaseFacts | None = None) -> bool:
    return compile_guard(source, KINDS).holds(build_view(KINDS, answers or {}, facts or CaseFacts(), TODAY))


@pytest.mark.parametrize(
    ("source", "answers", "facts", "expected"),
    [
        ("case.fine >= 500000", {"fine": 500000}, {}, True),
        ("case.fine >= 500000", {"fine": 499999}, {}, False),
        ("case.outstanding_fen > 0 && !case.remedy_pending", {}, {"outstanding_fen": 1}, True),
        ("case.outstanding_fen > 0 && !case.remedy_pending", {}, {"outstanding_fen": 1, "remedy_pending": True}, False),
        ("case.act_date < timestamp('2021-08-20T00:00:00Z')", {"act_date": "2021-08-19"}, {}, True),
        ("case.act_date < timestamp('2021-08-20T00:00:00Z')", {"act_date": date(2021, 8, 20)}, {}, False),
        ("today - case.served_on >= duration('240h')", {}, {"served_on": date(2024, 4, 26)}, True),
        ("today - case.served_on >= duration('240h')", {}, {"served_on": date(2024, 4, 27)}, False),
        ("'way' in case.answered", {"way": "post"}, {}, True),
        ("'way' in case.answered", {"way": ""}, {}, False),
        ("case.way in ['post', 'direct']", {"way": "post"}, {}, True),
        ("case.state == 'served' && case.phase == 'collection'", {}, {"state": "served", "phase": "collection"}, True),
        ("[1, 2].exists(day, day == case.days)", {"days": 2}, {}, True),
    ],
)
def test_guards_read_answers_facts_and_today(
    source: str, answers: dict[str, Any], facts: dict[str, Any], expected: bool
) -> None:
    assert holds(source, answers, CaseFacts(**facts)) is expected


def test_a_date_of_the_case_comes_before_the_answer_of_the_same_name() -> None:
    source = "case.act_date == timestamp('2020-01-02T00:00:00Z')"
    assert holds(source, {"act_date": "2019-01-01"}, CaseFacts(act_date=date(2020, 1, 2)))
    assert holds(source, {"act_date": "2020-01-02"})


@pytest.mark.parametrize("member", sorted(KINDS))
def test_what_is_unknown_is_empty(member: str) -> None:
    empty = {
        "date": f"case.{member} == timestamp('0001-01-01T00:00:00Z')",
        "text": f"case.{member} == ''",
        "integer": f"case.{member} == 0",
        "boolean": f"!case.{member}",
        "names": f"size(case.{member}) == 0",
    }
    assert holds(empty[KINDS[member]])


def test_facts_match_the_view() -> None:
    facts = CaseFacts()
    assert set(FACTS) - {"answered"} == set(facts.__slots__)


def test_only_the_members_a_guard_names_are_read() -> None:
    guard = compile_guard("case.fine > 0 && case.born_of != 'case.told'", KINDS)
    assert guard.members == {"fine", "born_of"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("case.told == true || case.days > 'x'", "do not fit together"),
        ("case.told ? case.days : case.told", "must be true or false, not int"),
        ("case['fine'] > 1", "member by member"),
        ("case.fine.low > 1", "do not fit together"),
        ("os.system('ls') == 0", "reads 'os'"),
        ("case.fine + 1.5 > 2.0", "do not fit together"),
        ("10 / case.days > 1", "do not fit together"),
        ("", "is not a CEL expression"),
        ("case.way == 'pots'", "none of its choices"),
        ("case.way in ['post', 'pots']", "none of its choices"),
    ],
)
def test_refused(source: str, reason: str) -> None:
    with pytest.raises(GuardRefused, match=reason):
        compile_guard(source, KINDS, {"way": ("post", "direct")})


def test_a_member_far_down_the_list_is_tried_with_every_value() -> None:
    many = view_kinds({f"n{number}": "integer" for number in range(12)})
    source = " && ".join(f"case.n{number} >= 0" for number in range(12)) + " && 10 / (1 - case.n0) < 99"
    with pytest.raises(GuardRefused, match="do not fit together"):
        compile_guard(source, many)


def test_what_no_sample_showed_is_refused_when_it_happens() -> None:
    assert holds("10 / (case.days - 7) > 0", {"days": 8})
    with pytest.raises(GuardRefused, match="cannot be evaluated"):
        holds("10 / (case.days - 7) > 0", {"days": 7})


def test_a_guard_that_turns_out_to_be_no_truth_value_is_refused() -> None:
    with pytest.raises(GuardRefused, match="is int, not true or false"):
        holds("case.days == 7 ? case.days : case.told", {"days": 7})


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_money_is_compared_in_fen(fine_fen: int, bound_fen: int) -> None:
    assert holds(f"case.fine >= {bound_fen}", {"fine": fine_fen}) is (fine_fen >= bound_fen)
