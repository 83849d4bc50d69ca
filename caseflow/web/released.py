"""Who is still listed and since when, and who was released month by month; every figure leads to its cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.bootstrap import Drawing, chart_svg
from caseflow.domain.access import Permission
from caseflow.services.ports.wind_down import ReleasedMonth
from caseflow.services.ports.wind_down_lists import Figure, FigureOf
from caseflow.web.charts import POLICY_OF_A_DRAWING
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.wind_down_words import definition_of

blueprint = Blueprint("released", __name__)
MONTHS_DRAWN: Final = 24
"""Months in a chart; its table holds all."""
UNKNOWN: Final = "unknown"
"""The year of those of whom nobody wrote down since when they are listed."""
_FEN: Final = 100
_LONGEST_KEY_CHARACTERS: Final = 40


@blueprint.get("/wind-down/released")
@needs(Permission.READ_WIND_DOWN)
def show() -> ResponseReturnValue:
    """Show who is still listed, who waits for the court, and who was released when."""
    figures = application().winddown.released(actor())
    first = application().wind_down_lists.cases_behind(actor(), Figure(FigureOf.LISTED), limit=1)
    return render_template(
        "released.html",
        figures=figures,
        oldest=first.cases[0] if first.cases else None,
        drawn=MONTHS_DRAWN,
        unknown=UNKNOWN,
        waiting=application().wind_down_lists.letters_waiting(actor()),
    )


@blueprint.get("/wind-down/released/people.svg", defaults={"name": "people"})
@blueprint.get("/wind-down/released/money.svg", defaults={"name": "money"})
@needs(Permission.READ_WIND_DOWN)
def draw(name: str) -> ResponseReturnValue:
    """Draw one chart as an image."""
    months = consecutive(application().winddown.released(actor()).months, application().time.today())
    labels = [f"{one.month:%Y-%m}" for one in months]
    if name == "people":
        people = (_("People taken off the list"), [float(one.people) for one in months])
        title = _("People taken off the list of defaulters, by month")
        chart = Drawing("columns", title, labels, (people,), counts=True)
    else:
        money = (_("Written off for good"), [one.written_off_fen / _FEN for one in months])
        chart = Drawing("columns", _("Sums that nobody has to pay any more, by month, in yuan"), labels, (money,))
    answer = Response(chart_svg(chart), mimetype="image/svg+xml")
    answer.headers["Content-Security-Policy"] = POLICY_OF_A_DRAWING
    return answer


@blueprint.get("/wind-down/released/cases")
@needs(Permission.READ_WIND_DOWN)
def cases() -> ResponseReturnValue:
    """Show the cases behind one figure, those that wait longest first."""
    figure, arguments = _figure_asked(request.args)
    after = request.args.get("after", "")[:_LONGEST_KEY_CHARACTERS]
    page = application().wind_down_lists.cases_behind(actor(), figure, after=after or None)
    return render_template(
        "released_cases.html",
        figure=figure,
        page=page,
        arguments=arguments,
        after=after,
        definition=definition_of(page.regime),
        letters=application().wind_down_lists.letters_of(actor(), [one.id for one in page.cases]),
        FigureOf=FigureOf,
    )


def consecutive(months: Sequence[ReleasedMonth], today: date) -> list[ReleasedMonth]:
    """Return the last months up to this one without a gap, oldest first: a month without a release is drawn as none."""
    known: Mapping[date, ReleasedMonth] = {one.month: one for one in months}
    last = today.year * 12 + today.month - 1
    first = min((one.year * 12 + one.month - 1 for one in known), default=last)
    first = max(first, last - MONTHS_DRAWN + 1)
    wanted = [date(no // 12, no % 12 + 1, 1) for no in range(first, last + 1)]
    return [known.get(month) or ReleasedMonth(month, 0, 0, 0) for month in wanted]


def _figure_asked(given: Mapping[str, str]) -> tuple[Figure, dict[str, str]]:
    """Read which figure is asked for; what is no figure is not found."""
    of = given.get("of", "")
    if of not in {one.value for one in FigureOf}:
        abort(404)
    arguments = {"of": of}
    year: int | None = None
    month: date | None = None
    try:
        if given.get("year", UNKNOWN) != UNKNOWN:
            year = date(int(given["year"]), 1, 1).year
        if "month" in given:
            month = date.fromisoformat(f"{given['month']}-01")
    except ValueError:
        abort(404)
    arguments |= {name: given[name] for name in ("year", "month") if name in given}
    return Figure(FigureOf(of), year=year, year_unknown=given.get("year") == UNKNOWN, month=month), arguments
