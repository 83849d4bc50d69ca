"""Samples and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.findings import Note, Severity, Standing, Subject, Written
from caseflow.domain.ledger import Line
from caseflow.domain.sampling import Chosen, Item, Method
from caseflow.domain.words import Words
from caseflow.services.ledger_views import TransferRow


class AuditRefused(Exception):
    """The database holds a rule about samples or findings that was broken; nothing was written."""

    def __init__(self, rule: str, words: Words) -> None:
        self.rule, self.words = rule, words
        super().__init__(words.en)


@dataclass(frozen=True)
class Population:
    """The transfers a sample is drawn from: final ones of a line, of one operation (None: all), booked in a period."""

    line: Line
    operation: str | None
    booked_from: date
    booked_to: date


@dataclass(frozen=True)
class Sample:
    """A sample that was drawn. ``below`` bounds the transactions whose transfers made the population."""

    id: int
    key: str
    purpose: str
    population: Population
    method: Method
    below: int
    population_count: int
    population_fen: int
    size: int
    item_count: int
    seed: str
    drawn_by: int
    drawn_en: str
    drawn_zh: str
    drawn_on: date
    drawn_at: datetime
    judged: int = 0


@dataclass(frozen=True)
class Verdict:
    """What the auditor found of one item: ``ok`` or ``finding``."""

    no: int
    verdict: str
    note: str
    by_en: str = ""
    by_zh: str = ""
    on: date | None = None


@dataclass(frozen=True)
class SampleItem:
    """One item of a sample with its transfer and its newest verdict."""

    no: int
    hits: int
    certain: bool
    transfer: TransferRow
    verdict: Verdict | None
    finding_id: int | None
    finding_number: int | None


@dataclass(frozen=True)
class NewSample:
    """A sample to write, all at once."""

    key: str
    purpose: str
    population: Population
    method: Method
    below: int
    population_count: int
    population_fen: int
    size: int
    seed: str
    items: Sequence[Chosen]
    drawn_on: date


class SampleStore(Protocol):
    """Samples of one transaction."""

    def horizon(self) -> int:
        """Return the number of the first transaction whose transfers may not be final yet."""
        ...

    def population(self, office_id: int, of: Population, below: int) -> Sequence[Item]:
        """Return the whole population, by id."""
        ...

    def add(self, office_id: int, new: NewSample, event: AuditEvent) -> int:
        """Write a sample with its items; return its id. Raises ``AlreadyWritten``, :class:`AuditRefused`."""
        ...

    def by_key(self, office_id: int, key: str) -> Sample | None:
        """Return the sample with this idempotency key."""
        ...

    def get(self, office_id: int, sample_id: int) -> Sample | None:
        """Return a sample of the office."""
        ...

    def newest(self, office_id: int, *, before_id: int | None, limit: int) -> Sequence[Sample]:
        """Return samples, newest first."""
        ...

    def items(self, sample_id: int) -> Sequence[SampleItem]:
        """Return the items of a sample, by number."""
        ...

    def chosen(self, sample_id: int) -> Sequence[Chosen]:
        """Return what the draw chose, by number."""
        ...

    def verdicts_with(self, key: str) -> Sequence[tuple[int, Verdict]]:
        """Return (sample id, verdict) of what was recorded under an idempotency key."""
        ...

    def judge(self, sample_id: int, key: str, verdicts: Sequence[Verdict], on: date, event: AuditEvent) -> None:
        """Record verdicts. Raises ``AlreadyWritten``, :class:`AuditRefused`."""
        ...


@dataclass(frozen=True)
class Resolved:
    """The rows a finding's subject names; what it does not name is None."""

    transfer_id: int | None = None
    entry_key: str | None = None
    case_id: int | None = None


@dataclass(frozen=True)
class NewFinding:
    """A finding to write."""

    key: str
    subject: Subject
    title: str
    text: str
    severity: Severity
    reply_due_on: date
    raised_on: date


@dataclass(frozen=True)
class Finding:
    """A finding as it stands. ``reply_due_on`` is the newest day set for the reply."""

    id: int
    number: int
    key: str
    subject: Subject
    case_id: int | None
    case_number_zh: str | None
    title: str
    text: str
    severity: Severity
    first_due_on: date
    reply_due_on: date
    raised_by: int
    raised_en: str
    raised_zh: str
    raised_on: date
    standing: Standing


@dataclass(frozen=True)
class NewNote:
    """A note to add to a finding; ``seq`` is its number in order."""

    key: str
    finding_id: int
    seq: int
    kind: Note
    text: str
    due_on: date | None
    on: date


class FindingStore(Protocol):
    """Findings of one transaction."""

    def resolve(self, office_id: int, subject: Subject) -> Resolved | None:
        """Return the rows a subject names; None where the office has no such thing."""
        ...

    def add(self, office_id: int, new: NewFinding, resolved: Resolved, event: AuditEvent) -> int:
        """Write a finding; return its id. Raises ``AlreadyWritten``, :class:`AuditRefused`."""
        ...

    def by_key(self, office_id: int, key: str) -> Finding | None:
        """Return the finding with this idempotency key."""
        ...

    def get(self, office_id: int, finding_id: int) -> Finding | None:
        """Return a finding of the office."""
        ...

    def notes(self, finding_id: int) -> Sequence[Written]:
        """Return the notes on a finding, oldest first."""
        ...

    def newest(
        self, office_id: int, standing: Standing | None, *, before_id: int | None, limit: int
    ) -> Sequence[Finding]:
        """Return findings, newest first."""
        ...

    def of_entry(self, office_id: int, key: str) -> Sequence[Finding]:
        """Return the findings on an entry or one of its transfers, newest first (at most 20)."""
        ...

    def open_counts(self, office_id: int) -> Mapping[Standing, int]:
        """Count the findings that are not ended, by whose turn it is."""
        ...

    def note_with(self, key: str) -> tuple[int, Written] | None:
        """Return (finding id, note) of what was written under an idempotency key."""
        ...

    def add_note(self, new: NewNote, event: AuditEvent) -> None:
        """Write a note. Raises ``AlreadyWritten``, :class:`AuditRefused`."""
        ...

    def tell(self, key: str, kind: str, role: str, payload: Mapping[str, object]) -> None:
        """Put a notice to everybody of an office with a role into the outbox; ``payload`` names office and actor."""
        ...
