"""The date of a training database: seen by everybody, moved forward on purpose."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.words import Words
from caseflow.services.installation import DateRefused, date_fault
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application, is_training
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("training", __name__)
_NOT_A_DAY = Words("Give a day such as 2026-03-08.", "请填写日期，例如2026-03-08。")


@blueprint.get("/training/date")
@needs(Permission.SEE_DESK)
def form() -> ResponseReturnValue:
    """Show the form; there is none in a production database."""
    _only_in_training()
    return render_template("training_date.html", typed="", faults=Faults())


@blueprint.post("/training/date")
@needs(Permission.SEE_DESK)
def move() -> ResponseReturnValue:
    """Ask once more, then move the date."""
    _only_in_training()
    typed = request.form.get("day", "").strip()
    faults = Faults()
    if request.form.get("act") == "back":
        return render_template("training_date.html", typed=typed, faults=faults)
    try:
        chosen = date.fromisoformat(typed)
    except ValueError:
        faults.add(_NOT_A_DAY, "day")
        return render_template("training_date.html", typed=typed, faults=faults), 422
    fault = date_fault(chosen)
    if fault is not None:
        faults.add(fault, "day")
        return render_template("training_date.html", typed=typed, faults=faults), 422
    if request.form.get("act") != "confirm":
        return render_template("confirm_training_date.html", chosen=chosen)
    try:
        application().move_training_date(chosen, actor())
    except DateRefused as refusal:
        faults.add(refusal.words, "day")
        return render_template("training_date.html", typed=typed, faults=faults), 422
    flash(_("The training date is now %(day)s.", day=display.day(chosen)))
    return redirect(url_for("desk.home"))


def _only_in_training() -> None:
    if not is_training():
        abort(404)
