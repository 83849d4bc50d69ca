"""The situations a case can be in: every state together with what has been made, taken and started so far.

A situation is ``(state, flags)``; ``flags`` is a bit set over the documents, services, steps and clocks that
some step needs. Conditions and the passing of time are free: a step whose conditions contradict each other is the only
one they close. Flags are never taken back, only forgotten once nothing still to come asks for them, so the space is
finite and small.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from caseflow.domain.workflow_model import Definition, Step

Situation = tuple[str, int]
Path = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Move:
    """A step as the space sees it: the flags it needs and the flags it sets."""

    step: Step
    needs: int
    adds: int


@dataclass(frozen=True, slots=True)
class Graph:
    """What can be reached, by number: every property searches it again, and numbers are compared fastest.

    ``edges`` are the different (step, state led into); ``moves`` holds for each situation (edge, situation led into).
    """

    situations: tuple[Situation, ...]
    edges: tuple[tuple[Step, str], ...]
    moves: tuple[tuple[tuple[int, int], ...], ...]


class Space:
    """Searches over the situations of one definition."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        flags = _needed_flags(definition)
        self._bits = {flag: 1 << place for place, flag in enumerate(sorted(flags))}
        self._known: dict[Situation, tuple[tuple[Step, Situation], ...]] = {}
        self._moves: Mapping[str, tuple[Move, ...]] = {
            state: tuple(move for step in definition.steps_from(state) if (move := self._move(step)) is not None)
            for state in definition.states
        }

    def _move(self, step: Step) -> Move | None:
        if set(step.when) & set(step.unless):
            return None
        return Move(step, self._mask(needed_by(step)), self._mask(set_by(step)))

    def _mask(self, flags: frozenset[tuple[str, str]]) -> int:
        mask = 0
        for flag in flags:
            mask |= self._bits.get(flag, 0)
        return mask

    @property
    def start(self) -> Situation:
        """The situation of a case just opened."""
        opening = self.definition.states[self.definition.opens]
        return opening.name, self._entered[opening.name] & self._live[opening.name]

    def moves(self, situation: Situation) -> tuple[tuple[Step, Situation], ...]:
        """Return the steps that can open in ``situation`` and where each leads.

        Every property searches the same space again, so the answer is kept.
        """
        known = self._known.get(situation)
        if known is None:
            state, flags = situation
            opening = ((move, move.step.target(state)) for move in self._moves[state] if move.needs & ~flags == 0)
            known = tuple(
                (move.step, (to, (flags | move.adds | self._entered[to]) & self._live[to])) for move, to in opening
            )
            self._known[situation] = known
        return known

    @cached_property
    def _entered(self) -> Mapping[str, int]:
        return {
            state.name: self._mask(frozenset(("clock", clock) for clock in state.clocks))
            for state in self.definition.states.values()
        }

    @cached_property
    def _live(self) -> Mapping[str, int]:
        """The flags that some step still to come from a state may need; what no step asks for again is forgotten."""
        live = dict.fromkeys(self._moves, 0)
        for state, moves in self._moves.items():
            for move in moves:
                live[state] |= move.needs
        changed = True
        while changed:
            changed = False
            for state, moves in self._moves.items():
                wanted = live[state]
                for move in moves:
                    wanted |= live[move.step.target(state)]
                if wanted != live[state]:
                    live[state], changed = wanted, True
        return live

    @cached_property
    def reached(self) -> Mapping[Situation, tuple[Situation, str] | None]:
        """Every situation that can arise, in order of distance, with where it was first come from."""
        return search(self.start, self.moves)

    @cached_property
    def graph(self) -> Graph:
        """The situations that can arise and the moves between them, the start first."""
        numbers = {situation: number for number, situation in enumerate(self.reached)}
        edges: dict[tuple[str, str], int] = {}
        known: list[tuple[Step, str]] = []
        moves = []
        for situation in numbers:
            row = []
            for step, target in self.moves(situation):
                edge = edges.setdefault((step.name, target[0]), len(known))
                if edge == len(known):
                    known.append((step, target[0]))
                row.append((edge, numbers[target]))
            moves.append(tuple(row))
        return Graph(tuple(numbers), tuple(known), tuple(moves))

    @cached_property
    def taken(self) -> frozenset[str]:
        """The names of the steps that can open in some situation."""
        return frozenset(step.name for situation in self.reached for step, _ in self.moves(situation))

    def path_to(self, situation: Situation) -> Path:
        """Return the shortest path from the opening to ``situation`` as (from, step, to)."""
        return path_in(self.reached, situation)

    def missing(self, situation: Situation, step: Step) -> tuple[str, ...]:
        """Return in words what ``step`` still needs in ``situation``."""
        flags = situation[1]
        return tuple(
            f"{kind} '{name}'" for kind, name in sorted(needed_by(step)) if not self._bits.get((kind, name), 0) & flags
        )


def search(
    start: Situation, moves: Callable[[Situation], Iterable[tuple[Step, Situation]]]
) -> dict[Situation, tuple[Situation, str] | None]:
    """Search breadth first from ``start``; returns every situation found and how it was first reached."""
    reached: dict[Situation, tuple[Situation, str] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        situation = waiting.popleft()
        for step, target in moves(situation):
            if target not in reached:
                reached[target] = (situation, step.name)
                waiting.append(target)
    return reached


def path_in(reached: Mapping[Situation, tuple[Situation, str] | None], situation: Situation) -> Path:
    """Return how ``situation`` was first reached, as (from, step, to)."""
    path: list[tuple[str, str, str]] = []
    origin = reached[situation]
    while origin is not None:
        before, step = origin
        path.append((before[0], step, situation[0]))
        situation, origin = before, reached[before]
    return tuple(reversed(path))


def shown(opens: str, path: Path) -> str:
    """Return a path as ``a -step-> b -step-> c``."""
    return opens + "".join(f" -{step}-> {target}" for _, step, target in path)


def needed_by(step: Step) -> frozenset[tuple[str, str]]:
    """Return what must have been made, taken or started before ``step`` opens."""
    return frozenset(
        [("document", name) for name in step.needs.documents]
        + [("step", name) for name in step.needs.steps]
        + [("clock", name) for name in (*step.opens_after, *step.within)]
        + [("service", name) for name in step.needs.served]
    )


def set_by(step: Step) -> frozenset[tuple[str, str]]:
    """Return what is made, taken or started once ``step`` was taken (without the clocks of the state it enters)."""
    return frozenset(
        [("document", name) for name in step.makes]
        + [("step", step.name)]
        + [("clock", start.clock) for start in step.starts]
        + ([("service", step.serves)] if step.serves is not None else [])
    )


def _needed_flags(definition: Definition) -> frozenset[tuple[str, str]]:
    return frozenset(flag for step in definition.steps.values() for flag in needed_by(step))
