"""Ladders as dates: quiet on rest days, nothing late that should have come before, nothing after the law has ended."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow import bootstrap
from caseflow.domain.cases import CaseClock
from caseflow.domain.clocks import start, toll
from caseflow.domain.law.model import Rung
from caseflow.domain.reminders import DueRung, rung_day, rungs_of
from caseflow.domain.words import Words

CALENDAR = bootstrap.published_calendar()


def rungs(rule_id: str, trigger_on: date, today: date, regime: str = "two_illegal") -> tuple[DueRung, ...]:
    law = bootstrap.shipped_law()
    clock = CaseClock(start(law.rule(rule_id), trigger_on=trigger_on, calendar=CALENDAR))
    return rungs_of(law, bootstrap.shipped_definitions()[regime], clock, CALENDAR, today)


@pytest.mark.parametrize(
    ("offset", "unit", "due", "day"),
    [
        (-7, "calendar_day", date(2026, 6, 1), date(2026, 5, 25)),
        (-1, "working_day", date(2026, 6, 1), date(2026, 5, 29)),
        # 4 October 2026 lies in the national holiday, 20 September is a Sunday that is worked.
        (-7, "calendar_day", date(2026, 10, 11), date(2026, 9, 30)),
        (1, "calendar_day", date(2026, 9, 30), date(2026, 10, 8)),
        (-1, "calendar_day", date(2026, 9, 21), date(2026, 9, 20)),
        (0, "calendar_day", date(2026, 10, 3), date(2026, 10, 3)),
    ],
)
def test_a_rung_keeps_quiet_on_rest_days_unless_the_clock_ends_there(
    offset: int, unit: str, due: date, day: date
) -> None:
    assert rung_day(Rung(offset, unit, "owner", escalate=False), due, CALENDAR) == day  # type: ignore[arg-type]


def test_a_warning_whose_day_is_past_is_not_given_late_but_the_end_is() -> None:
    assert rungs("cn.apl.decision_90d", date(2026, 3, 2), date(2026, 3, 2))[0].name == "-7d"
    late = rungs("cn.apl.decision_90d", date(2026, 3, 2), date(2026, 6, 5))
    assert [one.name for one in late] == ["0d", "ran_out", "+1w", "+5w"]


def test_a_right_that_nobody_used_ends_and_makes_nobody_late() -> None:
    told = rungs("cn.arl.apply", date(2026, 3, 2), date(2026, 3, 2))
    assert [(one.name, one.to, one.escalates) for one in told] == [
        ("-3w", "owner", False),
        ("ran_out", "owner", False),
    ]
    assert "+5w" in [one.name for one in rungs("cn.apl.pay_fine", date(2026, 3, 2), date(2026, 3, 2))]


def test_a_clock_that_stands_still_reminds_nobody() -> None:
    law = bootstrap.shipped_law()
    running = start(law.rule("cn.apl.decision_90d"), trigger_on=date(2026, 3, 2), calendar=CALENDAR)
    still = CaseClock(toll(running, date(2026, 3, 10), Words("appraisal", "鉴定")))
    definition = bootstrap.shipped_definitions()["two_illegal"]
    assert rungs_of(law, definition, still, CALENDAR, date(2026, 3, 10)) == ()


def test_after_the_fee_was_abolished_its_clocks_remind_nobody() -> None:
    # Payment due on 2021-08-30, eleven days after the fee had ended: only what came before is told.
    told = rungs("cn.d357.payment_30d", date(2021, 7, 30), date(2021, 7, 30), "social_support_fee")
    assert [one.name for one in told] == []
    before = rungs("cn.d357.payment_30d", date(2021, 7, 1), date(2021, 7, 1), "social_support_fee")
    assert [one.name for one in before] == ["-3w", "ran_out", "+1w", "+5w"]
    assert all(one.on < date(2021, 8, 20) and one.until == date(2021, 8, 20) for one in before)


def test_an_old_limit_of_the_fee_that_is_reckoned_today_reminds_nobody() -> None:
    assert rungs("cn.d357.payment_30d", date(2016, 7, 15), date(2026, 3, 2), "social_support_fee") == ()
