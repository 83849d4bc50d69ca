"""Taking one step: the form its workflow file describes, a confirmation if it is grave, every refusal in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Form

from caseflow.domain.access import Permission, Role, may
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.law import LawRefusal
from caseflow.domain.ledger import PostingRefused
from caseflow.domain.receipts import Shares
from caseflow.domain.step_effects import AmountOutOfRange
from caseflow.domain.stepping import StepOffer, StepOutcome, StepRefused
from caseflow.domain.words import Words
from caseflow.domain.workflow import Step, money_text
from caseflow.services.case_pages import CasePage
from caseflow.services.cases import AnswersRefused, CaseMovedOn, KeyReused, TakeStep
from caseflow.services.ports import LastMove
from caseflow.web import display
from caseflow.web.answer_fields import Faults, answers_form, idempotency_key, input_id, typed_answers
from caseflow.web.case_files import TIMES_THE_LIMIT, limit_bytes
from caseflow.web.case_page import may_be_typed
from caseflow.web.context import actor, application
from caseflow.web.court_papers import attach_court_paper, takes_court_paper
from caseflow.web.file_says import file_says
from caseflow.web.phrases import _
from caseflow.web.security import ask_to_confirm, needs, takes_files
from caseflow.web.submission_step import asked_submission, known_answers, note_recorded

blueprint = Blueprint("step_page", __name__)


@dataclass(frozen=True)
class Screen:
    """What the step page shows."""

    page: CasePage
    step: Step
    form: Form
    faults: Faults
    key: str
    version: int
    move: LastMove | None = None
    sent_before: bool = False

    @property
    def submission(self) -> int | None:
        """The submission of the person that the step takes into the case; None: it takes in none."""
        return asked_submission()

    @property
    def offer(self) -> StepOffer | None:
        """The step as the case offers it now; None when it does not start where the case stands."""
        return next((offer for offer in self.page.offers if offer.step.name == self.step.name), None)

    @property
    def may_be_sent(self) -> bool:
        """Whether the form has a button."""
        return self.offer is not None and may_be_typed(self.page.rules.definition, self.offer)


@blueprint.get("/cases/<int:case_id>/steps/<name>")
@needs(Permission.TAKE_STEP)
def form(case_id: int, name: str) -> ResponseReturnValue:
    """Show the form of a step, or why the step is closed."""
    page, step = _page_and_step(case_id, name)
    empty = answers_form(page.rules.definition, step.asks)
    _fill_in_the_next_receipt(page, step, empty)
    for answered, value in known_answers(case_id, name).items():
        empty[input_id(answered)].data = value
    for answered, value in application().papers.reading.foretold(page, step).items():
        empty[input_id(answered)].data = money_text(value) if is_money(page, answered) else value
    return _shown(Screen(page, step, empty, Faults(), idempotency_key(), page.case.version))


@blueprint.post("/cases/<int:case_id>/steps/<name>")
@needs(Permission.TAKE_STEP)
@takes_files(limit_bytes, times=TIMES_THE_LIMIT)
def take(case_id: int, name: str) -> ResponseReturnValue:
    """Take the step, or show again what was typed with what stands in the way."""
    page, step = _page_and_step(case_id, name)
    asked_first = ask_to_confirm() if is_weighty(step) else None
    return asked_first if asked_first is not None else _take(page, step)


def _take(page: CasePage, step: Step) -> ResponseReturnValue:
    case_id, version = page.case.id, request.form.get("version", type=int)
    if version is None:
        abort(400)
    filled = answers_form(page.rules.definition, step.asks, request.form)
    screen = Screen(page, step, filled, Faults(), idempotency_key(), version)
    asked = TakeStep(case_id, step.name, version, typed_answers(step.asks), screen.key)
    act = request.form.get("act", "")
    if act == "back":
        return _shown(screen)
    try:
        if act != "confirm" and (step.grave is not None or page.rules.definition.receipt_field(step) is not None):
            outcome = _rehearsed(asked)
            # More than is owed is taken, and said to be held, before anybody takes it.
            if outcome is not None and (step.grave is not None or held_fen(outcome)):
                return _confirmation(screen, outcome)
        moved = application().cases.advance(actor(), asked)
    except CaseMovedOn as refusal:
        fresh = application().pages.show(actor(), case_id)
        return _shown(replace(screen, page=fresh, version=fresh.case.version, move=refusal.move)), 409
    except KeyReused:
        return _shown(replace(screen, sent_before=True)), 409
    except (AnswersRefused, StepRefused, PostingRefused, LawRefusal, CalendarNotPublished) as refusal:
        note_refusal(screen.faults, refusal, step)
        return _shown(screen), 422
    note_recorded(case_id, moved.seq)
    flash(_("Recorded: %(step)s", step=display.words(step.title)))
    if takes_court_paper(page, step):
        attach_court_paper(case_id, step, moved.seq, screen.key)
    return redirect(url_for("case_page.show", case_id=case_id))


def is_weighty(step: Step) -> bool:
    """Tell whether a step posts money, levies or decides, so that only who showed lately who they are may take it."""
    return bool(step.posts) or step.levies or step.grave is not None or Role.APPROVER.value in step.by


def _rehearsed(asked: TakeStep) -> StepOutcome | None:
    """Return what the step would change; None where the case has moved on, perhaps by this very request before."""
    try:
        return application().cases.rehearse(actor(), asked)
    except CaseMovedOn:
        return None


def held_fen(outcome: StepOutcome) -> int:
    """Return what a step takes beyond what is owed, in fen: it is held for the payer."""
    return Shares.of_legs(outcome.legs).held_fen


def is_money(page: CasePage, name: str) -> bool:
    """Tell whether a field of the case's regime is a sum."""
    return page.rules.definition.fields[name].type == "money"


