"""Recusals: who takes no part in a case, and why; a supervisor records it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.grants import GrantRefused
from caseflow.services.recusals import GROUNDS, Recuse
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.staff import note

blueprint = Blueprint("recusals", __name__)
_INPUTS = ("staff", "ground", "reason")
_LARGEST_ID = 2**31 - 1


@blueprint.get("/cases/<int:case_id>/recusals")
@needs(Permission.READ_CASES)
def show(case_id: int) -> ResponseReturnValue:
    """Show who takes no part in a case, and to a supervisor the form that records it."""
    return _page(case_id, dict.fromkeys(_INPUTS, ""), Faults())


@blueprint.post("/cases/<int:case_id>/recusals")
@needs(Permission.RECUSE, confirmed=True)
def recuse(case_id: int) -> ResponseReturnValue:
    """Record who takes no part in the case from now on."""
    typed, faults = {name: request.form.get(name, "").strip() for name in _INPUTS}, Faults()
    known = typed["staff"].isascii() and typed["staff"].isdecimal() and int(typed["staff"]) <= _LARGEST_ID
    asked = Recuse(case_id, int(typed["staff"]) if known else None, typed["ground"], typed["reason"])
    try:
        application().recusals.recuse(actor(), asked)
    except GrantRefused as refusal:
        note(faults, refusal)
        faults.put_in_order(_INPUTS)
        return _page(case_id, typed, faults), 422
    flash(_("It is recorded: that person takes no part in the case from now on."))
    return redirect(url_for("recusals.show", case_id=case_id))


def _page(case_id: int, typed: dict[str, str], faults: Faults) -> str:
    page = application().recusals.show(actor(), case_id)
    return render_template("recusals.html", page=page, typed=typed, grounds=GROUNDS, faults=faults)
