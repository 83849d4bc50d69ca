"""The wind-down in words: what came of a case, how a run stands, what a class means for the people in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask

from caseflow.domain.access import Actor
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.wind_down_classes import Source, WindDown, WindDownClass, WindDownRule
from caseflow.domain.wind_down_steps import PlannedStep, missing_desks
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step
from caseflow.services.ports.wind_down import (
    ALREADY_DONE,
    DONE,
    REFUSED,
    WAITING,
    WAITING_FOR_COURT,
    WAITING_FOR_OTHER,
    ClassCount,
    Run,
)
from caseflow.services.wind_down import PlanCounts, PlannedCase
from caseflow.services.wind_down.notices import WAITS
from caseflow.web import display
from caseflow.web.context import application
from caseflow.web.phrases import _, ngettext

OUTCOME_FILTERS: dict[str, tuple[str, ...]] = {
    "done": (DONE, ALREADY_DONE),
    "court": (WAITING_FOR_COURT,),
    "other": (WAITING_FOR_OTHER,),
    "refused": (REFUSED,),
    "waiting": (WAITING,),
}


@dataclass(frozen=True)
class Group:
    """The cases at one stage of a class: how many, and what the law requires of them.

    ``paths`` are the lists of steps, each step with whether every case of its list takes it.
    """

    count: ClassCount
    class_: WindDownClass
    stage: Words
    rules: Sequence[WindDownRule]

    @property
    def paths(self) -> list[list[tuple[str, bool]]]:
        """The lists of steps that begin alike as one, those of the most states first."""
        alike: dict[str, list[WindDownRule]] = {}
        for rule in sorted(self.rules, key=lambda rule: -len(rule.states)):
            alike.setdefault(rule.steps[0], []).append(rule)
        return [merged_steps([rule.steps for rule in rules]) for rules in alike.values()]


def groups(counts: PlanCounts) -> list[Group]:
    """Return each stage of each class that has cases, in the order of the stages; what the file no longer has, last."""
    plan, order = counts.wind_down, list(counts.wind_down.stages)
    return [
        Group(
            one,
            plan.classes.get(one.class_name) or _forgotten(one.class_name),
            plan.stages.get(one.stage) or Words(one.stage, one.stage),
            rules_of(plan, one.class_name, one.stage),
        )
        for one in sorted(counts.by_class, key=lambda one: [*order, one.stage].index(one.stage))
        if one.cases
    ]


def _forgotten(name: str) -> WindDownClass:
    """Return a class that the workflow file had when a run was prepared, and has no more."""
    return WindDownClass(name, Words(name, name), Words("", ""), ())


def rules_of(plan: WindDown, class_name: str, stage: str) -> list[WindDownRule]:
    """Return the rules of one stage of a class."""
    return [rule for rule in plan.rules if (rule.name, rule.stage) == (class_name, stage)]


def merged_steps(lists: Sequence[Sequence[str]]) -> list[tuple[str, bool]]:
    """Return lists of steps as one, each step with whether every list has it; a step keeps its place after another."""
    longest = max(lists, key=len)
    found = list(longest)
    for names in lists:
        place = 0
        for name in names:
            if name in found:
                place = found.index(name) + 1
            else:
                found.insert(place, name)
                place += 1
    return [(name, all(name in names for names in lists)) for name in found]


def consequences(definition: Definition, plan: WindDown, rules: Iterable[WindDownRule]) -> list[Words]:
    """Return what the steps that a run takes do for good, as the workflow file says it, each once."""
    told: dict[Words, None] = {}
    for rule in rules:
        for name in rule.steps:
            step = definition.steps.get(name)
            if step is not None and step.grave is not None and name in plan.office_steps:
                told[step.grave] = None
    return list(told)


def beyond_the_two(definition: Definition, plan: WindDown, rules: Iterable[WindDownRule], actor: Actor) -> str:
    """Return the desks whose steps neither ``actor``, who prepares a run, nor an approver may take; empty: none.

    A run takes each step in the name of one of its two people, so such cases would be refused.
    """
    return _any_of(missing_desks(definition, plan, rules, actor.own_roles))


def definition_of(regime: str) -> Definition:
    """Return the workflow in force of a regime."""
    return application().rulebook.definitions[regime]


def by_whom(step: Step | PlannedStep) -> str:
    """Say who takes a step, and on whose act it waits."""
    who = _any_of(step.by)
    other = step.on_behalf_of if isinstance(step, Step) else step.waits_for
    if other == "court":
        return _("when the court's paper is in, by the %(who)s", who=who)
    if other in (None, "office"):
        return _("by the %(who)s", who=who)
    return _("when %(whom)s has acted, by the %(who)s", whom=display.waiting(str(other)), who=who)


def _any_of(roles: Iterable[str]) -> str:
    return _(" or ").join(display.role(role) for role in roles)


def next_by_whom(case: PlannedCase) -> str:
    """Say whose move the next step of a case is."""
    step = case.next_step
    if step is None:
        return ""
    who = _any_of(step.by)
    if case.waits_for != "office":
        return _("waits for %(whom)s; then the %(who)s", whom=display.waiting(case.waits_for), who=who)
    return _("by the %(who)s", who=who)


def sources_of(shown: Iterable[Group]) -> list[Source]:
    """Return the sources of several classes, each once."""
    return list(dict.fromkeys(source for one in shown for source in one.class_.sources))


def source_mark(status: str) -> str:
    """Say how sure a source is."""
    known = {name: words for name, words in CHECKED_WORDS.items() if name == status}
    return display.words(known[status]) if status in known else status


def outcome_title(outcome: str) -> str:
    """Return what came of a case in a run."""
    return {
        WAITING: _("not tried yet"),
        DONE: _("done"),
        ALREADY_DONE: _("was done already"),
        WAITING_FOR_COURT: _("waits for the court"),
        WAITING_FOR_OTHER: _("waits for somebody"),
        REFUSED: _("could not be done"),
    }[outcome]


def outcome_filters() -> list[tuple[str, str]]:
    """Return the filters of a run's cases with their names."""
    return [
        ("", _("All")),
        ("done", _("Done")),
        ("court", _("Wait for the court")),
        ("other", _("Wait for somebody")),
        ("refused", _("Could not be done")),
        ("waiting", _("Not tried yet")),
    ]


