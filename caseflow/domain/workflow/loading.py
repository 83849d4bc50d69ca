"""Reads a workflow file: shape, names, guards; then has the whole procedure judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from caseflow.domain.guards import Guard, GuardRefused, compile_guard, view_kinds
from caseflow.domain.soundness import judge
from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.workflow.building import build_definition, plain_body
from caseflow.domain.workflow.forbidden import forbidden_content
from caseflow.domain.workflow.names import Law, unknown_names
from caseflow.domain.workflow_format import LAW_PATTERN, NAME_PATTERN, RULE_PATTERN, RegimeShape
from caseflow.domain.workflow_model import PHASES, Definition

PINNED = "pinned definition"
_PATTERNS = {
    NAME_PATTERN: "a name: small letters, digits and underscores, beginning with a letter",
    RULE_PATTERN: "the name of a rule of law, such as cn.apl.hearing_request",
    LAW_PATTERN: "the law of a regime, such as prc/two_illegal",
}
# A name without a meaning in one of these leaves no graph to judge.
_GRAPH = ("opens", "states", "steps", "conditions")


def load_definition(document: SourceDocument, law: Law | None) -> Definition:
    """Return the definition in ``document``, judged sound over its whole state space.

    ``law`` is the book its clocks and amounts are looked up in; ``None`` leaves rule names unchecked. Raises
    :class:`~caseflow.domain.sources.FileRefused` with every problem found, each with its line.
    """
    definition, problems = _read(document, law)
    problems += forbidden_content(document)
    if definition is not None and not any(problem.where.startswith(_GRAPH) for problem in problems):
        problems += judge(document, definition, law)
    if definition is None or problems:
        raise FileRefused(problems)
    return definition


def definition_from_body(body: Mapping[str, Any]) -> Definition:
    """Return the definition a case is pinned to, from the data kept with the case.

    It was judged when it was published, so only its shape and its own names are read again: a case outlives a
    stricter check and a rule that has left the law files. Raises
    :class:`~caseflow.domain.sources.FileRefused` when the data is damaged.
    """
    definition, problems = _read(SourceDocument(PINNED, body), None)
    if definition is None or problems:
        raise FileRefused(problems)
    return definition


def _read(document: SourceDocument, law: Law | None) -> tuple[Definition | None, list[Problem]]:
    body = plain_body(document.data)
    try:
        shape = RegimeShape.model_validate(body)
    except ValidationError as error:
        return None, list(_shape_problems(document, error))
    guards, problems = _guards(document, shape)
    problems += unknown_names(document, shape, law)
    return build_definition(shape, guards, body), problems


def _guards(document: SourceDocument, shape: RegimeShape) -> tuple[dict[str, Guard], list[Problem]]:
    kinds = view_kinds({name: declared.type for name, declared in shape.fields.items()})
    choices: dict[str, Collection[str]] = {"state": shape.states, "phase": PHASES}
    choices |= {name: declared.choices for name, declared in shape.fields.items() if declared.choices}
    guards: dict[str, Guard] = {}
    problems = []
    for name, condition in shape.conditions.items():
        try:
            guards[name] = compile_guard(condition.when, kinds, choices)
        except GuardRefused as refusal:
            problems.append(document.problem(("conditions", name, "when"), str(refusal)))
    return guards, problems


def _shape_problems(document: SourceDocument, error: ValidationError) -> Iterator[Problem]:
    for fault in error.errors(include_url=False):
        where = tuple(part for part in fault["loc"] if part != "[key]")
        key = where[-1] if where else ""
        if fault["type"] == "extra_forbidden":
            yield document.problem(where, f"unknown key '{key}'")
        elif fault["type"] == "missing":
            yield document.problem(where, f"the key '{key}' is missing")
        elif fault["type"] == "string_pattern_mismatch":
            kind = _PATTERNS.get(fault["ctx"]["pattern"], "a name of the kind wanted here")
            yield document.problem(where, f"{fault['input']!r} is not {kind}")
        else:
            message = fault["msg"][0].lower() + fault["msg"][1:]
            yield document.problem(where, f"{message} (found {fault['input']!r})")
