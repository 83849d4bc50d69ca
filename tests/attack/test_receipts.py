"""Plain SQL against the receipt book: the database itself must refuse."""

from __future__ import annotations

import uuid

import psycopg
import pytest

from caseflow.services.ports.receipts import Money
from caseflow.services.receipts import EndReceipt, IssueReceipt, OpenLot
from tests.office import CHECKED, Office

COLUMNS = (
    "lot_id, no, office_id, first_no, last_no, previous_no, number, status, case_id, seq, transfer_key, amount_fen, "
    "principal_fen, charge_fen, held_fen, payer, entered_on, entered_by, event_key, reason, copies, ended_on, "
    "ended_by, end_event_key, found_on, reversal_key"
)
NEXT = {"no": "no + 1", "previous_no": "no", "number": "'A000' || (no + 1)", "transfer_key": "null"}
ENDED = (
    "reason = 'x', copies = 2, ended_on = entered_on, ended_by = entered_by, end_event_key = event_key, "
    "found_on = {found}"
)


def copied(**changes: str) -> str:
    """The statement that copies receipt 2, changed."""
    values = [changes.get(name, name) for name in COLUMNS.split(", ")]
    return f"insert into receipt ({COLUMNS}) select {', '.join(values)} from receipt where no = 2"


LOT = (
    "insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, opened_on, opened_by, "
    "event_key) "
    "select office_id, {book}, prefix, {first}, {last}, width, copies, opened_on, opened_by, "
    "(select key from audit_event where key not in (select event_key from receipt_lot) order by id limit 1) "
    "from receipt_lot order by id desc limit 1"
)
ATTACKS = {
    "a number twice": copied(),
    "a number twice in other clothes": copied(**{**NEXT, "number": "number"}),
    "a number printed otherwise": copied(**{**NEXT, "number": "'A9999'"}),
    "a number left out": copied(no="no + 2", previous_no="no + 1", number="'A0004'", transfer_key="null"),
    "a number left out, without the one before": copied(
        no="no + 2", previous_no="null", number="'A0004'", transfer_key="null"
    ),
    "a number left out, after another": copied(no="no + 2", previous_no="no", number="'A0004'", transfer_key="null"),
    "a number of no lot": copied(no="9", previous_no="8", number="'A0009'", transfer_key="null"),
    "a lot stretched by the receipt": copied(**{**NEXT, "last_no": "last_no + 1"}),
    "no amount": copied(**{**NEXT, "amount_fen": "0", "principal_fen": "0"}),
    "a negative part": copied(**{**NEXT, "charge_fen": "-1", "held_fen": "1"}),
    "parts that do not make the amount": copied(**{**NEXT, "held_fen": "1"}),
    "no payer": copied(**{**NEXT, "payer": "''"}),
    "no event of the record": copied(**{**NEXT, "event_key": "'invented'"}),
    "born void with money": copied(
        **{
            **NEXT,
            "status": "'void'",
            "reason": "'x'",
            "copies": "2",
            "ended_on": "entered_on",
            "ended_by": "entered_by",
            "end_event_key": "event_key",
        }
    ),
    "one entry of the ledger on two receipts": copied(**{**NEXT, "transfer_key": "'t-1'"}),
    "a step that took no money": copied(
        **{**NEXT, "case_id": "(select case_id from step limit 1)", "seq": "(select min(seq) from step)"}
    ),
    "un-voiding": (
        "update receipt set status = 'issued', reason = null, copies = null, ended_on = null, ended_by = null, "
        "end_event_key = null where no = 1"
    ),
    "a void receipt lost": "update receipt set status = 'lost', found_on = ended_on where no = 1",
    "void while its money stands": f"update receipt set status = 'void', {ENDED.format(found='null')} where no = 2",
    "void with copies missing": (
        f"update receipt set status = 'void', reversal_key = 't-2', "
        f"{ENDED.format(found='null').replace('copies = 2', 'copies = 1')} where no = 2"
    ),
    "lost without the day it was found": (
        f"update receipt set status = 'lost', {ENDED.format(found='null')} where no = 2"
    ),
    "found after it was reported": (
        f"update receipt set status = 'lost', {ENDED.format(found='entered_on + 1')} where no = 2"
    ),
    "another amount": "update receipt set amount_fen = 1, principal_fen = 1 where no = 2",
    "another payer": "update receipt set payer = 'me' where no = 2",
    "another amount with its loss": (
        f"update receipt set status = 'lost', amount_fen = 1, principal_fen = 1, {ENDED.format(found='entered_on')} "
        "where no = 2"
    ),
    "another number": "update receipt set no = 3, previous_no = 2, number = 'A0003' where no = 2",
    "deleting the last": "delete from receipt where no = 2",
    "deleting all": "delete from receipt",
    "emptying": "truncate receipt cascade",
    "deleting a lot": "delete from receipt_lot",
    "emptying the lots": "truncate receipt_lot cascade",
    "a new lot before the old one is checked off": LOT.format(book="book", first=100, last=109),
    "a lot that overlaps": LOT.format(book="'other'", first=4, last=9),
    "a lot beyond its width": LOT.format(book="'other'", first=9_999, last=10_000),
    "checking off with blank numbers left": (
        "update receipt_lot set checked_off_on = opened_on, checked_off_by = opened_by, check_reference = 'x', "
        "check_event_key = event_key where last_no = 4"
    ),
    "a longer lot": "update receipt_lot set last_no = last_no + 1",
    "fewer copies": "update receipt_lot set copies = 1",
    "re-opening": (
        "update receipt_lot set checked_off_on = null, checked_off_by = null, check_reference = null, "
        "check_event_key = null where book = 'done'"
    ),
    "a loss in a lot that is checked off": (
        f"update receipt set status = 'lost', {ENDED.format(found='entered_on')} "
        "where lot_id = (select id from receipt_lot where book = 'done') and status = 'issued'"
    ),
}


