"""Signing in, step by step, and out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from caseflow.domain.access import Permission
from caseflow.services.ports.sessions import MemberAtWork, Stage
from caseflow.services.staff_access import (
    SecondFactorWanted,
    SignedInNow,
    SignInRefused,
    SignInStep,
    Visit,
)
from caseflow.services.totp import NAME as TOTP
from caseflow.services.totp import CodeRefused, NothingOffered
from caseflow.web.browsers import browser_family
from caseflow.web.context import LOCALES, application
from caseflow.web.factor_pages import begun, offer_shown
from caseflow.web.kept_forms import KeptForm, read_kept
from caseflow.web.person_access import end_visit
from caseflow.web.phrases import _, ngettext
from caseflow.web.security import SignedIn, needs, note_seen, public

blueprint = Blueprint("sign_in", __name__)
# The token of a sign-in that waits for a second factor or an enrolment. It opens no page but those of this module.
HALF_WAY: Final = "half"


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
    """Take login and password; on refusal show the form again with the name kept.

    A form that was sent after the session had ended is offered again, filled; only a fresh press of its own button
    records it.
    """
    login = request.form.get("login", "")
    leads_to = local_address(request.form.get("next", ""))
    kept = read_kept(request.form.get("kept", ""))
    try:
        step = application().staff.sign_in(login, request.form.get("password", ""), visit())
    except SignInRefused as refusal:
        refused = refusal_words(refusal, _("The name and the password do not fit together."))
        shown = render_template("sign_in.html", login=login, refused=refused, leads_to=leads_to, kept_form=_still(kept))
        return shown, 422
    return go_on(step, leads_to, kept)


def go_on(step: SignInStep, leads_to: str, kept: KeptForm | None) -> ResponseReturnValue:
    """Let in who has proven enough; lead everybody else to what is still wanted of them."""
    if isinstance(step, SignedInNow):
        return let_in(step, leads_to, kept)
    # What the browser held before is of somebody unknown, and the token of the form with it.
    _forget_but_locale()
    g.pop("csrf_token", None)
    session[HALF_WAY] = step.token
    if isinstance(step, SecondFactorWanted):
        if kept is None:
            return redirect(url_for("sign_in.second", next=leads_to or None))
        return _second_page(step.token, leads_to, _still(kept))
    return redirect(url_for("sign_in.enrolment", next=leads_to or None))


@blueprint.get("/sign-in/second")
@public
def second() -> ResponseReturnValue:
    """Ask for the second factor of a sign-in whose password was right."""
    return _second_page(half_way_token(), local_address(request.args.get("next", "")), "")


@blueprint.post("/sign-in/second")
@public
def prove() -> ResponseReturnValue:
    """Take the second factor; on refusal ask again."""
    token, method = half_way_token(), request.form.get("method", "")
    leads_to, kept = local_address(request.form.get("next", "")), read_kept(request.form.get("kept", ""))
    try:
        done = application().staff.second_factor(token, method, request.form, begun(method), visit())
    except SignInRefused as refusal:
        refused = refusal_words(refusal, _("This code is not right, or it was used before. Write a new one."))
        return _second_page(token, leads_to, _still(kept), refused, method)
    return let_in(done, leads_to, kept)


@blueprint.get("/sign-in/enrol")
@public
def enrolment() -> ResponseReturnValue:
    """Lead somebody without a second factor through setting one up; nothing else is open to them."""
    half = application().staff.half_way(half_way_token(), Stage.ENROLMENT)
    if half is None:
        return _begin_anew()
    return _enrolment_page(half, local_address(request.args.get("next", "")))


@blueprint.post("/sign-in/enrol")
@public
def enrol() -> ResponseReturnValue:
    """Offer a secret, or put it in use by a first code, which completes the sign-in."""
    token = half_way_token()
    half = application().staff.half_way(token, Stage.ENROLMENT)
    if half is None:
        return _begin_anew()
    leads_to = local_address(request.form.get("next", ""))
    who, own = half.member.actor, application().own_sign_in
    if request.form.get("act") != "prove":
        own.totp.offer(who)
        return redirect(url_for("sign_in.enrolment", next=leads_to or None))
    try:
        # The half-way sign-in goes on; other ones of theirs end.
        own.totp.enrol(who, request.form.get("code", ""), half.session.id)
    except NothingOffered:
        return redirect(url_for("sign_in.enrolment", next=leads_to or None))
    except CodeRefused as refusal:
        return _enrolment_page(half, leads_to, refusal), 422
    codes = own.recovery.make(who)
    done = application().staff.go_on_after_enrolment(token, TOTP, visit())
    let_in(done, leads_to, None)
    g.pop("csrf_token", None)
    return render_template("recovery_codes.html", codes=codes, leads_to=leads_to or url_for("desk.home"))


@blueprint.post("/sign-out")
@needs(Permission.SEE_DESK)
def leave() -> ResponseReturnValue:
    """End the session here and at the server: a copy of the cookie is worth nothing any more."""
    application().staff.sign_out(current_user.actor, current_user.session.id)
    logout_user()
    session.clear()
    return redirect(url_for("sign_in.form"))


def let_in(done: SignedInNow, leads_to: str, kept: KeptForm | None) -> ResponseReturnValue:
    """Put a new session into the cookie and lead on to where the person wanted to go, or to the form they had sent."""
    actor, chosen = done.actor, session.get("locale")
    # A session that existed before signing in must not become the signed-in one; that of a person of a case ends.
    end_visit()
    session.clear()
    session.permanent = True
    note_seen()
    if chosen in LOCALES and chosen != actor.locale:
        application().staff.choose_locale(actor, chosen)
        actor = replace(actor, locale=chosen)
    login_user(SignedIn(actor, done.session, done.token))
    if kept is not None:
        # The token of the old session would not fit the form that follows.
        g.pop("csrf_token", None)
        return render_template("kept_form.html", kept_form=kept)
    return redirect(leads_to or url_for("desk.home"))


def visit() -> Visit:
    """Return where this request comes from."""
    return Visit(request.remote_addr or "", browser_family(request.user_agent.string))


def refusal_words(refusal: SignInRefused, otherwise: str) -> str:
    """Return what to say of a refused attempt: how long to wait, where too many were wrong."""
    if refusal.until is None:
        return otherwise
    seconds = (refusal.until - application().time.real_now()).total_seconds()
    minutes = max(1, round(seconds / 60 + 0.49))
    return ngettext(
        "Too many attempts were wrong. Wait one minute and try again.",
        "Too many attempts were wrong. Wait %(num)d minutes and try again.",
        minutes,
    )


def half_way_token() -> str:
    """Return the token of the sign-in of this browser that waits for something; empty where none does."""
    kept = session.get(HALF_WAY)
    return kept if isinstance(kept, str) else ""


def _second_page(token: str, leads_to: str, kept: str, refused: str = "", method: str = "") -> ResponseReturnValue:
    half = application().staff.half_way(token, Stage.SECOND_FACTOR)
    if half is None:
        return _begin_anew()
    factors = application().staff.factors_of(half.member.actor.id)
    page = render_template(
        "second_factor.html",
        factors=factors,
        refused=refused,
        refused_method=method,
        leads_to=leads_to,
        kept_form=kept,
    )
    return page, 422 if refused else 200


def _enrolment_page(half: MemberAtWork, leads_to: str, refusal: CodeRefused | None = None) -> str:
    shown: dict[str, Any] = offer_shown(half.member.actor, refusal)
    return render_template("sign_in_enrol.html", who=half.member.actor, leads_to=leads_to, kept_form="", **shown)


def _begin_anew() -> ResponseReturnValue:
    """Lead back to the password: the half-way sign-in is over."""
    session.pop(HALF_WAY, None)
    return redirect(url_for("sign_in.form"))


def _forget_but_locale() -> None:
    end_visit()
    chosen = session.get("locale")
    session.clear()
    if chosen in LOCALES:
        session["locale"] = chosen


def _still(kept: KeptForm | None) -> str:
    return request.form.get("kept", "") if kept is not None else ""


def local_address(address: str) -> str:
    """Return ``address`` if it leads to a page of this site, else nothing."""
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable():
        # A line break in it would end the header that carries it; browsers leave other such signs out.
        return ""
    return address if not urlsplit(address).netloc else ""
