"""The one place through which every use case that writes goes: whether this person may, after what they did before."""

from __future__ import annotations

from collections.abc import Collection

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.cases import Case
from caseflow.domain.duties import DutiesRefused, Matter, Part, bars, case_matter, parts_of_step
from caseflow.domain.step_people import acts_for
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.workflow import Definition

NOTHING_BEFORE = Matter()


def check_duties(
    actor: Actor, permission: Permission | None, parts: Collection[Part] = (), matter: Matter = NOTHING_BEFORE
) -> None:
    """Let ``actor`` go on, or raise.

    ``permission`` is what the act asks for (None: it was asked for another way, such as a step's own roles); ``parts``
    are what acting is in ``matter``, which tells who had which part of it before. Raises ``NotPermitted``, and
    ``DutiesRefused`` for whoever had a part kept apart from it, is recused from the case, holds roles that no one
    person may hold, or acts in the place of somebody who may not do it themselves.
    """
    if permission is not None:
        check_permission(actor, permission)
    found = bars(actor, parts, matter)
    if found:
        raise DutiesRefused(*found)


def check_step_duties(actor: Actor, definition: Definition, case: Case, outcome: StepOutcome) -> None:
    """Let ``actor`` take a step as it was decided, or raise ``DutiesRefused``."""
    step = definition.steps.get(outcome.trigger)
    matter = case_matter(definition, case, acts_for(case, outcome.role, actor))
    check_duties(actor, None, parts_of_step(step, outcome.role), matter)


def on_case(case: Case) -> Matter:
    """Return the case as a matter for whatever is done on it besides its steps: whoever is recused does none of it."""
    return Matter(recused=case.recused, of_a_case=True)


__all__ = ["DutiesRefused", "Matter", "Part", "check_duties", "check_step_duties", "on_case"]
