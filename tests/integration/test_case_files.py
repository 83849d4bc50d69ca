"""Files of cases on a real database and disk: who adds and reads which, what is refused, and what the record says."""

from __future__ import annotations

import io
import sys
import threading
import uuid
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from caseflow.domain.access import Actor, NotPermitted
from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import (
    AddFile,
    CaseFiles,
    FileUnreadable,
    NoSuchCaseFile,
    UploadRefused,
)
from caseflow.services.cases import CaseNotFound, KeyReused
from caseflow.services.substitutes import Arrange
from tests.office import Office, file_room
from tests.sent_files import EICAR, PE, pdf

PAPER = pdf()
ALL = set(Purpose)
READERS = {
    **dict.fromkeys(
        ("officer", "officer2", "reviewer", "reviewer2", "approver", "approver2", "supervisor", "auditor"), ALL
    ),
    "liaison": {Purpose.COURT_PAPER, Purpose.PROOF_OF_SERVICE},
}
ADDERS = {"officer": ALL, "officer2": ALL, "liaison": {Purpose.COURT_PAPER}}


@pytest.fixture
def files(office: Office, tmp_path: Path) -> CaseFiles:
    return replace(office.application.case_files, room=file_room(tmp_path))


@pytest.fixture
def case_id(office: Office) -> int:
    return office.open()


def asked(case_id: int, sent: bytes = PAPER, **changes: object) -> AddFile:
    made = AddFile(
        case_id, Purpose.EVIDENCE, "The licence", None, "../licence.pdf", io.BytesIO(sent), str(uuid.uuid4())
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def events(office: Office, action: str) -> list[dict[str, Any]]:
    with psycopg.connect(office.database_url, row_factory=dict_row) as connection:
        statement = "select actor_id, body from audit_event where action = %s order by id"
        return connection.execute(statement, (action,)).fetchall()


def on_disk(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "files").rglob("*") if path.is_file())


def codes(refusal: pytest.ExceptionInfo[UploadRefused]) -> list[str]:
    return [name for name, _ in refusal.value.faults]


def now(office: Office, login: str) -> Actor:
    known = office.application.staff.signed_in(office.actors[login].id)
    assert known is not None
    return known


def test_a_file_is_kept_listed_read_and_recorded(
    office: Office, files: CaseFiles, case_id: int, tmp_path: Path
) -> None:
    officer, auditor = office.actors["officer"], office.actors["auditor"]
    file_id = files.add(officer, asked(case_id, seq=1, description=" The licence\u202e \x07of the clinic "))
    page = files.show(auditor, case_id)
    [file] = page.files
    assert (file.id, file.name, file.media_type, file.size_bytes) == (
        file_id,
        "licence.pdf",
        "application/pdf",
        len(PAPER),
    )
    assert (file.description, file.seq, file.uploaded_en) == ("The licence of the clinic", 1, "Officer")
    assert on_disk(tmp_path) == [f"{file.sha256[2:]}.age"]
    handed = files.read(auditor, case_id, file_id)
    assert b"".join(handed.pieces) == PAPER
    [added] = events(office, "file_added")
    assert added["body"]["sha256"] == file.sha256
    [read] = events(office, "file_read")
    assert (read["actor_id"], read["body"]["file"]) == (auditor.id, file_id)
    files.read(auditor, case_id, file_id).pieces.close()
    assert len(events(office, "file_read")) == 2


@pytest.mark.parametrize("purpose", Purpose)
def test_a_desk_reads_what_belongs_to_it_and_nothing_else(
    office: Office, files: CaseFiles, case_id: int, purpose: Purpose
) -> None:
    file_id = files.add(office.actors["officer"], asked(case_id, purpose=purpose))
    for login, actor in office.actors.items():
        if purpose in READERS.get(login, set()):
            assert [one.id for one in files.show(actor, case_id).files] == [file_id]
            assert b"".join(files.read(actor, case_id, file_id).pieces) == PAPER
        else:
            with pytest.raises(NotPermitted):
                files.read(actor, case_id, file_id)
            if login in READERS:
                assert files.show(actor, case_id).files == []
    readers = {entry["actor_id"] for entry in events(office, "file_read")}
    assert readers == {office.actors[login].id for login, purposes in READERS.items() if purpose in purposes}


