"""Lists of transfers, accounts with running balances, the receipt book: against sums and searches made by hand."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Account, Line, Transfer
from caseflow.persistence.ledger_views import LedgerViews
from caseflow.services import ledger_reading
from caseflow.services.ledger import Posting
from caseflow.services.ledger_reading import NotInLedger
from caseflow.services.ledger_views import Key, TransferFilter, TransferPage, TransferRow
from caseflow.services.ports import LedgerRefused
from tests.office import Office

BANK, SUSPENSE, TREASURY = (
    Account("1201", "collecting_bank"),
    Account("2103", "suspense"),
    Account("1301", "treasury"),
)
START = date(2026, 1, 5)
WHAT_KEEPS_THE_BOOK = {
    "receipt_lot": ("fk_receipt_lot_event_key",),
    "receipt": ("uq_receipt_office_id_number", "fk_receipt_previous", "fk_receipt_event_key"),
}


def suspend(office: Office, fen: int, *, document: str = "", actor: str = "cashier") -> tuple[Transfer, ...]:
    movements = [("suspend", BANK, SUSPENSE, fen)]
    posting = Posting(f"suspend:{uuid.uuid4()}", Line.INCOME, movements, document=document)
    return office.application.ledger.post(office.actors[actor], posting)


def remit(office: Office, fen: int) -> tuple[Transfer, ...]:
    posting = Posting(f"remit:{uuid.uuid4()}", Line.INCOME, [("remit", TREASURY, BANK, fen)])
    return office.application.ledger.post(office.actors["cashier"], posting)


@pytest.fixture
def booked(office: Office) -> Office:
    """Forty transfers on eight days, by two people, on a few papers."""
    chance = random.Random(7)
    for number in range(40):
        office.time.day = START + timedelta(days=3 * (number // 5))
        actor = "cashier" if number % 3 else "supervisor"
        suspend(
            office, chance.randrange(1, 100) * 100, document=f"paper-{number % 4}" if number % 2 else "", actor=actor
        )
        if number % 10 == 9:
            remit(office, 50)
    return office


@pytest.fixture
def pages_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_reading, "PAGE_SIZE", 7)


def page_of(
    office: Office, chosen: TransferFilter, *, before: Key | None = None, after: Key | None = None
) -> TransferPage:
    actor = office.actors["auditor"]
    return office.application.reading.transfers(actor, Line.INCOME, chosen, before=before, after=after)[0]


def everything(office: Office) -> list[TransferRow]:
    with office.application.store.begin() as work:
        office_id = office.actors["auditor"].office_id
        page = work.ledger_views.transfers(
            office_id, Line.INCOME, TransferFilter(), before=None, after=None, limit=10_000
        )
    return page.rows


def walked(office: Office, chosen: TransferFilter) -> tuple[list[TransferRow], list[TransferPage]]:
    """Turn the pages from the newest to the oldest, and back again."""
    pages, before = list[TransferPage](), None
    while True:
        pages.append(page_of(office, chosen, before=before))
        before = pages[-1].older
        if before is None:
            break
    return [row for page in pages for row in page.rows], pages


FILTERS: dict[str, tuple[TransferFilter, Callable[[TransferRow], bool]]] = {
    "all": (TransferFilter(), lambda _: True),
    "operation": (TransferFilter(operation="remit"), lambda row: row.operation == "remit"),
    "days": (
        TransferFilter(booked_from=date(2026, 1, 8), booked_to=date(2026, 1, 20)),
        lambda row: date(2026, 1, 8) <= row.booked_on <= date(2026, 1, 20),
    ),
    "amounts": (
        TransferFilter(amount_from_fen=2_000, amount_to_fen=5_000),
        lambda row: 2_000 <= row.amount_fen <= 5_000,
    ),
    "document": (TransferFilter(document="paper-3"), lambda row: row.document == "paper-3"),
    "document and amount": (
        TransferFilter(document="paper-1", amount_from_fen=3_000),
        lambda row: row.document == "paper-1" and row.amount_fen >= 3_000,
    ),
    "nothing": (TransferFilter(document="no such paper"), lambda _: False),
}


@pytest.mark.usefixtures("pages_of_seven")
@pytest.mark.parametrize("window", [None, 5])
def test_pages_hold_every_transfer_that_fits_once_and_no_other(
    booked: Office, monkeypatch: pytest.MonkeyPatch, window: int | None
) -> None:
    people = {row.actor_en for row in everything(booked)}
    assert people == {"Cashier", "Supervisor"}
    with booked.application.store.begin() as work:
        bank = work.ledger_views.account(booked.actors["auditor"].office_id, "1201")
        treasury = work.ledger_views.account(booked.actors["auditor"].office_id, "1301")
    assert bank is not None
    assert treasury is not None
    by_supervisor = TransferFilter(actor_id=booked.actors["supervisor"].id)
    filters = {
        **FILTERS,
        "account": (
            TransferFilter(account_id=treasury.id),
            lambda row: "1301" in (row.debit_code, row.credit_code),
        ),
        "account on both sides, with an amount": (
            TransferFilter(account_id=bank.id, amount_from_fen=50, amount_to_fen=4_000),
            lambda row: row.amount_fen <= 4_000,
        ),
        "who": (by_supervisor, lambda row: row.actor_en == "Supervisor"),
        "who and operation": (
            replace(by_supervisor, operation="suspend", account_id=bank.id),
            lambda row: row.actor_en == "Supervisor" and row.operation == "suspend",
        ),
    }
    for name, (chosen, fits) in filters.items():
        monkeypatch.setattr(LedgerViews.__init__, "__kwdefaults__", {"window": 10_000})
        wanted = [row for row in everything(booked) if fits(row)]
        monkeypatch.setattr(LedgerViews.__init__, "__kwdefaults__", {"window": window or 10_000})
        rows, pages = walked(booked, chosen)
        assert rows == wanted, name
        # And back up from the last page.
        climbed, after = list(pages[-1].rows), pages[-1].newer
        for _ in range(200):
            if after is None:
                break
            page = page_of(booked, chosen, after=after)
            climbed, after = [*page.rows, *climbed], page.newer
        assert climbed == wanted, name


@pytest.mark.usefixtures("pages_of_seven")
def test_the_running_balance_of_every_page_is_the_sum_of_what_came_before(booked: Office) -> None:
    auditor = booked.actors["auditor"]
    for closed in (False, True):
        if closed:
            booked.time.day = date(2026, 2, 2)
            booked.application.ledger.close_period(
                booked.actors["supervisor"], Line.INCOME, 202601, idempotency_key=str(uuid.uuid4())
            )
            suspend(booked, 12_345)
        for code, as_of in itertools.product(("1201", "2103"), (START, date(2026, 1, 14), date(2026, 3, 1))):
            rows = [
                row
                for row in reversed(everything(booked))
                if row.booked_on <= as_of and code in (row.debit_code, row.credit_code)
            ]
            balance_fen, wanted = 0, []
            for row in rows:
                sign = 1 if (row.debit_code == code) is (code == "1201") else -1
                balance_fen += sign * row.amount_fen
                wanted.append((row.id, balance_fen))
            seen, before = list[tuple[int, int]](), None
            while True:
                page = booked.application.reading.account(auditor, code, as_of, before=before)
                assert page.balance_fen == balance_fen
                seen += [(one.transfer.id, one.balance_fen) for one in page.movements]
                before = page.older
                if before is None:
                    break
            assert seen == wanted[::-1]


def test_an_account_before_its_first_transfer_stands_at_zero(booked: Office) -> None:
    page = booked.application.reading.account(booked.actors["auditor"], "1201", date(2001, 1, 1))
    assert (page.balance_fen, page.movements, page.older, page.newer) == (0, [], None, None)
    balances = booked.application.ledger.trial_balance(booked.actors["auditor"], Line.INCOME, date(2001, 1, 1))
    assert {(one.debit_fen, one.credit_fen) for one in balances} == {(0, 0)}


def test_an_entry_shows_its_legs_its_reversal_and_a_hash_that_fits(office: Office) -> None:
    office.time.day = START
    key = suspend(office, 500)[0].key
    again = office.application.ledger.reverse(
        office.actors["cashier"], key, reason="wrong amount", idempotency_key=str(uuid.uuid4())
    )
    auditor = office.actors["auditor"]
    first, second = (office.application.reading.entry(auditor, one) for one in (key, again[0].key))
    assert first.rows[0].reversed_by_key == again[0].key
    assert second.rows[0].reverses_key == key
    assert first.leaves[0][1]
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table transfer disable trigger user")
        connection.execute("update transfer set amount_fen = 501")
        connection.commit()
    assert not office.application.reading.entry(auditor, key).leaves[0][1]


def test_an_entry_of_a_case_names_its_step_and_its_receipts(office: Office) -> None:
    case_id = office.walk("two_illegal_paid", until="record_payment")
    auditor = office.actors["auditor"]
    number = office.application.pages.show(auditor, case_id).header.number
    found = office.application.reading.case_of(auditor, number)
    assert found == case_id
    rows = page_of(office, TransferFilter(case_id=case_id)).rows
    assert [row.operation for row in rows] == ["collect", "assess", "assess"]
    entry = office.application.reading.entry(auditor, rows[0].key)
    assert (entry.rows[0].case_number, entry.rows[0].document) == (number, "云财A00001")
    assert office.application.reading.case_of(auditor, "NO-SUCH") is None


def test_nothing_of_another_office_is_read(booked: Office) -> None:
    stranger = replace(booked.actors["auditor"], office_id=4242)
    key = everything(booked)[0].key
    with pytest.raises(NotInLedger):
        booked.application.reading.entry(stranger, key)
    with pytest.raises(NotInLedger):
        booked.application.reading.account(stranger, "1201", START)
    assert booked.application.reading.transfers(stranger, Line.INCOME, TransferFilter())[0].rows == []
    with pytest.raises(NotPermitted):
        booked.application.reading.transfers(booked.actors["officer"], Line.INCOME, TransferFilter())


def test_the_lines_are_never_on_one_list(booked: Office) -> None:
    assert everything(booked)
    actor = booked.actors["auditor"]
    page, choices = booked.application.reading.transfers(actor, Line.EXPENDITURE, TransferFilter())
    assert page.rows == []
    assert {one.line for one in choices.accounts} == {Line.EXPENDITURE}


def test_what_a_close_would_close(booked: Office) -> None:
    supervisor, reading = booked.actors["supervisor"], booked.application.reading
    booked.time.day = date(2026, 3, 1)
    closing = reading.closing(supervisor, Line.INCOME)
    assert closing is not None
    assert (closing.period, closing.last_day, closing.transfers) == (202601, date(2026, 1, 31), 44)
    assert sum(one.debit_fen for one in closing.balances) == sum(one.credit_fen for one in closing.balances) > 0
    assert reading.closing(supervisor, Line.INCOME, 202603) is None
    key = str(uuid.uuid4())
    for _ in range(2):
        booked.application.ledger.close_period(supervisor, Line.INCOME, 202601, idempotency_key=key)
    closing = reading.closing(supervisor, Line.INCOME)
    assert closing is not None
    assert (closing.period, closing.transfers) == (202602, 0)
    with pytest.raises(LedgerRefused):
        booked.application.ledger.close_period(
            replace(supervisor, id=booked.actors["auditor"].id), Line.INCOME, 202601, idempotency_key=str(uuid.uuid4())
        )


def test_the_receipt_book_marks_what_is_left_out_and_what_is_there_twice(office: Office) -> None:
    auditor = office.actors["auditor"]
    with psycopg.connect(office.database_url) as connection:
        # Only whoever owns the tables can make a gap at all.
        for table, constraints in WHAT_KEEPS_THE_BOOK.items():
            connection.execute(f"alter table {table} disable trigger user")
            for name in constraints:
                connection.execute(f"alter table {table} drop constraint {name}")
        for lot, first in ((1, 1), (2, 6)):
            connection.execute(
                "insert into receipt_lot (id, office_id, book, prefix, first_no, last_no, width, copies, opened_on, "
                "opened_by, event_key) overriding system value "
                "values (%s, %s, %s, 'A', %s, %s, 3, 3, '2026-01-01', 1, %s)",
                (lot, auditor.office_id, f"book {lot}", first, first + 9, f"lot {lot}"),
            )
        for lot, first, no in ((1, 1, 2), (1, 1, 3), (1, 1, 7), (2, 6, 6), (2, 6, 7)):
            connection.execute(
                "insert into receipt (lot_id, no, office_id, first_no, last_no, previous_no, number, status, "
                "amount_fen, principal_fen, charge_fen, held_fen, payer, entered_on, entered_by, event_key, "
                "transfer_key) "
                "values (%s, %s, %s, %s, %s, %s, %s, 'issued', 5, 5, 0, 0, 'P', '2026-01-02', 1, 'e', %s)",
                (
                    lot,
                    no,
                    auditor.office_id,
                    first,
                    first + 9,
                    None if no == first else no - 1,
                    f"A{no:03d}",
                    f"entry {lot} {no}",
                ),
            )
        connection.commit()
    lots, next_key = office.application.reading.receipt_book(auditor)
    assert next_key is None
    assert [(lot.id, lot.gaps, lot.twice, lot.highest_used, lot.issued) for lot in lots] == [
        (2, [], ["A007"], 7, 2),
        (1, [(1, 1), (4, 6)], ["A007"], 7, 3),
    ]
