"""Plain SQL against what persons submit, as the application's own role: the database itself must refuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from caseflow.domain.submissions import Kind, Outcome
from caseflow.services.submissions import AnswerSubmission
from tests.attack.roles import application_connection, refused
from tests.office import Office
from tests.submitted import person_of, submit

INSERT = (
    "insert into submission (office_id, case_id, party_id, person_session_id, year, kind, desk, state, text_sealed, "
    "hash, objected_to, received_at, received_on, late, late_words, rule, due_on, clock, step_seq, idempotency_key) "
    "select {office}, p.case_id, {party}, p.id, {year}, '{kind}', 'officer', '{state}', {sealed}, {hash}, {objected}, "
    "'2026-03-02', '2026-03-02', {late}, 'r', null, '{{}}', {step}, 'other' "
    "from person_session p order by p.id limit 1"
)
SOUND = {
    "office": "p.office_id",
    "party": "p.party_id",
    "year": "2026",
    "kind": "statement",
    "state": "received",
    "sealed": r"'\x01'::bytea || decode(repeat('00', 40), 'hex')",
    "hash": "repeat('a', 64)",
    "objected": "null",
    "late": "false, null",
    "step": "null",
}
ANSWER = (
    "insert into submission_answer (submission_id, office_id, case_id, answered_by, answered_at, answered_on, outcome, "
    "reasons_sealed, step_seq, idempotency_key) select s.id, s.office_id, s.case_id, w.id, now(), '2026-03-03', "
    r"'{outcome}', '\x01'::bytea || decode(repeat('00', 40), 'hex'), null, 'answer' from submission s, staff w "
    "where w.login = '{by}' and s.case_no = {no}"
)


@pytest.fixture
def sent(office: Office) -> Office:
    person = person_of(office, office.open())
    submit(office, person, Kind.EVIDENCE, files={"a.txt": b"text"})
    submit(office, person, Kind.RECUSAL, objects_to=str(office.actors["officer"].id))
    answered = submit(office, person, Kind.STATEMENT)
    asked = AnswerSubmission(answered.id, Outcome.NOTED, "Weighed.", "first-answer")
    office.application.submissions.desk.answer(office.actors["officer"], asked)
    return office


@pytest.fixture
def application(sent: Office) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with application_connection(sent) as connection:
        yield connection
        connection.rollback()


def test_what_is_sound_is_taken_and_numbered_by_the_database(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    row = application.execute((INSERT.format(**SOUND) + " returning number, case_no").encode()).fetchone()
    assert row == ("S-2026-000004", 4)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("office", "p.office_id + 1"),
        ("party", "p.party_id + 1"),
        ("year", "2025"),
        ("kind", "petition"),
        ("state", "answered"),
        ("state", "withdrawn"),
        ("sealed", "'in plain text, which nobody may keep here'::bytea"),
        ("hash", "'abc'"),
        ("objected", "(select min(id) from staff)"),
        ("late", "true, null"),
        ("step", "1"),
    ],
)
def test_what_is_not_sound_is_refused(application: psycopg.Connection[tuple[Any, ...]], part: str, value: str) -> None:
    refused(application, INSERT.format(**{**SOUND, part: value}))


@pytest.mark.parametrize(
    "statement",
    [
        "delete from submission",
        "delete from submission_file",
        "delete from submission_answer",
        "truncate submission cascade",
        "truncate submission_answer",
        "update submission set number = 'S-2026-000009'",
        "update submission set serial = 9",
        "update submission set text_sealed = text_sealed",
        "update submission set hash = repeat('b', 64)",
        "update submission set received_at = now()",
        "update submission set due_on = null",
        "update submission set objected_to = null",
        "update submission set late = true",
        "update submission set kind = 'statement'",
        "update submission set state = 'answered' where case_no = 1",
        "update submission set state = 'received', withdrawn_at = now() where case_no = 1",
        "update submission set state = 'withdrawn' where case_no = 1",
        "update submission set state = 'in_hand' where case_no = 1",
        "update submission set step_seq = 1 where case_no = 1",
        "update submission set desk = 'approver' where case_no = 1",
        "update submission set desk = 'officer', state = 'in_hand', step_seq = 1 where case_no = 2",
        "update submission set state = 'in_hand', step_seq = 99 where case_no = 1",
        "update submission set state = 'received' where case_no = 3",
        "update submission set state = 'withdrawn', withdrawn_at = now() where case_no = 3",
        "update submission set escalated_on = '2026-03-03' where case_no = 3",
        "update submission_file set sha256 = repeat('b', 64)",
        "update submission_answer set outcome = 'refused'",
        "update submission_serial set last = 1",
        "insert into submission_serial (office_id, year, last) select id, 2030, 5 from office",
        "delete from submission_serial",
        (
            "insert into submission_file (office_id, case_id, submission_id, position, sha256, size_bytes, media_type) "
            "select office_id, case_id, id, 2, repeat('b', 64), 1, 'text/plain' from submission where case_no = 1"
        ),
    ],
)
def test_what_was_submitted_stays_as_it_is(application: psycopg.Connection[tuple[Any, ...]], statement: str) -> None:
    refused(application, statement)


@pytest.mark.parametrize(
    ("by", "no", "outcome"),
    [
        ("officer", 2, "refused"),
        ("administrator", 1, "noted"),
        ("auditor", 1, "noted"),
        ("payer", 1, "noted"),
        ("supervisor", 3, "refused"),
        ("supervisor", 1, "perhaps"),
    ],
)
def test_nobody_answers_who_may_not_and_nothing_twice(
    application: psycopg.Connection[tuple[Any, ...]], by: str, no: int, outcome: str
) -> None:
    refused(application, ANSWER.format(by=by, no=no, outcome=outcome))


def test_an_answer_that_is_not_told_is_refused_at_the_commit(
    application: psycopg.Connection[tuple[Any, ...]],
) -> None:
    application.execute(ANSWER.format(by="supervisor", no=1, outcome="noted").encode())
    with pytest.raises(psycopg.errors.CheckViolation):
        application.commit()
    application.rollback()


def test_a_number_that_is_rolled_back_is_drawn_again(
    sent: Office, application: psycopg.Connection[tuple[Any, ...]]
) -> None:
    application.execute(INSERT.format(**SOUND).encode())
    application.rollback()
    person = person_of(sent, sent.open())
    assert submit(sent, person, Kind.STATEMENT).number == "S-2026-000004"


def test_whoever_recorded_an_application_does_not_decide_on_it(office: Office) -> None:
    case_id = office.walk("water_instalments", until="serve_decision")
    one = submit(office, person_of(office, case_id), Kind.INSTALMENTS)
    desk, officer = office.application.submissions.desk, office.actors["officer"]
    moved = office.advance(
        case_id, "request_instalments", desk.prefill(officer, one.id, case_id, "request_instalments")
    )
    desk.record(officer, one.id, case_id, moved.seq)
    with application_connection(office) as connection:
        refused(connection, ANSWER.format(by="officer", no=1, outcome="granted"))
        connection.execute(ANSWER.format(by="approver", no=1, outcome="granted").encode())
        connection.rollback()
