"""Why do you open this file? Asked of whoever has no task on it; the person concerned sees the answer."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.reading import LONGEST_REASON, REASON_WORDS, SHORTEST_REASON
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports.reading import CaseStanding
from caseflow.services.reading import ReasonRefused
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.kept_forms import keep_what_was_sent, read_kept
from caseflow.web.security import needs
from caseflow.web.sign_in import local_address

blueprint = Blueprint("reading_reason", __name__)
_INPUTS = ("kind", "reason")


def ask_why(case: CaseStanding) -> Response:
    """Return the page that asks for a reason, in place of what was asked for; what was sent is kept where it may be."""
    kept = keep_what_was_sent() if request.method == "POST" else ""
    return _page(case, _leads_to(case.case_id), kept, dict.fromkeys(_INPUTS, ""), Faults(), 403)


@blueprint.post("/cases/<int:case_id>/why")
@needs(Permission.READ_CASES)
def state(case_id: int) -> ResponseReturnValue:
    """Keep the reason until the end of the day, and lead on to where they were going."""
    typed = {name: request.form.get(name, "") for name in _INPUTS}
    leads_to = local_address(request.form.get("next", "")) or url_for("case_page.show", case_id=case_id)
    log = application().reading_room.log
    try:
        log.state(actor(), case_id, typed["kind"], typed["reason"])
    except ReasonRefused as refusal:
        faults = Faults()
        for name, words in refusal.faults:
            faults.add(words, name)
        opening = log.opening(actor(), case_id)
        if opening is None:
            raise CaseNotFound(case_id) from refusal
        return _page(opening.case, leads_to, request.form.get("kept", ""), typed, faults, 422)
    kept = read_kept(request.form.get("kept", ""))
    if kept is not None:
        g.pop("csrf_token", None)
        return render_template("kept_form.html", kept_form=kept)
    return redirect(leads_to)


def _leads_to(case_id: int) -> str:
    if request.method == "GET":
        return request.full_path.rstrip("?")
    # What was sent is not sent again by itself: back to the page it came from.
    came_from = urlsplit(request.referrer or "")
    back = local_address(came_from.path) if came_from.netloc == request.host else ""
    return back or url_for("case_page.show", case_id=case_id)


def _page(case: CaseStanding, leads_to: str, kept: str, typed: dict[str, str], faults: Faults, status: int) -> Response:
    faults.put_in_order(_INPUTS)
    drawn = render_template(
        "reading_reason.html",
        case=case,
        leads_to=leads_to,
        kept=kept,
        typed=typed,
        faults=faults,
        reasons=REASON_WORDS,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )
    return make_response(drawn, status)
