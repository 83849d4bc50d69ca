"""Signing in and out."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from caseflow.domain.access import Permission
from caseflow.services.staff_access import SignInRefused
from caseflow.web.context import LOCALES, application
from caseflow.web.kept_forms import KeptForm, read_kept
from caseflow.web.phrases import _
from caseflow.web.security import SignedIn, needs, public

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@public
def form() -> ResponseReturnValue:
    """Show the form, or the desk to who is signed in."""
    if current_user.is_authenticated:
        return redirect(url_for("desk.home"))
    leads_to = local_address(request.args.get("next", ""))
    return render_template("sign_in.html", login="", refused="", leads_to=leads_to, kept_form="")


@blueprint.post("/sign-in")
@public
def enter() -> ResponseReturnValue:
    """Sign in; on refusal show the form again with the name kept.

    A form that was sent after the session had ended is offered again, filled; only a fresh press of its own button
    records it.
    """
    login = request.form.get("login", "")
    leads_to = local_address(request.form.get("next", ""))
    kept = read_kept(request.form.get("kept", ""))
    try:
        actor = application().staff.sign_in(login, request.form.get("password", ""))
    except SignInRefused:
        refused = _(
            "The name and the password do not fit together, or the account is locked. "
            "After five wrong passwords in a row an account stays locked for 15 minutes."
        )
        shown = render_template("sign_in.html", login=login, refused=refused, leads_to=leads_to, kept_form=_still(kept))
        return shown, 422
    chosen = session.get("locale")
    # A session that existed before signing in must not become the signed-in one.
    session.clear()
    session.permanent = True
    if chosen in LOCALES and chosen != actor.locale:
        application().staff.choose_locale(actor, chosen)
        actor = replace(actor, locale=chosen)
    login_user(SignedIn(actor))
    if kept is not None:
        # The token of the old session would not fit the form that follows.
        g.pop("csrf_token", None)
        return render_template("kept_form.html", kept_form=kept)
    return redirect(leads_to or url_for("desk.home"))


@blueprint.post("/sign-out")
@needs(Permission.SEE_DESK)
def leave() -> ResponseReturnValue:
    """End the session."""
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.form"))


def _still(kept: KeptForm | None) -> str:
    return request.form.get("kept", "") if kept is not None else ""


def local_address(address: str) -> str:
    """Return ``address`` if it leads to a page of this site, else nothing."""
    parts = urlsplit(address)
    harmless = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc
    return address if harmless and "\\" not in address else ""
