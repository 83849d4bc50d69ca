"""The plan of a wind-down: the class of each open case, the legal reason and what is done of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from caseflow.domain.wind_down_classes import WindDown, WindDownClass
from caseflow.domain.wind_down_steps import PlannedStep, checked_first, planned_steps, winding_states
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, money_text
from caseflow.services.added_charges import charge_to_date
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.wind_down import ClassCount, ClassifiedRow, PlanFilter, PlanScope
from caseflow.services.rulebook import Rulebook

PAGE = 50


class NothingWindsDown(LookupError):
    """No workflow file in force says how its regime is wound down."""


@dataclass(frozen=True)
class PlannedCase:
    """An open case of the plan. ``waits_for`` says whose move the next step is.

    ``refund``: the record shows money taken without right, so that the refund sheet comes first.
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
    refund: bool = False

    @property
    def next_step(self) -> PlannedStep | None:
        """The step that comes next; None where the rest is not known yet."""
        return next((step for step in self.steps if step.status == "next"), None)


@dataclass(frozen=True)
class PlanCounts:
    """How many open cases each class and stage has, in the order of the file.

    ``refunds``: in how many of them a refund finding stands, where that was looked at; a run leaves them out, and
    ``paid_fen`` does not count their money.
    """

    regime: str
    wind_down: WindDown
    by_class: Sequence[ClassCount] = field(default_factory=list)
    refunds: int = 0

    @property
    def total(self) -> int:
        """How many open cases the plan has."""
        return sum(one.cases for one in self.by_class)


@dataclass(frozen=True)
class PlanPage:
    """Cases of the plan and the key that continues them."""

    cases: Sequence[PlannedCase]
    next_key: int | None


@dataclass(frozen=True)
class Winding:
    """A regime that is wound down: its workflow in force and what that says of it."""

    definition: Definition
    down: WindDown

    def scope(self, office_id: int, chosen: PlanFilter) -> PlanScope:
        """Return whose cases are looked at."""
        states = winding_states(self.definition)
        return PlanScope(office_id, self.definition.regime, self.down, states, chosen)

    def planned(self, row: ClassifiedRow, note: Words | None = None, *, refund: bool = False) -> PlannedCase:
        """Return a classified case with its legal reason and its steps; ``refund``: a refund finding stands."""
        rule = self.down.rules[row.rule]
        steps = planned_steps(self.definition, self.down, rule, row.state)
        if row.paid_fen > 0:
            steps = checked_first(steps, stands=refund)
        state, following = self.definition.states.get(row.state), next((s for s in steps if s.status == "next"), None)
        return PlannedCase(
            row=row,
            class_=self.down.classes[rule.name],
            stage=rule.stage,
            stage_title=self.down.stages[rule.stage],
            state_title=state.title if state is not None else Words(row.state, row.state),
            steps=steps,
            waits_for=following.waits_for if following is not None else "office",
            begun=row.begun,
            charge_note=note,
            refund=refund,
        )


def winding(rulebook: Rulebook, regime: str = "") -> Winding:
    """Return the regime called ``regime``, or the first whose file says how it is wound down.

    Raises :class:`NothingWindsDown`.
    """
    for definition in rulebook.definitions.values():
        if definition.wind_down is not None and regime in ("", definition.regime):
            return Winding(definition, definition.wind_down)
    raise NothingWindsDown(regime)


def merged(counts: Sequence[ClassCount]) -> list[ClassCount]:
    """Return one count a class and stage, in the order of the rules."""
    found: dict[tuple[str, str], ClassCount] = {}
    for one in counts:
        key = (one.class_name, one.stage)
        known = found.get(key)
        found[key] = one if known is None else _sum(known, one)
    return list(found.values())


def charge_notes(
    rulebook: Rulebook, work: UnitOfWork, down: WindDown, rows: Sequence[ClassifiedRow], today: date
) -> Mapping[int, Words]:
    """Return for each case whose added charge was running what it came to: nothing is added after the cut-off.

    Source: the rule of the added charge ends with the law of the regime (D357 article 8; PFPL 2021).
    """
    owing = [row.id for row in rows if row.outstanding_fen and not row.begun]
    cases, timelines = work.cases.load_many(owing), work.views.timelines(owing)
    ends_on, notes = down.cut_off + timedelta(days=1), {}
    for case in cases.values():
        sheet = charge_to_date(rulebook.pinned(case.definition_hash, work), case, timelines[case.id], today)
        if sheet is not None and today >= ends_on:
            sum_yuan, day = money_text(sheet.result_fen), down.cut_off
            notes[case.id] = Words(
                f"Added charge to {day}: {sum_yuan} yuan; nothing is added after it, and none of it is collected.",
                f"滞纳金计至{day}为{sum_yuan}元；此后不再加收，且不再征收。",
            )
    return notes


def _sum(one: ClassCount, other: ClassCount) -> ClassCount:
    return ClassCount(
        one.class_name,
        one.stage,
        one.cases + other.cases,
        one.begun + other.begun,
        one.outstanding_fen + other.outstanding_fen,
        one.paid_fen + other.paid_fen,
    )
