"""Money on its way: how long it takes from stage to stage, and each receipt's way to the treasury."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.ports.remittances import WayFilter
from caseflow.web.bank_words import MISSING, STAGES, asked_day
from caseflow.web.context import actor, application
from caseflow.web.security import needs

blueprint = Blueprint("ageing", __name__)
_AGED = ("collected", "banked", "remitted", "suspense", "reported")
_LISTED = ("collected", "banked", "remitted", "advised", "reported")


@blueprint.get("/ageing")
@needs(Permission.READ_LEDGER)
def show() -> ResponseReturnValue:
    """Show the figures by stage and age; each leads to its rows."""
    return render_template("ageing.html", ageing=application().remittances.ageing(actor()), aged=_AGED, stages=STAGES)


@blueprint.get("/ageing/receipts")
@needs(Permission.READ_LEDGER)
def receipts() -> ResponseReturnValue:
    """Show receipts with where their money is, newest first."""
    arguments = {name: request.args[name] for name in ("from", "until") if asked_day(name) is not None}
    if request.args.get("stage") in _LISTED:
        arguments["stage"] = request.args["stage"]
    before = _before(request.args.get("before", ""))
    chosen = WayFilter(arguments.get("stage"), asked_day("from"), asked_day("until"))
    rows, next_key = application().remittances.ways(actor(), chosen, before)
    return render_template(
        "three_way.html",
        rows=rows,
        next_key=":".join(str(part) for part in next_key) if next_key is not None else "",
        before=before,
        arguments=arguments,
        listed=_LISTED,
        stages=STAGES,
        missing=MISSING,
    )


def _before(text: str) -> tuple[date, int, int] | None:
    day, _sep, rest = text.partition(":")
    lot, _sep, no = rest.partition(":")
    if not (lot.isdecimal() and no.isdecimal()):
        return None
    try:
        return date.fromisoformat(day), int(lot), int(no)
    except ValueError:
        return None
