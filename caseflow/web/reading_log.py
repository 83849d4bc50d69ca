"""The read log of the office, for auditor and supervisor; it names no party."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.reading import PURPOSE_WORDS, REASON_WORDS, Purpose, ReasonKind
from caseflow.services.ports.reading import ReadFilter, Reading
from caseflow.services.reading import MOST_OF_A_FILE
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.reading_words import what_words
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.spreadsheet import csv_answer

blueprint = Blueprint("reading_log", __name__)
_LARGEST_ID = 2**63 - 1
_LONGEST = 100


@dataclass(frozen=True)
class _Typed:
    login: str
    case: str
    purpose: str
    day: str

    def arguments(self) -> dict[str, str]:
        named = (("login", self.login), ("case", self.case), ("purpose", self.purpose), ("day", self.day))
        return {name: value for name, value in named if value}

    def chosen(self) -> ReadFilter:
        return ReadFilter(
            login=self.login.lower() or None,
            case_number=self.case or None,
            purpose=Purpose(self.purpose) if self.purpose else None,
            day=date.fromisoformat(self.day) if self.day else None,
        )


@blueprint.get("/reading")
@needs(Permission.READ_READINGS)
def show() -> ResponseReturnValue:
    """Show who read what and why, newest first; narrowed by person, case, purpose or day."""
    typed = _typed()
    before = request.args.get("before", type=row_id)
    before = before if before is not None and 0 < before <= _LARGEST_ID else None
    readings, next_key = application().reading_room.log.of_office(actor(), typed.chosen(), before)
    return render_template(
        "reading_log.html",
        readings=readings,
        next_key=next_key,
        before=before,
        typed=typed,
        purposes=PURPOSE_WORDS,
        reason_of=reason_of,
        about=about,
        who_read=who_read,
        what_words=what_words,
        most_of_a_file=MOST_OF_A_FILE,
    )


@blueprint.get("/reading.csv")
@needs(Permission.AUDIT)
def export() -> Response:
    """Hand the log out as a file for a spreadsheet."""
    headings = [
        _("When"), _("Who read it"), _("Case"), _("Why"), _("Reason"), _("What was read"), _("Found"), _("Request"),
    ]  # fmt: skip
    rows = application().reading_room.log.whole(actor(), _typed().chosen())
    name = f"reading-{application().time.today().isoformat()}.csv"
    return csv_answer(name, headings, [_cells(row) for row in rows])


def who_read(one: Reading) -> str:
    """Return who read: a member of staff, or whoever ran a command of the server."""
    return display.pick(one.actor_en, one.actor_zh) if one.actor_id is not None else one.operator


def about(one: Reading) -> str:
    """Return what was read about: a case by its number, or what belongs to none."""
    if one.case_id is not None:
        return display.pick(one.case_number, one.case_number_zh)
    if one.bank_line_id is not None:
        return _("line %(number)d of the bank, of no case", number=one.bank_line_id)
    if one.receipt_no is not None:
        return _("receipt %(number)s, of no case", number=one.receipt_number)
    return _("no case found")


def reason_of(one: Reading) -> str:
    """Return the reason that was chosen, in words; nothing where none was."""
    known = one.reason_kind in {kind.value for kind in ReasonKind}
    return display.words(REASON_WORDS[ReasonKind(one.reason_kind)]) if known else ""


def _cells(one: Reading) -> list[str]:
    return [
        one.at.astimezone(display.OFFICE_ZONE).isoformat(timespec="seconds"),
        who_read(one),
        about(one),
        display.words(PURPOSE_WORDS[one.purpose]),
        ": ".join(part for part in (reason_of(one), one.reason) if part),
        what_words(one.what),
        "" if one.hits is None else str(one.hits),
        one.request_id,
    ]


def _typed() -> _Typed:
    """Read the filters of the request; what is no purpose or day narrows nothing."""
    purpose, day = request.args.get("purpose", ""), request.args.get("day", "").strip()
    try:
        known_day = date.fromisoformat(day).isoformat() if day else ""
    except ValueError:
        known_day = ""
    return _Typed(
        request.args.get("login", "").strip()[:_LONGEST],
        request.args.get("case", "").strip()[:_LONGEST],
        purpose if purpose in {one.value for one in Purpose} else "",
        known_day,
    )
