"""Cases whose time is over are erased by two persons; the ledger and the record hold afterwards."""

from __future__ import annotations

import io
import json
import os
import uuid
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql

from caseflow import bootstrap
from caseflow.adapters.pdf import qr_text
from caseflow.bootstrap.record_keeping import RecordKeeping
from caseflow.cli import main
from caseflow.config import read_settings
from caseflow.domain.access import NotPermitted
from caseflow.domain.case_files import Purpose
from caseflow.domain.receipt_text import read_receipt_text
from caseflow.domain.retention import pseudonym
from caseflow.domain.submissions import Kind, Outcome
from caseflow.persistence.classification import read_classification
from caseflow.persistence.office_scope import acting_for
from caseflow.services.case_files import AddFile
from caseflow.services.erasing import Carried, RetentionRefused
from caseflow.services.ports.files import NoSuchFile
from caseflow.services.receipt_verification import Verdict
from caseflow.services.submissions import AnswerSubmission
from tests.attack.roles import as_superuser
from tests.kept import age, approved_run
from tests.office import Office, kept_cipher, kept_files
from tests.sealed import settle
from tests.submitted import person_of, submit

NAME = "Harmony Clinic 和谐诊所"
TOLD = "Secret Village 保密村"


@dataclass(frozen=True)
class Closed:
    """A case that was paid and closed; the SHA-256 of its file, what the code of its receipt says."""

    id: int
    number: str
    file: str
    receipt: str


@pytest.fixture
def closed(office: Office) -> Closed:
    case_id = office.walk("fee_double_levy_refunded", until="confirm_paid")
    office.issue(case_id, "levy_decision")
    officer = office.actors["officer"]
    file = AddFile(case_id, Purpose.EVIDENCE, TOLD, None, "note.txt", io.BytesIO(TOLD.encode()), str(uuid.uuid4()))
    office.application.case_files.add(officer, file)
    person = person_of(office, case_id)
    sent = submit(office, person, Kind.CORRECTION, right=TOLD, files={"mine.txt": TOLD.encode() + b"!"})
    answer = AnswerSubmission(sent.id, Outcome.GRANTED, TOLD, str(uuid.uuid4()))
    office.application.submissions.desk.answer(officer, answer)
    office.time.day = date(2018, 6, 4)
    office.advance(case_id, "close_case", {"closing_summary": TOLD}, actor="approver")
    lot_id = office.application.receipt_book.lots(office.actors["cashier"])[0].id
    receipt = qr_text(office.application.receipt_papers.paper(office.actors["cashier"], lot_id, 1))
    header = office.application.pages.show(officer, case_id).header
    return Closed(case_id, header.number, sha256(TOLD.encode()).hexdigest(), receipt)


def erase(office: Office, *case_ids: int) -> Carried:
    """Prepare a run as the supervisor, approve it as the auditor and do it."""
    run_id = approved_run(office, *case_ids)
    return office.application.retention.carry_out(office.actors["auditor"], run_id)


def everything(office: Office) -> str:
    """Return every text of every table of the database, but of what the record is sealed over."""
    with psycopg.connect(office.database_url) as connection:
        tables = [table for table in read_classification().columns if table not in ("audit_event", "transfer")]
        rows = [connection.execute(f"select t::text from {table} t".encode()).fetchall() for table in tables]
    return "\n".join(row for found in rows for (row,) in found)


def seals(office: Office, case_id: int) -> list[str]:
    """Open everything that is sealed of a case."""
    cipher = kept_cipher()
    with psycopg.connect(office.database_url) as connection:
        found = [
            ("party.name", row[0], row[1])
            for row in connection.execute(
                "select p.id, p.name_sealed from party p join cases c on c.party_id = p.id where c.id = %s "
                "union all select c.party_id, r.payer_sealed from receipt r join cases c on c.id = r.case_id "
                "where c.id = %s", [case_id, case_id],
            ).fetchall()
        ]  # fmt: skip
        bare = connection.execute(
            "select num_nonnulls(p.contact_sealed, p.identity_sealed, p.identity_index, p.identity_index_old, "
            "p.address_sealed, p.name, p.contact) from party p join cases c on c.party_id = p.id where c.id = %s",
            [case_id],
        ).fetchone()
    assert bare == (0,)
    return [cipher.open(field, row_id, bytes(sealed)) for field, row_id, sealed in found if sealed is not None]


def sealed_record(office: Office, home: Path) -> RecordKeeping:
    given = {"CASEFLOW_HOME": str(home), "CASEFLOW_DATABASE_URL": office.database_url, "CASEFLOW_SECRET_KEYS": "k" * 48}
    keeping = bootstrap.build_record_keeping(read_settings(given))
    settle(office.database_url)
    keeping.sealing.seal()
    return keeping


