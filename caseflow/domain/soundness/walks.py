"""Random walks through a workflow, to see what practice over many cases would touch."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from random import Random

from caseflow.domain.soundness.space import Situation, Space
from caseflow.domain.workflow_model import Definition, Step

_LONGEST_WALK = 2_000


@dataclass(frozen=True)
class Coverage:
    """What ``runs`` walks touched: how often each state and step, how each walk ended, and the steps it took."""

    runs: int
    states: Counter[str]
    steps: Counter[str]
    ends: Counter[str]
    longest: int
    unfinished: int


def walk(definition: Definition, *, seed: int, runs: int) -> Coverage:
    """Return what ``runs`` random walks from the opening touched; the same seed walks the same way.

    Conditions are free and needs are honoured. Every other walk first goes the shortest way to the step taken
    least so far; for the rest, steps seldom taken are preferred. A walk ends in a final state, or unfinished after
    2,000 steps or where no step is open.
    """
    space = Space(definition)
    random = Random(seed)  # noqa: S311 - a walk that can be repeated, no secret
    states: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    longest = unfinished = 0
    openings = _openings(space)
    for run in range(runs):
        situation, length = space.start, 0
        states[situation[0]] += 1
        aim = min(openings, key=lambda name: (steps[name], random.random())) if run % 2 and openings else None
        way = deque([*(step for _, step, _ in space.path_to(openings[aim])), aim]) if aim else deque[str]()
        while length < _LONGEST_WALK and (moves := list(space.moves(situation))):
            ahead = [move for move in moves if way and move[0].name == way[0]]
            if way:
                way.popleft()
            step, situation = random.choices(ahead or moves, [_weight(step, steps) for step, _ in ahead or moves])[0]
            steps[step.name] += 1
            states[situation[0]] += 1
            length += 1
        ends[situation[0]] += 1
        longest = max(longest, length)
        unfinished += not definition.states[situation[0]].final
    return Coverage(runs, states, steps, ends, longest, unfinished)


def _openings(space: Space) -> dict[str, Situation]:
    """Return the nearest situation in which each step opens."""
    openings: dict[str, Situation] = {}
    for situation in space.reached:
        for step, _ in space.moves(situation):
            openings.setdefault(step.name, situation)
    return openings


def _weight(step: Step, taken: Counter[str]) -> float:
    return 1 / (1 + taken[step.name])
