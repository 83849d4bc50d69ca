"""Substitutes: who stands in for whom, from which day to which, and what of it may not be arranged. Pure.

An arrangement is time-boxed and never changed; it can be ended once. ``ended_on`` is the first day on which it holds no
longer, so that what is ended today ends at once. The database holds the same (migration 0011).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from caseflow.domain.access import LENDABLE, Actor, Permission, Role, may, roles_apart
from caseflow.domain.stepping import ROLE_WORDS
from caseflow.domain.words import Words

LONGEST_DAYS = 366
LONGEST_REASON = 500
# A desk asks once for each person it stands in for, so their number is bounded.
MOST_AT_ONCE = 5


class Standing(StrEnum):
    """Where an arrangement stands on a day."""

    CURRENT = "current"
    COMING = "coming"
    PAST = "past"


@dataclass(frozen=True)
class Arranged:
    """An arrangement: ``substitute_id`` stands in for ``away_id`` from ``from_on`` to ``until_on``, both included."""

    away_id: int
    substitute_id: int
    from_on: date
    until_on: date
    ended_on: date | None = None

    @property
    def last_on(self) -> date:
        """The last day it holds; before ``from_on`` where it was ended before it began."""
        if self.ended_on is None:
            return self.until_on
        return min(self.until_on, self.ended_on - timedelta(days=1))

    def holds_on(self, day: date) -> bool:
        """Tell whether it holds on ``day``."""
        return self.from_on <= day <= self.last_on

    def meets(self, from_on: date, until_on: date) -> bool:
        """Tell whether it holds on some day of a stretch."""
        return max(self.from_on, from_on) <= min(self.last_on, until_on)

    def standing(self, today: date) -> Standing:
        """Return where it stands on ``today``."""
        if max(self.from_on, today) > self.last_on:
            return Standing.PAST
        return Standing.CURRENT if self.from_on <= today else Standing.COMING


@dataclass(frozen=True)
class Fault:
    """Why an arrangement is refused: the field, a code for programs, and words. An empty field means the whole."""

    field: str
    code: str
    words: Words


class SubstituteRefused(Exception):
    """An arrangement, or its end, is refused; ``faults`` says everything that is wrong."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(fault.words.en for fault in faults))


def lent_roles(away: Collection[Role], substitute: Collection[Role]) -> frozenset[Role]:
    """Return the roles that the one away lends to a substitute who holds ``substitute``."""
    return frozenset(away) & LENDABLE - frozenset(substitute)


def day_faults(from_on: date | None, until_on: date | None, today: date) -> list[Fault]:
    """Return what is wrong with the days of an arrangement (None: what was typed is no day)."""
    found = []
    if from_on is None:
        found.append(
            Fault(
                "from_on", "no_day", Words("Give the first day, such as 2026-03-08", "请填写起始日期，例如2026-03-08")
            )
        )
    elif from_on < today:
        found.append(
            Fault("from_on", "past", Words(f"It cannot begin before today ({today})", f"不得早于今天（{today}）"))
        )
    if until_on is None:
        found.append(
            Fault(
                "until_on", "no_day", Words("Give the last day, such as 2026-03-15", "请填写终止日期，例如2026-03-15")
            )
        )
    elif from_on is not None and until_on < from_on:
        found.append(
            Fault("until_on", "before_first", Words("The last day lies before the first", "终止日期早于起始日期"))
        )
    elif from_on is not None and (until_on - from_on).days >= LONGEST_DAYS:
        found.append(Fault("until_on", "too_long", Words("It may last a year at most", "最长不超过一年")))
    return found


def reason_faults(reason: str) -> list[Fault]:
    """Return what is wrong with the reason given."""
    if reason and len(reason) <= LONGEST_REASON:
        return []
    words = Words(f"Give the reason in at most {LONGEST_REASON} characters", f"请填写原因，不超过{LONGEST_REASON}字")
    return [Fault("reason", "reason", words)]


