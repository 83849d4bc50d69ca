"""Money to the treasury: what the bank has shown, exactly its sum, its outgoing line, and the treasury's advice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile, MakeRemittance
from caseflow.services.cases import KeyReused
from caseflow.services.ledger import Posting
from caseflow.services.ports import LedgerRefused
from caseflow.services.ports.bank import BankRefused, LineFilter
from caseflow.services.ports.remittances import ReceiptRow, WayFilter
from tests.casebook import ACCOUNT, Paper, write_receipts
from tests.office import Office

DAY = date(2026, 3, 2)
PAPERS = [
    Paper(1, date(2026, 1, 5), 10000), Paper(2, date(2026, 2, 10), 20000), Paper(3, date(2026, 2, 26), 30000),
    Paper(4, DAY, 40000), Paper(5, DAY), Paper(6, date(2026, 2, 23), 50000),
]  # fmt: skip
IN = "日期,金额,票据号\n2026-01-06,100.00,00000001\n2026-02-11,200.00,00000002\n2026-02-27,300.00,00000003\n"


@pytest.fixture
def bank(office: Office) -> Office:
    write_receipts(office, PAPERS)
    cashier = office.actors["cashier"]
    office.application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    assert office.application.statements.enter(cashier, EnterFile("in.csv", IN.encode()), key="in").matched == 3
    return office


def asked_for(office: Office, numbers: set[str], voucher: str = "JK-1") -> MakeRemittance:
    application, cashier = office.application, office.actors["cashier"]
    account = application.statements.accounts(cashier)[0].id
    rows = [row for row in application.remittances.remittable(cashier, account) if row.number in numbers]
    keys = tuple((row.lot_id, row.no) for row in rows)
    return MakeRemittance(account, voucher, DAY, keys, sum(row.amount_fen for row in rows))


def make(office: Office, numbers: set[str], voucher: str = "JK-1") -> int:
    asked = asked_for(office, numbers, voucher)
    return office.application.remittances.make(office.actors["cashier"], asked, key=voucher)


def balance(office: Office, kind: str) -> int:
    with office.application.store.begin() as work:
        return work.ledger.balance_fen(
            office.actors["cashier"].office_id, office.application.rulebook.chart.code_of(Line.INCOME, kind)
        )


def way(office: Office, number: str) -> ReceiptRow:
    rows, _key = office.application.remittances.ways(office.actors["auditor"], WayFilter())
    return next(row for row in rows if row.number == number)


def test_a_remittance_moves_exactly_the_sum_of_its_receipts_once(bank: Office) -> None:
    made = make(bank, {"00000001", "00000002"})
    assert make_again(bank, made) == made
    assert (balance(bank, "treasury"), balance(bank, "collecting_bank")) == (30000, 120000)
    page = bank.application.remittances.show(bank.actors["auditor"], made)
    assert (page.row.amount_fen, page.row.receipts, page.row.standing) == (30000, 2, "not_advised")
    assert [row.number for row in page.receipts] == ["00000001", "00000002"]
    assert way(bank, "00000001").stage == "remitted"
    assert way(bank, "00000003").stage == "banked"
    assert way(bank, "00000004").stage == "collected"


def make_again(office: Office, made: int) -> int:
    page = office.application.remittances.show(office.actors["auditor"], made)
    keys = tuple((row.lot_id, row.no) for row in page.receipts)
    asked = MakeRemittance(page.row.account_id, "JK-1", DAY, keys, 30000)
    with pytest.raises(KeyReused):
        office.application.remittances.make(office.actors["cashier"], replace(asked, voucher="JK-2"), key="JK-1")
    return office.application.remittances.make(office.actors["cashier"], asked, key="JK-1")


def test_what_is_not_banked_or_was_remitted_is_refused(bank: Office) -> None:
    remittances, cashier = bank.application.remittances, bank.actors["cashier"]
    asked = asked_for(bank, {"00000001"})
    four = way(bank, "00000004")
    for wrong, words in (
        (replace(asked, receipts=((four.lot_id, four.no),), amount_fen=40000), "meanwhile"),
        (replace(asked, receipts=()), "at least one"),
        (replace(asked, voucher=" "), "voucher"),
        (replace(asked, remitted_on=date(2026, 3, 3)), "after the business date"),
        (replace(asked, remitted_on=date(2026, 1, 5)), "booked a receipt"),
        (replace(asked, amount_fen=9999), "sum has changed"),
    ):
        with pytest.raises(BankRefused, match=words):
            remittances.make(cashier, wrong, key=words)
    make(bank, {"00000001"})
    with pytest.raises(BankRefused, match="meanwhile"):
        remittances.make(cashier, replace(asked, voucher="JK-2"), key="twice")
    with pytest.raises(BankRefused, match="voucher's number"):
        make(bank, {"00000002"}, "JK-1 ")
    assert balance(bank, "treasury") == 10000


def test_more_than_the_bank_account_holds_in_the_ledger_is_refused(bank: Office) -> None:
    chart = bank.application.rulebook.chart
    away = (chart.account(Line.INCOME, "treasury"), chart.account(Line.INCOME, "collecting_bank"))
    bank.application.ledger.post(bank.actors["cashier"], Posting("away", Line.INCOME, [("remit", *away, 145000)]))
    with pytest.raises(LedgerRefused, match="not so much money"):
        make(bank, {"00000001"})


def test_a_match_stays_while_its_receipt_is_remitted(bank: Office) -> None:
    made = make(bank, {"00000001"})
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    line_id = way(bank, "00000001").line_id
    assert line_id is not None
    with pytest.raises(BankRefused, match="stays with its line"):
        lines.undo(cashier, line_id, 1, reason="no", key="no")
    bank.application.remittances.take_back(cashier, made, reason="wrong voucher", key="back")
    assert (balance(bank, "treasury"), balance(bank, "collecting_bank")) == (0, 150000)
    assert bank.application.remittances.show(cashier, made).row.standing == "taken_back"
    with pytest.raises(BankRefused, match="taken back"):
        bank.application.remittances.advise(cashier, made, "GK", DAY, 10000, key="late")
    lines.undo(cashier, line_id, 1, reason="yes", key="yes")
    assert way(bank, "00000001").stage == "collected"


def test_the_outgoing_line_and_the_advice_complete_the_way(bank: Office) -> None:
    application, cashier = bank.application, bank.actors["cashier"]
    made = make(bank, {"00000001", "00000002"})
    other = make(bank, {"00000003"}, "JK-2")
    out = "日期,金额,票据号,摘要\n2026-03-02,-300.00,JK-1,缴库\n2026-03-02,-300.00,,划款\n".encode()
    plan = application.statements.enter(cashier, EnterFile("out.csv", out), key="out")
    assert (plan.remitted, plan.matched) == (1, 0)
    unnamed = application.bank_lines.page(cashier, LineFilter("open")).rows[0]
    proposals = application.bank_lines.show(cashier, unnamed.id).proposals
    assert [one.reason.en for one in proposals] == ["Same amount as voucher JK-2, the same day."]
    with pytest.raises(BankRefused, match="line already"):
        application.bank_lines.match_remittance(cashier, unnamed.id, 0, made, key="taken")
    application.bank_lines.match_remittance(cashier, unnamed.id, 0, other, key="fits")
    assert application.remittances.show(cashier, other).row.line_id == unnamed.id
    with pytest.raises(BankRefused, match="no longer"):
        application.remittances.take_back(cashier, made, reason="late", key="late")
    application.remittances.advise(cashier, made, "GK-1", DAY, 30001, key="advice")
    assert application.remittances.show(cashier, made).row.standing == "differs"
    assert way(bank, "00000001").stage == "differs"
    # The same paper, mistyped twice, then right.
    application.remittances.advise(cashier, made, "GK-1", DAY, 30002, key="mistyped")
    application.remittances.advise(cashier, made, "GK-1", DAY, 30003, key="again")
    assert application.remittances.show(cashier, made).row.advised_fen == 30003
    application.remittances.advise(cashier, made, "GK-1a", DAY, 30000, key="mended")
    assert way(bank, "00000001").stage == "advised"
    with pytest.raises(BankRefused, match="another remittance"):
        application.remittances.advise(cashier, other, "GK-1", DAY, 30000, key="same")
    with pytest.raises(BankRefused, match="before the remittance"):
        application.remittances.advise(cashier, other, "GK-2", date(2026, 3, 1), 30000, key="early")


def test_ageing_counts_each_stage_by_the_days_the_law_gives(bank: Office) -> None:
    application, cashier = bank.application, bank.actors["cashier"]
    ageing = application.remittances.ageing(cashier)
    # 2 March 2026 is a Monday; two working days before it is 27 February, for Saturday the 28th was worked.
    assert ageing.buckets[0].first == date(2026, 2, 27)
    assert ageing.figures == {
        ("collected", "lawful"): (1, 40000),
        ("collected", "week"): (1, 50000),
        ("banked", "lawful"): (1, 30000),
        ("banked", "month"): (1, 20000),
        ("banked", "older"): (1, 10000),
    }
    for (stage, name), (many, fen) in ageing.figures.items():
        bucket = next(one for one in ageing.buckets if one.name == name)
        rows, _key = application.remittances.ways(cashier, WayFilter(stage, bucket.first, bucket.last))
        assert (len(rows), sum(row.amount_fen for row in rows)) == (many, fen)
    made = make(bank, {"00000001"})
    assert application.remittances.ageing(cashier).figures["remitted", "lawful"] == (1, 10000)
    application.remittances.advise(cashier, made, "GK", DAY, 10000, key="advice")
    assert ("remitted", "lawful") not in application.remittances.ageing(cashier).figures


def test_only_the_cashier_remits(bank: Office) -> None:
    asked = asked_for(bank, {"00000001"})
    made = make(bank, {"00000002"}, "JK-9")
    remittances = bank.application.remittances
    for login in ("auditor", "supervisor", "officer"):
        actor = bank.actors[login]
        with pytest.raises(NotPermitted):
            remittances.make(actor, asked, key=login)
        with pytest.raises(NotPermitted):
            remittances.take_back(actor, made, reason="x", key=login)
        with pytest.raises(NotPermitted):
            remittances.advise(actor, made, "GK", DAY, 1, key=login)
    with pytest.raises(NotPermitted):
        remittances.ageing(bank.actors["officer"])
