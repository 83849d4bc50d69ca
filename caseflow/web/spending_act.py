"""Acts of expenditure: one form each, a confirmation before what cannot be undone, every refusal in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.spending import (
    FIELDS,
    PERMISSIONS,
    Act,
    Appropriation,
    Commitment,
    PaymentOrder,
    SpendingRefused,
    commitment_fault,
    decision_fault,
    give_back_fault,
    lapse_fault,
    use_fault,
)
from caseflow.domain.words import Words
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.cases import KeyReused
from caseflow.services.spending import Request
from caseflow.services.spending_pages import Names
from caseflow.web import display
from caseflow.web.answer_fields import Faults, fields_form, idempotency_key, input_id, typed_answers
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.security import needs
from caseflow.web.spending import told

blueprint = Blueprint("spending_act", __name__)
LARGEST_FEN_DIGITS = 15

TITLES: Mapping[Act, Words] = {
    Act.APPROPRIATE: Words("Enter an appropriation", "登记预算拨款"),
    Act.LAPSE: Words("Let the rest lapse", "注销剩余额度"),
    Act.COMMIT: Words("Commit", "登记承诺"),
    Act.RELEASE: Words("Release", "释放承诺"),
    Act.PREPARE: Words("Prepare a payment", "编制付款单"),
    Act.APPROVE: Words("Approve and pay", "审批并支付"),
    Act.REFUSE: Words("Refuse the payment", "退回付款单"),
    Act.GIVE_BACK: Words("Record that the bank gave it back", "登记银行退款"),
}
CONSEQUENCES: Mapping[Act, Words] = {
    Act.APPROPRIATE: Words(
        "The office may commit this sum from now on. It is never changed; what is too much can only lapse.",
        "本单位即可在此额度内承诺支出。拨款登记后不得更改；多登记的额度只能注销。",
    ),
    Act.LAPSE: Words(
        "What is not committed goes back to the budget, and nothing more can be committed from this appropriation. It "
        "cannot be taken back.",
        "未承诺的额度退回预算，此项拨款不得再承诺支出。该操作不可撤销。",
    ),
    Act.APPROVE: Words(
        "The money leaves the commitment for good. Only the bank can bring it back, by returning the payment.",
        "款项自承诺额度中支出，不可撤销；只有银行退款才能恢复。",
    ),
}
PATHS: Mapping[Act, str] = {
    Act.APPROPRIATE: "/spending/new",
    Act.LAPSE: "/spending/<int:subject_id>/lapse",
    Act.COMMIT: "/spending/<int:subject_id>/commit",
    Act.RELEASE: "/spending/commitments/<int:subject_id>/release",
    Act.PREPARE: "/spending/commitments/<int:subject_id>/prepare",
    Act.APPROVE: "/spending/payments/<int:subject_id>/approve",
    Act.REFUSE: "/spending/payments/<int:subject_id>/refuse",
    Act.GIVE_BACK: "/spending/payments/<int:subject_id>/give-back",
}


@dataclass(frozen=True)
class Subject:
    """What an act is done to: as much of appropriation, commitment and payment order as there is."""

    of: Appropriation | None = None
    commitment: Commitment | None = None
    order: PaymentOrder | None = None
    names: Names = field(default_factory=dict)
    fault: SpendingRefused | None = None

    @property
    def page(self) -> str:
        """The address of the page it stands on."""
        if self.order is not None:
            return url_for("spending.payment", order_id=self.order.id)
        if self.commitment is not None:
            return url_for("spending.commitment", commitment_id=self.commitment.id)
        if self.of is not None:
            return url_for("spending.appropriation", appropriation_id=self.of.id)
        return url_for("spending.show")

    def most_fen(self, act: Act) -> int | None:
        """Return the highest amount the act may take, in fen; None where it asks none of this subject."""
        if act is Act.COMMIT and self.of is not None:
            return self.of.left_fen
        if act in (Act.RELEASE, Act.PREPARE) and self.commitment is not None:
            return self.commitment.open_fen
        return None


@dataclass(frozen=True)
class Screen:
    """What a form shows."""

    act: Act
    subject_id: int
    subject: Subject
    key: str
    faults: Faults
    expected_fen: int | None = None
    sent_before: bool = False


def _subject(act: Act, subject_id: int) -> Subject:
    """Return what the act is done to. Raises ``SpendingNotFound``."""
    pages, me = application().spending_pages, actor()
    if act is Act.APPROPRIATE:
        return Subject()
    if act in (Act.COMMIT, Act.LAPSE):
        found = pages.appropriation(me, subject_id)
        fault = commitment_fault(found.one, found.today) if act is Act.COMMIT else lapse_fault(found.one)
        return Subject(found.one, names=found.names, fault=fault)
    if act in (Act.RELEASE, Act.PREPARE):
        bound = pages.commitment(me, subject_id)
        return Subject(bound.of, bound.one, names=bound.names, fault=use_fault(bound.one))
    paid = pages.order(me, subject_id)
    barred = give_back_fault(paid.one) if act is Act.GIVE_BACK else decision_fault(me, paid.one)
    return Subject(paid.of, paid.commitment, paid.one, paid.names, barred)


def _open(act: Act, subject_id: int) -> ResponseReturnValue:
    subject = _subject(act, subject_id)
    expected = subject.of.left_fen if act is Act.LAPSE and subject.of is not None else None
    return _form(Screen(act, subject_id, subject, idempotency_key(), Faults(), expected))


def _send(act: Act, subject_id: int) -> ResponseReturnValue:
    asked = Request(act, typed_answers(_asked(act)), idempotency_key(), subject_id, _expected())
    screen = Screen(act, subject_id, _subject(act, subject_id), asked.idempotency_key, Faults(), asked.expected_fen)
    pressed = request.form.get("act", "")
    if pressed == "back":
        return _form(screen)
    try:
        if act in CONSEQUENCES and pressed != "confirm":
            application().spending.rehearse(actor(), asked)
            return _confirmation(screen)
        made = application().spending.do(actor(), asked)
    except KeyReused:
        return _form(replace(screen, sent_before=True)), 409
    except AnswersRefused as refusal:
        for problem in refusal.problems:
            screen.faults.add(problem.words, input_id(problem.field))
        return _form(screen), 422
    except SpendingRefused as refusal:
        screen.faults.add(refusal.words, input_id(refusal.field) if refusal.field else "")
        return _form(replace(screen, subject=_subject(act, subject_id))), 422
    flash(_("Recorded: %(step)s", step=display.words(TITLES[act])))
    return redirect(_page_after(act, made, subject_id))


def _page_after(act: Act, made: int, subject_id: int) -> str:
    match act:
        case Act.APPROPRIATE:
            return url_for("spending.appropriation", appropriation_id=made)
        case Act.LAPSE:
            return url_for("spending.appropriation", appropriation_id=subject_id)
        case Act.COMMIT:
            return url_for("spending.commitment", commitment_id=made)
        case Act.RELEASE:
            return url_for("spending.commitment", commitment_id=subject_id)
    return url_for("spending.payment", order_id=made)


def _asked(act: Act) -> list[str]:
    return [declared.name for declared in FIELDS[act]]


def _expected() -> int | None:
    text = request.form.get("expected", "")
    return int(text) if text.isdecimal() and len(text) <= LARGEST_FEN_DIGITS else None


def _form(screen: Screen) -> str:
    filled = fields_form(FIELDS[screen.act], request.form if request.method == "POST" else None)
    most = screen.subject.most_fen(screen.act)
    beside = {} if most is None else {"amount": _("At most what is left: %(amount)s", amount=display.yuan(most))}
    screen.faults.put_in_order([input_id(name) for name in _asked(screen.act)])
    return render_template(
        "spending_form.html",
        screen=screen,
        title=TITLES[screen.act],
        consequence=CONSEQUENCES.get(screen.act),
        asked=[(declared, filled[input_id(declared.name)]) for declared in FIELDS[screen.act]],
        beside=beside,
        faults=screen.faults,
        **told(),
    )


def _confirmation(screen: Screen) -> str:
    typed = typed_answers(_asked(screen.act))
    return render_template(
        "spending_confirm.html",
        screen=screen,
        title=TITLES[screen.act],
        consequence=CONSEQUENCES[screen.act],
        typed=[(declared, typed[declared.name]) for declared in FIELDS[screen.act]],
        **told(),
    )


def _route(act: Act, path: str) -> None:
    """Open the form of an act, for whoever may do it."""

    def show(subject_id: int = 0) -> ResponseReturnValue:
        return _open(act, subject_id)

    def send(subject_id: int = 0) -> ResponseReturnValue:
        return _send(act, subject_id)

    views: tuple[tuple[str, str, Callable[..., ResponseReturnValue]], ...] = (
        ("GET", act.value, show),
        ("POST", f"send_{act.value}", send),
    )
    for method, name, view in views:
        blueprint.add_url_rule(path, name, needs(PERMISSIONS[act], confirmed=True)(view), methods=[method])


for _act, _path in PATHS.items():
    _route(_act, _path)


@blueprint.app_template_global()
def act_title(act: Act) -> str:
    """Return the name of an act of expenditure."""
    return display.words(TITLES[act])
