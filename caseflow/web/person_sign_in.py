"""The sign-in of My case: the number of the case and the code of a slip, or the passphrase the person chose."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from caseflow.services.person_access import PersonSignInRefused
from caseflow.services.rate_limits import TooManyAttempts
from caseflow.web.context import LOCALES, application
from caseflow.web.person_access import begin_visit, end_visit, for_the_person, is_visiting
from caseflow.web.phrases import _, ngettext
from caseflow.web.security import public

blueprint = Blueprint("person_sign_in", __name__)
# Digits that a 32-bit number always holds.
_LONGEST_ID: Final = 9


@blueprint.get("/my-case/sign-in")
@public
def form() -> ResponseReturnValue:
    """Show the form, or their case to who is signed in."""
    return redirect(url_for("my_case.show")) if is_visiting() else sign_in_page()


@blueprint.post("/my-case/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Sign in; whatever did not fit, the answer is the same."""
    number, access = request.form.get("number", ""), application().person_access
    secret = request.form.get("code", "").strip() or request.form.get("passphrase", "")
    try:
        token = access.sign_in(_office(), number, secret, request.remote_addr or "")
    except TooManyAttempts as refusal:
        wait = max(1, round((refusal.until - application().time.real_now()).total_seconds() / 60))
        refused = ngettext(
            "There were too many attempts. Wait %(num)d minute and try again.",
            "There were too many attempts. Wait %(num)d minutes and try again.",
            wait,
        )
        return sign_in_page(number, refused), 429
    except PersonSignInRefused:
        refused = _(
            "Case number and code do not fit together, or the code was used or is too old. Look at the newest slip; "
            "if you have none, you get one at the counter of the office."
        )
        return sign_in_page(number, refused), 422
    chosen = session.get("locale")
    if current_user.is_authenticated:
        # One browser is one or the other: a member of staff, or the person of a case.
        application().staff.sign_out(current_user.actor, current_user.session.id)
        logout_user()
    end_visit()
    session.clear()
    g.pop("csrf_token", None)
    if chosen in LOCALES:
        session["locale"] = chosen
    begin_visit(token)
    return redirect(url_for("my_case.show"))


@blueprint.post("/my-case/sign-out")
@for_the_person
def leave() -> ResponseReturnValue:
    """End the visit, here and at the server."""
    end_visit()
    session.clear()
    return redirect(url_for("person_sign_in.form"))


def sign_in_page(number: str = "", refused: str = "", *, gone: bool = False) -> str:
    """Return the sign-in page. With several offices it asks for the one that the slip names."""
    offices = application().person_access.offices()
    return render_template(
        "person_sign_in.html",
        number=number[:100],
        refused=refused,
        gone=gone,
        offices=offices,
        office=request.form.get("office", ""),
    )


def _office() -> int:
    """Return the office that was chosen, or the only one there is; 0 for none, which no case belongs to."""
    chosen = request.form.get("office", "")
    if chosen.isascii() and chosen.isdecimal() and len(chosen) <= _LONGEST_ID:
        return int(chosen)
    offices = application().person_access.offices()
    return offices[0][0] if len(offices) == 1 else 0
