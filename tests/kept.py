"""Closed cases that have been closed for long: what time would do, done by the database's superuser."""

from __future__ import annotations

import io
import uuid
from datetime import date

import psycopg

from caseflow.domain.case_files import Purpose
from caseflow.domain.submissions import Kind, Outcome
from caseflow.services.case_files import AddFile
from caseflow.services.ports.submissions import Submission
from caseflow.services.recusals import Recuse
from caseflow.services.submissions import AnswerSubmission
from tests.attack.roles import as_superuser
from tests.office import Office
from tests.submitted import person_of, submit


def age(office: Office, case_id: int, years: int = 40) -> None:
    """Let a case have been closed ``years`` earlier."""
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute(
            "update cases set closed_on = closed_on - make_interval(years => %s) where id = %s", (years, case_id)
        )
        connection.execute(
            "update clock set due_on = due_on - make_interval(years => %s), trigger_on = trigger_on - "
            "make_interval(years => %s) where case_id = %s",
            (years, years, case_id),
        )


def approved_run(office: Office, *case_ids: int) -> int:
    """Prepare a run as the supervisor (none: all that is due) and approve it as the auditor; return it."""
    retention = office.application.retention
    run = retention.prepare(office.actors["supervisor"], str(uuid.uuid4()), case_ids)
    return retention.approve(office.actors["auditor"], run.id).id


def old_case(office: Office) -> int:
    """Return a case that was closed long ago."""
    case_id = office.walk("fee_double_levy_refunded", until="close_case")
    age(office, case_id)
    return case_id


def number_of(office: Office, case_id: int) -> str:
    """Return the number of a case."""
    return office.application.pages.show(office.actors["auditor"], case_id).header.number


def recuse(office: Office, login: str, case_id: int) -> None:
    """Record that somebody takes no part in a case."""
    asked = Recuse(case_id, office.actors[login].id, "relation", "A cousin of the party")
    office.application.recusals.recuse(office.actors["supervisor"], asked)


def full_case(office: Office, text: str) -> tuple[int, int, Submission]:
    """Return a closed case with a paper and an answered submission that has a file; its ways in stay open."""
    case_id = office.walk("fee_double_levy_refunded", until="confirm_paid")
    office.issue(case_id, "levy_decision")
    with office.application.store.begin() as work:
        [paper_id] = [one.id for one in work.papers.of_case(case_id) if one.number is not None]
    sent = submit(office, person_of(office, case_id), Kind.CORRECTION, right=text, files={"mine.txt": text.encode()})
    answer = AnswerSubmission(sent.id, Outcome.GRANTED, text, str(uuid.uuid4()))
    office.application.submissions.desk.answer(office.actors["officer"], answer)
    office.time.day = date(2018, 6, 4)
    office.advance(case_id, "close_case", {"closing_summary": text}, actor="approver")
    return case_id, paper_id, sent


def add_file(office: Office, case_id: int) -> int:
    """Add a small file to a case as its officer; return it."""
    asked = AddFile(case_id, Purpose.EVIDENCE, "A note", None, "note.txt", io.BytesIO(b"Note."), str(uuid.uuid4()))
    return office.application.case_files.add(office.actors["officer"], asked)


def erase(office: Office, *case_ids: int) -> None:
    """Let cases grow old and erase what is personal of them."""
    for case_id in case_ids:
        age(office, case_id)
    run_id = approved_run(office, *case_ids)
    carried = office.application.retention.carry_out(office.actors["auditor"], run_id)
    assert carried.run.done_count == len(case_ids)


def reopen_visits(office: Office, case_id: int) -> None:
    """Let the visits of a person go on, as if one had been opened after the case was erased."""
    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update person_session set ended_at = null where case_id = %s", [case_id])
