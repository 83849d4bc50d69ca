"""Too much was asked for: the page that says so, asking the supervisor, and the supervisor's decision."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.reading import LONGEST_REASON, SHORTEST_REASON, Allowance
from caseflow.services.reading import ReasonRefused, TooMuchRead
from caseflow.services.reading_approvals import NoSuchApproval
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.errors import SHOWS_NOTHING
from caseflow.web.phrases import _
from caseflow.web.reading_words import what_words
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("reading_requests", __name__)
_MOST_CASES: Final = 2**31 - 1


def too_much(refusal: TooMuchRead, endpoint: str) -> tuple[str, int]:
    """Return the page that says what there was too much of, with the form that asks the supervisor."""
    setattr(g, SHOWS_NOTHING, True)
    asked = {"allowance": refusal.allowance.value, "what": endpoint, "cases": str(refusal.cases)}
    return _form(asked, refusal.most, "", Faults(), idempotency_key()), 429


@blueprint.get("/reading/requests")
@needs(Permission.READ_CASES)
def show() -> ResponseReturnValue:
    """Show what was asked for: of the office for supervisor and auditor, else one's own of today."""
    before = request.args.get("before", type=row_id)
    found, next_key = application().reading_room.approvals.newest(actor(), before)
    return render_template(
        "reading_requests.html", requests=found, next_key=next_key, before=before, what_words=what_words
    )


@blueprint.post("/reading/requests")
@needs(Permission.READ_CASES)
def ask() -> ResponseReturnValue:
    """Ask the supervisors, or show again what was typed."""
    asked = {name: request.form.get(name, "") for name in ("allowance", "what", "cases")}
    if asked["allowance"] not in {one.value for one in Allowance} or not 0 < len(asked["what"]) <= 100:  # noqa: PLR2004 - as the table holds it
        abort(400)
    cases = request.form.get("cases", type=row_id)
    if cases is None or not 0 <= cases <= _MOST_CASES:
        abort(400)
    key, reason = idempotency_key(), request.form.get("reason", "")
    allowance = Allowance(asked["allowance"])
    try:
        application().reading_room.approvals.ask(actor(), allowance, asked["what"], cases, reason, key)
    except ReasonRefused as refusal:
        faults = Faults()
        for name, words in refusal.faults:
            faults.add(words, name)
        return _form(asked, None, reason, faults, key), 422
    flash(_("The supervisors are asked. You find the answer in your inbox."))
    return redirect(url_for("reading_requests.show"))


@blueprint.post("/reading/requests/<int:approval_id>")
@needs(Permission.APPROVE_READING, confirmed=True)
def decide(approval_id: int) -> ResponseReturnValue:
    """Approve or refuse what somebody else asked for."""
    act = request.form.get("act", "")
    if act not in {"approve", "refuse"}:
        abort(400)
    try:
        decided = application().reading_room.approvals.decide(actor(), approval_id, approved=act == "approve")
    except NoSuchApproval:
        abort(404)
    flash(_("Recorded, and whoever asked is told.") if decided else _("That was decided already."))
    return redirect(url_for("reading_requests.show"))


def _form(asked: dict[str, str], most: int | None, reason: str, faults: Faults, key: str) -> str:
    return render_template(
        "too_much_read.html",
        asked=asked,
        what=what_words(asked["what"]),
        most=most,
        reason=reason,
        faults=faults,
        key=key,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )
