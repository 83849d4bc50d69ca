"""What happens at a cashier's desk: lots that are opened, and payments on a case that owes money."""

from __future__ import annotations

import uuid
from datetime import date

from caseflow.domain.access import Actor
from caseflow.services.receipts import OpenLot
from tests.office import Office

DAY = date(2024, 3, 5)


def key() -> str:
    return str(uuid.uuid4())


def second_cashier(office: Office) -> Actor:
    """Somebody else who may take back what the office's cashier took."""
    return office.actors["cashier2"]


def opened(office: Office, first: str = "云财A000001", last: str = "云财A000006", book: str = "general") -> int:
    cashier = office.actors["cashier"]
    office.application.receipts.open_lot(cashier, OpenLot(book, first, last, 3, key()))
    return office.application.receipt_book.lots(cashier)[0].id


def served(office: Office) -> int:
    """A case that owes 18,000 yuan: a fine of 15,000 and 3,000 of gains to be confiscated."""
    case_id = office.walk("two_illegal_paid", until="serve_decision")
    office.time.day = DAY
    return case_id


def pays(office: Office, case_id: int, yuan: str, number: str, key: str | None = None) -> None:
    answers = {"paid_on": DAY.isoformat(), "paid_amount": yuan, "receipt_no": number}
    office.advance(case_id, "record_payment", answers, actor="cashier", key=key)
