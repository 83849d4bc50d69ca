"""Plain SQL against the bank and the treasury, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.config import APPLICATION_ROLE
from caseflow.services.bank import EnterFile, MakeRemittance
from tests.attack.roles import application_connection
from tests.casebook import ACCOUNT, Paper, write_receipts
from tests.office import Office

DAY = date(2026, 3, 2)
NO_PRIVILEGE = "no privilege"
KEPT_BY_TRIGGERS = ("bank_line_state", "banked_receipt", "remitted_receipt", "remittance_line")
LINES = (
    "日期,金额,票据号\n2026-03-02,1.00,00000001\n2026-03-02,2.00,00000002\n2026-03-02,3.00,\n2026-03-02,4.00,\n"
    "2026-03-02,-1.00,\n2026-03-02,-2.00,\n"
)
TABLES = {
    "bank_account": "bank", "bank_columns": "bank", "bank_file": "name", "bank_statement": "reference",
    "bank_line": "bank_reference", "bank_decision": "reason", "bank_decision_receipt": "no", "bank_line_state": "state",
    "banked_receipt": "no", "remittance": "voucher", "remittance_item": "no", "remittance_end": "reason",
    "remitted_receipt": "no", "remittance_line": "line_id", "treasury_advice": "number",
}  # fmt: skip


@pytest.fixture
def bank(office: Office) -> Office:
    """Receipts 1 and 2 banked, 1 remitted, 3 open; a line of 3.00 in suspense, one of 4.00 and two outgoing open."""
    application, cashier = office.application, office.actors["cashier"]
    papers = [Paper(1, DAY, 100), Paper(2, DAY, 200), Paper(3, DAY, 400), Paper(4, DAY)]
    write_receipts(office, papers)
    application.statements.open_account(cashier, "County Bank", ACCOUNT, key="account")
    assert application.statements.enter(cashier, EnterFile("a.csv", LINES.encode()), key="a").matched == 2
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select id from bank_line where amount_fen = 300").fetchone()
    assert found is not None
    application.bank_lines.suspend(cashier, {found[0]: 0}, key="park")
    account = application.statements.accounts(cashier)[0].id
    row = application.remittances.remittable(cashier, account)[0]
    asked = MakeRemittance(account, "JK-1", DAY, ((row.lot_id, row.no),), 100)
    application.remittances.make(cashier, asked, key="JK-1")
    with application.store.begin() as work:
        work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.commit()
    return office


def decision(line: str, kind: str, **changes: str) -> str:
    """Insert a decision on the line that ``line`` picks."""
    values = {
        "office_id": "l.office_id", "line_id": "l.id", "nth": "s.nth + 1", "kind": f"'{kind}'", "how": "'hand'",
        "reason": "'x'", "remittance_id": "null::bigint", "transfer_key": "null", "reversal_key": "null",
        "decided_by": "(select min(id) from staff)", "decided_on": "date '2026-03-02'",
        "event_key": "(select min(key) from audit_event)", **changes,
    }  # fmt: skip
    return (
        f"insert into bank_decision ({', '.join(values)}) select {', '.join(values.values())} "
        f"from bank_line l join bank_line_state s on s.line_id = l.id where {line} limit 1 returning id"
    )


def match(line: str, receipts: str, **changes: str) -> str:
    """Match a line with receipts, in one statement."""
    return (
        f"with d as ({decision(line, 'matched', **changes)}) "
        f"insert into bank_decision_receipt select d.id, r.lot_id, r.no, r.office_id from d, receipt r where {receipts}"
    )


def remit(items: str, *, fen: int, key: str = "'book:1'", voucher: str = "X") -> str:
    """Make a remittance of receipts, in one statement."""
    return (
        "with m as (insert into remittance (office_id, account_id, voucher, remitted_on, amount_fen, transfer_key, "
        f"made_by, event_key) select office_id, id, '{voucher}', date '2026-03-02', {fen}, {key}, opened_by, "
        "(select min(key) from audit_event where key not in (select event_key from remittance)) from bank_account "
        "returning id) insert into remittance_item "
        f"select m.id, r.lot_id, r.no, r.office_id from m, receipt r where {items}"
    )


def reversal(operation: str) -> str:
    """Reverse a transfer, with nothing said at the bank's desk."""
    return (
        "insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, "
        "amount_fen, booked_on, value_on, reverses_id, at, leaf) select office_id, line, 'mirror', 1, operation, "
        "credit_id, credit_kind, debit_id, debit_kind, amount_fen, booked_on, value_on, id, at, leaf from transfer "
        f"where operation = '{operation}'"
    )


