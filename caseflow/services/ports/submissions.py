"""What persons submit from My case: the rows of submissions, their files and answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol

from caseflow.domain.access import Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.submissions import OPEN_STATES, Concerned, Desk, Kind, Outcome, State
from caseflow.domain.words import Words

# Sealed fields; their row is the submission.
TEXT: Final = "submission.text"
REASONS: Final = "submission.answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """A file of a submission as it lies in the store; its name is sealed with the text. ``position`` counts from 1."""

    position: int
    sha256: str
    size_bytes: int
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSubmission:
    """A submission to write. ``id`` was taken from the database, for the seal is bound to it."""

    id: int
    office_id: int
    case_id: int
    party_id: int
    session_id: int
    kind: Kind
    desk: Desk
    text_sealed: bytes
    hash: str
    objected_to: int | None
    received_at: datetime
    received_on: date
    late: Words | None
    rule: str
    due_on: date | None
    clock: Mapping[str, Any]
    key: str
    files: Sequence[Attached]


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A submission as it is kept, what is sealed left sealed; ``case_no`` is its place among those of its case.

    ``clock`` is how the day of the answer was reckoned (title, law, article, length), as its receipt says it.
    ``head_id`` heads the office. ``erased_at``: when what was written was erased, as the time of its case was over.
    """

    id: int
    office_id: int
    case_id: int
    party_id: int
    number: str
    case_no: int
    kind: Kind
    desk: Desk
    state: State
    text_sealed: bytes
    hash: str
    objected_to: int | None
    received_at: datetime
    received_on: date
    late: Words | None
    rule: str
    due_on: date | None
    clock: Mapping[str, Any]
    step_seq: int | None
    escalated_on: date | None
    withdrawn_at: datetime | None
    key: str
    case_number: str
    case_number_zh: str
    regime: str
    owner_id: int
    second_officer_id: int | None
    head_id: int | None
    answered_on: date | None
    outcome: Outcome | None
    erased_at: datetime | None

    @property
    def concerned(self) -> Concerned:
        """What decides who may look at it."""
        return Concerned(self.kind, self.desk, self.objected_to, self.head_id, self.owner_id, self.second_officer_id)

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come."""
        return self.state in OPEN_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The answer to a submission; the reasons are sealed."""

    answered_by: int
    answered_at: datetime
    answered_on: date
    outcome: Outcome
    reasons_sealed: bytes
    step_seq: int | None
    key: str
    by_en: str
    by_zh: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAnswer:
    """An answer to write."""

    submission_id: int
    office_id: int
    case_id: int
    answered_by: int
    answered_at: datetime
    answered_on: date
    outcome: Outcome
    reasons_sealed: bytes
    step_seq: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose list is asked for: the actor, whom they stand in for, their roles, and those in their own right."""

    office_id: int
    staff_ids: tuple[int, ...]
    is_officer: bool
    roles: tuple[Role, ...]
    own_roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Handler:
    """Somebody who handles, or handled, a case."""

    id: int
    name_en: str
    name_zh: str
    supervises: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many wait on a desk, and how many of them are overdue."""

    open: int
    overdue: int


class SubmissionStore(Protocol):
    """Submissions: written once, then only followed."""

    def take_id(self) -> int:
        """Return an id for a submission to come."""
        ...

    def add(self, new: NewSubmission, told: Callable[[str], AuditEvent]) -> str:
        """Write a submission with its files and the event ``told`` makes of its number, which is returned.

        Raises ``AlreadyWritten``.
        """
        ...

    def by_key(self, key: str) -> Submission | None:
        """Return what was submitted under an idempotency key."""
        ...

    def get(self, office_id: int, submission_id: int) -> Submission | None:
        """Return a submission of the office."""
        ...

    def of_case_at(self, case_id: int, case_no: int) -> Submission | None:
        """Return a submission by its place in its case."""
        ...

    def of_case(self, case_id: int, *, before_no: int | None, limit: int) -> Sequence[Submission]:
        """Return submissions of a case, newest first."""
        ...

    def on_desk(
        self, reach: Reach, *, is_open: bool, after: tuple[date, int] | None, limit: int
    ) -> Sequence[Submission]:
        """Return what a desk has to answer by day and id (open), or what was answered or withdrawn, newest first."""
        ...

    def counts(self, reach: Reach, today: date) -> Counts:
        """Count what waits on a desk."""
        ...

    def files(self, submission_id: int) -> Sequence[Attached]:
        """Return the files of a submission by position."""
        ...

    def bytes_of_case(self, case_id: int) -> int:
        """Return how many bytes persons have submitted in a case."""
        ...

    def many_on(self, case_id: int, day: date) -> int:
        """Return how many submissions of a case were received on a day."""
        ...

    def handlers(self, case_id: int) -> Sequence[Handler]:
        """Return who is an officer of the case or took a step of it, at most 50, by name."""
        ...

    def answer(self, submission_id: int) -> Answer | None:
        """Return the answer to a submission."""
        ...

    def add_answer(self, new: NewAnswer, event: AuditEvent) -> None:
        """Write an answer and mark what it answers. Raises ``AlreadyWritten``."""
        ...

    def link(self, submission_id: int, seq: int, desk: Desk, event: AuditEvent) -> bool:
        """Note the step that recorded a submission and whose turn it is now; tell whether it was still to be noted."""
        ...

    def withdraw(self, submission_id: int, at: datetime, event: AuditEvent) -> bool:
        """Mark a submission as withdrawn; tell whether it was still open."""
        ...

    def escalate(self, today: date) -> int:
        """Tell the supervisors of what should have been answered before ``today``; return how many those are."""
        ...

    def note(self, event: AuditEvent) -> None:
        """Write an event alone. Raises ``AlreadyWritten`` for a used key."""
        ...

    def tell(self, key: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Put a notice into the outbox."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmissionPaper:
    """What the receipt of a submission says. ``texts`` are (label, text), ``files`` (name, bytes, SHA-256).

    ``answer_by`` is the last day to answer, ``limit`` and ``cite`` the clock that started and its article.
    """

    number: str
    office: Words
    case_number: Words
    kind: Words
    received_at: datetime
    texts: Sequence[tuple[Words, str]]
    files: Sequence[tuple[str, int, str]]
    desk: Words
    late: Words | None
    answer_by: date | None
    limit: Words | None
    cite: Words | None
    note: Words | None
    follows: Words
    hash: str
    salt: str
    training: bool


class SubmissionPrinter(Protocol):
    """Sets receipts of submissions."""

    def pdf(self, paper: SubmissionPaper, language: str) -> bytes:
        """Return the receipt as PDF in ``zh`` or ``en``: the same bytes for the same receipt."""
        ...
