"""My desk: one list by how late things are, and the same list as a file for a spreadsheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.workflow import PHASES, money_text
from caseflow.services.desks import Desk, DeskRow
from caseflow.services.views import Lateness
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.spreadsheet import csv_answer

blueprint = Blueprint("desk", __name__)


@dataclass(frozen=True)
class Chosen:
    """How the list is narrowed."""

    regime: str | None
    phase: str | None
    escalated: bool = False

    def without(self, name: str) -> dict[str, str]:
        """Return the address arguments that remain when one filter is taken away."""
        return {key: value for key, value in self.arguments().items() if key != name}

    def arguments(self) -> dict[str, str]:
        """Return the filters as address arguments."""
        named = (("regime", self.regime), ("phase", self.phase), ("escalated", "yes" if self.escalated else None))
        return {key: value for key, value in named if value}


def chosen_filters() -> Chosen:
    """Read the filters of the request; what is not known narrows nothing."""
    regime, phase = request.args.get("regime", ""), request.args.get("phase", "")
    known = application().rulebook.definitions
    return Chosen(
        regime if regime in known else None,
        phase if phase in PHASES else None,
        escalated=request.args.get("escalated") == "yes",
    )


@blueprint.get("/")
@needs(Permission.SEE_DESK)
def home() -> ResponseReturnValue:
    """Lead to the first page of whoever is signed in."""
    me = actor()
    if may(me, Permission.READ_CASES):
        return redirect(url_for("desk.show"))
    return redirect(url_for("staff.show" if may(me, Permission.MANAGE_STAFF) else "spending.show"))


@blueprint.get("/desk")
@needs(Permission.READ_CASES)
def show() -> ResponseReturnValue:
    """Show the desk, or more of one of its groups."""
    chosen = chosen_filters()
    group = request.args.get("only", "")
    only = Lateness(group) if group in {one.value for one in Lateness} else None
    desk = application().desks.my_desk(
        actor(),
        regime=chosen.regime,
        phase=chosen.phase,
        escalated=chosen.escalated,
        only=only,
        after=request.args.get("after"),
    )
    return render_template(
        "desk.html",
        desk=desk,
        chosen=chosen,
        only=only,
        phases=PHASES,
        definitions=application().rulebook.definitions,
        submitted=application().submissions.desk.waiting(actor()),
        **_substitutes(desk.today),
    )


def _substitutes(today: date) -> dict[str, object]:
    """Return who stands in for whoever asks today, for whom they do, and the names of those, by id."""
    own = application().substitutes.of(actor())
    by_me = [one for one in own.by_me if one.holds_on(today)]
    return {
        "for_me": [one for one in own.for_me if one.holds_on(today)],
        "by_me": by_me,
        "away_names": {one.away_id: (one.away_en, one.away_zh) for one in by_me},
    }


@blueprint.get("/desk.csv")
@needs(Permission.READ_CASES)
def export() -> Response:
    """Hand the whole desk out as a file for a spreadsheet."""
    chosen = chosen_filters()
    headings = [
        _("Group"), _("Next step"), _("Case"), _("Party"), _("Regime"), _("Phase"), _("Due on"), _("Time limit"),
        _("Owner"), _("Why now"), _("Outstanding (yuan)"), _("Escalation"),
    ]  # fmt: skip
    name = f"desk-{application().time.today().isoformat()}.csv"
    return csv_answer(name, headings, [_cells(*row) for row in _all_rows(chosen)])


def _all_rows(chosen: Chosen) -> list[tuple[Lateness, DeskRow, date]]:
    found: list[tuple[Lateness, DeskRow, date]] = []
    for group in Lateness:
        after: str | None = None
        while True:
            desk: Desk = application().desks.my_desk(
                actor(),
                regime=chosen.regime,
                phase=chosen.phase,
                escalated=chosen.escalated,
                only=group,
                after=after,
            )
            for part in desk.groups:
                found += [(group, row, desk.today) for row in part.rows]
            after = desk.groups[0].next_key if desk.groups else None
            if after is None:
                break
    return found


def _cells(lateness: Lateness, row: DeskRow, today: date) -> list[str]:
    case = row.case
    return [
        display.lateness(lateness),
        display.words(row.next_step.title) if row.next_step else "",
        display.pick(case.number, case.number_zh),
        case.party_name,
        display.words(row.definition.title),
        display.phase(case.phase),
        case.next_due_on.isoformat() if case.next_due_on else "",
        display.rule_title(case.next_clock) if case.next_clock else "",
        display.pick(case.owner_en, case.owner_zh),
        display.urgency(case, today),
        money_text(case.outstanding_fen),
        display.escalated(case.escalated_to) if case.escalated_to else "",
    ]