def test_only_an_officer_of_the_case_adds_and_the_liaison_court_papers(
    office: Office, files: CaseFiles, case_id: int
) -> None:
    for login, actor in office.actors.items():
        for purpose in Purpose:
            request = asked(case_id, purpose=purpose)
            if purpose in ADDERS.get(login, set()):
                added = files.add(actor, request)
                files.withdraw(actor, case_id, added, "The wrong one")
            else:
                with pytest.raises(NotPermitted):
                    files.add(actor, request)
    # An officer is no officer of every case.
    other = office.open(actor="officer2", second_officer_id=office.actors["officer"].id)
    assert files.add(office.actors["officer"], asked(other))
    alone = office.open(actor="officer2", second_officer_id=None)
    with pytest.raises(NotPermitted):
        files.add(office.actors["officer"], asked(alone))


def test_a_substitute_adds_for_who_is_away(office: Office, files: CaseFiles, case_id: int) -> None:
    people = office.actors
    alone = office.open(actor="officer", second_officer_id=None)
    with pytest.raises(NotPermitted):
        files.add(people["reviewer"], asked(alone))
    today = date(2026, 3, 2)
    request = Arrange(people["officer"].id, people["reviewer"].id, today, today + timedelta(days=3), "Leave", "key")
    office.application.substitutes.arrange(people["administrator"], request)
    assert files.add(now(office, "reviewer"), asked(alone))
    assert case_id


def test_what_is_refused_leaves_no_bytes_and_an_event(
    office: Office, files: CaseFiles, case_id: int, tmp_path: Path
) -> None:
    officer, key = office.actors["officer"], str(uuid.uuid4())
    for _ in range(2):
        with pytest.raises(UploadRefused) as refusal:
            files.add(officer, asked(case_id, PE, idempotency_key=key))
        assert codes(refusal) == ["file"]
    with pytest.raises(UploadRefused):
        files.add(officer, asked(case_id, b"", idempotency_key=key))
    assert on_disk(tmp_path) == []
    found = events(office, "file_refused")
    assert [entry["body"]["why"] for entry in found] == ["executable", "empty"]
    assert found[0]["body"]["name"] == "../licence.pdf"
    assert len(found[0]["body"]["sha256"]) == 64
    # The same form with a file that may be taken goes through.
    assert files.add(officer, asked(case_id, idempotency_key=key))


class Endless:
    """A sender that never stops, and a count of what was read from it."""

    read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        self.read_bytes += size
        return b"a" * size


def test_a_sender_without_end_is_cut_off_at_the_limit(office: Office, case_id: int, tmp_path: Path) -> None:
    files = replace(office.application.case_files, room=file_room(tmp_path, CASEFLOW_FILE_LIMIT_MIB="2"))
    source = Endless()
    with pytest.raises(UploadRefused, match="larger than 2 MB"):
        files.add(office.actors["officer"], asked(case_id, source=source))
    assert source.read_bytes < 3 << 20
    assert on_disk(tmp_path) == []
    assert [entry["body"]["why"] for entry in events(office, "file_refused")] == ["too_large"]


