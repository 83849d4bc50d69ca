"""What the workflow files say of the board, of the investigation, and of the court's words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from caseflow import bootstrap
from caseflow.domain.court_replies import guess_columns, steps_meant
from caseflow.domain.referral_board import Column, board_of, signs_or_files, withdraws
from caseflow.domain.referral_sight import before_the_decision, is_of_investigation
from caseflow.domain.step_effects import OPENING
from caseflow.domain.workflow import Definition

SHIPPED = bootstrap.shipped_definitions()
COURT = {
    "final_demanded": "ready", "application_signed": "ready", "applied_to_court": "filed",
    "examined_by_court": "accepted",
    "not_accepted": "refused", "not_accepted_challenged": "refused", "execution_refused": "ruled",
    "refusal_challenged": "ruled", "in_execution": "in_enforcement", "execution_suspended": "in_enforcement",
}  # fmt: skip


@pytest.mark.parametrize("regime", SHIPPED)
def test_every_state_of_the_court_has_its_column(regime: str) -> None:
    definition = SHIPPED[regime]
    shown = {name: state.board for name, state in definition.states.items() if state.board is not None}
    assert COURT.items() <= shown.items()
    at_court = {name for name, state in definition.states.items() if state.phase == "court_referral"}
    assert at_court <= set(shown), "no case before the court is missing from the board"


@pytest.mark.parametrize("regime", SHIPPED)
def test_the_windows_are_those_of_the_law(regime: str) -> None:
    board = board_of([SHIPPED[regime]], [])
    assert board.windows == {"cn.acl.court_application"}
    assert board.waits == {"cn.acl.demand_10wd"}
    court = {"cn.acl.acceptance", "cn.acl.ruling_clean", "cn.acl.ruling_doubtful", "cn.acl.challenge_refusal",
             "cn.acl.challenge_non_acceptance", "cn.acl.higher_court_on_refusal",
             "cn.acl.higher_court_on_acceptance"}  # fmt: skip
    assert court <= board.limits
    assert "cn.apl.pay_fine" not in board.limits


def renamed(definition: Definition, old: str, new: str) -> Definition:
    """Return an older file of the regime in which a state has another name."""
    states = {(new if name == old else name): replace(state, name=new if name == old else name)
              for name, state in definition.states.items()}  # fmt: skip
    steps = {
        name: replace(step, from_states=tuple(new if one == old else one for one in step.from_states))
        for name, step in definition.steps.items()
    }
    return replace(definition, states=states, steps=steps, content_hash="older")


def test_a_case_of_an_older_file_stands_on_the_board() -> None:
    current = SHIPPED["two_illegal"]
    older = renamed(current, "examined_by_court", "before_the_judge")
    moved = {**older.states, "applied_to_court": replace(older.states["applied_to_court"], board="accepted")}
    board = board_of([current], [replace(older, states=moved)])
    assert board.places["two_illegal", "before_the_judge"] is Column.ACCEPTED
    assert board.places["two_illegal", "applied_to_court"] is Column.FILED, "the newest file decides"


@pytest.mark.parametrize("regime", SHIPPED)
def test_what_signs_files_and_withdraws(regime: str) -> None:
    definition = SHIPPED[regime]
    found = {name for name, step in definition.steps.items() if signs_or_files(definition, step)}
    assert {"sign_court_application", "apply_to_court"} <= found
    assert all(name.startswith(("sign_court_application", "apply_to_court")) for name in found)
    taken_back = {name for name, step in definition.steps.items() if withdraws(step)}
    assert "withdraw_application" in taken_back
    assert ("withdraw_from_court" in taken_back) is (regime == "social_support_fee")


@pytest.mark.parametrize("regime", SHIPPED)
def test_the_decision_parts_the_investigation_from_the_referral(regime: str) -> None:
    definition = SHIPPED[regime]
    hidden = {name for name, step in definition.steps.items() if is_of_investigation(definition, step)}
    assert {"question", "add_evidence", "conclude_investigation", "pass_legal_review", "draft_decision"} <= hidden
    told = {"decide", "serve_decision", "serve_demand", "record_reply_to_demand", "apply_to_court", "record_payment",
            "publish_decision", "complete_public_notice"}  # fmt: skip
    assert told & hidden == set()
    assert before_the_decision(definition, OPENING, definition.opens)
    assert before_the_decision(definition, "no such step", definition.opens)


def test_columns_are_told_by_their_headings() -> None:
    assert guess_columns(["案件编号", "答复类型", "文书号", "日期", "理由"]) == {
        "number": 0, "kind": 1, "paper": 2, "day": 3, "reasons": 4,
    }  # fmt: skip
    assert guess_columns(["Case No.", "Reply", "PAPER NUMBER", "Received on"]) == {
        "number": 0, "kind": 1, "paper": 2, "day": 3,
    }  # fmt: skip
    # A court calls its own number 案号: beside a number of the office it is the paper's.
    assert guess_columns(["案号", "立案号", "结果"]) == {"number": 1, "kind": 2, "paper": 0}
    assert guess_columns(["案号", "结果"]) == {"number": 0, "kind": 1}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("受理", ["record_acceptance"]),
        ("不予受理", ["record_non_acceptance"]),
        (" 准予 执行 ", ["record_execution_allowed"]),
        ("不准予执行", ["record_execution_refused"]),
        ("Accepted", ["record_acceptance"]),
        ("record_suspension", ["record_suspension"]),
        ("登记终结执行", ["record_termination"]),
        ("跳舞", []),
        ("", []),
    ],
)
def test_a_kind_of_reply_is_told_from_its_words(kind: str, names: list[str]) -> None:
    assert [step.name for step in steps_meant(SHIPPED["two_illegal"], kind)] == names
