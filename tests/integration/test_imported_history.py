"""The good rows of the practice casebook on a real database: their money, their places, what may be done with them."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from caseflow.domain.casebook.rows import ReportedRow
from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile
from caseflow.services.imported_history import NumberReported, Written
from caseflow.services.ports.remittances import WayFilter
from tests.casebook import ACCOUNT, CASEBOOK, KEY
from tests.conftest import Servers, with_database
from tests.imported import good_rows, import_casebook, import_rows, judged
from tests.office import Office
from tests.parties import names_kept
from tests.sealed import sealed_record

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
        if stage == "listed":
            asked = {"withdrawal_asked_on": TODAY.isoformat(), "closing_reasons": "abolished"}
            office.advance(case_id, "withdraw_from_court", asked, actor="liaison")
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
    office.issue(case_id, "closing_notice")
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
    figures = application.remittances.ageing(cashier).figures
    assert {stage for stage, _ in figures} == {"reported"}
    assert sum(fen for _, fen in figures.values()) == 2534838439
    rows, _ = application.remittances.ways(cashier, WayFilter("reported"))
    assert {row.stage for row in rows} == {"reported"}
    assert application.remittances.ways(cashier, WayFilter("banked"))[0] == []
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


def test_a_live_case_goes_on_with_its_limits(office: Office) -> None:
    """An imported case of a live regime owes and is owed what the law of its days says."""
    dates = {"act_date": date(2026, 1, 5), "filed_on": date(2026, 1, 12)}
    decided = {**dates, "decided_on": date(2026, 2, 9), "served_on": date(2026, 2, 11)}
    words = {"decision_no": "云卫两非罚决〔2026〕9号"}
    rows = [
        judged(2, ReportedRow("云卫两非立字〔2026〕0007号", "institution", "甲诊所", "", "", dates, {}, {})),
        judged(3, ReportedRow("旧字9号", "drug_seller", "乙药店", "", "", decided, {"fine": 6_000_000}, words)),
    ]
    written = import_rows(office, rows, regime="two_illegal")
    with office.application.store.begin() as work:
        cases = work.cases.load_many(list(written.case_ids.values()))
    filed, served = cases[written.case_ids[2]], cases[written.case_ids[3]]
    assert (filed.number, filed.officers, served.number) == ("YL-TI-2026-0007", 2, "旧字9号")
    ninety = filed.running_clock("cn.apl.decision_90d")
    assert ninety is not None
    assert ninety.due_on == date(2026, 4, 13)
    fine = served.running_clock("cn.apl.pay_fine")
    assert fine is not None
    assert fine.due_on == date(2026, 2, 26)
    assert {clock.rule_id for clock in served.clocks if clock.status == "met"} == {
        "cn.apl.decision_90d", "cn.apl.service_7d"
    }  # fmt: skip
    # The next case is numbered after the highest that the book used, and the served decision counts as served.
    new = office.open()
    assert office.application.pages.show(office.actors["officer"], new).header.number == "YL-TI-2026-0008"
    paid = {"paid_on": "2026-03-02", "paid_amount": "60,000", "receipt_no": office.next_receipt()}
    office.advance(served.id, "record_payment", paid, actor="cashier")
    office.advance(served.id, "confirm_paid", {"paid_up_on": "2026-03-02"})
    assert office.application.ledger_check.run() == []


def test_one_event_a_case_is_sealed_and_nobody_is_sent_seven_notices(
    office: Office, servers: Servers, tmp_path: Path
) -> None:
    name = urlsplit(office.database_url).path.lstrip("/")
    with sealed_record(office, with_database(servers.admin_url, name), tmp_path) as sealed:
        written = import_casebook(office)
        sealed.seal()
        assert sealed.findings() == []
    with psycopg.connect(office.database_url) as connection:
        told = connection.execute("select count(*) from audit_event where action = 'case_imported'").fetchone()
        sent = connection.execute("select count(*) from outbox").fetchone()
        first = connection.execute(
            "select body from audit_event where action = 'case_imported' order by id limit 1"
        ).fetchone()
    assert (told, sent) == ((len(written.case_ids),), (0,))
    assert first is not None
    assert (first[0]["file"], first[0]["row"]) == ("casebook.csv", 2)
    assert [step["trigger"] for step in first[0]["steps"]][:3] == ["open_case", "file_case", "decide"]


def test_numbers_and_addresses_are_sealed_and_owners_take_turns(office: Office) -> None:
    written = import_casebook(office, actor="supervisor")
    with psycopg.connect(office.database_url) as connection:
        owners = connection.execute("select owner_id, count(*) from cases group by 1 order by 1").fetchall()
        plain = connection.execute(
            "select count(*) from party where name is not null or contact is not null or contact_sealed is not null "
            "or identity_sealed is null"
        ).fetchone()
    assert Counter(many for _, many in owners).keys() <= {301, 302}
    assert plain == (0,)
    assert not [name for name in names_kept(office.database_url) if name.startswith("999000")]
    page = office.application.pages.show(office.actors["officer"], written.case_ids[2])
    shown = office.application.parties.shown(office.actors["officer"], page.header)
    assert (shown.identity[-4:], shown.address) == ("0018", "云岭县第5乡24号")