def test_a_case_holds_no_more_than_its_quota_even_when_two_add_at_once(
    office: Office, case_id: int, tmp_path: Path
) -> None:
    files = replace(office.application.case_files, room=file_room(tmp_path, CASEFLOW_FILE_QUOTA_MIB="1"))
    outcomes: list[str] = []

    def send(letter: bytes) -> None:
        try:
            files.add(office.actors["officer"], asked(case_id, letter * 600_000))
            outcomes.append("kept")
        except UploadRefused as refusal:
            outcomes.append(str(refusal)[:40])

    threads = [threading.Thread(target=send, args=(letter,)) for letter in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["With this file the case would hold more ", "kept"]
    assert len(on_disk(tmp_path)) == 1
    [kept] = files.show(office.actors["officer"], case_id).files
    files.withdraw(office.actors["officer"], case_id, kept.id, "Withdrawn, and its bytes stay")
    with pytest.raises(UploadRefused):
        files.add(office.actors["officer"], asked(case_id, b"c" * 600_000))
    assert files.add(office.actors["officer"], asked(office.open(), b"c" * 600_000))


@pytest.mark.parametrize("clashes", [False, True])
def test_a_form_sent_twice_keeps_one_file(office: Office, files: CaseFiles, case_id: int, clashes: bool) -> None:
    key, officer = str(uuid.uuid4()), office.actors["officer"]
    first = files.add(officer, asked(case_id, idempotency_key=key))
    if clashes:
        with pytest.raises(KeyReused):
            files.add(officer, asked(case_id, idempotency_key=key, description="Another"))
    else:
        assert files.add(officer, asked(case_id, idempotency_key=key)) == first
    assert len(files.show(officer, case_id).files) == 1


def test_the_same_form_sent_twice_at_once_keeps_one_file(office: Office, files: CaseFiles, case_id: int) -> None:
    key, found = str(uuid.uuid4()), list[int]()
    together = threading.Barrier(3)

    def send() -> None:
        together.wait()
        found.append(files.add(office.actors["officer"], asked(case_id, idempotency_key=key)))

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


def test_what_is_wrong_with_the_form_is_told_at_once(office: Office, files: CaseFiles, case_id: int) -> None:
    officer = office.actors["officer"]
    with pytest.raises(UploadRefused) as refusal:
        files.add(officer, asked(case_id, purpose=None, description=" ", seq=99))
    assert codes(refusal) == ["description", "seq", "purpose"]
    with pytest.raises(UploadRefused):
        files.add(officer, asked(case_id, description="x" * 501))
    with pytest.raises(CaseNotFound):
        files.add(officer, asked(424_242))
    assert events(office, "file_refused") == []


def scanner(tmp_path: Path, program: str) -> str:
    script = tmp_path / "scanner.py"
    script.write_text(program, encoding="utf-8")
    return f"{sys.executable} -I {script}"


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit(0 if open(sys.argv[1], 'rb').read(5) == b'%PDF-' else 3)", None),
        ("import sys; sys.exit(1)", "virus"),
        ("import sys; sys.exit(2)", "scan_failed"),
        ("import os; os.kill(os.getpid(), 9)", "scan_failed"),
    ],
)
def test_the_scanner_sees_the_plain_file_and_what_it_cannot_say_clean_is_refused(
    office: Office, case_id: int, tmp_path: Path, program: str, why: str | None
) -> None:
    room = file_room(tmp_path, CASEFLOW_SCAN_COMMAND=scanner(tmp_path, program))
    files = replace(office.application.case_files, room=room)
    if why is None:
        assert files.add(office.actors["officer"], asked(case_id))
        assert len(on_disk(tmp_path)) == 1
        return
    with pytest.raises(UploadRefused):
        files.add(office.actors["officer"], asked(case_id))
    assert on_disk(tmp_path) == []
    assert [entry["body"]["why"] for entry in events(office, "file_refused")] == [why]


def test_a_scanner_that_hangs_or_is_gone_refuses(
    office: Office, case_id: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = file_room(tmp_path, CASEFLOW_SCAN_COMMAND=scanner(tmp_path, "import time; time.sleep(60)"))
    assert hangs.scan is not None
    monkeypatch.setattr(hangs.scan, "_seconds", 0.2)
    program = tmp_path / "gone"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o700)
    gone = file_room(tmp_path, CASEFLOW_SCAN_COMMAND=str(program))
    program.unlink()
    for room in (hangs, gone):
        with pytest.raises(UploadRefused, match="could not be scanned"):
            replace(office.application.case_files, room=room).add(office.actors["officer"], asked(case_id))