def test_a_case_past_its_time_is_erased_and_ledger_record_and_receipts_hold(
    office: Office, closed: Closed, tmp_path: Path
) -> None:
    with office.application.store.begin() as work:
        papers = [one for one in work.papers.of_case(closed.id) if one.number is not None]
    keeping = sealed_record(office, tmp_path)
    assert NAME in seals(office, closed.id)
    age(office, closed.id)
    carried = erase(office)
    assert (carried.run.case_count, carried.run.done_count, carried.kept) == (1, 1, [])
    assert (len(papers), carried.files) == (1, 2 + 2)
    with office.application.store.begin() as work:
        erased = [one for one in work.papers.of_case(closed.id) if one.number is not None]
    assert [(dict(one.inputs), one.is_shut) for one in erased] == [({}, False)]
    assert papers[0].inputs["party_name"] is not None
    left = everything(office)
    assert [word for word in (NAME, "和谐诊所", TOLD, "note.txt", "mine.txt") if word in left] == []
    assert set(seals(office, closed.id)) == {pseudonym(closed.number)}
    assert office.application.ledger_check.run() == []
    assert keeping.verification.verify((), keeping.own_key).findings == ()
    settle(office.database_url)
    keeping.sealing.seal()
    assert keeping.verification.verify((), keeping.own_key).findings == ()
    keeping.close()
    assert office.application.verification.verify(read_receipt_text(closed.receipt), "here").verdict is Verdict.GENUINE
    with pytest.raises(NoSuchFile):
        kept_files().store.open(closed.file)
    with psycopg.connect(office.database_url) as connection:
        kept = connection.execute("select sha256 from case_file where case_id = %s", [closed.id]).fetchall()
        told = connection.execute("select body from audit_event where action = 'case_pseudonymised'").fetchall()
    assert kept == [(closed.file,)]
    assert [(body["case"], body["years"]) for (body,) in told] == [(closed.number, 30)]
    again = office.application.retention.carry_out(office.actors["auditor"], carried.run.id)
    assert (again.run.done_count, again.kept, again.files) == (1, [], 0)
    assert office.application.retention.due(office.actors["supervisor"]) == []


def test_a_file_that_another_case_has_too_stays(office: Office, closed: Closed) -> None:
    office.time.day = date(2026, 3, 2)
    other = AddFile(
        office.open(), Purpose.EVIDENCE, "Also here", None, "same.txt", io.BytesIO(TOLD.encode()), str(uuid.uuid4())
    )
    office.application.case_files.add(office.actors["officer"], other)
    age(office, closed.id)
    erase(office)
    assert kept_files().store.has(closed.file)


def test_a_file_that_a_case_of_another_office_has_too_stays(office: Office, closed: Closed) -> None:
    office.time.day = date(2026, 3, 2)
    other = AddFile(
        office.open(), Purpose.EVIDENCE, "Also here", None, "same.txt", io.BytesIO(TOLD.encode()), str(uuid.uuid4())
    )
    office.application.case_files.add(office.actors["officer"], other)
    with psycopg.connect(as_superuser(office.database_url)) as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("insert into office (code, title_en, title_zh) values ('OTHER', 'Other County', '他县')")
        for table, key in (("cases", "id"), ("case_file", "case_id")):
            owner.execute(
                sql.SQL("update {} set office_id = (select max(id) from office) where {} = %s").format(
                    sql.Identifier(table), sql.Identifier(key)
                ),
                [other.case_id],
            )
    age(office, closed.id)
    with acting_for(office.actors["supervisor"].office_id):
        assert erase(office).run.done_count == 1
    assert kept_files().store.has(closed.file), "an office sees its own rows only, and the store holds those of all"


def test_what_is_not_over_held_or_open_is_refused(office: Office, closed: Closed) -> None:
    supervisor, auditor, retention = office.actors["supervisor"], office.actors["auditor"], office.application.retention
    assert retention.due(supervisor) == []
    with pytest.raises(RetentionRefused, match="time is not over"):
        erase(office, closed.id)
    age(office, closed.id, 20)
    with pytest.raises(RetentionRefused, match="time is not over"):
        erase(office, closed.id)
    age(office, closed.id)
    hold = retention.hold(auditor, closed.id, "A suit is announced.")
    assert [(one.case_id, one.obstacle) for one in retention.due(supervisor)] == [(closed.id, "hold")]
    with pytest.raises(RetentionRefused, match="legal hold"):
        erase(office, closed.id)
    with pytest.raises(RetentionRefused, match="held already"):
        retention.hold(supervisor, closed.id, "Again.")
    retention.end_hold(supervisor, hold, "The suit was withdrawn.")
    run = retention.prepare(supervisor, "the-run")
    assert retention.prepare(supervisor, "the-run", [closed.id]).id == run.id
    with pytest.raises(RetentionRefused, match="Another person approves"):
        retention.carry_out(auditor, run.id)
    with pytest.raises(NotPermitted):
        retention.approve(supervisor, run.id)
    retention.approve(auditor, run.id)
    retention.hold(auditor, closed.id, "A new suit.")
    carried = retention.carry_out(auditor, run.id)
    assert (carried.run.done_count, carried.files, len(carried.kept)) == (0, 0, 1)
    assert "hold" in carried.kept[0][1]
    assert set(seals(office, closed.id)) == {NAME}


def test_a_refund_that_is_due_keeps_a_case(office: Office) -> None:
    case_id = office.walk("fee_double_levy_refunded", until="approve_refund")
    age(office, case_id)
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute("select retention_obstacle(%s)", [case_id]).fetchone()
    assert found in {("not_closed",), ("money",)}


def test_the_command_lists_prepares_approves_and_erases(
    office: Office, closed: Closed, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    age(office, closed.id)
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", office.database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "k" * 32)
    monkeypatch.setenv("CASEFLOW_HOME", str(Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"))
    call = CliRunner().invoke
    listed = call(main, ["retention", "due", "--json"])
    assert [(one["case_id"], one["kept_by"]) for one in json.loads(listed.output)] == [(closed.id, None)]
    run = json.loads(call(main, ["retention", "run", "--json"]).output)
    refused = call(main, ["retention", "run", "--approve", str(run["run"]), "--by", "supervisor", "--yes"])
    assert refused.exit_code == 1
    done = call(main, ["retention", "run", "--approve", str(run["run"]), "--by", "approver", "--yes", "--json"])
    assert json.loads(done.output)["done"] == 1
    assert "No case's time is over" in call(main, ["retention", "due"]).output
