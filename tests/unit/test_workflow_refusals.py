"""Every way in which a workflow file can be wrong is refused with its line and its reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from caseflow.domain.sources import FileRefused
from caseflow.domain.workflow import load_definition
from caseflow.resources import parse_yaml

Case = tuple[str, str, str, str]

# What is replaced, by what, the text of the line that is blamed, and what the reason says.
SHAPE: dict[str, Case] = {
    "an unknown key": ("    waiting_for: party", "    waits_for: party", "waits_for", "unknown key 'waits_for'"),
    "an unknown key of the file": ("version: 1", "version: 1\nrevenue: 3", "revenue: 3", "unknown key 'revenue'"),
    "a missing key": ("    title: {en: Heard, zh: 已听证}\n", "", "  heard:", "the key 'title' is missing"),
    "a missing language": ('zh: "摊罚', 'cn: "摊罚', "number:", "the key 'zh' is missing"),
    "an unknown phase": ("phase: court_referral", "phase: court", "phase: court", "should be 'investigation'"),
    "an unknown role": ("    by: liaison", "    by: clerk", "by: clerk", "input should be 'officer'"),
    "an unknown posting": ("event: collect", "event: pocket", "event: pocket", "input should be 'assess'"),
    "an unknown field type": ("{type: money,", "{type: cash,", "{type: cash,", "input should be 'date'"),
    "a version that is no number": ("version: 1", "version: one", "version: one", "valid integer"),
    "text where yes or no belongs": ("    final: true", '    final: "yes"', 'final: "yes"', "valid boolean"),
    "an expression where a name belongs": (
        "    when: [fine_is_large]",
        '    when: "case.fine > 0"',
        "case.fine > 0",
        "'case.fine > 0' is not a name: small letters",
    ),
    "a clock that is not named as a rule": (
        "[cn.test.decide]\n  proposed",
        "[decide]\n  proposed",
        "clocks:",
        "name of a rule",
    ),
    "an unknown case date": (
        "sets: {served_on: effective}",
        "sets: {paid: effective}",
        "sets: {paid",
        "input should be",
    ),
}
NAMES: dict[str, Case] = {
    "first state": ("opens: reported", "opens: reportd", "opens:", "no state 'reportd'; did you mean 'reported'?"),
    "opening field": ("opening: [act_date]", "opening: [act_day]", "opening:", "no field 'act_day'"),
    "state": ("    from: heard", "    from: herd", "from: herd", "no state 'herd'; did you mean 'heard'?"),
    "target": ("    to: heard", "    to: hard", "to: hard", "no state 'hard'"),
    "step": ("not_by: [propose]", "not_by: [suggest]", "not_by: [suggest]", "no step 'suggest'"),
    "needed step": ("steps: [investigate]", "steps: [look]", "steps: [look]", "no step 'look'"),
    "needed document": ("documents: [decision]", "documents: [ruling]", "documents: [ruling]", "no document 'ruling'"),
    "made document": (
        "makes: [notice]",
        "makes: [note]",
        "makes: [note]",
        "no document 'note'; did you mean 'notice'?",
    ),
    "guard": ("when: [fine_is_large]", "when: [fine_is_lrge]", "when: [fine_is_lrge]", "no condition 'fine_is_lrge'"),
    "asked field": ("asks: [fine, reasons]", "asks: [fine, reason]", "asks: [fine", "no field 'reason'"),
    "date field": ("effective: served_on", "effective: fine", "effective: fine", "no date field 'fine'"),
    "source of a case date": ("{served_on: effective}", "{served_on: reasons}", "sets:", "no date field 'reasons'"),
    "bound of a date": ("not_before: act_date", "not_before: fine", "not_before: fine", "no date field 'fine'"),
    "money field": ("amount: {field: fine,", "amount: {field: outcome,", "field: outcome", "no money field 'outcome'"),
    "officer field": (
        "asks: [outcome]",
        "asks: [outcome]\n    officers: {owner: outcome}",
        "officers: {owner: outcome}",
        "no staff field 'outcome'",
    ),
    "no officer field": (
        "asks: [outcome]",
        "asks: [outcome]\n    officers: {replaces: true}",
        "officers: {replaces: true}",
        "name the field of the owner, of the second, or both",
    ),
    "posted field": (
        "{event: collect, amount: fine}",
        "{event: collect, amount: cash}",
        "amount: cash",
        "no money field",
    ),
    "clock": ("clocks: [cn.test.decide]", "clocks: [cn.test.decid]", "clocks:", "no clock in the law files named"),
    "clock that is no clock": ("clocks: [cn.test.decide]", "clocks: [cn.test.levy]", "clocks:", "a rule of kind levy"),
    "rule of an amount": ("rule: cn.test.range", "rule: cn.test.pay", "rule: cn.test.pay", "a rule of kind time_limit"),
    "levy": ("law: test/stall", "law: test/stal", "law: test/stal", "no levy in the law files for 'test/stal'"),
    "number part": ("SF-{year}-{serial:04d}", "SF-{month}", "number:", "only {year} and {serial}"),
    "number without serial": ("SF-{year}-{serial:04d}", "SF-{year}", "number:", "must contain {serial}"),
    "name twice": ("from: [served, in_court]", "from: [served, served]", "[served, served]", "'served' is named twice"),
    "choice without choices": ("    type: choice\n", "    type: text\n", "choices:", "only a field of type choice"),
    "bounds upside down": ("min: 5000, max", "min: 50000000, max", "min: 50000000", "min is above max"),
    "limit of a text": (
        "{type: long_text,",
        "{type: long_text, min: 3,",
        "min: 3",
        "min is only for integer and money",
    ),
}
GUARDS: dict[str, Case] = {
    "unknown member": (
        "case.fine >= 500000",
        "case.fin >= 500000",
        "fine_is_large: {",
        "reads case.fin, which is neither",
    ),
    "unknown variable": ("case.fine >= 500000", "fine >= 500000", "fine_is_large: {", "reads 'fine'; a condition may"),
    "syntax": ("case.fine >= 500000", "case.fine >=", "fine_is_large: {", "is not a CEL expression"),
    "types": ("case.fine >= 500000", "case.fine >= 'much'", "fine_is_large: {", "do not fit together"),
    "no truth value": ("case.fine >= 500000", "case.fine + 1", "fine_is_large: {", "must be true or false, not int"),
    "a choice that is none": ("== 'fine'", "== 'fines'", "fine_chosen: {", "none of its choices"),
    "a whole case": ("case.fine >= 500000", "size(case) > 0", "fine_is_large: {", "member by member"),
    "a function of our own": ("case.fine >= 500000", "now() > today", "fine_is_large: {", "calls 'now'"),
}
FORBIDDEN: dict[str, Case] = {
    **{
        f"subject {kind}": ("subjects: [trader]", f"subjects: [{kind}]", "subjects:", f"'{kind}' is forbidden")
        for kind in ("patient", "woman", "pregnant_woman", "family", "child", "minor", "migrant", "spouse", "mother")
    },
    **{
        f"subject {kind}": ("subjects: [trader]", f"subjects: [trader, {kind}]", "subjects:", f"'{kind}' is forbidden")
        for kind in ("患者", "孕妇", "妇女", "家庭", "儿童", "流动人口")
    },
    "a mark": (
        "label: {en: Reasons, zh: 理由},",
        "label: {en: Reasons, zh: 理由}, sensitivity: reproductive_health,",
        "sensitivity:",
        "marked as reproductive-health data",
    ),
    **{
        f"field {name}": (
            "  reasons: {type",
            f"  {name}: {{type",
            f"  {name}:",
            f"'{name}' is named as reproductive-health",
        )
        for name in (
            "weeks_pregnant",
            "contraception",
            "abortion_date",
            "ultrasound_result",
            "fetal_sex",
            "surgery_kind",
        )
    },
    "a label": ("zh: 理由}", "zh: 怀孕周数（孕周）}", "怀孕周数", "asks for reproductive-health data"),
    "a target": ("  stop_for_good:", "  record_fine_target:", "record_fine_target", "sets a target, ranking or share"),
    "a quota": ("  reasons: {type", "  monthly_quota: {type", "  monthly_quota:", "sets a target, ranking or share"),
    "a benefit": ("  stop_for_good:", "  block_school_enrolment:", "block_school_enrolment", "ties a benefit"),
    "an informer": ("  reasons: {type", "  informant_name: {type", "informant_name", "takes no such reports"),
}
USES: dict[str, Case] = {
    "a clock nobody starts": (
        "stops: [cn.test.pay, cn.test.court]",
        "stops: [cn.test.range]",
        "stops:",
        "kind fine_range",
    ),
    "a field nobody asks": (
        "asks: [outcome]",
        "asks: []",
        "fine_chosen: {",
        "nobody is ever asked for the field 'outcome'",
    ),
    "money without a receipt": ("    asks: [receipt_no]\n", "", "  pay:", "asks for the number of its receipt"),
    "a receipt for no money": ("[served_on]", "[served_on, receipt_no]", "  serve:", "takes no money"),
    "a receipt at will": ("{type: receipt,", "{type: receipt, required: false,", "  receipt_no:", "must be required"),
    "a receipt at the opening": (
        "opening: [act_date]",
        "opening: [act_date, receipt_no]",
        "  receipt_no:",
        "opening of a case takes no money",
    ),
    "two payments in one step": (
        "posts: [{event: collect, amount: fine}]",
        "posts: [{event: collect, amount: fine}, {event: collect, amount: fine}]",
        "posts: [{event: collect",
        "one payment, on one receipt",
    ),
    "a reserved field": ("  reasons: {type", "  today: {type", "  today:", "which has a meaning of its own"),
    "a field in the place of a fact": (
        "  reasons: {type",
        "  paid_fen: {type",
        "  paid_fen:",
        "is a fact of every case",
    ),
}


@pytest.mark.parametrize(
    "wrong",
    [pytest.param(case, id=name) for group in (SHAPE, NAMES, GUARDS, FORBIDDEN, USES) for name, case in group.items()],
)
def test_refused_with_line_and_reason(wrong: Case, refused: Callable[..., Any], line_of: Callable[..., int]) -> None:
    old, new, blamed, reason = wrong
    problems = refused((old, new))
    found = [problem for problem in problems if reason in problem.reason]
    assert found, [str(problem) for problem in problems]
    assert {(problem.file, problem.line) for problem in found} == {("stall_fine.yaml", line_of(blamed, (old, new)))}


def test_all_problems_are_told_at_once(refused: Callable[..., Any]) -> None:
    problems = refused(
        ("subjects: [trader]", "subjects: [patient]"),
        ("to: heard", "to: nowhere"),
        ("asks: [outcome]", "asks: [nothing]"),
    )
    told = " ".join(problem.reason for problem in problems)
    assert re.search(r"forbidden", told)
    assert "no state 'nowhere'" in told
    assert "no field 'nothing'" in told


def test_a_problem_reads_as_file_line_reason(refused: Callable[..., Any]) -> None:
    (problem,) = refused(
        ("makes: [notice]", "makes: [note]"), ('- "notice precedes decided"', '- "decision precedes decided"')
    )
    assert re.fullmatch(r"stall_fine\.yaml:\d+: steps\.propose\.makes\.0: there is no document 'note'.*", str(problem))


def test_a_clock_without_escalation(
    refused: Callable[..., Any], line_of: Callable[..., int], small_law: Callable[..., Any]
) -> None:
    (problem,) = refused(law=small_law(silent=frozenset({"cn.test.court"})))
    assert problem.line == line_of("starts: [cn.test.pay")
    assert "'cn.test.court' has no escalation" in problem.reason


def test_an_ended_levy_needs_a_wind_down(
    refused: Callable[..., Any], sound: Callable[..., Any], line_of: Callable[..., int], small_law: Callable[..., Any]
) -> None:
    ended = small_law(levy_until=date(2021, 8, 20))
    assert sound(law=ended)
    without = (
        ("    by: cashier\n    branch: wind_down", "    by: cashier"),
        ("    by: approver\n    branch: wind_down", "    by: approver"),
    )
    assert sound(*without)
    (problem,) = refused(*without, law=ended)
    assert problem.line == line_of("law: test/stall")
    assert "ended on 2021-08-20" in problem.reason


def test_the_conduct_itself_may_be_named(sound: Callable[..., Any]) -> None:
    definition = sound(
        ("en: Fine for a street stall, zh: 占道经营处罚", "en: Sex-selective abortion, zh: 非医学需要选择性别终止妊娠")
    )
    assert definition.title.zh == "非医学需要选择性别终止妊娠"


def test_a_file_that_is_no_workflow_is_refused() -> None:
    with pytest.raises(FileRefused) as refusal:
        load_definition(parse_yaml("- a list\n", "list.yaml"), None)
    assert str(refusal.value).startswith("list.yaml:1: ")
