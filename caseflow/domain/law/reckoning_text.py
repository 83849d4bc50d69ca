"""Reckonings in words ("why this date?") and as plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from caseflow.domain.law.model import CHECKED_WORDS, Late, Unit
from caseflow.domain.law.reckoning import Extension, Reckoning, Toll
from caseflow.domain.law.sheets import (
    checked_from_json,
    checked_to_json,
    cite_from_json,
    cite_to_json,
    days_from_json,
    days_to_json,
)
from caseflow.domain.words import Words

_UNITS: Mapping[Unit, tuple[str, str]] = {
    "hour": ("hour", "小时"),
    "calendar_day": ("calendar day", "日"),
    "working_day": ("working day", "个工作日"),
    "month": ("month", "个月"),
    "year": ("year", "年"),
}


def explain(reckoning: Reckoning, locale: str = "en") -> list[str]:
    """Return sentences, in order, that answer "why this date?"."""
    found = [_rule(reckoning), _span(reckoning)]
    for extension in reckoning.extensions:
        span = length_words(extension.length, extension.unit)
        found.append(Words(f"Extended by {span.en}: {extension.reason.en}.", f"延长{span.zh}：{extension.reason.zh}。"))
    found += [_toll(toll) for toll in reckoning.tolls]
    if reckoning.skipped:
        found.append(_days("Rest days passed over", "跳过的休息日", reckoning.skipped))
    if reckoning.made_up:
        found.append(_days("Counted as working days", "计为工作日", reckoning.made_up))
    if reckoning.rolled_from is not None:
        found.append(
            Words(
                f"The last day, {reckoning.raw_due}, is a rest day, so the limit ends on the next working day, "
                f"{reckoning.due_on}.",
                f"期限最后一日{reckoning.raw_due}为休息日，顺延至其后第一个工作日{reckoning.due_on}。",
            )
        )
    if reckoning.provisional:
        found.append(
            Words(
                "Provisional: the holidays of that year are not published yet; the date will be settled when they are.",
                "暂定日期：该年度放假安排尚未公布，公布后将重新计算。",
            )
        )
    if reckoning.note is not None:
        found.append(reckoning.note)
    if reckoning.late is not None:
        found.append(_late(reckoning.late))
    found.append(Words(f"Due on {reckoning.due_on}.", f"截止日期：{reckoning.due_on}。"))
    return [words.in_locale(locale) for words in found]


def _rule(reckoning: Reckoning) -> Words:
    mark = CHECKED_WORDS[reckoning.checked.status]
    text = reckoning.cite.text
    row = f", {reckoning.row}" if reckoning.row else ""
    return Words(
        f"{reckoning.title.en} ({reckoning.rule_id}{row}): {text.en} [{mark.en}, {reckoning.checked.on}]; "
        f"version in force from {reckoning.version_from}.",
        f"{reckoning.title.zh}（{reckoning.rule_id}{row}）：{text.zh}〔{mark.zh}，{reckoning.checked.on}〕；"
        f"适用自{reckoning.version_from}起施行的版本。",
    )


def _span(reckoning: Reckoning) -> Words:
    span = length_words(reckoning.length, reckoning.unit)
    counted_en = "that day not counted" if reckoning.start_day == "excluded" else "that day counted"
    counted_zh = "当日不计入" if reckoning.start_day == "excluded" else "当日计入"
    back = reckoning.direction == "before"
    return Words(
        f"{span.en} {'before' if back else 'from'} {reckoning.trigger_on} ({reckoning.trigger.en}), {counted_en}: "
        f"{reckoning.raw_due}.",
        f"自{reckoning.trigger_on}（{reckoning.trigger.zh}）{'向前倒计' if back else '起算'}{span.zh}，{counted_zh}："
        f"{reckoning.raw_due}。",
    )


def length_words(length: int, unit: Unit) -> Words:
    """Return a length of time in words: ``10 working days``, ``10个工作日``."""
    en, zh = _UNITS[unit]
    return Words(f"{length} {en}{'s' if length != 1 else ''}", f"{length}{zh}")


def _toll(toll: Toll) -> Words:
    if toll.until is None:
        return Words(
            f"Stands still since {toll.from_}: {toll.reason.en}.", f"自{toll.from_}起中止：{toll.reason.zh}。"
        )  # fmt: skip
    days = (toll.until - toll.from_).days
    return Words(
        f"Stood still from {toll.from_} to {toll.until} ({days} days): {toll.reason.en}.",
        f"{toll.from_}至{toll.until}中止{days}天：{toll.reason.zh}。",
    )


def _days(en: str, zh: str, days: tuple[tuple[date, Words], ...]) -> Words:
    return Words(
        f"{en}: " + ", ".join(f"{day} ({words.en})" for day, words in days) + ".",
        f"{zh}：" + "、".join(f"{day}（{words.zh}）" for day, words in days) + "。",
    )


def _late(late: Late) -> Words:
    inferred_en = " (inferred from the text)" if late.inferred else ""
    inferred_zh = "（据条文推断）" if late.inferred else ""
    return Words(f"If missed: {late.text.en}{inferred_en}.", f"逾期后果：{late.text.zh}{inferred_zh}。")


def reckoning_to_json(reckoning: Reckoning) -> dict[str, Any]:
    """Return plain JSON values; dates as ISO text."""
    late = reckoning.late
    return {
        "rule_id": reckoning.rule_id,
        "row": reckoning.row,
        "title": reckoning.title.to_json(),
        "binds": reckoning.binds,
        "trigger": reckoning.trigger.to_json(),
        "trigger_on": reckoning.trigger_on.isoformat(),
        "applies_by": reckoning.applies_by,
        "applies_on": reckoning.applies_on.isoformat(),
        "version_from": reckoning.version_from.isoformat(),
        "length": reckoning.length,
        "unit": reckoning.unit,
        "start_day": reckoning.start_day,
        "roll": reckoning.roll,
        "month_end": reckoning.month_end,
        "direction": reckoning.direction,
        "cite": cite_to_json(reckoning.cite),
        "checked": checked_to_json(reckoning.checked),
        "late": {"effect": late.effect, "inferred": late.inferred, **late.text.to_json()} if late else None,
        "raw_due": reckoning.raw_due.isoformat(),
        "due_on": reckoning.due_on.isoformat(),
        "provisional": reckoning.provisional,
        "skipped": days_to_json(reckoning.skipped),
        "made_up": days_to_json(reckoning.made_up),
        "tolls": [
            {"from": toll.from_.isoformat(), "until": toll.until.isoformat() if toll.until else None,
             **toll.reason.to_json()}
            for toll in reckoning.tolls
        ],
        "extensions": [
            {"length": extension.length, "unit": extension.unit, **extension.reason.to_json()}
            for extension in reckoning.extensions
        ],
        "note": reckoning.note.to_json() if reckoning.note else None,
    }  # fmt: skip


def reckoning_from_json(data: Mapping[str, Any]) -> Reckoning:
    """Read what :func:`reckoning_to_json` wrote."""
    late = data["late"]
    return Reckoning(
        rule_id=data["rule_id"],
        row=data["row"],
        title=Words(**data["title"]),
        binds=data["binds"],
        trigger=Words(**data["trigger"]),
        trigger_on=date.fromisoformat(data["trigger_on"]),
        applies_by=data["applies_by"],
        applies_on=date.fromisoformat(data["applies_on"]),
        version_from=date.fromisoformat(data["version_from"]),
        length=data["length"],
        unit=data["unit"],
        start_day=data["start_day"],
        roll=data["roll"],
        month_end=data["month_end"],
        direction=data["direction"],
        cite=cite_from_json(data["cite"]),
        checked=checked_from_json(data["checked"]),
        late=Late(late["effect"], Words(late["en"], late["zh"]), late["inferred"]) if late else None,
        raw_due=date.fromisoformat(data["raw_due"]),
        due_on=date.fromisoformat(data["due_on"]),
        provisional=data["provisional"],
        skipped=days_from_json(data["skipped"]),
        made_up=days_from_json(data["made_up"]),
        tolls=tuple(
            Toll(
                date.fromisoformat(toll["from"]),
                date.fromisoformat(toll["until"]) if toll["until"] else None,
                Words(toll["en"], toll["zh"]),
            )
            for toll in data["tolls"]
        ),
        extensions=tuple(
            Extension(item["length"], item["unit"], Words(item["en"], item["zh"])) for item in data["extensions"]
        ),
        note=Words(**data["note"]) if data["note"] else None,
    )
