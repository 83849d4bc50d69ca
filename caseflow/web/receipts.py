"""The receipt book to read: a day's receipts, the lots, each number with what became of it, a receipt as PDF."""

from __future__ import annotations

import io
from datetime import date

from flask import Blueprint, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.receipts import Receipt, ReceiptRefused, Status
from caseflow.domain.words import Words
from caseflow.services.receipt_book import PAGE_SIZE, BookPage
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.verify import verify_address

blueprint = Blueprint("receipts", __name__)
STATUS_WORDS = {
    Status.BLANK: Words("blank", "空白"),
    Status.ISSUED: Words("issued", "已开具"),
    Status.VOID: Words("void", "作废"),
    Status.LOST: Words("reported lost", "已报遗失"),
    Status.CHECKED_OFF: Words("checked off", "已核销"),
}


@blueprint.get("/receipts")
@needs(Permission.READ_LEDGER)
def day() -> ResponseReturnValue:
    """Show the receipts of a day (default: today) with their totals by regime."""
    book = application().receipt_book
    after = _key(request.args.get("after", ""))
    shown = book.day(actor(), _day(request.args.get("day", "")), after=after)
    return render_template(
        "receipts_day.html",
        shown=shown,
        after=after,
        lot=book.open_lot_of(actor()),
        definitions=application().rulebook.definitions,
    )


@blueprint.get("/receipts/lots")
@needs(Permission.READ_LEDGER)
def lots() -> ResponseReturnValue:
    """Show the lots of the office, the newest first."""
    before = request.args.get("before", type=row_id)
    found = application().receipt_book.lots(actor(), before_id=before)
    return render_template(
        "receipt_lots.html", lots=found, before=before, next_key=found[-1].id if len(found) == PAGE_SIZE else None
    )


@blueprint.get("/receipts/lots/<int:lot_id>")
@needs(Permission.READ_LEDGER)
def lot(lot_id: int) -> ResponseReturnValue:
    """Show a lot with its numbers, a page at a time."""
    book = application().receipt_book
    page = book.book(actor(), lot_id, from_no=request.args.get("from", type=row_id))
    return render_template("receipt_lot.html", page=page, fault=book.faults(actor(), lot_id), back=_page_before(page))


@blueprint.get("/receipts/lots/<int:lot_id>/<int:no>")
@needs(Permission.READ_LEDGER)
def one(lot_id: int, no: int) -> ResponseReturnValue:
    """Show one receipt: what it is for, what became of it, what may be done."""
    of, receipt = application().receipt_book.one(actor(), lot_id, no)
    return render_template("receipt.html", lot=of, receipt=receipt)


@blueprint.get("/receipts/lots/<int:lot_id>/<int:no>.pdf")
@needs(Permission.READ_LEDGER)
def pdf(lot_id: int, no: int) -> ResponseReturnValue:
    """Hand out a receipt as a one-page PDF; a number that was never issued has none."""
    try:
        number, printed = application().receipt_papers.pdf(actor(), lot_id, no, verify_address())
    except ReceiptRefused:
        abort(404)
    return send_file(io.BytesIO(printed), mimetype="application/pdf", as_attachment=True, download_name=f"{number}.pdf")


@blueprint.app_template_filter()
def receipt_status(status: Status) -> str:
    """Return what has become of a number, in words."""
    return display.words(STATUS_WORDS[status])


@blueprint.app_template_global()
def receipt_url(receipt: Receipt) -> str:
    """Return the address of a receipt's page."""
    return url_for("receipts.one", lot_id=receipt.lot_id, no=receipt.no)


@blueprint.app_template_global()
def regime_title(regime: str | None) -> str:
    """Return the title of a regime; of none: the numbers that never took money."""
    if regime is None:
        return _("Numbers spoiled or lost blank")
    known = application().rulebook.definitions.get(regime)
    return regime if known is None else display.words(known.title)


def _page_before(page: BookPage) -> int | None:
    first = page.rows[0].no if page.rows else page.lot.first_no
    return max(page.lot.first_no, first - PAGE_SIZE) if first > page.lot.first_no else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _key(text: str) -> tuple[int, int] | None:
    lot_id, _dash, no = text.partition("-")
    return (int(lot_id), int(no)) if lot_id.isdecimal() and no.isdecimal() and len(text) <= MOST_KEY_FIGURES else None


MOST_KEY_FIGURES = 30
