"""Whether an office, with the people who work in it, has somebody for every step, whatever they did before. Pure.

Judged against the worst case over every situation a case can come into: each step that bars its taker from the one
asked about (``not_by``) was taken by somebody who could have taken that one, each step once, and everybody who could
have had a part kept apart from it has had it. Substitutes are not counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Role
from caseflow.domain.duties import APART, Part, parts_of_step
from caseflow.domain.soundness.space import Situation, Space, search
from caseflow.domain.stepping import ROLE_WORDS
from caseflow.domain.words import Words
from caseflow.domain.workflow_model import Definition, Step

Staff = Mapping[int, frozenset[Role]]
_CASE_PARTS = (Part.INVESTIGATOR, Part.REVIEWER, Part.APPROVER, Part.DECIDER, Part.CASHIER)
_OFFICERS_ON_A_CASE = 2


@dataclass(frozen=True)
class Gap:
    """A step that nobody of the office may be able to take, and what is missing."""

    regime: str
    step: str
    words: Words


@dataclass(frozen=True)
class _Judge:
    """One step of a definition, judged against the people of the office."""

    definition: Definition
    step: Step
    staff: Staff

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(map(Role, self.step.by))

    @property
    def pool(self) -> list[int]:
        """Whoever holds a role that takes the step."""
        return [one for one, held in self.staff.items() if held & self.roles]

    @property
    def barring(self) -> list[Step]:
        """The steps whose taker may not take this one, where somebody could take both."""
        return [self.definition.steps[name] for name in self.step.not_by]

    def kept_apart(self, held: Collection[Role], had: Collection[Part]) -> bool:
        """Tell whether somebody with these roles may have had parts that keep them from every role of the step."""
        able = {part for role in held for part in _parts_within_reach(self.definition, role)} & set(had)
        return all(
            any(rule.forbids(part, other) for rule in APART for part in self.parts(role) for other in able)
            for role in self.roles & set(held)
        )

    def parts(self, role: Role) -> frozenset[Part]:
        """Return the parts that taking the step as ``role`` is."""
        return parts_of_step(self.step, role)

    def leaves_nobody(self, taken: Sequence[Step], had: Collection[Part]) -> bool:
        """Tell whether everybody of the pool may be barred once these steps were taken and these parts were had."""
        free = [one for one in self.pool if not self.kept_apart(self.staff[one], had)]
        return _matched(free, taken, self.staff) == len(free)


def office_gaps(definition: Definition, staff: Staff) -> tuple[Gap, ...]:
    """Return the steps of a definition that ``staff`` (active people with their own roles) may be unable to take."""
    found = []
    space: Space | None = None
    officers = sum(Role.OFFICER in held for held in staff.values())
    for step in definition.steps.values():
        judge = _Judge(definition, step, staff)
        if not judge.pool:
            found.append(_gap(judge, _nobody(judge)))
        elif step.needs.officers > officers and Role.OFFICER in judge.roles:
            found.append(_gap(judge, _too_few_officers(officers)))
        elif judge.leaves_nobody(judge.barring, _CASE_PARTS):
            # Only what could be short when everything had come before is looked at in the order things can come.
            space = space or Space(definition)
            worst = _worst(space, judge)
            if worst is not None:
                found.append(_gap(judge, worst))
    return tuple(found)


def _worst(space: Space, judge: _Judge) -> Words | None:
    barring = judge.barring
    for mask in _taken_before(space, judge):
        taken = [one for place, one in enumerate(barring) if mask & 1 << place]
        had = [part for place, part in enumerate(_CASE_PARTS, len(barring)) if mask & 1 << place]
        if judge.leaves_nobody(taken, had):
            return _barred(judge, taken, had)
    return None


def _taken_before(space: Space, judge: _Judge) -> Iterator[int]:
    """Yield what may have come before when the step opens: a bit for each barring step, then one for each part."""
    barring = judge.barring
    width = len(barring) + len(_CASE_PARTS)
    bits = {step.name: 0 for step in judge.definition.steps.values()}
    for place, one in enumerate(barring):
        bits[one.name] |= 1 << place
    for step in judge.definition.steps.values():
        for place, part in enumerate(_CASE_PARTS, len(barring)):
            if any(part in parts_of_step(step, Role(role)) for role in step.by):
                bits[step.name] |= 1 << place
    opened = 1 << len(barring) + _CASE_PARTS.index(Part.INVESTIGATOR)

    def moves(situation: Situation) -> Iterator[tuple[Step, Situation]]:
        state, flags = situation
        for taken, (target, new_flags) in space.moves((state, flags >> width)):
            yield taken, (target, new_flags << width | flags & (1 << width) - 1 | bits[taken.name])

    state, flags = space.start
    seen: set[int] = set()
    for situation in search((state, flags << width | opened), moves):
        mask = situation[1] & (1 << width) - 1
        if mask not in seen and any(taken.name == judge.step.name for taken, _ in moves(situation)):
            seen.add(mask)
            yield mask


def _parts_within_reach(definition: Definition, role: Role) -> frozenset[Part]:
    """Return the parts that somebody with ``role`` may come to have in a case; an officer has one by opening it."""
    found = set(parts_of_step(None, role)) if role is Role.OFFICER else set[Part]()
    for step in definition.steps.values():
        if role.value in step.by:
            found |= parts_of_step(step, role)
    return frozenset(found)


def _matched(people: Sequence[int], taken: Sequence[Step], staff: Staff) -> int:
    """Return how many of these people may each have taken another one of the steps (a largest matching)."""
    taker: dict[str, int] = {}

    def place(person: int, tried: set[str]) -> bool:
        for step in taken:
            if step.name in tried or not staff[person] & set(map(Role, step.by)):
                continue
            tried.add(step.name)
            if step.name not in taker or place(taker[step.name], tried):
                taker[step.name] = person
                return True
        return False

    return sum(place(person, set()) for person in people)


def _gap(judge: _Judge, words: Words) -> Gap:
    return Gap(judge.definition.regime, judge.step.name, words)


def _named(roles: Collection[Role]) -> Words:
    known = [ROLE_WORDS[role] for role in sorted(roles)]
    return Words(" or ".join(one.en for one in known), "或".join(one.zh for one in known))


def _nobody(judge: _Judge) -> Words:
    named = _named(judge.roles)
    return Words(f"nobody of the office is {named.en}", f"本单位没有{named.zh}")


def _too_few_officers(there: int) -> Words:
    return Words(
        f"it needs {_OFFICERS_ON_A_CASE} enforcement officers, and the office has {there}",
        f"须有{_OFFICERS_ON_A_CASE}名执法人员，本单位现有{there}名",
    )


def _barred(judge: _Judge, taken: Sequence[Step], had: Collection[Part]) -> Words:
    named, there = _named(judge.roles), len(judge.pool)
    why_en = [f"“{one.title.en}”" for one in taken]
    why_zh = [f"“{one.title.zh}”" for one in taken]
    if any(judge.kept_apart(judge.staff[one], had) for one in judge.pool):
        why_en.append("a part of the case that another person has to have")
        why_zh.append("同一案件中须由他人办理的环节")
    return Words(
        f"one more {named.en} is needed: the office has {there}, who may all have taken {' or '.join(why_en)}",
        f"还须增加一名{named.zh}：本单位现有{there}名，可能均已办理{'或'.join(why_zh)}",
    )
