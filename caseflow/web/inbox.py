"""The inbox: reminders, and what happened that concerns whoever is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.reminder_words import noted_words, rung_words
from caseflow.services.desks import PAGE_SIZE
from caseflow.services.security_notices import KIND as SIGN_IN_CHANGED
from caseflow.services.views import KINDS_OF, InboxFilter, InboxItem, Matter
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.deadline_words import deadlines_moved
from caseflow.web.phrases import _, ngettext
from caseflow.web.reading_words import told_of_reading
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.sign_in_words import sign_in_words
from caseflow.web.submission_words import submission_link, told_of_submission
from caseflow.web.wind_down_words import told_of_run

blueprint = Blueprint("inbox", __name__)
# What PostgreSQL's bigint holds.
LARGEST_ID: Final = 2**63 - 1
REMINDER: Final = "reminder"
_OF_FINDINGS: Final = frozenset(KINDS_OF[Matter.FINDINGS])
_OF_RUNS: Final = frozenset(KINDS_OF[Matter.WIND_DOWN])
_OF_SUBMISSIONS: Final = frozenset(KINDS_OF[Matter.SUBMISSIONS])
_OF_READING: Final = frozenset(KINDS_OF[Matter.READING])
_TELLS: Final = ((_OF_RUNS, told_of_run), (_OF_SUBMISSIONS, told_of_submission), (_OF_READING, told_of_reading))
_LONGEST_LIST_CHARACTERS: Final = PAGE_SIZE * (len(str(LARGEST_ID)) + 1)


@dataclass(frozen=True)
class Line:
    """One message as a reader sees it.

    ``escalated_to``: in words, empty where it is no escalation. ``mutable``: its ladder and rung, where the reader may
    mute reminders like it; ``muted``: they have.
    """

    item: InboxItem
    says: str
    leads_to: str
    due_on: str
    escalated_to: str
    mutable: tuple[str, str] | None
    muted: bool


@blueprint.get("/inbox")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show one page of messages, newest first, or those of one matter or unread ones alone."""
    chosen = chosen_filter(request.args)
    before = request.args.get("before", type=row_id)
    if before is not None and not 0 < before <= LARGEST_ID:
        before = None
    items, next_key = application().desks.inbox(actor(), chosen, before_id=before)
    muted = application().reminding.mutes.own(actor()) if any(item.kind == REMINDER for item in items) else frozenset()
    return render_template(
        "inbox.html",
        lines=[_line(item, muted) for item in items],
        unread_ids=",".join(str(item.id) for item in items if item.read_at is None),
        chosen=chosen,
        arguments=arguments_of(chosen),
        matters=matters(),
        next_key=next_key,
        before=before,
    )


@blueprint.post("/inbox/read")
@needs(Permission.SEE_DESK)
def read() -> ResponseReturnValue:
    """Mark messages as read: the one whose button was pressed, or every unread one that stood on the page."""
    ids = _ids(request.form.get("ids", ""))
    application().desks.mark_read(actor(), ids)
    flash(ngettext("%(num)d message is marked as read.", "%(num)d messages are marked as read.", len(ids)))
    return redirect(url_for("inbox.show", **arguments_of(chosen_filter(request.form))))


def chosen_filter(given: Mapping[str, str]) -> InboxFilter:
    """Return what the address or a form narrows the inbox to; what is not known narrows nothing."""
    named = given.get("about", "")
    matter = Matter(named) if named in {one.value for one in Matter} else None
    return InboxFilter(matter, unread=given.get("unread") == "yes")


def arguments_of(chosen: InboxFilter) -> dict[str, Any]:
    """Return the filter as address arguments."""
    about = {"about": chosen.matter.value} if chosen.matter else {}
    return about | ({"unread": "yes"} if chosen.unread else {})


def matters() -> list[tuple[Matter | None, str]]:
    """Return what the inbox may be narrowed to, with its name."""
    return [
        (None, _("All")),
        (Matter.REMINDERS, _("Reminders")),
        (Matter.STEPS, _("Steps")),
        (Matter.FINDINGS, _("Findings")),
        (Matter.WIND_DOWN, _("Wind-down")),
        (Matter.SUBMISSIONS, _("Submissions")),
        (Matter.READING, _("Reading of files")),
    ]


def _ids(typed: str) -> list[int]:
    numbers = typed.split(",")
    if len(typed) > _LONGEST_LIST_CHARACTERS or not all(one.isascii() and one.isdecimal() for one in numbers):
        abort(400)
    ids = [int(one) for one in numbers]
    if not all(0 < one <= LARGEST_ID for one in ids):
        abort(400)
    return ids


def _line(item: InboxItem, muted: frozenset[tuple[str, str]]) -> Line:
    if item.kind != REMINDER:
        due_on = _due(item)
        return Line(item, _says(item), _leads_to(item), due_on, "", mutable=None, muted=False)
    rung = (str(item.params["ladder"]), str(item.params["rung"]))
    return Line(
        item,
        _reminds(item),
        "",
        str(item.params["due_on"]),
        display.escalated(str(item.params["to"])) if item.params["escalates"] else "",
        mutable=rung if application().reminding.mutes.may_mute(*rung) else None,
        muted=rung in muted,
    )


def _due(item: InboxItem) -> str:
    """Return the day by which a message asks for an answer; empty where it asks for none."""
    if item.kind in _OF_FINDINGS:
        return str(item.params["reply_due_on"])
    return str(item.params["due_on"] or "") if item.kind in _OF_SUBMISSIONS else ""


def _leads_to(item: InboxItem) -> str:
    """Return the page of what a message is about, where that is no case."""
    if item.kind in _OF_SUBMISSIONS:
        return submission_link(item.params)
    if item.kind == SIGN_IN_CHANGED:
        return url_for("my_sign_in.show")
    if item.kind in _OF_RUNS:
        return url_for("wind_down_runs.one", run_id=item.params["run_id"])
    if item.kind in _OF_READING:
        return _of_reading(item)
    return url_for("findings.one", finding_id=item.params["finding_id"]) if item.kind in _OF_FINDINGS else ""


def _of_reading(item: InboxItem) -> str:
    """Return what was read by whom it is about, or what they asked for."""
    if "approval_id" in item.params:
        return url_for("reading_requests.show")
    return url_for("reading_log.show", login=item.params["login"], day=item.params["day"])


def _reminds(item: InboxItem) -> str:
    """Return a reminder in words; of a rule that the law files no longer hold, its name and the rung."""
    rule, rung = display.rule(str(item.params["rule"])), str(item.params["rung"])
    if rule is None:
        return f"{item.params['rule']}: {display.words(rung_words(rung))}"
    return display.words(noted_words(rule, rung, date.fromisoformat(str(item.params["due_on"]))))


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
    for kinds, told in _TELLS:
        if item.kind in kinds:
            return told(item.kind, item.params)
    if item.kind == SIGN_IN_CHANGED:
        return sign_in_words(str(item.params["what"]))
    if item.kind == "deadline_moved":
        return deadlines_moved(item.params)
    definition = application().rulebook.definitions.get(str(item.params.get("regime", "")))
    if definition is None:
        return item.kind.replace("_", " ")
    title = display.step_title(definition, str(item.params.get("trigger", "")))
    state = definition.states.get(str(item.params.get("to_state", "")))
    return f"{title} → {display.words(state.title)}" if state else title
