"""The life of a paper: draft, review, issue, correction. Who may do what to it, and when a document counts as issued.

A paper belongs to a document kind of a case. ``made_seq`` is the step that made the document it writes out; a paper may
be prepared before that step, so that a notice can be issued before it is served.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from caseflow.domain.access import Actor, Role
from caseflow.domain.cases import Case
from caseflow.domain.rules import Rules
from caseflow.domain.step_people import role_taken
from caseflow.domain.stepping import Moment, step_reasons
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Step, restored_answers

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
    says once issued (:meth:`caseflow.domain.papers.PaperContent.body`), empty where it was erased or where it
    ``is_shut`` (its seal does not open), ``corrected_by`` the issued paper that corrects
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
    is_shut: bool = False
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


def making_step(rules: Rules, case: Case, kind: str, foretold: Mapping[str, Any], today: date) -> Step | None:
    """Return the step from where the case stands that makes a document of this kind; None where there is none.

    Where several make it (a notice with the right to a hearing, and one without), it is the one whose conditions hold
    for the case with the ``foretold`` answers (JSON values): what the paper states hangs on it.
    """
    making = [step for step in rules.definition.steps_from(case.state) if kind in step.makes]
    moment = Moment(on=today, today=today, answers=restored_answers(rules.definition, foretold))

    def broken(step: Step) -> int:
        return sum(reason.code in _CONDITIONS for reason in step_reasons(rules, case, step, _NOBODY, moment))

    return min(making, key=broken, default=None)


def is_drafted(definition: Definition, kind: str) -> bool:
    """Tell whether documents of this kind are drafted here: an official receipt is printed by the receipt book."""
    return not any(
        kind in step.makes and definition.receipt_field(step) is not None for step in _makers(definition, kind)
    )


def _makers(definition: Definition, kind: str) -> list[Step]:
    return [step for step in definition.steps.values() if kind in step.makes]


# Conditions are asked for without anybody in view.
_NOBODY = Actor(0, 0, "", "", "", frozenset())
_CONDITIONS = frozenset({"when", "unless"})
# What an answer still to be given, or the paper itself, will settle keeps nobody from preparing it.
_SETTLED_LATER = _CONDITIONS | {"unissued"}


def may_prepare(rules: Rules, case: Case, step: Step, actor: Actor, today: date) -> bool:
    """Tell whether ``actor`` may draft what ``step`` will make: the step is open, but for what it asks and issues."""
    reasons = step_reasons(rules, case, step, actor, Moment(on=today, today=today))
    return all(reason.code in _SETTLED_LATER for reason in reasons) and on_case(case, step, actor)


def may_write_out(case: Case, step: Step, actor: Actor) -> bool:
    """Tell whether ``actor`` may draft what ``step`` has made: they may take the step by role, and by four eyes."""
    barred = case.recused.union(*(case.takers_of(other) for other in step.not_by))
    if role_taken(step, actor) is None or actor.id in barred:
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
