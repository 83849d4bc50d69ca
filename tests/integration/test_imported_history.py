"""The good rows of the practice casebook on a real database: their money, their places, what may be done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import psycopg
import pytest

from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile
from caseflow.services.imported_history import NumberReported, Written
from caseflow.services.views import ListFilter
from tests.casebook import ACCOUNT, CASEBOOK, KEY
from tests.imported import good_rows, import_casebook, import_rows
from tests.office import Office

TODAY = date(2026, 3, 2)
GOOD = {row["row"]: row for row in KEY["rows"] if row["ok"]}
STATES = {
    "undecided": "filed",
    "decided": "decision_served",
    "part": "decision_served",
    "paid": "paid",
    "listed": "in_execution",
    "released": "unenforceable",
}


@pytest.fixture
def imported(office: Office) -> tuple[Office, Written]:
    return office, import_casebook(office)


def test_the_casebook_stands_as_its_key_says(imported: tuple[Office, Written]) -> None:
    office, written = imported
    assert set(written.case_ids) == set(GOOD)
    assert written.assessed_fen == sum(row["assessed_fen"] for row in GOOD.values())
    assert written.collected_fen == sum(row["paid_fen"] for row in GOOD.values())
    with office.application.store.begin() as work:
        cases = work.cases.load_many(list(written.case_ids.values()))
    for row, case_id in written.case_ids.items():
        case, known = cases[case_id], GOOD[row]
        assert (case.money.assessed_fen, case.money.collected_fen) == (known["assessed_fen"], known["paid_fen"])
        assert case.state in (STATES.get(known["stage"]), "in_execution", "execution_refused")
        assert case.clocks == ()
        assert case.documents == frozenset()
        assert case.takers_of("decide") == frozenset()
        assert all(taken.reported for taken in case.history)
    assert office.application.ledger_check.run() == []


def test_a_case_of_every_stage_is_frozen_by_the_wind_down(imported: tuple[Office, Written]) -> None:
    office, written = imported
    frozen = {"undecided": "frozen_undecided", "paid": "notice_due", "listed": "frozen_in_court"}
    for stage in ("undecided", "decided", "part", "paid", "listed", "released"):
        row = next(known for known in GOOD.values() if known["stage"] == stage)
        case_id = written.case_ids[row["row"]]
        kept = {"kept_amount": f"{row['paid_fen'] / 100:.2f}", "frozen_on": TODAY.isoformat()}
        kept["paid_state"] = "part_paid" if row["paid_fen"] else "unpaid"
        step, actor, answers = "freeze_decided", "officer", kept
        if stage == "undecided":
            step, answers = "freeze_undecided", {"frozen_on": TODAY.isoformat()}
        elif stage == "paid":
            step, answers = "classify_paid", {name: kept[name] for name in ("frozen_on", "kept_amount")}
        elif stage == "listed":
            step, actor, answers = "freeze_in_court", "supervisor", {**kept, "on_defaulter_list": "on"}
        office.advance(case_id, step, answers, actor=actor)
        with office.application.store.begin() as work:
            case = work.cases.load(case_id)
        assert case is not None
        assert case.state == frozen.get(stage, "frozen_decided")
    assert office.application.ledger_check.run() == []


def test_who_entered_the_book_is_barred_from_nothing(imported: tuple[Office, Written]) -> None:
    """A paid case is corrected by the very approver who is said to have decided nothing: the book names nobody."""
    office, written = imported
    row = next(known for known in GOOD.values() if known["stage"] == "decided")
    case_id = written.case_ids[row["row"]]
    answers = {"frozen_on": TODAY.isoformat(), "paid_state": "unpaid", "kept_amount": "0"}
    office.advance(case_id, "freeze_decided", answers)
    office.advance(case_id, "stop_collection", {"closing_reasons": "abolished"}, actor="approver")
    balance = {"written_off_amount": f"{row['assessed_fen'] / 100:.2f}", "legal_reason": "abolished"}
    office.advance(case_id, "propose_balance_write_off", balance)
    office.advance(case_id, "approve_balance_write_off", {"finance_paper_no": "CZ-1"}, actor="approver")
    served = {
        "closing_notice_served_on": TODAY.isoformat(), "service_method": "direct", "service_record_no": "SD-1",
        "remedies_told": "reconsideration, suit, refund",
    }  # fmt: skip
    office.advance(case_id, "serve_closing_notice", served)
    office.advance(case_id, "close_wound_down", {"closing_summary": "wound down"}, actor="approver2")
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert (case.state, case.money.outstanding_fen) == ("wound_down", 0)


def test_the_bank_finds_the_receipts_that_the_book_reports(imported: tuple[Office, Written]) -> None:
    office, _ = imported
    application, cashier = office.application, office.actors["cashier"]
    application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    asked = EnterFile("bank", (CASEBOOK / "bank.csv").read_bytes())
    entered = application.statements.enter(cashier, asked, key="bank")
    assert (entered.matched, entered.missing[0], entered.unexplained) == (276, 9, 8)
    account = application.statements.accounts(cashier)[0].id
    # What the old book reports is matched, and nobody remits it a second time or counts it as money on its way.
    assert application.remittances.remittable(cashier, account) == []
    stages = {stage for stage, _ in application.remittances.ageing(cashier).figures}
    assert stages <= {"suspense"}
    assert application.ledger_check.run() == []


def test_the_ledger_shows_where_reported_money_stands(imported: tuple[Office, Written]) -> None:
    office, written = imported
    with office.application.store.begin() as work:
        balances = work.ledger.trial_balance(office.actors["cashier"].office_id, Line.INCOME, TODAY)
    by_code = {one.code: one.debit_fen - one.credit_fen for one in balances}
    assert by_code["1202"] == written.collected_fen
    assert by_code["1201"] == 0
    assert by_code["1101"] == written.assessed_fen - written.collected_fen
    assert sum(by_code.values()) == 0


def test_a_number_that_is_there_is_refused_and_nothing_is_kept(imported: tuple[Office, Written]) -> None:
    office, written = imported
    again = good_rows(office.application.rulebook.regime("social_support_fee"))[5:6]
    with pytest.raises(NumberReported, match=r"云计征字〔2010〕0007号|云计征字"):
        import_rows(office, again)
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select count(*) from cases").fetchone()
    assert found == (len(written.case_ids),)
