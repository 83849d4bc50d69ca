"""Explaining lines: certain ones, proposed ones, by hand, into suspense and out of it, and undone with a trace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile
from caseflow.services.cases import KeyReused
from caseflow.services.ledger import Posting
from caseflow.services.ports import LedgerRefused
from caseflow.services.ports.bank import BankRefused, LineFilter, LineRow
from tests.casebook import ACCOUNT, Paper, write_receipts
from tests.office import Office

MT940 = (Path(__file__).parents[1] / "data" / "bank.mt940").read_bytes()
DAY = date(2026, 3, 2)
# The first is certain; 20 is what the bank wrote for 21; 30 and 31 were paid in as cash together.
PAPERS = [
    Paper(1, date(2026, 2, 28), 150000), Paper(2, DAY), *(Paper(no, DAY) for no in range(3, 21)),
    Paper(21, date(2026, 3, 1), 70000), *(Paper(no, DAY) for no in range(22, 30)), Paper(30, DAY, 60000),
    Paper(31, DAY, 40000), Paper(32, DAY, 999),
]  # fmt: skip


# What the receipts below stand for is in the collecting bank already.
TAKEN_FEN = 320_999


@pytest.fixture
def bank(office: Office) -> Office:
    write_receipts(office, PAPERS)
    cashier = office.actors["cashier"]
    office.application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    plan = office.application.statements.enter(cashier, EnterFile("march.sta", MT940), key="march")
    assert (plan.format, len(plan.new), plan.matched, plan.unexplained, plan.proposed) == ("mt940", 6, 1, 4, 2)
    assert plan.missing == (4, 170999)
    return office


def line_of(office: Office, fen: int, nth: int = 0) -> LineRow:
    rows = office.application.bank_lines.page(office.actors["auditor"], LineFilter()).rows
    return [row for row in rows if row.line.amount_fen == fen][-1 - nth]


def balance(office: Office, kind: str) -> int:
    with office.application.store.begin() as work:
        return work.ledger.balance_fen(
            office.actors["cashier"].office_id, office.application.rulebook.chart.code_of(Line.INCOME, kind)
        )


def test_what_is_certain_is_matched_and_the_rest_is_proposed_with_its_reason(bank: Office) -> None:
    lines, auditor = bank.application.bank_lines, bank.actors["auditor"]
    certain = line_of(bank, 150000)
    assert (certain.state, certain.how, certain.receipts) == ("matched", "automatic", ("00000001",))
    proposed = lines.page(auditor, LineFilter("proposed"))
    assert {row.line.amount_fen for row in proposed.rows} == {70000, 100000}
    slip = proposed.proposals[line_of(bank, 70000).id][0]
    assert slip.reason.en == "Same amount, 1 day later, number differs in one digit."
    assert slip.reason.zh == "金额相同，晚1天，票据号相差一位。"
    cash = proposed.proposals[line_of(bank, 100000).id][0]
    assert cash.reason.en == "The amount equals receipts 00000030 + 00000031."
    assert not lines.page(auditor, LineFilter("matched", account_id=certain.account_id + 1)).rows


def test_a_line_takes_its_receipts_once_and_a_receipt_its_line_once(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    cash = line_of(bank, 100000)
    with pytest.raises(BankRefused, match=r"make 600.00 yuan, the line is 1,000.00 yuan"):
        lines.match(cashier, cash.id, 0, ["00000030"], key="half")
    with pytest.raises(BankRefused, match="no such receipt"):
        lines.match(cashier, cash.id, 0, ["00000030", "00000002"], key="void")
    with pytest.raises(BankRefused, match="number of the receipt"):
        lines.match(cashier, cash.id, 0, [" "], key="none")
    lines.match(cashier, cash.id, 0, ["00000030", "00000031", "00000030"], how="proposal", key="cash")
    lines.match(cashier, cash.id, 0, ["00000030", "00000031", "00000030"], how="proposal", key="cash")
    assert line_of(bank, 100000).receipts == ("00000030", "00000031")
    assert balance(bank, "collecting_bank") == TAKEN_FEN
    with pytest.raises(KeyReused):
        lines.match(cashier, cash.id, 0, ["00000030"], key="cash")
    with pytest.raises(BankRefused, match="a moment ago"):
        lines.note(cashier, cash.id, 0, reason="late", key="late")
    with pytest.raises(BankRefused, match="no such receipt"):
        lines.match(cashier, line_of(bank, 70000).id, 0, ["00000030"], key="again")


def test_an_undone_match_leaves_its_trace_and_frees_its_receipt(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    row = line_of(bank, 150000)
    with pytest.raises(BankRefused, match="reason"):
        lines.undo(cashier, row.id, 1, reason=" ", key="undo")
    lines.undo(cashier, row.id, 1, reason="another payer", key="undo")
    assert line_of(bank, 150000).state == "open"
    lines.match(cashier, row.id, 2, ["00000001"], key="anew")
    page = lines.show(cashier, row.id)
    assert [(one.nth, one.kind, one.how, one.receipts) for one in page.decisions] == [
        (3, "matched", "hand", ("00000001",)), (2, "undone", "hand", ()), (1, "matched", "automatic", ("00000001",)),
    ]  # fmt: skip
    assert page.decisions[1].reason == "another payer"


def test_unexplained_money_waits_in_suspense_until_its_receipt_turns_up(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    first, second = line_of(bank, 8888), line_of(bank, 8888, 1)
    lines.suspend(cashier, {first.id: 0, second.id: 0}, reason="nobody knows", key="park")
    lines.suspend(cashier, {first.id: 0, second.id: 0}, reason="nobody knows", key="park")
    assert (balance(bank, "collecting_bank"), balance(bank, "suspense")) == (TAKEN_FEN + 17776, -17776)
    assert lines.counts(cashier) == {"open": (3, 170000, 1250), "suspended": (2, 17776, 0)}
    write_receipts(bank, [Paper(100, DAY, 8888)], book="late")
    lines.match(cashier, first.id, 1, ["00000100"], key="found")
    assert (balance(bank, "collecting_bank"), balance(bank, "suspense")) == (TAKEN_FEN + 17776, -8888)
    lines.order_refund(cashier, second.id, 1, reason="the sender asks for it", key="refund")
    assert (balance(bank, "suspense"), balance(bank, "refund_due")) == (0, -8888)
    with pytest.raises(BankRefused):
        lines.undo(cashier, second.id, 2, reason="no", key="no")
    assert line_of(bank, 8888, 1).state == "refund_ordered"


def pay_in(office: Office, fen: int, key: str = "paid") -> str:
    """Collect money outside any case, as a payment's step would."""
    chart = office.application.rulebook.chart
    movement = ("collect", chart.account(Line.INCOME, "collecting_bank"), chart.account(Line.INCOME, "held"), fen)
    office.application.ledger.post(office.actors["cashier"], Posting(key, Line.INCOME, [movement]))
    return key


