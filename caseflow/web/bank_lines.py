"""The lines of the bank: a list to work through, and one line with everything decided on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.bank import LONGEST_REASON
from caseflow.services.ports import LedgerRefused
from caseflow.services.ports.bank import BankRefused, LineFilter
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.bank_words import HOW, STATES, asked_day, note
from caseflow.web.context import actor, application
from caseflow.web.phrases import _, ngettext
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("bank_lines", __name__)
_LISTED = ("open", "proposed", "suspended", "matched", "remitted", "refund_ordered", "noted")


@blueprint.get("/bank/lines")
@needs(Permission.READ_LEDGER)
def show_all() -> ResponseReturnValue:
    """Show one page of lines, those entered last first."""
    return _list(Faults(), idempotency_key())


@blueprint.post("/bank/lines/match-again")
@needs(Permission.RECONCILE, confirmed=True)
def match_again() -> ResponseReturnValue:
    """Match every line that is certain by now."""
    matched = application().bank_lines.match_again(actor(), key=idempotency_key())
    flash(ngettext("%(num)d line matched.", "%(num)d lines matched.", matched) if matched else _("No line is certain."))
    return redirect(url_for("bank_lines.show_all", state="open"))


@blueprint.post("/bank/lines/suspend")
@needs(Permission.RECONCILE, confirmed=True)
def suspend() -> ResponseReturnValue:
    """Park the chosen lines in suspense."""
    faults, key = Faults(), idempotency_key()
    pairs = [one.partition(":") for one in request.form.getlist("line")]
    chosen = {int(line): int(nth) for line, _sep, nth in pairs if line.isdecimal() and nth.isdecimal()}
    if not chosen:
        flash(_("Choose the lines to park first."))
        return redirect(url_for("bank_lines.show_all", state="open"))
    try:
        application().bank_lines.suspend(actor(), chosen, key=key)
    except (BankRefused, LedgerRefused) as refusal:
        note(faults, refusal)
        return _list(faults, key, "open"), 422
    flash(ngettext("%(num)d line is in suspense.", "%(num)d lines are in suspense.", len(chosen)))
    return redirect(url_for("bank_lines.show_all", state="open"))


@blueprint.get("/bank/lines/<int:line_id>")
@needs(Permission.READ_LEDGER)
def show(line_id: int) -> ResponseReturnValue:
    """Show one line: what it says, what it may be, what was decided on it."""
    return _line(line_id, Faults(), idempotency_key())


@blueprint.post("/bank/lines/<int:line_id>/match")
@needs(Permission.RECONCILE, confirmed=True)
def match(line_id: int) -> ResponseReturnValue:
    """Match the line with receipts, proposed or named by hand."""
    numbers = re.split(r"[\s,;+，；、]+", request.form.get("receipts", "")[:10_000])
    how = "proposal" if request.form.get("how") == "proposal" else "hand"
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.match(actor(), line_id, nth, numbers, how=how, key=key),
        _("The line is matched."),
    )


@blueprint.post("/bank/lines/<int:line_id>/remittance")
@needs(Permission.RECONCILE, confirmed=True)
def match_remittance(line_id: int) -> ResponseReturnValue:
    """Match an outgoing line with its remittance."""
    remittance_id = request.form.get("remittance", type=row_id) or 0
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.match_remittance(actor(), line_id, nth, remittance_id, key=key),
        _("The line is matched."),
    )


@blueprint.post("/bank/lines/<int:line_id>/suspend")
@needs(Permission.RECONCILE, confirmed=True)
def suspend_one(line_id: int) -> ResponseReturnValue:
    """Park one line in suspense, with a reason if there is one."""
    reason = request.form.get("reason", "")
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.suspend(actor(), {line_id: nth}, reason=reason, key=key),
        _("The line is in suspense."),
    )


@blueprint.post("/bank/lines/<int:line_id>/refund")
@needs(Permission.RECONCILE, confirmed=True)
def order_refund(line_id: int) -> ResponseReturnValue:
    """Ask once more, then order that suspended money goes back to its sender."""
    reason = request.form.get("reason", "").strip()
    # A reason that cannot be kept is refused at its field before anybody is asked.
    asks = 0 < len(reason) <= LONGEST_REASON
    if request.form.get("act") == "back" or (asks and request.form.get("act") != "confirm"):
        return _line(line_id, Faults(), idempotency_key(), confirm=request.form.get("act") != "back")
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.order_refund(actor(), line_id, nth, reason=reason, key=key),
        _("The refund is ordered."),
    )


@blueprint.post("/bank/lines/<int:line_id>/note")
@needs(Permission.RECONCILE)
def note_line(line_id: int) -> ResponseReturnValue:
    """Note what a line is that moves nothing of the ledger."""
    reason = request.form.get("reason", "")
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.note(actor(), line_id, nth, reason=reason, key=key),
        _("Noted."),
    )


@blueprint.post("/bank/lines/<int:line_id>/undo")
@needs(Permission.RECONCILE, confirmed=True)
def undo(line_id: int) -> ResponseReturnValue:
    """Undo what was decided last; its trace stays."""
    reason = request.form.get("reason", "")
    return _decided(
        line_id,
        lambda nth, key: application().bank_lines.undo(actor(), line_id, nth, reason=reason, key=key),
        _("Undone. The trace stays in the history of the line."),
    )


def _decided(line_id: int, act: Callable[[int, str], None], said: str) -> ResponseReturnValue:
    faults, key = Faults(), idempotency_key()
    try:
        act(request.form.get("nth", type=row_id) or 0, key)
    except (BankRefused, LedgerRefused) as refusal:
        note(faults, refusal)
        sent = (request.endpoint or "").rpartition(".")[2]
        # Each form of the page has a reason of its own.
        faults.found = [replace(one, input_id=_own_input(one.input_id, sent)) for one in faults.found]
        return _line(line_id, faults, key), 422
    flash(said)
    return redirect(url_for("bank_lines.show", line_id=line_id))


def _own_input(input_id: str, sent: str) -> str:
    return f"reason-{sent}" if input_id == "reason" else input_id


def _line(line_id: int, faults: Faults, key: str, *, confirm: bool = False) -> str:
    return render_template(
        "bank_line.html",
        page=application().bank_lines.show(actor(), line_id),
        states=STATES,
        how=HOW,
        faults=faults,
        key=key,
        typed=request.form,
        # What was typed and what is wrong with it stand at the form that was sent.
        sent=(request.endpoint or "").rpartition(".")[2] if request.method == "POST" else "",
        confirm=confirm,
    )


def _list(faults: Faults, key: str, state: str | None = None) -> str:
    chosen = state or request.args.get("state", "")
    arguments: dict[str, str] = {"state": chosen} if chosen in _LISTED else {}
    for name in ("account", "statement"):
        if request.args.get(name, type=row_id) is not None:
            arguments[name] = request.args[name]
    for name in ("from", "until"):
        if asked_day(name) is not None:
            arguments[name] = request.args[name]
    wanted = LineFilter(
        arguments.get("state"),
        request.args.get("account", type=row_id),
        request.args.get("statement", type=row_id),
        asked_day("from"),
        asked_day("until"),
    )
    before = request.args.get("before", type=row_id)
    return render_template(
        "bank_lines.html",
        page=application().bank_lines.page(actor(), wanted, before),
        accounts=application().statements.accounts(actor()),
        counts=application().bank_lines.counts(actor()),
        arguments=arguments,
        before=before,
        listed=_LISTED,
        states=STATES,
        how=HOW,
        faults=faults,
        key=key,
    )
