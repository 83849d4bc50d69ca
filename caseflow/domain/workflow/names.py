"""Finds names in a workflow file that nothing in the file or in the law answers to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Protocol

from caseflow.domain.guards import FACTS
from caseflow.domain.sources import Problem, SourceDocument, SourcePath
from caseflow.domain.workflow.old_book_names import unknown_in_old_book
from caseflow.domain.workflow.wind_down_names import unknown_in_wind_down
from caseflow.domain.workflow_format import FieldShape, RegimeShape, StepShape
from caseflow.domain.workflow_model import EFFECTIVE, SAME, TODAY

_NO_SUBMISSIONS = frozenset({"cashier", "liaison"})
_RESERVED_FIELDS = frozenset({EFFECTIVE, TODAY})
_NUMBERS = frozenset({"integer", "money"})
_NUMBER_PARTS = {"year": 2026, "serial": 1}


class LadderOfRule(Protocol):
    """The part of a reminder ladder that matters here."""

    @property
    def escalates(self) -> bool:
        """Whether some rung of the ladder reaches a supervisor."""


class RuleOfLaw(Protocol):
    """The part of a rule of law that matters here."""

    @property
    def kind(self) -> str:
        """``time_limit``, ``added_charge``, ``levy``, ``fine_range`` or ``fact``."""

    @property
    def regime(self) -> str | None:
        """The ``law:`` key of the regime a levy belongs to."""


class Law(Protocol):
    """The part of the book of law a workflow is checked against."""

    @property
    def rules(self) -> Mapping[str, Any]:
        """Every rule by its name."""

    def ladder_of(self, rule_id: str) -> Any:
        """Return the reminder ladder of a rule."""


def unknown_names(document: SourceDocument, shape: RegimeShape, law: Law | None) -> Iterator[Problem]:
    """Yield a problem for every name without a meaning. ``law`` ``None`` leaves names of rules unchecked."""
    finder = _Finder(document, shape, law)
    yield from finder.regime()
    yield from finder.reserved()
    for name, declared in shape.fields.items():
        yield from finder.field(name, declared)
    for name, state in shape.states.items():
        for index, clock in enumerate(state.clocks):
            yield from finder.clock(("states", name, "clocks", index), clock)
    for name, step in shape.steps.items():
        yield from finder.step(name, step)
    if shape.old_book is not None:
        yield from unknown_in_old_book(finder, shape, shape.old_book)
    if shape.wind_down is not None:
        yield from unknown_in_wind_down(finder, shape, shape.wind_down)


class _Finder:
    def __init__(self, document: SourceDocument, shape: RegimeShape, law: Law | None) -> None:
        self.document = document
        self.shape = shape
        self.law = law
        self.dates = {name for name, declared in shape.fields.items() if declared.type == "date"}
        self.money = {name for name, declared in shape.fields.items() if declared.type == "money"}

    def known(self, where: SourcePath, name: str, names: Collection[str], thing: str) -> Iterator[Problem]:
        if name not in names:
            near = get_close_matches(name, sorted(names), n=1, cutoff=0.6)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            yield self.document.problem(where, f"there is no {thing} '{name}'{hint}")

    def regime(self) -> Iterator[Problem]:
        shape = self.shape
        yield from self.known(("opens",), shape.opens, shape.states, "state")
        for index, name in enumerate(shape.opening):
            yield from self.known(("opening", index), name, shape.fields, "field")
        for kind in shape.subject_titles:
            yield from self.known(("subject_titles", kind), kind, shape.subjects, "subject")
        for language, pattern in (("en", shape.number.en), ("zh", shape.number.zh)):
            try:
                first, second = (pattern.format(**{**_NUMBER_PARTS, "serial": serial}) for serial in (1, 2))
            except (KeyError, IndexError, ValueError):
                yield self.document.problem(("number", language), "a number pattern may use only {year} and {serial}")
                continue
            if first == second:
                yield self.document.problem(
                    ("number", language), "the number must contain {serial}, else no two cases differ"
                )
        if self.law is not None:
            regimes = {getattr(rule, "regime", None) for rule in self.law.rules.values() if rule.kind == "levy"}
            yield from self.known(("law",), shape.law, {name for name in regimes if name}, "levy in the law files for")

    def reserved(self) -> Iterator[Problem]:
        if SAME in self.shape.states:
            yield self.document.problem(
                ("states", SAME), f"no state may be called '{SAME}': it means staying where one is"
            )
        for name, declared in self.shape.fields.items():
            where: SourcePath = ("fields", name)
            if name in _RESERVED_FIELDS:
                yield self.document.problem(where, f"no field may be called '{name}', which has a meaning of its own")
            elif name in FACTS and FACTS[name] != "date":
                yield self.document.problem(
                    where, f"case.{name} is a fact of every case, so no field may be called that"
                )
            elif name in FACTS and declared.type != "date":
                yield self.document.problem(
                    (*where, "type"), f"'{name}' is a date of the case, so this field must be one"
                )

    def field(self, name: str, declared: FieldShape) -> Iterator[Problem]:
        where: SourcePath = ("fields", name)
        bounds: list[tuple[SourcePath, str]] = [
            (("not_before", index), bound) for index, bound in enumerate(declared.not_before)
        ]
        if declared.not_after is not None:
            bounds.insert(0, (("not_after",), declared.not_after))
        only_dates = [str(key[0]) for key, _ in bounds] + (["rising"] if declared.rising else [])
        for key in dict.fromkeys(only_dates) if declared.type != "date" else ():
            yield self.document.problem((*where, key), f"{key} is only for dates, and this field is {declared.type}")
        for place, bound in bounds if declared.type == "date" else ():
            yield from self.known((*where, *place), bound, self.dates | {TODAY}, "date field")
        if (declared.type == "choice") != bool(declared.choices):
            reason = (
                "a choice needs choices" if declared.type == "choice" else "only a field of type choice has choices"
            )
            yield self.document.problem((*where, "choices"), reason)
        for key, limit in (("min", declared.min), ("max", declared.max)):
            if limit is not None and declared.type not in _NUMBERS:
                yield self.document.problem((*where, key), f"{key} is only for integer and money")
        if declared.min is not None and declared.max is not None and declared.min > declared.max:
            yield self.document.problem((*where, "min"), "min is above max: no answer could be right")

    def clock(self, where: SourcePath, name: str) -> Iterator[Problem]:
        yield from self.rule(where, name, ("time_limit", "added_charge"), "clock")

    def rule(self, where: SourcePath, name: str, kinds: Collection[str], thing: str) -> Iterator[Problem]:
        if self.law is None:
            return
        found = list(self.known(where, name, self.law.rules, f"{thing} in the law files named"))
        yield from found
        if not found and self.law.rules[name].kind not in kinds:
            kind = self.law.rules[name].kind
            yield self.document.problem(where, f"'{name}' is a rule of kind {kind}, which cannot serve as a {thing}")

    def step(self, name: str, step: StepShape) -> Iterator[Problem]:
        shape, where = self.shape, ("steps", name)
        lists: tuple[tuple[SourcePath, list[str], Collection[str], str], ...] = (
            (("from",), step.from_states, shape.states, "state"),
            (("not_by",), step.not_by, shape.steps, "step"),
            (("needs", "documents"), step.needs.documents, shape.documents, "document"),
            (("needs", "issued"), step.needs.issued, shape.documents, "document"),
            (("needs", "served"), step.needs.served, shape.documents, "document"),
            (("needs", "failed_service"), list(step.needs.failed_service), shape.documents, "document"),
            (("needs", "steps"), step.needs.steps, shape.steps, "step"),
            (("when",), step.when, shape.conditions, "condition"),
            (("unless",), step.unless, shape.conditions, "condition"),
            (("asks",), step.asks, shape.fields, "field"),
            (("makes",), step.makes, shape.documents, "document"),
        )
        for key, names, known, thing in lists:
            for index, item in enumerate(names):
                yield from self.known((*where, *key, index), item, known, thing)
                if item in names[:index]:
                    yield self.document.problem((*where, *key, index), f"'{item}' is named twice")
        yield from self.known((*where, "to"), step.to, {*shape.states, SAME}, "state")
        if step.effective is not None:
            yield from self.known((*where, "effective"), step.effective, self.dates, "date field")
        if step.serves is not None:
            yield from self.known((*where, "serves"), step.serves, shape.documents, "document")
        for case_date, source in step.sets.items():
            yield from self.known((*where, "sets", case_date), source, self.dates | {EFFECTIVE}, "date field")
        if step.amount is not None:
            yield from self.known((*where, "amount", "field"), step.amount.field, self.money, "money field")
            yield from self.rule(
                (*where, "amount", "rule"), step.amount.rule, ("fine_range", "levy"), "rule of an amount"
            )
        for index, posting in enumerate(step.posts):
            yield from self.known((*where, "posts", index, "amount"), posting.amount, self.money, "money field")
        yield from self.said(where, step)
        yield from self.submitted(where, step)
        yield from self.officers(where, step)
        yield from self.clocks_of(where, step)

    def said(self, where: SourcePath, step: StepShape) -> Iterator[Problem]:
        """Yield what a step says itself and cannot: of a field it asks, or that takes another kind of answer."""
        for index, posting in enumerate(step.posts):
            if posting.holds and posting.event != "collect":
                yield self.document.problem((*where, "posts", index, "holds"), "only money that comes in can be held")
        for field, said in step.says.items():
            at: SourcePath = (*where, "says", field)
            declared = self.shape.fields.get(field)
            if declared is None:
                yield from self.known(at, field, self.shape.fields, "field")
            elif field in step.asks:
                yield self.document.problem(at, f"the step asks '{field}': it cannot answer that itself")
            elif declared.type == "boolean" and not isinstance(said, bool):
                yield self.document.problem(at, f"'{said}' is no answer to '{field}': yes or no")
            elif declared.type != "boolean" and said not in (declared.choices or {}):
                yield self.document.problem(at, f"'{said}' is no answer to '{field}': a step says yes, no or a choice")

    def submitted(self, where: SourcePath, step: StepShape) -> Iterator[Problem]:
        """Yield a step that takes in what a person submits and is taken by a desk that no submission reaches."""
        deaf = [role for role in step.by if role in _NO_SUBMISSIONS]
        if step.on_submission is not None and deaf:
            reason = f"no submission reaches the desk of the {deaf[0]}: the step cannot take one in"
            yield self.document.problem((*where, "on_submission"), reason)

    def officers(self, where: SourcePath, step: StepShape) -> Iterator[Problem]:
        if step.officers is None:
            return
        named = {"owner": step.officers.owner, "second": step.officers.second}
        if not any(named.values()):
            yield self.document.problem((*where, "officers"), "name the field of the owner, of the second, or both")
        staff = {name for name, declared in self.shape.fields.items() if declared.type == "staff"}
        for key, name in named.items():
            if name is None:
                continue
            yield from self.known((*where, "officers", key), name, staff, "staff field")
            if name in staff and name not in step.asks:
                yield self.document.problem((*where, "officers", key), f"the step does not ask '{name}'")

    def clocks_of(self, where: SourcePath, step: StepShape) -> Iterator[Problem]:
        for key, clocks in (
            ("opens_after", step.opens_after),
            ("within", step.within),
            ("meets", step.meets),
            ("stops", step.stops),
            ("resumes", step.resumes),
        ):
            for index, clock in enumerate(clocks):
                yield from self.clock((*where, key, index), clock)
        for index, start in enumerate(step.starts):
            place: SourcePath = (*where, "starts", index)
            yield from self.clock((*place, "clock"), start.clock)
            if start.on is not None:
                yield from self.known((*place, "on"), start.on, self.dates, "date field")
            if start.after is not None:
                yield from self.clock((*place, "after"), start.after)
        for index, toll in enumerate(step.tolls):
            yield from self.clock((*where, "tolls", index, "clock"), toll.clock)
