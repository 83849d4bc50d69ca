"""Service of papers: each method with its proof and its day, public notice last, and what a file may not leave out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from caseflow import bootstrap
from caseflow.domain.cases import Case
from caseflow.domain.law import parse_law
from caseflow.domain.law.service_law import ServiceLaw
from caseflow.domain.served import Attempt
from caseflow.domain.service import service_faults, service_of
from caseflow.domain.sources import FileRefused, Problem
from caseflow.domain.step_effects import take_step
from caseflow.domain.stepping import Moment, StepRefused, step_reasons
from caseflow.domain.workflow import load_definition
from caseflow.resources import data_directory, parse_yaml
from tests.unit.conftest import Edit, SmallLaw, stall_fine
from tests.unit.test_walks import Walker, actor, row_of, walked

POST = {"service_method": "post", "service_receiver": "reception", "service_postal_no": "EMS1"}
LEFT = {"service_method": "left", "service_witness": "居委会 甲", "service_refusal": "拒收"}
ELECTRONIC = {"service_method": "electronic", "service_consent_no": "确认书1"}


@pytest.fixture(scope="module")
def law() -> ServiceLaw:
    return bootstrap.shipped_law().service


@pytest.fixture(scope="module")
def decided() -> Walker:
    return walked("two_illegal_paid", before="serve_decision")


def faults(walker: Walker, answers: Mapping[str, Any], on: date, *, step: str = "serve_decision") -> list[str]:
    rules = walker.rules
    found = service_faults(rules.law.service, rules.definition, walker.case, rules.definition.steps[step], answers, on)
    return [name for name, _ in found]


AFTER = date(2024, 2, 21)


@pytest.mark.parametrize(
    ("answers", "on", "wrong"),
    [
        ({"service_method": "direct"}, AFTER, []),
        ({"service_method": "direct", "service_receiver": "party"}, AFTER, []),
        ({"service_method": "direct", "service_receiver": "reception"}, AFTER, ["service_receiver"]),
        ({"service_method": "direct", "service_postal_no": "EMS1"}, AFTER, ["service_postal_no"]),
        ({"service_method": "co_resident"}, AFTER, []),
        ({"service_method": "reception"}, AFTER, []),
        (POST, AFTER, []),
        ({**POST, "service_postal_no": ""}, AFTER, ["service_postal_no"]),
        ({"service_method": "post", "service_postal_no": "EMS1"}, AFTER, ["service_receiver"]),
        (LEFT, AFTER, []),
        ({**LEFT, "service_refusal": ""}, AFTER, ["service_refusal"]),
        ({**LEFT, "service_witness": ""}, AFTER, ["service_witness"]),
        ({"service_method": "left", "service_recording_no": "影1", "service_refusal": "拒收"}, AFTER, []),
        # Photo and video took the place of a witness only from 2013.
        ({"service_method": "left", "service_recording_no": "影1", "service_refusal": "拒收"}, date(2012, 12, 31),
         ["service_witness", "service_recording_no"]),
        (LEFT, date(2012, 12, 31), []),
        (ELECTRONIC, AFTER, []),
        ({"service_method": "electronic"}, AFTER, ["service_consent_no"]),
        # Nothing allowed it for decisions before the Penalty Law of 2021.
        (ELECTRONIC, date(2021, 7, 14), ["service_method"]),
        (ELECTRONIC, date(2021, 7, 15), []),
    ],
)  # fmt: skip
def test_each_method_has_its_own_proof(decided: Walker, answers: Mapping[str, Any], on: date, wrong: list[str]) -> None:
    assert faults(decided, answers, on) == wrong


def test_a_refusal_recorded_before_stands_for_its_reason(decided: Walker) -> None:
    left = {**LEFT, "service_refusal": ""}
    refusal = Attempt("penalty_decision", "refused", AFTER, decided.case.version)
    walker = walked("two_illegal_paid", before="serve_decision")
    for attempt, wrong in (
        (replace(refusal, result="nobody_there"), ["service_refusal"]),
        (replace(refusal, document="penalty_notice"), ["service_refusal"]),
        (replace(refusal, seq=1), ["service_refusal"]),
        (refusal, []),
    ):
        walker.case = replace(walker.case, attempts=(attempt,))
        assert faults(walker, left, AFTER) == wrong


def test_what_is_kept_of_a_service_and_the_clocks_that_run_from_it() -> None:
    row = row_of("two_illegal_paid", "serve_decision")
    walker = walked("two_illegal_paid", before="serve_decision")
    answers = {**row["answers"], "served_on": date(2024, 2, 21), **POST}
    step = walker.rules.definition.steps["serve_decision"]
    moment = Moment(date(2024, 2, 21), date(2024, 2, 23), answers)
    outcome = take_step(walker.rules, walker.case, step, actor("officer_2"), moment)
    service = outcome.service
    assert service is not None
    assert (service.document, service.method, service.receiver) == ("penalty_decision", "post", "reception")
    assert service.proof == {"postal_no": "EMS1"}
    assert service.clocks == ("cn.apl.pay_fine", "cn.arl.apply", "cn.all.sue_direct")
    # Recorded two days later, yet everything runs from the day on the postal receipt.
    triggers = {clock.rule_id: clock.reckoning.trigger_on for clock in outcome.started}
    assert {triggers[name] for name in service.clocks} == {service.served_on} == {date(2024, 2, 21)}


@pytest.mark.parametrize(
    ("published", "runs_out", "served"),
    [
        (date(2021, 11, 15), date(2022, 1, 14), date(2022, 1, 15)),
        (date(2021, 12, 31), date(2022, 3, 1), date(2022, 3, 2)),
        (date(2022, 1, 4), date(2022, 2, 7), date(2022, 2, 8)),
    ],
)
def test_a_public_notice_runs_60_days_and_30_since_2022(published: date, runs_out: date, served: date) -> None:
    walker = walked("two_illegal_paid", before="serve_decision")
    moved = Attempt("penalty_decision", "moved", published, walker.case.version)
    dates = replace(walker.case.dates, decision_date=published, last_step_on=published)
    walker.case = replace(walker.case, attempts=(moved,), dates=dates)
    walker.answers = {}
    asked = {"published_on": published, "outcome_reasons": "下落不明"}
    walker.take({"step": "publish_decision", "by": "officer_1", "on": published, "answers": asked})
    clock = walker.case.latest_clock("cn.cpl.public_notice")
    assert clock is not None
    assert clock.due_on == runs_out
    complete = {"service_record_no": "送1"}
    assert faults(walker, complete, served, step="complete_public_notice") == []
    later = date.fromordinal(served.toordinal() + 1)
    assert faults(walker, complete, later, step="complete_public_notice") == ["served_on"]
    reasons = step_reasons(
        walker.rules, walker.case, walker.rules.definition.steps["complete_public_notice"], actor("officer_1"),
        Moment(runs_out, later, complete),
    )  # fmt: skip
    assert [reason.code for reason in reasons] == ["clock_running"]
    row = {"step": "complete_public_notice", "by": "officer_1", "on": later}
    walker.take({**row, "answers": {"served_on": served, **complete}})
    pay = walker.case.latest_clock("cn.apl.pay_fine")
    assert pay is not None
    assert pay.reckoning.trigger_on == served
    assert walker.case.served >= {"penalty_notice", "penalty_decision"}


def tried(case: Case, *results: str, seq: int | None = None) -> Case:
    attempts = [Attempt("penalty_decision", one, AFTER, case.version if seq is None else seq) for one in results]
    return replace(case, attempts=tuple(attempts))


@pytest.mark.parametrize(
    ("results", "opens"),
    [
        ((), False),
        (("nobody_there",), False),
        (("refused", "refused"), False),
        (("nobody_there", "returned_by_post"), True),
        (("moved",), True),
        (("not_known_there",), True),
        (("wrong_address",), False),
    ],
)
def test_public_notice_opens_only_when_other_ways_have_failed(results: tuple[str, ...], opens: bool) -> None:
    walker = walked("two_illegal_paid", before="serve_decision")
    step = walker.rules.definition.steps["publish_decision"]
    for seq, expected in ((None, opens), (3, False)):
        case = tried(walker.case, *results, seq=seq)
        reasons = step_reasons(walker.rules, case, step, actor("officer_1"), Moment(AFTER, AFTER))
        assert (not reasons) is expected, reasons
        assert {reason.code for reason in reasons} <= {"service_not_tried"}


@pytest.mark.parametrize(
    ("walk", "step", "document"),
    [
        ("two_illegal_hearing_court", "note_time_to_sue_over", "penalty_decision"),
        ("two_illegal_hearing_court", "serve_demand", "penalty_decision"),
        ("two_illegal_hearing_court", "sign_court_application", "demand_letter"),
        ("two_illegal_hearing_court", "enter_added_fine", "penalty_decision"),
        ("two_illegal_hearing_court", "hold_hearing", "hearing_notice"),
        ("two_illegal_paid", "draft_decision", "penalty_notice"),
        ("fee_court_2012_wound_down", "close_wound_down", "closing_notice"),
    ],
)
def test_no_step_that_needs_a_service_is_open_without_it(walk: str, step: str, document: str) -> None:
    walker = walked(walk, before=step)
    assert document in walker.case.served
    walker.case = replace(walker.case, served=walker.case.served - {document})
    with pytest.raises(StepRefused, match="has not been served"):
        walker.take(row_of(walk, step))


def test_a_case_of_an_older_workflow_serves_as_it_did(law: ServiceLaw, decided: Walker) -> None:
    older = replace(decided.rules.definition.steps["serve_decision"], serves=None)
    assert service_of(law, older, POST, AFTER, ()) is None
    assert faults(decided, {}, AFTER, step="decide") == []


class ServedLaw(SmallLaw):
    """The small book, in which the time to pay runs from service, with the shipped methods."""

    service = bootstrap.shipped_law().service

    def __post_init__(self) -> None:
        super().__post_init__()
        self.rules["cn.test.pay"].from_service = True


ASKS = (
    "served_on, service_method, service_receiver, service_postal_no, service_consent_no, service_refusal, "
    "service_witness, service_recording_no, service_record_no"
)
PROVED: tuple[Edit, ...] = (
    (
        "    asks: [served_on]\n    effective: served_on",
        f"    asks: [{ASKS}]\n    effective: served_on\n    serves: decision",
    ),
    (
        "  reasons: {type: long_text",
        "  service_method: {type: choice, label: {en: How, zh: 方式}, choices: {direct: {en: A, zh: 甲}, post: {en: B, "
        "zh: 乙}, left: {en: C, zh: 丙}, electronic: {en: D, zh: 丁}}}\n"
        "  service_receiver: {type: choice, required: false, label: {en: Who, zh: 谁}, choices: {party: {en: A, "
        "zh: 甲}}}\n"
        + "".join(
            f"  service_{name}: {{type: reference, required: false, label: {{en: {name}, zh: 号}}}}\n"
            for name in ("postal_no", "consent_no", "refusal", "witness", "recording_no")
        )
        + "  service_record_no: {type: reference, label: {en: Number, zh: 回证}}\n"
        "  reasons: {type: long_text",
    ),
)  # fmt: skip


def with_change(edits: tuple[Edit, ...], old: str, new: str) -> tuple[Edit, ...]:
    changed = tuple((was, now.replace(old, new)) for was, now in edits)
    assert changed != edits, old
    return changed


def test_a_workflow_that_serves_with_its_proof_is_sound(sound: Callable[..., Any]) -> None:
    definition = sound(*PROVED, law=ServedLaw())
    assert definition.steps["serve"].serves == "decision"


@pytest.mark.parametrize(
    ("edits", "reason"),
    [
        ((), "'cn.test.pay' runs from the service of a paper, and the step serves none (serves)"),
        (with_change(PROVED, "    serves: decision", "    serves: paper"), "there is no document 'paper'"),
        (with_change(PROVED, "    serves: decision", "    serves: notice"), "there is a 'notice' to serve"),
        (with_change(PROVED, "    effective: served_on", "    effective: act_date"), "asks for the day of service"),
        (with_change(PROVED, "    serves: decision", "    served_by: direct"), "the step serves nothing"),
        (with_change(PROVED, ", service_method,", ","), "asks how: a required choice called 'service_method'"),
        (with_change(PROVED, ", service_postal_no,", ","), "what proves some method is not asked: 'service_postal_no'"),
        (with_change(PROVED, ", service_receiver,", ","), "what proves some method is not asked: 'service_receiver'"),
        (with_change(PROVED, ", service_record_no", ""), "the number of its record ('service_record_no')"),
        (with_change(PROVED, "post: {en: B", "pigeon: {en: B"), "the law files know no method of service 'pigeon'"),
        (with_change(PROVED, "post: {en: B", "public_notice: {en: B"), "give it a step of its own (served_by)"),
        (with_change(PROVED, "serves: decision", "serves: decision\n    served_by: pigeon"), "no method of service"),
        (with_change(PROVED, "serves: decision", "serves: decision\n    served_by: public_notice"),
         "complete when 'cn.cpl.public_notice' has run out"),
        (with_change(PROVED, "service_witness: {type: reference, required: false", "service_witness: {type: reference"),
         "it must not be required of all"),
        ((*PROVED, ("starts: [cn.test.pay,", "starts: [{clock: cn.test.pay, on: act_date},")),
         "must start on the day of service"),
        ((*PROVED, ("    waiting_for: party\n", "    waiting_for: party\n    clocks: [cn.test.pay]\n")),
         "only a step that serves it may start it"),
        ((*PROVED, ("sets: {served_on: effective}", "sets: {served_on: act_date}")),
         "'act_date' is not the day of service"),
        ((*PROVED, ("    levies: true\n    amount", "    levies: true\n    reaches_back: true\n    amount")),
         "only what another did"),
        ((*PROVED, ("    within: [cn.test.court]", "    within: [cn.test.court]\n    needs: {served: [notice]}")),
         "no step serves the document 'notice'"),
    ],
)  # fmt: skip
def test_the_loader_refuses_what_serves_without_proof(
    refused: Callable[..., tuple[Problem, ...]], edits: tuple[Edit, ...], reason: str
) -> None:
    assert any(reason in problem.reason for problem in refused(*edits, law=ServedLaw())), reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("service of decision precedes served", None),
        ("service of notice precedes served", "fails: reported"),
        ("service of paper precedes served", "names 'paper', which is no document"),
        ("once decided, serve precedes in_court", None),
        ("once decided, serve precedes any closed", "fails: reported"),
        ("once served, notice precedes in_court", "fails: reported"),
        ("once decided, sell precedes closed", "names 'sell', which is no step, state or document"),
    ],
)
def test_properties_speak_of_services_and_of_what_must_come_between(text: str, reason: str | None) -> None:
    document = stall_fine(*PROVED, ('  - "never hear after decided"', f'  - "{text}"'))
    problems: tuple[Problem, ...] = ()
    try:
        load_definition(document, ServedLaw())
    except FileRefused as refusal:
        problems = refusal.problems
    assert bool(problems) is (reason is not None)
    assert all(str(reason) in problem.reason for problem in problems), problems


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    date: {en: the day it was left, zh: 留置日期}\n", "", "is required and missing"),
        ("receivers: [nobody]", "receivers: [neighbour]", "'party'"),
        ("        until: 2013-01-01\n", "        until: 2014-01-01\n", "overlaps the version that ends on 2014-01-01"),
        ("        until: 2013-01-01\n", "", "follows a version that has no end"),
        (", failed: true", "", "no result says that an attempt failed"),
    ],
)  # fmt: skip
def test_a_file_of_service_is_refused_at_its_line(old: str, new: str, reason: str) -> None:
    path = data_directory("workflows") / "law" / "service.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(FileRefused) as refusal:
        parse_law([parse_yaml(text.replace(old, new), "service.yaml")])
    assert any(reason in problem.reason for problem in refusal.value.problems), refusal.value.problems


def test_the_night_ends_in_the_morning(law: ServiceLaw) -> None:
    assert law.night is not None
    assert [hour for hour in range(24) if law.night.covers(hour)] == [0, 1, 2, 3, 4, 5, 22, 23]
    noon = replace(law.night, from_hour=11, until_hour=13)
    assert [hour for hour in range(24) if noon.covers(hour)] == [11, 12]
