"""Paid levies that may have to go back: the list by ground, and one case's sheet, made to be printed. Reads only."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.refund_grounds import GROUND_WORDS, Ground
from caseflow.web.context import actor, application
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("refunds", __name__)


@blueprint.get("/wind-down/refunds")
@needs(Permission.READ_WIND_DOWN)
def show() -> ResponseReturnValue:
    """Show the findings of the office, the newest case first, or those of one ground."""
    named = request.args.get("ground", "")
    ground = Ground(named) if named in {one.value for one in Ground} else None
    before = request.args.get("before", type=row_id)
    finder = application().refunds
    return render_template(
        "refunds.html",
        page=finder.newest(actor(), ground, before_id=before),
        counts=finder.counts(actor()),
        ground=ground,
        before=before,
        grounds=GROUND_WORDS,
        definition=finder.definition,
    )


@blueprint.get("/wind-down/refunds/<int:case_id>")
@needs(Permission.READ_WIND_DOWN)
def one(case_id: int) -> ResponseReturnValue:
    """Show the calculation sheet of a case: every ground, its law, its sum, its claim period, what to do next."""
    finder = application().refunds
    found = finder.of_case(actor(), case_id)
    if found is None:
        abort(404)
    return render_template(
        "refund_sheet.html",
        one=found,
        found=found.found,
        grounds=GROUND_WORDS,
        definition=finder.definition,
        checked_words=CHECKED_WORDS,
    )