def test_a_suspension_is_taken_back_whole_and_only_at_its_line(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    row = line_of(bank, 8888)
    lines.suspend(cashier, {row.id: 0}, key="park")
    with pytest.raises(LedgerRefused, match="line of the bank"):
        bank.application.ledger.reverse(cashier, f"bank-suspend:park:{row.id}", reason="x", idempotency_key="x")
    lines.undo(cashier, row.id, 1, reason="too early", key="undo")
    assert balance(bank, "suspense") == 0
    lines.suspend(cashier, {row.id: 2}, key="park again")
    assert balance(bank, "suspense") == -8888
    for nth, wanted in ((2, row.id), (0, line_of(bank, 1250).id), (1, line_of(bank, 150000).id)):
        with pytest.raises(BankRefused, match="Only incoming lines"):
            lines.suspend(cashier, {wanted: nth}, key=f"wrong {wanted}")


def test_receipts_written_later_match_what_waited_open_or_suspended(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    content = "日期,金额,票据号\n2026-03-02,50.00,00000200\n2026-03-02,60.00,00000201\n".encode()
    bank.application.statements.enter(cashier, EnterFile("late.csv", content), key="late")
    row = line_of(bank, 6000)
    lines.suspend(cashier, {row.id: 0}, key="park")
    assert lines.match_again(cashier, key="too early") == 0
    write_receipts(bank, [Paper(200, DAY, 5000), Paper(201, DAY, 6000)], book="late")
    pay_in(bank, 6000)
    assert lines.match_again(cashier, key="now") == 2
    assert (line_of(bank, 6000).receipts, line_of(bank, 5000).receipts) == (("00000201",), ("00000200",))
    assert balance(bank, "suspense") == 0


def test_a_fee_is_noted_and_posts_nothing(bank: Office) -> None:
    lines, cashier = bank.application.bank_lines, bank.actors["cashier"]
    fee = line_of(bank, 1250)
    lines.note(cashier, fee.id, 0, reason="fee; the bank gives it back", key="note")
    assert (line_of(bank, 1250).state, line_of(bank, 1250).reason) == ("noted", "fee; the bank gives it back")
    assert balance(bank, "collecting_bank") == TAKEN_FEN


def test_only_the_cashier_decides_and_only_of_the_own_office(bank: Office) -> None:
    lines = bank.application.bank_lines
    row = line_of(bank, 8888)
    acts: list[Callable[[str], object]] = [
        lambda login: lines.match(bank.actors[login], row.id, 0, ["00000032"], key=login),
        lambda login: lines.suspend(bank.actors[login], {row.id: 0}, key=login),
        lambda login: lines.note(bank.actors[login], row.id, 0, reason="x", key=login),
        lambda login: lines.order_refund(bank.actors[login], row.id, 0, reason="x", key=login),
        lambda login: lines.undo(bank.actors[login], row.id, 0, reason="x", key=login),
        lambda login: lines.match_again(bank.actors[login], key=login),
        lambda login: lines.match_remittance(bank.actors[login], row.id, 0, 1, key=login),
    ]
    for act in acts:
        for login in ("auditor", "supervisor", "officer"):
            with pytest.raises(NotPermitted):
                act(login)
    with pytest.raises(LookupError):
        lines.show(bank.actors["cashier"], row.id + 1000)
