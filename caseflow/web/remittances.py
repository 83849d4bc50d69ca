"""Remittances to the treasury: choosing receipts, looking once more, remitting, and the treasury's advice."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.services.bank import MakeRemittance
from caseflow.services.ports import LedgerRefused
from caseflow.services.ports.bank import BankRefused
from caseflow.services.ports.remittances import ReceiptRow
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.bank_words import MISSING, STANDINGS, note, typed_day, typed_fen
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("remittances", __name__)


@blueprint.get("/remittances")
@needs(Permission.READ_LEDGER)
def show_all() -> ResponseReturnValue:
    """Show one page of remittances, newest first."""
    before = request.args.get("before", type=row_id)
    rows, next_key = application().remittances.all(actor(), before)
    return render_template("remittances.html", rows=rows, next_key=next_key, before=before, standings=STANDINGS)


@blueprint.get("/remittances/new")
@needs(Permission.RECONCILE)
def form() -> ResponseReturnValue:
    """Show what may be remitted from an account."""
    return _form(Faults(), idempotency_key())


@blueprint.post("/remittances/new")
@needs(Permission.RECONCILE, confirmed=True)
def make() -> ResponseReturnValue:
    """Show the sum once more, then remit."""
    faults, key = Faults(), idempotency_key()
    if request.form.get("act") == "back":
        return _form(faults, key)
    day = typed_day(faults, "remitted_on")
    if day is None:
        return _form(faults, key), 422
    pairs = [one.partition(":") for one in request.form.getlist("receipt")]
    asked = MakeRemittance(
        request.form.get("account", type=row_id) or 0,
        request.form.get("voucher", ""),
        day,
        tuple((int(lot), int(no)) for lot, _sep, no in pairs if lot.isdecimal() and no.isdecimal()),
        request.form.get("amount_fen", type=row_id) or 0,
    )
    try:
        if request.form.get("act") != "confirm":
            return _confirm(asked, application().remittances.check(actor(), asked), key)
        made = application().remittances.make(actor(), asked, key=key)
    except (BankRefused, LedgerRefused) as refusal:
        note(faults, refusal)
        return _form(faults, key), 422
    flash(_("Remitted. Record the treasury's advice here when it comes."))
    return redirect(url_for("remittances.show", remittance_id=made))


@blueprint.get("/remittances/<int:remittance_id>")
@needs(Permission.READ_LEDGER)
def show(remittance_id: int) -> ResponseReturnValue:
    """Show one remittance with its receipts, its line and its advice."""
    return _one(remittance_id, Faults(), idempotency_key())


@blueprint.post("/remittances/<int:remittance_id>/advice")
@needs(Permission.RECONCILE, confirmed=True)
def advise(remittance_id: int) -> ResponseReturnValue:
    """Record the treasury's advice as it stands on the paper."""
    faults, key = Faults(), idempotency_key()
    day, fen = typed_day(faults, "advised_on"), typed_fen(faults, "amount")
    try:
        if day is not None and fen is not None:
            number = request.form.get("number", "")
            application().remittances.advise(actor(), remittance_id, number, day, fen, key=key)
    except BankRefused as refusal:
        note(faults, refusal)
    if faults.found:
        return _one(remittance_id, faults, key), 422
    flash(_("The advice is recorded."))
    return redirect(url_for("remittances.show", remittance_id=remittance_id))


@blueprint.post("/remittances/<int:remittance_id>/take-back")
@needs(Permission.RECONCILE, confirmed=True)
def take_back(remittance_id: int) -> ResponseReturnValue:
    """Take a remittance back before it leaves the bank."""
    faults, key = Faults(), idempotency_key()
    try:
        application().remittances.take_back(actor(), remittance_id, reason=request.form.get("reason", ""), key=key)
    except (BankRefused, LedgerRefused) as refusal:
        note(faults, refusal)
        return _one(remittance_id, faults, key), 422
    flash(_("Taken back: its receipts may be remitted anew."))
    return redirect(url_for("remittances.show", remittance_id=remittance_id))


def _form(faults: Faults, key: str) -> str:
    accounts = application().statements.accounts(actor())
    account_id = request.values.get("account", type=row_id)
    account = next((one for one in accounts if one.id == account_id), accounts[0] if len(accounts) == 1 else None)
    rows = application().remittances.remittable(actor(), account.id) if account is not None else []
    # Everything is chosen at first: what the bank has shown is to be remitted.
    chosen = request.form.getlist("receipt") if request.method == "POST" else [_key(row) for row in rows]
    return render_template(
        "new_remittance.html",
        accounts=accounts,
        account=account,
        rows=[(_key(row), row) for row in rows],
        total=sum(row.amount_fen for row in rows),
        chosen=chosen,
        typed=request.form,
        faults=faults,
        key=key,
    )


def _confirm(asked: MakeRemittance, receipts: Sequence[ReceiptRow], key: str) -> str:
    return render_template(
        "confirm_remittance.html",
        asked=asked,
        receipts=[(_key(row), row) for row in receipts],
        total=sum(row.amount_fen for row in receipts),
        key=key,
    )


def _one(remittance_id: int, faults: Faults, key: str) -> str:
    lot, _sep, no = request.args.get("after", "").partition(":")
    after = (int(lot), int(no)) if lot.isdecimal() and no.isdecimal() else (0, -1)
    return render_template(
        "remittance.html",
        page=application().remittances.show(actor(), remittance_id, after),
        standings=STANDINGS,
        missing=MISSING,
        faults=faults,
        key=key,
        typed=request.form,
        sent=(request.endpoint or "").rpartition(".")[2] if faults.found else "",
    )


def _key(row: ReceiptRow) -> str:
    return f"{row.lot_id}:{row.no}"