def _fill_in_the_next_receipt(page: CasePage, step: Step, form: Form) -> None:
    """Write the next number of the cashier's lot into the form of a step that issues a receipt."""
    field = page.rules.definition.receipt_field(step)
    if field is None or not may(actor(), Permission.READ_LEDGER):
        return
    lot = application().receipt_book.open_lot_of(actor())
    form[input_id(field)].data = lot.next_number if lot is not None else None


def note_refusal(faults: Faults, refusal: Exception, step: Step | None) -> None:
    """Turn a refusal of a use case into words at the right input."""
    dated = input_id(step.effective) if step is not None and step.effective else ""
    if isinstance(refusal, AnswersRefused):
        for problem in refusal.problems:
            own = step is None or problem.field in step.asks
            faults.add(problem.words, input_id(problem.field) if own and problem.field else "")
    elif isinstance(refusal, AmountOutOfRange):
        for reason in refusal.reasons:
            faults.add(reason.words, input_id(refusal.field))
    elif isinstance(refusal, StepRefused):
        for reason in refusal.reasons:
            faults.add(reason.words, dated if reason.code.startswith("clock_") else "")
    elif isinstance(refusal, PostingRefused):
        fields = [one.amount for one in step.posts if one.event == refusal.event] if step else []
        named = fields[0] if fields and step is not None and fields[0] in step.asks else ""
        faults.add(Words(refusal.en, refusal.zh), input_id(named) if named else "")
    elif isinstance(refusal, LawRefusal | CalendarNotPublished):
        faults.add(Words(refusal.message_en, refusal.message_zh), dated)


def _page_and_step(case_id: int, name: str) -> tuple[CasePage, Step]:
    page = application().pages.show(actor(), case_id)
    step = page.rules.definition.steps.get(name)
    if step is None:
        abort(404)
    return page, step


def _shown(screen: Screen) -> str:
    definition = screen.page.rules.definition
    screen.faults.put_in_order([input_id(name) for name in screen.step.asks])
    return render_template(
        "step.html",
        screen=screen,
        page=screen.page,
        definition=definition,
        state=definition.states[screen.page.case.state],
        step=screen.step,
        asked=[(definition.fields[name], screen.form[input_id(name)]) for name in screen.step.asks],
        beside=_sums_beside(screen),
        to_issue=_document_to_issue(screen),
        takes_paper=takes_court_paper(screen.page, screen.step),
        faults=screen.faults,
    )


def _document_to_issue(screen: Screen) -> str:
    """Return the kind of the document that the step serves and that is not issued yet; nothing where all is well."""
    step = screen.step
    if step.serves is None:
        return ""
    return "" if application().papers.reading.beside(screen.page).is_ready_to_serve(step) else step.serves


def _sums_beside(screen: Screen) -> dict[str, str]:
    """Return for each field that moves money the sum of the case it is measured against, in words."""
    money = screen.page.case.money
    owed = _("Outstanding now: %(amount)s", amount=display.yuan(money.outstanding_fen))
    back = _("To be refunded now: %(amount)s", amount=display.yuan(money.refundable_fen))
    told = {"collect": owed, "write_off": owed, "waive": owed, "refund": back}
    beside = {one.amount: told[one.event] for one in screen.step.posts if one.event in told}
    for one in screen.step.posts:
        if one.holds:
            beside[one.amount] = _("Held for the payer: it goes back, and nothing of the debt is paid with it.")
        if one.event == "charge":
            sum_fen = screen.page.charge_open_fen
            beside[one.amount] = _("Reckoned to date, not yet entered: %(amount)s", amount=display.yuan(sum_fen))
        if one.event == "interest":
            sheet = screen.page.interest
            owed_fen = sheet.result_fen if sheet is not None else 0
            beside[one.amount] = _("Deposit interest if paid today: %(amount)s", amount=display.yuan(owed_fen))
    return beside


def _confirmation(screen: Screen, outcome: StepOutcome) -> str:
    definition = screen.page.rules.definition
    return render_template(
        "confirm_step.html",
        screen=screen,
        page=screen.page,
        definition=definition,
        state=definition.states[screen.page.case.state],
        step=screen.step,
        outcome=outcome,
        held_fen=held_fen(outcome),
        is_held_apart=any(one.holds for one in screen.step.posts),
        says=file_says(screen.page, screen.step, outcome),
        typed=[(input_id(name), value) for name, value in typed_answers(screen.step.asks).items()],
    )
