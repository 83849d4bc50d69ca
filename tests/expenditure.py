"""Acts of expenditure as the people of a test's office do them."""

from __future__ import annotations

import uuid

from caseflow.domain.spending import Act, Appropriation, Commitment, PaymentOrder
from caseflow.services.spending import Request
from tests.office import Office

ASKED: dict[Act, dict[str, str]] = {
    Act.APPROPRIATE: {"paper": "YL-BUD-2026-1", "year": "2026", "purpose": "Enforcement costs", "amount": "1000"},
    Act.COMMIT: {"payee": "Print Shop", "purpose": "Forms", "document": "C-1", "amount": "400"},
    Act.RELEASE: {"amount": "100", "reason": "Cheaper than offered"},
    Act.PREPARE: {"amount": "150", "document": "INV-1", "payee_account": "6222 0000", "payee_bank": "Rural Bank"},
    Act.APPROVE: {},
    Act.REFUSE: {"reason": "The invoice names another office"},
    Act.GIVE_BACK: {"document": "ADV-1", "reason": "No such account"},
    Act.LAPSE: {"document": "YL-CLOSE-2026", "reason": "The year is over"},
}
WHO = {
    Act.APPROPRIATE: "supervisor",
    Act.LAPSE: "supervisor",
    Act.APPROVE: "approver",
    Act.REFUSE: "approver",
}


def do(
    office: Office,
    act: Act,
    subject_id: int = 0,
    *,
    by: str | None = None,
    key: str | None = None,
    expected_fen: int | None = None,
    **answers: str,
) -> int:
    """Do an act with ordinary answers, some of them changed; return the id of what it made."""
    actor = office.actors[by or WHO.get(act, "payer")]
    request = Request(act, {**ASKED[act], **answers}, key or str(uuid.uuid4()), subject_id, expected_fen)
    return office.application.spending.do(actor, request)


def appropriation(office: Office, appropriation_id: int) -> Appropriation:
    return office.application.spending_pages.appropriation(office.actors["auditor"], appropriation_id).one


def commitment(office: Office, commitment_id: int) -> Commitment:
    return office.application.spending_pages.commitment(office.actors["auditor"], commitment_id).one


def order(office: Office, order_id: int) -> PaymentOrder:
    return office.application.spending_pages.order(office.actors["auditor"], order_id).one


def prepared(office: Office) -> tuple[int, int, int]:
    """Appropriate 1,000 yuan, commit 400 of them and prepare a payment of 150; return the three ids."""
    of = do(office, Act.APPROPRIATE)
    bound = do(office, Act.COMMIT, of)
    return of, bound, do(office, Act.PREPARE, bound)
