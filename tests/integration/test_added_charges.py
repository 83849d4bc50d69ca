"""What lateness adds, read off a real case: from the day after the limit, capped, paused while a remedy is pending."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow.domain.step_effects import AmountOutOfRange
from caseflow.services.cases import AnswersRefused
from tests.office import Office

REMEDY = {"remedy_body": "County government", "remedy_paper_no": "R-1", "remedy_filed_on": "2024-03-17"}


def charge_fen(office: Office, case_id: int, day: date) -> int | None:
    office.time.day = day
    sheet = office.application.pages.show(office.actors["officer"], case_id).charge
    return sheet.result_fen if sheet is not None else None


@pytest.fixture
def served(office: Office) -> int:
    """A fine of 15,000 yuan and gains of 3,000 yuan, served 2024-02-21, payable until 2024-03-07."""
    return office.walk("two_illegal_paid", until="serve_decision")


@pytest.mark.parametrize(
    ("day", "fen"),
    [
        (date(2024, 3, 7), None),
        (date(2024, 3, 8), None),
        (date(2024, 3, 9), 45_000),
        (date(2024, 3, 17), 405_000),
        (date(2024, 4, 10), 1_485_000),
        (date(2025, 1, 1), 1_500_000),
    ],
)
def test_three_per_cent_a_day_of_the_fine_and_never_more_than_the_fine(
    office: Office, served: int, day: date, fen: int | None
) -> None:
    assert charge_fen(office, served, day) == fen


def test_nothing_accrues_while_a_reconsideration_is_pending(office: Office, served: int) -> None:
    assert charge_fen(office, served, date(2024, 3, 17)) == 405_000
    office.advance(served, "file_reconsideration", REMEDY)
    assert charge_fen(office, served, date(2024, 4, 30)) == 405_000
    ended = {"remedy_paper_no": "R-2", "remedy_decided_on": "2024-04-30"}
    office.advance(served, "reconsideration_withdrawn", ended, actor="reviewer")
    assert charge_fen(office, served, date(2024, 5, 2)) == 495_000


def test_a_part_payment_lowers_what_the_charge_runs_on(office: Office, served: int) -> None:
    office.time.day = date(2024, 3, 17)
    paid = {"paid_on": "2024-03-17", "paid_amount": "10,000", "receipt_no": office.next_receipt()}
    office.advance(served, "record_payment", paid, actor="cashier")
    assert charge_fen(office, served, date(2024, 3, 19)) == 405_000 + 2 * 15_000


def test_a_paid_case_shows_no_charge(office: Office, served: int) -> None:
    office.time.day = date(2024, 3, 5)
    paid = {"paid_on": "2024-03-05", "paid_amount": "18000", "receipt_no": office.next_receipt()}
    office.advance(served, "record_payment", paid, actor="cashier")
    assert charge_fen(office, served, date(2024, 6, 1)) is None


def test_a_remedy_recorded_after_a_payment_keeps_its_own_date(office: Office, served: int) -> None:
    office.time.day = date(2024, 3, 24)
    paid = {"paid_on": "2024-03-24", "paid_amount": "3,000", "receipt_no": office.next_receipt()}
    office.advance(served, "record_payment", paid, actor="cashier")
    office.time.day = date(2024, 3, 25)
    office.advance(served, "file_reconsideration", {**REMEDY, "remedy_filed_on": "2024-03-21"})
    assert charge_fen(office, served, date(2024, 4, 30)) == 13 * 45_000
    withdrawn = {"remedy_paper_no": "R-2", "remedy_decided_on": "2024-03-20"}
    with pytest.raises(AnswersRefused) as refusal:
        office.advance(served, "reconsideration_withdrawn", withdrawn, actor="reviewer")
    assert [problem.field for problem in refusal.value.problems] == ["remedy_decided_on"]


def test_no_step_charges_more_than_lateness_has_added(office: Office, served: int) -> None:
    office.time.day = date(2024, 3, 17)
    assert office.application.pages.show(office.actors["officer"], served).charge_open_fen == 405_000
    with pytest.raises(AmountOutOfRange, match=r"4,050\.00 yuan") as refusal:
        office.advance(served, "enter_added_fine", {"added_charge": "4050.01"})
    assert refusal.value.field == "added_charge"
    office.advance(served, "enter_added_fine", {"added_charge": "4050"})
    assert office.application.pages.show(office.actors["officer"], served).charge_open_fen == 0
    with pytest.raises(AmountOutOfRange):
        office.advance(served, "enter_added_fine", {"added_charge": "0.01"})
