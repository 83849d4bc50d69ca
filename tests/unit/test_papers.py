"""The life of a paper and what it says, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from caseflow.adapters.published_calendar import published_calendar
from caseflow.bootstrap import shipped_definitions, shipped_law
from caseflow.bootstrap.papers import check_papers, check_templates, load_paper_specs, templates_folder
from caseflow.cli import main
from caseflow.domain.cases import Case, CaseClock, CaseDates, StepTaken
from caseflow.domain.clocks import start
from caseflow.domain.issued import IssuedFor, prepared, unissued
from caseflow.domain.ledger import Money
from caseflow.domain.paper_acts import Act, People, signers
from caseflow.domain.paper_drafting import BLANK, Matter, Wanted, content_hash, draft, sections_of, unfinished_sections
from caseflow.domain.paper_life import is_drafted, making_step
from caseflow.domain.paper_specs import PaperSpec, SectionSpec, read_paper_specs
from caseflow.domain.papers import LANGUAGES, said
from caseflow.domain.rules import Rules
from caseflow.domain.sources import FileRefused, SourceDocument
from caseflow.domain.words import Words
from caseflow.domain.workflow import definition_from_body
from caseflow.resources import data_directory, parse_yaml

NOTICE = "penalty_notice"
HISTORY = tuple(StepTaken(seq, "x", 1, state) for seq, state in enumerate(("a", "a", "b", "b", "c", "b", "d"), 1))


@pytest.mark.parametrize(
    ("made", "issued", "left"),
    [
        ([("n", 5)], [], {"n"}),
        ([("n", 5)], [IssuedFor("n", 5, 6)], set()),
        ([("n", 5)], [IssuedFor("other", 5, 6)], {"n"}),
        # For an earlier making only; the newest is another document.
        ([("n", 3), ("n", 7)], [IssuedFor("n", 3, 4)], {"n"}),
        ([("n", 3), ("n", 7)], [IssuedFor("n", 7, 7)], set()),
        # Prepared: the case stood in "b" from 3 to 4, and step 5 made it.
        ([("n", 5)], [IssuedFor("n", None, 3)], set()),
        ([("n", 5)], [IssuedFor("n", None, 4)], set()),
        # Prepared in "a", and the case went to "b" before the step was taken.
        ([("n", 5)], [IssuedFor("n", None, 2)], {"n"}),
        # Prepared in "b", and the case went to "c" and back: the paper says what held before.
        ([("n", 7)], [IssuedFor("n", None, 4)], {"n"}),
        ([("n", 7)], [IssuedFor("n", None, 6)], set()),
        # One prepared paper is for one making.
        ([("n", 4), ("n", 5)], [IssuedFor("n", None, 3)], {"n"}),
        # Prepared after the step was taken does not happen, and would not count.
        ([("n", 5)], [IssuedFor("n", None, 5)], {"n"}),
    ],
)
def test_what_counts_as_issued(made: list[tuple[str, int]], issued: list[IssuedFor], left: set[str]) -> None:
    assert unissued(made, issued, HISTORY) == left


@pytest.mark.parametrize(
    ("made", "issued", "ready"),
    [
        ([], [IssuedFor("n", None, 7)], {"n"}),
        ([("n", 3)], [IssuedFor("n", None, 7)], {"n"}),
        # Issued for a making that was, prepared elsewhere, or used up by a making since.
        ([("n", 3)], [IssuedFor("n", 3, 7)], set()),
        ([], [IssuedFor("n", None, 6)], set()),
        ([("n", 7)], [IssuedFor("n", None, 6)], set()),
        ([], [], set()),
    ],
)
def test_what_is_issued_for_the_next_step(
    made: list[tuple[str, int]], issued: list[IssuedFor], ready: set[str]
) -> None:
    assert prepared(made, issued, HISTORY, 7) == ready


def matter(specs: dict[str, PaperSpec] | None = None, **facts: Any) -> Matter:
    definition = shipped_definitions()["two_illegal"]
    case = Case(
        id=1, office_id=1, number="N", regime="two_illegal", definition_hash="", party_id=1, party_kind="institution",
        owner_id=1, second_officer_id=2, state="reviewed", phase="assessment", version=4,
        dates=CaseDates(opened_on=date(2024, 1, 8)), money=Money(assessed_fen=1_800_000),
        facts=facts,
    )  # fmt: skip
    rules = Rules(definition, shipped_law(), None)  # type: ignore[arg-type] # no day is counted here
    notified = {"notified_fine": 1_500_000, "service_method": "direct", "notice_served_on": "2024-02-01"}
    law = [{"kind": "amount", "rule": "cn.pfpl.two_illegal_fine", "law": "PFPL-2021", "article": "40",
            "applied_on": "2024-01-26"},
           {"kind": "clock", "rule": "cn.apl.decision_90d", "law": "APL-2021", "article": "60",
            "applied_on": "2024-01-26"}]  # fmt: skip
    acts = (
        Act(2, "name_officers", "supervisor", Words("Sun", "孙"), date(2024, 1, 9), {"first_card_no": "1001"}, []),
        Act(4, "serve_penalty_notice", "officer", Words("Li", "李"), date(2024, 2, 1), notified, law),
        Act(5, "decide", "approver", Words("Wang", "王"), date(2024, 2, 20), {}, [{**law[0], "article": "later"}]),
    )
    officers = (Words("Li", "李"), Words("Zhao", "赵"))
    return Matter(case, rules, Words("O", "局"), Words("N", "号"), "Clinic", officers, acts, {}, specs or {})


def wanted(made: Matter, **changes: Any) -> Wanted:
    step = made.definition.steps["serve_penalty_notice"]
    return replace(Wanted(NOTICE, step, 4, date(2024, 2, 1), {}), **changes)


def test_a_kind_without_an_entry_states_what_its_step_asked() -> None:
    made = matter()
    content = draft(made, wanted(made))
    assert {one.name: one.value.en for one in content.particulars} == {
        "notice_served_on": "1 February 2024",
        "service_method": "In person",
    }
    assert [(one.name, one.amount_fen) for one in content.sums] == [("notified_fine", 1_500_000)]
    # What a later step used is not of this paper, and the law of a limit stands with the limit.
    assert len(content.law) == 1
    assert content.sections == ()
    for language in LANGUAGES:
        assert said(content.body(), language)["sums"][0]["yuan"] == "15,000.00"


def test_sections_are_prefilled_edited_and_left_out() -> None:
    label = Words("L", "标")
    spec = PaperSpec(
        sections=(
            SectionSpec("facts", label, source="findings"),
            SectionSpec("rights", label, text=Words("By {defence_until}, {notified_fine}.", "于{defence_until}前。")),
            SectionSpec("unanswered", label, source="hearing_opinion"),
            SectionSpec("asked", label, source="defence_until"),
            SectionSpec("own", label, text=Words("", "")),
        ),
        signers=("officers", "approver", "reviewer", "party"),
        sums=("assessed_fen", "no_such_field"),
        deadlines=("cn.apl.hearing_request", "cn.no.such_rule"),
        particulars=(),
    )
    made = matter({NOTICE: spec}, findings="事实清楚")
    content = draft(made, wanted(made, texts={"own": {"en": "Own", "zh": "自拟"}}))
    texts = {one.name: one.text for one in content.sections}
    assert texts == {
        "facts": Words("事实清楚", "事实清楚"),
        "rights": Words(f"By {BLANK}, 15,000.00 yuan.", f"于{BLANK}前。"),
        "asked": Words("", ""),
        "own": Words("Own", "自拟"),
    }
    assert unfinished_sections(content) == (("rights", "zh"), ("rights", "en"), ("asked", "zh"))
    assert [(one.part.en, one.name.zh, one.card_no) for one in content.signers] == [
        ("Enforcement officer", "李", "1001"),
        ("Enforcement officer", "赵", ""),
        # Wang signed a later step: the notice is none of theirs.
        ("approver", "", ""),
        ("legal reviewer", "", ""),
        ("Party", "Clinic", ""),
    ]
    assert [(one.name, one.label.zh, one.amount_fen) for one in content.sums] == [
        ("assessed_fen", "应缴金额", 1_800_000)
    ]
    assert [(one.rule, one.due_on, one.length.zh) for one in content.deadlines] == [
        ("cn.apl.hearing_request", None, "5个工作日")
    ]


@pytest.mark.parametrize(("began_on", "due_on"), [(date(2024, 2, 1), date(2024, 4, 1)), (date(2024, 1, 31), None)])
def test_a_paper_tells_the_last_day_of_its_own_limits_only(began_on: date, due_on: date | None) -> None:
    made = matter({NOTICE: PaperSpec(deadlines=("cn.arl.apply",))})
    rule = made.rules.law.rule("cn.arl.apply")
    clock = CaseClock(start(rule, trigger_on=began_on, calendar=published_calendar()))
    running = replace(made, case=replace(made.case, clocks=(clock,)))
    [deadline] = draft(running, wanted(running)).deadlines
    assert (deadline.length.zh, deadline.due_on) == ("60日", due_on)


def test_a_section_of_another_step_that_makes_the_same_kind_is_left_out() -> None:
    spec = PaperSpec(sections=(SectionSpec("reasons", Words("R", "理"), source="hearing_opinion"),))
    made = matter({"weighing_record": spec}, hearing_opinion="意见")
    weigh, report = (made.definition.steps[name] for name in ("weigh_defence", "report_hearing"))
    assert sections_of(made, replace(wanted(made), kind="weighing_record", step=weigh)) == ()
    [section] = sections_of(made, replace(wanted(made), kind="weighing_record", step=report))
    assert section.text.zh == "意见"


def test_the_hash_of_a_review_knows_no_number_and_no_day() -> None:
    made = matter()
    first = draft(made, wanted(made))
    later = draft(made, wanted(made, on=date(2024, 3, 1), number=Words("X-1", "X1号")))
    assert content_hash(first) == content_hash(later)
    assert content_hash(first) != content_hash(draft(replace(made, party_name="Other"), wanted(made)))


def test_a_receipt_is_printed_by_the_receipt_book() -> None:
    definition = shipped_definitions()["two_illegal"]
    assert not is_drafted(definition, "payment_receipt")
    assert all(is_drafted(definition, kind) for kind in definition.documents if kind != "payment_receipt")


@pytest.mark.parametrize(
    ("proposed_fen", "step"), [(1_500_000, "serve_penalty_notice"), (60_000_000, "serve_hearing_right")]
)
def test_of_two_steps_that_make_a_notice_it_is_the_one_whose_conditions_hold(proposed_fen: int, step: str) -> None:
    made = matter(proposed_fine=proposed_fen)
    found = making_step(made.rules, made.case, NOTICE, {"defence_until": "2024-02-06"}, date(2024, 2, 1))
    assert found is not None
    assert found.name == step
    elsewhere = replace(made.case, state="filed")
    assert making_step(made.rules, elsewhere, NOTICE, {}, date(2024, 2, 1)) is None


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a:\n  seel: true", 2, "unknown key 'seel'"),
        ("a:\n  sections:\n    - {name: x}", 3, "the key 'label' is missing"),
        ("a:\n  signers: [judge]", 2, "input should be"),
        ("a:\n  sections:\n    - {name: x, label: {en: X, zh: X}, from: f, text: {en: t, zh: t}}", 3, "not both"),
        ("a:\n  sections:\n    - {name: x, label: {en: X, zh: X}}\n    - {name: x, label: {en: X, zh: X}}", 2, "two"),
        ("Not a name: {}", 1, "string should match"),
        ("a:\n  deadlines: [nonsense]", 2, "string should match"),
    ],
)
def test_a_file_of_papers_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_paper_specs(parse_yaml(text, "papers.yaml"))
    problem = refused.value.problems[0]
    assert (problem.file, problem.line) == ("papers.yaml", line)
    assert reason in problem.reason


def test_the_shipped_file_of_papers_is_read_and_a_missing_one_says_nothing(tmp_path: Path) -> None:
    assert NOTICE in load_paper_specs(templates_folder())
    assert load_paper_specs(tmp_path) == {}


def test_a_named_template_that_is_not_there_is_refused() -> None:
    body = {**shipped_definitions()["two_illegal"].body}
    body["documents"] = {**body["documents"], NOTICE: {**body["documents"][NOTICE], "template": "no_such_template"}}
    definition = definition_from_body(body)
    [problem] = check_templates(definition, SourceDocument("two_illegal.yaml", body))
    assert "no_such_template" in problem.reason
    assert problem.where == f"documents.{NOTICE}.template"
    assert check_templates(shipped_definitions()["two_illegal"], SourceDocument("x", {})) == []


def test_the_check_of_workflows_names_a_template_that_is_not_there(tmp_path: Path) -> None:
    shipped = data_directory("workflows") / "water_abstraction_fine.yaml"
    named = shipped.read_text(encoding="utf-8").replace(
        "  penalty_notice: {title", "  penalty_notice: {template: gone, title"
    )
    (tmp_path / shipped.name).write_text(named, encoding="utf-8")
    told = CliRunner().invoke(main, ["workflows", "check", str(tmp_path)])
    assert told.exit_code == 1
    line = 1 + named[: named.index("template: gone")].count("\n")
    assert f"{tmp_path / shipped.name}:{line}: documents.penalty_notice.template: there is no template" in told.output


def test_the_check_of_workflows_names_an_unknown_key_of_a_paper(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "papers.yaml").write_text("penalty_notice:\n  seel: true\n", encoding="utf-8")
    monkeypatch.setattr("caseflow.bootstrap.papers.templates_folder", lambda: tmp_path)
    [problem] = check_papers()
    assert str(problem) == f"{tmp_path / 'papers.yaml'}:2: penalty_notice.seel: unknown key 'seel'"


def test_a_paper_is_signed_by_those_of_its_day() -> None:
    acts = (
        Act(1, "open_case", "officer", Words("Li", "李"), date(2024, 1, 8), {}, []),
        Act(2, "file_case", "approver", Words("Wang", "王"), date(2024, 1, 8), {}, []),
        Act(3, "name_officers", "supervisor", Words("Sun", "孙"), date(2024, 1, 9),
            {"first_officer": 1, "second_officer": 2, "first_card_no": "1001", "second_card_no": "1002"}, []),
        Act(4, "inspect", "officer", Words("Li", "李"), date(2024, 1, 12), {}, []),
        Act(5, "recuse_officer", "approver", Words("Zhou", "周"), date(2024, 1, 15), {"new_first_officer": 3}, []),
    )  # fmt: skip
    staff = {1: Words("Li", "李"), 2: Words("Zhao", "赵"), 3: Words("Chen", "陈")}
    people = People((Words("Chen", "陈"), Words("Zhao", "赵")), staff, Words("Clinic", "Clinic"))
    definition = shipped_definitions()["two_illegal"]

    def told(made_seq: int | None) -> list[tuple[str, str]]:
        return [
            (one.name.zh, one.card_no) for one in signers(["officers", "approver"], definition, people, acts, made_seq)
        ]

    assert told(4) == [("李", "1001"), ("赵", "1002"), ("王", "")]
    # The card of whoever was replaced is not that of their successor.
    assert told(None) == [("陈", ""), ("赵", "1002"), ("周", "")]


def test_a_decision_bears_the_day_it_was_made() -> None:
    made = matter()
    step = made.definition.steps["decide"]
    late = Wanted("penalty_decision", step, 5, date(2024, 6, 1), {})
    assert draft(made, late).on == date(2024, 2, 20)
    assert draft(made, wanted(made, on=date(2024, 6, 1))).on == date(2024, 6, 1)
