"""Papers for a training county and for tests: whatever a case has made is drafted, reviewed and issued at once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Protocol

from caseflow.domain.access import Actor, Permission, may
from caseflow.domain.paper_drafting import BLANK
from caseflow.domain.paper_life import Paper, may_review
from caseflow.services.papers import BeginPaper, Drafting, EditPaper, Issuing, PaperAct, Reading, ReviewPaper

_FILLED = "见案卷 (see the file)"


class PaperUse(Protocol):
    """The use cases of papers that are needed here."""

    @property
    def drafting(self) -> Drafting:
        """Drafting."""
        ...

    @property
    def reading(self) -> Reading:
        """Reading."""
        ...

    @property
    def issuing(self) -> Issuing:
        """Issuing."""
        ...


def issue_all(
    papers: PaperUse, case_id: int, actors: Iterable[Actor], kinds: Iterable[str] | None = None
) -> list[Paper]:
    """Draft, review and issue what the steps of a case have made (of ``kinds``, if given); return the papers.

    Of the records of service, ``kinds`` means those that prove the service of one of ``kinds``.

    ``actors`` are the staff who may be asked: each document is drafted by the first who may, and reviewed by the first
    other one who may. What nobody of them may draft or review is left out.
    """
    people, wanted = tuple(actors), None if kinds is None else set(kinds)
    issued = []
    for document in papers.reading.of_case(people[0], case_id).documents:
        if document.made_seq is None or not document.unissued or (wanted is not None and document.kind not in wanted):
            continue
        if wanted is not None and document.proves is not None and document.proves not in wanted:
            continue
        paper = issue_one(papers, case_id, document.kind, people)
        if paper is not None:
            issued.append(paper)
    return issued


def issue_one(papers: PaperUse, case_id: int, kind: str, people: Sequence[Actor]) -> Paper | None:
    """Draft, review and issue one document of a case; None where nobody of ``people`` may draft or review it."""
    readers = [one for one in people if may(one, Permission.READ_CASES)]
    drafter = next((one for one in readers if _may_begin(papers, one, case_id, kind)), None)
    if drafter is None:
        return None
    paper_id = papers.drafting.begin(drafter, BeginPaper(case_id, kind, str(uuid.uuid4())))
    page = papers.reading.show(drafter, paper_id)
    texts = {one.name: {"en": _whole(one.text.en), "zh": _whole(one.text.zh)} for one in page.sections}
    papers.drafting.edit(drafter, EditPaper(paper_id, 1, texts))
    papers.drafting.submit(drafter, PaperAct(paper_id, 2))
    page = papers.reading.show(drafter, paper_id)
    reviewer = next((one for one in readers if may_review(page.paper, one)), None)
    if reviewer is None:
        papers.drafting.drop(drafter, PaperAct(paper_id, 3))
        return None
    papers.drafting.review(reviewer, ReviewPaper(paper_id, 3, page.seen, approved=True))
    return papers.issuing.issue(drafter, PaperAct(paper_id, 4))


def _may_begin(papers: PaperUse, actor: Actor, case_id: int, kind: str) -> bool:
    return any(
        one.kind == kind and one.may_begin for one in papers.reading.of_case(actor, case_id).documents
    )  # fmt: skip


def _whole(text: str) -> str:
    return text.replace(BLANK, _FILLED) if text.strip() else _FILLED
