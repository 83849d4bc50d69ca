"""Reading papers: what stands on a case, a paper as it is now, its pages, the papers that wait for a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.access import Actor, Permission, check_permission, may, sees_investigation
from caseflow.domain.paper_drafting import content_hash, foretold_fields, sections_of
from caseflow.domain.paper_life import Paper, PaperStatus, is_drafted, may_review
from caseflow.domain.papers import LANGUAGES, Section, said
from caseflow.domain.referral_sight import before_the_decision, is_of_investigation
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, Field, Step
from caseflow.services.case_pages import CasePage
from caseflow.services.erased_cases import CaseErased
from caseflow.services.papers.room import PaperNotFound, PaperRoom, PaperShut, Subject, sees
from caseflow.services.papers.setting import as_stored
from caseflow.services.ports.documents import TemplateSources
from caseflow.services.ports.papers import PaperLine
from caseflow.services.views import CaseHeader, StepRecord

PAGE_SIZE = 50


@dataclass(frozen=True)
class DocumentStanding:
    """A document of a case: when it was made, its papers (newest first), what the actor may begin.

    A document of which every making is one of its own stands once for each. ``made_seq`` is the newest step that made
    it, ``effective_on`` the date of that step; both None for one that a step may make next (``made_by`` names that
    step). ``drafted`` is false for what is printed elsewhere (a receipt). ``proves`` is the document whose service it
    records.
    """

    kind: str
    title: Words
    made_seq: int | None
    effective_on: date | None
    made_by: str | None
    papers: Sequence[Paper]
    drafted: bool
    unissued: bool
    may_begin: bool
    proves: str | None = None

    @property
    def newest(self) -> Paper | None:
        """The paper that shows where the document stands."""
        return self.papers[0] if self.papers else None


@dataclass(frozen=True)
class CasePapers:
    """The documents of a case with their papers."""

    header: CaseHeader
    subject: Subject
    documents: Sequence[DocumentStanding]


@dataclass(frozen=True)
class PaperPage:
    """A paper as its page shows it. ``seen`` is the hash of what it says; ``sections`` are those that are edited.

    ``foretold`` are the fields whose answers a paper prepared before its step states.
    """

    subject: Subject
    paper: Paper
    title: Words
    body: dict[str, Any]
    sections: Sequence[Section]
    foretold: Sequence[Field]
    seen: str
    may_write: bool
    may_review: bool
    may_drop: bool
    has_moved_on: bool
    corrects: Paper | None

    @property
    def step_name(self) -> str:
        """The step that made the document, or will make it."""
        step = self.subject.placed(self.paper).step
        return step.name if step is not None else ""

    @property
    def header(self) -> CaseHeader:
        """Whose case it is."""
        return self.subject.header


@dataclass(frozen=True)
class Reading:
    """The use cases that read papers. Nothing here writes."""

    room: PaperRoom

    def of_case(self, actor: Actor, case_id: int) -> CasePapers:
        """Return the documents of a case with their papers. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.room.store.begin() as work:
            subject = self.room.subject(work, actor, case_id)
        return CasePapers(subject.header, subject, standings(actor, subject))

    def beside(self, page: CasePage) -> Subject:
        """Return the papers of a case whose page was read already; what they say is not needed there."""
        with self.room.store.begin() as work:
            return self.room.subject_read(work, page.case, page.header, page.rules, page.timeline, training=False)

    def foretold(self, page: CasePage, step: Step) -> Mapping[str, Any]:
        """Return what the papers issued for ``step`` state already of its answers, as JSON values."""
        kinds = page.case.prepared.intersection(step.makes)
        if not kinds:
            return {}
        with self.room.store.begin() as work:
            papers = work.papers.foretold_of(page.case.id, kinds)
        return {name: value for _, _, told in papers for name, value in told.items() if name in step.asks}

    def show(self, actor: Actor, paper_id: int) -> PaperPage:
        """Return a paper as it stands. Raises ``NotPermitted`` and ``PaperNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, paper_id)
        return page_of(actor, subject, paper)

    def to_review(
        self, actor: Actor, after_id: int | None = None
    ) -> tuple[Sequence[tuple[PaperLine, Words]], int | None]:
        """Return a page of the papers that wait for a review with their titles, and the key that continues it.

        Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.REVIEW_PAPERS)
        with self.room.store.begin() as work:
            found = work.papers.to_review(actor.office_id, after_id=after_id, limit=PAGE_SIZE + 1)
            titled = [(line, self._title(work, line)) for line in found[:PAGE_SIZE]]
        return titled, titled[-1][0].paper_id if len(found) > PAGE_SIZE else None

    def pdf(self, actor: Actor, paper_id: int, language: str) -> tuple[str, bytes]:
        """Return the number and the file of an issued paper, or a preview of one that is not (marked as a draft).

        Raises ``NotPermitted``, ``PaperNotFound``, ``CaseErased``, and ``FileDamaged`` for a file that is not what was
        issued.
        """
        check_permission(actor, Permission.READ_CASES)
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, paper_id)
        if language not in LANGUAGES:
            raise PaperNotFound(paper_id)
        _check_not_erased(subject)
        if paper.status is PaperStatus.ISSUED and paper.number is not None:
            return paper.number.zh, b"".join(self.room.files.open(paper.pdf_sha256[language]))
        sources, told = self._preview(subject, paper, language)
        return "", self.room.printer.pdf(sources, told)

    def pages(self, actor: Actor, paper_id: int, language: str) -> Sequence[bytes]:
        """Return the pages of a paper as pictures (PNG): as issued, or as it would be.

        Raises as :meth:`pdf`, ``PaperShut`` where what it was set from does not open.
        """
        check_permission(actor, Permission.READ_CASES)
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, paper_id)
            kept = work.papers.template(paper.template_hash) if paper.template_hash else None
        if language not in LANGUAGES:
            raise PaperNotFound(paper_id)
        _check_not_erased(subject)
        if paper.is_shut:
            raise PaperShut(paper_id)
        if kept is not None:
            told = said(as_stored(paper.inputs), language, mark=subject.mark(paper))
            return self.room.printer.pages(kept, told)
        return self.room.printer.pages(*self._preview(subject, paper, language))

    def _preview(self, subject: Subject, paper: Paper, language: str) -> tuple[TemplateSources, dict[str, Any]]:
        document = subject.matter.definition.documents[paper.kind]
        body = as_stored(subject.content(paper).body())
        return self.room.printer.sources(document.template), said(body, language, mark=subject.mark(paper))

    def _title(self, work: Any, line: PaperLine) -> Words:
        rules = self.room.rulebook.pinned(line.definition_hash, work)
        return rules.definition.documents[line.kind].title


