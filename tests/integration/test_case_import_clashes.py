"""Numbers that two rows of an old casebook, or a row and a case of the office, cannot both have."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from caseflow.cli import main
from caseflow.domain.casebook.imports import Fate, ImportState, Phase
from caseflow.domain.casebook.rows import JudgedRow
from caseflow.services.case_imports import BookFile, ImportRefused
from tests.office import Office
from tests.old_books import csv_bytes, row, sums

FIRST, SECOND = row(1, 案号="云计征字〔2017〕6101号"), row(2, 案号="云计征字〔2017〕06101号")
OWN = "YL-SF-2017-6101"


def enter(office: Office, content: bytes) -> int:
    return office.application.case_imports.enter(
        office.actors["officer"], BookFile("台账.csv", content), str(uuid.uuid4())
    )


def test_two_rows_that_would_get_one_number_are_told_and_the_good_rows_go_in(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = enter(office, csv_bytes([FIRST, SECOND, row(3)]))
    [_, second, _] = imports.rows(officer, import_id).rows
    [finding] = second.findings
    assert (finding.column, finding.heading) == ("case_number", "案号")
    for part in ("row 2", FIRST["案号"], OWN):
        assert part in finding.words.en
    done = imports.commit(officer, import_id, good_rows_only=True)
    assert done.fates == {Fate.WRITTEN: 2, Fate.QUARANTINED: 1}
    # In the quarantine it meets the case that the first row has become; another number lets it in.
    met = imports.rerun(officer, import_id)
    assert met.open_rows == 1
    assert FIRST["案号"] in imports.quarantine(officer, import_id).rows[0].findings[0].words.zh
    assert imports.mend(officer, import_id, 3, {"case_number": FIRST["案号"]}).case_id is None
    assert imports.mend(officer, import_id, 3, {"case_number": "云计征字〔2017〕6102号"}).case_id is not None
    assert sums(office.database_url)["cases"] == 3


def test_a_case_of_the_office_is_met_by_the_number_it_has_here(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    imports.commit(officer, enter(office, csv_bytes([FIRST])))
    met = imports.preview(officer, BookFile("a.csv", csv_bytes([SECOND, row(4, 案号=OWN)])))
    for judged in met.rows:
        assert FIRST["案号"] in judged.findings[-1].words.en
        assert OWN in judged.findings[-1].words.zh
    # The same row with other brackets is the same case, and adds nothing.
    again = imports.preview(officer, BookFile("a.csv", csv_bytes([{**FIRST, "案号": "云计征字[2017]6101号"}])))
    assert (again.totals.already, again.totals.error) == (1, 0)


def test_a_number_taken_between_the_look_and_the_writing_costs_its_row_alone(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    imports.commit(officer, enter(office, csv_bytes([row(9)])))

    def taken(phase: Phase, done: int, _total: int) -> None:
        if phase is Phase.WRITING and not done:
            with psycopg.connect(office.database_url) as connection:
                connection.execute("set local lock_timeout = '5s'")
                connection.execute("alter table cases disable trigger user")
                connection.execute("update cases set number = %s", (OWN,))
                connection.execute("alter table cases enable trigger user")

    import_id = enter(office, csv_bytes([SECOND, row(3)]))
    with psycopg.connect(office.database_url) as connection:
        connection.execute(
            "update casebook_import set state = 'committing', good_rows_only = true, committed_by = entered_by "
            "where id = %s",
            (import_id,),
        )
    assert imports.work_waiting(taken) == 1
    done = imports.show(officer, import_id)
    assert (done.state, done.fates) == (ImportState.COMMITTED, {Fate.WRITTEN: 1, Fate.QUARANTINED: 1})
    [waiting] = imports.quarantine(officer, import_id).rows
    assert (waiting.number, waiting.findings[0].column) == (2, "case_number")
    assert "Key (" not in str(waiting)


def test_what_only_the_database_sees_names_the_row_in_words(office: Office) -> None:
    """A receipt that appears while its row is written: all or nothing is refused, with the row and without SQL."""
    imports, officer = office.application.case_imports, office.actors["officer"]
    imports.commit(officer, enter(office, csv_bytes([row(9)])))

    def taken(phase: Phase, done: int, _total: int) -> None:
        if phase is Phase.WRITING and not done:
            with psycopg.connect(office.database_url) as connection:
                connection.execute("set local lock_timeout = '5s'")
                connection.execute("alter table receipt disable trigger user")
                connection.execute("update receipt set number = %s", (row(3)["票据号"],))
                connection.execute("alter table receipt enable trigger user")

    with pytest.raises(ImportRefused) as refusal:
        imports.take_in(officer, BookFile("b.csv", csv_bytes([row(2), row(3)])), told=taken)
    assert refusal.value.report is not None
    found: list[JudgedRow] = [one for one in refusal.value.report.rows if one.findings]
    assert [(one.number, one.findings[0].heading) for one in found] == [(3, "票据号")]
    assert "Key (" not in str(refusal.value)
    assert sums(office.database_url)["cases"] == 1


def test_the_command_names_both_rows(office: Office, commands: Path, tmp_path: Path) -> None:  # noqa: ARG001
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([FIRST, SECOND]))
    done = CliRunner().invoke(main, ["cases", "import", str(file), "--commit", "--json"])
    rows = json.loads(done.stdout)["rows"]
    assert (done.exit_code, [one["status"] for one in rows]) == (1, ["ok", "error"])
    assert "row 2" in rows[1]["message"]
    assert sums(office.database_url)["cases"] == 0
