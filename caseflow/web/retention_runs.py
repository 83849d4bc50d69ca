"""Runs of retention: proposed by one person, approved by another who is told what goes for good, and followed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.retention import LONGEST_REASON, OBSTACLES
from caseflow.domain.words import Words
from caseflow.services.erasing import NoSuchRetentionRun, RetentionRefused, RunDecided
from caseflow.services.ports.retention import DueCase, RetentionConflict
from caseflow.services.retention import MOST_AT_ONCE, RunPage
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.import_words import regime_title
from caseflow.web.phrases import _
from caseflow.web.retention import MOVED
from caseflow.web.row_ids import row_id
from caseflow.web.security import allow_own_scripts, needs

blueprint = Blueprint("retention_runs", __name__)
_NONE_MARKED: Final = Words("Mark the cases of the run first.", "请先勾选该批次的案件。")
_NOT_LOOKED: Final = Words(
    "Say that you looked at the cases: what is erased cannot be brought back.",
    "请确认已核对各案件：删除后不可恢复。",
)
_LONGEST_ID: Final = 19


@blueprint.get("/retention/runs")
@needs(Permission.READ_RETENTION)
def show_all() -> ResponseReturnValue:
    """Show the runs of the office, newest first."""
    before = request.args.get("before", type=row_id)
    runs, next_key = application().retention.runs_page(actor(), before)
    return render_template("retention_runs.html", runs=runs, next_key=next_key, before=before)


@blueprint.post("/retention/runs/new")
@needs(Permission.PREPARE_RETENTION)
def propose() -> ResponseReturnValue:
    """Show which cases the run would have, or propose it to another person."""
    key, faults, act = idempotency_key(), Faults(), request.form.get("act", "")
    ids = [int(one) for one in request.form.getlist("case") if one.isascii() and one.isdecimal()]
    ids = [one for one in dict.fromkeys(ids) if len(str(one)) < _LONGEST_ID][:MOST_AT_ONCE]
    retention = application().retention
    try:
        if not ids and act != "all":
            faults.add(_NONE_MARKED)
        elif act != "confirm":
            return _proposal(retention.check(actor(), () if act == "all" else ids), key, faults)
        else:
            run = retention.prepare(actor(), key, ids)
            flash(_("The run is proposed. Nothing is erased before another person approves it."))
            return redirect(url_for("retention_runs.one", run_id=run.id))
    except RetentionRefused as refusal:
        faults.add(refusal.words)
    except RetentionConflict:
        faults.add(MOVED)
    return _proposal((), key, faults), 422


@blueprint.get("/retention/runs/<int:run_id>")
@needs(Permission.READ_RETENTION)
def one(run_id: int) -> ResponseReturnValue:
    """Show how far a run is, what came of each of its cases, and what keeps one."""
    after = request.args.get("after", type=row_id) or 0
    page = _page(run_id, after)
    drawn = render_template(
        "retention_run.html",
        page=page,
        run=page.run,
        after=after,
        obstacles=OBSTACLES,
        regime_title=regime_title,
        may_go_on=may(actor(), Permission.APPROVE_RETENTION) and page.run.prepared_by != actor().id,
    )
    return allow_own_scripts(make_response(drawn))


@blueprint.get("/retention/runs/<int:run_id>/approve")
@needs(Permission.APPROVE_RETENTION)
def confirm(run_id: int) -> ResponseReturnValue:
    """Say what is erased for good and what stays, and ask for the approval."""
    return _approval(_page(run_id), Faults())


@blueprint.post("/retention/runs/<int:run_id>/approve")
@needs(Permission.APPROVE_RETENTION, confirmed=True)
def approve(run_id: int) -> ResponseReturnValue:
    """Approve a run, and have the background erase."""
    page, faults = _page(run_id), Faults()
    if request.form.get("looked", "") != "yes":
        faults.add(_NOT_LOOKED, "looked")
        return _approval(page, faults), 422
    try:
        application().retention.approve(actor(), page.run.id, begin=True)
    except RunDecided as refusal:
        faults.add(refusal.words)
        return _approval(_page(run_id), faults), 409
    except RetentionRefused as refusal:
        faults.add(refusal.words)
    except RetentionConflict:
        faults.add(MOVED)
    if faults.found:
        return _approval(_page(run_id), faults), 422
    flash(_("The run is approved and begins."))
    return redirect(url_for("retention_runs.one", run_id=page.run.id))


@blueprint.get("/retention/runs/<int:run_id>/end")
@needs(Permission.READ_RETENTION)
def ending(run_id: int) -> ResponseReturnValue:
    """Ask why a run is withdrawn or refused."""
    return _end_form(_page(run_id), "", Faults())


@blueprint.post("/retention/runs/<int:run_id>/end")
@needs(Permission.READ_RETENTION, confirmed=True)
def end(run_id: int) -> ResponseReturnValue:
    """Withdraw a run that one proposed oneself, or refuse somebody else's."""
    page, reason, faults = _page(run_id), request.form.get("reason", "").strip(), Faults()
    try:
        application().retention.end_run(actor(), run_id, reason)
    except RunDecided as refusal:
        faults.add(refusal.words)
        return _end_form(_page(run_id), reason, faults), 409
    except RetentionRefused as refusal:
        faults.add(refusal.words, "reason")
        return _end_form(page, reason, faults), 422
    flash(_("The run is off the list. Nothing of its cases was erased."))
    return redirect(url_for("retention_runs.one", run_id=run_id))


@blueprint.post("/retention/runs/<int:run_id>/go-on")
@needs(Permission.APPROVE_RETENTION, confirmed=True)
def go_on(run_id: int) -> ResponseReturnValue:
    """Have the background erase what is left and may be erased now."""
    page = _page(run_id)
    try:
        application().retention.ask_on(actor(), page.run.id)
    except RetentionRefused as refusal:
        faults = Faults()
        faults.add(refusal.words)
        return _approval(page, faults), 422
    flash(_("What is left is taken up again. Look again in a moment."))
    return redirect(url_for("retention_runs.one", run_id=page.run.id))


def _page(run_id: int, after: int = 0) -> RunPage:
    try:
        return application().retention.show(actor(), run_id, after)
    except NoSuchRetentionRun:
        abort(404)


def _end_form(page: RunPage, reason: str, faults: Faults) -> str:
    return render_template(
        "retention_run_end.html",
        run=page.run,
        own=page.run.prepared_by == actor().id,
        reason=reason,
        faults=faults,
        longest=LONGEST_REASON,
    )


def _proposal(cases: Sequence[DueCase], key: str, faults: Faults) -> str:
    return render_template("retention_propose.html", cases=cases, key=key, faults=faults, regime_title=regime_title)


def _approval(page: RunPage, faults: Faults) -> str:
    return render_template(
        "retention_approve.html",
        page=page,
        run=page.run,
        faults=faults,
        own=page.run.prepared_by == actor().id,
        regime_title=regime_title,
    )
