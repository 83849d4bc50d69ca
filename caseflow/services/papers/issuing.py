"""Issuing a paper: both files are set and stored first; number, hashes and record are then one transaction."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace

from caseflow.domain.access import Actor, Permission
from caseflow.domain.paper_drafting import content_hash
from caseflow.domain.paper_life import Number, Paper, PaperStatus
from caseflow.domain.words import Words
from caseflow.services.duties import check_duties, on_case
from caseflow.services.papers.checks import check_place, check_printable
from caseflow.services.papers.drafting import PaperAct
from caseflow.services.papers.room import PaperMovedOn, PaperRoom, Subject
from caseflow.services.papers.setting import as_stored, hashes, set_paper
from caseflow.services.ports import AlreadyWritten, UnitOfWork
from caseflow.services.ports.papers import Issue, PaperRefused
from caseflow.services.ports.privacy import CANNOT_BE_OPENED

# How often a paper is set anew because somebody else drew the number it was set with.
MOST_TRIES = 8
_NOT_YOURS = Words(
    "This paper is issued by whoever may take the step that makes its document.",
    "该文书由有权办理相应步骤的人员印发。",
)
_NAME_SHUT = Words(
    "The party's name cannot be opened: what is sealed was changed outside caseflow, or its key is missing.",
    "当事人姓名或名称无法打开：密封内容在系统之外被改动，或者缺少密钥。",
)
_NOT_REVIEWED = Words("Only a reviewed paper is issued.", "只有审核通过的文书才能印发。")
_CHANGED = Words(
    "The case has changed what this paper says since it was reviewed: take it back and submit it again.",
    "审核之后案件内容有变动，文书内容与审核时不一致：请撤回后重新提交审核。",
)
_NUMBER_LATER = Words(
    "The number of this document is recorded by the step that makes it: take that step first.",
    "该文书的文号由制作该文书的步骤登记：请先办理该步骤。",
)
_BUSY = Words("Others issue papers at this moment: try again.", "他人正在印发文书，请稍后重试。")


@dataclass(frozen=True)
class _Prepared:
    """A paper set and stored, with the number it was set with."""

    subject: Subject
    paper: Paper
    issue: Issue
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Issuing:
    """The use case that issues a paper."""

    room: PaperRoom

    def preview_number(self, actor: Actor, paper_id: int) -> Number:
        """Return the number the paper would get now. Raises ``PaperNotFound``, ``PaperRefused``."""
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, paper_id)
            return self._number(work, subject, paper)

    def issue(self, actor: Actor, asked: PaperAct) -> Paper:
        """Issue a reviewed paper; return it as it is then. A repeated request answers its first result.

        The number is drawn in the transaction that writes it; where somebody else drew it first, the paper is set anew
        with the next one. When setting or storing fails nothing is issued.

        Raises ``NotPermitted``, ``PaperNotFound``, ``PaperRefused``, ``PaperMovedOn``, ``OSError``.
        """
        check_duties(actor, Permission.TAKE_STEP)
        for _ in range(MOST_TRIES):
            prepared = self._prepare(actor, asked)
            if isinstance(prepared, Paper):
                return prepared
            for pdf in prepared.files.values():
                self.room.files.put(io.BytesIO(pdf))
            if self._write(actor, prepared):
                with self.room.store.begin() as work:
                    return self.room.subject_of(work, actor, asked.paper_id)[1]
        raise PaperRefused(("", _BUSY))

    def _prepare(self, actor: Actor, asked: PaperAct) -> _Prepared | Paper:
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, asked.paper_id)
            if paper.status is PaperStatus.ISSUED and paper.version == asked.version + 1:
                if paper.issuer is not None and paper.issuer.id == actor.id:
                    return paper
                raise PaperMovedOn(paper)
            if paper.version != asked.version:
                raise PaperMovedOn(paper)
            check_duties(actor, Permission.TAKE_STEP, (), on_case(subject.matter.case))
            placed = subject.placed(paper)
            check_place(subject, paper, placed)
            if not subject.may_draft(actor, placed):
                raise PaperRefused(("", _NOT_YOURS))
            if paper.status is not PaperStatus.REVIEWED:
                raise PaperRefused(("", _NOT_REVIEWED))
            if subject.header.party_name == CANNOT_BE_OPENED:
                raise PaperRefused(("", _NAME_SHUT))
            if content_hash(subject.content(paper)) != paper.reviewed_hash:
                raise PaperRefused(("", _CHANGED))
            number = self._number(work, subject, paper)
        body = as_stored(subject.content(paper, number.words).body())
        check_printable(self.room, body)
        document = subject.matter.definition.documents[paper.kind]
        sources = self.room.printer.sources(document.template)
        issued = replace(paper, status=PaperStatus.ISSUED, training=subject.training)
        pdfs = set_paper(self.room.printer, sources, body, subject.mark(issued))
        return _Prepared(
            subject,
            paper,
            Issue(
                by=actor.id,
                at=self.room.time.now(),
                on=subject.today,
                number=number,
                case_seq=subject.matter.case.version,
                made_seq=placed.made_seq,
                inputs=body,
                sources=sources,
                training=subject.training,
                pdf_sha256=hashes(pdfs),
            ),
            pdfs,
        )

    def _write(self, actor: Actor, prepared: _Prepared) -> bool:
        """Write the issue; return False where it has to be set anew. Raises ``PaperMovedOn``, ``PaperRefused``."""
        paper, issue, number = prepared.paper, prepared.issue, prepared.issue.number
        with self.room.store.begin() as work:
            if not work.papers.hold_case(paper.case_id, issue.case_seq):
                return False
            if number.mark is not None and number.year is not None:
                drawn = work.papers.draw_serial(actor.office_id, number.mark, number.year)
                if drawn != number.serial:
                    return False
            # From here to the commit nobody deletes them; what retention deleted meanwhile is put again.
            work.case_files.keep_bytes(*issue.pdf_sha256.values())
            for language, pdf in prepared.files.items():
                if not self.room.files.has(issue.pdf_sha256[language]):
                    self.room.files.put(io.BytesIO(pdf))
            event = self.room.event(
                actor, prepared.subject, f"paper_issued:{paper.id}", "paper_issued", _body(paper, issue)
            )
            try:
                written = work.papers.issue(paper, issue, event)
            except AlreadyWritten:
                written = False
            if written:
                work.commit()
        # Whoever was overtaken by their own repeated click gets its result when it is looked at again.
        return written

    def _number(self, work: UnitOfWork, subject: Subject, paper: Paper) -> Number:
        definition = subject.matter.definition
        document = definition.documents[paper.kind]
        if document.number_from is not None:
            return Number(self._answered(subject, paper, document.number_from))
        mark, year = document.mark, subject.today.year
        serial = work.papers.next_serial(paper.office_id, mark.zh, year)
        words = Words(
            definition.paper_number.en.format(mark=mark.en, year=year, serial=serial),
            definition.paper_number.zh.format(mark=mark.zh, year=year, serial=serial),
        )
        return Number(words, mark.zh, year, serial)

    def _answered(self, subject: Subject, paper: Paper, field: str) -> Words:
        """Return the number a step recorded; a correction carries it with its own place in the row of corrections."""
        first, corrections = paper, 0
        while (before := subject.paper(first.corrects_id)) is not None:
            first, corrections = before, corrections + 1
        if corrections and first.number is not None:
            return Words(f"{first.number.en} (corrected {corrections})", f"{first.number.zh}（更正{corrections}）")
        act = subject.matter.making(subject.placed(paper).made_seq)
        number = str((act.answers.get(field) if act is not None else None) or "").strip()
        if not number:
            raise PaperRefused(("", _NUMBER_LATER))
        return Words(number, number)


def _body(paper: Paper, issue: Issue) -> dict[str, object]:
    return {
        "paper": paper.id,
        "kind": paper.kind,
        "made_by_step": issue.made_seq,
        "number": issue.number.words.zh,
        "number_en": issue.number.words.en,
        "issued_on": issue.on.isoformat(),
        "template": issue.sources.hash,
        "pdf_zh": issue.pdf_sha256["zh"],
        "pdf_en": issue.pdf_sha256["en"],
        "reviewed": paper.reviewed_hash,
        "corrects": paper.corrects_id,
    }
