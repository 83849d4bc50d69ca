"""Walks the case histories of tests/data/walks.yaml through the shipped workflows and the law, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Money
from caseflow.domain.rules import Rules
from caseflow.domain.served import Attempt
from caseflow.domain.service import service_faults
from caseflow.domain.step_effects import case_after, effective_on, open_case, take_step
from caseflow.domain.stepping import Moment, StepRefused, step_reasons
from caseflow.domain.workflow import Answer, Definition, Field, Step, clean_answers
from caseflow.resources import read_yaml

WALKS = read_yaml(Path(__file__).parents[1] / "data" / "walks.yaml").data["walks"]
BY_NAME: Mapping[str, Any] = {walk["name"]: walk for walk in WALKS}
SEATS = [f"{role}_{number}" for role in ("officer", "reviewer", "approver", "cashier", "liaison") for number in (1, 2)]
SEATS.append("supervisor_1")


def rules(regime: str) -> Rules:
    definition = bootstrap.shipped_definitions()[regime]
    return Rules(definition, bootstrap.shipped_law(), bootstrap.published_calendar())


def actor(seat: str) -> Actor:
    return Actor(SEATS.index(seat) + 1, 1, seat, seat, seat, frozenset({Role(seat.rsplit("_", 1)[0])}))


def typed_text(value: Any, field: Field) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value // 100}.{value % 100:02d}" if field.type == "money" else str(value)


class Walker:
    """A case on its way; fails where a step is not lawful on its day."""

    def __init__(self, walk: Mapping[str, Any]) -> None:
        self.rules = rules(walk["regime"])
        definition = self.rules.definition
        opens = definition.states[definition.opens]
        self.answers: dict[str, Answer] = {}
        self.case = Case(
            1, 1, "1", walk["regime"], definition.content_hash, 1, walk["subject_kind"],
            actor("officer_1").id, actor("officer_2").id, opens.name, opens.phase, 0, CaseDates(walk["start"]), Money(),
        )  # fmt: skip
        assert walk["subject_kind"] in definition.subjects
        opening = self._typed(definition, None, walk["opening"], walk["start"])
        outcome = open_case(self.rules, self.case, opening, opened_on=walk["start"], today=walk["start"])
        self.case = case_after(self.case, outcome, actor("officer_1").id)

    def take(self, row: Mapping[str, Any]) -> None:
        step = self.rules.definition.steps[row["step"]]
        if tried := row.get("tried"):
            attempt = Attempt(tried["document"], tried["result"], tried["on"], self.case.version)
            self.case = replace(self.case, attempts=(*self.case.attempts, attempt))
        answers = self._typed(self.rules.definition, step, row["answers"], row["on"])
        on = effective_on(step, answers, row["on"])
        last = self.case.dates.last_step_on
        assert last is None or on >= last or step.reaches_back
        law, definition = self.rules.law.service, self.rules.definition
        assert not list(service_faults(law, definition, self.case, step, answers, on))
        outcome = take_step(self.rules, self.case, step, actor(row["by"]), Moment(on, row["on"], answers))
        self.case = case_after(self.case, outcome, actor(row["by"]).id)

    def _typed(
        self, definition: Definition, step: Step | None, answers: Mapping[str, Any], today: date
    ) -> dict[str, Answer]:
        raw = {name: typed_text(value, definition.fields[name]) for name, value in answers.items()}
        asked = definition.opening if step is None else step.asks
        assert set(raw) <= set(asked), "an answer nobody asked for"
        cleaned = clean_answers(definition, step, raw, today=today, earlier=self.answers)
        assert not cleaned.problems, [problem.words.en for problem in cleaned.problems]
        self.answers.update(cleaned.answers)
        return cleaned.answers


def walked(name: str, *, before: str | None = None) -> Walker:
    walker = Walker(BY_NAME[name])
    for row in BY_NAME[name]["steps"]:
        if row["step"] == before:
            break
        walker.take(row)
    return walker


def row_of(name: str, step: str) -> dict[str, Any]:
    return next(dict(row) for row in BY_NAME[name]["steps"] if row["step"] == step)


@pytest.mark.parametrize("name", list(BY_NAME))
def test_every_walk_is_lawful_and_ends_closed_with_nothing_owed_either_way(name: str) -> None:
    case = walked(name).case
    assert case.phase == "closed"
    assert case.money.outstanding_fen == 0
    assert case.money.refundable_fen == 0
    assert not [clock.rule_id for clock in case.clocks if clock.is_running]


def test_the_golden_cases_keep_what_the_public_record_says() -> None:
    wuqing, anyue = walked("golden_wuqing").case, walked("golden_anyue").case
    assert (wuqing.dates.act_date, wuqing.money.assessed_fen) == (date(2018, 8, 29), 6_633_600)
    assert row_of("golden_wuqing", "record_execution_allowed")["on"] == date(2020, 3, 27)
    assert row_of("golden_wuqing", "record_court_measures")["on"] == date(2020, 6, 20)
    assert (anyue.money.assessed_fen, anyue.money.written_off_fen) == (71_808_000, 71_808_000)
    assert row_of("golden_anyue", "apply_to_court")["on"] == date(2020, 8, 28)
    assert row_of("golden_anyue", "record_execution_refused")["on"] == date(2020, 9, 1)


@pytest.mark.parametrize(
    ("name", "step", "on", "code"),
    [
        ("two_illegal_hearing_court", "note_time_to_sue_over", date(2023, 11, 29), "clock_running"),
        ("two_illegal_hearing_court", "sign_court_application", date(2023, 12, 15), "clock_running"),
        ("two_illegal_hearing_court", "apply_to_court", date(2024, 3, 1), "clock_past"),
        ("two_illegal_hearing_court", "serve_hearing_notice", date(2023, 4, 27), "clock_past"),
        ("two_illegal_hearing_court", "request_hearing", date(2023, 4, 20), "clock_past"),
        ("golden_anyue", "apply_to_court", date(2020, 9, 11), "clock_past"),
        ("golden_xianyou", "freeze_in_court", date(2021, 8, 19), "when"),
    ],
)
def test_a_day_early_or_a_day_late_is_refused(name: str, step: str, on: date, code: str) -> None:
    row = row_of(name, step)
    dated = {key: on if value == row["on"] else value for key, value in row["answers"].items()}
    with pytest.raises(StepRefused) as refused:
        walked(name, before=step).take({**row, "on": on, "answers": dated})
    assert code in [reason.code for reason in refused.value.reasons]


def refused(name: str, step: str, changed: Mapping[str, Any], words: str, *, walker: Walker | None = None) -> None:
    row = row_of(name, step)
    with pytest.raises(StepRefused, match=words):
        (walker or walked(name, before=step)).take({**row, "answers": {**row["answers"], **changed}})


@pytest.mark.parametrize(
    ("name", "step", "changed", "words"),
    [
        ("two_illegal_paid", "inspect", {"rights_told": False}, "rights told"),
        ("two_illegal_paid", "question", {"rights_told": False}, "rights told"),
        ("fee_paid_2011", "question", {"rights_told": False}, "rights told"),
        ("two_illegal_warning", "propose_warning", {"proposed_fine": 5_000_000}, "a warning without a fine"),
        ("two_illegal_warning", "draft_warning", {"fine_amount": 100}, "imposes no fine"),
        ("two_illegal_paid", "serve_penalty_notice", {"notified_fine": 1_600_000}, "exactly what the legal review"),
        ("two_illegal_paid", "serve_penalty_notice", {"notified_fine": 1_400_000}, "exactly what the legal review"),
        ("two_illegal_paid", "serve_penalty_notice", {"notified_revocation": True}, "exactly what the legal review"),
        ("two_illegal_paid", "serve_penalty_notice", {"defence_until": date(2024, 2, 3)}, "at least three days"),
        ("water_instalments", "serve_penalty_notice", {"notified_fine": 6_000_000}, "the fine is large"),
        ("fee_paid_2011", "serve_levy_notice", {"notified_fee": 1}, "exactly the fee that the legal review"),
        ("two_illegal_paid", "draft_decision", {"fine_amount": 1_500_100}, "no heavier than the one notified"),
        ("water_instalments", "draft_decision", {"fine_amount": 4_000_100}, "no heavier than the one notified"),
        ("fee_paid_2011", "draft_decision", {"fee_amount": 100_000_000}, "no higher than the one notified"),
        ("fee_paid_2011", "draft_decision", {"fee_amount": 100_000_000}, "base times multiple"),
        ("fee_paid_2011", "propose_levy", {"proposed_fee": 100_000_000}, "base times multiple"),
        ("two_illegal_hearing_court", "serve_demand", {"demanded_amount": 13_500_001}, "not more than is outstanding"),
        ("water_annulled_refunded", "reconsideration_annulled", {"annulled_amount": 2_999_999}, "what was assessed"),
        ("water_annulled_refunded", "propose_refund", {"refund_amount": 2_999_999}, "exactly what was overpaid"),
        ("fee_court_2012_wound_down", "freeze_in_court", {"kept_amount": 0}, "exactly what was paid before the freeze"),
    ],
)  # fmt: skip
def test_an_answer_that_wrongs_the_party_is_refused_in_words(
    name: str, step: str, changed: Mapping[str, Any], words: str
) -> None:
    refused(name, step, changed, words)


REASONS = {"outcome_reasons": "重新研究。"}


@pytest.mark.parametrize(
    ("name", "proposal", "heavier"),
    [
        ("two_illegal_paid", "propose_penalty", {"proposed_fine": 1_500_100}),
        ("two_illegal_paid", "propose_penalty", {"gains_fen": 300_100}),
        ("two_illegal_paid", "propose_penalty", {"revoke_licence": True}),
        ("two_illegal_warning", "propose_warning", {"revoke_licence": True}),
        ("water_instalments", "propose_penalty", {"proposed_fine": 4_000_100}),
        ("water_annulled_refunded", "propose_penalty", {"revoke_permit": True}),
        ("fee_paid_2011", "propose_levy", {"proposed_fee": 1, "multiple_tenths": 400}),
    ],
)
def test_nothing_heavier_is_proposed_after_a_notice(name: str, proposal: str, heavier: Mapping[str, Any]) -> None:
    draft = "draft_warning" if name == "two_illegal_warning" else "draft_decision"
    walker = walked(name, before=draft)
    on = row_of(name, draft)["on"]
    walker.take({"step": "withdraw_proposal", "by": "officer_1", "on": on, "answers": REASONS})
    row = {**row_of(name, proposal), "on": on}
    if "proposed_fee" in heavier:
        row["answers"] = {**row["answers"], "multiple_tenths": 400}
        heavier = {"proposed_fee": row["answers"]["proposed_fee"] + 100}
    with pytest.raises(StepRefused, match=r"nothing heavier|no higher fee"):
        walker.take({**row, "answers": {**row["answers"], **heavier}})
    walker.take(row)


def test_a_warning_once_notified_does_not_become_a_fine() -> None:
    walker = walked("two_illegal_warning", before="draft_warning")
    on = row_of("two_illegal_warning", "draft_warning")["on"]
    walker.take({"step": "withdraw_proposal", "by": "officer_1", "on": on, "answers": REASONS})
    answers = {**row_of("two_illegal_warning", "propose_warning")["answers"], "proposed_fine": 500_000}
    with pytest.raises(StepRefused, match="nothing heavier"):
        walker.take({"step": "propose_penalty", "by": "officer_1", "on": on, "answers": answers})


def test_a_warning_can_fall_in_court_though_no_sum_falls_with_it() -> None:
    walker = walked("two_illegal_warning", before="confirm_paid")
    filed, ended = date(2024, 8, 1), date(2024, 10, 30)
    suit = {"remedy_body": "云岭县人民法院", "remedy_paper_no": "行初第1号", "remedy_filed_on": filed}
    walker.take({"step": "file_suit", "by": "reviewer_1", "on": filed, "answers": suit})
    judgment = {"remedy_paper_no": "行初第1号", "remedy_decided_on": ended, "annulled_amount": 0}
    walker.take({"step": "suit_annulled", "by": "reviewer_1", "on": ended, "answers": judgment})
    closing = {"closing_summary": "判决撤销警告。"}
    walker.take({"step": "close_after_annulment", "by": "officer_1", "on": ended, "answers": closing})
    assert walker.case.phase == "closed"


@pytest.mark.parametrize("announced", [True, False])
def test_an_added_fine_is_owed_once_entered_and_only_where_the_decision_announced_it(announced: bool) -> None:
    walker = Walker(BY_NAME["two_illegal_hearing_court"])
    entry = row_of("two_illegal_hearing_court", "enter_added_fine")
    for row in BY_NAME["two_illegal_hearing_court"]["steps"]:
        if row["step"] == entry["step"]:
            break
        changed = {"added_fine_announced": announced} if row["step"] == "draft_decision" else {}
        walker.take({**row, "answers": {**row["answers"], **changed}})
    if announced:
        walker.take(entry)
        assert (walker.case.money.outstanding_fen, walker.case.money.refundable_fen) == (13_500_000, 0)
        return
    with pytest.raises(StepRefused, match="announces the added fine"):
        walker.take(entry)


def test_money_that_comes_in_after_the_end_goes_back_before_the_case_can_close() -> None:
    walker = walked("golden_anyue", before="propose_balance_write_off")
    on, taken = date(2021, 9, 14), date(2021, 9, 15)
    late = {"late_money_on": on, "late_money_amount": 500_000, "receipt_no": "票据第9号"}
    walker.take({"step": "record_money_after_end", "by": "cashier_1", "on": on, "answers": late})
    write_off = {"written_off_amount": 71_308_000}
    refused("golden_anyue", "propose_balance_write_off", write_off, "has not gone back", walker=walker)
    error = {"error_ground": "after_end", "legal_reason": "废止后到账。", "annulled_amount": 500_000}
    correction = {"step": "correct_unlawful_levy", "by": "approver_1", "on": taken, "answers": error}
    with pytest.raises(StepRefused, match="beyond the sum lawfully kept"):
        walker.take(correction)
    walker.take({**correction, "answers": {**error, "annulled_amount": 71_808_000}})
    for step, by, answers in (
        ("propose_refund", "officer_1", {"refund_amount": 500_000, "legal_reason": "废止后到账。"}),
        ("approve_refund", "approver_1", {"finance_paper_no": "云财综〔2021〕9号"}),
        ("pay_refund", "cashier_2", {"refunded_on": taken, "deposit_interest": 0}),
    ):
        walker.take({"step": step, "by": by, "on": taken, "answers": answers})
    money = walker.case.money
    assert (walker.case.phase, money.refunded_fen, money.outstanding_fen, money.refundable_fen) == (
        "closed", 500_000, 0, 0,
    )  # fmt: skip


def test_money_that_comes_in_after_the_closing_goes_back_before_the_file_is_archived() -> None:
    walker = walked("fee_court_2012_wound_down", before="archive_file")
    on, kept_fen = row_of("fee_court_2012_wound_down", "archive_file")["on"], walker.case.money.collected_fen
    late = {"late_money_on": on, "late_money_amount": 500_000, "receipt_no": "票据第9号"}
    walker.take({"step": "record_money_after_end", "by": "cashier_1", "on": on, "answers": late})
    refused("fee_court_2012_wound_down", "archive_file", {}, "has not gone back", walker=walker)
    proposal = {"refund_amount": 499_999, "legal_reason": "废止后到账。"}
    with pytest.raises(StepRefused, match="exactly what was overpaid"):
        walker.take({"step": "propose_refund", "by": "officer_1", "on": on, "answers": proposal})
    for step, by, answers in (
        ("propose_refund", "officer_1", {**proposal, "refund_amount": 500_000}),
        ("approve_refund", "approver_1", {"finance_paper_no": "云财综〔2021〕9号"}),
        ("pay_refund", "cashier_2", {"refunded_on": on, "deposit_interest": 0}),
        ("archive_file", "officer_2", row_of("fee_court_2012_wound_down", "archive_file")["answers"]),
    ):
        walker.take({"step": step, "by": by, "on": on, "answers": answers})
    money = walker.case.money
    assert (money.collected_fen - money.refunded_fen, money.refundable_fen) == (kept_fen, 0)


@pytest.mark.parametrize(
    ("step", "second_hat", "taken_by"),
    [
        ("decide", Role.APPROVER, "officer_1"),
        ("decide", Role.APPROVER, "reviewer_1"),
        ("record_payment", Role.CASHIER, "approver_2"),
        ("pass_legal_review", Role.REVIEWER, "officer_1"),
    ],
)
def test_a_second_hat_does_not_get_round_four_eyes(step: str, second_hat: Role, taken_by: str) -> None:
    walker = walked("two_illegal_paid", before=step)
    hats = replace(actor(taken_by), roles=frozenset({second_hat}))
    on = row_of("two_illegal_paid", step)["on"]
    reasons = step_reasons(walker.rules, walker.case, walker.rules.definition.steps[step], hats, Moment(on, on))
    assert "four_eyes" in [reason.code for reason in reasons]


def test_no_fee_is_decided_or_collected_after_the_end() -> None:
    for name, step in (("fee_paid_2011", "decide"), ("fee_paid_2011", "record_payment")):
        row = row_of(name, step)
        late = {key: date(2021, 8, 20) if value == row["on"] else value for key, value in row["answers"].items()}
        with pytest.raises(StepRefused) as refused:
            walked(name, before=step).take({**row, "on": date(2021, 8, 20), "answers": late})
        assert "regime_ended" in [reason.code for reason in refused.value.reasons]
