"""Giving the person of a case access to it: a code on a slip, at the counter or with a paper that is served."""

from __future__ import annotations

import io
from uuid import uuid4

from flask import Blueprint, abort, current_app, render_template, request, send_file
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.person_access import CodeAlreadyShown, GiveAccess, PaperNotForThePerson
from caseflow.web.answer_fields import idempotency_key
from caseflow.web.context import ADDRESS, actor, application
from caseflow.web.security import needs

blueprint = Blueprint("access_codes", __name__)


@blueprint.get("/cases/<int:case_id>/access")
@needs(Permission.GIVE_ACCESS)
def show(case_id: int) -> ResponseReturnValue:
    """Show which codes were handed out, and offer another one."""
    return _shown(case_id, shown_before=False)


@blueprint.post("/cases/<int:case_id>/access")
@needs(Permission.GIVE_ACCESS, confirmed=True)
def give(case_id: int) -> ResponseReturnValue:
    """Make a code and hand out its slip, which nobody gets a second time."""
    chosen = request.form.get("paper_id", "")
    if chosen and not (chosen.isdecimal() and len(chosen) <= 18):  # noqa: PLR2004 - what a 64-bit number holds
        abort(404)
    asked = GiveAccess(case_id, int(chosen) if chosen else None, idempotency_key())
    access = application().person_access
    try:
        handed = access.give(actor(), asked)
    except PaperNotForThePerson:
        abort(404)
    except CodeAlreadyShown:
        return _shown(case_id, shown_before=True), 409
    pdf = access.slip(handed, my_case_address())
    name = f"{handed.header.number}.pdf"
    return send_file(io.BytesIO(pdf), mimetype="application/pdf", as_attachment=True, download_name=name)


def my_case_address() -> str:
    """Return the address of the sign-in of My case as people type it; empty where the office did not say its own."""
    address = current_app.config[ADDRESS]
    return f"{address}/my-case" if address else ""


def _shown(case_id: int, *, shown_before: bool) -> str:
    given = application().person_access.given(actor(), case_id)
    # A code is made at each press of a button: a form that was sent must not be sent again by the same key.
    keys = [str(uuid4()) for _one in range(len(given.papers) + 1)]
    return render_template(
        "access_codes.html",
        given=given,
        keys=keys,
        now=application().time.real_now(),
        shown_before=shown_before,
        address=my_case_address(),
    )
