"""What the law requires now of one open case of an ended regime: a short block on the page of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.access import Permission, may
from caseflow.domain.wind_down_classes import WindDownClass
from caseflow.domain.wind_down_steps import PlannedStep, planned_steps, standing_of
from caseflow.domain.words import Words
from caseflow.services.case_pages import CasePage
from caseflow.web.context import actor, application


@dataclass(frozen=True)
class WindDownBlock:
    """The class of a case, where it belongs, and the steps that release the person."""

    class_: WindDownClass
    stage: Words
    steps: Sequence[PlannedStep]

    @property
    def left(self) -> Sequence[PlannedStep]:
        """The steps that are still to be taken, in their order."""
        return [step for step in self.steps if step.status != "done"]


def block_of(page: CasePage) -> WindDownBlock | None:
    """Return the block; None while the law is in force, once the case is closed, and for desks that wind nothing down.

    It asks the database nothing: the page has read the case already.
    """
    definition = application().rulebook.definitions.get(page.rules.definition.regime)
    down = definition.wind_down if definition is not None else None
    if definition is None or down is None or page.ended is None or page.case.phase == "closed":
        return None
    if not may(actor(), Permission.READ_WIND_DOWN):
        return None
    number = down.rule_of(standing_of(definition, down, page.case))
    if number is None:
        return None
    rule = down.rules[number]
    steps = planned_steps(definition, down, rule, page.case.state)
    return WindDownBlock(down.class_of(number), down.stages[rule.stage], steps)
