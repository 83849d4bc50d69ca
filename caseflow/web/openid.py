"""Signing in through the office's OpenID provider, beside the local accounts."""

from __future__ import annotations

from typing import Any, Final

import structlog
from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.openid_sign_in import NobodyHere, PasswordWanted
from caseflow.services.ports.openid import OpenIdRefused, OpenIdUnreachable
from caseflow.services.staff_access import SignInRefused
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs, public
from caseflow.web.sign_in import go_on, local_address, refusal_words, visit

blueprint = Blueprint("openid", __name__)
log = structlog.get_logger()
# What the browser keeps, signed, while it is at the provider; and who waits to confirm with a password.
_AWAY: Final = "openid_away"
_WAITS: Final = "openid_waits"
_NEXT: Final = "openid_next"


@blueprint.app_context_processor
def _shared() -> dict[str, Any]:
    return {"openid_offered": lambda: application().openid.is_offered}


@blueprint.get("/sign-in/openid")
@public
def start() -> ResponseReturnValue:
    """Send the browser to the provider."""
    if not application().openid.is_offered:
        abort(404)
    try:
        address, kept = application().openid.start()
    except OpenIdUnreachable:
        log.exception("openid_unreachable")
        return _refused(_("The sign-in service of the office does not answer now. Sign in with your login here."), 503)
    session[_AWAY], session[_NEXT] = dict(kept), local_address(request.args.get("next", ""))
    return redirect(address)


@blueprint.get("/sign-in/openid/back")
@public
def back() -> ResponseReturnValue:
    """Take what the provider sent the browser back with; what was kept for it is used up."""
    if not application().openid.is_offered:
        abort(404)
    kept, leads_to = session.pop(_AWAY, {}), local_address(session.pop(_NEXT, ""))
    try:
        step = application().openid.come_back(request.args, kept, visit())
    except OpenIdUnreachable:
        log.exception("openid_unreachable")
        return _refused(_("The sign-in service of the office does not answer now. Sign in with your login here."), 503)
    except OpenIdRefused as refusal:
        log.warning("openid_refused", why=str(refusal))
        return _refused(_("What came back from the sign-in service of the office proves nothing. Try once more."))
    except NobodyHere:
        return _refused(
            _("Nobody here is known under your account of the office. Ask the administrator, or use your login.")
        )
    if isinstance(step, PasswordWanted):
        session[_WAITS], session[_NEXT] = dict(step.kept), leads_to
        return redirect(url_for("openid.form"))
    return go_on(step, leads_to, None)


@blueprint.get("/sign-in/openid/confirm")
@public
def form() -> ResponseReturnValue:
    """Ask once for the password of whom the provider names."""
    login = session.get(_WAITS, {}).get("login", "")
    if not login:
        return redirect(url_for("sign_in.form"))
    return render_template("openid_confirm.html", login=login, refused="")


@blueprint.post("/sign-in/openid/confirm")
@public
def confirm() -> ResponseReturnValue:
    """Bind the account of the office to the one here, and go on with the sign-in."""
    waits = session.get(_WAITS, {})
    try:
        step = application().openid.confirm(request.form.get("password", ""), waits, visit())
    except SignInRefused as refusal:
        refused = refusal_words(
            refusal, _("This is not your password, or your account of the office is known already.")
        )
        return render_template("openid_confirm.html", login=waits.get("login", ""), refused=refused), 422
    except OpenIdRefused:
        session.pop(_WAITS, None)
        return _refused(_("It took too long. Begin again."))
    leads_to = local_address(session.pop(_NEXT, ""))
    session.pop(_WAITS, None)
    return go_on(step, leads_to, None)


@blueprint.post("/my-sign-in/openid/<int:identity_id>/unbind")
@needs(Permission.SEE_DESK, confirmed=True)
def unbind(identity_id: int) -> ResponseReturnValue:
    """Let the provider say nothing more of the reader."""
    if not application().openid.unbind(actor(), identity_id):
        abort(404)
    flash(_("Your account of the office signs you in no more. The next time you use it you confirm it anew."))
    return redirect(url_for("my_sign_in.show"))


def _refused(why: str, code: int = 422) -> ResponseReturnValue:
    g.pop("csrf_token", None)
    return render_template("sign_in.html", login="", refused=why, leads_to="", kept_form=""), code
