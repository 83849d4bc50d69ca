"""Search by identity number: exact, in one's own office, with a reason; the number is never in an address."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.reading import LONGEST_REASON, SHORTEST_REASON
from caseflow.domain.words import Words
from caseflow.services.identity_search import MOST_AN_HOUR, TooManySearches
from caseflow.services.ports.reading import Found
from caseflow.services.reading import ReasonRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.security import needs

blueprint = Blueprint("identity_search", __name__)
_INPUTS = ("number", "reason")
_TOO_MANY = Words(
    f"You have searched {MOST_AN_HOUR} times within an hour. Nothing was looked up; wait before you search again.",
    f"您一小时内已查询{MOST_AN_HOUR}次。本次未作查询，请稍后再试。",
)


@blueprint.get("/search/identity")
@needs(Permission.SEARCH_IDENTITY)
def form() -> ResponseReturnValue:
    """Show the form."""
    return _page("", "", None, Faults())


@blueprint.post("/search/identity")
@needs(Permission.SEARCH_IDENTITY)
def look() -> ResponseReturnValue:
    """Look the number up and say which cases of the office have it; nothing else of anybody."""
    number, reason, faults = request.form.get("number", ""), request.form.get("reason", ""), Faults()
    try:
        found = application().reading_room.search.look(actor(), number, reason)
    except ReasonRefused as refusal:
        for name, words in refusal.faults:
            faults.add(words, name)
        return _page(number, reason, None, faults), 422
    except TooManySearches:
        faults.add(_TOO_MANY)
        return _page(number, reason, None, faults), 429
    # Shown again only while it still has to be looked up.
    return _page("", reason, found, faults)


def _page(number: str, reason: str, found: Sequence[Found] | None, faults: Faults) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "identity_search.html",
        found=found,
        state_of=_state_of,
        number=number,
        reason=reason,
        faults=faults,
        most=MOST_AN_HOUR,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )


def _state_of(one: Found) -> str:
    definition = application().rulebook.definitions.get(one.regime)
    state = definition.states.get(one.state) if definition is not None else None
    return display.words(state.title) if state is not None else one.state.replace("_", " ")
