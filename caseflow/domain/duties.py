"""Separation of duties: which parts of one matter two persons have, as data, and who is kept from acting. Pure.

A matter is a case, a payment, a paper, a wind-down run, a finding, a grant. Whoever acts lends a hand to it in a part;
:data:`APART` lists the parts that two persons have, whichever comes first. Every use case that writes asks here,
through :func:`caseflow.services.duties.check_duties`. The database holds what it can see of it (migration 0025).

Source: the Administrative Penalties Law (2021) articles 42, 55, 57, 58 (two officers, recusal, who examines and who
decides), 67 and 74 (who decides does not collect); the rule of two lines for income and expenditure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from caseflow.domain.access import Actor, Role, roles_apart
from caseflow.domain.cases import Case
from caseflow.domain.words import Words
from caseflow.domain.workflow_model import Definition, Step


class Part(StrEnum):
    """The part somebody has in a matter."""

    INVESTIGATOR = "investigator"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    DECIDER = "decider"
    CASHIER = "cashier"
    PREPARER = "preparer"
    COMMITTER = "committer"
    CHECKER = "checker"
    COLLECTOR = "collector"
    REVERSER = "reverser"
    REPLIER = "replier"
    CLOSER = "closer"
    PROPOSER = "proposer"
    RECEIVER = "receiver"
    CONFIRMER = "confirmer"


@dataclass(frozen=True)
class Apart:
    """Two parts of one matter that two persons have, in whatever order, and what is said to whoever had the other."""

    one: Part
    other: Part
    words: Words

    def forbids(self, part: Part, had: Part) -> bool:
        """Tell whether whoever had the part ``had`` may not have ``part`` too."""
        return (part, had) in ((self.one, self.other), (self.other, self.one))


def _words(en: str, zh: str) -> Words:
    return Words(f"needs another person: {en}", f"须由他人办理：{zh}")


APART: tuple[Apart, ...] = (
    Apart(
        Part.INVESTIGATOR,
        Part.REVIEWER,
        _words("who investigates a case does not review it", "同一案件的调查人员不得担任审核人员"),
    ),
    Apart(
        Part.INVESTIGATOR,
        Part.APPROVER,
        _words("who investigates a case does not approve in it", "同一案件的调查人员不得担任审批人员"),
    ),
    Apart(
        Part.REVIEWER,
        Part.APPROVER,
        _words("who reviews a case does not approve in it", "同一案件的审核人员不得担任审批人员"),
    ),
    Apart(
        Part.DECIDER,
        Part.CASHIER,
        _words("who decides an amount does not take its money", "作出决定的人员不得收取该款项"),
    ),
    Apart(
        Part.PREPARER,
        Part.CHECKER,
        _words("who prepared something does not approve it", "经办人不得审批本人经办的事项"),
    ),
    Apart(
        Part.COMMITTER,
        Part.CHECKER,
        _words("who made the commitment does not approve its payment", "登记承诺的人员不得审批其付款"),
    ),
    Apart(
        Part.COLLECTOR,
        Part.REVERSER,
        _words("who took money does not reverse the entry", "收款人不得冲销本人收取的款项"),
    ),
    Apart(
        Part.REPLIER,
        Part.CLOSER,
        _words("who replied to a finding does not close it", "答复审计发现的人员不得将其销号"),
    ),
    Apart(
        Part.PROPOSER,
        Part.CONFIRMER,
        _words("who proposed a grant does not confirm it", "提出授权的人员不得确认该授权"),
    ),
    Apart(
        Part.RECEIVER,
        Part.CONFIRMER,
        _words("nobody confirms a grant to themselves", "任何人不得确认对本人的授权"),
    ),
    Apart(
        Part.RECEIVER,
        Part.PROPOSER,
        _words("nobody proposes a grant to themselves", "任何人不得为本人申请授权"),
    ),
)
_BY_ROLE: Mapping[Role, Part] = {
    Role.OFFICER: Part.INVESTIGATOR,
    Role.REVIEWER: Part.REVIEWER,
    Role.APPROVER: Part.APPROVER,
    Role.CASHIER: Part.CASHIER,
}
_RECUSED = Words(
    "you are recused from this case: a supervisor has recorded why, under “Recusals” of the case",
    "您已回避本案：督查员已登记回避理由，见本案“回避”",
)
_SEES_NO_CASE = Words("an administrator takes no part in cases", "系统管理员不得参与案件办理")


@dataclass(frozen=True)
class Bar:
    """Why somebody may not act: a code for programs, and words."""

    code: str
    words: Words


class DutiesRefused(Exception):
    """Whoever acts had another part of the matter, or is recused; ``bars`` says everything that is in the way."""

    def __init__(self, *bars: Bar) -> None:
        self.bars = bars
        super().__init__("; ".join(bar.words.en for bar in bars))

    @property
    def words(self) -> Words:
        """Everything that is in the way, in one sentence a bar."""
        return Words("; ".join(one.words.en for one in self.bars), "；".join(one.words.zh for one in self.bars))


@dataclass(frozen=True)
class Matter:
    """What somebody acts on: who had which part of it before, and the case it is about, where it is about one.

    ``recused`` are the ids of those who take no part in the case. ``in_place_of`` are those in whose place a lent role
    acts: whatever they may not do themselves is not done for them by their substitute either.
    """

    had: Mapping[Part, Collection[int]] = field(default_factory=dict)
    recused: frozenset[int] = frozenset()
    of_a_case: bool = False
    in_place_of: frozenset[int] = frozenset()


def parts_of_step(step: Step | None, role: Role) -> frozenset[Part]:
    """Return the parts that taking ``step`` as ``role`` is: by the role, and the decider's where it sets an amount."""
    parts = {_BY_ROLE[role]} if role in _BY_ROLE else set()
    if step is not None and step.levies:
        parts.add(Part.DECIDER)
    return frozenset(parts)


def case_matter(definition: Definition, case: Case, in_place_of: Collection[int] = ()) -> Matter:
    """Return the case as a matter: who had which part by the steps taken on it (an old casebook's count for nobody)."""
    had: dict[Part, set[int]] = {}
    for taken in case.history:
        if taken.reported or taken.role is None:
            continue
        for part in parts_of_step(definition.steps.get(taken.trigger), taken.role):
            had.setdefault(part, set()).add(taken.actor_id)
    return Matter(had, case.recused, of_a_case=True, in_place_of=frozenset(in_place_of))


def bars(actor: Actor, parts: Collection[Part], matter: Matter) -> tuple[Bar, ...]:
    """Return everything that keeps ``actor`` from having these parts of ``matter``; an empty tuple: nothing does."""
    found: list[Bar] = []
    if matter.of_a_case and Role.ADMINISTRATOR in actor.roles:
        found.append(Bar("administrator", _SEES_NO_CASE))
    apart = roles_apart(actor.roles)
    if apart is not None:
        found.append(Bar("roles_apart", apart))
    if actor.id in matter.recused:
        found.append(Bar("recused", _RECUSED))
    acting = {actor.id, *matter.in_place_of}
    met = (
        rule
        for rule in APART
        if any(
            rule.forbids(part, had) and acting.intersection(people)
            for part in parts
            for had, people in matter.had.items()
        )
    )
    return (*found, *(Bar("four_eyes", rule.words) for rule in met))
