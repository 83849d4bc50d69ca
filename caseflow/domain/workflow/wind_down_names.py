"""Finds names in the ``wind_down`` of a workflow file that nothing answers to, and rules that release nobody."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from caseflow.domain.sources import Problem, SourcePath
from caseflow.domain.workflow.old_book_names import Finder
from caseflow.domain.workflow_format import ClassRuleShape, RegimeShape, StepShape, WindDownShape
from caseflow.domain.workflow_model import SAME

# What may answer a field of each type in bulk.
_ANSWERS: Mapping[str, tuple[str, ...]] = {
    "day": ("date",),
    "today": ("date",),
    "reason": ("text", "long_text"),
    "finance_paper": ("reference",),
    "kept": ("money",),
    "outstanding": ("money",),
    "paid_state": ("choice",),
    "known": ("boolean",),
}
_ROOT = "wind_down"


def unknown_in_wind_down(finder: Finder, shape: RegimeShape, down: WindDownShape) -> Iterator[Problem]:
    """Yield a problem for every name without a meaning in ``down``, and for what would leave a case without a way."""
    for key in ("begins", "office_steps"):
        for index, name in enumerate(getattr(down, key)):
            yield from _step(finder, shape, (_ROOT, key, index), name)
    fields = {"begun_with": "money", "listed_by": "boolean"}
    fields |= dict.fromkeys(("measured_on", "applied_on", "lifted_on"), "date")
    for key, kind in fields.items():
        yield from _field(finder, shape, (_ROOT, key), getattr(down, key), (kind,))
    for index, name in enumerate(down.restricted_by):
        yield from _field(finder, shape, (_ROOT, "restricted_by", index), name, ("boolean",))
    for name, source in down.answers.items():
        yield from _field(finder, shape, (_ROOT, "answers", name), name, _ANSWERS[source])
    yield from _answered(finder, shape, down)
    for name, declared in down.classes.items():
        for index, cited in enumerate(declared.sources):
            yield from finder.known((_ROOT, "classes", name, "sources", index), cited, down.sources, "source")
    for index, rule in enumerate(down.rules):
        yield from _rule(finder, shape, down, (_ROOT, "rules", index), rule)
    yield from _covered(finder, shape, down)


def _rule(
    finder: Finder, shape: RegimeShape, down: WindDownShape, where: SourcePath, rule: ClassRuleShape
) -> Iterator[Problem]:
    yield from finder.known((*where, "class"), rule.class_, down.classes, "class")
    yield from finder.known((*where, "stage"), rule.stage, down.stages, "stage")
    found = [
        problem
        for index, name in enumerate(rule.states)
        for problem in finder.known((*where, "states", index), name, shape.states, "state")
    ]
    for index, name in enumerate(rule.steps):
        found += _step(finder, shape, (*where, "steps", index), name)
    yield from found
    if not found:
        for state in rule.states:
            yield from _way_out(finder, shape, (*where, "steps"), state, rule.steps)


def _way_out(
    finder: Finder, shape: RegimeShape, where: SourcePath, state: str, names: Collection[str]
) -> Iterator[Problem]:
    """Yield a problem unless the steps lead from ``state`` to a closed case, each from where the one before ends."""
    steps = [shape.steps[name] for name in names]
    first = next((index for index, step in enumerate(steps) if state in step.from_states), None)
    if first is None:
        yield finder.document.problem(where, f"none of these steps leaves '{state}'")
        return
    at = state
    for name, step in list(zip(names, steps, strict=True))[first:]:
        if at not in step.from_states:
            yield finder.document.problem(where, f"'{name}' does not leave '{at}', where the step before it ends")
            return
        at = at if step.to == SAME else step.to
    if shape.states[at].phase != "closed":
        yield finder.document.problem(where, f"these steps leave a case from '{state}' in '{at}', which is not closed")


def _answered(finder: Finder, shape: RegimeShape, down: WindDownShape) -> Iterator[Problem]:
    """Yield a problem for each field that a step taken in bulk asks and nothing answers."""
    for index, name in enumerate(down.office_steps):
        step = shape.steps.get(name)
        for asked in step.asks if step is not None else ():
            if asked not in down.answers and asked in shape.fields and shape.fields[asked].required:
                reason = f"'{name}' asks '{asked}', and answers does not say where a run takes it from"
                yield finder.document.problem((_ROOT, "office_steps", index), reason)


def _covered(finder: Finder, shape: RegimeShape, down: WindDownShape) -> Iterator[Problem]:
    """Yield a problem for each state in which the wind-down may begin and that no rule takes whatever is paid."""
    begins: set[str] = set()
    for name in down.begins:
        step: StepShape | None = shape.steps.get(name)
        begins |= set(step.from_states) if step is not None else set()
    for state in begins & set(shape.states):
        taken = {
            part
            for rule in down.rules
            if state in rule.states and rule.listed is None and rule.was_listed is None and rule.applied is None
            for part in ((rule.paid,) if rule.paid else ("none", "part", "full"))
        }
        for part in sorted({"none", "part", "full"} - taken):
            reason = f"no rule takes a case in '{state}' of which is paid: {part}"
            yield finder.document.problem((_ROOT, "rules"), reason)


def _step(finder: Finder, shape: RegimeShape, where: SourcePath, name: str) -> Iterator[Problem]:
    found = list(finder.known(where, name, shape.steps, "step"))
    yield from found
    if not found and shape.steps[name].branch != "wind_down":
        yield finder.document.problem(where, f"'{name}' is not of the branch wind_down")


def _field(
    finder: Finder, shape: RegimeShape, where: SourcePath, name: str, kinds: Collection[str]
) -> Iterator[Problem]:
    found = list(finder.known(where, name, shape.fields, "field"))
    yield from found
    if not found and shape.fields[name].type not in kinds:
        yield finder.document.problem(where, f"'{name}' must be a field of type {' or '.join(kinds)}")
