"""Runs of a wind-down: prepared with what they do in view, sent to another person, followed case by case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.words import Words
from caseflow.services.ports.wind_down import ClassCount
from caseflow.services.wind_down import BeginRun, NoSuchRun, PlanCounts, RunPage, RunRefused
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.wind_down import LARGEST_ID, key_asked
from caseflow.web.wind_down_words import OUTCOME_FILTERS, Group, definition_of, groups, outcome_filters

blueprint = Blueprint("wind_down_runs", __name__)
MOST_MARKED = 200
"""Marked cases of one form; whole classes have no such bound."""
LONGEST_REASON = 5000
_INPUTS = ("classes", "cases", "reason", "day")


@dataclass(frozen=True)
class Asked:
    """What was typed and marked to prepare a run."""

    classes: Sequence[str]
    case_ids: Sequence[int]
    reason: str
    day: str

    def to_begin(self, key: str) -> BeginRun:
        """Return it as the use case asks for it."""
        return BeginRun(key, self.classes, self.case_ids, self.reason.strip(), self.day)


@blueprint.get("/wind-down/runs")
@needs(Permission.READ_WIND_DOWN)
def show_all() -> ResponseReturnValue:
    """Show the runs of the office, newest first."""
    before = key_asked("before")
    runs, next_key = application().winddown.newest(actor(), before_id=before)
    return render_template("wind_down_runs.html", runs=runs, next_key=next_key, before=before, plan=_plan())


@blueprint.get("/wind-down/runs/new")
@needs(Permission.PREPARE_WIND_DOWN)
def form() -> ResponseReturnValue:
    """Ask for the classes or show the marked cases, and ask for reason and day."""
    counts = _plan()
    return _form(_asked(counts, application().time.today().isoformat()), counts, Faults(), idempotency_key())


@blueprint.post("/wind-down/runs/new")
@needs(Permission.PREPARE_WIND_DOWN)
def begin() -> ResponseReturnValue:
    """Show what the run would do for whom, or send it to another person for approval."""
    counts, key, faults = _plan(), idempotency_key(), Faults()
    asked = _asked(counts, "")
    act = request.form.get("act", "")
    if act == "back":
        return _form(asked, counts, faults, key)
    try:
        if act != "confirm":
            return _confirm(asked, application().winddown.check(actor(), asked.to_begin(key)), key)
        run_id = application().winddown.begin(actor(), asked.to_begin(key))
    except RunRefused as refusal:
        faults.add(refusal.words, refusal.field if refusal.field in _INPUTS else "")
        return _form(asked, counts, faults, key), 422
    flash(_("The run is prepared. Nothing happens before another person approves it."))
    return redirect(url_for("wind_down_runs.one", run_id=run_id))


@blueprint.get("/wind-down/runs/<int:run_id>")
@needs(Permission.READ_WIND_DOWN)
def one(run_id: int) -> ResponseReturnValue:
    """Show how far a run is, and what came of each of its cases."""
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in OUTCOME_FILTERS else ""
    after = key_asked("after")
    page = run_page(run_id, outcomes=OUTCOME_FILTERS.get(chosen, ()), after=after or 0)
    refunds = refunds_in(page)
    refused = [case.case_id for case in page.cases if case.outcome == "refused"]
    return render_template(
        "wind_down_run.html",
        refunds=sum(cases for cases, _fen in refunds.values()),
        unlawful=application().winddown.refunds_of(actor(), refused),
        page=page,
        run=page.run,
        definition=definition_of(page.run.regime),
        plan=application().winddown.counts(actor(), page.run.regime),
        groups=run_groups(page, refunds),
        chosen=chosen,
        after=after,
        filters=outcome_filters(),
        waiting=_letters_waiting(page),
        letters=application().wind_down_lists.letters_of(actor(), [case.case_id for case in page.cases]),
        may_go_on=_may_go_on(),
    )


@blueprint.post("/wind-down/runs/<int:run_id>/go-on")
@needs(Permission.READ_WIND_DOWN, confirmed=True)
def go_on(run_id: int) -> ResponseReturnValue:
    """Have what is not done tried again, in the background."""
    if not _may_go_on():
        abort(403)
    try:
        application().winddown.ask_on(actor(), min(run_id, LARGEST_ID))
    except NoSuchRun:
        abort(404)
    except RunRefused:
        abort(409)
    flash(_("What is left is taken up again. Look again in a moment."))
    return redirect(url_for("wind_down_runs.one", run_id=run_id))


def run_page(run_id: int, *, outcomes: Sequence[str] = (), after: int = 0) -> RunPage:
    """Return a run of the office, or end the request with 404."""
    try:
        return application().winddown.show(actor(), min(run_id, LARGEST_ID), outcomes=outcomes, after=after)
    except NoSuchRun:
        abort(404)


def refunds_in(page: RunPage) -> Mapping[tuple[str, str], tuple[int, int]]:
    """Return in which cases of a run that waits a refund finding stands, and what they paid, by class and stage."""
    return application().winddown.refunds_in(actor(), page.run.id) if page.run.status == "prepared" else {}


def run_groups(page: RunPage, refunds: Mapping[tuple[str, str], tuple[int, int]]) -> list[Group]:
    """Return the people of a run by class, as they stood when it was prepared; what they owe, until it is approved.

    What was paid on cases that ``refunds`` names is not counted as staying.
    """
    run = page.run
    counts = application().winddown.counts(actor(), run.regime)
    sums: Sequence[ClassCount] = [ClassCount(name, stage, number, 0, 0, 0) for name, stage, number in page.by_class]
    if run.status == "prepared":
        sums = [
            replace(one, paid_fen=one.paid_fen - refunds.get((one.class_name, one.stage), (0, 0))[1])
            for one in application().wind_down_lists.run_sums(actor(), run.id)
        ]
    return groups(PlanCounts(counts.regime, counts.wind_down, sums))


def _letters_waiting(page: RunPage) -> Sequence[tuple[str, Words, int]]:
    if page.run.status != "approved":
        return ()
    return application().wind_down_lists.letters_waiting(actor(), run_id=page.run.id)


def _may_go_on() -> bool:
    return may(actor(), Permission.PREPARE_WIND_DOWN) or may(actor(), Permission.APPROVE_WIND_DOWN)


def _plan() -> PlanCounts:
    return application().winddown.counts(actor())


def _asked(counts: PlanCounts, today: str) -> Asked:
    given = request.values
    ids = [int(one) for one in given.getlist("case") if one.isdecimal() and len(one) < len(str(LARGEST_ID))]
    return Asked(
        classes=[one for one in dict.fromkeys(given.getlist("class")) if one in counts.wind_down.classes],
        case_ids=list(dict.fromkeys(ids))[:MOST_MARKED],
        reason=given.get("reason", ""),
        day=given.get("day", today),
    )


def _by_class(counts: PlanCounts) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for one in counts.by_class:
        found[one.class_name] = found.get(one.class_name, 0) + one.cases
    return found


def _form(asked: Asked, counts: PlanCounts, faults: Faults, key: str) -> str:
    faults.put_in_order(_INPUTS)
    return render_template(
        "prepare_wind_down.html",
        asked=asked,
        marked=application().winddown.cases_of(actor(), asked.case_ids) if asked.case_ids else [],
        counts=counts,
        by_class=_by_class(counts),
        faults=faults,
        key=key,
        longest=LONGEST_REASON,
    )


def _confirm(asked: Asked, counts: PlanCounts, key: str) -> str:
    return render_template(
        "confirm_wind_down.html",
        asked=asked,
        counts=counts,
        groups=groups(counts),
        definition=definition_of(counts.regime),
        key=key,
    )
