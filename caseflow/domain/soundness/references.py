"""Judges what the parts of a workflow rely on: clocks that escalate and are started, fields that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from caseflow.domain.sources import Problem, SourceDocument, SourcePath
from caseflow.domain.workflow_model import RECEIPT, Definition, Step


class Book(Protocol):
    """The part of the book of law that clocks and levies are judged by."""

    @property
    def rules(self) -> Mapping[str, Any]:
        """Every rule by its name."""

    def ladder_of(self, rule_id: str) -> Any:
        """Return the ladder of a rule; its ``escalates`` says whether a superior is told in the end."""


def clock_problems(document: SourceDocument, definition: Definition, law: Book | None) -> Iterator[Problem]:
    """Yield the clocks that nobody answers for, and the uses of time limits that nothing starts."""
    if law is None:
        return
    started = dict(_started(definition))
    for clock, where in started.items():
        if not law.ladder_of(clock).escalates:
            reason = f"the ladder of the clock '{clock}' has no escalation: no superior is told if it is missed"
            yield document.problem(where, reason)
    for step in definition.steps.values():
        for where, clock in _used(step):
            # An added charge begins to run by law, not by a step.
            if clock not in started and law.rules[clock].kind == "time_limit":
                yield document.problem(where, f"nothing in this workflow starts the clock '{clock}'")


def ended_regime_problems(document: SourceDocument, definition: Definition, law: Book | None) -> Iterator[Problem]:
    """Yield a problem where the levy of the regime has ended and no wind-down branch says what becomes of its cases."""
    if law is None or any(step.branch == "wind_down" for step in definition.steps.values()):
        return
    for rule in law.rules.values():
        ended = rule.kind == "levy" and rule.regime == definition.law and rule.versions[-1].until
        if ended and any(step.levies for step in definition.steps.values()):
            reason = f"the levy '{rule.id}' ended on {ended}; a regime that has ended needs a wind_down branch"
            yield document.problem(("law",), reason)


def field_problems(document: SourceDocument, definition: Definition) -> Iterator[Problem]:
    """Yield the uses of fields that neither the opening nor any step asks for, and that no step answers itself."""
    asked = set(definition.opening).union(*((*step.asks, *step.says) for step in definition.steps.values()))
    for where, name in _read_fields(definition):
        if name in definition.fields and name not in asked:
            yield document.problem(where, f"nobody is ever asked for the field '{name}'")


def receipt_problems(document: SourceDocument, definition: Definition) -> Iterator[Problem]:
    """Yield the steps that take money without issuing exactly one numbered receipt, or issue one for no money.

    Source: Decree 281 article 10 (money taken without a receipt), APL 2021 article 70.
    """
    receipts = {name for name, declared in definition.fields.items() if declared.type == RECEIPT}
    for name in receipts & set(definition.opening):
        yield document.problem(("fields", name), f"the opening of a case takes no money and cannot ask for '{name}'")
    for step in definition.steps.values():
        asked = [name for name in step.asks if name in receipts]
        collects = sum(posting.event == "collect" for posting in step.posts)
        if collects > 1:
            yield document.problem(("steps", step.name, "posts"), "one step takes one payment, on one receipt")
        elif collects and len(asked) != 1:
            reason = "a step that collects asks for the number of its receipt: one field of type 'receipt'"
            yield document.problem(("steps", step.name), reason)
        elif asked and not collects:
            reason = f"the step takes no money (no posting 'collect') and cannot issue the receipt '{asked[0]}'"
            yield document.problem(("steps", step.name), reason)
        for name in asked:
            if not definition.fields[name].required:
                yield document.problem(("fields", name), "money is not taken without a receipt: it must be required")


def reaching_back_problems(document: SourceDocument, definition: Definition) -> Iterator[Problem]:
    """Yield the steps that may lie before the office's last one though they are its own act, or move money."""
    for step in definition.steps.values():
        if step.reaches_back and (step.on_behalf_of is None or step.effective is None or step.posts):
            reason = "only what another did, on a day of its own (effective) and without money, reaches back"
            yield document.problem(("steps", step.name, "reaches_back"), reason)


def _started(definition: Definition) -> Iterator[tuple[str, SourcePath]]:
    for state in definition.states.values():
        for index, clock in enumerate(state.clocks):
            yield clock, ("states", state.name, "clocks", index)
    for step in definition.steps.values():
        for index, start in enumerate(step.starts):
            yield start.clock, ("steps", step.name, "starts", index)


def _used(step: Step) -> Iterator[tuple[SourcePath, str]]:
    for key, clocks in (("meets", step.meets), ("stops", step.stops), ("resumes", step.resumes)):
        for index, clock in enumerate(clocks):
            yield ("steps", step.name, key, index), clock
    for index, toll in enumerate(step.tolls):
        yield ("steps", step.name, "tolls", index, "clock"), toll.clock
    for index, start in enumerate(step.starts):
        if start.after is not None:
            yield ("steps", step.name, "starts", index, "after"), start.after


def _read_fields(definition: Definition) -> Iterator[tuple[SourcePath, str]]:
    for condition in definition.conditions.values():
        for member in sorted(condition.guard.members):
            yield ("conditions", condition.name, "when"), member
    for step in definition.steps.values():
        for key, name in _fields_of(step):
            yield ("steps", step.name, *key), name


def _fields_of(step: Step) -> Iterator[tuple[SourcePath, str]]:
    if step.effective is not None:
        yield ("effective",), step.effective
    if step.amount is not None:
        yield ("amount", "field"), step.amount.field
    for case_date, source in step.sets.items():
        yield ("sets", case_date), source
    for index, posting in enumerate(step.posts):
        yield ("posts", index, "amount"), posting.amount
    for index, start in enumerate(step.starts):
        if start.on is not None:
            yield ("starts", index, "on"), start.on
