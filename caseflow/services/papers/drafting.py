"""Beginning, editing, submitting, reviewing, dropping and correcting a paper: one transaction each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from caseflow.domain.access import Actor, Permission
from caseflow.domain.paper_drafting import (
    Wanted,
    content_hash,
    foretold_fields,
    sections_of,
    standard_answers,
    unfinished_sections,
)
from caseflow.domain.paper_life import LONGEST_NOTE, LONGEST_SECTION, Paper, PaperStatus, may_become, may_review
from caseflow.domain.words import Words
from caseflow.domain.workflow import Field, clean_fields, stored_answers, unwritable
from caseflow.services.cases import KeyReused
from caseflow.services.duties import Part, check_duties, on_case
from caseflow.services.erased_cases import check_not_erased
from caseflow.services.papers.checks import NO_STEP, check_open, check_place, check_printable, check_stands
from caseflow.services.papers.room import PaperMovedOn, PaperNotFound, PaperRoom, Placed, Subject
from caseflow.services.ports import AlreadyWritten, UnitOfWork
from caseflow.services.ports.papers import NewPaper, PaperChange, PaperRefused

_NOT_YOURS = Words(
    "This paper is drafted by whoever may take the step that makes its document.",
    "该文书由有权办理相应步骤的人员起草。",
)
_NOT_YOUR_REVIEW = Words(
    "A reviewer or an approver who did not write in the paper reviews it.",
    "文书由未参与撰写的法制审核人员或者审批人审核。",
)
_NOTHING_TO_DRAFT = Words(
    "There is nothing to draft: the document is issued already, or no step makes it from where the case stands.",
    "没有可起草的文书：该文书已经印发，或者案件当前状态没有制作该文书的步骤。",
)
_UNFINISHED = Words(
    "This section is empty or still has a blank (＿＿＿＿) in it; the Chinese text is needed.",
    "该部分为空或者仍有待填的空白（＿＿＿＿），中文内容必须完整。",
)
_FORETELL = Words(
    "The paper states this before the step asks it: answer it.", "该文书在办理步骤之前即须载明此项，请填写。"
)
_TOO_LONG = Words(f"At most {LONGEST_SECTION} characters.", f"最多{LONGEST_SECTION}个字符。")
_SAY_WHY = Words(
    f"Say why, in at most {LONGEST_NOTE} characters.",
    f"请说明理由，最多{LONGEST_NOTE}个字符。",
)
_ONLY_ISSUED = Words("Only an issued paper is corrected.", "只有已印发的文书可以更正。")
_CORRECTED = Words("This paper is corrected already: correct the newest one.", "该文书已被更正：请更正最新的一份。")
_ACTIONS: Mapping[PaperStatus, str] = {
    PaperStatus.DRAFT: "paper_taken_back",
    PaperStatus.IN_REVIEW: "paper_submitted",
    PaperStatus.REVIEWED: "paper_approved",
    PaperStatus.DROPPED: "paper_dropped",
}


@dataclass(frozen=True)
class BeginPaper:
    """A request to begin a draft of a document of a case."""

    case_id: int
    kind: str
    idempotency_key: str


@dataclass(frozen=True)
class EditPaper:
    """What somebody typed into the sections; ``version`` is that of the paper they were looking at.

    ``foretold`` are the answers that a paper prepared before its step states, as typed (None: they stay).
    """

    paper_id: int
    version: int
    texts: Mapping[str, Mapping[str, str]]
    foretold: Mapping[str, str] | None = None


@dataclass(frozen=True)
class PaperAct:
    """An act on a paper as somebody saw it."""

    paper_id: int
    version: int


@dataclass(frozen=True)
class ReviewPaper:
    """The verdict of a reviewer; ``seen`` is the hash of what they read."""

    paper_id: int
    version: int
    seen: str
    approved: bool
    note: str = ""


@dataclass(frozen=True)
class CorrectPaper:
    """A request to begin the correction of an issued paper."""

    paper_id: int
    reason: str
    idempotency_key: str


@dataclass(frozen=True)
class Drafting:
    """The use cases that write papers, up to their issue."""

    room: PaperRoom

    def begin(self, actor: Actor, asked: BeginPaper) -> int:
        """Begin a draft; return the paper's id. A repeated request answers its first result.

        Raises ``NotPermitted``, ``CaseNotFound``, ``PaperRefused``, ``KeyReused``.
        """
        check_duties(actor, Permission.TAKE_STEP)
        try:
            with self.room.store.begin() as work:
                begun = _begun(work, actor, asked.idempotency_key, asked.case_id, asked.kind)
                if begun is not None:
                    return begun
                subject = self.room.subject(work, actor, asked.case_id)
                check_open(subject)
                placed = subject.new_place(asked.kind)
                if placed is None:
                    raise PaperRefused(("", _NOTHING_TO_DRAFT))
                self._check_drafter(subject, actor, placed)
                wanted = Wanted(asked.kind, placed.step, placed.made_seq, subject.today, {})
                new = NewPaper(
                    asked.idempotency_key, asked.case_id, asked.kind, {}, subject.matter.case.version, placed.made_seq,
                    foretold=standard_answers(subject.matter, wanted),
                )  # fmt: skip
                return self._add(work, actor, subject, new, "paper_begun", {})
        except AlreadyWritten:
            return self._first(actor, asked.idempotency_key, asked.case_id, asked.kind)

    def correct(self, actor: Actor, asked: CorrectPaper) -> int:
        """Begin the correction of an issued paper, a new paper with the old one's sections; return its id.

        Raises ``NotPermitted``, ``PaperNotFound``, ``PaperRefused``, ``KeyReused``.
        """
        check_duties(actor, Permission.TAKE_STEP)
        reason = asked.reason.strip()
        with self.room.store.begin() as work:
            _, old = self.room.subject_of(work, actor, asked.paper_id)
        try:
            with self.room.store.begin() as work:
                subject, old = self.room.subject_of(work, actor, asked.paper_id)
                begun = _begun(work, actor, asked.idempotency_key, old.case_id, old.kind)
                if begun is not None:
                    return begun
                if old.status is not PaperStatus.ISSUED:
                    raise PaperRefused(("", _ONLY_ISSUED))
                if old.corrected_by is not None:
                    raise PaperRefused(("", _CORRECTED))
                placed = subject.placed(old)
                self._check_drafter(subject, actor, placed)
                check_stands(subject, placed)
                fault = unwritable(reason)
                if not reason or len(reason) > LONGEST_NOTE or fault is not None:
                    raise PaperRefused(("reason", fault or _SAY_WHY))
                texts = {one["name"]: dict(one["text"]) for one in old.inputs.get("sections", ())}
                version, key = subject.matter.case.version, asked.idempotency_key
                new = NewPaper(
                    key, old.case_id, old.kind, texts, version, placed.made_seq, old.id, reason, old.foretold
                )
                return self._add(work, actor, subject, new, "paper_correction_begun", {"corrects": old.id})
        except AlreadyWritten:
            return self._first(actor, asked.idempotency_key, old.case_id, old.kind)

    def edit(self, actor: Actor, asked: EditPaper) -> None:
        """Keep what was typed into the sections of a draft.

        Raises ``NotPermitted``, ``PaperNotFound``, ``PaperRefused`` (each section named), :class:`PaperMovedOn`.
        """
        check_duties(actor, Permission.TAKE_STEP)
        with self.room.store.begin() as work:
            subject, paper = self._mine(work, actor, asked.paper_id, asked.version)
            if paper.status is not PaperStatus.DRAFT:
                raise PaperMovedOn(paper)
            prefilled = {one.name: one for one in sections_of(subject.matter, subject.wanted(paper))}
            typed = {
                name: {language: _plain(words.get(language, "")) for language in ("en", "zh")}
                for name, words in asked.texts.items()
                if name in prefilled
            }
            faults = [
                (f"{name}-{language}", fault)
                for name, words in typed.items()
                for language, text in words.items()
                if (fault := _fault(text)) is not None
            ]
            foretold, wrong = foretold_answers(subject, paper, asked.foretold)
            if faults or wrong:
                raise PaperRefused(*faults, *wrong)
            # What says no more than the case does goes on following the case.
            texts = {
                name: edited
                for name, words in typed.items()
                if (
                    edited := {
                        lang: text for lang, text in words.items() if text != prefilled[name].text.in_locale(lang)
                    }
                )
            }
            change = self._change(actor, PaperStatus.DRAFT, texts=texts, foretold=foretold, writer=actor.id)
            body = {"sections": sorted(texts), "foretold": foretold}
            self._write(work, actor, subject, paper, change, "paper_edited", body)

    def submit(self, actor: Actor, asked: PaperAct) -> None:
        """Submit a draft for review. Raises as :meth:`edit`; a section with a blank is named."""
        check_duties(actor, Permission.TAKE_STEP)
        with self.room.store.begin() as work:
            subject, paper = self._mine(work, actor, asked.paper_id, asked.version)
            placed = subject.placed(paper)
            check_place(subject, paper, placed)
            content = subject.content(paper)
            faults = [(f"{name}-{language}", _UNFINISHED) for name, language in unfinished_sections(content)]
            faults += [(one.name, _FORETELL) for one in _untold(subject, paper)]
            if faults:
                raise PaperRefused(*faults)
            check_printable(self.room, content.body())
            change = self._change(actor, PaperStatus.IN_REVIEW, writer=actor.id, made_seq=placed.made_seq)
            self._write(work, actor, subject, paper, change, "paper_submitted", {})

    def take_back(self, actor: Actor, asked: PaperAct) -> None:
        """Make a draft again of a paper that is in review, or reviewed, to change it. Raises as :meth:`edit`."""
        check_duties(actor, Permission.TAKE_STEP)
        with self.room.store.begin() as work:
            subject, paper = self._mine(work, actor, asked.paper_id, asked.version)
            if paper.status is PaperStatus.DRAFT:
                raise PaperMovedOn(paper)
            change = self._change(actor, PaperStatus.DRAFT, writer=actor.id)
            self._write(work, actor, subject, paper, change, "paper_taken_back", {})

    def drop(self, actor: Actor, asked: PaperAct) -> None:
        """Give up a paper that is not issued; it stays in the record. Raises as :meth:`edit`."""
        check_duties(actor, Permission.TAKE_STEP)
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, asked.paper_id)
            _check_version(paper, asked.version)
            if actor.id not in paper.writers:
                self._check_drafter(subject, actor, subject.placed(paper))
            self._write(work, actor, subject, paper, self._change(actor, PaperStatus.DROPPED), "paper_dropped", {})

    def review(self, actor: Actor, asked: ReviewPaper) -> None:
        """Approve a paper, or return it with remarks.

        Raises ``NotPermitted``, ``PaperNotFound``, ``PaperRefused``, :class:`PaperMovedOn` (also when the case changed
        what the paper says since it was read).
        """
        check_duties(actor, Permission.REVIEW_PAPERS)
        note, fault = asked.note.strip(), unwritable(asked.note)
        with self.room.store.begin() as work:
            subject, paper = self.room.subject_of(work, actor, asked.paper_id)
            _check_version(paper, asked.version)
            if not may_review(paper, actor):
                raise PaperRefused(("", _NOT_YOUR_REVIEW))
            wrote = replace(on_case(subject.matter.case), had={Part.PREPARER: paper.writers})
            check_duties(actor, Permission.REVIEW_PAPERS, (Part.CHECKER,), wrote)
            if fault is not None or len(note) > LONGEST_NOTE or not (note or asked.approved):
                raise PaperRefused(("note", fault or _SAY_WHY))
            if paper.status is not PaperStatus.IN_REVIEW:
                raise PaperMovedOn(paper)
            found = content_hash(subject.content(paper))
            if found != asked.seen:
                raise PaperMovedOn(paper)
            if asked.approved:
                check_place(subject, paper, subject.placed(paper))
                change = self._change(actor, PaperStatus.REVIEWED, reviewed_hash=found, note=note)
                self._write(work, actor, subject, paper, change, "paper_approved", {"content": found, "note": note})
            else:
                change = self._change(actor, PaperStatus.DRAFT, note=note)
                self._write(work, actor, subject, paper, change, "paper_returned", {"note": note})

    def _mine(self, work: UnitOfWork, actor: Actor, paper_id: int, version: int) -> tuple[Subject, Paper]:
        subject, paper = self.room.subject_of(work, actor, paper_id)
        self._check_drafter(subject, actor, subject.placed(paper), paper)
        _check_version(paper, version)
        return subject, paper

    def _check_drafter(self, subject: Subject, actor: Actor, placed: Placed, paper: Paper | None = None) -> None:
        check_open(subject)
        if placed.step is None and paper is not None:
            raise PaperRefused(("", NO_STEP))
        if not subject.may_draft(actor, placed):
            raise PaperRefused(("", _NOT_YOURS))

    def _add(
        self, work: UnitOfWork, actor: Actor, subject: Subject, new: NewPaper, action: str, more: Mapping[str, Any]
    ) -> int:
        check_duties(actor, None, (), on_case(subject.matter.case))
        check_not_erased(work, new.case_id)
        body = {"kind": new.kind, "made_by_step": new.made_seq, "reason": new.correction_reason, **more}
        event = self.room.event(actor, subject, f"paper_begun:{new.key}", action, body)
        paper_id = work.papers.add(actor.office_id, new, event)
        work.commit()
        return paper_id

    def _write(
        self,
        work: UnitOfWork,
        actor: Actor,
        subject: Subject,
        paper: Paper,
        change: PaperChange,
        action: str,
        more: Mapping[str, Any],
    ) -> None:
        check_duties(actor, None, (), on_case(subject.matter.case))
        if not may_become(paper, change.status):
            raise PaperMovedOn(paper)
        body = {"paper": paper.id, "kind": paper.kind, **more}
        event = self.room.event(actor, subject, f"paper:{paper.id}:{paper.version + 1}", action, body)
        try:
            written = work.papers.change(paper, change, event)
        except AlreadyWritten:
            written = False
        if not written:
            raise PaperMovedOn(self._now(actor, paper))
        work.commit()

    def _now(self, actor: Actor, paper: Paper) -> Paper:
        with self.room.store.begin() as work:
            return work.papers.get(actor.office_id, paper.id) or paper

    def _change(self, actor: Actor, status: PaperStatus, **more: Any) -> PaperChange:
        return PaperChange(status, actor.id, self.room.time.now(), **more)

    def _first(self, actor: Actor, key: str, case_id: int, kind: str) -> int:
        with self.room.store.begin() as work:
            begun = _begun(work, actor, key, case_id, kind)
        if begun is None:
            raise KeyReused(key)
        return begun


def foretold_answers(
    subject: Subject, paper: Paper, raw: Mapping[str, str] | None
) -> tuple[Mapping[str, Any] | None, list[tuple[str, Words]]]:
    """Return the typed answers of a prepared paper as JSON values, and what is wrong; empty ones may come later."""
    if raw is None:
        return None, []
    fields = foretold_fields(subject.matter, subject.wanted(paper))
    cleaned = clean_fields([one for one in fields if one.type == "boolean" or raw.get(one.name, "").strip()], raw)
    return stored_answers(cleaned.answers), [(one.field, one.words) for one in cleaned.problems]


def _untold(subject: Subject, paper: Paper) -> list[Field]:
    asked = foretold_fields(subject.matter, subject.wanted(paper))
    return [one for one in asked if one.required and one.type != "boolean" and one.name not in paper.foretold]


def _begun(work: UnitOfWork, actor: Actor, key: str, case_id: int, kind: str) -> int | None:
    paper = work.papers.by_key(actor.office_id, key)
    if paper is None:
        return None
    if (paper.case_id, paper.kind) != (case_id, kind):
        raise KeyReused(key)
    return paper.id


def _check_version(paper: Paper, version: int) -> None:
    if paper.version != version:
        raise PaperMovedOn(paper)


def _plain(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def _fault(text: str) -> Words | None:
    return _TOO_LONG if len(text) > LONGEST_SECTION else unwritable(text)


__all__ = ["BeginPaper", "CorrectPaper", "Drafting", "EditPaper", "PaperAct", "PaperNotFound", "ReviewPaper"]
