"""A workflow definition: the states, steps, fields and guards of one version of one regime.

Definitions are immutable and shared by every case pinned to them. They are made by
:func:`caseflow.domain.workflow.load_definition` and :func:`caseflow.domain.workflow.definition_from_body`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from transitions import Machine, MachineError

from caseflow.domain.guards import Guard, Kind, view_kinds
from caseflow.domain.old_book import OldBook
from caseflow.domain.retention import Retention
from caseflow.domain.wind_down_classes import WindDown
from caseflow.domain.words import Words

PHASES: Mapping[str, Words] = MappingProxyType(
    {
        "investigation": Words("Investigation", "调查"),
        "assessment": Words("Assessment", "审理决定"),
        "collection": Words("Collection", "收缴"),
        "court_referral": Words("Court referral", "申请法院执行"),
        "closed": Words("Closed", "结案"),
    }
)
SAME = "same"
EFFECTIVE = "effective"
PAPER_NUMBER = Words("{mark}-{year}-{serial:04d}", "{mark}〔{year}〕{serial}号")
TODAY = "today"
RECEIPT = "receipt"


class StepNotOpen(Exception):
    """The step does not lead out of the state the case is in."""


@dataclass(frozen=True, slots=True)
class Field:
    """A question; ``min``/``max`` are fen for ``money``.

    ``not_after`` and each of ``not_before`` is ``today`` or a date field. No answer to a ``rising`` date field may lie
    before the case's earlier answer to it.
    """

    name: str
    type: str
    label: Words
    help: Words | None
    required: bool
    not_after: str | None
    not_before: tuple[str, ...]
    min: int | None
    max: int | None
    choices: Mapping[str, Words]
    rising: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A document the procedure makes or receives.

    ``mark`` stands in its number, ``number_from`` is the field with its number where a step asks for one, ``template``
    the Typst template that sets it.
    """

    name: str
    title: Words
    mark: Words
    number_from: str | None
    template: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A named guard and the words that tell a person what it means."""

    name: str
    guard: Guard
    words: Words


@dataclass(frozen=True, slots=True)
class State:
    """A place a case may stand in; ``clocks`` start on entering it, at the date of the step.

    In one that ``pends`` a plan to pay by instalments or later is asked for or kept.
    """

    name: str
    title: Words
    phase: str
    clocks: tuple[str, ...]
    waiting_for: str
    branch: str
    final: bool
    board: str | None = None
    pends: str | None = None


@dataclass(frozen=True, slots=True)
class ClockStart:
    """A clock to start: on the date field ``on``, or when the clock ``after`` has run out, else at the step's date."""

    clock: str
    on: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Toll:
    """A clock to stop and the legal reason."""

    clock: str
    reason: Words


@dataclass(frozen=True, slots=True)
class Posting:
    """A ledger event and the money field that holds its amount in fen.

    What a ``collect`` ``holds`` meets no debt: it is kept for the payer until it goes back.
    """

    event: str
    amount: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class AmountRule:
    """A money field and the rule of law that bounds it."""

    field: str
    rule: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What must exist before a step opens; ``officers`` counts the people who take it together.

    Every document of ``issued`` that the case has made must have been issued as a paper, every one of ``served`` must
    have been served; ``failed_service`` says how often serving a document in other ways must have failed.
    """

    documents: tuple[str, ...]
    officers: int
    steps: tuple[str, ...]
    issued: tuple[str, ...] = ()
    served: tuple[str, ...] = ()
    failed_service: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Officers:
    """The staff fields that name the case's first and second officer.

    ``replaces`` is for recusal (APL 2021 article 43): somebody must be named, and nobody who is on the case already.
    """

    owner: str | None
    second: str | None
    replaces: bool

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that are named, the first officer's first."""
        return tuple(name for name in (self.owner, self.second) if name is not None)


@dataclass(frozen=True, slots=True)
class Step:
    """An act that moves a case. ``to`` is :data:`SAME` when the case stays where it is.

    ``serves`` is the document whose service the step records, ``served_by`` the method where the step knows only one;
    ``reaches_back`` lets it lie before the office's last step: another's act, of which the office heard later.
    ``referral`` says what it does to the court application: ``sign``, ``file`` or ``withdraw``; ``says`` are
    answers that the step itself gives, which nobody is asked. ``on_submission`` is the kind of submission of the person
    that the step takes into the case.
    """

    name: str
    title: Words
    from_states: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    on_behalf_of: str | None
    branch: str
    not_by: tuple[str, ...]
    needs: Needs
    when: tuple[str, ...]
    unless: tuple[str, ...]
    opens_after: tuple[str, ...]
    within: tuple[str, ...]
    asks: tuple[str, ...]
    effective: str | None
    sets: Mapping[str, str]
    levies: bool
    amount: AmountRule | None
    makes: tuple[str, ...]
    starts: tuple[ClockStart, ...]
    meets: tuple[str, ...]
    stops: tuple[str, ...]
    tolls: tuple[Toll, ...]
    resumes: tuple[str, ...]
    posts: tuple[Posting, ...]
    grave: Words | None
    officers: Officers | None = None
    serves: str | None = None
    served_by: str | None = None
    reaches_back: bool = False
    referral: str | None = None
    says: Mapping[str, bool | str] = field(default_factory=dict)
    on_submission: str | None = None

    @property
    def own_clocks(self) -> tuple[str, ...]:
        """The limits whose end or whose running the step itself names."""
        return (*self.opens_after, *self.within)

    def target(self, state: str) -> str:
        """Return the state the case stands in after this step was taken in ``state``."""
        return state if self.to == SAME else self.to


