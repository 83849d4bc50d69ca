"""The door of My case: routes for the person concerned, whose session is apart from every session of staff.

A route of theirs is marked :func:`for_the_person`; inside it :func:`person` says whose case it is. No address of such a
route carries an id: what is shown follows from the session alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar, cast

from flask import g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from caseflow.bootstrap import set_scope
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.web.context import application

PERSON: Final = "person"
MARK: Final = "__caseflow_access__"
IDLE: Final = timedelta(minutes=20)
_KEPT: Final = "person"

View = TypeVar("View", bound=Callable[..., Any])


def for_the_person(view: View) -> View:
    """Declare that a route is for the person of a case who signed in with the case number and a code or passphrase."""
    setattr(view, MARK, PERSON)
    return view


def person() -> PersonAtCase:
    """Return the person signed in and their case; only behind :func:`for_the_person`."""
    return cast("PersonAtCase", g.person)


def person_of_request() -> PersonAtCase | None:
    """Return the person whose page this request asked for; None where it is no page of theirs."""
    return cast("PersonAtCase | None", g.get("person"))


def admit_person() -> ResponseReturnValue | None:
    """Let the person of an open session through (the gate calls it); lead everybody else to the sign-in of My case."""
    found = _signed_in()
    if found is None:
        session.pop(_KEPT, None)
        if request.method == "POST":
            offices = application().person_access.offices()
            told = {"number": "", "refused": "", "gone": True, "offices": offices, "office": ""}
            return render_template("person_sign_in.html", **told), 403
        return redirect(url_for("person_sign_in.form"))
    set_scope(found.office_id)
    g.person = found
    session[_KEPT] = {**session[_KEPT], "seen": _now().timestamp()}
    return None


def shared() -> dict[str, object]:
    """Return what every page may say of the person signed in: None where it is not their page."""
    return {"signed_person": person_of_request()}


def is_visiting() -> bool:
    """Tell whether the person of a case is signed in in this browser."""
    return _signed_in() is not None


def begin_visit(token: str) -> None:
    """Let the session of this browser be that of a person."""
    session[_KEPT] = {"token": token, "seen": _now().timestamp()}


def end_visit() -> None:
    """End the session of the person in this browser, here and at the server; nothing where there is none."""
    kept = session.pop(_KEPT, None)
    found = application().person_access.signed_in(str(kept["token"])) if isinstance(kept, dict) else None
    if found is not None:
        application().person_access.sign_out(found)
    g.pop("person", None)


def _signed_in() -> PersonAtCase | None:
    kept = session.get(_KEPT)
    if current_user.is_authenticated or not isinstance(kept, dict):
        return None
    # The cookie is signed, so what it says of the last request is this site's own word; the row ends it for good.
    seen = datetime.fromtimestamp(float(kept["seen"]), tz=UTC)
    return application().person_access.signed_in(str(kept["token"])) if _now() - seen <= IDLE else None


def _now() -> datetime:
    return application().time.real_now()
