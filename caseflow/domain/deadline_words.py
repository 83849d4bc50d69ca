"""What a running time limit says in a calendar, in both languages: no party and no fact of the case. Pure."""

from __future__ import annotations

from datetime import date

from caseflow.domain.law import Rule
from caseflow.domain.reminder_words import BOUND_WORDS, day_words
from caseflow.domain.words import Words


def deadline_title(number: Words, rule: Rule, *, provisional: bool) -> Words:
    """Return the line a calendar shows: the case number, what has to be done, and whether the day may still move."""
    en = f"{number.en} {rule.title.en}{' (provisional)' if provisional else ''}"
    return Words(en, f"{number.zh} {rule.title.zh}{'（暂定）' if provisional else ''}")


def deadline_text(rule: Rule, due_on: date, *, provisional: bool) -> Words:
    """Return what stands below it: the last day, whom the limit binds, what happens when it is missed."""
    due, bound = day_words(due_on), BOUND_WORDS[rule.binds]
    en = [f"{rule.title.en}: the last day is {due.en}. The limit binds {bound.en}."]
    zh = [f"{rule.title.zh}：{due.zh}届满，约束{bound.zh}。"]
    if rule.late is not None:
        en.append(f"If it is missed: {rule.late.text.en}")
        zh.append(f"逾期后果：{rule.late.text.zh}")
    if provisional:
        en.append("Provisional: the holidays of that year are not published yet, so the day may still move.")
        zh.append("暂定：该年度放假安排尚未公布，届满日可能变动。")
    return Words("\n".join(en), "\n".join(zh))


__all__ = ["deadline_text", "deadline_title"]
