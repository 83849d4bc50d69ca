"""Fee cases that the end of the fee found at every stage, and the people who wind them down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from tests.office import Office

FEE = "social_support_fee"
AFTER_THE_END = date(2021, 11, 1)
PAPER = "云财综〔2021〕8号"


def undecided(office: Office) -> int:
    """Open a fee case on which nothing was decided."""
    office.time.day = date(2021, 5, 10)
    opening = {"act_date": "2021-02-03", "source": "transferred", "act_place": "云岭县"}
    return office.open(regime=FEE, party_kind="person_liable", party_name="王某", answers=opening)


def part_paid(office: Office) -> int:
    """Take a case to a decision of 45,000 yuan of which 10,000 were paid."""
    case_id = office.walk("golden_xianyou", until="serve_decision")
    office.time.day = date(2019, 11, 20)
    answers = {"paid_on": "2019-11-20", "paid_amount": "10000", "receipt_no": office.next_receipt()}
    office.advance(case_id, "record_payment", answers, actor="cashier")
    return case_id


STAGES: Mapping[str, Callable[[Office], int]] = {
    "undecided": undecided,
    "decided": lambda office: office.walk("golden_xianyou", until="serve_decision"),
    "part": part_paid,
    "paid": lambda office: office.walk("fee_double_levy_refunded", until="confirm_paid"),
    "court": lambda office: office.walk("golden_xianyou", until="record_acceptance"),
    "listed": lambda office: office.walk("golden_wuqing", until="record_court_measures"),
}


def fee_cases(office: Office, *stages: str) -> dict[str, int]:
    """Return one open case of each of these stages (default: of every one), on a day after the end of the fee."""
    found = {stage: STAGES[stage](office) for stage in stages or STAGES}
    office.time.day = AFTER_THE_END
    return found


def type_the_courts_papers(office: Office, case_id: int) -> None:
    """Enter as the liaison the court's paper that ends a case whose person is under its measures."""
    answers = {"end_paper_no": "（2021）津0114执1号", "end_paper_on": office.time.day.isoformat()}
    office.advance(case_id, "confirm_court_end_restricted", answers, actor="liaison")


def type_the_delisting(office: Office, case_id: int) -> None:
    """Enter as the liaison the court's paper that takes the person off the list."""
    answers = {"delisting_paper_no": "（2021）津0114执1号之二", "delisted_on": office.time.day.isoformat()}
    office.advance(case_id, "confirm_delisting", answers, actor="liaison")
