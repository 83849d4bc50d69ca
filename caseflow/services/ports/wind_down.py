"""The wind-down of an ended regime: plan, runs with their cases and outcomes, figures of those released."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.wind_down_classes import WindDown

WAITING, DONE, ALREADY_DONE = "waiting", "done", "already_done"
WAITING_FOR_COURT, WAITING_FOR_OTHER, REFUSED = "waiting_for_court", "waiting_for_other", "refused"
OUTCOMES = (WAITING, DONE, ALREADY_DONE, WAITING_FOR_COURT, WAITING_FOR_OTHER, REFUSED)


@dataclass(frozen=True)
class PlanFilter:
    """What a plan is narrowed to; empty means all. ``begun``: only cases under way (True) or not yet (False)."""

    class_name: str | None = None
    stage: str | None = None
    begun: bool | None = None


@dataclass(frozen=True)
class PlanScope:
    """Whose plan: an office, a regime and its classes, narrowed. ``winding`` are the states of the wind-down itself."""

    office_id: int
    regime: str
    wind_down: WindDown
    winding: Sequence[str]
    chosen: PlanFilter = PlanFilter()

    @property
    def rules(self) -> list[int]:
        """The indexes of the rules it is narrowed to."""
        return [
            index
            for index, rule in enumerate(self.wind_down.rules)
            if self.chosen.class_name in (None, rule.name) and self.chosen.stage in (None, rule.stage)
        ]

    @property
    def states(self) -> list[str]:
        """The states in which cases of these rules may stand."""
        begun = [] if self.chosen.begun is False else self.winding
        fresh = [state for index in self.rules for state in self.wind_down.rules[index].states]
        return list(dict.fromkeys([*([] if self.chosen.begun else fresh), *begun]))


@dataclass(frozen=True)
class ReleasedScope:
    """Of which cases it is told who was released. ``write_offs`` are the steps that write a balance off."""

    office_id: int
    regime: str
    wind_down: WindDown
    withdrawn: Sequence[str]
    delisting: Sequence[str]
    stopped: Sequence[str]
    write_offs: Sequence[str]


@dataclass(frozen=True)
class ClassCount:
    """How many open cases stand at a stage of a class; ``outstanding_fen`` and ``paid_fen`` are theirs together."""

    class_name: str
    stage: str
    cases: int
    begun: int
    outstanding_fen: int
    paid_fen: int


@dataclass(frozen=True)
class ClassifiedRow:
    """An open case with its class. Money in fen; ``rule`` is the index of the rule that it falls under.

    ``origin`` is the state in which the wind-down began on it (its own state where it has not ``begun``).
    """

    id: int
    number: str
    number_zh: str
    definition_hash: str
    party_name: str
    state: str
    origin: str
    rule: int
    begun: bool
    assessed_fen: int
    paid_fen: int
    outstanding_fen: int
    next_due_on: date | None


@dataclass(frozen=True)
class NewRun:
    """A run to keep: the reason ("" means each class's own), the day of its steps, its cases as the plan has them."""

    office_id: int
    regime: str
    reason: str
    day: date
    classes: Sequence[str]
    cases: Sequence[ClassifiedRow]
    key: str


@dataclass(frozen=True)
class Run:
    """A run. ``status`` is ``prepared``, ``approved`` or ``refused``; money in fen."""

    id: int
    regime: str
    status: str
    reason: str
    day: date
    classes: Sequence[str]
    case_count: int
    prepared_by: int
    prepared_by_en: str
    prepared_by_zh: str
    prepared_at: datetime
    decided_by: int | None
    decided_by_en: str | None
    decided_by_zh: str | None
    decided_at: datetime | None
    finance_paper_no: str
    refusal_reason: str
    go_on_at: datetime | None
    outcomes: Mapping[str, int]
    to_do: int

    @property
    def is_busy(self) -> bool:
        """Whether an approved run has cases that it has not tried since somebody last told it to go on."""
        return self.status == "approved" and self.to_do > 0


@dataclass(frozen=True)
class RunCase:
    """A case of a run and what came of it; ``class_name`` and ``stage`` are those at the time it was chosen.

    ``seq`` is the last step the run took on it, ``steps`` how many. ``words_*`` say why it was refused, or what else
    there is to say.
    """

    position: int
    case_id: int
    number: str
    number_zh: str
    class_name: str
    stage: str
    state: str
    definition_hash: str
    outcome: str
    steps: int
    seq: int | None
    words_en: str
    words_zh: str
    tried_at: datetime | None


@dataclass(frozen=True)
class PaidCase:
    """A case of a run on which money was paid: as the run chose it, with what was paid and not refunded (fen)."""

    case_id: int
    class_name: str
    stage: str
    paid_fen: int


@dataclass(frozen=True)
class RunOutcome:
    """What became of a case of a run when it was tried."""

    position: int
    outcome: str
    steps: int
    seq: int | None
    words_en: str = ""
    words_zh: str = ""


@dataclass(frozen=True)
class ListedSince:
    """How many people are on the list of defaulters now that came onto it in ``year`` (None: not known)."""

    year: int | None
    people: int


@dataclass(frozen=True)
class ReleasedMonth:
    """What a month (its first day) brought: people taken off the list, balances written off for good (fen)."""

    month: date
    people: int
    written_off_fen: int
    balances: int


@dataclass(frozen=True)
class ReleasedFigures:
    """The page of those released: now and month by month, newest first. Money in fen.

    ``stopped_fen`` is no longer collected and still to be written off.
    """

    listed: Sequence[ListedSince]
    otherwise_limited: int
    months: Sequence[ReleasedMonth]
    waiting_withdrawal: int
    waiting_delisting: int
    stopped_fen: int
    stopped_cases: int

    @property
    def listed_now(self) -> int:
        """How many people are on the list of defaulters now."""
        return sum(one.people for one in self.listed)


class WindDownStore(Protocol):
    """What the wind-down reads and keeps."""

    def counts(self, scope: PlanScope) -> list[ClassCount]:
        """Count the open cases of each class and stage."""
        ...

    def rows(self, scope: PlanScope, *, after: int | None, limit: int) -> list[ClassifiedRow]:
        """Return classified cases in the order of their ids, beyond the id ``after``."""
        ...

    def rows_of(self, scope: PlanScope, case_ids: Sequence[int]) -> list[ClassifiedRow]:
        """Return these cases of the office that have a class."""
        ...

    def add_run(self, new: NewRun, wind_down: WindDown, event: AuditEvent) -> int:
        """Keep a run and its cases; return its id. Raises ``AlreadyWritten`` for a used key."""
        ...

    def run_by_key(self, office_id: int, key: str) -> int | None:
        """Return the run kept under an idempotency key."""
        ...

    def decide(self, office_id: int, run_id: int, *, paper: str, refused_for: str, event: AuditEvent) -> bool:
        """Approve a prepared run, or refuse it for a reason, in the name of the event's actor.

        False where somebody decided before.
        """
        ...

    def ask_on(self, office_id: int, run_id: int, event: AuditEvent) -> None:
        """Have an approved run try again what is not done."""
        ...

    def run(self, office_id: int, run_id: int) -> Run | None:
        """Return a run of the office."""
        ...

    def runs(self, office_id: int, *, before_id: int | None, limit: int) -> list[Run]:
        """Return runs of the office, newest first."""
        ...

    def run_cases(self, run_id: int, *, outcomes: Sequence[str], after: int, limit: int) -> list[RunCase]:
        """Return cases of a run with one of these outcomes, by position, beyond ``after``."""
        ...

    def stages_of(self, run_id: int) -> list[tuple[str, str, int]]:
        """Return (class, stage, number of cases) of a run."""
        ...

    def stages_owing(self, run_id: int) -> list[tuple[str, str, int]]:
        """Return (class, stage, number of cases) of those cases of a run that still owe anything."""
        ...

    def paid_in(self, run_id: int) -> Sequence[PaidCase]:
        """Return the cases of a run on which money was paid and not refunded."""
        ...

    def in_hand(self, case_ids: Sequence[int]) -> set[int]:
        """Return those of these cases that another run, not refused, still has in hand."""
        ...

    def busy_runs(self, *, limit: int) -> list[tuple[int, int]]:
        """Return (office, run) of approved runs with cases to try, oldest first."""
        ...

    def claim(self, run_id: int, *, most: int) -> list[RunCase]:
        """Lock the next cases to try until the transaction ends, passing over those that others hold."""
        ...

    def taken_by(self, prefix: str, case_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Return for each case how many steps were taken under keys that begin with ``prefix``, and the last one."""
        ...

    def papers_begun(self, prefix: str, case_ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
        """Return for each case the documents of which drafts were begun under keys that begin with ``prefix``."""
        ...

    def note_outcomes(self, run_id: int, outcomes: Sequence[RunOutcome], event: AuditEvent) -> None:
        """Write what came of claimed cases."""
        ...

    def released(self, scope: ReleasedScope) -> ReleasedFigures:
        """Return how many are listed, since when, and what was released month by month."""
        ...

    def default_login(self, role: str) -> str | None:
        """Return who acts as ``role`` where nobody is named and there is one office.

        The only one with the role, else the office's head, else its first supervisor; None where there is nobody.
        """
        ...
