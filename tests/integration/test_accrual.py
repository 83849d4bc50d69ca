"""The run that brings every case in default up to date."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from tests.integration.test_added_charges import REMEDY
from tests.office import Office


@pytest.fixture
def served(office: Office) -> int:
    """A fine of 15,000 yuan and gains of 3,000 yuan, served 2024-02-21, payable until 2024-03-07."""
    return office.walk("two_illegal_paid", until="serve_decision")


def owed(office: Office, case_id: int) -> tuple[int, int]:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return case.money.principal_open_fen, case.money.charge_open_fen


def run(office: Office, day: date) -> dict[int, int]:
    office.time.day = day
    planned = office.application.accrual.plan(office.actors["supervisor"])
    report = office.application.accrual.run(office.actors["supervisor"])
    assert [(one.case.id, one.fen) for one in planned.accrued] == [(one.case.id, one.fen) for one in report.accrued]
    return {one.case.id: one.fen for one in report.accrued}


def test_each_run_adds_what_the_days_since_the_last_one_added(office: Office, served: int) -> None:
    other = office.walk("two_illegal_paid", until="serve_decision")
    assert run(office, date(2024, 3, 8)) == {}
    assert run(office, date(2024, 3, 9)) == {served: 45_000, other: 45_000}
    assert run(office, date(2024, 3, 9)) == {}
    assert run(office, date(2024, 3, 17)) == {served: 360_000, other: 360_000}
    assert owed(office, served) == (1_800_000, 405_000)
    assert office.application.accrual.plan(office.actors["supervisor"]).looked_at == 2


def test_it_stops_at_the_principal_and_pauses_with_a_remedy(office: Office, served: int) -> None:
    assert run(office, date(2024, 3, 17)) == {served: 405_000}
    office.advance(served, "file_reconsideration", REMEDY)
    assert run(office, date(2024, 4, 30)) == {}
    ended = {"remedy_paper_no": "R-2", "remedy_decided_on": "2024-04-30"}
    office.advance(served, "reconsideration_withdrawn", ended, actor="reviewer")
    assert run(office, date(2025, 1, 1)) == {served: 1_500_000 - 405_000}
    assert run(office, date(2026, 1, 1)) == {}


def test_a_step_enters_only_what_the_run_has_left(office: Office, served: int) -> None:
    run(office, date(2024, 3, 9))
    office.time.day = date(2024, 3, 10)
    page = office.application.pages.show(office.actors["officer"], served)
    assert page.charge_open_fen == 45_000
    office.advance(served, "enter_added_fine", {"added_charge": "450"})
    assert owed(office, served) == (1_800_000, 90_000)
    assert run(office, date(2024, 3, 10)) == {}


def test_the_run_leaves_one_event_and_a_transfer_a_case(office: Office, served: int) -> None:
    run(office, date(2024, 3, 9))
    with psycopg.connect(office.database_url) as connection:
        events = connection.execute("select body from audit_event where action = 'charges_accrued'").fetchall()
        moved = connection.execute(
            "select operation, amount_fen, case_id, reason from transfer where key like 'accrual:%'"
        ).fetchall()
    assert [body for (body,) in events] == [{"cases": 1, "total_fen": 45_000, "until": "2024-03-09"}]
    assert moved == [("charge", 45_000, served, "accrued until 2024-03-09")]


def test_a_cashier_does_not_add_charges(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.application.accrual.run(office.actors["cashier"])
