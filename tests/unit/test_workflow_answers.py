"""What people type becomes typed answers, or problems that name the field in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.workflow import Answer, Definition, clean_answers, money_text, restored_answers, stored_answers

TODAY = date(2024, 5, 6)


@pytest.fixture
def ask(sound: Callable[..., Definition]) -> Callable[..., Any]:
    definition = sound()

    def clean(step: str | None, raw: dict[str, Any], **earlier: Any) -> Any:
        chosen = None if step is None else definition.steps[step]
        return clean_answers(definition, chosen, raw, today=TODAY, earlier=earlier)

    return clean


@pytest.mark.parametrize(
    ("text", "fine_fen"),
    [
        ("1234.50", 123450),
        ("1,234.50", 123450),
        (" 50 ", 5000),
        ("¥66,336", 6633600),
        ("￥66336元", 6633600),
        ("66，336.1", 6633610),
        ("100000", 10000000),
    ],
)
def test_money_is_read_as_fen(ask: Callable[..., Any], text: str, fine_fen: int) -> None:
    assert ask("propose", {"fine": text}).answers == {"fine": fine_fen}


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("", "Fine is required", "“罚款数额”为必填项"),
        ("12,34", "amount in yuan", "以元为单位"),
        ("1.234", "amount in yuan", "以元为单位"),
        ("-50", "amount in yuan", "以元为单位"),
        ("1e5", "amount in yuan", "以元为单位"),
        ("٣٠٠٠", "amount in yuan", "以元为单位"),
        ("49.99", "Fine must be at least 50.00 yuan", "“罚款数额”不得少于50.00元"),
        ("100000.01", "Fine must be at most 100,000.00 yuan", "不得超过100,000.00元"),
        ("9" * 19, "too large", "金额过大"),
        ("9" * 400, "amount in yuan", "以元为单位"),
    ],
)
def test_money_that_is_none_is_told(ask: Callable[..., Any], text: str, en: str, zh: str) -> None:
    cleaned = ask("propose", {"fine": text})
    (problem,) = cleaned.problems
    assert cleaned.answers == {}
    assert problem.field == "fine"
    assert en in problem.words.en
    assert zh in problem.words.zh


@given(st.integers(0, 10**15))
def test_money_text_is_read_back(amount_fen: int) -> None:
    from caseflow.domain.words import Words
    from caseflow.domain.workflow import Field
    from caseflow.domain.workflow.answers import _READERS

    field = Field("sum", "money", Words("Sum", "金额"), None, True, None, (), None, None, {})
    assert _READERS["money"](field, money_text(amount_fen)) == amount_fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2024-05-07", "must not be after today (2024-05-06)"),
        ("2024-5-6", "must be a date such as"),
        ("2023-02-29", "is not a day of the calendar"),
        ("yesterday", "must be a date such as"),
        ("", "is required"),
    ],
)
def test_dates_that_do_not_fit(ask: Callable[..., Any], text: str, reason: str) -> None:
    (problem,) = ask(None, {"act_date": text}).problems
    assert reason in problem.words.en
    assert problem.words.en.startswith("Date of the act")


def test_a_date_is_held_against_an_earlier_one(ask: Callable[..., Any]) -> None:
    (problem,) = ask("serve", {"served_on": "2024-05-01"}, act_date=date(2024, 5, 2)).problems
    assert problem.words.en == "Served on must not be before “Date of the act” (2024-05-02)"
    assert problem.words.zh == "“送达日期”不得早于“行为日期”（2024-05-02）"
    assert ask("serve", {"served_on": "2024-05-02"}, act_date=date(2024, 5, 2)).answers == {
        "served_on": date(2024, 5, 2)
    }


def test_a_choice_must_be_offered(ask: Callable[..., Any]) -> None:
    assert ask("investigate", {"outcome": "none"}).answers == {"outcome": "none"}
    (problem,) = ask("investigate", {"outcome": "prison"}).problems
    assert "one of the choices" in problem.words.en


def test_what_may_stay_empty_stays_out(ask: Callable[..., Any]) -> None:
    cleaned = ask("propose", {"fine": "60", "reasons": "  "})
    assert cleaned.answers == {"fine": 6000}
    assert cleaned.problems == ()


def test_long_and_unstorable_text_is_told(ask: Callable[..., Any]) -> None:
    faults = {"x" * 20_001: "at most 20000 characters", "a\x00b": "cannot be stored", "a\u202eb": "reorders"}
    for text, reason in faults.items():
        (problem,) = ask("propose", {"fine": "60", "reasons": text}).problems
        assert reason in problem.words.en


def test_what_is_not_asked_is_ignored(ask: Callable[..., Any]) -> None:
    assert ask("propose", {"fine": "60", "served_on": "never", "role": "approver"}).answers == {"fine": 6000}


def test_the_last_of_several_values_counts(ask: Callable[..., Any]) -> None:
    assert ask("investigate", {"outcome": ["fine", "none"]}).answers == {"outcome": "none"}
    assert ask("investigate", {"outcome": []}).problems[0].field == "outcome"


@pytest.mark.parametrize(
    ("text", "expected"), [("on", True), ("true", True), ("", False), (None, False), ("no", False), ("perhaps", None)]
)
def test_a_box_is_ticked_or_not(sound: Callable[..., Definition], text: str | None, expected: bool | None) -> None:
    definition = sound(
        (
            "reasons: {type: long_text, label: {en: Reasons, zh: 理由}, required: false}",
            "reasons: {type: boolean, label: {en: Told, zh: 已告知}}",
        )
    )
    cleaned = clean_answers(definition, definition.steps["propose"], {"fine": "60", "reasons": text}, today=TODAY)
    assert cleaned.answers.get("reasons") is expected
    assert bool(cleaned.problems) is (expected is None)


@pytest.mark.parametrize(("text", "expected"), [("-3", -3), ("12", 12), ("1.0", None), ("9" * 16, None), ("30", None)])
def test_whole_numbers(sound: Callable[..., Definition], text: str, expected: int | None) -> None:
    definition = sound(("reasons: {type: long_text,", "reasons: {type: integer, max: 20,"))
    cleaned = clean_answers(definition, definition.steps["propose"], {"fine": "60", "reasons": text}, today=TODAY)
    assert cleaned.answers.get("reasons") == expected


def test_answers_survive_the_database(sound: Callable[..., Definition]) -> None:
    answers: dict[str, Answer] = {
        "act_date": date(2024, 2, 29),
        "fine": 5000,
        "outcome": "fine",
        "reasons": "2024-01-01",
    }
    stored = stored_answers(answers)
    assert stored == {"act_date": "2024-02-29", "fine": 5000, "outcome": "fine", "reasons": "2024-01-01"}
    assert restored_answers(sound(), stored) == answers
