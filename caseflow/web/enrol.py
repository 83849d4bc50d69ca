"""Where somebody who was let in sets their own password, with the code they were given."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.grants import GrantRefused
from caseflow.services.enrolment import Enrol
from caseflow.services.rate_limits import TooManyAttempts
from caseflow.services.staff_access import SignInRefused
from caseflow.web.answer_fields import Faults
from caseflow.web.context import application
from caseflow.web.phrases import _
from caseflow.web.security import public
from caseflow.web.sign_in import refusal_words
from caseflow.web.staff import note

blueprint = Blueprint("enrol", __name__)
_INPUTS = ("login", "code", "password", "again")


@blueprint.get("/enrol")
@public
def form() -> ResponseReturnValue:
    """Show the form."""
    return render_template("enrol.html", login="", faults=Faults(), refused="")


@blueprint.post("/enrol")
@public
def enrol() -> ResponseReturnValue:
    """Set the password; what is secret is typed anew after an error."""
    typed = {name: request.form.get(name, "") for name in _INPUTS}
    faults = Faults()
    try:
        application().enrolment.enrol(Enrol(**typed), request.remote_addr or "")
    except TooManyAttempts as refusal:
        words = refusal_words(SignInRefused(refusal.until), "")
        return render_template("enrol.html", login=typed["login"].strip(), faults=faults, refused=words), 429
    except GrantRefused as refusal:
        note(faults, refusal)
        faults.put_in_order(_INPUTS)
        return render_template("enrol.html", login=typed["login"].strip(), faults=faults, refused=""), 422
    flash(_("Your password is set. Sign in with it."))
    return redirect(url_for("sign_in.form"))
