"""Passkeys: signing in with one, and one's own."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, abort, after_this_request, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from caseflow.domain.access import Actor, Permission
from caseflow.services.passkeys import ANSWER_FIELD, PASSKEY, PasskeyNotTaken
from caseflow.services.ports.passkeys import Passkey
from caseflow.services.ports.sessions import Stage
from caseflow.services.staff_access import SignInRefused
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application, is_training
from caseflow.web.factor_pages import begun, keep_begun
from caseflow.web.kept_forms import read_kept
from caseflow.web.phrases import _
from caseflow.web.security import allow_own_scripts, needs, public
from caseflow.web.sign_in import half_way_token, let_in, local_address, refusal_words, visit

blueprint = Blueprint("passkeys", __name__)
# Two questions may be open in one browser: for a passkey to sign in with, and for one to make.
_NEW: Final = "new_passkey"


@blueprint.app_context_processor
def _shared() -> dict[str, Any]:
    return {"passkeys_offered": passkeys_offered, "passkey_question": passkey_question, "new_passkey": new_passkey}


def passkeys_offered() -> bool:
    """Tell whether pages offer passkeys."""
    return application().passkeys.are_offered


def passkey_question() -> str:
    """Return what the browser is asked with, and keep in its signed session what its answer is held against."""
    kept = application().passkeys.begin()
    keep_begun(PASSKEY, kept)
    after_this_request(_with_script)
    return application().passkeys.options(kept)


def new_passkey(who: Actor) -> str:
    """Return what the browser is asked with to make a passkey for ``who``."""
    asked, kept = application().passkeys.ask_new(who)
    keep_begun(_NEW, kept)
    after_this_request(_with_script)
    return asked


@blueprint.post("/sign-in/passkey")
@public
def enter() -> ResponseReturnValue:
    """Sign in with a passkey alone; on refusal show the form again."""
    leads_to, signed = local_address(request.form.get("next", "")), request.form.get("kept", "")
    kept = read_kept(signed)
    try:
        done = application().passkeys.sign_in(request.form.get(ANSWER_FIELD, ""), begun(PASSKEY), visit())
    except SignInRefused as refusal:
        refused = refusal_words(
            refusal, _("The passkey was not taken: it is not known here, or the page was open too long. Try again.")
        )
        still = signed if kept is not None else ""
        return render_template("sign_in.html", login="", refused=refused, leads_to=leads_to, kept_form=still), 422
    return let_in(done, leads_to, kept)


@blueprint.post("/sign-in/enrol/passkey")
@public
def enrol() -> ResponseReturnValue:
    """Take a passkey as the second factor of somebody who has none yet, which completes the sign-in."""
    token = half_way_token()
    half = application().staff.half_way(token, Stage.ENROLMENT)
    if half is None:
        return redirect(url_for("sign_in.form"))
    leads_to, who = local_address(request.form.get("next", "")), half.member.actor
    try:
        _take(who)
    except PasskeyNotTaken as refusal:
        flash(_("The passkey was not taken: %(why)s", why=refusal.words.in_locale(who.locale)))
        return redirect(url_for("sign_in.enrolment", next=leads_to or None))
    codes = application().own_sign_in.recovery.make(who)
    let_in(application().staff.go_on_after_enrolment(token, PASSKEY, visit()), leads_to, None)
    return render_template("recovery_codes.html", codes=codes, leads_to=leads_to or url_for("desk.home"))


@blueprint.get("/my-sign-in/passkeys")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show one's passkeys and the form that makes one."""
    return _shown("", Faults())


@blueprint.post("/my-sign-in/passkeys")
@needs(Permission.SEE_DESK, confirmed=True)
def register() -> ResponseReturnValue:
    """Keep a passkey that the browser made."""
    faults = Faults()
    try:
        _take(actor())
    except PasskeyNotTaken as refusal:
        faults.add(refusal.words, refusal.field)
        return _shown(request.form.get("name", ""), faults), 422
    flash(_("The passkey is registered. You can sign in with it from now on."))
    return redirect(url_for("passkeys.show"))


@blueprint.get("/my-sign-in/passkeys/<int:passkey_id>/remove")
@needs(Permission.SEE_DESK)
def ask(passkey_id: int) -> ResponseReturnValue:
    """Say what removing a passkey does, and ask once more."""
    return render_template("remove_passkey.html", one=_known(passkey_id), may_remove=_may_do_without(passkey_id))


@blueprint.post("/my-sign-in/passkeys/<int:passkey_id>/remove")
@needs(Permission.SEE_DESK, confirmed=True)
def remove(passkey_id: int) -> ResponseReturnValue:
    """Take a passkey out of use; one's other sessions end."""
    if not _may_do_without(_known(passkey_id).id):
        abort(403)
    application().passkeys.remove(actor(), passkey_id, current_user.session.id)
    flash(_("The passkey is removed. Wherever else you were signed in, you are signed out."))
    return redirect(url_for("passkeys.show"))


def _take(who: Actor) -> None:
    given = request.form.get("name", ""), request.form.get(ANSWER_FIELD, "")
    application().passkeys.register(who, *given, begun(_NEW))


def _known(passkey_id: int) -> Passkey:
    found = next((one for one in application().passkeys.mine(actor()) if one.id == passkey_id), None)
    if found is None:
        abort(404)
    return found


def _may_do_without(passkey_id: int) -> bool:
    """Tell whether another second factor stays, where this database asks for one."""
    others = any(one.suffices for one in application().staff.factors_of(actor().id) if one.name != PASSKEY)
    more = any(one.id != passkey_id for one in application().passkeys.mine(actor()))
    return is_training() or others or more


def _shown(name: str, faults: Faults) -> str:
    return render_template("passkeys.html", passkeys=application().passkeys.mine(actor()), name=name, faults=faults)


def _with_script(response: Response) -> Response:
    return allow_own_scripts(response)
