"""Names stay sealed until they are shown, and a whole name is found by its index."""

from __future__ import annotations

import psycopg
import pytest

from caseflow.persistence.parties import PartyNames
from caseflow.services import desks as desks_module
from caseflow.services.opened_fields import noting
from caseflow.services.ports.privacy import CANNOT_BE_OPENED
from caseflow.services.referral_bundles import NAME_SHUT, BundleRefused
from caseflow.services.views import ListFilter
from tests.office import Office, kept_cipher
from tests.parties import party_of

PARTIES = """
insert into party (office_id, kind, name_sealed, name_index)
select %s, 'institution', decode('01' || repeat('00', 50), 'hex'), decode(lpad(to_hex(n), 72, '0'), 'hex')
  from generate_series(1, 3000) n
"""


def test_a_whole_name_is_looked_for_by_its_index(office: Office) -> None:
    case_id = office.open(party_name="和谐诊所")
    officer = office.actors["officer"]
    indexes = PartyNames(kept_cipher()).indexes(officer.office_id, "和谐诊所")
    with psycopg.connect(office.database_url) as connection:
        connection.execute(PARTIES, [officer.office_id])
        connection.execute("analyze party")
        plan = connection.execute(
            "explain select c.id from cases c join party p on p.id = c.party_id "
            "where p.office_id = %s and p.name_index = any(%s)", [officer.office_id, indexes],
        ).fetchall()  # fmt: skip
        connection.rollback()
    assert "ix_party_name" in str(plan)
    found = office.application.desks.case_list(officer, ListFilter(text="和谐诊所"))
    assert [row.case.id for row in found.rows] == [case_id]


def test_the_list_opens_the_names_that_it_shows_and_no_other(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "PAGE_SIZE", 2)
    cases = [office.open() for _ in range(4)]
    with noting() as opened:
        shown = office.application.desks.case_list(office.actors["officer"], ListFilter())
    assert [row.case.id for row in shown.rows] == cases[:1:-1]
    assert opened == {party_of(office, case_id) for case_id in cases[2:]}


def test_a_receipt_that_got_the_seal_of_another_name_shows_nobody(office: Office) -> None:
    paid = office.walk("fee_double_levy_refunded", until="close_case")
    other = office.walk("fee_double_levy_refunded", until="close_case")
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update receipt r set payer_sealed = (select p.name_sealed from cases c join party p on p.id = c.party_id "
            "where c.id = %s) where r.case_id = %s", [other, paid],
        )  # fmt: skip
    with office.application.store.begin() as work:
        assert {receipt.payer for receipt in work.receipts.of_case(paid)} == {CANNOT_BE_OPENED}
        assert {receipt.payer for receipt in work.receipts.of_case(other)} == {"Harmony Clinic 和谐诊所"}


def test_nothing_goes_to_the_court_about_somebody_whose_name_does_not_open(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update party set name_sealed = set_byte(name_sealed, 20, get_byte(name_sealed, 20) # 1) where id = %s",
            [party_of(office, case_id)],
        )
    with pytest.raises(BundleRefused) as refused:
        office.application.referral_bundles.make(office.actors["liaison"], case_id)
    assert NAME_SHUT in refused.value.missing