def outcome_count(run: Run, name: str) -> int:
    """Return how many cases of a run a filter shows."""
    if not name:
        return run.case_count
    return sum(run.outcomes.get(one, 0) for one in OUTCOME_FILTERS[name])


def run_status(run: Run) -> str:
    """Say how a run stands."""
    if run.status == "prepared":
        return _("waits for approval")
    if run.status == "refused":
        return _("not approved")
    if run.is_busy:
        return _("approved, at work")
    refused = run.outcomes.get(REFUSED, 0)
    if refused:
        return ngettext(
            "approved; %(num)d case could not be done", "approved; %(num)d cases could not be done", refused
        )
    return _("approved, carried out")


def told_of_run(kind: str, told: Mapping[str, Any]) -> str:
    """Return a message about a run in words."""
    who, people = display.pick(str(told["by_en"]), str(told["by_zh"])), int(told["people"])
    if kind == WAITS:
        return ngettext(
            "A run of the wind-down waits for your approval: %(num)d person, prepared by %(who)s",
            "A run of the wind-down waits for your approval: %(num)d people, prepared by %(who)s",
            people,
            who=who,
        )
    if told["approved"]:
        return ngettext(
            "%(who)s approved your run of the wind-down: %(num)d person",
            "%(who)s approved your run of the wind-down: %(num)d people",
            people,
            who=who,
        )
    return ngettext(
        "%(who)s did not approve your run of the wind-down: %(num)d person",
        "%(who)s did not approve your run of the wind-down: %(num)d people",
        people,
        who=who,
    )


def state_title(definition: Definition, name: str) -> str:
    """Return the title of a state; of one that the file no longer has, its name."""
    known = definition.states.get(name)
    return display.words(known.title) if known is not None else name


def is_closed(definition: Definition, name: str) -> bool:
    """Tell whether a case in this state is closed."""
    known = definition.states.get(name)
    return known is not None and known.phase == "closed"


def register(app: Flask) -> None:
    """Offer the words to the templates."""
    app.add_template_filter(outcome_title)
    app.add_template_filter(run_status)
    app.add_template_filter(source_mark)
    for call in (
        beyond_the_two,
        by_whom,
        is_closed,
        next_by_whom,
        outcome_count,
        state_title,
        consequences,
        sources_of,
    ):
        app.add_template_global(call)
