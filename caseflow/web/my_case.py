"""My case: what the person concerned is shown of their own case."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from caseflow.web.person_access import for_the_person

blueprint = Blueprint("my_case", __name__)


@blueprint.get("/my-case")
@for_the_person
def show() -> ResponseReturnValue:
    """Show the person their case."""
    return render_template("my_case.html")
