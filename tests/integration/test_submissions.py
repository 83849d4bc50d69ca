"""What a person submits is taken in, numbered, sealed, brought to its desk and answered."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.duties import DutiesRefused
from caseflow.domain.submissions import MOST_A_DAY, Desk, Kind, Outcome, State
from caseflow.services.cases import KeyReused
from caseflow.services.ports.mail import NO_MAIL
from caseflow.services.reminders import Reminders
from caseflow.services.submissions import (
    AnswerRefused,
    AnswerSubmission,
    NoSuchSubmission,
    SentFile,
    SubmissionRefused,
    Submit,
)
from tests.office import Office
from tests.submitted import HARDSHIP, TEXTS, person_of, submit


def answer(office: Office, login: str, submission_id: int, outcome: Outcome, reasons: str = "As said. 如上。") -> None:
    asked = AnswerSubmission(submission_id, outcome, reasons, str(uuid.uuid4()))
    office.application.submissions.desk.answer(office.actors[login], asked)


def test_numbers_follow_one_another_without_a_gap_whoever_sends_at_once(office: Office) -> None:
    people = [person_of(office, office.open()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        sent = list(pool.map(lambda one: submit(office, one, Kind.STATEMENT), people * 2))
    with pytest.raises(SubmissionRefused):
        submit(office, people[0], Kind.STATEMENT, text=" ")
    last = submit(office, people[0], Kind.CORRECTION)
    assert sorted(one.number for one in [*sent, last]) == [f"S-2026-{no:06}" for no in range(1, 10)]
    assert sorted(one.case_no for one in [*sent, last] if one.case_id == people[0].case_id) == [1, 2, 3]


def test_what_was_written_is_sealed_and_no_event_repeats_it(office: Office) -> None:
    person = person_of(office, office.open())
    one = submit(office, person, Kind.CORRECTION, right="Lane 2, Secret Village")
    with psycopg.connect(office.database_url) as connection:
        rows = connection.execute("select row_to_json(s)::text from submission s").fetchall()
        events = connection.execute("select row_to_json(e)::text from audit_event e").fetchall()
        outbox = connection.execute("select payload::text from outbox").fetchall()
    assert not any("Secret" in row for (row,) in [*rows, *events, *outbox])
    (event,) = [row for (row,) in events if '"submission_received"' in row]
    assert f'"submission": "{one.number}"' in event
    assert '"actor_id":null' in event
    assert f'"person_session": {person.session_id}' in event
    own = office.application.submissions.intake.one(person, one.case_no)
    assert own is not None
    assert own.content.texts["right"] == "Lane 2, Secret Village"
    hashes = [file.sha256 for file in own.files]
    assert own.content.hash(one.case_number, one.kind, one.received_at, hashes) == one.hash


def test_the_answer_is_due_by_the_law_of_the_regime_or_a_rule_of_the_house(office: Office) -> None:
    case_id = office.walk("water_instalments", until="serve_decision")
    person = person_of(office, case_id)
    one = submit(office, person, Kind.INSTALMENTS)
    assert one.rule == "house.submission.instalments"
    assert one.due_on is not None
    assert one.due_on >= one.received_on + timedelta(days=15)
    assert "66" in one.clock["note"]["en"]
    recusal = submit(office, person, Kind.RECUSAL, objects_to="other")
    assert recusal.rule == "house.submission.recusal"


def test_nothing_is_turned_away_for_being_late(office: Office) -> None:
    case_id = office.walk("water_instalments", until="serve_decision")
    person = person_of(office, case_id)
    asked = Submit(Kind.HEARING_REQUEST, TEXTS[Kind.HEARING_REQUEST], str(uuid.uuid4()))
    preview = office.application.submissions.intake.check(person, asked)
    assert preview.standing.late is not None
    written = office.application.submissions.intake.submit(person, asked)
    assert written.late == preview.standing.late
    assert "taken in" in written.late.en or "kept" in written.late.en


def test_what_has_nothing_to_be_about_is_not_offered(office: Office) -> None:
    person = person_of(office, office.open())
    closed = {one.kind for one in office.application.submissions.intake.kinds(person) if one.closed is not None}
    assert closed == {Kind.INSTALMENTS, Kind.REFUND_CLAIM}
    with pytest.raises(SubmissionRefused):
        submit(office, person, Kind.INSTALMENTS)


def test_a_repeated_request_answers_its_first_result_and_another_text_is_refused(office: Office) -> None:
    person = person_of(office, office.open())
    first = submit(office, person, Kind.STATEMENT, key="same", text="One\r\ntwo")
    assert submit(office, person, Kind.STATEMENT, key="same", text="One\r\ntwo").number == first.number
    with pytest.raises(KeyReused):
        submit(office, person, Kind.STATEMENT, key="same", text="Three")
    stranger = person_of(office, office.open())
    with pytest.raises(KeyReused):
        submit(office, stranger, Kind.STATEMENT, key="same", text="One\r\ntwo")


def test_so_many_a_day_and_no_more(office: Office) -> None:
    person = person_of(office, office.open())
    for _ in range(MOST_A_DAY):
        submit(office, person, Kind.STATEMENT)
    with pytest.raises(SubmissionRefused):
        submit(office, person, Kind.STATEMENT)
    office.time.day += timedelta(days=1)
    assert submit(office, person, Kind.STATEMENT).state is State.RECEIVED


def test_files_pass_the_checks_of_every_file_and_come_back_whole(office: Office) -> None:
    person = person_of(office, office.open())
    desk, officer = office.application.submissions.desk, office.actors["officer"]
    with pytest.raises(SubmissionRefused):
        submit(office, person, Kind.EVIDENCE)
    with pytest.raises(SubmissionRefused) as refusal:
        submit(office, person, Kind.EVIDENCE, files={"a.txt": b"MZ\x90\x00\x03" + bytes(200)})
    assert refusal.value.faults[0][0] == "files"
    with pytest.raises(SubmissionRefused):
        submit(office, person, Kind.EVIDENCE, files={f"{no}.txt": f"text {no}".encode() for no in range(6)})
    one = submit(office, person, Kind.EVIDENCE, files={"账本.txt": "第一页".encode(), "b.txt": b"second"})
    handed = desk.read_file(officer, one.id, 1)
    assert (handed.name, b"".join(handed.pieces).decode()) == ("账本.txt", "第一页")
    with pytest.raises(NoSuchSubmission):
        desk.read_file(officer, one.id, 3)
    with psycopg.connect(office.database_url) as connection:
        (events,) = connection.execute(
            "select count(*) from audit_event where action = 'submission_file_read'"
        ).fetchone() or (0,)
        (refusals,) = connection.execute(
            "select count(*) from audit_event where action = 'submission_file_refused'"
        ).fetchone() or (0,)
    assert (events, refusals) == (1, 1)


def test_each_kind_reaches_its_desk_and_nobody_elses(office: Office) -> None:
    case_id = office.walk("water_instalments", until="serve_decision")
    person = person_of(office, case_id)
    statement = submit(office, person, Kind.STATEMENT)
    assert statement.desk is Desk.OFFICER
    desk = office.application.submissions.desk
    seen = {
        login: [one.id for one in desk.on_desk(office.actors[login]).rows]
        for login in ("officer", "officer2", "reviewer", "approver", "supervisor")
    }
    assert all(ids == [statement.id] for ids in seen.values())
    for login in ("cashier", "liaison", "auditor", "administrator", "payer"):
        with pytest.raises(NotPermitted):
            desk.on_desk(office.actors[login])
    counts = {login: desk.waiting(office.actors[login]).open for login in ("officer", "approver", "auditor")}
    assert counts == {"officer": 1, "approver": 0, "auditor": 0}
    with pytest.raises(NotPermitted):
        answer(office, "approver", statement.id, Outcome.NOTED)
    answer(office, "officer", statement.id, Outcome.NOTED)


def test_who_is_objected_to_never_learns_of_it(office: Office) -> None:
    person = person_of(office, office.open())
    named = office.actors["officer"]
    objection = submit(office, person, Kind.RECUSAL, objects_to=str(named.id))
    desk = office.application.submissions.desk
    assert objection.desk is Desk.SUPERVISOR
    for login in ("officer", "officer2", "reviewer", "approver"):
        assert desk.on_desk(office.actors[login]).rows == []
        assert desk.of_case(office.actors[login], person.case_id) == []
        with pytest.raises(NoSuchSubmission):
            desk.show(office.actors[login], objection.id)
        with pytest.raises(NoSuchSubmission):
            answer(office, login, objection.id, Outcome.REFUSED)
    deliver(office)
    assert told(office, "submission_received") == {"supervisor"}
    answer(office, "supervisor", objection.id, Outcome.GRANTED)
    own = office.application.submissions.intake.one(person, objection.case_no)
    assert own is not None
    assert (own.submission.state, own.answer_text) == (State.ANSWERED, "As said. 如上。")


def test_an_objection_to_the_supervisor_goes_to_the_approver(office: Office) -> None:
    case_id = office.open()
    supervisor = office.actors["supervisor"]
    for trigger, answers in (("check_report", {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"}),):
        office.advance(case_id, trigger, answers)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    names = {"first_officer": "", "second_officer": "", "first_card_no": "1", "second_card_no": "2"}
    office.advance(case_id, "name_officers", names, actor="supervisor")
    person = person_of(office, case_id)
    objection = submit(office, person, Kind.RECUSAL, objects_to=str(supervisor.id))
    assert objection.desk is Desk.APPROVER
    with pytest.raises(NoSuchSubmission):
        office.application.submissions.desk.show(supervisor, objection.id)
    deliver(office)
    assert told(office, "submission_received") == {"approver", "approver2"}
    answer(office, "approver2", objection.id, Outcome.REFUSED)


def test_the_step_takes_it_in_and_another_person_decides(office: Office) -> None:
    case_id = office.walk("water_instalments", until="serve_decision")
    person = person_of(office, case_id)
    one = submit(office, person, Kind.INSTALMENTS)
    desk, officer = office.application.submissions.desk, office.actors["officer"]
    assert not desk.show(officer, one.id).may_answer
    with pytest.raises(NotPermitted):
        answer(office, "officer", one.id, Outcome.GRANTED)
    known = desk.prefill(officer, one.id, case_id, "request_instalments")
    assert known["instalments_asked_on"] == one.received_on.isoformat()
    assert one.number in known["hardship"]
    assert HARDSHIP["hardship"] not in known["hardship"]
    with pytest.raises(NoSuchSubmission):
        desk.prefill(officer, one.id, case_id, "record_payment")
    moved = office.advance(case_id, "request_instalments", known)
    desk.record(officer, one.id, case_id, moved.seq)
    desk.record(officer, one.id, case_id, moved.seq)
    page = desk.show(officer, one.id)
    assert (page.submission.state, page.submission.step_seq) == (State.IN_HAND, moved.seq)
    assert page.submission.desk is Desk.APPROVER
    assert not page.may_answer
    assert desk.waiting(office.actors["approver"]).open == 1
    terms = {"plan_terms": "1,000 a month", "plan_answered_on": office.time.day.isoformat()}
    granted = office.advance(case_id, "grant_instalments", terms, actor="approver2")
    answer(office, "approver2", one.id, Outcome.GRANTED)
    own = office.application.submissions.intake.one(person, one.case_no)
    assert own is not None
    assert own.answer is not None
    assert (own.answer.outcome, own.answer.step_seq) == (Outcome.GRANTED, granted.seq)
    with pytest.raises(AnswerRefused):
        answer(office, "approver", one.id, Outcome.REFUSED)


def test_what_is_answered_is_not_withdrawn_and_what_is_withdrawn_not_answered(office: Office) -> None:
    person = person_of(office, office.open())
    first, second = submit(office, person, Kind.STATEMENT), submit(office, person, Kind.STATEMENT)
    intake = office.application.submissions.intake
    assert intake.withdraw(person, first.case_no)
    assert intake.withdraw(person, first.case_no)
    with pytest.raises(AnswerRefused):
        answer(office, "officer", first.id, Outcome.NOTED)
    answer(office, "officer", second.id, Outcome.NOTED)
    assert not intake.withdraw(person, second.case_no)
    assert not intake.withdraw(person, 99)
    stranger = person_of(office, office.open())
    assert intake.one(stranger, first.case_no) is None


def test_what_is_overdue_is_told_to_the_supervisor_once(office: Office) -> None:
    person = person_of(office, office.open())
    one = submit(office, person, Kind.STATEMENT)
    assert one.due_on is not None
    reminders = Reminders(office.application.store, office.time)
    assert reminders.sweep(one.due_on).submissions == 0
    assert reminders.sweep(one.due_on + timedelta(days=1)).submissions == 1
    assert reminders.sweep(one.due_on + timedelta(days=2)).submissions == 0
    deliver(office)
    assert told(office, "submission_overdue") == {"supervisor"}


def test_the_receipt_is_one_file_however_often_it_is_printed(office: Office) -> None:
    person = person_of(office, office.open())
    one = submit(office, person, Kind.STATEMENT, text='#read("x") *bold* 陈述')
    receipts = office.application.submissions.receipts
    printed = receipts.pdf(person, one.case_no, "zh")
    assert printed is not None
    assert printed == receipts.pdf(person, one.case_no, "zh")
    assert printed[1].startswith(b"%PDF")
    assert printed[1] != (receipts.pdf(person, one.case_no, "en") or ("", b""))[1]
    assert receipts.pdf(person, 9, "zh") is None


def test_a_file_too_large_is_refused_with_words(office: Office) -> None:
    person = person_of(office, office.open())
    limit = office.application.case_files.room.limit_bytes
    asked = Submit(
        Kind.EVIDENCE, TEXTS[Kind.EVIDENCE], "big", "", (SentFile("big.txt", io.BytesIO(b"a" * (limit + 1))),)
    )
    with pytest.raises(SubmissionRefused) as refusal:
        office.application.submissions.intake.submit(person, asked)
    assert "big.txt" in refusal.value.faults[0][1].en


def deliver(office: Office) -> None:
    with office.application.store.begin() as work:
        work.outbox.deliver_batch(100, NO_MAIL)
        work.commit()


def told(office: Office, kind: str) -> set[str]:
    with psycopg.connect(office.database_url) as connection:
        rows = connection.execute(
            "select s.login from inbox i join staff s on s.id = i.staff_id where i.kind = %s", (kind,)
        ).fetchall()
    return {login for (login,) in rows}


def test_the_year_of_the_number_is_that_of_the_day_of_receipt(office: Office) -> None:
    person = person_of(office, office.open())
    submit(office, person, Kind.STATEMENT)
    office.time.day = date(2027, 1, 4)
    assert submit(office, person, Kind.STATEMENT).number == "S-2027-000001"


def test_an_objection_that_is_granted_is_a_recusal_whoever_decides_on_it(office: Office) -> None:
    """Article 43: the head of the office decides, so on an objection to a supervisor the approver, with its effect."""
    case_id = office.open()
    office.advance(case_id, "check_report", {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"})
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    names = {"first_officer": "", "second_officer": "", "first_card_no": "1", "second_card_no": "2"}
    office.advance(case_id, "name_officers", names, actor="supervisor")
    person = person_of(office, case_id)
    supervisor, officer = office.actors["supervisor"], office.actors["officer"]
    above = submit(office, person, Kind.RECUSAL, objects_to=str(supervisor.id))
    answer(office, "approver2", above.id, Outcome.GRANTED)
    below = submit(office, person, Kind.RECUSAL, objects_to=str(officer.id))
    statement = submit(office, person, Kind.STATEMENT)
    recusals = office.application.recusals
    [recorded] = recusals.show(office.actors["auditor"], case_id).found
    assert (recorded.staff_id, recorded.ground) == (supervisor.id, "objection")
    assert above.number in recorded.reason
    # Whoever is off the case answers nothing on it, an objection to somebody else included.
    for one in (below, statement):
        assert not office.application.submissions.desk.show(supervisor, one.id).may_answer
        with pytest.raises(DutiesRefused):
            answer(office, "supervisor", one.id, Outcome.REFUSED)
