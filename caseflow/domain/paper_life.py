"""The life of a paper: draft, review, issue, correction. Who may do what to it, and when a document counts as issued.

A paper belongs to a document kind of a case. ``made_seq`` is the step that made the document it writes out; a paper may
be prepared before that step, so that a notice can be issued before it is served.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case, StepTaken
from caseflow.domain.stepping import Moment, Rules, role_taken, step_reasons
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step

LONGEST_SECTION = 20_000
LONGEST_NOTE = 2_000


class PaperStatus(StrEnum):
    """Where a paper stands."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    REVIEWED = "reviewed"
    ISSUED = "issued"
    DROPPED = "dropped"


UNDER_WAY = frozenset({PaperStatus.DRAFT, PaperStatus.IN_REVIEW, PaperStatus.REVIEWED})
# What may become of a paper; an issued and a dropped one stay as they are. PostgreSQL holds the same ways.
WAYS: Mapping[PaperStatus, frozenset[PaperStatus]] = {
    PaperStatus.DRAFT: frozenset({PaperStatus.DRAFT, PaperStatus.IN_REVIEW, PaperStatus.DROPPED}),
    PaperStatus.IN_REVIEW: frozenset({PaperStatus.DRAFT, PaperStatus.REVIEWED, PaperStatus.DROPPED}),
    PaperStatus.REVIEWED: frozenset({PaperStatus.DRAFT, PaperStatus.ISSUED, PaperStatus.DROPPED}),
    PaperStatus.ISSUED: frozenset(),
    PaperStatus.DROPPED: frozenset(),
}
REVIEW_ROLES = frozenset({Role.REVIEWER, Role.APPROVER})


@dataclass(frozen=True)
class Person:
    """A member of staff who had a hand in a paper."""

    id: int
    name: Words


@dataclass(frozen=True)
class Number:
    """The number of a paper. ``mark``, ``year`` and ``serial`` are those of the office's own count, where it is one."""

    words: Words
    mark: str | None = None
    year: int | None = None
    serial: int | None = None


