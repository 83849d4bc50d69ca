"""Papers of a test's office: a case that has made documents, and its papers drafted, reviewed and issued at once."""

from __future__ import annotations

import uuid
from dataclasses import replace

from caseflow.domain.paper_life import Paper
from caseflow.domain.workflow import definition_from_body
from caseflow.services.demo.papers import issue_all, issue_one
from caseflow.services.papers import BeginPaper, EditPaper, PaperAct, PaperPage, ReviewPaper
from tests.office import Office

PEOPLE = (
    "officer", "officer2", "reviewer", "reviewer2", "approver", "approver2", "cashier", "liaison", "supervisor",
)  # fmt: skip


def issued(office: Office, case_id: int, *kinds: str) -> list[Paper]:
    """Issue whatever the case has made, or these kinds of it."""
    actors = [office.actors[login] for login in PEOPLE]
    return issue_all(office.application.papers, case_id, actors, kinds or None)


def prepared(office: Office, case_id: int, kind: str) -> Paper:
    """Issue a document before the step that makes it is taken."""
    paper = issue_one(office.application.papers, case_id, kind, [office.actors[login] for login in PEOPLE])
    assert paper is not None
    return paper


def begun(office: Office, case_id: int, kind: str, login: str = "officer") -> int:
    asked = BeginPaper(case_id, kind, str(uuid.uuid4()))
    return office.application.papers.drafting.begin(office.actors[login], asked)


def page(office: Office, paper_id: int, login: str = "officer") -> PaperPage:
    return office.application.papers.reading.show(office.actors[login], paper_id)


def submitted(office: Office, paper_id: int, login: str = "officer") -> PaperPage:
    """Fill every section and submit the draft."""
    papers, actor, shown = office.application.papers, office.actors[login], page(office, paper_id, login)
    texts = {one.name: {"en": "As found.", "zh": "经查明属实。"} for one in shown.sections}
    papers.drafting.edit(actor, EditPaper(paper_id, shown.paper.version, texts))
    papers.drafting.submit(actor, PaperAct(paper_id, shown.paper.version + 1))
    return page(office, paper_id, login)


def reviewed(office: Office, paper_id: int, login: str = "officer", *, by: str = "reviewer") -> PaperPage:
    """Submit the draft and have it approved."""
    shown = submitted(office, paper_id, login)
    verdict = ReviewPaper(paper_id, shown.paper.version, shown.seen, approved=True)
    office.application.papers.drafting.review(office.actors[by], verdict)
    return page(office, paper_id, login)


def with_gate(office: Office, step: str, *documents: str, serves: str | None = None) -> None:
    """Let new cases of the two-illegal regime wait with ``step`` until these documents are issued."""
    rulebook = office.application.rulebook
    definition = rulebook.regime("two_illegal")
    body = {**definition.body, "steps": {**definition.body["steps"]}}
    changed = dict(body["steps"][step])
    changed["needs"] = {**(changed.get("needs") or {}), "issued": list(documents)}
    if serves is not None:
        changed["serves"] = serves
    body["steps"][step] = changed
    rulebook.definitions = {**rulebook.definitions, "two_illegal": replace(definition_from_body(body))}
