"""Opening a case: first the regime, then the party and what the regime asks at the start."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.law import LawRefusal
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.stepping import StepRefused
from caseflow.domain.workflow import Definition
from caseflow.services.cases import AnswersRefused, KeyReused, OpenCase
from caseflow.web.answer_fields import Faults, answers_form, idempotency_key, input_id, typed_answers
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.step_page import note_refusal

blueprint = Blueprint("new_case", __name__)
_OWN_INPUTS = (
    "party_kind",
    "party_name",
    "party_contact",
    "party_identity",
    "party_address",
    "second_officer_id",
    "opened_on",
)


@blueprint.get("/cases/new")
@needs(Permission.OPEN_CASE)
def choose() -> ResponseReturnValue:
    """Show the regimes, the ended ones with the act that ended them."""
    book = application().rulebook
    today = application().time.today()
    regimes = [
        (definition, regime_ended(Rules(definition, book.law, book.calendar), today))
        for definition in book.definitions.values()
    ]
    regimes.sort(key=lambda one: one[1] is not None)
    return render_template("new_case.html", regimes=regimes)


@blueprint.get("/cases/new/<regime>")
@needs(Permission.OPEN_CASE)
def form(regime: str) -> ResponseReturnValue:
    """Show the form that opens a case of a regime."""
    return _shown(application().rulebook.regime(regime), Faults(), idempotency_key())


@blueprint.post("/cases/new/<regime>")
@needs(Permission.OPEN_CASE)
def open_it(regime: str) -> ResponseReturnValue:
    """Open the case, or show again what was typed with what stands in the way."""
    definition = application().rulebook.regime(regime)
    key = idempotency_key()
    faults = Faults()
    if request.form.get("act") == "back":
        return _shown(definition, faults, key)
    second = request.form.get("second_officer_id", "")
    asked = OpenCase(
        regime=regime,
        party_kind=request.form.get("party_kind", ""),
        party_name=request.form.get("party_name", ""),
        answers=typed_answers(definition.opening),
        idempotency_key=key,
        party_contact=request.form.get("party_contact", ""),
        second_officer_id=int(second) if second.isdecimal() else None,
        opened_on=request.form.get("opened_on", "").strip(),
        party_identity=request.form.get("party_identity", ""),
        party_address=request.form.get("party_address", ""),
    )
    try:
        moved = application().cases.open(actor(), asked)
    except KeyReused:
        return _shown(definition, faults, key, sent_before=True), 409
    except AnswersRefused as refusal:
        for problem in refusal.problems:
            own = problem.field in _OWN_INPUTS
            faults.add(problem.words, problem.field if own else input_id(problem.field))
        return _shown(definition, faults, key), 422
    except (StepRefused, LawRefusal, CalendarNotPublished) as refusal:
        note_refusal(faults, refusal, None)
        return _shown(definition, faults, key), 422
    flash(_("The case is open."))
    return redirect(url_for("case_page.show", case_id=moved.case_id))


def _shown(definition: Definition, faults: Faults, key: str, *, sent_before: bool = False) -> str:
    book = application().rulebook
    today = application().time.today()
    typed = request.form if request.method == "POST" else None
    answers = answers_form(definition, definition.opening, typed)
    faults.put_in_order([*_OWN_INPUTS, *(input_id(name) for name in definition.opening)])
    kept = {name: request.form.get(name, "") for name in _OWN_INPUTS}
    if typed is None and len(definition.subjects) == 1:
        kept["party_kind"] = definition.subjects[0]
    return render_template(
        "open_case.html",
        definition=definition,
        ended=regime_ended(Rules(definition, book.law, book.calendar), today),
        asked=[(definition.fields[name], answers[input_id(name)]) for name in definition.opening],
        colleagues=application().staff.colleagues(actor()),
        kept=kept,
        faults=faults,
        key=key,
        sent_before=sent_before,
    )
