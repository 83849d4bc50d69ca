"""Papers of one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.paper_life import Number, Paper, PaperStatus
from caseflow.domain.words import Words
from caseflow.services.ports.documents import TemplateSources

# What an issued paper says, as the field that it is sealed under, and what takes its place when it is erased.
INPUTS: Final = "paper.inputs"
NOTHING: Final = "{}"


class PaperRefused(Exception):
    """Something stands in the way of a paper, and nothing was written.

    ``faults`` are pairs of what each is about (``facts-zh`` for a section in a language, the name of a field, ``note``,
    ``reason``, or nothing) and words.
    """

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class NewPaper:
    """A draft to write."""

    key: str
    case_id: int
    kind: str
    texts: Mapping[str, Mapping[str, str]]
    case_seq: int
    made_seq: int | None
    corrects_id: int | None = None
    correction_reason: str = ""
    foretold: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PaperChange:
    """What becomes of a paper that is not issued; None leaves a column as it is.

    ``by`` is who does it: who submits, reviews or returns. ``writer`` joins those who wrote in it.
    """

    status: PaperStatus
    by: int
    at: datetime
    texts: Mapping[str, Mapping[str, str]] | None = None
    foretold: Mapping[str, Any] | None = None
    writer: int | None = None
    made_seq: int | None = None
    reviewed_hash: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Issue:
    """All that issuing a paper writes."""

    by: int
    at: datetime
    on: date
    number: Number
    case_seq: int
    made_seq: int | None
    inputs: Mapping[str, Any]
    sources: TemplateSources
    training: bool
    pdf_sha256: Mapping[str, str]


@dataclass(frozen=True)
class PaperLine:
    """A paper in a list over many cases."""

    paper_id: int
    case_id: int
    kind: str
    definition_hash: str
    case_number: Words
    party_name: str
    drafter: Words
    submitted_at: datetime


class PaperStore(Protocol):
    """Papers, their templates and their numbers."""

    def get(self, office_id: int, paper_id: int) -> Paper | None:
        """Return a paper of the office."""
        ...

    def by_key(self, office_id: int, key: str) -> Paper | None:
        """Return the paper that was begun under this idempotency key."""
        ...

    def of_case(self, case_id: int) -> Sequence[Paper]:
        """Return the papers of a case but for dropped ones, newest first."""
        ...

    def to_review(self, office_id: int, *, after_id: int | None, limit: int) -> Sequence[PaperLine]:
        """Return the papers that wait for a review, the longest waiting first."""
        ...

    def issued_after(self, after_id: int, case_id: int | None, limit: int) -> Sequence[Paper]:
        """Return issued papers (of one case, or of all) in order of their ids."""
        ...

    def add(self, office_id: int, new: NewPaper, event: AuditEvent) -> int:
        """Write a draft; return its id. Raises ``AlreadyWritten`` and :class:`PaperRefused`."""
        ...

    def change(self, paper: Paper, change: PaperChange, event: AuditEvent) -> bool:
        """Write what becomes of a paper if it still is at ``paper.version``; return whether it was.

        Raises :class:`PaperRefused`.
        """
        ...

    def next_serial(self, office_id: int, mark: str, year: int) -> int:
        """Return the number that would be drawn next; it is not drawn."""
        ...

    def draw_serial(self, office_id: int, mark: str, year: int) -> int:
        """Draw the next number, without gaps (given back when the transaction is rolled back)."""
        ...

    def hold_case(self, case_id: int, version: int) -> bool:
        """Keep steps from the case until this transaction ends; return whether it still is at ``version``."""
        ...

    def issue(self, paper: Paper, issue: Issue, event: AuditEvent) -> bool:
        """Issue a paper if it still is at ``paper.version``; return whether it was.

        Keeps its template. Raises :class:`PaperRefused` for a number that is taken.
        """
        ...

    def template(self, template_hash: str) -> TemplateSources | None:
        """Return the sources kept under a hash."""
        ...

    def foretold_of(self, case_id: int, kinds: Collection[str]) -> Sequence[tuple[str, Words, Mapping[str, Any]]]:
        """Return kind, number and foretold answers of the newest paper of each kind issued before its step."""
        ...

    def names(self, staff_ids: Collection[int]) -> Mapping[int, Words]:
        """Return the names of members of staff by id."""
        ...
