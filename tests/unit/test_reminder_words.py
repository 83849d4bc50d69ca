"""What a rung says, read in both languages."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow import bootstrap
from caseflow.domain.reminder_words import noted_words, reminder_words, rung_words
from caseflow.domain.reminders import rung_name

DUE = date(2026, 6, 1)


@pytest.mark.parametrize(
    ("rung", "en", "zh"),
    [
        ("-7d", "ends in 7 days, on 1 June 2026", "还有7天届满（2026年6月1日）"),
        ("-1w", "ends in 1 working day, on 1 June 2026", "还有1个工作日届满（2026年6月1日）"),
        ("0d", "today, 1 June 2026, is the last day", "今天（2026年6月1日）届满"),
        ("+5w", "5 working days over (it ended on 1 June 2026)", "已逾期5个工作日（2026年6月1日届满）"),
    ],
)
def test_a_rung_says_how_near_the_end_is(rung: str, en: str, zh: str) -> None:
    rule = bootstrap.shipped_law().rule("cn.apl.decision_90d")
    words = reminder_words(rule, rung, DUE)
    assert words.en == f"{rule.title.en}: {en}"
    assert words.zh == f"{rule.title.zh}：{zh}"


def test_a_message_read_days_later_is_still_true() -> None:
    rule = bootstrap.shipped_law().rule("cn.apl.decision_90d")
    words = noted_words(rule, "-7d", DUE)
    assert words.en == f"{rule.title.en}: due 1 June 2026; reminder 7 days before the end"
    assert words.zh == f"{rule.title.zh}：2026年6月1日届满（届满前7天提醒）"
    assert noted_words(rule, "ran_out", DUE) == reminder_words(rule, "ran_out", DUE)


def test_the_end_names_whose_time_it_was_and_what_the_law_attaches_to_it() -> None:
    words = reminder_words(bootstrap.shipped_law().rule("cn.apl.hearing_request"), "ran_out", DUE)
    assert "the time of the person concerned ran out on 1 June 2026; the right to a hearing is waived" in words.en
    assert "当事人的期限已于2026年6月1日届满；视为放弃听证" in words.zh


def test_every_rung_of_every_ladder_can_be_said() -> None:
    law = bootstrap.shipped_law()
    for ladder in law.ladders.values():
        for rung in ladder.rungs:
            assert rung_words(rung_name(rung)).en.startswith(("on the last", f"{abs(rung.offset_days)} "))
    with pytest.raises(ValueError, match="no rung"):
        rung_words("soon")
