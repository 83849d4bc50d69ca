"""Closing a month of a line for ever: what would be closed, asked once more, done."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.ledger import Line
from caseflow.services.ledger_reading import Closing
from caseflow.services.ports import LedgerRefused
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.ledger import standing_of
from caseflow.web.ledger_asked import line_asked
from caseflow.web.ledger_words import line_title, month
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("period_close", __name__)


@blueprint.get("/ledger/close")
@needs(Permission.CLOSE_PERIOD)
def show() -> ResponseReturnValue:
    """Show what closing the first open month, or the named one, would close; without a line, the choice of one."""
    line = line_asked()
    if line is None:
        return render_template(
            "ledger_line.html", endpoint="period_close.show", lines=application().reading.lines_of(actor())
        )
    closing = application().reading.closing(actor(), line, _period(request.args.get("period", "")))
    return _shown(line, closing, Faults())


@blueprint.post("/ledger/close")
@needs(Permission.CLOSE_PERIOD, confirmed=True)
def close() -> ResponseReturnValue:
    """Ask once more, then close."""
    named, period = request.form.get("line", ""), _period(request.form.get("period", ""))
    if named not in {line.value for line in Line} or period is None:
        abort(400)
    line, key, act = Line(named), idempotency_key(), request.form.get("act", "")
    if act == "back":
        return redirect(url_for("period_close.show", line=line.value, period=period))
    if act != "confirm":
        closing = application().reading.closing(actor(), line, period)
        if closing is None:
            return _shown(line, None, Faults()), 422
        return render_template("confirm_close.html", closing=closing, key=key)
    try:
        application().ledger.close_period(actor(), line, period, idempotency_key=key)
    except LedgerRefused as refusal:
        faults = Faults()
        faults.add(refusal.words)
        return _shown(line, application().reading.closing(actor(), line), faults), 422
    flash(_("%(month)s is closed on the line of %(line)s.", month=month(period), line=line_title(line)))
    return redirect(url_for("period_close.show", line=line.value))


def _period(typed: str) -> int | None:
    plain = typed.replace("-", "", 1)
    return int(plain) if plain.isdecimal() and len(plain) == len("yyyymm") else None


def _shown(line: Line, closing: Closing | None, faults: Faults) -> str:
    rows = [(row, *standing_of(line, row)) for row in closing.balances] if closing is not None else []
    return render_template(
        "close_period.html",
        line=line,
        closing=closing,
        month_value=f"{closing.period // 100}-{closing.period % 100:02d}" if closing is not None else "",
        closes=application().ledger.closes(actor(), line)[:12],
        rows=rows,
        debit_fen=sum(row.debit_fen for row, *_rest in rows),
        credit_fen=sum(row.credit_fen for row, *_rest in rows),
        faults=faults,
        key=idempotency_key(),
    )
