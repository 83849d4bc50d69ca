"""Writing the cases of an old casebook: all or nothing, the good rows only, the quarantine, two at once."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest

from caseflow.domain.casebook.imports import Fate, ImportState
from caseflow.services.case_imports import BookFile, ImportMovedOn, ImportRefused
from tests.office import Office, open_office
from tests.old_books import BAD, csv_bytes, row, stranger, sums


def enter(office: Office, content: bytes, by: str = "officer") -> int:
    return office.application.case_imports.enter(office.actors[by], BookFile("台账.csv", content), str(uuid.uuid4()))


def test_all_or_nothing_refuses_a_file_with_an_error_and_good_rows_go_alone(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD), row(3)]))
    nothing = sums(office.database_url)
    with pytest.raises(ImportRefused):
        imports.commit(officer, import_id)
    assert sums(office.database_url) == nothing
    done = imports.commit(officer, import_id, good_rows_only=True)
    assert (done.state, done.open_rows, done.fates[Fate.WRITTEN], done.file_kept) == (
        ImportState.COMMITTED, 1, 2, True,
    )  # fmt: skip
    after = sums(office.database_url)
    assert (after["cases"], after["assessed_fen"], after["collected_fen"]) == (2, 2_496_000, 496_000)
    # Asked again, it answers what was done.
    assert imports.commit(officer, import_id, good_rows_only=True) == done
    assert sums(office.database_url) == after
    for act in (imports.drop, imports.check):
        with pytest.raises(ImportMovedOn):
            act(officer, import_id)
    page = imports.rows(officer, import_id, fate=Fate.WRITTEN)
    assert [(one.number, one.cells, one.case_id is not None) for one in page.rows] == [(2, {}, True), (4, {}, True)]


def test_a_quarantined_row_is_mended_judged_again_and_written(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD), row(3, 送达日期="2016-05-01"), row(4, **BAD)]))
    imports.commit(officer, import_id, good_rows_only=True)
    assert [one.number for one in imports.quarantine(officer, import_id).rows] == [3, 4, 5]
    wrong = imports.mend(officer, import_id, 4, {"served_on": "2016-02-31"})
    assert (wrong.case_id, [one.column for one in wrong.row.findings]) == (None, ["served_on"])
    assert wrong.row.cells["served_on"] == "2016-02-31"
    with pytest.raises(ImportRefused) as refusal:
        imports.mend(officer, import_id, 4, {"no_such_column": "x"})
    assert refusal.value.faults[0][0] == "no_such_column"
    mended = imports.mend(officer, import_id, 4, {"served_on": "2016年5月11日"})
    assert mended.case_id is not None
    assert (mended.row.fate, mended.row.cells, mended.row.decided_by) == (Fate.MENDED, {}, "Officer")
    # A form that is sent twice, and one that comes late, write nothing more.
    assert imports.mend(officer, import_id, 4, {"served_on": "2016年5月11日"}).case_id == mended.case_id
    assert sums(office.database_url)["cases"] == 2
    with pytest.raises(ImportMovedOn):
        imports.leave_out(officer, import_id, 4, "late")
    with pytest.raises(ImportRefused) as refusal:
        imports.leave_out(officer, import_id, 5, " ")
    assert refusal.value.faults[0][0] == "reason"
    imports.leave_out(office.actors["supervisor"], import_id, 5, "the paper is lost")
    header = imports.show(officer, import_id)
    assert (header.open_rows, header.file_kept) == (1, True)
    last = imports.mend(officer, import_id, 3, {"party_name": "当事人"})
    assert last.case_id is not None
    header = imports.show(officer, import_id)
    assert (header.open_rows, header.file_kept, header.finished_at is not None) == (0, False, True)
    with psycopg.connect(office.database_url) as connection:
        left = connection.execute("select count(*) from casebook_row where sealed is not null").fetchone()
        assert (left, connection.execute("select count(*) from casebook_file").fetchone()) == ((0,), (0,))


def test_the_quarantine_is_run_again_as_a_whole(office: Office) -> None:
    """Two rows with one number: once the first is mended, the other is good by itself."""
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1), row(2, **BAD), row(3, 票据号=row(2)["票据号"]), row(4, **BAD)]))
    imports.commit(officer, import_id, good_rows_only=True)
    before = imports.show(officer, import_id)
    assert imports.mend(officer, import_id, 3, {"party_name": "张某", "receipt_no": "53000001"}).case_id is not None
    after = imports.rerun(officer, import_id)
    assert (before.open_rows - after.open_rows, after.open_rows) == (before.open_rows - 1, 1)
    assert sums(office.database_url)["cases"] == 3
    assert imports.rerun(officer, import_id) == after


def test_the_same_row_mended_twice_in_two_imports_is_one_case(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    ids = []
    for number in (1, 9):
        ids.append(enter(office, csv_bytes([row(number), row(2, **BAD)])))
        imports.commit(officer, ids[-1], good_rows_only=True)
    first = imports.mend(officer, ids[0], 3, {"party_name": "张某"})
    second = imports.mend(officer, ids[1], 3, {"party_name": "张某"})
    assert (second.case_id, second.row.fate) == (first.case_id, Fate.ALREADY_THERE)
    assert sums(office.database_url)["cases"] == 3


def test_two_at_once_of_overlapping_files_are_told_and_write_no_case_twice(office: Office) -> None:
    books = [csv_bytes([row(number) for number in range(*span)]) for span in ((1, 41), (21, 61))]
    together = Barrier(2)

    def take_in(content: bytes) -> tuple[int, int]:
        other = open_office(office.database_url)
        try:
            together.wait()
            report = other.application.case_imports.take_in(other.actors["officer"], BookFile("a.csv", content)).report
        finally:
            other.application.close()
        return report.totals.new, report.totals.already

    with ThreadPoolExecutor() as threads:
        told = sorted(threads.map(take_in, books))
    assert told == [(20, 20), (40, 0)]
    assert (sums(office.database_url)["cases"], sums(office.database_url)["imports"]) == (60, 2)


def test_what_changed_since_the_check_is_judged_again_before_it_is_written(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    first = enter(office, csv_bytes([row(1), row(2)]))
    second = enter(office, csv_bytes([row(2, 当事人="别人"), row(3)]))
    imports.commit(officer, first)
    given_back = imports.commit(officer, second)
    assert (given_back.state, given_back.fault is not None, given_back.totals.error) == (ImportState.CHECKED, True, 1)
    assert sums(office.database_url)["cases"] == 2
    assert imports.commit(officer, second, good_rows_only=True).fates == {Fate.QUARANTINED: 1, Fate.WRITTEN: 1}


def test_another_office_may_have_the_same_numbers(office: Office) -> None:
    imports, somebody = office.application.case_imports, stranger(office)
    imports.commit(office.actors["officer"], enter(office, csv_bytes([row(1)])))
    other = imports.enter(somebody, BookFile("a.csv", csv_bytes([row(1)])), "other")
    assert imports.commit(somebody, other).fates == {Fate.WRITTEN: 1}
    assert sums(office.database_url)["cases"] == 2


def test_whoever_lost_the_role_meanwhile_writes_nothing_in_the_background(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([row(1)]))
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update casebook_import set state = 'committing', good_rows_only = false, committed_by = entered_by"
        )
        connection.execute("delete from staff_role where staff_id = %s", (officer.id,))
    assert imports.work_waiting() == 1
    given_back = imports.show(office.actors["supervisor"], import_id)
    assert (given_back.state, given_back.fault is not None) == (ImportState.CHECKED, True)
    assert sums(office.database_url)["cases"] == 0