OPEN = "l.amount_fen = 400"
LINE_COPY = (
    "insert into bank_line (office_id, account_id, statement_id, position, booked_on, value_on, direction, amount_fen, "
    "said_sealed, bank_reference, identity_index, occurrence) select {office}, account_id, statement_id, "
    "position, booked_on, value_on, direction, {fen}, said_sealed, bank_reference, identity_index, {nth} "
    "from bank_line where amount_fen = 400"
)
OTHER_OFFICE = "(select max(id) from office)"
ATTACKS = {
    "a line twice": LINE_COPY.format(office="office_id", fen="amount_fen", nth="occurrence"),
    "a line of nothing": LINE_COPY.format(office="office_id", fen="0", nth="2"),
    "a line of another office's account": LINE_COPY.format(office=OTHER_OFFICE, fen="amount_fen", nth="2"),
    "another office decides on a line": decision(OPEN, "noted", office_id=OTHER_OFFICE),
    "a receipt on a second line": match("l.amount_fen = 400", "r.no in (1, 2)"),
    "a receipt that is on a line, on a line of its amount": match("l.amount_fen = 400", "r.no = 2"),
    "a match without receipts": decision(OPEN, "matched"),
    "a match that is not the amount": match(OPEN, "false"),
    "a banked receipt made void": (
        "update receipt set status = 'void', reason = 'x', copies = 3, ended_on = entered_on, ended_by = entered_by, "
        "end_event_key = event_key, reversal_key = 'x' where no = 2"
    ),
    "a void receipt": match(OPEN, "r.no in (3, 4)"),
    "a receipt added to a match": (
        "insert into bank_decision_receipt select b.decision_id, r.lot_id, r.no, r.office_id "
        "from banked_receipt b, receipt r where b.no = 2 and r.no = 3"
    ),
    "receipts of a decision that is no match": (
        "insert into bank_decision_receipt select d.id, r.lot_id, r.no, r.office_id "
        "from bank_decision d, receipt r where d.kind = 'suspended' and r.no = 3"
    ),
    "a second match of a line": match("l.amount_fen = 200", "r.no = 3"),
    "a decision out of order": decision(OPEN, "noted", nth="s.nth + 2"),
    "an undoing of nothing": decision(OPEN, "undone"),
    "an outgoing line as a payment": decision("l.direction = 'debit'", "matched"),
    "a suspension without its transfer": decision(OPEN, "suspended", transfer_key="'invented'"),
    "a suspension by another entry": decision(OPEN, "suspended", transfer_key="'book:1'"),
    "a suspension taken back by nothing": decision("l.amount_fen = 300", "undone", reversal_key="'invented'"),
    "a suspension left standing": match("l.amount_fen = 300", "r.no = 3"),
    "a refund that nobody ordered": decision("l.amount_fen = 300", "refund_ordered", transfer_key="'book:1'"),
    "an incoming line as a remittance": decision(OPEN, "remitted", remittance_id="(select id from remittance)"),
    "an outgoing line of another amount": decision(
        "l.amount_fen = 200 and l.direction = 'debit'", "remitted", remittance_id="(select id from remittance)"
    ),
    "an undoing under a remittance": decision("l.amount_fen = 100 and l.direction = 'credit'", "undone"),
    "a remittance of another sum": remit("r.no = 2", fen=199),
    "a remittance without its transfer": remit("r.no = 2", fen=200),
    "a remittance by somebody else's transfer": remit(
        "r.no = 2", fen=200, key="(select key from transfer where operation = 'suspend')"
    ),
    "a remittance of nothing": remit("false", fen=100),
    "a receipt remitted twice": remit("r.no = 1", fen=100),
    "a receipt remitted that is not banked": remit("r.no = 3", fen=400),
    "a receipt added to a remittance": (
        "insert into remittance_item select m.id, r.lot_id, r.no, r.office_id from remittance m, receipt r "
        "where r.no = 2"
    ),
    "an item of another office": (
        f"insert into remittance_item select m.id, r.lot_id, r.no, {OTHER_OFFICE} from remittance m, receipt r "
        "where r.no = 2"
    ),
    "a remittance ended without its mirror": (
        "insert into remittance_end select id, office_id, 'x', 'invented', made_by, remitted_on, "
        "(select min(key) from audit_event) from remittance"
    ),
    "a suspension reversed in the ledger alone": reversal("suspend"),
    "a remittance reversed in the ledger alone": reversal("remit"),
    "an advice of nothing": (
        "insert into treasury_advice "
        "(office_id, remittance_id, number, advised_on, amount_fen, recorded_by, event_key) "
        "select office_id, id, 'GK', remitted_on, 0, made_by, (select min(key) from audit_event) from remittance"
    ),
    "an advice of another office": (
        "insert into treasury_advice "
        "(office_id, remittance_id, number, advised_on, amount_fen, recorded_by, event_key) "
        f"select {OTHER_OFFICE}, id, 'GK', remitted_on, 1, made_by, (select min(key) from audit_event) from remittance"
    ),
    "an advice that corrects itself": (
        "insert into treasury_advice "
        "(id, office_id, remittance_id, number, corrects_id, advised_on, amount_fen, recorded_by, event_key) "
        "overriding system value select 900, office_id, id, 'GK', 900, remitted_on, 1, made_by, "
        "(select min(key) from audit_event) from remittance"
    ),
    "an advice that corrects one of another number": (
        "with first as (insert into treasury_advice "
        "(office_id, remittance_id, number, advised_on, amount_fen, recorded_by, event_key) "
        "select office_id, id, 'GK-1', remitted_on, 1, made_by, (select min(key) from audit_event) from remittance "
        "returning *) insert into treasury_advice "
        "(office_id, remittance_id, number, corrects_id, advised_on, amount_fen, recorded_by, event_key) "
        "select office_id, remittance_id, 'GK-2', id, advised_on, 1, recorded_by, "
        "(select max(key) from audit_event) from first"
    ),
    "a file that is kept plain": (
        "insert into bank_file (office_id, name, sha256, content, received_by, event_key) "
        "select office_id, 'x', sha256('b'), 'b', received_by, (select min(key) from audit_event "
        "where key not in (select event_key from bank_file)) from bank_file limit 1"
    ),
    "a file kept as if it were sealed": (
        "insert into bank_file (office_id, name, sha256, content_sealed, received_by, event_key) "
        "select office_id, 'x', sha256('b'), repeat('b', 50)::bytea, received_by, (select min(key) from audit_event "
        "where key not in (select event_key from bank_file)) from bank_file limit 1"
    ),
    "how a line stands, written by hand": "update bank_line_state set state = 'open' where state = 'matched'",
    "a receipt banked by hand": (
        "insert into banked_receipt select r.lot_id, r.no, r.office_id, b.line_id, b.decision_id "
        "from banked_receipt b, receipt r where r.no = 3 limit 1"
    ),
    "a receipt set free by hand": "delete from banked_receipt where no = 2",
}


