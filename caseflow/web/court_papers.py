"""The court's paper, attached in the form of the step that records it."""

from __future__ import annotations

from flask import flash, request

from caseflow.domain.access import Permission, may
from caseflow.domain.case_files import Purpose, addable
from caseflow.domain.referral_board import COURT
from caseflow.domain.workflow import Step
from caseflow.services.case_files import AddFile, UploadRefused
from caseflow.services.case_pages import CasePage
from caseflow.services.cases import KeyReused
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _

INPUT = "court_paper"


def takes_court_paper(page: CasePage, step: Step) -> bool:
    """Tell whether the form of a step has room for the court's paper: it records what the court said."""
    me = actor()
    may_add = may(me, Permission.ADD_FILES) and Purpose.COURT_PAPER in addable(
        me, page.case.owner_id, page.case.second_officer_id
    )
    return step.on_behalf_of == COURT and may_add


def attach_court_paper(case_id: int, step: Step, seq: int, key: str) -> None:
    """Attach what was sent with the step; what is refused is said, and the step stays recorded without it."""
    sent = request.files.get(INPUT)
    if sent is None or not sent.filename:
        return
    title = display.words(step.title)
    asked = AddFile(case_id, Purpose.COURT_PAPER, title, seq, sent.filename, sent.stream, f"{key}-paper")
    try:
        application().case_files.add(actor(), asked)
    except UploadRefused as refusal:
        told = " ".join(display.words(words) for _name, words in refusal.faults)
        flash(
            _(
                "The step is recorded, and its paper was not taken. %(why)s Add it under the files of the case.",
                why=told,
            )
        )
    except KeyReused:
        flash(_("The step was recorded before with another paper; add this one under the files of the case."))
