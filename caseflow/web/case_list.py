"""The case list of the office: search, filters, pages by key."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, Role
from caseflow.domain.workflow import PHASES
from caseflow.services.views import ListFilter
from caseflow.web.context import actor, application
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("case_list", __name__)
LONGEST_SEARCH_CHARACTERS = 100


@blueprint.get("/cases")
@needs(Permission.READ_CASES)
def show() -> ResponseReturnValue:
    """Show one page of the office's cases, newest first."""
    definitions = application().rulebook.definitions
    arguments = _known_arguments()
    chosen = ListFilter(
        text=arguments.get("q", ""),
        regime=arguments.get("regime"),
        phase=arguments.get("phase"),
        state=arguments.get("state"),
        owner_id=int(arguments["owner"]) if "owner" in arguments else None,
        overdue_on=application().time.today() if "overdue" in arguments else None,
    )
    before = request.args.get("before", type=row_id)
    found = application().desks.case_list(actor(), chosen, before_id=before)
    regime = definitions.get(arguments.get("regime", ""))
    me = actor()
    owners = application().staff.colleagues(me)
    if Role.OFFICER in me.own_roles:
        owners = [me, *owners]
    return render_template(
        "case_list.html",
        found=found,
        arguments=arguments,
        before=before,
        definitions=definitions,
        regime=regime,
        phases=PHASES,
        owners=owners,
        on=application().time.today(),
    )


def _known_arguments() -> dict[str, str]:
    """Return the filters of the request that mean something, as address arguments."""
    given: Mapping[str, str] = request.args
    definitions = application().rulebook.definitions
    kept: dict[str, str] = {}
    text = given.get("q", "").strip()[:LONGEST_SEARCH_CHARACTERS]
    if text:
        kept["q"] = text
    regime = given.get("regime", "")
    if regime in definitions:
        kept["regime"] = regime
        if given.get("state", "") in definitions[regime].states:
            kept["state"] = given["state"]
    if given.get("phase", "") in PHASES:
        kept["phase"] = given["phase"]
    owner = given.get("owner", "")
    if owner.isdecimal() and len(owner) < len(str(2**31)):
        kept["owner"] = owner
    if given.get("overdue"):
        kept["overdue"] = "yes"
    return kept
