"""What every use case of papers shares: the case as papers see it, what a paper says now, who may do what to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.access import Actor, Role, sees_investigation
from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.paper_acts import Act
from caseflow.domain.paper_drafting import Matter, Wanted, draft
from caseflow.domain.paper_life import (
    Paper,
    PaperStatus,
    is_drafted,
    making_step,
    may_prepare,
    may_write_out,
)
from caseflow.domain.paper_specs import PaperSpec
from caseflow.domain.papers import NO_WORDS, PaperContent, date_words
from caseflow.domain.referral_marks import fallen_by
from caseflow.domain.referral_sight import is_of_investigation
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step
from caseflow.services.cases import CaseNotFound
from caseflow.services.installation import TRAINING
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.documents import PaperPrinter
from caseflow.services.ports.files import FileStore
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import CaseHeader, StepRecord

DRAFT_MARK = Words("DRAFT", "草稿")
TRAINING_MARK = Words("TRAINING", "培训")


class PaperShut(Exception):
    """What an issued paper says does not open: its seal was changed or moved, or its key is missing."""


class PaperNotFound(CaseNotFound):
    """No such paper in the actor's office, or none that the actor may see."""


class PaperMovedOn(Exception):
    """Somebody else did something to the paper, or to its case, first; ``paper`` is as it stands now."""

    def __init__(self, paper: Paper) -> None:
        self.paper = paper
        super().__init__(f"paper {paper.id} has moved on: it is {paper.status.value} now")


@dataclass(frozen=True)
class Placed:
    """Which step a paper belongs to: the one that made its document, or (``made_seq`` None) the one that will."""

    made_seq: int | None
    step: Step | None
    made_again: bool = False


@dataclass(frozen=True)
class Subject:
    """A case with its papers, newest first, as an actor may see them."""

    matter: Matter
    header: CaseHeader
    timeline: Sequence[StepRecord]
    papers: Sequence[Paper]
    training: bool
    today: date

    @property
    def is_sealed(self) -> bool:
        """Whether the case is finished for good, or erased, so that its papers stay as they are."""
        return self.header.erased_at is not None or self.matter.definition.seals(self.matter.case.state)

    def fallen(self, placed: Placed) -> Step | None:
        """Return the step with which the decision fell that a paper at this place writes out; None: it stands."""
        if placed.step is None or not placed.step.levies or placed.made_seq is None:
            return None
        return fallen_by(self.matter.definition, self.matter.case, placed.made_seq)

    def paper(self, paper_id: int | None) -> Paper | None:
        """Return the paper of this case with this id."""
        return next((one for one in self.papers if one.id == paper_id), None)

    def placed(self, paper: Paper) -> Placed:
        """Return the step ``paper`` belongs to; a document made since it was begun is the one it was prepared for."""
        matter, newest = self.matter, self.matter.newest_making(paper.kind)
        made_seq = paper.made_seq
        if made_seq is None:
            since = [act.seq for act in matter.acts if act.seq > paper.case_seq and self._makes(act, paper.kind)]
            made_seq = (max(since) if paper.is_under_way else min(since)) if since else None
        if made_seq is None:
            return Placed(None, making_step(matter.rules, matter.case, paper.kind, paper.foretold, self.today))
        act = matter.making(made_seq)
        step = matter.step_of(act) if act is not None else None
        again = newest is not None and made_seq < newest and paper.kind not in matter.definition.each_making
        return Placed(made_seq, step, made_again=again)

    def may_draft(self, actor: Actor, placed: Placed) -> bool:
        """Tell whether ``actor`` may draft at this place: whoever may take the step that makes the document."""
        if placed.step is None or self.is_sealed:
            return False
        case, rules = self.matter.case, self.matter.rules
        if placed.made_seq is not None:
            return may_write_out(case, placed.step, actor)
        return may_prepare(rules, case, placed.step, actor, self.today)

    def new_place(self, kind: str) -> Placed | None:
        """Return where a new paper of this kind would belong; None where nothing is left to draft."""
        case, definition = self.matter.case, self.matter.definition
        if self.is_sealed or kind not in definition.documents or not is_drafted(definition, kind):
            return None
        newest = self.unwritten(kind)
        if newest is not None:
            act = self.matter.making(newest)
            return Placed(newest, self.matter.step_of(act) if act is not None else None)
        step = making_step(self.matter.rules, case, kind, {}, self.today)
        if step is None or kind in case.prepared:
            return None
        return Placed(None, step)

    def unwritten(self, kind: str) -> int | None:
        """Return the newest making of a document that a paper is still to be written out for, by its step."""
        case = self.matter.case
        if kind in self.matter.definition.each_making:
            return max((seq for of, seq in case.unwritten if of == kind), default=None)
        return self.matter.newest_making(kind) if kind in case.unissued else None

    def is_ready_to_serve(self, step: Step) -> bool:
        """Tell whether the document that ``step`` serves is issued: the one made, or the one ``step`` itself makes."""
        kind = step.serves
        if kind is None or not is_drafted(self.matter.definition, kind):
            return True
        if kind in step.makes:
            return kind in self.matter.case.prepared
        return kind in self.matter.case.documents and kind not in self.matter.case.unissued

    def _makes(self, act: Act, kind: str) -> bool:
        step = self.matter.step_of(act)
        return step is not None and kind in step.makes

    def wanted(self, paper: Paper, number: Words = NO_WORDS) -> Wanted:
        """Return which paper is drafted, as :func:`caseflow.domain.paper_drafting.draft` asks."""
        placed = self.placed(paper)
        return Wanted(
            kind=paper.kind,
            step=placed.step,
            made_seq=placed.made_seq,
            on=self.today,
            texts=paper.texts,
            number=number,
            corrects=self._corrects(paper),
            foretold=paper.foretold,
        )

    def content(self, paper: Paper, number: Words = NO_WORDS) -> PaperContent:
        """Return what the paper says now."""
        return draft(self.matter, self.wanted(paper, number))

    def _corrects(self, paper: Paper) -> Words:
        corrected = self.paper(paper.corrects_id)
        if corrected is None or corrected.number is None or corrected.issued_on is None:
            return NO_WORDS
        day, number, reason = date_words(corrected.issued_on), corrected.number, paper.correction_reason
        return Words(
            f"This paper corrects No. {number.en} of {day.en}. Reason: {reason}",
            f"本文书更正{day.zh}作出的{number.zh}。更正理由：{reason}",
        )

    def mark(self, paper: Paper) -> Words:
        """Return what lies across the pages of the paper as it stands."""
        marks = [] if paper.status is PaperStatus.ISSUED else [DRAFT_MARK]
        if paper.training if paper.status is PaperStatus.ISSUED else self.training:
            marks.append(TRAINING_MARK)
        return Words(" · ".join(one.en for one in marks), " · ".join(one.zh for one in marks))


