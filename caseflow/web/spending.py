"""Expenditure to look at: appropriations and how they stand, commitments, payments and who must act next."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission, may
from caseflow.domain.spending import (
    PERMISSIONS,
    Act,
    OrderState,
    PaymentOrder,
    SpendingRefused,
    commitment_fault,
    decision_fault,
    give_back_fault,
    lapse_fault,
    use_fault,
)
from caseflow.web import display
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("spending", __name__)

Offers = list[tuple[Act, SpendingRefused | None]]


@blueprint.get("/spending")
@needs(Permission.READ_SPENDING)
def show() -> ResponseReturnValue:
    """Show the appropriations of the office and the payments that wait for approval."""
    before = request.args.get("before", type=row_id)
    page = application().spending_pages.overview(actor(), before_id=before)
    offers = _mine({Act.APPROPRIATE: None})
    return render_template("spending.html", page=page, offers=offers, before=before, **told())


@blueprint.get("/spending/payments")
@needs(Permission.READ_SPENDING)
def payments() -> ResponseReturnValue:
    """Show payment orders, newest first: those that wait, or all."""
    before = request.args.get("before", type=row_id)
    waiting = request.args.get("show") != "all"
    page = application().spending_pages.orders(actor(), waiting=waiting, before_id=before)
    return render_template("spending_payments.html", page=page, waiting=waiting, before=before, **told())


@blueprint.get("/spending/<int:appropriation_id>")
@needs(Permission.READ_SPENDING)
def appropriation(appropriation_id: int) -> ResponseReturnValue:
    """Show an appropriation with its commitments and payments."""
    keys = {name: request.args.get(name, type=row_id) for name in ("before_commitment", "before_order")}
    page = application().spending_pages.appropriation(actor(), appropriation_id, **keys)
    offers = _mine({Act.COMMIT: commitment_fault(page.one, page.today), Act.LAPSE: lapse_fault(page.one)})
    return render_template("spending_appropriation.html", page=page, offers=offers, keys=keys, **told())


@blueprint.get("/spending/commitments/<int:commitment_id>")
@needs(Permission.READ_SPENDING)
def commitment(commitment_id: int) -> ResponseReturnValue:
    """Show a commitment with its releases and payments."""
    before = request.args.get("before", type=row_id)
    page = application().spending_pages.commitment(actor(), commitment_id, before_order=before)
    fault = use_fault(page.one)
    offers = _mine({Act.PREPARE: fault, Act.RELEASE: fault})
    return render_template("spending_commitment.html", page=page, offers=offers, before=before, **told())


@blueprint.get("/spending/payments/<int:order_id>")
@needs(Permission.READ_SPENDING)
def payment(order_id: int) -> ResponseReturnValue:
    """Show a payment order: what is paid to whom, who did what, who must act next."""
    page = application().spending_pages.order(actor(), order_id)
    decide = decision_fault(actor(), page.one)
    waits = page.one.state is OrderState.WAITING
    possible = {Act.APPROVE: decide, Act.REFUSE: decide} if waits else {Act.GIVE_BACK: give_back_fault(page.one)}
    offers = _mine(possible) if waits or page.one.state is OrderState.PAID else []
    return render_template("spending_payment.html", page=page, offers=offers, **told())


def told() -> Mapping[str, object]:
    """Return what every template of expenditure says the same way."""
    return {
        "order_state": order_state,
        "waits_for": waits_for,
        "name_of": name_of,
        "OrderState": OrderState,
        "Act": Act,
    }


def order_state(one: PaymentOrder) -> str:
    """Return the state of a payment order in words."""
    return {
        OrderState.WAITING: _("waits for approval"),
        OrderState.PAID: _("paid"),
        OrderState.REFUSED: _("refused"),
        OrderState.GIVEN_BACK: _("given back by the bank"),
    }[one.state]


def waits_for(one: PaymentOrder, names: Mapping[int, tuple[str, str]]) -> str:
    """Say whom a payment order waits for."""
    others = dict.fromkeys((one.prepared_by, one.committed_by))
    return _("waits for an approver other than %(names)s", names=display.listed(name_of(names, who) for who in others))


def name_of(names: Mapping[int, tuple[str, str]], staff_id: int | None) -> str:
    """Return the name of a member of staff."""
    if staff_id is None:
        return ""
    known = names.get(staff_id)
    return display.pick(*known) if known else str(staff_id)


def _mine(possible: Mapping[Act, SpendingRefused | None]) -> Offers:
    """Return what the reader's role may do here, each with what stands in the way."""
    me = actor()
    return [(act, fault) for act, fault in possible.items() if may(me, PERMISSIONS[act])]
