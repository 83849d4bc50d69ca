"""What is done to a paper once: review, take back, drop, issue, correct; each grave act asks before it is done."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.papers import CorrectPaper, PaperAct, PaperMovedOn, ReviewPaper
from caseflow.services.ports.papers import PaperRefused
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.papers import Screen, asked_version, note_refusal, shown
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("paper_act", __name__)


@blueprint.post("/papers/<int:paper_id>/review")
@needs(Permission.REVIEW_PAPERS, confirmed=True)
def review(paper_id: int) -> ResponseReturnValue:
    """Approve the paper, or return it with remarks."""
    approved = request.form.get("verdict") == "approve"
    note = request.form.get("note", "")
    asked = ReviewPaper(paper_id, asked_version(), request.form.get("seen", ""), approved=approved, note=note)
    try:
        application().papers.drafting.review(actor(), asked)
    except (PaperRefused, PaperMovedOn) as refusal:
        return _again(paper_id, refusal, note)
    if approved:
        flash(_("The paper is approved; whoever drafted it can issue it."))
    else:
        flash(_("The paper is returned with your remarks."))
    return redirect(url_for("papers.to_review"))


@blueprint.post("/papers/<int:paper_id>/take-back")
@needs(Permission.TAKE_STEP)
def take_back(paper_id: int) -> ResponseReturnValue:
    """Make a draft again of a paper that waits for its review or its issue."""
    try:
        application().papers.drafting.take_back(actor(), PaperAct(paper_id, asked_version()))
    except (PaperRefused, PaperMovedOn) as refusal:
        return _again(paper_id, refusal)
    flash(_("The paper is a draft again."))
    return redirect(url_for("papers.one", paper_id=paper_id))


@blueprint.post("/papers/<int:paper_id>/drop")
@needs(Permission.TAKE_STEP)
def drop(paper_id: int) -> ResponseReturnValue:
    """Drop a paper that is not issued, after asking once."""
    version = asked_version()
    page = application().papers.reading.show(actor(), paper_id)
    if request.form.get("act") != "confirm":
        return render_template("confirm_paper_drop.html", page=page, version=version)
    try:
        application().papers.drafting.drop(actor(), PaperAct(paper_id, version))
    except (PaperRefused, PaperMovedOn) as refusal:
        return _again(paper_id, refusal)
    flash(_("The paper is dropped."))
    return redirect(url_for("papers.of_case", case_id=page.paper.case_id))


@blueprint.post("/papers/<int:paper_id>/issue")
@needs(Permission.TAKE_STEP, confirmed=True)
def issue(paper_id: int) -> ResponseReturnValue:
    """Show what will be issued, then issue it."""
    version = asked_version()
    try:
        if request.form.get("act") != "confirm":
            page = application().papers.reading.show(actor(), paper_id)
            number = application().papers.issuing.preview_number(actor(), paper_id)
            return render_template("confirm_paper_issue.html", page=page, number=number, version=version)
        application().papers.issuing.issue(actor(), PaperAct(paper_id, version))
    except (PaperRefused, PaperMovedOn) as refusal:
        return _again(paper_id, refusal)
    flash(_("The paper is issued."))
    return redirect(url_for("papers.one", paper_id=paper_id))


@blueprint.get("/papers/<int:paper_id>/correct")
@needs(Permission.TAKE_STEP)
def correction(paper_id: int) -> ResponseReturnValue:
    """Ask why an issued paper is corrected."""
    return _correction(paper_id, "", Faults(), idempotency_key())


@blueprint.post("/papers/<int:paper_id>/correct")
@needs(Permission.TAKE_STEP)
def correct(paper_id: int) -> ResponseReturnValue:
    """Begin the correction, and lead to it."""
    reason, key, faults = request.form.get("reason", ""), idempotency_key(), Faults()
    try:
        new_id = application().papers.drafting.correct(actor(), CorrectPaper(paper_id, reason, key))
    except PaperRefused as refusal:
        note_refusal(faults, refusal)
        return _correction(paper_id, reason, faults, key), 422
    return redirect(url_for("papers.one", paper_id=new_id))


def _correction(paper_id: int, reason: str, faults: Faults, key: str) -> str:
    page = application().papers.reading.show(actor(), paper_id)
    return render_template("correct_paper.html", page=page, reason=reason, faults=faults, key=key)


def _again(paper_id: int, refusal: PaperRefused | PaperMovedOn, note: str = "") -> ResponseReturnValue:
    screen = Screen(application().papers.reading.show(actor(), paper_id), note=note)
    if isinstance(refusal, PaperMovedOn):
        screen.moved_on = True
        return shown(screen), 409
    note_refusal(screen.faults, refusal)
    return shown(screen), 422
