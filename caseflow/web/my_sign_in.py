"""How I sign in: my password, my second factor, my recovery codes, and where I am signed in."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from caseflow.domain.access import Permission
from caseflow.services.password_change import AGAIN, NEW, OLD, PasswordRefused
from caseflow.services.staff_access import PASSWORD, SignInRefused
from caseflow.services.totp import NAME as TOTP
from caseflow.services.totp import CodeRefused, LastFactorStays, NothingOffered
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application, is_training
from caseflow.web.factor_pages import begun, offer_shown
from caseflow.web.kept_forms import read_kept
from caseflow.web.phrases import _, ngettext
from caseflow.web.security import confirmation_page, needs
from caseflow.web.sign_in import refusal_words

blueprint = Blueprint("my_sign_in", __name__)
# What PostgreSQL's bigint holds.
_LARGEST_ID = 2**63 - 1


@blueprint.app_template_filter("sign_in_method")
def method_words(name: str) -> str:
    """Return what a way of proving who one is is called; a name of a later release as it stands."""
    if name == PASSWORD:
        return _("password")
    known = next((one for one in application().staff.methods if one.name == name), None)
    return display.words(known.words) if known is not None else name


@blueprint.get("/my-sign-in")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show the ways the reader signs in, and where they are signed in."""
    own = application().own_sign_in
    factors = {one.name: one for one in application().staff.factors_of(actor().id)}
    return render_template(
        "my_sign_in.html",
        has_app=TOTP in factors,
        may_remove_app=is_training() or any(one.suffices for one in factors.values() if one.name != TOTP),
        codes_left=own.recovery.left(actor()),
        sessions=own.sessions.listed(actor(), current_app.permanent_session_lifetime),
        here=current_user.session.id,
    )


@blueprint.get("/my-sign-in/password")
@needs(Permission.SEE_DESK)
def password_form() -> ResponseReturnValue:
    """Show the form that changes the reader's password."""
    return render_template("change_password.html", faults=Faults())


@blueprint.post("/my-sign-in/password")
@needs(Permission.SEE_DESK)
def change_password() -> ResponseReturnValue:
    """Change the reader's password; their other sessions end."""
    old, new, again = (request.form.get(name, "") for name in (OLD, NEW, AGAIN))
    try:
        application().own_sign_in.passwords.change(actor(), current_user.session.id, old, new, again)
    except PasswordRefused as refusal:
        faults = Faults()
        for name, words in refusal.faults:
            faults.add(words, name)
        return render_template("change_password.html", faults=faults), 422
    flash(_("Your password is changed. Wherever else you were signed in, you are signed out."))
    return redirect(url_for("my_sign_in.show"))


@blueprint.get("/my-sign-in/app")
@needs(Permission.SEE_DESK)
def app_form() -> ResponseReturnValue:
    """Show the secret that is offered to an app, and ask for its first code."""
    return render_template("enrol_app.html", **offer_shown(actor()))


@blueprint.post("/my-sign-in/app")
@needs(Permission.SEE_DESK, confirmed=True)
def offer_app() -> ResponseReturnValue:
    """Make a secret for the reader to take over into an app."""
    application().own_sign_in.totp.offer(actor())
    return redirect(url_for("my_sign_in.app_form"))


@blueprint.post("/my-sign-in/app/code")
@needs(Permission.SEE_DESK, confirmed=True)
def enrol_app() -> ResponseReturnValue:
    """Put the offered secret in use by a first code; where there are no recovery codes, make them and show them."""
    own = application().own_sign_in
    try:
        own.totp.enrol(actor(), request.form.get("code", ""), current_user.session.id)
    except NothingOffered:
        return redirect(url_for("my_sign_in.app_form"))
    except CodeRefused as refusal:
        return render_template("enrol_app.html", **offer_shown(actor(), refusal)), 422
    flash(_("The app is set up. From now on you are asked for its code when you sign in."))
    if own.recovery.left(actor()):
        return redirect(url_for("my_sign_in.show"))
    return _codes_shown()


@blueprint.post("/my-sign-in/app/remove")
@needs(Permission.SEE_DESK, confirmed=True)
def remove_app() -> ResponseReturnValue:
    """Forget the reader's app, where they may do without."""
    others = any(one.suffices for one in application().staff.factors_of(actor().id) if one.name != TOTP)
    try:
        application().own_sign_in.totp.remove(actor(), current_user.session.id, others_suffice=others)
    except LastFactorStays:
        abort(403)
    flash(_("The app is removed. You are not asked for its code any more."))
    return redirect(url_for("my_sign_in.show"))


@blueprint.post("/my-sign-in/recovery-codes")
@needs(Permission.SEE_DESK, confirmed=True)
def make_codes() -> ResponseReturnValue:
    """Make ten recovery codes and show them once."""
    return _codes_shown()


@blueprint.post("/my-sign-in/sessions/<int:session_id>/end")
@needs(Permission.SEE_DESK)
def end_session(session_id: int) -> ResponseReturnValue:
    """End one of the reader's own sessions."""
    if session_id > _LARGEST_ID:
        abort(404)
    if application().own_sign_in.sessions.end(actor(), session_id):
        flash(_("That session is ended."))
    else:
        flash(_("That session had ended already."))
    return redirect(url_for("my_sign_in.show"))


@blueprint.post("/my-sign-in/sessions/end-others")
@needs(Permission.SEE_DESK)
def end_others() -> ResponseReturnValue:
    """End all of the reader's sessions but this one."""
    ended = application().own_sign_in.sessions.end_others(actor(), current_user.session.id)
    flash(ngettext("%(num)d other session is ended.", "%(num)d other sessions are ended.", ended))
    return redirect(url_for("my_sign_in.show"))


@blueprint.post("/confirm")
@needs(Permission.SEE_DESK)
def confirm() -> ResponseReturnValue:
    """Take the proof of who is signed in, then offer what they had sent; on refusal ask again."""
    kept, method = read_kept(request.form.get("kept", "")), request.form.get("method", "")
    try:
        application().staff.confirm(actor(), current_user.session.id, method, request.form, begun(method))
    except SignInRefused as refusal:
        wrong = _("This is not your password.") if method == PASSWORD else _("This code is not right, or it was used.")
        signed = request.form.get("kept", "") if kept is not None else ""
        return confirmation_page(signed, refusal_words(refusal, wrong)), 422
    if kept is not None:
        return render_template("kept_form.html", kept_form=kept, confirmed=True)
    flash(_("You have shown that it is you. What you sent was not kept: send it again."))
    return redirect(url_for("desk.home"))


def _codes_shown() -> str:
    codes = application().own_sign_in.recovery.make(actor())
    return render_template("recovery_codes.html", codes=codes, leads_to=url_for("my_sign_in.show"))
