"""Reads and checks the properties a workflow file states about itself, over every situation that can arise."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from caseflow.domain.soundness.space import Path, Situation, Space, shown
from caseflow.domain.soundness.structure import CLOSED, after_regime_end, can_reach, is_in_phase
from caseflow.domain.sources import Problem, SourceDocument
from caseflow.domain.workflow_model import Definition, Step

Kind = Literal["step", "document", "service", "state", "phase"]

_NAME = r"([a-z][a-z0-9_]*)"
_GIVEN = rf"(?: (when|unless) {_NAME})?"
_PRECEDES = re.compile(rf"(service of )?{_NAME} precedes (any )?{_NAME}{_GIVEN}")
_ONCE = re.compile(rf"once {_NAME}, {_NAME} precedes (any )?{_NAME}{_GIVEN}")
_NEVER = re.compile(rf"never {_NAME} after {_NAME}{_GIVEN}")
_UNREACHABLE = re.compile(rf"{_NAME} is not reachable{_GIVEN}")
_ENDS = re.compile(rf"every path ends in {_NAME}")
_REGIME_END = re.compile(rf"after regime end only {_NAME} is open")
# Within one step: it is taken, then its documents are there, then the case enters the state, and so the phase.
_ORDER: dict[Kind, int] = {"step": 0, "document": 1, "service": 1, "state": 2, "phase": 3}
_PHASES = frozenset({"investigation", "assessment", "court_referral", "collection", CLOSED})
_BRANCHES = frozenset({"main", "wind_down"})
FORMS = (
    "A precedes B [when|unless CONDITION]; A precedes any PHASE; service of DOCUMENT precedes B; once A, B precedes C;"
    " never B after A; A is not reachable when CONDITION; every path ends in PHASE;"
    " after regime end only BRANCH is open"
)


class PropertyUnreadable(ValueError):
    """A property is in none of the forms, or names something that does not exist."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens when a step is taken: the step, what it makes or serves, a state or phase it enters."""

    kind: Kind
    name: str

    def happens(self, definition: Definition, step: Step, target: str) -> bool:
        """Say whether taking ``step`` into ``target`` makes it happen."""
        if self.kind == "step":
            return step.name == self.name
        if self.kind == "document":
            return self.name in step.makes
        if self.kind == "service":
            return step.serves == self.name
        return self.in_state(definition, target)

    def in_state(self, definition: Definition, state: str) -> bool:
        """Say whether standing in ``state`` makes it happen."""
        if self.kind == "phase":
            return definition.states[state].phase == self.name
        return self.kind == "state" and state == self.name


@dataclass(frozen=True, slots=True)
class Order:
    """``later`` must happen only after ``earlier`` (``precedes``) or never after it; ``earlier`` may be ``None``.

    With ``release`` it must not happen between ``earlier`` and the next ``release``.
    """

    earlier: Event | None
    later: Event
    wanted: bool
    shut: frozenset[str]
    release: Event | None = None

    def happening(self, definition: Definition, step: Step, target: str) -> tuple[bool, bool]:
        """Say whether ``earlier`` and whether ``later`` happens when ``step`` leads into ``target``."""
        earlier = self.earlier is not None and self.earlier.happens(definition, step, target)
        return earlier, self.later.happens(definition, step, target)

    def breaks(self, *, earlier_before: bool, earlier_now: bool) -> bool:
        """Say whether ``later`` happening now breaks the rule."""
        if self.earlier is None:
            return True
        at_once = earlier_now and self.release is None and _ORDER[self.earlier.kind] < _ORDER[self.later.kind]
        return (earlier_before or at_once) != self.wanted


def property_problems(document: SourceDocument, space: Space) -> Iterator[Problem]:
    """Yield a problem for every unreadable property and every one that fails, with the shortest path that breaks it."""
    for index, text in enumerate(space.definition.properties):
        try:
            fault = _fault(space, " ".join(text.split()))
        except PropertyUnreadable as unreadable:
            fault = str(unreadable)
        if fault is not None:
            yield document.problem(("properties", index), f"the property '{text}' {fault}")


def _fault(space: Space, text: str) -> str | None:
    definition = space.definition
    if match := _ENDS.fullmatch(text):
        return _ends_elsewhere(space, _one_of(match[1], _PHASES, "phase"))
    if match := _REGIME_END.fullmatch(text):
        return _stuck_after_end(space, _one_of(match[1], _BRANCHES, "branch"))
    order = _order(definition, text)
    broken = _breaking_path(space, order)
    return None if broken is None else f"fails: {shown(definition.opens, broken)}"