@pytest.fixture
def attacked(office: Office) -> Office:
    """A lot with a void receipt, an issued one whose money stands, blanks; a lot that is checked off; a case."""
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    cashier, keep = office.actors["cashier"], office.application.receipts

    def key() -> str:
        return str(uuid.uuid4())

    keep.open_lot(cashier, OpenLot("done", "B0001", "B0001", 2, key()))
    keep.issue(cashier, IssueReceipt("1", Money(500), "payer", key()))
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update receipt_lot set checked_off_on = opened_on, checked_off_by = opened_by, check_reference = 'x', "
            "check_event_key = event_key"
        )
    keep.open_lot(cashier, OpenLot("general", "A0001", "A0004", 2, key()))
    keep.issue(cashier, IssueReceipt("1", Money(100), "payer", key()))
    lot = office.application.receipt_book.open_lot_of(cashier)
    assert lot is not None
    keep.void(cashier, EndReceipt(lot.id, 1, "wrong name", 2, key()))
    keep.issue(cashier, IssueReceipt("2", Money(700), "payer", key(), transfer_key="t-1"))
    return office


LAWFUL = (
    copied(**NEXT),
    LOT.format(book="'other'", first=100, last=109),
    f"update receipt set status = 'lost', {ENDED.format(found='entered_on')} where no = 2",
    f"update receipt set status = 'void', reversal_key = 't-2', {ENDED.format(found='null')} where no = 2",
)


def test_the_database_refuses_every_attack_on_the_receipt_book(attacked: Office) -> None:
    # What the attacks are made of is taken where nothing is wrong with it.
    for statement in LAWFUL:
        with psycopg.connect(attacked.database_url) as connection:
            assert connection.execute(statement).rowcount == 1
            connection.rollback()
    before = fingerprint(attacked)
    got_through = []
    for name, attack in ATTACKS.items():
        with psycopg.connect(attacked.database_url) as connection:
            try:
                changed = connection.execute(attack).rowcount
                connection.commit()
                got_through.append((name, changed))
            except (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError):
                connection.rollback()
    assert got_through == []
    assert fingerprint(attacked) == before


def fingerprint(office: Office) -> list[object]:
    with psycopg.connect(office.database_url) as connection:
        return [
            connection.execute(
                f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            ).fetchone()
            for table in ("receipt", "receipt_lot", "audit_event")
        ]
