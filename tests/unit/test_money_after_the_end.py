"""Late money is held and goes back from where the case stands; freezing, delisting and closing say what is so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from caseflow.domain.cases import Case
from caseflow.domain.ledger import Money, PostingRefused
from caseflow.domain.receipts import Shares
from caseflow.domain.step_effects import take_step
from caseflow.domain.stepping import Moment, StepRefused, step_reasons
from tests.unit.test_walks import Walker, actor, row_of, rules, walked

FEE = "social_support_fee"
LATE = {"late_money_amount": 500_000, "receipt_no": "票据第9号"}
# Where each walk stops, and the state it stands in then.
STANDS = {
    "frozen_undecided": ("fee_undecided_wound_down", "end_undecided"),
    "frozen_decided": ("golden_anyue", "stop_collection"),
    "frozen_in_court": ("golden_wuqing", "withdraw_from_court"),
    "withdrawal_filed": ("golden_wuqing", "confirm_court_end_restricted"),
    "delisting_due": ("golden_wuqing", "ask_delisting"),
    "delisting_asked": ("golden_wuqing", "confirm_delisting"),
    "balance_open": ("golden_anyue", "propose_balance_write_off"),
    "balance_proposed": ("golden_anyue", "approve_balance_write_off"),
    "notice_due": ("golden_anyue", "serve_closing_notice"),
    "notice_served": ("golden_anyue", "close_wound_down"),
}


def take(walker: Walker, step: str, by: str, on: date, answers: Mapping[str, Any]) -> None:
    walker.take({"step": step, "by": by, "on": on, "answers": answers})


def with_late_money(state: str) -> tuple[Walker, date]:
    name, before = STANDS[state]
    walker = walked(name, before=before)
    assert walker.case.state == state
    on = row_of(name, before)["on"]
    take(walker, "record_money_after_end", "cashier_1", on, {**LATE, "late_money_on": on})
    return walker, on


@pytest.mark.parametrize("state", list(STANDS))
def test_late_money_is_held_and_goes_back_from_where_the_case_stands(state: str) -> None:
    name, before = STANDS[state]
    owed_fen = walked(name, before=before).case.money.outstanding_fen
    walker, on = with_late_money(state)
    held = walker.case.money
    assert (walker.case.state, held.held_fen, held.outstanding_fen) == (state, 500_000, owed_fen)
    proposal = {"refund_amount": 500_000, "legal_reason": "废止后到账。"}
    with pytest.raises(StepRefused, match="exactly what was overpaid"):
        take(walker, "propose_held_refund", "officer_1", on, {**proposal, "refund_amount": 499_999})
    with pytest.raises(StepRefused, match="is proposed"):
        take(walker, "approve_held_refund", "approver_1", on, {"finance_paper_no": "云财综〔2021〕9号"})
    take(walker, "propose_held_refund", "officer_1", on, proposal)
    paid = {"refunded_on": on, "deposit_interest": 0}
    with pytest.raises(StepRefused, match="is approved"):
        take(walker, "pay_held_refund", "cashier_2", on, paid)
    take(walker, "approve_held_refund", "approver_1", on, {"finance_paper_no": "云财综〔2021〕9号"})
    take(walker, "pay_held_refund", "cashier_2", on, paid)
    money = walker.case.money
    assert (walker.case.state, money.refundable_fen, money.refunded_fen) == (state, 0, 500_000)
    assert money.outstanding_fen == owed_fen
    with pytest.raises(StepRefused, match="more was paid than is owed"):
        take(walker, "propose_held_refund", "officer_1", on, proposal)
    # And the case goes on as if nothing had come in.
    take(walker, before, row_of(name, before)["by"], on, row_of(name, before)["answers"])


def test_an_approval_says_nothing_of_money_that_came_in_later() -> None:
    walker, on = with_late_money("balance_open")
    proposal = {"refund_amount": 500_000, "legal_reason": "废止后到账。"}
    take(walker, "propose_held_refund", "officer_1", on, proposal)
    take(walker, "approve_held_refund", "approver_1", on, {"finance_paper_no": "云财综〔2021〕9号"})
    more = {**LATE, "late_money_on": on, "receipt_no": "票据第10号"}
    take(walker, "record_money_after_end", "cashier_1", on, more)
    with pytest.raises(StepRefused, match="is approved"):
        take(walker, "pay_held_refund", "cashier_2", on, {"refunded_on": on, "deposit_interest": 0})
    take(walker, "propose_held_refund", "officer_1", on, {**proposal, "refund_amount": 1_000_000})


def test_while_it_is_held_no_closing_notice_is_served() -> None:
    walker, _ = with_late_money("notice_due")
    with pytest.raises(StepRefused, match="has not gone back"):
        walker.take(row_of("golden_anyue", "serve_closing_notice"))


def test_the_receipt_says_that_all_of_it_is_held() -> None:
    name, before = STANDS["frozen_decided"]
    walker, on = walked(name, before=before), row_of(name, before)["on"]
    step = walker.rules.definition.steps["record_money_after_end"]
    moment = Moment(on, on, {**LATE, "late_money_on": on})
    outcome = take_step(walker.rules, walker.case, step, actor("cashier_1"), moment)
    assert Shares.of_legs(outcome.legs) == Shares(0, 0, 500_000)
    assert outcome.postings == ({"event": "collect", "amount_fen": 500_000, "principal_fen": 0},)


def test_money_held_apart_from_a_debt_is_not_set_off_when_another_payment_is_taken_back() -> None:
    owed, _ = Money().post("assess", 1_000)
    held, _ = owed.post("collect", 300, allocation=())
    assert (held.outstanding_fen, held.held_fen, held.set_off(held)) == (1_000, 300, ())
    # A lawful debt is still met by what was paid beyond it.
    paid, _ = owed.post("collect", 1_300)
    assert [leg.amount_fen for leg in owed.after(paid_beyond(300)).set_off(paid)] == [300]
    with pytest.raises(PostingRefused):
        held.post("refund", 301)


def paid_beyond(fen: int) -> Any:
    return next(leg for leg in Money().post("collect", fen)[1] if leg.credit_kind == "held")


@pytest.mark.parametrize("name", ["fee_undecided_wound_down", "golden_anyue", "golden_wuqing"])
def test_no_freeze_lies_before_the_end(name: str) -> None:
    step = next(one for one in rules(FEE).definition.steps if one.startswith("freeze") and _has(name, one))
    row = row_of(name, step)
    frozen = {**row, "answers": {**row["answers"], "frozen_on": date(2021, 8, 19)}}
    with pytest.raises(StepRefused, match="on or after 20 August 2021"):
        walked(name, before=step).take(frozen)
    walked(name, before=step).take({**frozen, "answers": {**row["answers"], "frozen_on": date(2021, 8, 20)}})


def _has(name: str, step: str) -> bool:
    try:
        return bool(row_of(name, step))
    except (StopIteration, RuntimeError):
        return False


@pytest.mark.parametrize("before", ["ask_delisting", "confirm_delisting"])
def test_a_court_may_have_delisted_before_it_was_asked_and_nobody_is_on_the_list_then(before: str) -> None:
    walker = walked("golden_wuqing", before=before)
    row = row_of("golden_wuqing", "confirm_delisting")
    assert walker.case.facts["on_defaulter_list"] is True
    with pytest.raises(AssertionError, match=r"Measures taken on|before"):
        walker.take({**row, "answers": {**row["answers"], "delisted_on": date(2020, 6, 19)}})
    walker.take({**row, "answers": {**row["answers"], "delisted_on": date(2021, 11, 20)}})
    facts = walker.case.facts
    assert walker.case.state == "balance_open"
    assert [facts[one] for one in ("on_defaulter_list", "consumption_limited", "assets_held")] == [False] * 3
    assert not [clock for clock in walker.case.clocks if clock.is_running and "delisting" in clock.rule_id]


def test_the_close_waits_for_the_notice_and_for_what_went_to_the_court() -> None:
    walker = walked("golden_wuqing", before="close_wound_down")
    on = row_of("golden_wuqing", "close_wound_down")["on"]
    drafts = frozenset({"closing_notice", "withdrawal_letter", "delisting_request", "service_record"})
    assert words(walker, walker.case, on) == []
    told = words(walker, with_drafts(walker.case, drafts), on)
    assert [one.split(" is not issued")[0] for one in told] == [
        "the reasoned closing notice", "the withdrawal of the application", "the request to delist and lift limits",
    ]  # fmt: skip


def with_drafts(case: Case, drafts: frozenset[str]) -> Case:
    return case.__class__(**{**case.__dict__, "unissued": drafts})


def words(walker: Walker, case: Case, on: date) -> list[str]:
    step = walker.rules.definition.steps["close_wound_down"]
    return [one.words.en for one in step_reasons(walker.rules, case, step, actor("approver_2"), Moment(on, on))]
