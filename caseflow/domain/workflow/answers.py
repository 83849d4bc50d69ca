"""Turns what a person typed into typed answers, or into problems that name the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, NamedTuple

from caseflow.domain.words import Words
from caseflow.domain.workflow_model import TODAY, Definition, Field, Step

Answer = date | int | bool | str
Raw = Mapping[str, str | Sequence[str] | None]

_TRUE = frozenset({"1", "true", "on", "y", "yes"})
_FALSE = frozenset({"", "0", "false", "off", "n", "no"})
_MONEY = re.compile(r"(?:[0-9]{1,20}|[0-9]{1,3}(?:,[0-9]{3}){1,6})(?:\.[0-9]{1,2})?")
# Tab, line feed and carriage return are how people write; a carriage return comes with every line of a form.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]|[\ud800-\udfff]")
_REORDERING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LONGEST = {"text": 200, "reference": 100, "receipt": 100, "long_text": 20_000}
_HIGHEST_FEN = 10**15
_REQUIRED = Words("is required", "为必填项")
_NOT_OFFERED = Words("must be one of the choices offered", "只能从所列选项中选择")


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why an answer cannot be taken; ``words`` name the field by its label."""

    field: str
    words: Words


class Cleaned(NamedTuple):
    """Typed answers by field, and the problems; an answer with a problem is left out."""

    answers: dict[str, Answer]
    problems: tuple[FieldProblem, ...]


def clean_answers(
    definition: Definition,
    step: Step | None,
    raw: Raw,
    *,
    today: date,
    earlier: Mapping[str, Answer] | None = None,
) -> Cleaned:
    """Return the typed answers to what ``step`` asks (``None``: what the opening of a case asks).

    ``raw`` maps field names to typed text; money as yuan ("1,234.50") becomes integer fen, dates are ISO text,
    a checkbox that is absent is ``False``. ``earlier`` holds the case's typed answers so far, for date
    fields that bound another or themselves. Keys that are not asked are ignored. Raises nothing: all faults are
    problems.
    """
    asked = [definition.fields[name] for name in (definition.opening if step is None else step.asks)]
    answers, faults = _answers(asked, raw)
    before = earlier or {}
    known = {**before, **answers}
    for declared in asked:
        answer = answers.get(declared.name)
        fault = _date_fault(definition, declared, answer, known, today) or _falls(declared, answer, before)
        if fault is not None:
            faults[declared.name] = fault
            del answers[declared.name]
    problems = tuple(_problem(declared, faults[declared.name]) for declared in asked if declared.name in faults)
    return Cleaned(answers, problems)


def clean_fields(asked: Sequence[Field], raw: Raw) -> Cleaned:
    """Return the typed answers to fields of no workflow file, which bound no date by another; see clean_answers."""
    answers, faults = _answers(asked, raw)
    return Cleaned(answers, tuple(_problem(one, faults[one.name]) for one in asked if one.name in faults))


def _answers(asked: Sequence[Field], raw: Raw) -> tuple[dict[str, Answer], dict[str, Words]]:
    answers: dict[str, Answer] = {}
    faults: dict[str, Words] = {}
    for declared in asked:
        answer = _typed(declared, _text(raw.get(declared.name)))
        if isinstance(answer, Words):
            faults[declared.name] = answer
        elif answer is not None:
            answers[declared.name] = answer
    return answers, faults


