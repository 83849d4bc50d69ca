"""Judges the graph: unreachable states, dead ends, cases that could never be closed, steps that never open."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator

from caseflow.domain.soundness.space import Situation, Space, needed_by, set_by, shown
from caseflow.domain.sources import Problem, SourceDocument
from caseflow.domain.workflow_model import Definition, Step

CLOSED = "closed"
WIND_DOWN = "wind_down"


def structural_problems(document: SourceDocument, space: Space) -> Iterator[Problem]:
    """Yield what is wrong with the graph and with the situations a case can come into."""
    definition = space.definition
    yield from _final_states(document, definition)
    reached_states = {state for state, _ in space.reached}
    for name in definition.states:
        if name not in reached_states:
            yield document.problem(
                ("states", name), f"the state '{name}' can never be reached: {_why_unreached(space, name)}"
            )
    for step in definition.steps.values():
        if step.name not in space.taken and reached_states & set(step.from_states):
            yield document.problem(
                ("steps", step.name), f"the step '{step.name}' can never open: {_why_shut(space, step)}"
            )
    yield from _stuck(document, space)


def can_reach(
    goal: Callable[[Situation], bool],
    situations: Iterable[Situation],
    moves: Callable[[Situation], Iterable[tuple[Step, Situation]]],
) -> set[Situation]:
    """Return those of ``situations`` from which some situation that is a ``goal`` can be reached."""
    before: dict[Situation, list[Situation]] = defaultdict(list)
    waiting: deque[Situation] = deque()
    for situation in situations:
        if goal(situation):
            waiting.append(situation)
        for _, target in moves(situation):
            before[target].append(situation)
    able = set(waiting)
    while waiting:
        for origin in before[waiting.popleft()]:
            if origin not in able:
                able.add(origin)
                waiting.append(origin)
    return able


def is_in_phase(definition: Definition, phase: str) -> Callable[[Situation], bool]:
    """Return the test whether a situation's state belongs to ``phase``."""
    states = frozenset(state.name for state in definition.states.values() if state.phase == phase)
    return lambda situation: situation[0] in states


def after_regime_end(space: Space, branch: str) -> tuple[Situation, ...]:
    """Return, nearest first, the situations that can never be closed once only ``branch`` is open.

    The regime may end at any moment, so every situation that can arise before its end is a beginning.
    """

    def branch_moves(situation: Situation) -> Iterator[tuple[Step, Situation]]:
        return ((step, target) for step, target in space.moves(situation) if step.branch == branch)

    able = can_reach(is_in_phase(space.definition, CLOSED), space.reached, branch_moves)
    return tuple(situation for situation in space.reached if situation not in able)


def _final_states(document: SourceDocument, definition: Definition) -> Iterator[Problem]:
    if not any(state.phase == CLOSED for state in definition.states.values()):
        yield document.problem(("states",), "no state has the phase closed, so no case could ever end")
    for state in definition.states.values():
        where = ("states", state.name)
        if state.final and state.phase != CLOSED:
            yield document.problem(
                (*where, "final"), f"only a state of phase closed may be final, and '{state.name}' is {state.phase}"
            )
        if state.final and definition.steps_from(state.name):
            step = definition.steps_from(state.name)[0].name
            yield document.problem((*where, "final"), f"'{state.name}' is final, yet the step '{step}' leads out of it")


def _why_unreached(space: Space, state: str) -> str:
    leading = [step for step in space.definition.steps.values() if state == step.to]
    others = [step.name for step in leading if set(step.from_states) != {state}]
    if not others:
        return "no step leads to it"
    return f"the steps that lead to it ({', '.join(others)}) can never be taken"


def _why_shut(space: Space, step: Step) -> str:
    definition = space.definition
    both = sorted(set(step.when) & set(step.unless))
    if both:
        return f"'{both[0]}' must hold and must not hold"
    made: set[tuple[str, str]] = {("clock", clock) for state in definition.states.values() for clock in state.clocks}
    for other in definition.steps.values():
        made |= set_by(other)
    verbs = {
        "document": "no step makes the document",
        "clock": "nothing starts the clock",
        "step": "there is no step",
        "service": "no step serves the document",
    }
    for kind, name in sorted(needed_by(step)):
        if (kind, name) not in made:
            return f"{verbs[kind]} '{name}'"
    nearest = next(situation for situation in space.reached if situation[0] in step.from_states)
    lacking = ", ".join(space.missing(nearest, step))
    places = " or ".join(step.from_states)
    return f"on no path to {places} is everything there that it needs (lacking for instance {lacking})"


def _stuck(document: SourceDocument, space: Space) -> Iterator[Problem]:
    definition = space.definition
    able = can_reach(is_in_phase(definition, CLOSED), space.reached, space.moves)
    told: set[str] = set()
    for situation in space.reached:
        state = situation[0]
        is_end = definition.states[state].final
        if state in told or is_end:
            continue
        if not any(True for _ in space.moves(situation)):
            told.add(state)
            yield document.problem(("states", state), _dead_end(space, situation))
        elif situation not in able:
            told.add(state)
            path = shown(definition.opens, space.path_to(situation))
            yield document.problem(
                ("states", state), f"from '{state}' no way leads to a closed state (reached by {path})"
            )
    for name, declared in definition.states.items():
        if name not in told and not declared.final and not definition.steps_from(name):
            yield document.problem(("states", name), f"'{name}' is a dead end: no step leads out of it")


def _dead_end(space: Space, situation: Situation) -> str:
    definition = space.definition
    state = situation[0]
    steps = definition.steps_from(state)
    if not steps:
        hint = "; mark it final: true if cases end here" if definition.states[state].phase == CLOSED else ""
        return f"'{state}' is a dead end: no step leads out of it{hint}"
    lacking = "; ".join(
        f"{step.name} lacks {', '.join(space.missing(situation, step)) or 'a condition'}" for step in steps
    )
    path = shown(definition.opens, space.path_to(situation))
    return f"'{state}' is a dead end when reached by {path}: {lacking}"


def wind_down_problems(document: SourceDocument, space: Space) -> Iterator[Problem]:
    """Yield what keeps open cases from being closed after the regime has ended, where it has a wind-down branch."""
    definition = space.definition
    winding = [step for step in definition.steps.values() if step.branch == WIND_DOWN]
    if not winding:
        return
    for step in winding:
        if step.levies or any(posting.event == "assess" for posting in step.posts):
            yield document.problem(
                ("steps", step.name),
                f"the wind-down step '{step.name}' levies; after the end of a regime nothing is levied",
            )
    told: set[str] = set()
    for situation in after_regime_end(space, WIND_DOWN):
        state = situation[0]
        if state not in told:
            told.add(state)
            yield document.problem(
                ("states", state),
                f"after the end of the regime no wind-down step brings a case from '{state}' to a closed state",
            )
