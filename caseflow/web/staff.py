"""The administrator's first page: who works here, with which roles. No case is seen from here."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.web.context import actor, application
from caseflow.web.security import needs

blueprint = Blueprint("staff", __name__)


@blueprint.get("/staff")
@needs(Permission.MANAGE_STAFF)
def show() -> ResponseReturnValue:
    """Show everybody of the office with their roles."""
    return render_template(
        "staff.html", members=application().staff.directory(actor()), now=application().time.real_now()
    )
