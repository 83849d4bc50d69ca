"""Verifying issued papers: each is set again from its stored inputs and sources, and its stored file is opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseflow.domain.paper_life import Paper
from caseflow.domain.papers import LANGUAGES, NO_WORDS
from caseflow.services.papers.room import TRAINING_MARK, PaperRoom
from caseflow.services.papers.setting import hashes, set_paper
from caseflow.services.ports.documents import TemplateSources
from caseflow.services.ports.files import FileDamaged, NoSuchFile

_PAGE = 100


@dataclass(frozen=True)
class PaperFinding:
    """An issued paper that is not what it was: its number, which file, and why."""

    paper_id: int
    number: str
    language: str
    reason: str

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {"paper": self.paper_id, "number": self.number, "language": self.language, "reason": self.reason}


@dataclass(frozen=True)
class PaperReport:
    """What a verification set again and found; ``erased`` are those that hold nothing any more to set them from."""

    papers: int
    erased: int
    findings: Sequence[PaperFinding]


@dataclass(frozen=True)
class Verifying:
    """The use cases behind ``caseflow documents``. They read; nothing here writes."""

    room: PaperRoom

    def case_with(self, number: str) -> int | None:
        """Return the id of the case with this number, in either of its forms."""
        with self.room.store.begin() as work:
            return work.views.find_number(None, number)

    def papers_of(self, case_id: int) -> Sequence[Paper]:
        """Return the papers of a case but for dropped ones, newest first."""
        with self.room.store.begin() as work:
            return work.papers.of_case(case_id)

    def render(self, paper: Paper, language: str) -> bytes | None:
        """Set an issued paper again from its stored inputs and sources; None where there are none to set it from."""
        if not paper.inputs:
            return None
        with self.room.store.begin() as work:
            sources = work.papers.template(paper.template_hash or "")
        return None if sources is None else self._set_again(paper, sources)[language]

    def _set_again(self, paper: Paper, sources: TemplateSources) -> Mapping[str, bytes]:
        mark = TRAINING_MARK if paper.training else NO_WORDS
        return set_paper(self.room.printer, sources, paper.inputs, mark)

    def verify(self, case_id: int | None = None) -> PaperReport:
        """Set every issued paper (of one case, or of all) again and compare the hashes, and open its stored files."""
        findings: list[PaperFinding] = []
        looked_at, erased, after = 0, 0, 0
        known: dict[str, TemplateSources] = {}
        while True:
            with self.room.store.snapshot() as work:
                page = work.papers.issued_after(after, case_id, _PAGE)
                for template_hash in {one.template_hash for one in page if one.template_hash} - set(known):
                    found = work.papers.template(template_hash)
                    if found is not None:
                        known[template_hash] = found
            for paper in page:
                findings += self._verify(paper, known.get(paper.template_hash or ""))
            if not page:
                return PaperReport(looked_at, erased, findings)
            gone = sum(_is_erased(paper) for paper in page)
            looked_at, erased, after = looked_at + len(page) - gone, erased + gone, page[-1].id

    def _verify(self, paper: Paper, sources: TemplateSources | None) -> list[PaperFinding]:
        if paper.is_shut:
            return [_finding(paper, "", "what it was set from cannot be opened")]
        if _is_erased(paper):
            return []
        if sources is None:
            return [_finding(paper, "", "the template it was set from is lost")]
        again = hashes(self._set_again(paper, sources))
        findings = []
        for language in LANGUAGES:
            issued = paper.pdf_sha256[language]
            if again[language] != issued:
                reason = f"set again it is another file: {again[language]} instead of {issued}"
                findings.append(_finding(paper, language, reason))
            try:
                kept = hashlib.sha256(b"".join(self.room.files.open(issued))).hexdigest()
            except (NoSuchFile, FileDamaged) as error:
                why = str(error) if isinstance(error, FileDamaged) else f"the store has no file {issued}"
                findings.append(_finding(paper, language, why))
            else:
                if kept != issued:
                    findings.append(_finding(paper, language, f"the stored file is another one: {kept}"))
        return findings


def _is_erased(paper: Paper) -> bool:
    # Its case is kept no longer: number, day and hashes stay, what it said is gone (services/retention.py).
    return not paper.is_shut and not paper.inputs


def _finding(paper: Paper, language: str, reason: str) -> PaperFinding:
    return PaperFinding(paper.id, paper.number.zh if paper.number else "", language, reason)
