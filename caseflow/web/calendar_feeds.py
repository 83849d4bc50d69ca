"""Time limits in a person's own calendar: the page that makes and revokes the secret address, and what it answers.

The two secret addresses ask for no sign-in, for calendars cannot: whoever knows one reads it, until it is revoked.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.words import Words
from caseflow.services.calendar_feeds import FeedChanged, FeedNotFound
from caseflow.services.ports.calendar_feeds import LiveFeed
from caseflow.web.answer_fields import Faults
from caseflow.web.context import ADDRESS, actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs, public

blueprint = Blueprint("calendar_feeds", __name__)
MEDIA_TYPE = "text/calendar; charset=utf-8"
# One sentence for every address that answers nothing, so that it tells nothing apart.
_NOTHING_HERE = (
    "No calendar is kept at this address. If it was yours, make a new one in caseflow: Inbox, Deadlines in your own "
    "calendar.\n此地址没有日历。如为您本人的订阅地址，请在系统“消息”页的“在本人日历中查看期限”中重新生成。\n"
)
_CHANGED = Words(
    "The address was made or revoked in the meantime, perhaps by this very form sent twice. Below is how it stands "
    "now. If you did not keep the address, make a new one.",
    "该地址在此期间已被生成或者停用，也可能是同一表单重复提交。当前状态如下；如未保存新地址，请重新生成。",
)


@blueprint.get("/calendar/<secret>.ics")
@public
def feed(secret: str) -> ResponseReturnValue:
    """Answer with the calendar of the desk whose secret this is."""
    try:
        written = application().reminding.calendar_feeds.read(secret, address=_address())
    except FeedNotFound:
        return _nothing_here()
    return _calendar(written)


@blueprint.get("/calendar/<secret>/<int:case_id>.ics")
@public
def case_feed(secret: str, case_id: int) -> ResponseReturnValue:
    """Answer with the calendar of one case of that person's office."""
    try:
        written = application().reminding.calendar_feeds.read_case(secret, case_id, address=_address())
    except FeedNotFound:
        return _nothing_here()
    return _calendar(written)


@blueprint.get("/cases/<int:case_id>/deadlines.ics")
@needs(Permission.READ_CASES)
def case_file(case_id: int) -> ResponseReturnValue:
    """Hand out the running time limits of a case as a calendar file."""
    number, written = application().reminding.calendar_feeds.case_file(actor(), case_id, address=_address())
    answer = _calendar(written)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{number}.ics")
    return answer


@blueprint.get("/reminders/calendar")
@needs(Permission.READ_CASES)
def show() -> ResponseReturnValue:
    """Say what the feed is and whether the person has an address in use."""
    return _shown(Faults())


@blueprint.post("/reminders/calendar")
@needs(Permission.READ_CASES)
def make() -> ResponseReturnValue:
    """Make an address and show it this once; where one is in use, ask first, for that one stops."""
    if request.form.get("act") == "back":
        return redirect(url_for("calendar_feeds.show"))
    seen = _seen()
    if seen is not None and request.form.get("act") != "confirm":
        return _confirm(seen, revokes=False)
    # What was seen stands in for a key of the request: sent twice, the second finds another address in use.
    try:
        secret = application().reminding.calendar_feeds.make(actor(), seen=seen)
    except FeedChanged:
        return _overtaken()
    return _shown(Faults(), secret)


@blueprint.post("/reminders/calendar/revoke")
@needs(Permission.READ_CASES)
def revoke() -> ResponseReturnValue:
    """Ask once more, then let the address stop."""
    if request.form.get("act") == "back":
        return redirect(url_for("calendar_feeds.show"))
    seen = _seen()
    if seen is None:
        abort(400)
    if request.form.get("act") != "confirm":
        return _confirm(seen, revokes=True)
    try:
        application().reminding.calendar_feeds.revoke(actor(), seen=seen)
    except FeedChanged:
        return _overtaken()
    flash(_("The address is revoked and answers nobody any more."))
    return redirect(url_for("calendar_feeds.show"))


def _calendar(written: bytes) -> Response:
    answer = Response(written, content_type=MEDIA_TYPE)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _nothing_here() -> Response:
    answer = Response(_NOTHING_HERE, 404, content_type="text/plain; charset=utf-8")
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _address() -> str | None:
    address: str | None = current_app.config[ADDRESS]
    return address


def _seen() -> int | None:
    """Return which address the form saw in use; None for none."""
    typed = request.form.get("seen", "")
    return int(typed) if typed.isdecimal() and len(typed) < len(str(2**63 - 1)) else None


def _shown(faults: Faults, secret: str | None = None) -> str:
    base = _address() or request.host_url.rstrip("/")
    made = base + url_for("calendar_feeds.feed", secret=secret) if secret is not None else ""
    return render_template(
        "calendar_feed.html",
        live=application().reminding.calendar_feeds.state(actor()),
        faults=faults,
        made=made,
        of_a_case=made.removesuffix(".ics") + "/{}.ics" if made else "",
    )


def _confirm(seen: int, *, revokes: bool) -> ResponseReturnValue:
    live: LiveFeed | None = application().reminding.calendar_feeds.state(actor())
    if live is None or live.id != seen:
        return _overtaken()
    return render_template("confirm_calendar_feed.html", live=live, revokes=revokes)


def _overtaken() -> ResponseReturnValue:
    faults = Faults()
    faults.add(_CHANGED)
    return _shown(faults), 409
