"""Substitutes: who stands in for whom. The administrator sees and arranges all; everybody else their own."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.substitutions import LONGEST_DAYS, Standing, SubstituteRefused
from caseflow.services.ports.substitutes import Substitution
from caseflow.services.substitutes import Arrange, NoSuchSubstitution, may_end
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.ledger_asked import read_day
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("substitutes", __name__)
_INPUTS = ("away", "substitute", "from_on", "until_on", "reason")
_LARGEST_ID = 2**31 - 1


@blueprint.get("/substitutes")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show the arrangements of the office, newest first, or those in which whoever asks has a part."""
    named = request.args.get("standing", "")
    chosen = Standing(named) if named in {one.value for one in Standing} else None
    before = request.args.get("before", type=row_id)
    me = actor()
    found, next_key = application().substitutes.listed(me, chosen, before_id=before)
    return render_template(
        "substitutes.html",
        found=found,
        next_key=next_key,
        before=before,
        chosen=chosen,
        standings=list(Standing),
        on=application().time.today(),
        may_end=lambda one: may_end(me, one),
    )


@blueprint.get("/substitutes/new")
@needs(Permission.SEE_DESK)
def form() -> ResponseReturnValue:
    """Show the form that arranges a substitute."""
    typed = {**dict.fromkeys(_INPUTS, ""), "from_on": application().time.today().isoformat()}
    return _form(typed, Faults(), idempotency_key())


@blueprint.post("/substitutes/new")
@needs(Permission.SEE_DESK, confirmed=True)
def arrange() -> ResponseReturnValue:
    """Say what would be lent, then arrange it; or show again what was typed with what stands in the way."""
    me, key, faults = actor(), idempotency_key(), Faults()
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    act = request.form.get("act", "")
    if act == "back":
        return _form(typed, faults, key)
    # Whoever is no administrator arranges for themselves, whatever the form says.
    away_id = _person(typed["away"]) if may(me, Permission.MANAGE_STAFF) else me.id
    asked = Arrange(
        away_id,
        _person(typed["substitute"]),
        read_day(typed["from_on"]),
        read_day(typed["until_on"]),
        typed["reason"],
        key,
    )
    try:
        if act != "confirm":
            checked = application().substitutes.check(me, asked)
            return render_template("confirm_substitute.html", checked=checked, typed=typed, key=key)
        application().substitutes.arrange(me, asked)
    except SubstituteRefused as refusal:
        _note(faults, refusal)
        return _form(typed, faults, key), 422
    flash(_("The substitute is arranged."))
    return redirect(url_for("substitutes.show"))


@blueprint.get("/substitutes/<int:substitution_id>/end")
@needs(Permission.SEE_DESK)
def ending(substitution_id: int) -> ResponseReturnValue:
    """Ask when an arrangement ends, and say what follows."""
    return _ending(_known(substitution_id), Faults())


@blueprint.post("/substitutes/<int:substitution_id>/end")
@needs(Permission.SEE_DESK)
def end(substitution_id: int) -> ResponseReturnValue:
    """End an arrangement, at once or from tomorrow on."""
    known, faults = _known(substitution_id), Faults()
    when = request.form.get("when", "")
    if when not in ("now", "tomorrow"):
        abort(400)
    try:
        application().substitutes.end(actor(), substitution_id, from_tomorrow=when == "tomorrow")
    except SubstituteRefused as refusal:
        _note(faults, refusal)
        return _ending(_known(known.id), faults), 422
    if when == "now":
        flash(_("It is ended: nobody stands in from now on."))
    else:
        flash(_("It ends with today."))
    return redirect(url_for("substitutes.show"))


def _known(substitution_id: int) -> Substitution:
    try:
        known = application().substitutes.one(actor(), substitution_id)
    except NoSuchSubstitution:
        abort(404)
    if not may_end(actor(), known):
        abort(403)
    return known


def _note(faults: Faults, refusal: SubstituteRefused) -> None:
    for fault in refusal.faults:
        faults.add(fault.words, fault.field)


def _person(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdecimal() and int(typed) <= _LARGEST_ID else None


def _form(typed: dict[str, str], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "arrange_substitute.html",
        candidates=application().substitutes.candidates(actor()),
        typed=typed,
        faults=faults,
        key=key,
        longest_days=LONGEST_DAYS,
    )


def _ending(known: Substitution, faults: Faults) -> str:
    return render_template("end_substitute.html", one=known, faults=faults, on=application().time.today())
