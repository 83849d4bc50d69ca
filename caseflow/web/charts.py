"""Charts of one line with the same figures beside them. No page, chart or axis holds both lines."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.bootstrap import Drawing, chart_svg
from caseflow.domain.access import Permission, may
from caseflow.domain.ledger import Line
from caseflow.domain.ledger.figures import AppropriationUse, IncomeMonth
from caseflow.services.money_figures import FIRST_YEAR
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("charts", __name__)
MOST_DRAWN = 40
"""Appropriations in one chart; its table holds all."""
_FEN = 100
# A drawing brings its own styles and nothing else, and may do nothing.
POLICY_OF_A_DRAWING = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/charts")
@needs(Permission.SEE_MONEY)
def show() -> ResponseReturnValue:
    """Show the charts of one line: the one asked for, else the one that whoever looks may see."""
    own = Line.INCOME if may(actor(), Permission.READ_LEDGER) else Line.EXPENDITURE
    line = request.args.get("line", own.value)
    if line == Line.INCOME.value:
        return render_template("charts_income.html", months=application().figures.income(actor()))
    if line != Line.EXPENDITURE.value:
        abort(404)
    year = _year()
    uses = application().figures.expenditure(actor(), year)
    return render_template("charts_expenditure.html", uses=uses, year=year, drawn=MOST_DRAWN)


@blueprint.get("/charts/collected.svg", defaults={"name": "collected"})
@blueprint.get("/charts/outstanding.svg", defaults={"name": "outstanding"})
@needs(Permission.READ_LEDGER)
def draw(name: str) -> ResponseReturnValue:
    """Draw one chart of income as an image."""
    months = application().figures.income(actor())
    return _image(_collected(months) if name == "collected" else _outstanding(months))


@blueprint.get("/charts/appropriations.svg")
@needs(Permission.READ_SPENDING)
def draw_appropriations() -> ResponseReturnValue:
    """Draw the use of appropriations as an image."""
    return _image(_appropriations(application().figures.expenditure(actor(), _year())))


def _image(chart: Drawing) -> Response:
    answer = Response(chart_svg(chart), mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = POLICY_OF_A_DRAWING
    return answer


def _year() -> int:
    """Return the year asked for, or this one; a year after the next has no budget yet."""
    this_year = application().time.today().year
    year = request.args.get("year", this_year, type=row_id)
    if not FIRST_YEAR <= year <= this_year + 1:
        abort(404)
    return year


def _collected(months: list[IncomeMonth]) -> Drawing:
    series = (
        (_("Collected"), [one.collected_fen / _FEN for one in months]),
        (_("Remitted to the treasury"), [one.remitted_fen / _FEN for one in months]),
    )
    return Drawing("columns", _("Collected and remitted by month, in yuan"), _names(months), series)


def _outstanding(months: list[IncomeMonth]) -> Drawing:
    series = ((_("Outstanding"), [one.outstanding_fen / _FEN for one in months]),)
    return Drawing("line", _("Outstanding at the end of each month, in yuan"), _names(months), series)


def _names(months: list[IncomeMonth]) -> list[str]:
    return [f"{one.month:%Y-%m}" for one in months]


def _appropriations(uses: list[AppropriationUse]) -> Drawing:
    shown = uses[:MOST_DRAWN]
    series = (
        (_("Paid"), [one.paid_fen / _FEN for one in shown]),
        (_("Committed, not yet paid"), [one.committed_fen / _FEN for one in shown]),
        (_("Left"), [one.left_fen / _FEN for one in shown]),
    )
    labels = [f"{one.number} {one.purpose}" for one in shown]
    return Drawing("stacked", _("Use of appropriations, in yuan"), labels, series)
