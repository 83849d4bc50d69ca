"""Export of the ledger: which line, which days, which format; the file streams out and the record keeps who took it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.ledger import Line
from caseflow.domain.ledger.words import LINE_WORDS
from caseflow.domain.words import Words
from caseflow.services.ledger_exports import MOST_ROWS_OF_A_PAGE, READERS, ExportOrder, ExportRefused
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application, locale
from caseflow.web.security import needs

blueprint = Blueprint("exports", __name__)
FORMATS = {
    "csv": Words(
        "CSV: a table that every spreadsheet opens, one row a transfer", "CSV：各类电子表格均可打开，每笔分录一行"
    ),
    "xlsx": Words("Excel workbook, one row a transfer", "Excel工作簿，每笔分录一行"),
    "beancount": Words(
        "Beancount text, which bean-check proves against our balances", "Beancount文本，可用bean-check核对余额"
    ),
    "hledger": Words(
        "hledger journal, which hledger check proves against our balances", "hledger账本，可用hledger check核对余额"
    ),
}
_NO_LINE = Words("Choose one of the two lines.", "请选择收支线。")
_NO_FORMAT = Words("Choose a format.", "请选择格式。")
_NOT_A_DAY = Words("Give a day such as 2026-03-08, or leave it empty.", "请填写日期，例如2026-03-08，或者留空。")


@dataclass(frozen=True)
class _Typed:
    line: str = ""
    format: str = "csv"
    since: str = ""
    until: str = ""


@blueprint.get("/exports")
@needs(Permission.SEE_MONEY)
def show() -> ResponseReturnValue:
    """Show the form."""
    return _form(_Typed(until=application().time.today().isoformat()), Faults())


@blueprint.post("/exports")
@needs(Permission.SEE_MONEY, confirmed=True)
def download() -> ResponseReturnValue:
    """Hand out the file, in pieces as it is read, and record who took it."""
    typed = _Typed(**{name: request.form.get(name, "").strip() for name in ("line", "format", "since", "until")})
    faults = Faults()
    if typed.line not in {line.value for line in _lines()}:
        faults.add(_NO_LINE, "line")
    if typed.format not in FORMATS:
        faults.add(_NO_FORMAT, "format")
    since, until = _day(typed.since, "since", faults), _day(typed.until, "until", faults)
    if faults.found:
        return _form(typed, faults), 422
    order = ExportOrder(Line(typed.line), typed.format, since, until, locale())
    # The snapshot stays open while the browser reads, and ends with the answer.
    with ExitStack() as opening:
        try:
            export = opening.enter_context(application().exports.for_reader(actor(), order))
        except ExportRefused as refusal:
            faults.add(refusal.words, refusal.field)
            return _form(typed, faults), 422
        answer = Response(export.chunks, mimetype=export.media_type)
        answer.headers["Content-Type"] = export.media_type
        answer.headers["Content-Disposition"] = f'attachment; filename="{export.name}"'
        answer.call_on_close(opening.pop_all().close)
    return answer


def _day(typed: str, field: str, faults: Faults) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        faults.add(_NOT_A_DAY, field)
        return None


def _lines() -> dict[Line, Words]:
    """Return the lines that whoever asks may read."""
    return {line: words for line, words in LINE_WORDS.items() if may(actor(), READERS[line])}


def _form(typed: _Typed, faults: Faults) -> str:
    return render_template(
        "exports.html", typed=typed, faults=faults, lines=_lines(), formats=FORMATS, most=MOST_ROWS_OF_A_PAGE
    )
