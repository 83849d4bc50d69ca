"""Plain SQL against the receipt book, as the application's own role: the database itself must refuse."""

from __future__ import annotations

import psycopg
import pytest

from caseflow.services.receipts import EndReceipt, OpenLot
from tests.attack.roles import application_connection
from tests.cashier import key, pays, second_cashier, served
from tests.office import Office

COLUMNS = (
    "lot_id, no, office_id, first_no, last_no, previous_no, number, status, case_id, seq, transfer_key, amount_fen, "
    "principal_fen, charge_fen, held_fen, payer, entered_on, entered_by, event_key, reason, copies, ended_on, "
    "ended_by, end_event_key, found_on, reversal_key"
)
NEXT = {"no": "no + 1", "previous_no": "no", "number": "'A000' || (no + 1)"}
NO_MONEY = dict.fromkeys(
    ("case_id", "seq", "transfer_key", "amount_fen", "principal_fen", "charge_fen", "held_fen"), "null"
)
SPOILED = {
    **NEXT, **NO_MONEY, "status": "'void'", "reason": "'x'", "copies": "2", "ended_on": "entered_on",
    "ended_by": "entered_by", "end_event_key": "event_key",
}  # fmt: skip
OTHER = "(select id from staff where login = 'cashier2')"
ENDED = (
    f"reason = 'x', copies = 2, ended_on = entered_on, ended_by = {OTHER}, end_event_key = event_key, "
    "found_on = {found}"
)
COPY_STEP = (
    "insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date, "
    "answers, postings, law, idempotency_key, request_hash) "
    "select case_id, seq + 100, trigger, from_state, to_state, actor_id, role, effective_on, business_date, answers, "
    "postings, law, 'again', request_hash from step where trigger = 'record_payment' order by seq limit 1"
)
# The money of the case and the mirror of its transfers go in one statement, as the ledger writes them.
REVERSE = (
    "with less as (update cases set collected_fen = collected_fen - 70000, "
    "principal_open_fen = principal_open_fen + 70000 "
    "where id = (select case_id from receipt where no = 2) returning id) "
    "insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, "
    "amount_fen, booked_on, value_on, case_id, actor_id, document, reason, reverses_id, at, leaf) "
    "select office_id, line, 'taken-back', leg, operation, credit_id, credit_kind, debit_id, debit_kind, amount_fen, "
    "booked_on, value_on, less.id, {actor}, document, 'x', transfer.id, at, sha256('x') from transfer, less "
    "where key = (select transfer_key from receipt where no = 2)"
)
BY_ANOTHER = REVERSE.format(actor=OTHER) + "; "


def copied(**changes: str) -> str:
    """The statement that copies receipt 2, changed."""
    values = [changes.get(name, name) for name in COLUMNS.split(", ")]
    return f"insert into receipt ({COLUMNS}) select {', '.join(values)} from receipt where no = 2"


LOT = (
    "insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, opened_on, opened_by, "
    "event_key) "
    "select office_id, {book}, {prefix}, {first}, {last}, width, copies, opened_on, opened_by, "
    "(select key from audit_event where key not in (select event_key from receipt_lot) order by id limit 1) "
    "from receipt_lot order by id desc limit 1"
)


def lot(book: str = "'other'", prefix: str = "prefix", first: int = 100, last: int = 109) -> str:
    return LOT.format(book=book, prefix=prefix, first=first, last=last)


