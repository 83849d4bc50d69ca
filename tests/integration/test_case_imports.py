"""Importing an old casebook, from the file to its rows judged: what is kept, what is told, who may."""

from __future__ import annotations

import csv
import uuid

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.casebook.imports import Fate, ImportState
from caseflow.domain.casebook.rows import Grade
from caseflow.services.case_imports import BookFile, ImportMovedOn, ImportRefused, NoSuchImport
from caseflow.services.case_imports.work import SMALL_BYTES
from caseflow.services.cases import KeyReused
from tests.office import Office
from tests.old_books import BAD, FEE, REMARK, csv_bytes, row, stranger


def enter(office: Office, content: bytes, *, name: str = "台账.csv", by: str = "officer", **asked: object) -> int:
    return office.application.case_imports.enter(office.actors[by], BookFile(name, content, **asked), str(uuid.uuid4()))  # type: ignore[arg-type]


def test_a_file_is_judged_when_it_is_entered_and_writes_nothing(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD), row(3)]))
    header = imports.show(officer, import_id)
    assert (header.state, header.regime) == (ImportState.CHECKED, FEE)
    assert (header.totals.rows, header.totals.ok, header.totals.error, header.totals.new) == (3, 2, 1, 2)
    assert header.read is not None
    assert header.read.unmapped == ("备注",)
    page = imports.rows(officer, import_id, Grade.ERROR)
    assert [one.number for one in page.rows] == [3]
    assert [finding.column for finding in page.rows[0].findings] == ["party_name"]
    assert page.rows[0].fate is Fate.WAITING
    assert imports.rows(officer, import_id, fate=Fate.QUARANTINED).rows == []
    with office.application.store.begin() as work:
        assert work.case_imports.known_cases(officer.office_id, [row(1)["案号"]]) == []


def test_what_is_in_no_column_is_kept_nowhere_and_the_rest_is_sealed(office: Office) -> None:
    import_id = enter(office, csv_bytes([row(1, 备注=REMARK), row(2, **BAD)]))
    with psycopg.connect(office.database_url) as connection:
        kept = str(
            connection.execute(
                "select r::text, i::text, encode(r.sealed, 'escape'), encode(f.sealed, 'escape') from casebook_row r "
                "join casebook_import i on i.id = r.import_id join casebook_file f on f.import_id = i.id"
            ).fetchall()
        )
    for text in (REMARK, row(1)["身份证号"], row(1)["当事人"], row(1)["住址"]):
        assert text not in kept
    page = office.application.case_imports.rows(office.actors["officer"], import_id)
    assert REMARK not in str(page)
    assert page.rows[0].cells["identity_no"] == row(1)["身份证号"]


def test_another_office_and_other_desks_see_nothing(office: Office) -> None:
    imports, import_id = office.application.case_imports, enter(office, csv_bytes([row(1)]))
    for login in ("cashier", "approver", "auditor", "administrator", "liaison"):
        with pytest.raises(NotPermitted):
            imports.show(office.actors[login], import_id)
        with pytest.raises(NotPermitted):
            enter(office, csv_bytes([row(1)]), by=login)
    somebody = stranger(office)
    for look in (imports.show, imports.rows, imports.progress, imports.columns, imports.annotated, imports.drop):
        with pytest.raises(NoSuchImport):
            look(somebody, import_id)
    assert imports.newest(somebody) == ([], None)
    assert imports.show(office.actors["supervisor"], import_id).id == import_id


def test_a_repeated_request_answers_its_first_result(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    first = imports.enter(officer, BookFile("a.csv", csv_bytes([row(1)])), "key")
    assert imports.enter(officer, BookFile("a.csv", csv_bytes([row(1)])), "key") == first
    with pytest.raises(KeyReused):
        imports.enter(officer, BookFile("a.csv", csv_bytes([row(2)])), "key")
    assert len(imports.newest(officer)[0]) == 1


def test_a_file_that_is_no_table_is_refused_and_not_kept(office: Office) -> None:
    for content in (b"", b"%PDF-1.7 no table", "只有一行".encode()):
        with pytest.raises(ImportRefused) as refusal:
            enter(office, content)
        assert [field for field, _words in refusal.value.faults] == ["file"]
    assert office.application.case_imports.newest(office.actors["officer"]) == ([], None)


def test_columns_that_nobody_can_guess_are_chosen_once_and_offered_again(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    strange = {"案号": "Ref", "当事人": "Whom", "立案日期": "Begun"}
    content = csv_bytes([row(1), row(2)], rename=strange)
    import_id = enter(office, content, regime=FEE)
    header = imports.show(officer, import_id)
    assert header.state is ImportState.ENTERED
    assert header.fault is not None
    samples = imports.columns(officer, import_id).samples
    assert samples is not None
    assert samples["住址"] == [row(1)["住址"], row(2)["住址"]]
    assert "Whom" not in samples, "what fills no column is shown to nobody, until somebody says what it is"
    with pytest.raises(ImportRefused) as refusal:
        imports.choose_columns(officer, import_id, {"case_number": "Ref", "party_name": "Nobody"})
    assert "party_name" in dict(refusal.value.faults)
    chosen = {"case_number": "Ref", "party_name": "Whom", "filed_on": "Begun"}
    assert imports.choose_columns(officer, import_id, chosen).state is ImportState.CHECKED
    shown = imports.columns(officer, import_id).samples
    assert shown is not None
    assert shown["Whom"] == [row(1)["当事人"], row(2)["当事人"]]
    again = enter(office, csv_bytes([row(3)], rename=strange))
    assert imports.show(officer, again).state is ImportState.CHECKED
    with office.application.store.begin() as work:
        assert len(work.case_imports.rows(again, limit=10)) == 1


def test_an_import_is_dropped_with_its_file_and_cells(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD)]))
    dropped = imports.drop(officer, import_id)
    assert (dropped.state, dropped.file_kept, imports.drop(officer, import_id)) == (
        ImportState.DROPPED, False, dropped,
    )  # fmt: skip
    assert imports.rows(officer, import_id).rows == []
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from casebook_file").fetchone() == (0,)
    for act in (imports.annotated, imports.columns, imports.check, imports.commit):
        with pytest.raises(ImportMovedOn):
            act(officer, import_id)


def test_a_large_file_waits_for_a_worker_and_tells_how_far_it_is(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    content = csv_bytes([row(number) for number in range(1, 2001)])
    assert len(content) > SMALL_BYTES
    import_id = enter(office, content)
    assert imports.progress(officer, import_id).waiting
    seen = []
    assert imports.work_waiting(lambda phase, done, total: seen.append((phase.value, done, total))) == 1
    assert imports.work_waiting() == 0
    assert ("judging", 2000, 2000) in seen
    header = imports.show(officer, import_id)
    assert (header.state, header.totals.ok) == (ImportState.CHECKED, 2000)
    first = imports.rows(officer, import_id)
    assert (len(first.rows), first.next_key) == (50, 51)
    assert imports.rows(officer, import_id, after=51).rows[0].number == 52


def test_the_annotated_copy_says_what_is_wrong(office: Office) -> None:
    imports = office.application.case_imports
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD)]))
    supervisor = office.actors["supervisor"]
    copy = imports.annotated(supervisor, import_id)
    assert copy.name.endswith(".csv")
    notes = [cells[-1] for cells in csv.reader(copy.content.decode("utf-8-sig").splitlines())]
    assert notes[0] not in row(1)
    assert ["当事人" in note for note in notes[1:]] == [False, True]