def people_faults(by: Actor, away: Actor | None, substitute: Actor | None) -> list[Fault]:
    """Return why these two may not be arranged by ``by``; None: nobody of the office who works there.

    An administrator arranges for anybody. Nobody else lends power: their own substitute holds their roles already.
    """
    found = []
    if away is None or Role.ADMINISTRATOR in away.own_roles:
        words = Words(
            "Choose who is away: somebody who works here and is no administrator",
            "请选择离岗人员：须为本单位在岗人员，且非系统管理员",
        )
        found.append(Fault("away", "nobody", words))
    if substitute is None or Role.ADMINISTRATOR in substitute.own_roles:
        words = Words(
            "Choose the substitute: somebody who works here and is no administrator",
            "请选择代岗人：须为本单位在岗人员，且非系统管理员",
        )
        found.append(Fault("substitute", "nobody", words))
    if found or away is None or substitute is None:
        return found
    if away.id == substitute.id:
        return [Fault("substitute", "same", Words("Nobody stands in for themselves", "代岗人不得为本人"))]
    return _role_faults(by, away.own_roles, substitute.own_roles)


def _role_faults(by: Actor, away: frozenset[Role], substitute: frozenset[Role]) -> list[Fault]:
    apart = roles_apart(away | substitute)
    if apart is not None:
        words = Words(f"These two cannot stand in for one another: {apart.en}", f"二人不得互相代岗：{apart.zh}")
        return [Fault("substitute", "apart", words)]
    missing = away - substitute
    if missing and Role.AUDITOR in substitute:
        words = Words(
            "An auditor takes no part in what they audit: choose somebody else",
            "审计员不得参与所审计的工作，请选择其他人员",
        )
        return [Fault("substitute", "auditor", words)]
    never = missing - LENDABLE
    if never:
        named = _named(never)
        words = Words(
            f"The role is never lent: choose somebody who is {named.en} already",
            f"该岗位不得出借，请选择本来就担任{named.zh}的人员",
        )
        return [Fault("substitute", "never_lent", words)]
    if missing and not may(by, Permission.MANAGE_STAFF):
        named = _named(missing)
        words = Words(
            f"Only the administrator lends a role: choose somebody who is {named.en} already, or ask the administrator",
            f"岗位只能由系统管理员出借：请选择本来就担任{named.zh}的人员，或请系统管理员安排",
        )
        return [Fault("substitute", "lends", words)]
    return []


def clash_faults(asked: Arranged, known: Sequence[Arranged]) -> list[Fault]:
    """Return which of the arrangements ``known`` the one asked for cannot stand beside."""
    meeting = [one for one in known if one.meets(asked.from_on, asked.until_on)]
    checks = (
        ("away", "overlap", "somebody stands in for this person already", "该人员已有代岗人",
         [one for one in meeting if one.away_id == asked.away_id]),
        ("substitute", "chain", "the substitute is away then", "代岗人届时不在岗",
         [one for one in meeting if one.away_id == asked.substitute_id]),
        ("away", "chain", "whoever is away was to stand in for somebody else then", "该人员届时须代他人之岗",
         [one for one in meeting if one.substitute_id == asked.away_id]),
    )  # fmt: skip
    found = []
    for field, code, en, zh, clashing in checks:
        if clashing:
            first, last = clashing[0].from_on, clashing[0].last_on
            words = Words(f"From {first} to {last} {en}", f"{first}至{last}：{zh}")
            found.append(Fault(field, code, words))
    if len([one for one in meeting if one.substitute_id == asked.substitute_id]) >= MOST_AT_ONCE:
        words = Words(
            f"Nobody stands in for more than {MOST_AT_ONCE} at a time", f"同一时期代岗不得超过{MOST_AT_ONCE}人"
        )
        found.append(Fault("substitute", "too_many", words))
    return found


def end_fault(one: Arranged, on: date, today: date) -> Fault | None:
    """Return why an arrangement cannot be ended so that it no longer holds on ``on``; None where it can."""
    if one.ended_on is not None and on >= one.ended_on:
        return Fault(
            "", "ended", Words(f"It was ended already, as of {one.ended_on}", f"该代岗已自{one.ended_on}起终止")
        )
    if one.standing(today) is Standing.PAST or on > one.last_on:
        return Fault("", "over", Words(f"It ends by itself on {one.last_on}", f"该代岗至{one.last_on}自行终止"))
    return None


def _named(roles: Collection[Role]) -> Words:
    words = [ROLE_WORDS[role] for role in sorted(roles)]
    return Words(" and ".join(one.en for one in words), "、".join(one.zh for one in words))
