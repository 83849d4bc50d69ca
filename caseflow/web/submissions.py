"""What persons submitted, for the desks that answer: the list, one submission opened, its files, the answer."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.bootstrap import DatabaseUnavailable
from caseflow.domain.access import Permission
from caseflow.domain.submissions import KINDS, LONGEST_REASONS, Outcome
from caseflow.services.case_files import FileUnreadable
from caseflow.services.cases import KeyReused
from caseflow.services.submissions import AnswerRefused, AnswerSubmission, NoSuchSubmission
from caseflow.services.submissions import SubmissionPage as Page
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.case_files import attachment, size_text
from caseflow.web.case_page import may_be_typed
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.submission_words import shown_words

blueprint = Blueprint("submissions", __name__)
_INPUTS = ("outcome", "reasons")


@blueprint.get("/submissions")
@needs(Permission.READ_SUBMISSIONS)
def show() -> ResponseReturnValue:
    """Show what waits for an answer by its day, or what was answered or withdrawn."""
    done, desk = request.args.get("done") == "yes", application().submissions.desk
    found = desk.on_desk(actor(), is_open=not done, after=request.args.get("after"))
    return render_template(
        "submissions.html",
        found=found,
        done=done,
        waiting=desk.waiting(actor()),
        after=request.args.get("after"),
        **shown_words(),
    )


@blueprint.get("/submissions/<int:submission_id>")
@needs(Permission.READ_SUBMISSIONS)
def one(submission_id: int) -> ResponseReturnValue:
    """Open a submission: who opens it is noted."""
    return _shown(_page(submission_id), dict.fromkeys(_INPUTS, ""), Faults(), idempotency_key())


@blueprint.post("/submissions/<int:submission_id>/answer")
@needs(Permission.ANSWER_SUBMISSIONS, confirmed=True)
def answer(submission_id: int) -> ResponseReturnValue:
    """Show the answer as the person will read it, or send it."""
    typed, faults, key = {name: request.form.get(name, "") for name in _INPUTS}, Faults(), idempotency_key()
    outcome = Outcome(typed["outcome"]) if typed["outcome"] in {known.value for known in Outcome} else None
    asked, act = AnswerSubmission(submission_id, outcome, typed["reasons"], key), request.form.get("act", "")
    desk = application().submissions.desk
    if act == "back":
        return _shown(_page(submission_id), typed, faults, key)
    try:
        if act != "confirm":
            desk.check_answer(actor(), asked)
            return render_template(
                "confirm_answer.html", page=_page(submission_id), typed=typed, outcome=outcome, key=key, **shown_words()
            )
        desk.answer(actor(), asked)
    except NoSuchSubmission:
        abort(404)
    except AnswerRefused as refusal:
        for name, words in refusal.faults:
            faults.add(words, name)
        return _shown(_page(submission_id), typed, faults, key), 422
    except KeyReused:
        flash(_("This form was already sent with another answer; what you sent now was not recorded."))
        return redirect(url_for("submissions.one", submission_id=submission_id))
    flash(_("The answer is sent: the person sees it in My case."))
    return redirect(url_for("submissions.one", submission_id=submission_id))


@blueprint.post("/submissions/<int:submission_id>/files/<int:position>/download")
@needs(Permission.READ_SUBMISSIONS)
def download(submission_id: int, position: int) -> ResponseReturnValue:
    """Hand a file out as an attachment; a form and no link, because each reading is recorded."""
    try:
        handed = application().submissions.desk.read_file(actor(), submission_id, position)
    except NoSuchSubmission:
        abort(404)
    except FileUnreadable:
        flash(_("The file cannot be read: its bytes are gone or were changed. Tell the administrator."))
        return redirect(url_for("submissions.one", submission_id=submission_id))
    except DatabaseUnavailable:
        # What cannot be recorded is not shown.
        abort(503)
    response = Response(handed.pieces, content_type=handed.file.media_type)
    response.headers["Content-Length"] = str(handed.file.size_bytes)
    response.headers["Content-Disposition"] = attachment(handed.name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _page(submission_id: int) -> Page:
    try:
        return application().submissions.desk.show(actor(), submission_id)
    except NoSuchSubmission:
        abort(404)


def _shown(page: Page, typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "submission.html",
        page=page,
        kind=KINDS[page.submission.kind],
        recordable=[offer.step for offer in page.offers if may_be_typed(page.definition, offer)],
        typed=typed,
        faults=faults,
        key=key,
        longest=LONGEST_REASONS,
        size_text=size_text,
        **shown_words(),
    )
