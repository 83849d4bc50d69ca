"""What the page of a case asks of the database, where everything that a page shows is there."""

from __future__ import annotations

import io

import pytest

from caseflow.domain.case_files import Purpose
from caseflow.domain.submissions import Kind
from caseflow.services.case_files import AddFile
from tests.cashier import opened, pays, served
from tests.site import Site
from tests.submitted import person_of, submit

MOST_STATEMENTS = 12


@pytest.mark.parametrize("login", ["officer", "supervisor", "auditor", "approver", "cashier"])
def test_a_case_with_submissions_papers_files_money_and_readers_asks_no_more_than_any_page(
    site: Site, login: str
) -> None:
    office = site.office
    case_id, _lot = served(office), opened(office)
    pays(office, case_id, "100", "1")
    note = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    office.application.case_files.add(office.actors["officer"], note)
    submit(office, person_of(office, case_id), Kind.STATEMENT, files={"b.txt": b"text"})
    visitor = site.sign_in(login)
    page = visitor.get(f"/cases/{case_id}")
    assert page.status == 200
    asked = site.statements_of(visitor, f"/cases/{case_id}")
    assert len(asked) <= MOST_STATEMENTS, [one[:80] for one in asked]
    assert any("write_readings" in one for one in asked), "what goes straight through psycopg is counted too"


@pytest.mark.parametrize("login", ["officer", "supervisor", "auditor"])
def test_a_paid_fee_with_a_refund_finding_and_submissions_asks_no_more(site: Site, login: str) -> None:
    office = site.office
    case_id = office.walk("fee_double_levy_refunded", until="confirm_paid")
    submit(office, person_of(office, case_id), Kind.CORRECTION, files={"a.txt": b"text"})
    visitor = site.sign_in(login)
    assert visitor.get(f"/cases/{case_id}").status == 200
    asked = site.statements_of(visitor, f"/cases/{case_id}")
    assert len(asked) <= MOST_STATEMENTS, [one[:80] for one in asked]
