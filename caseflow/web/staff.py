"""The administrator's pages: who works here, with which roles, and what is proposed for them. No case is seen here."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, Role
from caseflow.domain.grants import GrantRefused, NewColleague
from caseflow.services.grants import NoSuchPerson, PersonPage
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("staff", __name__)
_INPUTS = ("login", "name_en", "name_zh", "email", "roles", "reason")


@blueprint.get("/staff")
@needs(Permission.MANAGE_STAFF)
def show() -> ResponseReturnValue:
    """Show everybody of the office with their roles, and the steps that too few people are there for."""
    return render_template(
        "staff.html",
        people=application().grants.people(actor()),
        gaps=application().office_staffing.gaps(actor()),
        now=application().time.real_now(),
    )


@blueprint.get("/staff/new")
@needs(Permission.MANAGE_STAFF)
def form() -> ResponseReturnValue:
    """Show the form that proposes somebody new."""
    return _form(dict.fromkeys(_INPUTS, ""), frozenset(), Faults(), idempotency_key())


@blueprint.post("/staff/new")
@needs(Permission.MANAGE_STAFF, confirmed=True)
def propose() -> ResponseReturnValue:
    """Propose somebody new; nothing is open to them before another person confirms."""
    key, faults = idempotency_key(), Faults()
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    chosen = frozenset(role for role in Role if role.value in request.form.getlist("roles"))
    roles = tuple(sorted(chosen))
    new = NewColleague(
        typed["login"].lower(), typed["name_en"], typed["name_zh"], roles, typed["email"], typed["reason"], key
    )
    try:
        staff_id = application().grants.let_in(actor(), new)
    except GrantRefused as refusal:
        note(faults, refusal)
        return _form(typed, chosen, faults, key), 422
    flash(_("It is proposed. Another person confirms it and gets the code with which a password is set."))
    return redirect(url_for("staff.person", staff_id=staff_id))


@blueprint.get("/staff/<int:staff_id>")
@needs(Permission.MANAGE_STAFF)
def person(staff_id: int) -> ResponseReturnValue:
    """Show somebody: their roles, what waits, what was granted and taken."""
    return _person(staff_id, "", Faults())


@blueprint.post("/staff/<int:staff_id>/propose")
@needs(Permission.MANAGE_STAFF, confirmed=True)
def ask(staff_id: int) -> ResponseReturnValue:
    """Propose a further role, a return, or a new code for somebody."""
    key, reason, what = idempotency_key(), request.form.get("reason", ""), request.form.get("what", "")
    me, grants, faults = actor(), application().grants, Faults()
    _known(staff_id)
    try:
        if what == "return":
            grants.propose_return(me, staff_id, reason, key=key)
        elif what == "code":
            grants.propose_code(me, staff_id, reason, key=key)
        elif what in set(Role):
            grants.propose_role(me, staff_id, Role(what), reason, key=key)
        else:
            abort(400)
    except GrantRefused as refusal:
        note(faults, refusal)
        return _person(staff_id, reason, faults, what, key), 422
    flash(_("It is proposed, and waits for another person."))
    return redirect(url_for("staff.person", staff_id=staff_id))


@blueprint.post("/staff/<int:staff_id>/withdraw")
@needs(Permission.MANAGE_STAFF, confirmed=True)
def withdraw(staff_id: int) -> ResponseReturnValue:
    """Take a role away at once."""
    named, faults = request.form.get("role", ""), Faults()
    if named not in set(Role):
        abort(400)
    _known(staff_id)
    try:
        application().grants.withdraw(actor(), staff_id, Role(named))
    except GrantRefused as refusal:
        note(faults, refusal)
        return _person(staff_id, "", faults), 422
    flash(_("The role is withdrawn, as of now."))
    return redirect(url_for("staff.person", staff_id=staff_id))


@blueprint.get("/staff/<int:staff_id>/leave")
@needs(Permission.MANAGE_STAFF)
def leaving(staff_id: int) -> ResponseReturnValue:
    """Ask before somebody leaves, and say what follows."""
    return _leaving(staff_id, "", Faults())


@blueprint.post("/staff/<int:staff_id>/leave")
@needs(Permission.MANAGE_STAFF, confirmed=True)
def leave(staff_id: int) -> ResponseReturnValue:
    """Let somebody leave, at once."""
    reason, faults = request.form.get("reason", ""), Faults()
    _known(staff_id)
    try:
        application().grants.leave(actor(), staff_id, reason)
    except GrantRefused as refusal:
        note(faults, refusal)
        return _leaving(staff_id, reason, faults), 422
    flash(_("The person has left: they can do nothing here from now on."))
    return redirect(url_for("staff.person", staff_id=staff_id))


def note(faults: Faults, refusal: GrantRefused) -> None:
    """Put what was refused beside its inputs."""
    for fault in refusal.faults:
        faults.add(fault.words, fault.field)


def _known(staff_id: int) -> PersonPage:
    try:
        return application().grants.person(actor(), staff_id)
    except NoSuchPerson:
        abort(404)


def _person(staff_id: int, reason: str, faults: Faults, what: str = "", key: str = "") -> str:
    page = _known(staff_id)
    offered = [role for role in Role if role not in page.person.roles]
    key = key or str(uuid4())
    return render_template("person.html", page=page, offered=offered, reason=reason, what=what, faults=faults, key=key)


def _leaving(staff_id: int, reason: str, faults: Faults) -> str:
    return render_template("person_leaves.html", page=_known(staff_id), reason=reason, faults=faults)


def _form(typed: dict[str, str], chosen: frozenset[Role], faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template("new_colleague.html", typed=typed, chosen=chosen, roles=list(Role), faults=faults, key=key)