VOID_2 = f"update receipt set status = 'void', reversal_key = 'taken-back', {ENDED.format(found='null')} where no = 2"
ATTACKS = {
    "a number twice": copied(),
    "a number twice in other clothes": copied(**{**SPOILED, "number": "number"}),
    "a number printed otherwise": copied(**{**SPOILED, "number": "'A9999'"}),
    "a number left out": copied(**{**SPOILED, "no": "no + 2", "previous_no": "no + 1", "number": "'A0004'"}),
    "a number left out, without the one before": copied(
        **{**SPOILED, "no": "no + 2", "previous_no": "null", "number": "'A0004'"}
    ),
    "a number left out, after another": copied(**{**SPOILED, "no": "no + 2", "number": "'A0004'"}),
    "a number of no lot": copied(**{**SPOILED, "no": "9", "previous_no": "8", "number": "'A0009'"}),
    "a lot stretched by the receipt": copied(**{**SPOILED, "last_no": "last_no + 1"}),
    "a receipt for no money": copied(**{**NEXT, **NO_MONEY}),
    "a receipt for money the ledger does not have": copied(**{**NEXT, "transfer_key": "'invented'"}),
    "a receipt of an entry of another case": copied(**{**NEXT, "case_id": "null", "seq": "null"}),
    "a second receipt for the same entry": copied(**NEXT),
    "no amount": copied(**{**NEXT, "amount_fen": "0", "principal_fen": "0"}),
    "a negative part": copied(**{**NEXT, "charge_fen": "-1", "held_fen": "1"}),
    "parts that do not make the amount": copied(**{**NEXT, "held_fen": "1"}),
    "no event of the record": copied(**{**SPOILED, "event_key": "'invented'"}),
    "born void with money": copied(
        **{**NEXT, **{name: SPOILED[name] for name in ("status", "reason", "copies", "ended_on", "end_event_key")}}
    ),
    "a step that takes money without a receipt": COPY_STEP,
    "un-voiding": (
        "update receipt set status = 'issued', reason = null, copies = null, ended_on = null, ended_by = null, "
        "end_event_key = null where no = 1"
    ),
    "a void receipt lost": "update receipt set status = 'lost', found_on = ended_on where no = 1",
    "void while its money stands": f"update receipt set status = 'void', {ENDED.format(found='null')} where no = 2",
    "void by an invented reversal": VOID_2,
    "void by the reversal of another": VOID_2.replace(
        "'taken-back'",
        "(select max(reversal_key) from receipt where reversal_key is not null)",
    ),
    "void by its own entry": VOID_2.replace("'taken-back'", "transfer_key"),
    "the money back without voiding its receipt": BY_ANOTHER,
    "the money back by who took it": (REVERSE.format(actor="actor_id") + "; " + VOID_2.replace(OTHER, "entered_by")),
    "void by who took the money, the reversal by another": (BY_ANOTHER + VOID_2.replace(OTHER, "entered_by")),
    "void with copies missing": (BY_ANOTHER + VOID_2.replace("copies = 2", "copies = 1")),
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
    "a new lot before the old one is checked off": lot(book="book"),
    "a lot that overlaps": lot(first=4, last=9),
    "a lot beyond its width": lot(first=9_999, last=10_000),
    "a lot that prints the numbers of another": (lot(prefix="'A0'").replace("109, width", "109, 3")),
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
    "issuing from a lot that is checked off": copied(
        **{
            **SPOILED,
            "lot_id": "(select id from receipt_lot where book = 'done')",
            "no": "2",
            "previous_no": "1",
            "number": "'B0002'",
        }
    ),
}


@pytest.fixture
def attacked(office: Office) -> Office:
    """A lot with a void receipt, an issued one whose money stands, blanks; a lot that is checked off; a case."""
    case_id = served(office)
    cashier, keep, other = office.actors["cashier"], office.application.receipts, second_cashier(office)

    keep.open_lot(cashier, OpenLot("done", "B0001", "B0001", 2, key()))
    pays(office, case_id, "500", "1")
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update receipt_lot set checked_off_on = opened_on, checked_off_by = opened_by, check_reference = 'x', "
            "check_event_key = event_key"
        )
    keep.open_lot(cashier, OpenLot("general", "A0001", "A0004", 2, key()))
    lot_id = office.application.receipt_book.lots(cashier)[0].id
    pays(office, case_id, "300", "1")
    keep.void(other, EndReceipt(lot_id, 1, "wrong name", 2, key()))
    pays(office, case_id, "700", "2")
    return office


LAWFUL = (
    copied(**SPOILED),
    lot(),
    f"update receipt set status = 'lost', {ENDED.format(found='entered_on')} where no = 2",
    BY_ANOTHER + VOID_2,
)


def test_the_database_refuses_every_attack_on_the_receipt_book(attacked: Office) -> None:
    # What the attacks are made of is taken where nothing is wrong with it.
    for statement in LAWFUL:
        with application_connection(attacked) as connection:
            connection.execute(statement)
            connection.execute("set constraints all immediate")
            connection.rollback()
    before = fingerprint(attacked)
    got_through = []
    for name, attack in ATTACKS.items():
        with application_connection(attacked) as connection:
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
            for table in ("receipt", "receipt_lot", "transfer", "step", "audit_event")
        ]