# What refuses each, so that none is refused for another reason than the one it is named after.
RULES = {
    "a line twice": "uq_bank_line_same",
    "a line of nothing": "ck_bank_line_amount_above_zero",
    "a line of another office's account": "fk_bank_line_statement",
    "another office decides on a line": "fk_bank_decision_line",
    "a receipt on a second line": "pk_banked_receipt",
    "a receipt that is on a line, on a line of its amount": "pk_banked_receipt",
    "a match without receipts": "bank_match_makes_the_amount",
    "a match that is not the amount": "bank_match_makes_the_amount",
    "a banked receipt made void": "receipt_void_not_banked",
    "a void receipt": "bank_receipt_counts",
    "a receipt added to a match": "bank_match_makes_the_amount",
    "receipts of a decision that is no match": "bank_receipt_of_its_match",
    "a second match of a line": "bank_decision_follows",
    "a decision out of order": "bank_decision_in_order",
    "an undoing of nothing": "bank_decision_follows",
    "an outgoing line as a payment": "bank_decision_follows",
    "a suspension without its transfer": "bank_suspense_is_the_amount",
    "a suspension by another entry": "bank_suspense_is_the_amount",
    "a suspension taken back by nothing": "bank_suspension_taken_back",
    "a suspension left standing": "bank_decision_follows",
    "a refund that nobody ordered": "bank_suspense_is_the_amount",
    "an incoming line as a remittance": "bank_decision_follows",
    "an outgoing line of another amount": "bank_line_is_the_remittance",
    "an undoing under a remittance": "fk_remitted_receipt_banked",
    "a remittance of another sum": "remittance_is_its_receipts",
    "a remittance without its transfer": "remittance_is_its_receipts",
    "a remittance by somebody else's transfer": "remittance_is_its_receipts",
    "a remittance of nothing": "remittance_is_its_receipts",
    "a receipt remitted twice": "pk_remitted_receipt",
    "a receipt remitted that is not banked": "fk_remitted_receipt_banked",
    "a receipt added to a remittance": "remittance_is_its_receipts",
    "an item of another office": "fk_remittance_item_remittance",
    "a remittance ended without its mirror": "remittance_taken_back",
    "a suspension reversed in the ledger alone": "reversed_at_the_bank",
    "a remittance reversed in the ledger alone": "reversed_at_the_bank",
    "an advice of nothing": "ck_treasury_advice_amount_above_zero",
    "an advice that corrects itself": "ck_treasury_advice_corrects_an_earlier_one",
    "an advice that corrects one of another number": "fk_treasury_advice_corrects",
    "an advice of another office": "fk_treasury_advice_remittance",
    "a file that is kept plain": "bank_file_sealed",
    "a file kept as if it were sealed": "ck_bank_file_content_sealed_form",
    "how a line stands, written by hand": NO_PRIVILEGE,
    "a receipt banked by hand": NO_PRIVILEGE,
    "a receipt set free by hand": NO_PRIVILEGE,
}


