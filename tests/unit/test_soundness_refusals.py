"""Procedures that cannot work are refused, with the line and, where one exists, the path that shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caseflow.domain.soundness import Space
from caseflow.domain.soundness.walks import walk

Edit = tuple[str, str]
Case = tuple[tuple[Edit, ...], str, str]

ISLAND = (
    "  closed:\n    title",
    "  island:\n    title: {en: Island, zh: 孤岛}\n    phase: assessment\n  closed:\n    title",
)
TRAP = (
    (ISLAND[0], ISLAND[1]),
    ("    from: reported\n    to: proposed", "    from: reported\n    to: island"),
)
NO_EXIT = (
    (
        "[reported, proposed, heard, decided, served, in_court]\n    to: closed",
        "[reported, proposed, decided, served, in_court]\n    to: closed",
    ),
    ('  - "after regime end only wind_down is open"\n', ""),
    ("    by: cashier\n    branch: wind_down", "    by: cashier"),
    ("    by: approver\n    branch: wind_down", "    by: approver"),
)

FILE = ("    by: liaison\n", "    by: liaison\n    referral: file  # here\n")
SIGNING = (
    "  sign:\n    title: {en: Sign, zh: 签署}\n    from: served\n    to: same\n    by: approver\n    referral: sign\n"
)
SIGN = ("  apply_to_court:\n", SIGNING + "  apply_to_court:\n")

STRUCTURE: dict[str, Case] = {
    "an application filed that nobody signed": (
        (FILE,),
        "here",
        "'apply_to_court' files an application that no step with 'referral: sign' has signed (by reported -",
    ),
    "an application that need not be signed": (
        (FILE, SIGN),
        "here",
        "'apply_to_court' files an application that no step with 'referral: sign' has signed",
    ),
    "a referral of what nobody decides": (
        (("    levies: true\n    amount", "    amount"), ("    levies: true\n    makes", "    makes"), FILE),
        "here",
        "no step decides (levies: true) what would be referred",
    ),
    "unreachable state": ((ISLAND,), "  island:", "the state 'island' can never be reached: no step leads to it"),
    "dead end": (TRAP, "  island:", "'island' is a dead end: no step leads out of it"),
    "a closed state that is not final": ((("    final: true\n", ""),), "  closed:", "mark it final: true"),
    "a final state that is not closed": (
        (("    phase: court_referral\n", "    phase: court_referral\n    final: true  # too early\n"),),
        "too early",
        "only a state of phase closed may be final",
    ),
    "a dead end that only some path meets": (
        (
            *NO_EXIT,
            ("    by: approver\n    not_by: [propose, hear]", "    by: approver\n    needs: {documents: [decision]}"),
        ),
        "  heard:",
        "reported -investigate-> reported -propose-> proposed -hear-> heard: decide_after_hearing lacks document",
    ),
    "no closed state at all": (
        (("    phase: closed\n    final: true\n", "    phase: collection\n"),),
        "states:",
        "no state has the phase closed",
    ),
    "a state with no way to a closed one": (
        (*NO_EXIT, ("    from: heard\n    to: decided", "    from: heard\n    to: same")),
        "  heard:",
        "from 'heard' no way leads to a closed state",
    ),
    "a step that needs what nobody makes": (
        (("documents: [decision]", "documents: [notice]"), ("    makes: [notice]\n", "")),
        "  serve:",
        "the step 'serve' can never open: no step makes the document 'notice'",
    ),
    "a step that needs itself": (
        (("needs: {officers: 2}\n    asks", "needs: {officers: 2, steps: [investigate]}\n    asks"),),
        "  investigate:",
        "the step 'investigate' can never open",
    ),
    "a condition that must and must not hold": (
        (("    when: [fine_is_large]", "    when: [fine_is_large]\n    unless: [fine_is_large]"),),
        "  hear:",
        "'fine_is_large' must hold and must not hold",
    ),
    "a step after a clock nothing starts": (
        (("opens_after: [cn.test.pay]", "opens_after: [cn.test.idle]"),),
        "opens_after:",
        "no clock in the law files named 'cn.test.idle'",
    ),
    "no closing after the end of the regime": (
        (
            ("decided, served, in_court]\n    to: closed", "decided, in_court]\n    to: closed"),
            ("[served, in_court]", "[in_court]"),
        ),
        "  served:",
        "after the end of the regime no wind-down step brings a case from 'served' to a closed state",
    ),
    "a wind-down step that levies": (
        (("    branch: wind_down\n    on_behalf_of", "    branch: wind_down\n    levies: true\n    on_behalf_of"),),
        "  pay:",
        "the wind-down step 'pay' levies",
    ),
}
STAFF: dict[str, Case] = {
    "nobody may take a step": (
        (("liaison: 1}", "liaison: 0}"),),
        "by: liaison",
        "nobody may take 'apply_to_court': the office keeps no seat for liaison",
    ),
    "too few officers": (
        (("officer: 2,", "officer: 1,"), ("needs: {officers: 2}", "needs: {officers: 2}  # both")),
        "# both",
        "'investigate' needs 2 officers on the case, and the office keeps 1",
    ),
    "four eyes and one officer": (
        (("officer: 2,", "officer: 1,"),),
        "not_by: [propose]",
        "four eyes can leave nobody for 'hear': the office keeps 1 as officer, and 1 of them may have taken 'propose'",
    ),
    "four eyes and two who came before": (
        (("    by: approver\n    not_by: [propose, hear]", "    by: officer\n    not_by: [propose, hear]"),),
        "not_by: [propose, hear]",
        "four eyes can leave nobody for 'decide_after_hearing': the office keeps 2 as officer, and 2 of them",
    ),
}
PROPERTIES: dict[str, Case] = {
    "precedes": (
        (("    makes: [notice]\n", ""), ("notice precedes decided", "heard precedes decided")),
        "heard precedes decided",
        "fails: reported -investigate-> reported -propose-> proposed -decide-> decided",
    ),
    "precedes any phase": (
        (("decision precedes any collection", "heard precedes any collection"),),
        "heard precedes any collection",
        "-decide-> decided -serve-> served",
    ),
    "precedes when": (
        (("    unless: [fine_is_large]\n", ""),),
        "hear precedes served when",
        "fails: reported -investigate-> reported -propose-> proposed -decide-> decided -serve-> served",
    ),
    "never after": (
        (("never hear after decided", "never pay after served"),),
        "never pay after served",
        "-serve-> served -pay-> closed",
    ),
    "not reachable": (
        (("heard is not reachable unless", "heard is not reachable when"),),
        "heard is not reachable when",
        "fails: reported -investigate-> reported -propose-> proposed -hear-> heard",
    ),
    "every path ends in": (
        (("every path ends in closed", "every path ends in collection"),),
        "every path ends in collection",
        "does not end there",
    ),
    "an unknown name": (
        (("never hear after decided", "never hear after verdict"),),
        "verdict",
        "which is no step, state or",
    ),
    "an unknown condition": (
        (("served when fine_is_large", "served when huge"),),
        "when huge",
        "'huge', which is not declared",
    ),
    "an unknown phase": ((("any collection", "any payment"),), "any payment", "'payment', which is no phase"),
    "an unknown branch": ((("only wind_down is", "only side is"),), "only side is", "'side', which is no branch"),
    "no known form": (
        (("never hear after decided", "be good"),),
        "be good",
        "is in none of the forms that can be checked",
    ),
}


@pytest.mark.parametrize(
    "wrong", [pytest.param(case, id=name) for group in (STRUCTURE, STAFF, PROPERTIES) for name, case in group.items()]
)
def test_refused_with_line_and_reason(wrong: Case, refused: Callable[..., Any], line_of: Callable[..., int]) -> None:
    edits, blamed, reason = wrong
    problems = refused(*edits)
    found = [problem for problem in problems if reason in problem.reason]
    assert found, [str(problem) for problem in problems]
    assert line_of(blamed, *edits) in {problem.line for problem in found}


def test_four_eyes_hold_where_the_steps_exclude_each_other(sound: Callable[..., Any]) -> None:
    """Two officers are enough when of two barring steps only one can have been taken."""
    drop = (
        "  drop_by_officer:\n    title: {en: Drop, zh: 不予处罚}\n    from: proposed\n    to: closed\n    by: officer\n"
    )
    edits = (
        ("    by: approver\n    not_by: [propose, hear]", "    by: officer\n    not_by: [hear, drop_by_officer]"),
        ("  hear:\n", f"{drop}  hear:\n"),
    )
    assert sound(*edits)


def test_what_a_step_reaches_comes_before_the_phase_it_begins(sound: Callable[..., Any]) -> None:
    assert sound(("decision precedes any collection", "served precedes any collection"))


def test_walks_touch_everything_and_repeat(sound: Callable[..., Any]) -> None:
    definition = sound()
    first, again = (walk(definition, seed=7, runs=60) for _ in range(2))
    assert set(first.states) == set(definition.states)
    assert set(first.steps) == set(definition.steps)
    assert first.unfinished == 0
    assert first == again


def test_the_space_counts_only_what_some_step_needs(sound: Callable[..., Any]) -> None:
    space = Space(sound())
    assert len(space.reached) == 11
    assert space.taken == frozenset(space.definition.steps)
