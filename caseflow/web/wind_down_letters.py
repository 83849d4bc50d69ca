"""Letters of the wind-down that are not issued: nobody outside the office has been told what the case says."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, Role, sees_investigation
from caseflow.domain.paper_life import PaperStatus
from caseflow.domain.workflow import Definition
from caseflow.services.ports.wind_down_lists import Letter
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.papers import STATUS_WORDS
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs
from caseflow.web.wind_down import LARGEST_ID, key_asked
from caseflow.web.wind_down_words import definition_of

blueprint = Blueprint("wind_down_letters", __name__)


@blueprint.get("/wind-down/letters")
@needs(Permission.READ_WIND_DOWN)
def show() -> ResponseReturnValue:
    """Show the letters of the wind-down, or of one run, that are not issued."""
    run_id, kind = request.args.get("run", type=row_id), request.args.get("kind")
    if run_id is not None and not 0 < run_id <= LARGEST_ID:
        abort(404)
    lists, after = application().wind_down_lists, key_asked("after")
    waiting = lists.letters_waiting(actor(), run_id=run_id)
    kind = kind if kind in {name for name, _title, _number in waiting} else None
    letters, next_key = lists.letters(actor(), kind=kind, run_id=run_id, after=after or 0)
    return render_template(
        "wind_down_letters.html",
        letters=letters,
        waiting=waiting,
        next_key=next_key,
        after=after,
        kind=kind,
        run_id=run_id,
        definition=definition_of(application().winddown.winding().definition.regime),
    )


@blueprint.app_template_filter()
def letter_told(letter: Letter, definition: Definition) -> str:
    """Say who has not been told while a letter is not issued."""
    if any(step.serves == letter.kind for step in definition.steps.values()):
        return _("not issued: the person has not been told")
    return _("not issued: the court has not been told")


@blueprint.app_template_filter()
def letter_is_seen(letter: Letter, definition: Definition) -> bool:
    """Tell whether the draft may be opened: a liaison sees those that a liaison may draft."""
    if letter.paper_id is None or sees_investigation(actor()):
        return letter.paper_id is not None
    makers = [step for step in definition.steps.values() if letter.kind in step.makes]
    return any(Role.LIAISON.value in step.by for step in makers)


@blueprint.app_template_filter()
def letter_status(letter: Letter) -> str:
    """Say how far a letter that is not issued is."""
    return _("not begun") if letter.status is None else display.words(STATUS_WORDS[PaperStatus(letter.status)])