def _order(definition: Definition, text: str) -> Order:
    if match := _PRECEDES.fullmatch(text):
        service, earlier, whole_phase, later, how, condition = match.groups()
        first = _service(definition, earlier) if service else _event(definition, earlier)
        target = _target(definition, later, whole_phase)
        return Order(first, target, wanted=True, shut=_shut(definition, how, condition))
    if match := _ONCE.fullmatch(text):
        earlier, release, whole_phase, later, how, condition = match.groups()
        return Order(
            _event(definition, earlier),
            _target(definition, later, whole_phase),
            wanted=False,
            shut=_shut(definition, how, condition),
            release=_event(definition, release),
        )
    if match := _NEVER.fullmatch(text):
        later, earlier, how, condition = match.groups()
        shut = _shut(definition, how, condition)
        return Order(_event(definition, earlier), _event(definition, later), wanted=False, shut=shut)
    if match := _UNREACHABLE.fullmatch(text):
        later, how, condition = match.groups()
        return Order(None, _event(definition, later), wanted=False, shut=_shut(definition, how, condition))
    message = f"is in none of the forms that can be checked: {FORMS}"
    raise PropertyUnreadable(message)


def _target(definition: Definition, name: str, whole_phase: str | None) -> Event:
    return Event("phase", _one_of(name, _PHASES, "phase")) if whole_phase else _event(definition, name)


def _service(definition: Definition, name: str) -> Event:
    return Event("service", _one_of(name, frozenset(definition.documents), "document"))


def _event(definition: Definition, name: str) -> Event:
    kinds: dict[Kind, bool] = {
        "step": name in definition.steps,
        "state": name in definition.states,
        "document": name in definition.documents,
    }
    found: list[Kind] = [kind for kind, known in kinds.items() if known]
    if not found:
        message = f"names '{name}', which is no step, state or document"
        raise PropertyUnreadable(message)
    if len(found) > 1:
        message = f"names '{name}', which is both a {found[0]} and a {found[1]}; rename one of them"
        raise PropertyUnreadable(message)
    return Event(found[0], name)


def _one_of(name: str, known: frozenset[str], thing: str) -> str:
    if name not in known:
        message = f"names '{name}', which is no {thing}; there are {', '.join(sorted(known))}"
        raise PropertyUnreadable(message)
    return name


def _shut(definition: Definition, how: str | None, condition: str | None) -> frozenset[str]:
    """Return the steps that are closed while ``condition`` holds (``when``) or does not hold (``unless``)."""
    if how is None or condition is None:
        return frozenset()
    if condition not in definition.conditions:
        message = f"names the condition '{condition}', which is not declared"
        raise PropertyUnreadable(message)
    return frozenset(
        step.name for step in definition.steps.values() if condition in (step.unless if how == "when" else step.when)
    )


def _breaking_path(space: Space, order: Order) -> Path | None:
    """Return the shortest path that breaks the rule; a node is a situation and whether ``earlier`` happened before."""
    definition, graph = space.definition, space.graph
    opens = definition.opens
    begun = order.earlier is not None and order.earlier.in_state(definition, opens)
    if order.later.in_state(definition, opens) and order.breaks(earlier_before=False, earlier_now=begun):
        return ()
    happening = [
        None if step.name in order.shut else order.happening(definition, step, target) for step, target in graph.edges
    ]
    released = [
        order.release is not None and order.release.happens(definition, step, target) for step, target in graph.edges
    ]
    come_from: dict[int, tuple[int, int]] = {int(begun): (-1, -1)}
    waiting = [int(begun)]
    for node in waiting:
        before = bool(node & 1)
        for edge, number in graph.moves[node >> 1]:
            events = happening[edge]
            if events is None:
                continue
            now, later = events
            bound = before and not released[edge]
            if later and order.breaks(earlier_before=bound, earlier_now=now):
                return _path_over(space, come_from, node, edge)
            happened = bound or now
            if happened and order.wanted:
                # What had to come first has come: nothing after it breaks the rule.
                continue
            following = number << 1 | happened
            if following not in come_from:
                come_from[following] = (node, edge)
                waiting.append(following)
    return None


def _path_over(space: Space, come_from: Mapping[int, tuple[int, int]], node: int, edge: int) -> Path:
    """Return how ``node`` was first reached, and the step over ``edge`` at its end."""
    graph = space.graph
    path: list[tuple[str, str, str]] = []
    while node >= 0:
        step, target = graph.edges[edge]
        path.append((graph.situations[node >> 1][0], step.name, target))
        node, edge = come_from[node]
    return tuple(reversed(path))


def _ends_elsewhere(space: Space, phase: str) -> str | None:
    definition = space.definition
    in_phase: Callable[[Situation], bool] = is_in_phase(definition, phase)
    able = can_reach(in_phase, space.reached, space.moves)
    for situation in space.reached:
        ends_here = definition.states[situation[0]].final and not in_phase(situation)
        if ends_here or situation not in able:
            return f"fails: {shown(definition.opens, space.path_to(situation))} does not end there"
    return None


def _stuck_after_end(space: Space, branch: str) -> str | None:
    definition = space.definition
    if not any(step.branch == branch for step in definition.steps.values()):
        # A regime that has not ended needs no such branch; one that has is refused for the lack of it elsewhere.
        return None
    stuck = after_regime_end(space, branch)
    if stuck:
        path = shown(definition.opens, space.path_to(stuck[0]))
        return f"fails: a case that stands at {path} when the regime ends can never be closed"
    return None
