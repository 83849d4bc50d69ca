"""The language switch."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, session
from flask.typing import ResponseReturnValue
from flask_login import current_user

from caseflow.web.context import LOCALES, actor, application
from caseflow.web.security import public
from caseflow.web.sign_in import local_address

blueprint = Blueprint("language", __name__)


@blueprint.post("/language")
@public
def choose() -> ResponseReturnValue:
    """Keep the language, on the staff when somebody is signed in, and go back to the page."""
    chosen = request.form.get("locale", "")
    if chosen not in LOCALES:
        abort(400)
    if current_user.is_authenticated:
        application().staff.choose_locale(actor(), chosen)
    else:
        session["locale"] = chosen
    return redirect(local_address(request.form.get("back", "")) or "/")
