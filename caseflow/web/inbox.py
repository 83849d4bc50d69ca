"""The inbox: what happened that concerns whoever is signed in."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.desks import PAGE_SIZE
from caseflow.services.views import InboxItem
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.deadline_words import deadlines_moved
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("inbox", __name__)
# What PostgreSQL's bigint holds.
LARGEST_ID = 2**63 - 1
_OF_FINDINGS = frozenset(
    {"finding_raised", "finding_replied", "finding_followed_up", "finding_closed", "finding_withdrawn"}
)


@blueprint.get("/inbox")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show one page of messages, newest first."""
    before = request.args.get("before", type=int)
    items = application().desks.inbox(actor(), before_id=before)
    next_key = items[-1].id if len(items) == PAGE_SIZE else None
    return render_template("inbox.html", items=items, says=_says, leads_to=_leads_to, next_key=next_key, before=before)


@blueprint.post("/inbox/read")
@needs(Permission.SEE_DESK)
def read() -> ResponseReturnValue:
    """Mark every message as read that stood on the page, and the older ones."""
    up_to_id = request.form.get("up_to", type=int)
    if up_to_id is None or not 0 < up_to_id <= LARGEST_ID:
        abort(400)
    application().desks.mark_read(actor(), up_to_id)
    return redirect(url_for("inbox.show"))


def _leads_to(item: InboxItem) -> str:
    """Return the page of what a message is about, where that is no case."""
    return url_for("findings.one", finding_id=item.params["finding_id"]) if item.kind in _OF_FINDINGS else ""


def _says(item: InboxItem) -> str:
    """Return a message in words: the step that was taken and the state it led to."""
    if item.kind in _OF_FINDINGS:
        named = {"number": item.params["number"], "title": item.params["title"]}
        due = display.day(str(item.params["reply_due_on"]))
        return {
            "finding_raised": lambda: _("Finding %(number)s raised: %(title)s. Reply by %(due)s", due=due, **named),
            "finding_replied": lambda: _("Finding %(number)s was replied to: %(title)s", **named),
            "finding_followed_up": lambda: _(
                "The auditor asks again on finding %(number)s: %(title)s. Reply by %(due)s", due=due, **named
            ),
            "finding_closed": lambda: _("Finding %(number)s is closed: %(title)s", **named),
            "finding_withdrawn": lambda: _("Finding %(number)s is withdrawn: %(title)s", **named),
        }[item.kind]()
    if item.kind == "deadline_moved":
        return deadlines_moved(item.params)
    definition = application().rulebook.definitions.get(str(item.params.get("regime", "")))
    if definition is None:
        return item.kind.replace("_", " ")
    title = display.step_title(definition, str(item.params.get("trigger", "")))
    state = definition.states.get(str(item.params.get("to_state", "")))
    return f"{title} → {display.words(state.title)}" if state else title