def stored_answers(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Return ``answers`` as JSON-able data: dates as ISO text, money as integer fen."""
    return {name: answer.isoformat() if isinstance(answer, date) else answer for name, answer in answers.items()}


def restored_answers(definition: Definition, stored: Mapping[str, Any]) -> dict[str, Answer]:
    """Return the typed answers that :func:`stored_answers` stored; raises ``ValueError`` for a damaged date."""
    restored: dict[str, Answer] = {}
    for name, value in stored.items():
        declared = definition.fields.get(name)
        is_date = declared is not None and declared.type == "date" and isinstance(value, str)
        restored[name] = date.fromisoformat(value) if is_date else value
    return restored


def money_text(amount_fen: int) -> str:
    """Return fen as yuan text with thousands separators, the form :func:`clean_answers` reads back."""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{yuan:,}.{fen:02d}"


def _text(value: str | Sequence[str] | None) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else (value[-1].strip() if value else "")


def _typed(declared: Field, text: str) -> Answer | Words | None:
    if declared.type == "boolean":
        return _boolean(text)
    if not text:
        return _REQUIRED if declared.required else None
    read = _READERS.get(declared.type, _written)
    return read(declared, text)


def _boolean(text: str) -> bool | Words:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    return Words("must be yes or no", "只能填是或否")


def _date(_: Field, text: str) -> date | Words:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return Words("must be a date such as 2024-03-08", "应填写日期，例如2024-03-08")
    try:
        return date.fromisoformat(text)
    except ValueError:
        return Words("is not a day of the calendar", "不是有效的日期")


def _choice(declared: Field, text: str) -> str | Words:
    return text if text in declared.choices else _NOT_OFFERED


def _money(declared: Field, text: str) -> int | Words:
    plain = text.strip("¥￥元 ").replace("，", ",")
    if not _MONEY.fullmatch(plain):
        return Words("must be an amount in yuan such as 1,234.50", "应填写以元为单位的金额，例如1,234.50")
    amount_fen = int(Decimal(plain.replace(",", "")) * 100)
    return _bounded(declared, amount_fen) if amount_fen <= _HIGHEST_FEN else Words("is too large", "金额过大")


def _integer(declared: Field, text: str) -> int | Words:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        return Words("must be a whole number", "应填写整数")
    return _bounded(declared, int(text))


def _bounded(declared: Field, number: int) -> int | Words:
    money = declared.type == "money"
    if declared.min is not None and number < declared.min:
        least = f"{money_text(declared.min)} yuan" if money else str(declared.min)
        return Words(f"must be at least {least}", f"不得少于{least.replace(' yuan', '元')}")
    if declared.max is not None and number > declared.max:
        most = f"{money_text(declared.max)} yuan" if money else str(declared.max)
        return Words(f"must be at most {most}", f"不得超过{most.replace(' yuan', '元')}")
    return number


def _written(declared: Field, text: str) -> str | Words:
    longest = _LONGEST[declared.type]
    if len(text) > longest:
        return Words(f"must be at most {longest} characters long", f"不得超过{longest}个字符")
    return unwritable(text) or text


def unwritable(text: str) -> Words | None:
    """Return what is wrong with characters nobody can see: control characters and those that reorder a line."""
    if _CONTROL.search(text):
        return Words("contains a character that cannot be stored", "含有无法保存的字符")
    if _REORDERING.search(text):
        return Words("contains a hidden character that reorders the text", "含有改变文字显示顺序的隐藏字符")
    return None


def plain_text(text: str) -> str:
    """Return ``text`` without the characters :func:`unwritable` refuses, for what is only looked for."""
    return _REORDERING.sub("", _CONTROL.sub("", text))


def _staff(_: Field, text: str) -> int | Words:
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        return Words("must be an enforcement officer of this office", "必须是本单位的执法人员")
    return int(text)


_READERS: Mapping[str, Callable[[Field, str], Answer | Words]] = MappingProxyType(
    {"choice": _choice, "date": _date, "money": _money, "integer": _integer, "staff": _staff}
)


def _date_fault(
    definition: Definition, declared: Field, answer: Answer | None, known: Mapping[str, Answer], today: date
) -> Words | None:
    if not isinstance(answer, date):
        return None
    latest = _bound(declared.not_after, known, today)
    if latest is not None and answer > latest:
        en, zh = _bound_words(definition, declared.not_after, latest)
        return Words(f"must not be after {en}", f"不得晚于{zh}")
    bounds = [(earliest, name) for name in declared.not_before if (earliest := _bound(name, known, today)) is not None]
    earliest, name = max(bounds, default=(answer, ""))
    if answer < earliest:
        en, zh = _bound_words(definition, name, earliest)
        return Words(f"must not be before {en}", f"不得早于{zh}")
    return None


def _falls(declared: Field, answer: Answer | None, earlier: Mapping[str, Answer]) -> Words | None:
    """Return what is wrong with a date before the case's earlier answer to a rising field."""
    last = earlier.get(declared.name)
    if not declared.rising or not isinstance(answer, date) or not isinstance(last, date) or answer >= last:
        return None
    day = last.isoformat()
    return Words(f"must not be before the one recorded earlier ({day})", f"不得早于本案此前登记的日期（{day}）")


def _bound(name: str | None, known: Mapping[str, Answer], today: date) -> date | None:
    if name is None:
        return None
    bound = today if name == TODAY else known.get(name)
    return bound if isinstance(bound, date) else None


def _bound_words(definition: Definition, name: str | None, bound: date) -> tuple[str, str]:
    if name is None or name == TODAY:
        return f"today ({bound.isoformat()})", f"当日（{bound.isoformat()}）"
    label = definition.fields[name].label
    return f"“{label.en}” ({bound.isoformat()})", f"“{label.zh}”（{bound.isoformat()}）"


def _problem(declared: Field, words: Words) -> FieldProblem:
    return FieldProblem(declared.name, Words(f"{declared.label.en} {words.en}", f"“{declared.label.zh}”{words.zh}"))
