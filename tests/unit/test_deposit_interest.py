"""Deposit interest on what goes back to the payer."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow import bootstrap
from caseflow.domain.law import LawRefusal
from caseflow.domain.law.interest import deposit_interest


def test_interest_runs_from_each_payment_at_the_rate_of_the_refund_and_is_rounded_up() -> None:
    rule = bootstrap.shipped_law().rule("cn.scl.deposit_interest")
    sheet = deposit_interest(rule, taken=[(date(2023, 12, 1), 3_000_000)], until=date(2024, 3, 25))
    # 115 days of 30,000 yuan at 1.5 % a year: 141.7808 yuan.
    assert sheet.result_fen == 14_179
    two = deposit_interest(
        rule, taken=[(date(2024, 3, 24), 1), (date(2023, 12, 1), 3_000_000)], until=date(2024, 3, 25)
    )
    assert two.result_fen == 14_179
    # The lines bear the one rounding: they add up to the result.
    assert [line.amount_fen for line in two.lines] == [1, 14_178]
    assert [line.amount_fen for line in sheet.lines] == [14_179]
    assert "1.5 %" in two.lines[1].formula


def test_no_interest_before_the_law_that_grants_it_nor_on_what_is_not_yet_taken() -> None:
    rule = bootstrap.shipped_law().rule("cn.scl.deposit_interest")
    with pytest.raises(LawRefusal):
        deposit_interest(rule, taken=[(date(2009, 1, 1), 100)], until=date(2010, 11, 30))
    with pytest.raises(ValueError, match="after the day of the refund"):
        deposit_interest(rule, taken=[(date(2024, 1, 2), 100)], until=date(2024, 1, 1))
