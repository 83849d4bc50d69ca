"""What the law refuses, each refusal with its sentence in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from caseflow.domain.words import Words


@dataclass(frozen=True, slots=True)
class Repeal:
    """The act that ended a rule: its short name, the day it took effect, and its full name."""

    law: str
    on: date
    name: Words


class LawRefusal(Exception):
    """The law does not allow or does not answer what was asked."""

    def __init__(self, words: Words) -> None:
        self.message_en = words.en
        self.message_zh = words.zh
        super().__init__(words.en)

    def message(self, locale: str) -> str:
        """Return the sentence in ``locale`` (any ``zh`` locale gives Chinese, all others English)."""
        return Words(self.message_en, self.message_zh).in_locale(locale)


class UnknownRule(LawRefusal):
    """No rule has this name or row; ``suggestions`` are the nearest names."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        self.suggestions = tuple(get_close_matches(name, list(known), n=3, cutoff=0.5))
        near_en = f" Did you mean {', '.join(self.suggestions)}?" if self.suggestions else ""
        near_zh = f"是否指：{'、'.join(self.suggestions)}？" if self.suggestions else ""
        super().__init__(Words(f"There is no rule '{name}'.{near_en}", f"没有名为“{name}”的规则。{near_zh}"))


class NoLawInForce(LawRefusal):
    """On ``on`` no version of the rule was in force; ``repealed_by`` is the act that ended it, where one did."""

    def __init__(self, rule_id: str, title: Words, on: date, *, why: Words, repealed_by: Repeal | None) -> None:
        self.rule_id = rule_id
        self.on = on
        self.repealed_by = repealed_by
        super().__init__(
            Words(
                f"No law in force: {title.en} ({rule_id}) on {on}. {why.en}",
                f"没有现行法律依据：{title.zh}（{rule_id}），{on}。{why.zh}",
            )
        )


class NoLimitThen(NoLawInForce):
    """The law did not set this limit yet: no clock runs, and whatever waits for it need not wait.

    Only where the file says ``before_first: no_limit``; any other date outside the versions is refused.
    """


class StraddlingDecision(LawRefusal):
    """A span crosses a change of the law and nobody has confirmed which law governs it."""

    def __init__(self, rule_id: str, title: Words, *, boundary: date, starts: date, ends: date) -> None:
        self.rule_id = rule_id
        self.boundary = boundary
        super().__init__(
            Words(
                f"{title.en} ({rule_id}): the time from {starts} to {ends} crosses {boundary}, when the law changed, "
                "and the transition rule is not confirmed. Somebody must confirm it in the law file first.",
                f"{title.zh}（{rule_id}）：{starts}至{ends}跨越{boundary}的法律变更日，过渡规则尚未确认。"
                "须先由专人在法律规则文件中确认。",
            )
        )


class DateMissing(LawRefusal):
    """The version cannot be chosen without the date the rule names."""

    def __init__(self, rule_id: str, title: Words, *, needed: Words, boundary: date) -> None:
        self.rule_id = rule_id
        self.boundary = boundary
        super().__init__(
            Words(
                f"{title.en} ({rule_id}): the law changed on {boundary}, so the {needed.en} is needed to choose "
                "the law.",
                f"{title.zh}（{rule_id}）：法律于{boundary}变更，须提供{needed.zh}以确定适用的法律。",
            )
        )


class NoBracket(LawRefusal):
    """No bracket of a fine reaches these facts: no fine may be imposed."""


class FineOutOfRange(LawRefusal):
    """The amount lies outside the bracket the law sets for these facts."""


class NotThisKind(LawRefusal):
    """The rule is of another kind than the question needs (a levy has no due date, for instance)."""
