"""Bytes that retention deletes while somebody keeps the same bytes at that very moment: whoever is kept loses none."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from threading import Thread

import pytest

from caseflow.domain.case_files import Purpose
from caseflow.domain.submissions import Kind
from caseflow.services.case_files import AddFile, CaseFiles
from caseflow.services.ports.files import FileStore, Pieces, Source, StoredFile
from tests.kept import age, approved_run
from tests.office import Office, kept_files
from tests.submitted import person_of, submit

TOLD = "Secret Village 保密村"
# How long the other side is given to do its worst; where it has to wait for this one, it does nothing meanwhile.
MEANWHILE_SECONDS = 1.5


@dataclass
class Interrupted:
    """The store of this run of the tests, with what happens right before a deletion and right after a file is put."""

    inner: FileStore
    after_put: Callable[[str], None] = lambda _sha256: None
    before_remove: Callable[[], None] = lambda: None

    def put(self, source: Source) -> StoredFile:
        stored = self.inner.put(source)
        self.after_put(stored.sha256)
        return stored

    def open(self, sha256: str) -> Pieces:
        return self.inner.open(sha256)

    def has(self, sha256: str) -> bool:
        return self.inner.has(sha256)

    def remove(self, sha256: str) -> bool:
        self.before_remove()
        return self.inner.remove(sha256)


class Beside:
    """Something that happens once, in another thread, while this one goes on after a while or when it is done."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._thread = Thread(target=act)
        self._begun = False

    def happen(self, _sha256: str = "") -> None:
        if not self._begun:
            self._begun = True
            self._thread.start()
            self._thread.join(MEANWHILE_SECONDS)

    def end(self) -> None:
        assert self._begun
        self._thread.join(30)
        assert not self._thread.is_alive()


def added(office: Office, case_id: int, room: CaseFiles) -> None:
    file = AddFile(
        case_id, Purpose.EVIDENCE, "As found", None, "note.txt", io.BytesIO(TOLD.encode()), str(uuid.uuid4())
    )
    room.add(office.actors["officer"], file)


@pytest.fixture
def run(office: Office) -> tuple[int, str]:
    """Return an approved run over an old case that alone has the bytes, and their SHA-256."""
    case_id = office.walk("fee_double_levy_refunded", until="confirm_paid")
    added(office, case_id, office.application.case_files)
    with office.application.store.begin() as work:
        sha256 = work.case_files.of_case(case_id, frozenset(Purpose), before_id=None, limit=1)[0].sha256
    office.time.day = date(2018, 6, 4)
    office.advance(case_id, "close_case", {"closing_summary": "Closed."}, actor="approver")
    age(office, case_id)
    return approved_run(office), sha256


def keeper(office: Office, how: str, files: FileStore) -> Callable[[], object]:
    """Return what keeps the bytes on a case of today: an officer's upload or what the person submits."""
    office.time.day = date(2026, 3, 2)
    case_id = office.open()
    if how == "officer":
        room = office.application.case_files
        own = replace(room, room=replace(room.room, store=files))
        return lambda: added(office, case_id, own)
    person, kept = person_of(office, case_id), office.application.submissions.intake
    intake = replace(kept, room=replace(kept.room, store=files))
    return lambda: submit(office, person, Kind.CORRECTION, intake=intake, right="So", files={"a.txt": TOLD.encode()})


@pytest.mark.parametrize("how", ["officer", "person"])
def test_bytes_that_are_being_kept_again_are_not_deleted_under_them(
    office: Office, run: tuple[int, str], how: str
) -> None:
    run_id, sha256 = run
    erasing = Beside(lambda: office.application.retention.carry_out(office.actors["auditor"], run_id))
    keeper(office, how, Interrupted(kept_files().store, after_put=erasing.happen))()
    erasing.end()
    assert kept_files().store.has(sha256), "the row of today's case names bytes that are gone"


@pytest.mark.parametrize("how", ["officer", "person"])
def test_bytes_that_are_being_deleted_are_put_again(office: Office, run: tuple[int, str], how: str) -> None:
    run_id, sha256 = run
    keeping = Beside(keeper(office, how, kept_files().store))
    retention = office.application.retention
    interrupted = Interrupted(kept_files().store, before_remove=keeping.happen)
    replace(retention.erasing, files=interrupted).carry_out(office.actors["auditor"], run_id)
    keeping.end()
    assert kept_files().store.has(sha256), "the row of today's case names bytes that are gone"


def test_a_paper_whose_bytes_went_between_setting_and_issue_is_put_again(office: Office) -> None:
    case_id = office.walk("fee_double_levy_refunded", until="confirm_paid")
    gone = set[str]()

    def lose(sha256: str) -> None:
        if sha256 not in gone:
            gone.add(sha256)
            kept_files().store.remove(sha256)

    papers = office.application.papers
    issuing = papers.issuing
    lost = replace(issuing, room=replace(issuing.room, files=Interrupted(kept_files().store, after_put=lose)))
    changed = replace(office.application, papers=replace(papers, issuing=lost))
    Office(changed, office.time, office.actors, office.database_url).issue(case_id, "levy_decision")
    assert len(gone) == 2
    assert all(kept_files().store.has(one) for one in gone)
