"""The verdict on random procedures equals that of a second, naive search written here from the rules alone.

The second search shares no code with the first: it keeps plain sets of what was made and taken, and asks of every
situation by exhaustive walking whether a closed state can still be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from caseflow.domain.soundness import judge
from caseflow.domain.sources import SourceDocument
from caseflow.domain.workflow import Definition, definition_from_body

Situation = tuple[str, frozenset[str]]
WORDS = {"en": "x", "zh": "甲"}
STATES = ("s0", "s1", "s2", "s3")
CLOSED = "s3"
DOCUMENTS = ("d0", "d1")
CONDITIONS = ("c0", "c1")


@dataclass(frozen=True)
class Graph:
    """A random procedure: for each step its from, to, needed and made things, conditions and barred steps."""

    steps: dict[str, dict[str, Any]]
    officers: int
    before: tuple[str, str]
    never: tuple[str, str]
    when: str | None


def names(size: int) -> list[str]:
    return [f"t{number}" for number in range(size)]


def some(values: Sequence[str], most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=most)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(2, 6))
    steps = {
        name: {
            "from": draw(st.lists(st.sampled_from(STATES[:3]), unique=True, min_size=1, max_size=2)),
            "to": draw(st.sampled_from((*STATES, "same"))),
            "documents": draw(some(DOCUMENTS, 1)),
            "steps": draw(some(names(size), 1)),
            "makes": draw(some(DOCUMENTS, 1)),
            "when": draw(some(CONDITIONS, 1)),
            "unless": draw(some(CONDITIONS, 1)),
            "not_by": draw(some([other for other in names(size) if other != name], 2)),
            "branch": draw(st.sampled_from(("main", "main", "wind_down"))),
        }
        for name in names(size)
    }
    events = st.sampled_from([*names(size), *STATES[1:], *DOCUMENTS])
    # What happens within one step is where orders are easily got wrong, so it is drawn often.
    at_once = st.sampled_from(
        [
            pair
            for name, step in steps.items()
            for pair in permutations((name, *step["makes"], step["to"] if step["to"] in STATES[1:] else STATES[1]), 2)
        ]
    )
    pairs = st.tuples(events, events) | at_once
    return Graph(
        steps,
        draw(st.integers(1, 3)),
        draw(pairs),
        draw(pairs),
        draw(st.sampled_from((None, *CONDITIONS))),
    )


def body(graph: Graph, properties: list[str]) -> dict[str, Any]:
    return {
        "regime": "random",
        "version": 1,
        "title": WORDS,
        "subjects": ["trader"],
        "law": "test/random",
        "number": {"en": "{serial}", "zh": "{serial}"},
        "seats": {"officer": graph.officers},
        "opens": "s0",
        "opening": ["flag"],
        "fields": {"flag": {"type": "boolean", "label": WORDS}},
        "documents": {name: {"title": WORDS} for name in DOCUMENTS},
        "conditions": {name: {"when": "case.flag", **WORDS} for name in CONDITIONS},
        "states": {
            name: {"title": WORDS, "phase": "closed" if name == CLOSED else "assessment", "final": name == CLOSED}
            for name in STATES
        },
        "steps": {
            name: {
                "title": WORDS,
                "from": step["from"],
                "to": step["to"],
                "by": "officer",
                "needs": {"documents": step["documents"], "steps": step["steps"]},
                "makes": step["makes"],
                "when": step["when"],
                "unless": step["unless"],
                "not_by": step["not_by"],
                "branch": step["branch"],
            }
            for name, step in graph.steps.items()
        },
        "properties": properties,
    }


def follow(graph: Graph, situation: Situation, shut: AbstractSet[str] = frozenset()) -> list[tuple[str, Situation]]:
    state, things = situation
    found = []
    for name, step in graph.steps.items():
        possible = state in step["from"] and name not in shut and not set(step["when"]) & set(step["unless"])
        if possible and {*step["documents"], *step["steps"]} <= things:
            target = state if step["to"] == "same" else step["to"]
            found.append((name, (target, things | {name, *step["makes"]})))
    return found


def reachable(graph: Graph, start: Situation, shut: AbstractSet[str] = frozenset()) -> set[Situation]:
    seen = {start}
    todo = [start]
    while todo:
        for _, target in follow(graph, todo.pop(), shut):
            if target not in seen:
                seen.add(target)
                todo.append(target)
    return seen


def happens(name: str, step: str, graph: Graph, target: str) -> int | None:
    """Return when within a step ``name`` happens: 0 the step, 1 a document, 2 the state; None if it does not."""
    if name == step:
        return 0
    if name in graph.steps[step]["makes"]:
        return 1
    return 2 if name == target else None


def order_broken(graph: Graph, earlier: str, later: str, *, wanted: bool, shut: AbstractSet[str]) -> bool:
    """Walk every path with the history of ``earlier`` kept beside it."""
    seen: set[tuple[Situation, bool]] = {(("s0", frozenset()), False)}
    todo = list(seen)
    while todo:
        situation, before = todo.pop()
        for name, target in follow(graph, situation, shut):
            first, second = (happens(event_, name, graph, target[0]) for event_ in (earlier, later))
            at_once = first is not None and second is not None and first < second
            if second is not None and (before or at_once) != wanted:
                return True
            following = (target, before or first is not None)
            if following not in seen:
                seen.add(following)
                todo.append(following)
    return False


def four_eyes_fail(graph: Graph, name: str, situations: set[Situation]) -> bool:
    """Say whether, where ``name`` opens, as many barring steps may have been taken as there are officers."""
    return any(
        len(set(graph.steps[name]["not_by"]) & situation[1]) >= graph.officers
        for situation in situations
        if any(step == name for step, _ in follow(graph, situation))
    ) and bool(graph.steps[name]["not_by"])


def expected(graph: Graph) -> set[str]:
    start: Situation = ("s0", frozenset())
    situations = reachable(graph, start)
    faults = {f"unreachable {state}" for state in STATES if state not in {place for place, _ in situations}}
    taken = {step for situation in situations for step, _ in follow(graph, situation)}
    live = {place for place, _ in situations}
    faults |= {f"shut {name}" for name, step in graph.steps.items() if name not in taken and live & set(step["from"])}
    faults |= {
        f"stuck {situation[0]}"
        for situation in situations
        if situation[0] != CLOSED and CLOSED not in {place for place, _ in reachable(graph, situation)}
    }
    main = {name for name, step in graph.steps.items() if step["branch"] == "main"}
    if main != set(graph.steps):
        faults |= {
            f"left {situation[0]}"
            for situation in situations
            if CLOSED not in {place for place, _ in reachable(graph, situation, main)}
        }
    faults |= {f"eyes {name}" for name in graph.steps if four_eyes_fail(graph, name, situations)}
    shut = {name for name, step in graph.steps.items() if graph.when in step["unless"]} if graph.when else set()
    if order_broken(graph, *graph.before, wanted=True, shut=shut):
        faults.add("property 0")
    if order_broken(graph, graph.never[1], graph.never[0], wanted=False, shut=set()):
        faults.add("property 1")
    return faults


def verdict(definition: Definition) -> set[str]:
    faults = set()
    for problem in judge(SourceDocument("random", {}), definition, None):
        section, name = problem.where.split(".")[:2]
        reason = problem.reason
        if section == "properties":
            faults.add(f"property {name}")
        elif "can never be reached" in reason:
            faults.add(f"unreachable {name}")
        elif "can never open" in reason:
            faults.add(f"shut {name}")
        elif "dead end" in reason or "no way leads" in reason:
            faults.add(f"stuck {name}")
        elif "after the end of the regime" in reason:
            faults.add(f"left {name}")
        elif "four eyes" in reason:
            faults.add(f"eyes {name}")
        else:
            faults.add(f"unforeseen {reason}")
    return faults


@settings(max_examples=400, deadline=None)
@given(graphs())
def test_the_verdict_is_that_of_a_naive_search(graph: Graph) -> None:
    given_ = f" when {graph.when}" if graph.when else ""
    texts = [f"{graph.before[0]} precedes {graph.before[1]}{given_}", f"never {graph.never[0]} after {graph.never[1]}"]
    definition = definition_from_body(body(graph, texts))
    found, wanted = verdict(definition), expected(graph)
    # A state without any way out is also told when no case can come there.
    found -= {f"stuck {name[12:]}" for name in found if name.startswith("unreachable ")}
    event("sound" if not wanted else "unsound")
    assert found == wanted
