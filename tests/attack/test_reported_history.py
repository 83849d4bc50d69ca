"""Plain SQL, as the application's own role, against what an old casebook reports: written with its case or never."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.attack.roles import application_connection, refused
from tests.imported import good_rows, import_rows
from tests.office import Office

STEP = (
    "insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date, "
    "idempotency_key, request_hash, reported) select {case}, {seq}, 'decide', state, state, owner_id, 'officer', "
    "opened_on, opened_on, 'more' || {seq}, '\\x00', {reported} from cases where id = {old} "
)
IMPORTED = "(select min(case_id) from reported_case)"
LIVE = "(select min(id) from cases where regime = 'two_illegal')"
NEXT = "(select version + 1 from cases where id = {case})"
FORGED_EVENT = (
    "insert into audit_event (key, at, actor_id, office_id, action, case_id, body, leaf) "
    "select 'forged', now(), actor_id, office_id, 'case_imported', {case}, '{{}}', leaf from audit_event limit 1"
)
SOURCE = "insert into reported_case (case_id, file, row, event_key) values ({case}, 'x', 2, 'forged')"


def later_step(case: str) -> str:
    return STEP.format(case=case, seq=NEXT.format(case=case), reported="true", old=case)


def new_case(*steps: str, source: bool = True) -> str:
    """A new case in one transaction, copied from the live one, with steps (reported or not) and its source."""
    columns = (
        "office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase, waiting_for, "
        "version, opened_on, last_step_on, idempotency_key"
    )
    made = (
        f"insert into cases ({columns}) select office_id, 'N-1', 'N-1', regime, definition_hash, party_id, owner_id, "
        f"state, phase, waiting_for, {len(steps)}, opened_on, last_step_on, 'forged' from cases where id = {LIVE}"
    )
    case = "(select id from cases where number = 'N-1')"
    written = [STEP.format(case=case, seq=seq, reported=flag, old=LIVE) for seq, flag in enumerate(steps, 1)]
    of_book = [FORGED_EVENT.format(case=case), SOURCE.format(case=case)] if source else []
    return "; ".join([made, *of_book, *written])


RECEIPT = (
    "insert into receipt (lot_id, no, office_id, first_no, last_no, previous_no, number, status, case_id, seq, "
    "transfer_key, amount_fen, principal_fen, charge_fen, held_fen, payer, entered_on, entered_by, event_key, "
    "reported) select {lot}, r.no + 1, r.office_id, {ends}, r.no, {number}, 'issued', r.case_id, {seq}, 'other', "
    "r.amount_fen, r.principal_fen, r.charge_fen, r.held_fen, r.payer, r.entered_on, r.entered_by, r.event_key, "
    "{reported} from receipt r where r.reported order by r.no desc limit 1"
)
ATTACKS = {
    "a step reported of an imported case later": later_step(IMPORTED),
    "a step reported of a live case": later_step(LIVE),
    "a step reported while the case moves": f"update cases set version = version + 1 where id = {LIVE}; "
    + STEP.format(case=LIVE, seq=f"(select version from cases where id = {LIVE})", reported="true", old=LIVE),
    "a book entered for a case that was there": FORGED_EVENT.format(case=LIVE) + "; " + SOURCE.format(case=LIVE),
    "a reported step after a witnessed one": new_case("true", "false", "true"),
    "a reported step of no book": new_case("true", source=False),
    "a book without its event": new_case("true").replace("'case_imported'", "'case_opened'"),
    "a witnessed step made a reported one": f"update step set reported = true where case_id = {LIVE}",
    "a reported step made a witnessed one": f"update step set reported = false where case_id = {IMPORTED}",
    "another row of the book": "update reported_case set row = row + 1",
    "no book any more": "delete from reported_case",
    "a reported receipt in its list later": RECEIPT.format(
        lot="r.lot_id", ends="r.first_no, r.last_no", number="'99'", seq="r.seq + 50", reported="true"
    ),
    "an issued receipt in the list": RECEIPT.format(
        lot="r.lot_id", ends="r.first_no, r.last_no", number="'99'", seq="r.seq + 50", reported="false"
    ),
    "a reported receipt made an issued one": "update receipt set reported = false where reported",
    "the list made a lot": "update receipt_lot set kind = 'issued' where kind = 'reported'",
    "the list checked off": "update receipt_lot set checked_off_on = opened_on, checked_off_by = opened_by, "
    "check_reference = 'x', check_event_key = (select max(key) from audit_event) where kind = 'reported'",
    "a list that prints": "insert into receipt_lot (office_id, book, prefix, first_no, last_no, width, copies, "
    "opened_on, opened_by, event_key, kind) select office_id, 'b', 'A', 1, 9, 4, 3, opened_on, opened_by, "
    "(select key from audit_event where key not in (select event_key from receipt_lot) limit 1), 'reported' "
    "from receipt_lot limit 1",
    "reported money remitted": "insert into remittance_item (remittance_id, lot_id, no, office_id) "
    "select 1, lot_id, no, office_id from receipt where reported limit 1",
    "a number once more in a lot": "update receipt set number = '31000001' where not reported",
}


@pytest.fixture
def connection(office: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    rows = good_rows(office.application.rulebook.regime("social_support_fee"))
    import_rows(office, rows[:12])
    office.open()
    with application_connection(office) as opened:
        yield opened


def test_what_was_not_reported_at_birth_never_is(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    for attack in ATTACKS.values():
        refused(connection, attack)


def test_the_honest_order_is_taken(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """The same statements without the lie pass, so it is the lie that is refused above."""
    connection.execute(new_case("true", "true", "false").encode())
    connection.commit()
    found = connection.execute("select count(*) from reported_case where event_key = 'forged'").fetchone()
    assert found == (1,)


def test_every_attack_is_refused_for_what_it_is(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    for name, constraint in {
        "a step reported of an imported case later": "step_reported_at_birth",
        "a step reported of a live case": "step_reported_at_birth",
        "a step reported while the case moves": "step_reported_at_birth",
        "a book entered for a case that was there": "case_reported_at_birth",
        "a reported step after a witnessed one": "step_reported_at_birth",
        "an issued receipt in the list": "receipt_of_its_kind",
    }.items():
        with pytest.raises(psycopg.Error) as refusal:
            connection.execute(ATTACKS[name].encode())
        assert refusal.value.diag.constraint_name == constraint, name
        connection.rollback()
