"""Withdrawing many applications at once: who and what first, then the act, then what came of each case."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.withdrawals import (
    CASES_AT_ONCE,
    LONGEST_REASON,
    MOST_CASES,
    AskWithdrawal,
    NoSuchWithdrawal,
    Progress,
    WithdrawalRefused,
)
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.referrals import chosen_filter, known_column
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("withdrawals", __name__)
_INPUTS = ("reason", "withdrawn_on")
_LARGEST_ID = 2**62


@blueprint.get("/referrals/withdrawals")
@needs(Permission.READ_REFERRALS)
def show_all() -> ResponseReturnValue:
    """Show the withdrawals of many that were begun, newest first."""
    before = request.args.get("before", type=row_id)
    batches, next_key = application().liaison.withdrawals.newest(
        actor(), before_id=min(before, _LARGEST_ID) if before else None
    )
    return render_template("withdrawals.html", batches=batches, next_key=next_key, before=before)


@blueprint.get("/referrals/withdrawals/new")
@needs(Permission.REFER)
def form() -> ResponseReturnValue:
    """Show whom a withdrawal would reach, and ask for the one legal reason."""
    column = known_column()
    chosen = _chosen_ids()
    if not chosen and column is not None:
        chosen = application().liaison.withdrawals.of_filter(actor(), chosen_filter(), column)
    typed = {"reason": "", "withdrawn_on": application().time.today().isoformat()}
    return _form(typed, chosen, Faults(), idempotency_key())


@blueprint.post("/referrals/withdrawals/new")
@needs(Permission.REFER, confirmed=True)
def begin() -> ResponseReturnValue:
    """Ask once more before anything is withdrawn, or begin it."""
    typed = {name: request.form.get(name, "") for name in _INPUTS}
    chosen, key, faults = _chosen_ids(), idempotency_key(), Faults()
    act = request.form.get("act", "")
    if act == "back":
        return _form(typed, chosen, faults, key)
    withdrawals = application().liaison.withdrawals
    asked = AskWithdrawal(typed["reason"], typed["withdrawn_on"], chosen, key)
    try:
        if act != "confirm":
            withdrawals.check(actor(), asked)
            return _form(typed, chosen, faults, key, confirm=True)
        batch_id = withdrawals.begin(actor(), asked)
    except WithdrawalRefused as refusal:
        faults.add(refusal.words, refusal.field if refusal.field in _INPUTS else "")
        return _form(typed, chosen, faults, key), 422
    withdrawals.go_on(actor(), batch_id)
    return redirect(url_for("withdrawals.one", batch_id=batch_id))


@blueprint.get("/referrals/withdrawals/<int:batch_id>")
@needs(Permission.READ_REFERRALS)
def one(batch_id: int) -> ResponseReturnValue:
    """Show how far a withdrawal is and what came of each case."""
    try:
        progress: Progress = application().liaison.withdrawals.show(actor(), min(batch_id, _LARGEST_ID))
    except NoSuchWithdrawal:
        abort(404)
    return render_template("withdrawal.html", progress=progress, at_once=CASES_AT_ONCE)


@blueprint.post("/referrals/withdrawals/<int:batch_id>/go-on")
@needs(Permission.REFER, confirmed=True)
def go_on(batch_id: int) -> ResponseReturnValue:
    """Withdraw what is not withdrawn yet."""
    try:
        application().liaison.withdrawals.go_on(actor(), min(batch_id, _LARGEST_ID))
    except NoSuchWithdrawal:
        abort(404)
    return redirect(url_for("withdrawals.one", batch_id=batch_id))


def _chosen_ids() -> list[int]:
    given = [int(one) for one in request.values.getlist("case") if one.isdecimal() and len(one) < len(str(_LARGEST_ID))]
    return list(dict.fromkeys(given))[:MOST_CASES]


def _form(typed: dict[str, str], chosen: Sequence[int], faults: Faults, key: str, *, confirm: bool = False) -> str:
    candidates = application().liaison.withdrawals.candidates(actor(), chosen)
    faults.put_in_order(_INPUTS)
    return render_template(
        "withdraw.html",
        typed=typed,
        open_ones=[one for one in candidates if one.is_open],
        closed_ones=[one for one in candidates if not one.is_open],
        faults=faults,
        key=key,
        confirm=confirm,
        most=MOST_CASES,
        longest=LONGEST_REASON,
    )