class _Token:
    """The light model the shared machine moves; lives for one step."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


@dataclass(frozen=True)
class Definition:
    """One version of one regime. ``body`` is the JSON-able data it was built from, ``content_hash`` its SHA-256."""

    regime: str
    version: int
    title: Words
    subjects: tuple[str, ...]
    subject_titles: Mapping[str, Words]
    law: str
    number: Words
    paper_number: Words
    seats: Mapping[str, int]
    opens: str
    opening: tuple[str, ...]
    fields: Mapping[str, Field]
    documents: Mapping[str, Document]
    conditions: Mapping[str, Condition]
    states: Mapping[str, State]
    steps: Mapping[str, Step]
    properties: tuple[str, ...]
    content_hash: str
    body: Mapping[str, Any] = field(repr=False)
    old_book: OldBook | None = None
    wind_down: WindDown | None = None
    retention: Retention | None = None

    def __hash__(self) -> int:
        """Hash by content, so that definitions can key caches."""
        return hash(self.content_hash)

    def __eq__(self, other: object) -> bool:
        """Definitions with the same content are the same."""
        return isinstance(other, Definition) and other.content_hash == self.content_hash

    def subject_title(self, kind: str) -> Words:
        """Return what a kind of party is called; one without a title is shown as the file names it."""
        plain = kind.replace("_", " ")
        return self.subject_titles.get(kind) or Words(plain, plain)

    def steps_from(self, state: str) -> tuple[Step, ...]:
        """Return the steps that lead out of ``state`` in the order of the file; empty for an unknown state."""
        return self._steps_by_state.get(state, ())

    def receipt_field(self, step: Step) -> str | None:
        """Return the field in which ``step`` asks for the number of the receipt it issues; None: it takes no money."""
        return next((name for name in step.asks if self.fields[name].type == RECEIPT), None)

    def takes_money_in(self, state: str) -> bool:
        """Tell whether a payment can be recorded in ``state``."""
        return any(self.receipt_field(step) is not None for step in self.steps_from(state))

    def seals(self, state: str) -> bool:
        """Tell whether a case in ``state`` is finished for good: its file stays as it is."""
        return state in self.states and self.states[state].final

    def fire(self, state: str, trigger: str) -> str:
        """Return the state after the step ``trigger`` was taken in ``state``; about 10 microseconds.

        Raises :class:`StepNotOpen` when no such step leads out of ``state``. Guards, roles and needs are
        checked by the caller; the machine only knows the graph.
        """
        token = _Token(state)
        event = self.machine.events.get(trigger)
        if event is None or state not in self.states:
            message = f"'{self.regime}' has no step '{trigger}' in '{state}'"
            raise StepNotOpen(message)
        try:
            event.trigger(token)
        except MachineError as error:
            message = f"'{trigger}' does not lead out of '{state}'"
            raise StepNotOpen(message) from error
        return token.state

    @cached_property
    def machine(self) -> Machine:
        """The one machine every case of this definition shares."""
        machine = Machine(
            model=None,
            states=list(self.states),
            initial=self.opens,
            auto_transitions=False,
            send_event=True,
        )
        for step in self.steps.values():
            machine.add_transition(step.name, list(step.from_states), "=" if step.to == SAME else step.to)
        return machine

    @cached_property
    def each_making(self) -> frozenset[str]:
        """The documents of which every making is one of its own: records of service, and of what is done again.

        A later record of questioning replaces no earlier one, and the return of the demand proves nothing of the
        decision's service.
        """
        return frozenset(
            kind
            for step in self.steps.values()
            for kind in step.makes
            if step.to == SAME or step.serves not in (None, kind)
        )

    @cached_property
    def view_kinds(self) -> Mapping[str, Kind]:
        """Every member of the read-only view and its kind; give it to :func:`caseflow.domain.guards.build_view`."""
        return view_kinds({name: declared.type for name, declared in self.fields.items()})

    @cached_property
    def _steps_by_state(self) -> Mapping[str, tuple[Step, ...]]:
        return {
            state: tuple(step for step in self.steps.values() if state in step.from_states) for state in self.states
        }
