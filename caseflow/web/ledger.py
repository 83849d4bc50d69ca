"""The ledger to read: transfers of one line, entries, the trial balance, accounts, the receipt book."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.ledger import NORMAL_SIDES, Line
from caseflow.domain.words import Words
from caseflow.services.ledger_reading import NotInLedger
from caseflow.services.ledger_views import TransferPage
from caseflow.services.ports import AccountBalance
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.ledger_asked import key_asked, key_text, line_asked, read_day, transfers_asked
from caseflow.web.ledger_words import operations
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("ledger", __name__)
_DAY = Words("Give a day such as 2026-03-08", "请填写日期，例如2026-03-08")


@blueprint.get("/ledger")
@needs(Permission.READ_LEDGER)
def show() -> ResponseReturnValue:
    """Show one page of the transfers of a line, newest first; without a line, the choice of one."""
    line = line_asked()
    if line is None:
        return render_template(
            "ledger_line.html", endpoint="ledger.show", lines=application().reading.lines_of(actor())
        )
    asked = transfers_asked(line)
    page, choices = application().reading.transfers(
        actor(), line, asked.chosen, before=key_asked("before"), after=key_asked("after")
    )
    if asked.faults.found:
        page = TransferPage()
    return render_template(
        "ledger.html", line=line, asked=asked, page=page, choices=choices, operations=operations(line)
    )


@blueprint.get("/ledger/entries/<path:key>")
@needs(Permission.READ_LEDGER)
def entry(key: str) -> ResponseReturnValue:
    """Show one entry whole."""
    try:
        found = application().reading.entry(actor(), key)
    except NotInLedger:
        abort(404)
    findings = application().findings.of_entry(actor(), key)
    return render_template("entry.html", entry=found, first=found.rows[0], findings=findings)


@blueprint.get("/ledger/balance")
@needs(Permission.READ_LEDGER)
def balance() -> ResponseReturnValue:
    """Show the trial balance of a line as of a day; without a line, the choice of one."""
    line = line_asked()
    if line is None:
        return render_template(
            "ledger_line.html", endpoint="ledger.balance", lines=application().reading.lines_of(actor())
        )
    typed = request.args.get("as_of", "")
    faults = Faults()
    as_of = read_day(typed) or application().time.today()
    if typed and read_day(typed) is None:
        faults.add(_DAY, "as_of")
    application().reading.check_line(actor(), line)
    rows = application().ledger.trial_balance(actor(), line, as_of)
    return render_template(
        "balance.html",
        line=line,
        as_of=as_of,
        typed=typed or as_of.isoformat(),
        faults=faults,
        rows=[(row, *standing_of(line, row)) for row in rows],
        debit_fen=sum(row.debit_fen for row in rows),
        credit_fen=sum(row.credit_fen for row in rows),
    )


@blueprint.get("/ledger/accounts/<code>")
@needs(Permission.READ_LEDGER)
def account(code: str) -> ResponseReturnValue:
    """Show the movements of an account up to a day, newest first, each with the balance after it."""
    typed = request.args.get("as_of", "")
    faults = Faults()
    as_of = read_day(typed) or application().time.today()
    if typed and read_day(typed) is None:
        faults.add(_DAY, "as_of")
    try:
        page = application().reading.account(actor(), code, as_of, before=key_asked("before"), after=key_asked("after"))
    except NotInLedger:
        abort(404)
    return render_template(
        "account.html",
        page=page,
        typed=typed or as_of.isoformat(),
        faults=faults,
        older=key_text(page.older),
        newer=key_text(page.newer),
    )


@blueprint.get("/ledger/receipts")
@needs(Permission.READ_LEDGER)
def receipts() -> ResponseReturnValue:
    """Show the lots of the receipt book with every number that is left out or there twice."""
    before = request.args.get("before", type=row_id)
    lots, next_key = application().reading.receipt_book(actor(), before_id=before)
    return render_template("receipt_gaps.html", lots=lots, next_key=next_key, before=before)


def standing_of(line: Line, row: AccountBalance) -> tuple[int, str]:
    """Return the balance of an account on its normal side, in fen, and that side."""
    side = NORMAL_SIDES[line, row.kind]
    grown_fen = row.debit_fen - row.credit_fen
    return (grown_fen if side == "debit" else -grown_fen), side
