"""Retention: cases whose time is over, and legal holds that keep a case whatever its age. Names nobody."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.retention import LONGEST_REASON, OBSTACLES
from caseflow.domain.words import Words
from caseflow.services.cases import CaseNotFound
from caseflow.services.erased_cases import CaseErased
from caseflow.services.erasing import RetentionRefused
from caseflow.services.ports.retention import Hold, RetentionConflict
from caseflow.services.retention import MOST_AT_ONCE, NoSuchHold
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.import_words import regime_title
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("retention", __name__)
MOVED: Final = Words(
    "Somebody changed the case or the run a moment ago. Look at the list again.",
    "刚刚已有他人变更该案件或者批次，请重新查看列表。",
)
_NO_CASE: Final = Words("Your office has no case with this number.", "本单位没有该案号的案件。")
_INPUTS: Final = ("number", "reason")


@blueprint.get("/retention")
@needs(Permission.READ_RETENTION)
def show() -> ResponseReturnValue:
    """Show the cases whose time is over, the longest closed first, and what keeps one all the same."""
    after = _key()
    return render_template(
        "retention.html",
        page=application().retention.due_page(actor(), after),
        after=after,
        key=idempotency_key(),
        now=application().time.today(),
        regime_title=regime_title,
        obstacles=OBSTACLES,
        most=MOST_AT_ONCE,
    )


@blueprint.get("/retention/holds")
@needs(Permission.READ_RETENTION)
def holds() -> ResponseReturnValue:
    """Show the holds that did not end, newest first."""
    before = request.args.get("before", type=row_id)
    found, next_key = application().retention.holds_page(actor(), before)
    return render_template("retention_holds.html", holds=found, next_key=next_key, before=before)


@blueprint.get("/retention/holds/new")
@needs(Permission.HOLD_CASES)
def holding() -> ResponseReturnValue:
    """Ask which case is held, and why."""
    return _hold_form({"number": request.args.get("number", ""), "reason": ""}, Faults())


@blueprint.post("/retention/holds/new")
@needs(Permission.HOLD_CASES)
def hold() -> ResponseReturnValue:
    """Hold a case for the reason given."""
    typed, faults = {name: request.form.get(name, "").strip() for name in _INPUTS}, Faults()
    try:
        application().retention.hold(actor(), application().pages.find(actor(), typed["number"]), typed["reason"])
    except CaseNotFound:
        faults.add(_NO_CASE, "number")
    except RetentionRefused as refusal:
        faults.add(refusal.words, "reason" if not typed["reason"] or len(typed["reason"]) > LONGEST_REASON else "")
    except CaseErased as erased:
        faults.add(erased.words, "number")
    except RetentionConflict:
        faults.add(MOVED)
    if faults.found:
        return _hold_form(typed, faults), 422
    flash(_("The case is held: nothing of it is erased until the hold ends."))
    return redirect(url_for("retention.holds"))


@blueprint.get("/retention/holds/<int:hold_id>/end")
@needs(Permission.HOLD_CASES)
def ending(hold_id: int) -> ResponseReturnValue:
    """Ask why a hold ends, and say what follows."""
    return _end_form(_held(hold_id), "", Faults())


@blueprint.post("/retention/holds/<int:hold_id>/end")
@needs(Permission.HOLD_CASES, confirmed=True)
def end(hold_id: int) -> ResponseReturnValue:
    """End a hold for the reason given."""
    held, reason, faults = _held(hold_id), request.form.get("reason", "").strip(), Faults()
    try:
        application().retention.end_hold(actor(), hold_id, reason)
    except NoSuchHold:
        abort(404)
    except RetentionRefused as refusal:
        faults.add(refusal.words, "reason")
        return _end_form(held, reason, faults), 422
    except RetentionConflict:
        faults.add(MOVED)
        return _end_form(held, reason, faults), 422
    flash(_("The hold is ended."))
    return redirect(url_for("retention.holds"))


def _key() -> tuple[date, int] | None:
    """Read the key that continues the list, the day of closing and the case; None for the first page."""
    day, _dot, number = request.args.get("after", "").partition(".")
    try:
        return date.fromisoformat(day), row_id(number)
    except ValueError:
        return None


def _held(hold_id: int) -> Hold:
    try:
        return application().retention.held(actor(), hold_id)
    except NoSuchHold:
        abort(404)


def _hold_form(typed: dict[str, str], faults: Faults) -> str:
    faults.put_in_order(_INPUTS)
    return render_template("retention_hold.html", typed=typed, faults=faults, longest=LONGEST_REASON)


def _end_form(held: Hold, reason: str, faults: Faults) -> str:
    return render_template("retention_hold_end.html", hold=held, reason=reason, faults=faults, longest=LONGEST_REASON)
