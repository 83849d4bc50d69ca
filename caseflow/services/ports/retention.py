"""Legal holds, and runs that erase what is personal of cases whose time is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent


class RetentionConflict(Exception):
    """The database keeps the case, or the run does not stand as asked; ``constraint`` names the rule."""

    def __init__(self, constraint: str, told: str) -> None:
        super().__init__(told)
        self.constraint = constraint


@dataclass(frozen=True, slots=True)
class DueCase:
    """A closed case whose years are over; ``obstacle``, a key of ``retention.OBSTACLES``, keeps it all the same."""

    case_id: int
    number: str
    number_zh: str
    regime: str
    closed_on: date
    years: int
    due_on: date
    obstacle: str | None
    hold_id: int | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold of a case, and who placed it."""

    id: int
    case_id: int
    number: str
    number_zh: str
    reason: str
    placed_by: int
    placed_en: str
    placed_zh: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class Recusal:
    """A case in which somebody takes no part."""

    case_id: int
    number: str
    number_zh: str


@dataclass(frozen=True, slots=True)
class RetentionRun:
    """A run: who prepared it and, later, who approved it.

    ``asked_by`` asked last that the background carries it out, which is through with that since ``over_at``.
    ``ended_by`` withdrew it, having prepared it, or refused it.
    """

    id: int
    office_id: int
    prepared_by: int
    prepared_en: str
    prepared_zh: str
    prepared_at: datetime
    approved_by: int | None
    approved_en: str | None
    approved_zh: str | None
    approved_at: datetime | None
    asked_by: int | None
    asked_at: datetime | None
    over_at: datetime | None
    ended_by: int | None
    ended_en: str | None
    ended_zh: str | None
    ended_at: datetime | None
    end_reason: str | None
    case_count: int
    done_count: int

    @property
    def is_busy(self) -> bool:
        """Whether the background still has to look at cases of it, or at their files."""
        return self.asked_at is not None and (self.over_at is None or self.over_at < self.asked_at)


@dataclass(frozen=True, slots=True)
class RunCase:
    """A case of a run; done once what is personal of it is erased. ``obstacle`` keeps it from that."""

    case_id: int
    number: str
    number_zh: str
    party_id: int
    regime: str
    years: int
    due_on: date
    done_at: datetime | None
    obstacle: str | None

    @property
    def done(self) -> bool:
        """Whether what is personal of it is erased."""
        return self.done_at is not None


@dataclass(frozen=True, slots=True)
class Replaced:
    """What takes the place of what is sealed of a case: the party's name, its index, texts by submission or paper."""

    name_sealed: bytes
    name_index: bytes
    submissions: Mapping[int, bytes] = field(default_factory=dict)
    answers: Mapping[int, bytes] = field(default_factory=dict)
    papers: Mapping[int, bytes] = field(default_factory=dict)


class RetentionStore(Protocol):
    """How long cases are kept. Every act is refused by the database too where it may not be."""

    def due(
        self, office_id: int, years: Mapping[str, int], after: tuple[date, int] | None, limit: int
    ) -> Sequence[DueCase]:
        """Return closed cases of an office whose years are over and that are not erased, the longest closed first.

        ``years`` are the periods of today's definitions by regime; where one that the database keeps is longer, it
        holds.
        """
        ...

    def of_cases(self, office_id: int, case_ids: Sequence[int]) -> Sequence[DueCase]:
        """Return these cases, of which only those without obstacle may be erased."""
        ...

    def holds(self, office_id: int, below: int | None, limit: int) -> Sequence[Hold]:
        """Return the holds of an office that did not end, newest first."""
        ...

    def held(self, office_id: int, hold_id: int) -> Hold | None:
        """Return a hold that did not end."""
        ...

    def recused_from(
        self, staff_id: int, case_ids: Sequence[int] = (), *, run_id: int | None = None
    ) -> Sequence[Recusal]:
        """Return those of these cases, and of a run, in which somebody takes no part, by id."""
        ...

    def place(self, office_id: int, case_id: int, reason: str, event: AuditEvent) -> int | None:
        """Hold a case; None where it is held already."""
        ...

    def end(self, hold_id: int, office_id: int, reason: str, event: AuditEvent) -> bool:
        """End a hold; False where there is none that did not end."""
        ...

    def with_key(self, key: str) -> int | None:
        """Return the run that was written with a key."""
        ...

    def begin(self, office_id: int, key: str, case_ids: Sequence[int], event: AuditEvent) -> int:
        """Write a run with its cases; return its id. Raises AlreadyWritten (the key), RetentionConflict."""
        ...

    def lock(self, run_id: int) -> None:
        """Let nobody else change a run until the transaction ends."""
        ...

    def run(self, run_id: int) -> RetentionRun | None:
        """Return a run."""
        ...

    def runs(self, office_id: int, below: int | None, limit: int) -> Sequence[RetentionRun]:
        """Return the runs of an office, newest first."""
        ...

    def unapproved(self, office_id: int, limit: int) -> Sequence[RetentionRun]:
        """Return the runs of an office that nobody approved yet, newest first."""
        ...

    def approve(self, run_id: int, event: AuditEvent) -> None:
        """Approve a run as the event's actor. Raises :class:`RetentionConflict`."""
        ...

    def end_run(self, run_id: int, reason: str, event: AuditEvent) -> None:
        """Withdraw or refuse a run as the event's actor. Raises :class:`RetentionConflict`."""
        ...

    def cases(self, run_id: int, after: int = 0, limit: int | None = None) -> Sequence[RunCase]:
        """Return the cases of a run by id, beyond the id ``after``."""
        ...

    def kept(self, run_id: int) -> Mapping[str, int]:
        """Return how many cases of a run that are not erased something keeps, by what it is."""
        ...

    def ask(self, run_id: int, event: AuditEvent) -> None:
        """Have the background carry a run out, for the event's actor. Raises :class:`RetentionConflict`."""
        ...

    def asked(self, limit: int) -> Sequence[RetentionRun]:
        """Return runs of every office that the background has to carry out, those asked for first in front."""
        ...

    def over(self, run: RetentionRun) -> None:
        """Note that the background is through with a run as it was asked for when ``run`` was read."""
        ...

    def take_turn(self, run_id: int, *, wait: bool) -> bool:
        """Be the only one to carry a run out until the transaction ends; False where somebody else is."""
        ...

    def erased_at(self, case_id: int, *, keep: bool) -> datetime | None:
        """Return when what is personal of a case was erased; None: it was not.

        With ``keep`` nobody erases the case until the transaction ends.
        """
        ...

    def sent(self, case_id: int) -> tuple[Sequence[int], Sequence[int]]:
        """Return the ids of the submissions of a case, and of those that were answered."""
        ...

    def issued(self, case_id: int) -> Sequence[int]:
        """Return the ids of the issued papers of a case."""
        ...

    def erase(self, run_id: int, case_id: int, replaced: Replaced, event: AuditEvent) -> None:
        """Erase what is personal of a case and write the event. Raises :class:`RetentionConflict`: nothing is done."""
        ...

    def lone_files(self, case_id: int) -> Sequence[str]:
        """Return the SHA-256 of the files and papers of an erased case that no case which is kept has too."""
        ...

    def is_lone(self, sha256: str) -> bool:
        """Tell whether no case that is kept has these bytes now."""
        ...
