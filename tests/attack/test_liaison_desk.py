"""Plain SQL against the liaison's desk, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg
import pytest

from caseflow.services.withdrawals import AskWithdrawal
from tests.attack.roles import application_connection
from tests.office import Office

REFUSED = (psycopg.errors.InsufficientPrivilege, psycopg.IntegrityError)
Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def application(office: Office) -> Iterator[Connection]:
    first = office.walk("two_illegal_hearing_court", until="record_acceptance")
    second = office.walk("two_illegal_hearing_court", until="record_acceptance")
    office.time.day = date(2024, 1, 2)
    liaison, desk = office.actors["liaison"], office.application.liaison
    desk.replies.receive(liaison, "court.csv", "案件编号,答复类型\n1,受理\n".encode())
    batch_id = desk.withdrawals.begin(liaison, AskWithdrawal("Paid.", "2024-01-02", [first, second], "key"))
    desk.withdrawals.go_on(liaison, batch_id, most=1)
    with application_connection(office) as connection:
        yield connection
        connection.rollback()


ATTACKS = (
    "update court_reply_file set content = 'x'",
    "update court_reply_file set content_sealed = null",
    (
        "insert into court_reply_file (office_id, name, content, received_by) "
        "select office_id, 'x', 'x', received_by from court_reply_file"
    ),
    "delete from court_reply_file",
    "truncate court_reply_file",
    (
        "insert into court_reply_file (office_id, name, content_sealed, received_by) "
        "select office_id, 'x', content_sealed, (select id from staff where login = 'liaison') + 100000 "
        "from court_reply_file"
    ),
    (
        "insert into court_reply_file (office_id, name, content_sealed, received_by) "
        "select office_id, '', content_sealed, received_by from court_reply_file"
    ),
    "update withdrawal_batch set reason = 'another'",
    "delete from withdrawal_batch",
    "truncate withdrawal_batch_case",
    "delete from withdrawal_batch_case",
    (
        "insert into withdrawal_batch (office_id, reason, withdrawn_on, case_count, made_by, key) "
        "select office_id, reason, withdrawn_on, case_count, made_by, key from withdrawal_batch"
    ),
    # What is done stays done, nothing goes back to waiting, and no other case takes a place on the list.
    "update withdrawal_batch_case set words_en = 'not so' where outcome = 'done'",
    "update withdrawal_batch_case set outcome = 'refused', seq = null where outcome = 'done'",
    "update withdrawal_batch_case set case_id = case_id where outcome = 'waiting'",
    (
        "insert into withdrawal_batch_case (batch_id, position, case_id) select batch_id, 3, case_id from "
        "withdrawal_batch_case limit 1"
    ),
    (
        "insert into withdrawal_batch_case (batch_id, position, case_id, outcome, seq, tried_at) "
        "select batch_id, 2, 1, 'done', 1, now() from withdrawal_batch_case limit 1"
    ),
    # Nobody says a case is withdrawn without the step that did it.
    "update withdrawal_batch_case set outcome = 'done', tried_at = now() where outcome = 'waiting'",
    "update withdrawal_batch_case set outcome = 'done', seq = 9999, tried_at = now() where outcome = 'waiting'",
)


def test_the_desk_is_held_by_the_database(application: Connection) -> None:
    for attack in ATTACKS:
        with pytest.raises(REFUSED):
            application.execute(attack.encode())
        application.rollback()


def test_what_is_lawful_is_let_through(application: Connection) -> None:
    written = "update withdrawal_batch_case set outcome = 'refused', tried_at = now() where outcome = 'waiting'"
    assert application.execute(written.encode()).rowcount == 1
