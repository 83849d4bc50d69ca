"""The wind-down desk: every open case of an ended regime, what the law now requires of it and what still holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.workflow import money_text
from caseflow.services.ports.wind_down import PlanFilter
from caseflow.services.wind_down import PlanCounts, PlannedCase
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.spreadsheet import csv_answer
from caseflow.web.wind_down_words import definition_of, groups, next_by_whom

blueprint = Blueprint("wind_down", __name__)
LARGEST_ID = 2**62
ROWS_AT_ONCE = 500
"""Cases that an export reads at once; it holds no more of them in memory."""
_BEGUN = {"yes": True, "no": False}


@blueprint.get("/wind-down")
@needs(Permission.READ_WIND_DOWN)
def desk() -> ResponseReturnValue:
    """Show the classes with their counts, and one page of the cases."""
    counts = application().winddown.counts(actor())
    arguments = chosen_arguments(counts)
    after = key_asked("after")
    page = application().winddown.plan(actor(), _filter(arguments), after=after)
    return render_template(
        "wind_down.html",
        counts=counts,
        groups=groups(counts),
        definition=definition_of(counts.regime),
        page=page,
        since=_waiting_since(page.cases),
        waiting=application().wind_down_lists.letters_waiting(actor()),
        letters=application().wind_down_lists.letters_of(actor(), [one.row.id for one in page.cases if one.begun]),
        arguments=arguments,
        after=after,
    )


@blueprint.get("/wind-down.csv")
@needs(Permission.READ_WIND_DOWN)
def export() -> Response:
    """Hand the cases out as a file for a spreadsheet."""
    counts = application().winddown.counts(actor())
    headings = [
        _("Case"), _("Person"), _("Stage"), _("What the law requires now"), _("Where it stands"), _("Next"),
        _("By whom"), _("Waiting for the court since"), _("Assessed (yuan)"), _("Paid (yuan)"),
        _("Outstanding (yuan)"),
    ]  # fmt: skip
    name = f"wind-down-{application().time.today().isoformat()}.csv"
    # Read whole, and so written down, before any of it goes out.
    return csv_answer(name, headings, list(_rows(_filter(chosen_arguments(counts)))))


def key_asked(name: str) -> int | None:
    """Read the key that continues a list; None for the first page."""
    key = request.args.get(name, type=row_id)
    return key if key is not None and 0 < key <= LARGEST_ID else None


def chosen_arguments(counts: PlanCounts) -> dict[str, str]:
    """Return the filters of the request that mean something, as address arguments."""
    given: Mapping[str, str] = request.args
    known = {"class": counts.wind_down.classes, "stage": counts.wind_down.stages, "begun": _BEGUN}
    return {name: given[name] for name, values in known.items() if given.get(name, "") in values}


def _filter(arguments: Mapping[str, str]) -> PlanFilter:
    return PlanFilter(
        class_name=arguments.get("class"),
        stage=arguments.get("stage"),
        begun=_BEGUN[arguments["begun"]] if "begun" in arguments else None,
    )


def _waiting_since(cases: Sequence[PlannedCase]) -> Mapping[int, date]:
    ids = [case.row.id for case in cases if case.waits_for == "court"]
    return application().wind_down_lists.waiting_since(actor(), ids) if ids else {}


def _rows(chosen: PlanFilter) -> Iterator[list[str]]:
    after: int | None = None
    while True:
        page = application().winddown.plan(actor(), chosen, after=after, limit=ROWS_AT_ONCE)
        since = _waiting_since(page.cases)
        yield from (_cells(case, since.get(case.row.id)) for case in page.cases)
        after = page.next_key
        if after is None:
            return


def _cells(case: PlannedCase, since: date | None) -> list[str]:
    row = case.row
    return [
        display.pick(row.number, row.number_zh),
        row.party_name,
        display.words(case.stage_title),
        display.words(case.class_.title),
        display.words(case.state_title),
        display.words(case.next_step.title) if case.next_step else "",
        next_by_whom(case),
        since.isoformat() if since else "",
        money_text(row.assessed_fen),
        money_text(row.paid_fen),
        money_text(row.outstanding_fen),
    ]