def test_the_test_virus_is_refused_without_any_scanner(office: Office, files: CaseFiles, case_id: int) -> None:
    with pytest.raises(UploadRefused, match="virus"):
        files.add(office.actors["officer"], asked(case_id, EICAR))


def test_a_damaged_or_lost_file_is_not_handed_out_and_that_is_recorded(
    office: Office, files: CaseFiles, case_id: int, tmp_path: Path
) -> None:
    officer = office.actors["officer"]
    file_id = files.add(officer, asked(case_id))
    [path] = (tmp_path / "files").rglob("*.age")
    kept = bytearray(path.read_bytes())
    kept[-1] ^= 1
    path.write_bytes(kept)
    with pytest.raises(FileUnreadable):
        files.read(officer, case_id, file_id)
    path.unlink()
    with pytest.raises(FileUnreadable):
        files.read(officer, case_id, file_id)
    assert [entry["body"]["why"] for entry in events(office, "file_damaged")] == ["FileDamaged", "NoSuchFile"]
    assert events(office, "file_read") == []


def test_a_withdrawn_file_stays_listed_with_its_reason_and_supervision_still_reads_it(
    office: Office, files: CaseFiles, case_id: int
) -> None:
    officer = office.actors["officer"]
    file_id = files.add(officer, asked(case_id))
    for reason in ("", " ", "x" * 501):
        with pytest.raises(UploadRefused):
            files.withdraw(officer, case_id, file_id, reason)
    with pytest.raises(NotPermitted):
        files.withdraw(office.actors["supervisor"], case_id, file_id, "Not theirs")
    files.withdraw(officer, case_id, file_id, "Another case's paper")
    with pytest.raises(UploadRefused, match="moment ago"):
        files.withdraw(officer, case_id, file_id, "Again")
    [file] = files.show(officer, case_id).files
    assert (file.withdrawn_reason, file.withdrawn_en) == ("Another case's paper", "Officer")
    with pytest.raises(NotPermitted):
        files.read(officer, case_id, file_id)
    for login in ("auditor", "supervisor"):
        assert b"".join(files.read(office.actors[login], case_id, file_id).pieces) == PAPER
    assert [entry["body"]["reason"] for entry in events(office, "file_withdrawn")] == ["Another case's paper"]


def test_a_file_is_found_under_its_own_case_and_office_alone(office: Office, files: CaseFiles, case_id: int) -> None:
    officer = office.actors["officer"]
    file_id = files.add(officer, asked(case_id))
    stranger = replace(officer, office_id=officer.office_id + 1)
    for actor, case in ((officer, office.open()), (stranger, case_id)):
        with pytest.raises(NoSuchCaseFile):
            files.read(actor, case, file_id)
        with pytest.raises(NoSuchCaseFile):
            files.withdraw(actor, case, file_id, "Not there")
    with pytest.raises(CaseNotFound):
        files.show(stranger, case_id)


def test_when_the_record_cannot_be_written_nothing_is_handed_out_and_nothing_kept(
    office: Office, files: CaseFiles, case_id: int, tmp_path: Path
) -> None:
    officer = office.actors["officer"]
    file_id = files.add(officer, asked(case_id))
    with psycopg.connect(office.database_url) as connection:
        connection.execute("revoke insert on audit_event from caseflow_application")
    with pytest.raises(Exception, match="permission denied"):
        files.read(officer, case_id, file_id)
    with pytest.raises(Exception, match="permission denied"):
        files.add(officer, asked(case_id, pdf(2)))
    assert len(on_disk(tmp_path)) == 1
    assert len(files.show(officer, case_id).files) == 1


def test_the_list_is_paged_by_key(
    office: Office, files: CaseFiles, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("caseflow.services.case_files.PAGE_SIZE", 2)
    officer = office.actors["officer"]
    added = [files.add(officer, asked(case_id, b"text %d" % number)) for number in range(5)]
    seen, before = list[int](), None
    while True:
        page = files.show(officer, case_id, before_id=before)
        seen += [one.id for one in page.files]
        before = page.next_key
        if before is None:
            break
    assert seen == added[::-1]
