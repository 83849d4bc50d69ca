"""Judges service: clocks that run from it start with it alone, and a step that serves asks for what proves it.

Source: APL 2021 article 61, CPL articles 87-95: a paper takes effect, and its time limits begin, when it is served.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from caseflow.domain.service import METHOD_FIELD, RECEIVER_FIELD, RECORD_FIELD, proof_field
from caseflow.domain.sources import Problem, SourceDocument, SourcePath
from caseflow.domain.workflow_model import EFFECTIVE, Definition, Step


def service_problems(document: SourceDocument, definition: Definition, law: Any) -> Iterator[Problem]:
    """Yield the clocks that start without the service they run from, and the steps that serve without its proof."""
    methods = dict(getattr(getattr(law, "service", None), "methods", {}))
    for step in definition.steps.values():
        if step.serves is not None:
            yield from _serving(document, definition, step, methods)
        elif step.served_by is not None:
            yield document.problem(
                ("steps", step.name, "served_by"), "the step serves nothing: say which document (serves)"
            )
    if law is not None:
        yield from _clocks_from_service(document, definition, law)


def _clocks_from_service(document: SourceDocument, definition: Definition, law: Any) -> Iterator[Problem]:
    bound = {name for name, rule in law.rules.items() if getattr(rule, "from_service", False)}
    for state in definition.states.values():
        for index, clock in enumerate(state.clocks):
            if clock in bound:
                reason = f"'{clock}' runs from the service of a paper: only a step that serves it may start it"
                yield document.problem(("states", state.name, "clocks", index), reason)
    for step in definition.steps.values():
        for index, start in enumerate(step.starts):
            where: SourcePath = ("steps", step.name, "starts", index)
            if start.clock not in bound:
                continue
            if step.serves is None:
                reason = f"'{start.clock}' runs from the service of a paper, and the step serves none (serves)"
                yield document.problem(where, reason)
            elif start.after is not None or start.on not in (None, EFFECTIVE, step.effective):
                yield document.problem(where, f"'{start.clock}' must start on the day of service, the step's own date")


def _serving(
    document: SourceDocument, definition: Definition, step: Step, methods: dict[str, Any]
) -> Iterator[Problem]:
    where: SourcePath = ("steps", step.name)
    at_serves: SourcePath = (*where, "serves")
    if step.effective is None or step.effective not in step.asks:
        reason = "a step that serves asks for the day of service and takes effect on it (effective)"
        yield document.problem(at_serves, reason)
    source = step.sets.get("served_on", EFFECTIVE)
    if source not in (EFFECTIVE, step.effective):
        yield document.problem((*where, "sets", "served_on"), f"'{source}' is not the day of service, the step's date")
    if step.serves not in (*step.makes, *step.needs.documents, *step.needs.issued):
        yield document.problem(at_serves, f"nothing says that there is a '{step.serves}' to serve: need it or make it")
    if step.served_by is not None:
        yield from _by_one_method(document, step, methods)
    else:
        yield from _by_chosen_method(document, definition, step, methods)
    if RECORD_FIELD not in step.asks:
        yield document.problem(at_serves, f"a step that serves asks for the number of its record ('{RECORD_FIELD}')")


def _by_one_method(document: SourceDocument, step: Step, methods: dict[str, Any]) -> Iterator[Problem]:
    where: SourcePath = ("steps", step.name, "served_by")
    method = methods.get(str(step.served_by))
    if methods and method is None:
        yield document.problem(where, f"the law files know no method of service '{step.served_by}'")
    if method is not None and method.after is not None and method.after not in step.opens_after:
        yield document.problem(where, f"this service is complete when '{method.after}' has run out (opens_after)")


def _by_chosen_method(
    document: SourceDocument, definition: Definition, step: Step, methods: dict[str, Any]
) -> Iterator[Problem]:
    at_serves: SourcePath = ("steps", step.name, "serves")
    declared = definition.fields.get(METHOD_FIELD)
    if METHOD_FIELD not in step.asks or declared is None or declared.type != "choice" or not declared.required:
        yield document.problem(at_serves, f"a step that serves asks how: a required choice called '{METHOD_FIELD}'")
        return
    for name in declared.choices:
        method = methods.get(name)
        where: SourcePath = ("fields", METHOD_FIELD, "choices", name)
        if methods and method is None:
            yield document.problem(where, f"the law files know no method of service '{name}'")
        elif method is not None and method.after is not None:
            reason = f"'{name}' is complete only at the end of a time limit: give it a step of its own (served_by)"
            yield document.problem(where, reason)
    for name in sorted(_proofs([methods[name] for name in declared.choices if name in methods])):
        if name not in step.asks:
            yield document.problem(at_serves, f"what proves some method is not asked: '{name}'")
        elif definition.fields[name].required:
            reason = "which proof is needed hangs on the method: it must not be required of all (required: false)"
            yield document.problem(("fields", name, "required"), reason)


def _proofs(methods: list[Any]) -> set[str]:
    versions = [version for method in methods for version in method.versions]
    needed = {proof_field(proof) for version in versions for proof in version.proofs}
    return needed | ({RECEIVER_FIELD} if any(len(version.receivers) > 1 for version in versions) else set())