def sees(actor: Actor, subject: Subject, paper: Paper) -> bool:
    """Tell whether ``actor`` may see the paper: a liaison only what is issued, of cases that the court concerns.

    No liaison sees a paper of the investigation and the assessment before the decision, issued or not.
    """
    if sees_investigation(actor):
        return True
    definition, case = subject.matter.definition, subject.matter.case
    step = subject.placed(paper).step
    if step is None or is_of_investigation(definition, step):
        return False
    stood_in = {case.state, *(taken.to_state for taken in case.history)}
    known = [definition.states[name] for name in stood_in if name in definition.states]
    before_court = any(state.board is not None or state.phase == "court_referral" for state in known) or any(
        Role.LIAISON.value in step.by for step in definition.steps_from(case.state)
    )
    own = Role.LIAISON in actor.roles and subject.may_draft(actor, subject.placed(paper))
    return Role.LIAISON in actor.roles and before_court and (paper.status is PaperStatus.ISSUED or own)


@dataclass(frozen=True)
class PaperRoom:
    """What the use cases of papers work with; ``specs`` are the office's file of papers, by kind."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    specs: Mapping[str, PaperSpec]
    printer: PaperPrinter
    files: FileStore

    def subject(self, work: UnitOfWork, actor: Actor, case_id: int) -> Subject:
        """Return a case of the actor's office with its papers. Raises ``CaseNotFound``."""
        case, header = work.cases.load(case_id), work.views.header(case_id)
        if case is None or header is None or case.office_id != actor.office_id:
            raise CaseNotFound(case_id)
        rules = self.rulebook.pinned(case.definition_hash, work)
        stamp = work.installation.get()
        training = stamp is not None and stamp.kind == TRAINING
        return self.subject_read(work, case, header, rules, work.views.timeline(case_id), training=training)

    def subject_read(
        self,
        work: UnitOfWork,
        case: Case,
        header: CaseHeader,
        rules: Rules,
        timeline: Sequence[StepRecord],
        *,
        training: bool,
    ) -> Subject:
        """Return a case that was read already with its papers."""
        named = {int(case.facts[name]) for name in case.facts if _is_staff(rules.definition.fields.get(name))}
        names = work.papers.names(named) if named else {}
        second = [Words(header.second_en, header.second_zh)] if header.second_en and header.second_zh else []
        matter = Matter(
            case=case,
            rules=rules,
            office=Words(header.office_en, header.office_zh),
            case_number=Words(header.number, header.number_zh),
            party_name=header.party_name,
            officers=(Words(header.owner_en, header.owner_zh), *second),
            acts=tuple(_act(record) for record in timeline),
            staff=names,
            specs=self.specs,
        )
        return Subject(matter, header, timeline, work.papers.of_case(case.id), training, self.time.today())

    def subject_of(self, work: UnitOfWork, actor: Actor, paper_id: int) -> tuple[Subject, Paper]:
        """Return a paper that the actor may see, with its case. Raises :class:`PaperNotFound`."""
        paper = work.papers.get(actor.office_id, paper_id)
        if paper is None:
            raise PaperNotFound(paper_id)
        subject = self.subject(work, actor, paper.case_id)
        if not sees(actor, subject, paper):
            raise PaperNotFound(paper_id)
        return subject, paper

    def event(self, actor: Actor, subject: Subject, key: str, action: str, body: Mapping[str, Any]) -> AuditEvent:
        """Return the audit event of an act on a paper."""
        told = {"case": subject.header.number, **body}
        return AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=told)


def _is_staff(declared: Any) -> bool:
    return declared is not None and declared.type == "staff"


def _act(record: StepRecord) -> Act:
    actor = Words(record.actor_en, record.actor_zh)
    return Act(record.seq, record.trigger, record.role, actor, record.effective_on, record.answers, record.law)
