"""Judges whether the office has somebody for every step, and a second person wherever four eyes are asked for."""

from __future__ import annotations

from collections.abc import Iterator

from caseflow.domain.soundness.space import Situation, Space, search
from caseflow.domain.sources import Problem, SourceDocument
from caseflow.domain.workflow_model import Definition, Step


def staffing_problems(document: SourceDocument, space: Space) -> Iterator[Problem]:
    """Yield the steps that nobody, or too few, may take in an office with no more than the declared seats."""
    definition = space.definition
    officers = definition.seats.get("officer", 0)
    for step in definition.steps.values():
        where = ("steps", step.name)
        roles = " or ".join(step.by)
        if step.needs.officers > officers:
            yield document.problem(
                (*where, "needs", "officers"),
                f"'{step.name}' needs {step.needs.officers} officers on the case, and the office keeps {officers}",
            )
        if _seats(definition, set(step.by)) == 0:
            reason = f"nobody may take '{step.name}': the office keeps no seat for {roles}"
            yield document.problem((*where, "by"), reason)
        else:
            yield from _four_eyes(document, space, step)


def _seats(definition: Definition, roles: set[str]) -> int:
    return sum(definition.seats.get(role, 0) for role in roles)


def _four_eyes(document: SourceDocument, space: Space, step: Step) -> Iterator[Problem]:
    definition = space.definition
    roles = set(step.by)
    barring = [definition.steps[name] for name in step.not_by if roles & set(definition.steps[name].by)]
    if not barring:
        return
    seated = _seats(definition, roles)
    barred = max((_barred(definition, roles, taken) for taken in _taken_before(space, step, barring)), default=0)
    if barred >= seated:
        names = ", ".join(f"'{other.name}'" for other in barring)
        yield document.problem(
            ("steps", step.name, "not_by"),
            f"four eyes can leave nobody for '{step.name}': the office keeps {seated} as {' or '.join(step.by)},"
            f" and {barred} of them may have taken {names}",
        )


def _barred(definition: Definition, roles: set[str], taken: tuple[Step, ...]) -> int:
    shared = set[str]().union(*(roles & set(other.by) for other in taken))
    return min(len(taken), _seats(definition, shared))


def _taken_before(space: Space, step: Step, barring: list[Step]) -> Iterator[tuple[Step, ...]]:
    """Yield the sets of ``barring`` steps that may have been taken when ``step`` opens.

    A step taken again is reckoned to be taken again by the same people.
    """
    bits = {other.name: 1 << place for place, other in enumerate(barring)}
    width = len(barring)

    def moves(situation: Situation) -> Iterator[tuple[Step, Situation]]:
        state, flags = situation
        for taken, (target, new_flags) in space.moves((state, flags >> width)):
            yield taken, (target, new_flags << width | flags & (1 << width) - 1 | bits.get(taken.name, 0))

    start, flags = space.start
    seen: set[int] = set()
    for situation in search((start, flags << width), moves):
        mask = situation[1] & (1 << width) - 1
        if mask not in seen and any(taken.name == step.name for taken, _ in moves(situation)):
            seen.add(mask)
            yield tuple(other for other in barring if mask & bits[other.name])