@dataclass(frozen=True)
class Paper:
    """A paper as it stands.

    ``texts`` are the edited sections (``{name: {"en", "zh"}}``), ``foretold`` the answers (JSON values) that a prepared
    paper states before the step asks them, ``writers`` the ids of all who wrote in it,
    ``case_seq`` the version of the case when it was begun (when it was issued, for an issued one), ``inputs`` what it
    says once issued (:meth:`caseflow.domain.papers.PaperContent.body`), ``corrected_by`` the issued paper that corrects
    it. ``training`` tells that its pages carry the mark of a training database.
    """

    id: int
    case_id: int
    office_id: int
    kind: str
    status: PaperStatus
    version: int
    texts: Mapping[str, Mapping[str, str]]
    drafter: Person
    drafted_at: datetime
    writers: frozenset[int]
    case_seq: int
    foretold: Mapping[str, Any] = field(default_factory=dict)
    made_seq: int | None = None
    submitted_at: datetime | None = None
    submitted_by: Person | None = None
    reviewer: Person | None = None
    reviewed_at: datetime | None = None
    reviewed_hash: str | None = None
    returned_by: Person | None = None
    review_note: str = ""
    issuer: Person | None = None
    issued_at: datetime | None = None
    issued_on: date | None = None
    number: Words | None = None
    inputs: Mapping[str, Any] = field(default_factory=dict)
    template_hash: str | None = None
    training: bool = False
    pdf_sha256: Mapping[str, str] = field(default_factory=dict)
    corrects_id: int | None = None
    correction_reason: str = ""
    corrected_by: int | None = None
    corrected_number: Words | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether something may still become of it."""
        return self.status in UNDER_WAY


def may_become(paper: Paper, status: PaperStatus) -> bool:
    """Tell whether ``paper`` may stand so next."""
    return status in WAYS[paper.status]


@dataclass(frozen=True)
class IssuedFor:
    """An issued paper as the gate of a step looks at it."""

    kind: str
    made_seq: int | None
    case_seq: int


def unissued(
    made: Iterable[tuple[str, int]], issued: Iterable[IssuedFor], history: Iterable[StepTaken]
) -> frozenset[str]:
    """Return the kinds of documents (``made``: kind and number of the making step) that are not issued as papers.

    The newest making of a kind counts as issued when a paper was issued for it (or for a later one), or when one was
    prepared for it: issued after the making before it, while the case already stood in the state from which the step
    was taken. Had the case gone elsewhere meanwhile, the paper would say what held then, and a new one is due.
    """
    makings: dict[str, list[int]] = {}
    for kind, seq in made:
        makings.setdefault(kind, []).append(seq)
    states = {taken.seq: taken.to_state for taken in history}
    papers = tuple(issued)
    return frozenset(
        kind
        for kind, seqs in makings.items()
        if not any(_covers(paper, sorted(seqs), states) for paper in papers if paper.kind == kind)
    )


def prepared(
    made: Iterable[tuple[str, int]], issued: Iterable[IssuedFor], history: Iterable[StepTaken], version: int
) -> frozenset[str]:
    """Return the kinds that are issued for the step which makes them next, if that is the next step of the case."""
    waiting = [paper for paper in issued if paper.made_seq is None]
    next_making = [(kind, version + 1) for kind in {paper.kind for paper in waiting}]
    left = unissued([*made, *next_making], waiting, history)
    return frozenset(kind for kind, _ in next_making if kind not in left)


def _covers(paper: IssuedFor, seqs: list[int], states: Mapping[int, str]) -> bool:
    newest = seqs[-1]
    if paper.made_seq is not None:
        return paper.made_seq >= newest
    earlier = seqs[-2] if len(seqs) > 1 else 0
    if not earlier <= paper.case_seq < newest:
        return False
    stood_in = states.get(paper.case_seq)
    return all(states.get(seq) == stood_in for seq in range(paper.case_seq, newest))


def making_step(definition: Definition, state: str, kind: str) -> Step | None:
    """Return the step from ``state`` that makes a document of this kind; None where there is none."""
    return next((step for step in definition.steps_from(state) if kind in step.makes), None)


def is_drafted(definition: Definition, kind: str) -> bool:
    """Tell whether documents of this kind are drafted here: an official receipt is printed by the receipt book."""
    return not any(
        kind in step.makes and definition.receipt_field(step) is not None for step in _makers(definition, kind)
    )


def _makers(definition: Definition, kind: str) -> list[Step]:
    return [step for step in definition.steps.values() if kind in step.makes]


# What an answer still to be given, or the paper itself, will settle keeps nobody from preparing it.
_SETTLED_LATER = frozenset({"when", "unless", "unissued"})


def may_prepare(rules: Rules, case: Case, step: Step, actor: Actor, today: date) -> bool:
    """Tell whether ``actor`` may draft what ``step`` will make: the step is open, but for what it asks and issues."""
    reasons = step_reasons(rules, case, step, actor, Moment(on=today, today=today))
    return all(reason.code in _SETTLED_LATER for reason in reasons) and on_case(case, step, actor)


def may_write_out(case: Case, step: Step, actor: Actor) -> bool:
    """Tell whether ``actor`` may draft what ``step`` has made: they may take the step by role, and by four eyes."""
    if role_taken(step, actor) is None or any(actor.id in case.takers_of(other) for other in step.not_by):
        return False
    return on_case(case, step, actor)


def on_case(case: Case, step: Step, actor: Actor) -> bool:
    """Tell whether ``actor`` is somebody of this case: an enforcement officer only on their own ones."""
    if role_taken(step, actor) is not Role.OFFICER:
        return role_taken(step, actor) is not None
    officers = {case.owner_id, case.second_officer_id}
    return actor.id in officers or bool(actor.stands_in_for & officers)


def may_review(paper: Paper, actor: Actor) -> bool:
    """Tell whether ``actor`` may review: by a role of their own, and never what they wrote in."""
    return bool(actor.own_roles & REVIEW_ROLES) and actor.id not in paper.writers
