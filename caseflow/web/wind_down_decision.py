"""The decision on a run of a wind-down, by a person who did not prepare it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.words import Words
from caseflow.services.wind_down import RunPage, RunRefused
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.wind_down_runs import refunds_in, run_groups, run_page
from caseflow.web.wind_down_words import definition_of

blueprint = Blueprint("wind_down_decision", __name__)
SAMPLE = 10
"""Cases of a run that whoever decides is shown with names and sums; a list leads to all."""
_INPUTS = ("finance_paper_no", "refusal_reason")
_NO_PAPER = Words(
    "Give the number of the finance department's paper: the run writes balances off on it.",
    "请填写财政部门批复文号：本次清理将据此核销余额。",
)
_NO_REASON = Words("Say why, so that whoever prepared it can mend it.", "请说明理由，以便经办人修改。")


@blueprint.get("/wind-down/runs/<int:run_id>/decide")
@needs(Permission.APPROVE_WIND_DOWN)
def form(run_id: int) -> ResponseReturnValue:
    """Show what a run would do and for whom, and ask for the decision."""
    return _form(run_page(run_id), dict.fromkeys(_INPUTS, ""), Faults())


@blueprint.post("/wind-down/runs/<int:run_id>/decide")
@needs(Permission.APPROVE_WIND_DOWN, confirmed=True)
def decide(run_id: int) -> ResponseReturnValue:
    """Ask once more before a run is approved, approve it, or refuse it."""
    page, faults = run_page(run_id), Faults()
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    act = request.form.get("act", "")
    if act == "back":
        return _form(page, typed, faults)
    if act == "refuse" and not typed["refusal_reason"]:
        faults.add(_NO_REASON, "refusal_reason")
    if act != "refuse" and page.needs_paper and not typed["finance_paper_no"]:
        faults.add(_NO_PAPER, "finance_paper_no")
    if faults.found:
        return _form(page, typed, faults), 422
    if act not in ("refuse", "confirm"):
        return _form(page, typed, faults, confirm=True)
    try:
        if act == "refuse":
            application().winddown.refuse(actor(), page.run.id, reason=typed["refusal_reason"])
        else:
            application().winddown.approve(actor(), page.run.id, finance_paper_no=typed["finance_paper_no"])
    except RunRefused as refusal:
        faults.add(refusal.words, refusal.field if refusal.field in _INPUTS else "")
        return _form(run_page(run_id), typed, faults), 422
    flash(_("The run is not approved; nothing happened.") if act == "refuse" else _("The run is approved and begins."))
    return redirect(url_for("wind_down_runs.one", run_id=page.run.id))


def _form(page: RunPage, typed: dict[str, str], faults: Faults, *, confirm: bool = False) -> str:
    faults.put_in_order(_INPUTS)
    run = page.run
    sample = application().winddown.cases_of(actor(), [one.case_id for one in page.cases[:SAMPLE]], run.regime)
    refunds = refunds_in(page)
    return render_template(
        "decide_wind_down.html",
        refunds=sum(cases for cases, _fen in refunds.values()),
        run=run,
        needs_paper=page.needs_paper,
        plan=application().winddown.counts(actor(), run.regime),
        definition=definition_of(run.regime),
        groups=run_groups(page, refunds),
        sample=sample,
        own=run.prepared_by == actor().id,
        typed=typed,
        faults=faults,
        confirm=confirm,
    )
