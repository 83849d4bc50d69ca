"""A case as the rules see it: where it stands, who did what, what is owed, which clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from caseflow.domain.access import Role
from caseflow.domain.clocks import Clock, has_run_out
from caseflow.domain.law.reckoning import Reckoning
from caseflow.domain.ledger import Money
from caseflow.domain.served import Attempt
from caseflow.domain.words import Words

RUNNING = ("open", "tolled")


@dataclass(frozen=True)
class CaseClock:
    """A clock of a case: its row (None before it is written) and, if it began when another ended, that one's rule."""

    clock: Clock
    id: int | None = None
    after_rule: str | None = None

    @property
    def rule_id(self) -> str:
        """The rule the clock counts."""
        return self.clock.rule_id

    @property
    def status(self) -> str:
        """``open``, ``tolled``, ``met``, ``missed`` or ``stopped``."""
        return self.clock.status

    @property
    def due_on(self) -> date:
        """The last day on which the limit can be kept."""
        return self.clock.due_on

    @property
    def reckoning(self) -> Reckoning:
        """The due date with all that it was computed from."""
        return self.clock.reckoning

    @property
    def is_running(self) -> bool:
        """Whether the clock is open or tolled."""
        return self.clock.status in RUNNING

    def has_run_out(self, on: date) -> bool:
        """Whether the limit is over on ``on``."""
        return has_run_out(self.clock, on)


@dataclass(frozen=True)
class StepTaken:
    """One step of the history, as four-eyes and the needs of later steps look at it.

    ``role`` is the one it was taken in. A step that an old casebook ``reported`` was witnessed by nobody of the office;
    ``actor_id`` entered the book.
    """

    seq: int
    trigger: str
    actor_id: int
    to_state: str
    reported: bool = False
    role: Role | None = None


# What a final state says to whoever would still add to the case or take something out of it.
SEALED = Words(
    "The case is finished and its file sealed as it stands: no file is added or withdrawn, and no paper is drafted, "
    "submitted, issued or corrected any more.",
    "案件已归档，案卷按现状封存：不再增加或者撤回文件，也不再起草、送审、印发或者更正文书。",
)


@dataclass(frozen=True)
class CaseDates:
    """The legal dates of a case; a version of the law is chosen by one of them."""

    opened_on: date
    act_date: date | None = None
    filed_on: date | None = None
    decision_date: date | None = None
    served_on: date | None = None
    last_step_on: date | None = None
    closed_on: date | None = None

    def get(self, name: str) -> date | None:
        """Return the date called ``name`` (``act_date``, ``decision_date`` ...), if it has come."""
        value: date | None = getattr(self, name)
        return value


@dataclass(frozen=True)
class Case:
    """A case at one version. ``facts`` holds the JSON form of every answer given so far.

    ``documents`` are the kinds its steps have made, ``unissued`` those of them that are not issued as papers,
    ``unwritten`` each making (kind and number of the step) that no paper was issued for,
    ``issued_at`` the version of the case at which the newest paper of a kind was issued,
    ``prepared`` the kinds issued for the step that makes them next, ``served`` those that were served and ``attempts``
    what did not come to a service.

    ``recused`` are the ids of those who take no part in it (domain/duties.py).
    ``row_version`` tells a case apart that a recount of its deadlines (no step) has changed meanwhile.
    """

    id: int
    office_id: int
    number: str
    regime: str
    definition_hash: str
    party_id: int
    party_kind: str
    owner_id: int
    second_officer_id: int | None
    state: str
    phase: str
    version: int
    dates: CaseDates
    money: Money
    facts: Mapping[str, Any] = field(default_factory=dict)
    clocks: tuple[CaseClock, ...] = ()
    history: tuple[StepTaken, ...] = ()
    documents: frozenset[str] = frozenset()
    unissued: frozenset[str] = frozenset()
    unwritten: frozenset[tuple[str, int]] = frozenset()
    issued_at: Mapping[str, int] = field(default_factory=dict)
    served: frozenset[str] = frozenset()
    attempts: tuple[Attempt, ...] = ()
    prepared: frozenset[str] = frozenset()
    row_version: str = ""
    recused: frozenset[int] = frozenset()

    @property
    def officers(self) -> int:
        """How many officers handle the case (APL 2021 art. 42 asks for at least two)."""
        return 1 if self.second_officer_id is None else 2

    def takers_of(self, trigger: str) -> frozenset[int]:
        """Return who has taken the step ``trigger`` on this case; whoever entered an old casebook took none of it."""
        return frozenset(taken.actor_id for taken in self.history if taken.trigger == trigger and not taken.reported)

    def has_taken(self, trigger: str) -> bool:
        """Tell whether the step ``trigger`` was taken on this case, here or as an old casebook reports."""
        return any(taken.trigger == trigger for taken in self.history)

    def latest_clock(self, rule_id: str) -> CaseClock | None:
        """Return the clock of ``rule_id`` started last, running or not."""
        for clock in reversed(self.clocks):
            if clock.rule_id == rule_id:
                return clock
        return None

    def running_clock(self, rule_id: str) -> CaseClock | None:
        """Return the running clock of ``rule_id``, if there is one."""
        clock = self.latest_clock(rule_id)
        return clock if clock is not None and clock.is_running else None