def _check_not_erased(subject: Subject) -> None:
    if subject.header.erased_at is not None:
        raise CaseErased(subject.header.erased_at)


def page_of(actor: Actor, subject: Subject, paper: Paper) -> PaperPage:
    """Return ``paper`` as its page shows it to ``actor``."""
    placed = subject.placed(paper)
    content = subject.content(paper) if paper.status is not PaperStatus.ISSUED else None
    body = dict(paper.inputs) if content is None else content.body()
    may_write = may(actor, Permission.TAKE_STEP) and subject.may_draft(actor, placed)
    may_write = may_write and (paper.status is not PaperStatus.ISSUED or subject.fallen(placed) is None)
    seen = "" if content is None else content_hash(content)
    return PaperPage(
        subject=subject,
        paper=paper,
        title=subject.matter.definition.documents[paper.kind].title,
        body=body,
        sections=() if content is None else content.sections,
        foretold=() if content is None else foretold_fields(subject.matter, subject.wanted(paper)),
        seen=seen,
        may_write=may_write,
        may_review=paper.status is PaperStatus.IN_REVIEW and may_review(paper, actor),
        may_drop=paper.is_under_way and (may_write or actor.id in paper.writers),
        has_moved_on=paper.status is PaperStatus.REVIEWED and paper.reviewed_hash != seen,
        corrects=subject.paper(paper.corrects_id),
    )


def standings(actor: Actor, subject: Subject) -> list[DocumentStanding]:
    """Return the documents of a case as ``actor`` may see them: those made, then those a step may make next."""
    matter = subject.matter
    definition = matter.definition
    found = []
    for kind, latest in _rows(subject):
        if not _is_seen(actor, definition, kind, latest):
            continue
        place = subject.new_place(kind)
        own = place is not None and place.made_seq == (None if latest is None else latest.seq)
        place = place if kind not in definition.each_making or own else None
        papers = [one for one in subject.papers if _is_of_row(subject, one, kind, latest) and sees(actor, subject, one)]
        under_way = any(one.kind == kind and one.is_under_way for one in subject.papers)
        begins = place is not None and not under_way and subject.may_draft(actor, place)
        if latest is None and not papers and not begins:
            continue
        found.append(
            DocumentStanding(
                kind=kind,
                title=definition.documents[kind].title,
                made_seq=None if latest is None else latest.seq,
                effective_on=None if latest is None else latest.effective_on,
                made_by=place.step.name if place is not None and place.step is not None and latest is None else None,
                papers=papers,
                drafted=is_drafted(definition, kind),
                unissued=_is_unissued(subject, kind, latest),
                may_begin=begins and may(actor, Permission.TAKE_STEP),
                proves=_proves(definition, kind, latest),
            )
        )
    return found


def _is_seen(actor: Actor, definition: Definition, kind: str, made: StepRecord | None) -> bool:
    """Tell whether the actor may read that there is such a document: the timeline withholds the same ones."""
    if sees_investigation(actor):
        return True
    if made is not None:
        return not before_the_decision(definition, made.trigger, made.from_state)
    return any(kind in step.makes and not is_of_investigation(definition, step) for step in definition.steps.values())


def _rows(subject: Subject) -> list[tuple[str, StepRecord | None]]:
    """Return each document with the step that made it (newest first), then what the next step may make."""
    definition, case = subject.matter.definition, subject.matter.case
    made: dict[tuple[str, int], StepRecord] = {}
    for record in subject.timeline:
        for kind in record.documents:
            made.setdefault((kind, record.seq if kind in definition.each_making else 0), record)
    rows: list[tuple[str, StepRecord | None]] = [(kind, record) for (kind, _), record in made.items()]
    known = {kind for kind, _ in rows}
    coming = [kind for step in definition.steps_from(case.state) for kind in step.makes]
    rows += [(kind, None) for kind in dict.fromkeys(coming) if kind not in known or kind in definition.each_making]
    return [(kind, record) for kind, record in rows if kind in definition.documents]


def _is_of_row(subject: Subject, paper: Paper, kind: str, made: StepRecord | None) -> bool:
    if paper.kind != kind:
        return False
    if kind not in subject.matter.definition.each_making:
        return True
    return subject.placed(paper).made_seq == (None if made is None else made.seq)


def _proves(definition: Definition, kind: str, made: StepRecord | None) -> str | None:
    step = definition.steps.get(made.trigger) if made is not None else None
    return step.serves if step is not None and step.serves != kind else None


def _is_unissued(subject: Subject, kind: str, made: StepRecord | None) -> bool:
    case = subject.matter.case
    if kind in subject.matter.definition.each_making:
        return made is not None and (kind, made.seq) in case.unwritten
    return kind in case.unissued


__all__ = ["CasePapers", "DocumentStanding", "PaperPage", "Reading", "page_of", "sections_of", "standings"]
