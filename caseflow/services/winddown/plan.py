"""The plan of a wind-down: the class of each open case, the legal reason and what is done of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caseflow.domain.winddown import WindDown, WindDownClass
from caseflow.domain.words import Words
from caseflow.services.ports.winddown import ClassCount, ClassifiedRow

PAGE = 50


@dataclass(frozen=True)
class PlannedStep:
    """A step of the list: ``status`` is ``done``, ``next`` or ``to_come``.

    ``waits_for`` is ``office``, ``court``, ``party`` or ``other``, ``by`` the roles that take it, ``in_bulk`` whether a
    run takes it.
    """

    name: str
    title: Words
    status: str
    waits_for: str
    by: tuple[str, ...]
    in_bulk: bool


@dataclass(frozen=True)
class PlannedCase:
    """An open case of the plan. ``waits_for`` says whose move the next step is.

    ``charge_note`` says what became of the added charge where one ran: it ends with the cut-off.
    """

    row: ClassifiedRow
    class_: WindDownClass
    stage: str
    stage_title: Words
    state_title: Words
    steps: Sequence[PlannedStep]
    waits_for: str
    begun: bool
    charge_note: Words | None = None

    @property
    def next_step(self) -> PlannedStep | None:
        """The step that comes next; None where the rest is not known yet."""
        return next((step for step in self.steps if step.status == "next"), None)


@dataclass(frozen=True)
class PlanCounts:
    """How many open cases each class and stage has, in the order of the file."""

    regime: str
    wind_down: WindDown
    by_class: Sequence[ClassCount] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many open cases the plan has."""
        return sum(one.cases for one in self.by_class)


@dataclass(frozen=True)
class PlanPage:
    """Cases of the plan and the key that continues them."""

    cases: Sequence[PlannedCase]
    next_key: int | None


class Plan:
    """Replaced in the next commits."""
