"""The second person: what waits to be confirmed, what was granted, and the open work of those who have left."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import NotPermitted, Permission
from caseflow.domain.grants import GrantRefused
from caseflow.services.duties import DutiesRefused
from caseflow.services.grants import NoSuchGrant
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.staff import note

blueprint = Blueprint("grants", __name__)


@blueprint.get("/grants")
@needs(Permission.CONFIRM_GRANTS)
def show() -> ResponseReturnValue:
    """Show what waits for a second person, and every grant of the office, newest first."""
    return _page(Faults())


@blueprint.post("/grants/<int:grant_id>/confirm")
@needs(Permission.CONFIRM_GRANTS, confirmed=True)
def confirm(grant_id: int) -> ResponseReturnValue:
    """Confirm a grant; a code that comes of it is shown this once."""
    faults = Faults()
    try:
        confirmed = application().grants.confirm(actor(), grant_id)
    except NoSuchGrant:
        abort(404)
    except NotPermitted:
        abort(403)
    except DutiesRefused as refusal:
        faults.add(refusal.words)
        return _page(faults), 403
    except GrantRefused as refusal:
        note(faults, refusal)
        return _page(faults), 422
    if confirmed.code is not None:
        return render_template("grant_code.html", grant=confirmed.grant, code=confirmed.code)
    flash(_("It is confirmed, and holds from now on."))
    return redirect(url_for("grants.show"))


@blueprint.post("/grants/<int:grant_id>/refuse")
@needs(Permission.CONFIRM_GRANTS, confirmed=True)
def refuse(grant_id: int) -> ResponseReturnValue:
    """Refuse a grant, or take back one's own proposal."""
    faults = Faults()
    try:
        application().grants.refuse(actor(), grant_id)
    except NoSuchGrant:
        abort(404)
    except GrantRefused as refusal:
        note(faults, refusal)
        return _page(faults), 422
    flash(_("It is refused."))
    return redirect(url_for("grants.show"))


@blueprint.get("/left-work")
@needs(Permission.RECUSE)
def left_work() -> ResponseReturnValue:
    """Show the open cases whose officer has left."""
    after = request.args.get("after", default=0, type=row_id)
    found, next_key = application().grants.left_work(actor(), after)
    definitions = application().rulebook.definitions
    return render_template("left_work.html", found=found, next_key=next_key, definitions=definitions)


def _page(faults: Faults) -> str:
    before = request.args.get("before", type=row_id)
    grants = application().grants
    found, next_key = grants.history(actor(), before)
    return render_template(
        "grants.html", waiting=grants.waiting(actor()), found=found, next_key=next_key, before=before, faults=faults
    )
