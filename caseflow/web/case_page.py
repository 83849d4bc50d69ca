"""The case page: where a case stands, what may come next, its clocks, money, papers, people and history."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from caseflow.bootstrap import DiagramUnavailableError, workflow_svg
from caseflow.domain.access import Permission, may, sees_investigation
from caseflow.domain.case_files import PURPOSE_WORDS
from caseflow.domain.law import CHECKED_WORDS
from caseflow.domain.reading import PURPOSE_WORDS as PURPOSE_WORDS_READ
from caseflow.domain.referrals import ReferralCondition, referral_conditions
from caseflow.domain.refund_grounds import GROUND_WORDS
from caseflow.domain.reminders import RAN_OUT
from caseflow.domain.stepping import StepOffer
from caseflow.domain.workflow import SAME, Definition
from caseflow.services.case_pages import MOST_FILES, MOST_REMINDERS, CasePage
from caseflow.services.papers import standings
from caseflow.services.ports.reminders import GivenReminder
from caseflow.services.refund_findings import FEE_LAW, FoundCase
from caseflow.services.views import StepRecord
from caseflow.web.context import actor, application, locale
from caseflow.web.reading_log import who_read
from caseflow.web.reading_words import what_words
from caseflow.web.security import needs
from caseflow.web.submission_words import shown_words
from caseflow.web.wind_down_block import block_of

blueprint = Blueprint("case_page", __name__)
KINDS = ("steps", "documents", "money")
GIVEN = ("escalations", "ends")
# A step closed for one of these alone may have been taken lawfully on an earlier day, or hang on its own answers.
_OPEN_TO_A_DATE = frozenset({"clock_past", "when", "unless"})


@blueprint.get("/cases/<int:case_id>")
@needs(Permission.READ_CASES)
def show(case_id: int) -> ResponseReturnValue:
    """Show one case."""
    page = application().pages.show(actor(), case_id)
    kind = request.args.get("show", "")
    kind = kind if kind in KINDS else ""
    given = request.args.get("given", "")
    given = given if given in GIVEN else ""
    return render_template(
        "case.html",
        page=page,
        refund=_refund(page),
        refund_grounds=GROUND_WORDS,
        party=application().parties.shown(actor(), page.header),
        definition=page.rules.definition,
        state=page.rules.definition.states[page.case.state],
        diagram=_diagram(page),
        may_open=sorted((offer for offer in page.offers if _has_form(page, offer)), key=_likelihood),
        closed=[offer for offer in page.offers if not _has_form(page, offer) and not _fell_with_its_law(offer)],
        timeline=[record for record in page.timeline if _is_of(record, kind)],
        kind=kind,
        kinds=KINDS,
        documents=standings(actor(), application().papers.reading.beside(page)),
        given=given,
        reminders=[one for one in page.reminders if _is_given(one, given)],
        most_reminders=MOST_REMINDERS,
        most_files=MOST_FILES,
        purposes=PURPOSE_WORDS,
        conditions=_conditions(page),
        wound=block_of(page),
        checked_words=CHECKED_WORDS,
        submissions=application().submissions.desk.of_case(actor(), case_id) if page.header.has_submissions else (),
        **shown_words(),
        who_read=who_read,
        purposes_read=PURPOSE_WORDS_READ,
        what_words=what_words,
    )


@blueprint.get("/cases/number/<path:number>")
@needs(Permission.READ_CASES)
def by_number(number: str) -> ResponseReturnValue:
    """Lead from a case number to its page."""
    return redirect(url_for("case_page.show", case_id=application().pages.find(actor(), number)))


def _conditions(page: CasePage) -> tuple[ReferralCondition, ...]:
    """Return the conditions of a referral where there is something to refer: decided, and not closed."""
    refers = any(step.referral == "sign" for step in page.rules.definition.steps.values())
    if not refers or page.case.dates.decision_date is None or page.case.phase == "closed":
        return ()
    return referral_conditions(page.rules, page.case, page.today)


def _refund(page: CasePage) -> FoundCase | None:
    """Return what shows that money of a paid fee should go back; asked for only where something was collected."""
    if page.rules.definition.law != FEE_LAW or page.case.money.collected_fen == 0:
        return None
    if not may(actor(), Permission.READ_WIND_DOWN):
        return None
    finder = application().refunds
    if sees_investigation(actor()):
        return finder.beside(actor(), page.case, page.header, page.timeline)
    return finder.of_case(actor(), page.case.id)  # what the page was read with was cut to what this desk may see


def _has_form(page: CasePage, offer: StepOffer) -> bool:
    return may(actor(), Permission.TAKE_STEP) and may_be_typed(page.rules.definition, offer)


def _fell_with_its_law(offer: StepOffer) -> bool:
    # The banner of the page names the repeal once for all of them.
    return any(reason.code == "regime_ended" for reason in offer.reasons)


def _likelihood(offer: StepOffer) -> tuple[bool, bool, bool]:
    """Order: open steps, the office's own, those that move the case; the rest after them as the file has them."""
    return (not offer.is_open, offer.step.on_behalf_of is not None, offer.step.to == SAME)


def may_be_typed(definition: Definition, offer: StepOffer) -> bool:
    """Tell whether the step's form may be opened: the step is open, or its own date or answers may open it."""
    if offer.is_open:
        return True
    if not all(reason.code in _OPEN_TO_A_DATE for reason in offer.reasons):
        return False
    step = offer.step
    past = any(reason.code == "clock_past" for reason in offer.reasons)
    guarded = any(reason.code != "clock_past" for reason in offer.reasons)
    read = {name for one in (*step.when, *step.unless) for name in definition.conditions[one].guard.members}
    answers_decide = bool(read & (set(step.asks) | {"answered"}) and step.asks)
    return (not past or step.effective is not None) and (not guarded or answers_decide)


def _diagram(page: CasePage) -> Markup | None:
    try:
        drawn = workflow_svg(page.rules.definition, locale(), path=page.path, current=page.case.state)
    except DiagramUnavailableError:
        # The path in words stands beside the picture, so the page stays whole without it.
        return None
    return Markup(drawn)  # noqa: S704 - drawn by our own adapter, which escapes every label


def _is_given(reminder: GivenReminder, given: str) -> bool:
    if given == "escalations":
        return reminder.escalates
    return given != "ends" or reminder.rung == RAN_OUT


def _is_of(record: StepRecord, kind: str) -> bool:
    if kind == "documents":
        return bool(record.documents)
    if kind == "money":
        return bool(record.postings)
    return True