def test_what_the_database_refuses(bank: Office) -> None:
    before = fingerprint(bank)
    assert {name: refusal(bank, attack) for name, attack in ATTACKS.items()} == RULES
    assert fingerprint(bank) == before


def test_what_was_written_stays(bank: Office) -> None:
    before = fingerprint(bank)
    for table, column in TABLES.items():
        for attack in (f"update {table} set {column} = {column}", f"delete from {table}", f"truncate {table} cascade"):
            assert refusal(bank, attack) == NO_PRIVILEGE, attack
            with psycopg.connect(bank.database_url) as owner:
                # Not even the owner, except for what the triggers themselves keep.
                if "truncate" in attack or (table not in KEPT_BY_TRIGGERS and _has_rows(owner, table)):
                    with pytest.raises(psycopg.errors.InsufficientPrivilege):
                        owner.execute(attack)
    assert fingerprint(bank) == before


def _has_rows(connection: psycopg.Connection, table: str) -> bool:
    return connection.execute(f"select 1 from {table} limit 1").fetchone() is not None


def test_the_attacks_would_hit_were_they_lawful(bank: Office) -> None:
    """The same statements with the one thing put right go through, so each is refused for what it is named after."""
    for lawful in (match(OPEN, "r.no = 3"), decision("l.direction = 'debit'", "noted")):
        committed(bank, lawful)


def refusal(office: Office, attack: str) -> str:
    """The rule that refuses the attack; nothing where it goes through."""
    try:
        committed(office, attack)
    except psycopg.errors.InsufficientPrivilege:
        return NO_PRIVILEGE
    except psycopg.IntegrityError as error:
        return error.diag.constraint_name or ""
    return "nothing"


def committed(office: Office, statement: str) -> None:
    with application_connection(office) as connection:
        assert connection.execute("select current_user").fetchone() == (APPLICATION_ROLE,)
        connection.execute(statement)
        connection.commit()


def fingerprint(office: Office) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return [
            row
            for table in (*TABLES, "receipt", "transfer")
            for row in connection.execute(
                f"select '{table}', count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            )
        ]
