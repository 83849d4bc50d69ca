"""What a rung says, in both languages: for the inbox, the mail, the calendar and the case. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from caseflow.domain.law import Rule
from caseflow.domain.law.model import Binds, RungTo
from caseflow.domain.reminders import RAN_OUT
from caseflow.domain.words import Words

BOUND_WORDS: Mapping[Binds, Words] = {
    "agency": Words("this office", "本机关"),
    "person": Words("the person concerned", "当事人"),
    "court": Words("the court", "人民法院"),
    "other": Words("another authority", "其他机关"),
}
ADDRESSEE_WORDS: Mapping[RungTo, Words] = {
    "owner": Words("the officer of the case", "承办人"),
    "supervisor": Words("the supervisor", "督查员"),
    "office_head": Words("the head of the office", "机关负责人"),
}
_RUNG = re.compile(r"([+-]?)(\d+)([dw])")


def day_words(day: date) -> Words:
    """Return a date written out: ``1 June 2026``, ``2026年6月1日``."""
    return Words(f"{day.day} {day:%B} {day.year}", f"{day.year}年{day.month}月{day.day}日")


def rung_words(rung: str) -> Words:
    """Return where a rung stands against the due date: ``7 days before the end``. Raises ``ValueError``."""
    if rung == RAN_OUT:
        return Words("when the limit has run out", "期限届满时")
    sign, days, unit = _parts(rung)
    if days == 0:
        return Words("on the last day", "届满当日")
    span = _span(days, unit)
    if sign == "-":
        return Words(f"{span.en} before the end", f"届满前{span.zh}")
    return Words(f"{span.en} after the end", f"届满后{span.zh}")


def reminder_words(rule: Rule, rung: str, due_on: date) -> Words:
    """Return what a rung of a clock of ``rule`` says to whoever it is for. Raises ``ValueError``."""
    title, due = rule.title, day_words(due_on)
    if rung == RAN_OUT:
        return _ended(rule, due)
    sign, days, unit = _parts(rung)
    if days == 0:
        return Words(f"{title.en}: today, {due.en}, is the last day", f"{title.zh}：今天（{due.zh}）届满")
    span = _span(days, unit)
    if sign == "-":
        return Words(f"{title.en}: ends in {span.en}, on {due.en}", f"{title.zh}：还有{span.zh}届满（{due.zh}）")
    return Words(f"{title.en}: {span.en} over (it ended on {due.en})", f"{title.zh}：已逾期{span.zh}（{due.zh}届满）")


def noted_words(rule: Rule, rung: str, due_on: date) -> Words:
    """Return a reminder as it is read on a later day, when "in 7 days" would be untrue. Raises ``ValueError``."""
    title, due = rule.title, day_words(due_on)
    if rung == RAN_OUT:
        return _ended(rule, due)
    where = rung_words(rung)
    return Words(f"{title.en}: due {due.en}; reminder {where.en}", f"{title.zh}：{due.zh}届满（{where.zh}提醒）")


def _ended(rule: Rule, due: Words) -> Words:
    bound = BOUND_WORDS[rule.binds]
    en = f"{rule.title.en}: the time of {bound.en} ran out on {due.en}"
    zh = f"{rule.title.zh}：{bound.zh}的期限已于{due.zh}届满"
    if rule.late is None:
        return Words(en, zh)
    return Words(f"{en}; {rule.late.text.en}", f"{zh}；{rule.late.text.zh}")


def _parts(rung: str) -> tuple[str, int, str]:
    found = _RUNG.fullmatch(rung)
    if found is None:
        message = f"'{rung}' is no rung of a ladder"
        raise ValueError(message)
    return found[1], int(found[2]), found[3]


def _span(days: int, unit: str) -> Words:
    kind = Words("working day", "个工作日") if unit == "w" else Words("day", "天")
    return Words(f"{days} {kind.en}{'s' if days > 1 else ''}", f"{days}{kind.zh}")


__all__ = ["ADDRESSEE_WORDS", "BOUND_WORDS", "day_words", "noted_words", "reminder_words", "rung_words"]
