"""Service of papers on one case: what was served and how it is proved, what was tried, and the form for an attempt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.law.citations import CheckedStatus
from caseflow.domain.law.service_law import RECEIVER_WORDS, MethodVersion, ServiceLaw, ServiceMethod
from caseflow.domain.service import proof_field
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.services.cases import KeyReused
from caseflow.services.service_attempts import AttemptRefused, RecordAttempt
from caseflow.web import display
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("service", __name__)
_INPUTS = ("document", "method", "result", "attempted_on", "hour", "attempted_by", "note")
_LONGEST_TYPED = 600
_USED = Words("This form was already sent with something else in it.", "该表单已用其他内容提交过。")


@blueprint.get("/cases/<int:case_id>/service")
@needs(Permission.READ_CASES)
def show(case_id: int) -> ResponseReturnValue:
    """Show the services of a case and the attempts, newest first."""
    typed = dict.fromkeys(_INPUTS, "")
    typed |= {"attempted_on": application().time.today().isoformat(), "attempted_by": str(actor().id)}
    return _shown(case_id, typed, Faults(), idempotency_key())


@blueprint.post("/cases/<int:case_id>/service")
@needs(Permission.RECORD_SERVICE)
def record(case_id: int) -> ResponseReturnValue:
    """Record an attempt that failed, or show again what was typed with what stands in the way."""
    typed = {name: request.form.get(name, "").strip()[:_LONGEST_TYPED] for name in _INPUTS}
    key, faults = idempotency_key(), Faults()
    if request.form.get("act") == "back":
        return _shown(case_id, typed, faults, key)
    try:
        application().service.record(actor(), RecordAttempt(case_id, **typed, idempotency_key=key))
    except AttemptRefused as refusal:
        for name, words in refusal.faults:
            faults.add(words, name)
        return _shown(case_id, typed, faults, key), 422
    except KeyReused:
        faults.add(_USED)
        return _shown(case_id, typed, faults, key), 409
    flash(_("The attempt is recorded."))
    return redirect(url_for("service.show", case_id=case_id))


def _shown(case_id: int, typed: dict[str, str], faults: Faults, key: str) -> str:
    page = application().pages.show(actor(), case_id)
    before = request.args.get("before", type=row_id)
    served = application().service.show(actor(), case_id, before_id=before)
    if len(served.documents) == 1 and not typed["document"]:
        typed["document"] = served.documents[0]
    definition = page.rules.definition
    faults.put_in_order(_INPUTS)
    return render_template(
        "service.html",
        page=page,
        definition=definition,
        state=definition.states[page.case.state],
        served=served,
        before=before,
        typed=typed,
        faults=faults,
        key=key,
        officers=_officers() if served.may_record else (),
    )


def _officers() -> Sequence[tuple[int, str]]:
    me = actor()
    people = {one.id: one for one in (me, *application().staff.officers(me))}
    return [(one.id, display.pick(one.name_en, one.name_zh)) for one in people.values()]


def _law() -> ServiceLaw:
    return application().rulebook.law.service


def service_method(name: str) -> str:
    """Return the title of a method, or its name when the law files no longer hold it."""
    known = _law().methods.get(name)
    return display.words(known.title) if known else name


def service_result(name: str) -> str:
    """Return what an attempt came to, or its name when the law files no longer hold it."""
    known = _law().results.get(name)
    return display.words(known.words) if known else name


def service_receiver(name: str) -> str:
    """Return the role of who received a paper."""
    known = RECEIVER_WORDS.get(name)
    return display.words(known) if known else name


def service_proof(name: str, definition: Definition) -> str:
    """Return what a proof is called, as the workflow asks for it."""
    return display.field_label(definition, proof_field(name))


def checked_mark(status: CheckedStatus) -> str:
    """Return how a passage of the law was checked."""
    return display.words(CHECKED_WORDS[status])


def ways_to_serve(on: date, by: str | None) -> list[tuple[ServiceMethod, MethodVersion]]:
    """Return the methods that the law of ``on`` allows, each as it stands then; ``by``: the only one of a step."""
    methods = [one for one in _law().methods.values() if (one.name == by if by else one.after is None)]
    return [(method, version) for method in methods if (version := method.version_on(on)) is not None]


blueprint.add_app_template_filter(service_method)
blueprint.add_app_template_filter(service_result)
blueprint.add_app_template_filter(service_receiver)
blueprint.add_app_template_filter(service_proof)
blueprint.add_app_template_filter(checked_mark)
blueprint.add_app_template_global(ways_to_serve)
