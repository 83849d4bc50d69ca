"""The bank: accounts, statements, and a file on its way in: what it would do first, then the entering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.bank import COLUMN_WORDS, LARGEST_FILE_BYTES, BankFileRefused, Columns, Direction, RowFault
from caseflow.domain.words import Words
from caseflow.services.bank import EnterFile, ImportPlan
from caseflow.services.ports.bank import BankAccount, BankRefused, StoredFile
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.bank_words import FORMATS, STATES, note
from caseflow.web.context import actor, application
from caseflow.web.phrases import _, ngettext
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs, takes_files

blueprint = Blueprint("bank", __name__)
_NO_FILE = Words("Choose the file of the bank.", "请选择银行文件。")


@blueprint.get("/bank")
@needs(Permission.READ_LEDGER)
def show() -> ResponseReturnValue:
    """Show accounts, what is not explained, the form for a file, and the statements, newest first."""
    return _shown(Faults(), idempotency_key())


@blueprint.post("/bank/accounts")
@needs(Permission.RECONCILE, confirmed=True)
def open_account() -> ResponseReturnValue:
    """Open a collecting account."""
    faults, key = Faults(), idempotency_key()
    try:
        application().statements.open_account(
            actor(), request.form.get("bank", ""), request.form.get("number", ""), key=key
        )
    except BankRefused as refusal:
        note(faults, refusal)
        return _shown(faults, key), 422
    flash(_("The account is open: its statements can be entered."))
    return redirect(url_for("bank.show"))


@blueprint.post("/bank/files")
@needs(Permission.RECONCILE)
@takes_files(LARGEST_FILE_BYTES)
def receive() -> ResponseReturnValue:
    """Keep the file as it came and show what it would do."""
    faults = Faults()
    sent = request.files.get("statement")
    if sent is None or not sent.filename:
        faults.add(_NO_FILE, "statement")
        return _shown(faults, idempotency_key()), 422
    try:
        file_id = application().statements.receive(actor(), sent.filename, sent.read())
    except BankFileRefused as refusal:
        faults.add(refusal.faults[0].words, "statement")
        return _shown(faults, idempotency_key()), 422
    return redirect(url_for("bank.show_file", file_id=file_id))


@blueprint.get("/bank/files/<int:file_id>")
@needs(Permission.RECONCILE)
def show_file(file_id: int) -> ResponseReturnValue:
    """Show what a file would do; for a CSV first which column holds what."""
    return _file_page(application().statements.file(actor(), file_id), Faults(), idempotency_key())


@blueprint.post("/bank/files/<int:file_id>/columns")
@needs(Permission.RECONCILE)
def save_columns(file_id: int) -> ResponseReturnValue:
    """Keep which column of this bank's CSV holds what."""
    file = application().statements.file(actor(), file_id)
    faults, key = Faults(), idempotency_key()
    account_id = request.form.get("account", type=row_id) or 0
    columns = Columns(**{one.name: request.form.get(one.name, "")[:100] for one in fields(Columns)})
    try:
        application().statements.save_columns(actor(), account_id, columns, file.content, key=key)
    except BankRefused as refusal:
        note(faults, refusal)
        return _file_page(file, faults, key, columns), 422
    return redirect(url_for("bank.show_file", file_id=file_id, account=account_id))


@blueprint.post("/bank/files/<int:file_id>/enter")
@needs(Permission.RECONCILE, confirmed=True)
def enter(file_id: int) -> ResponseReturnValue:
    """Enter the file for good."""
    file = application().statements.file(actor(), file_id)
    asked = EnterFile(
        file.name,
        file.content,
        request.form.get("account", type=row_id),
        good_rows_only=request.form.get("act") == "good_rows",
    )
    faults, key = Faults(), idempotency_key()
    try:
        plan = application().statements.enter(actor(), asked, key=key)
    except BankFileRefused:
        # The page itself names every row at fault.
        return _file_page(file, faults, key), 422
    except BankRefused as refusal:
        note(faults, refusal)
        return _file_page(file, faults, key), 422
    flash(_told(plan))
    return redirect(url_for("bank_lines.show_all", state="open") if plan.unexplained else url_for("bank.show"))


def _told(plan: ImportPlan) -> str:
    if not plan.new:
        return _("Every line was entered before: nothing changed.")
    lines = ngettext("%(num)d line entered", "%(num)d lines entered", len(plan.new))
    return _("%(lines)s: %(matched)d matched, %(open)d not explained.", lines=lines, matched=plan.matched,
             open=plan.unexplained)  # fmt: skip


def _shown(faults: Faults, key: str) -> str:
    statements, next_key = application().statements.statements(actor(), request.args.get("before", type=row_id))
    return render_template(
        "bank.html",
        accounts=application().statements.accounts(actor()),
        counts=application().bank_lines.counts(actor()),
        statements=statements,
        next_key=next_key,
        formats=FORMATS,
        states=STATES,
        faults=faults,
        key=key,
        typed=request.form,
        largest=LARGEST_FILE_BYTES // 1024 // 1024,
    )


def _file_page(file: StoredFile, faults: Faults, key: str, typed: Columns | None = None) -> str:
    accounts = application().statements.accounts(actor())
    plan: ImportPlan | None = None
    wrong: tuple[RowFault, ...] = ()
    headings: tuple[str, ...] = ()
    columns = typed
    account = _account(accounts)
    ask_columns = typed is not None
    is_csv = application().statements.kind(file.content) == "csv"
    try:
        if is_csv and account is not None:
            known, headings, saved = application().statements.columns(actor(), file.content, account.id)
            columns = typed or known
            ask_columns = typed is not None or not saved or "columns" in request.args
        if accounts and not ask_columns and (account is not None or not is_csv):
            asked = EnterFile(file.name, file.content, account.id if is_csv and account is not None else None)
            plan = application().statements.preview(actor(), asked)
            wrong = plan.faults
    except BankFileRefused as refusal:
        wrong = refusal.faults
    return render_template(
        "bank_file.html",
        file=file,
        accounts=accounts,
        account=account,
        is_csv=is_csv,
        ask_columns=ask_columns,
        columns=columns,
        headings=headings,
        column_words=COLUMN_WORDS,
        plan=plan,
        plan_in=_figures(plan, Direction.CREDIT),
        plan_out=_figures(plan, Direction.DEBIT),
        wrong=wrong,
        formats=FORMATS,
        faults=faults,
        key=key,
    )


def _figures(plan: ImportPlan | None, direction: Direction) -> tuple[int, int]:
    return (plan.count(direction), plan.fen(direction)) if plan is not None else (0, 0)


def _account(accounts: Sequence[BankAccount]) -> BankAccount | None:
    chosen = request.values.get("account", type=row_id)
    if chosen is None and len(accounts) == 1:
        return accounts[0]
    return next((one for one in accounts if one.id == chosen), None)
