"""The sign-in of My case: the number of the case and the code of a slip, or the passphrase the person chose."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user

from caseflow.services.person_access import PersonSignInRefused
from caseflow.web.context import LOCALES, application
from caseflow.web.person_access import begin_visit, end_visit, for_the_person, person
from caseflow.web.phrases import _
from caseflow.web.security import public

blueprint = Blueprint("person_sign_in", __name__)


@blueprint.get("/my-case/sign-in")
@public
def form() -> ResponseReturnValue:
    """Show the form."""
    return render_template("person_sign_in.html", number="", refused="", gone=False)


@blueprint.post("/my-case/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Sign in; whatever did not fit, the answer is the same."""
    number = request.form.get("number", "")
    try:
        token = application().person_access.sign_in(1, number, request.form.get("code", ""))
    except PersonSignInRefused:
        refused = _("refused")
        return render_template("person_sign_in.html", number=number, refused=refused, gone=False), 422
    chosen = session.get("locale")
    logout_user()
    session.clear()
    if chosen in LOCALES:
        session["locale"] = chosen
    begin_visit(token)
    return redirect(url_for("my_case.show"))


@blueprint.post("/my-case/sign-out")
@for_the_person
def leave() -> ResponseReturnValue:
    """End the visit."""
    application().person_access.sign_out(person())
    end_visit()
    return redirect(url_for("person_sign_in.form"))
