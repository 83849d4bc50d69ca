"""What of a file is not taken over, not read or cannot be read is said, and shown to nobody."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from pathlib import Path

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from caseflow.domain.casebook.imports import ImportState
from caseflow.services.case_imports import BookFile
from caseflow.services.case_imports.work import SMALL_BYTES
from tests.office import Office
from tests.old_books import FEE, REMARK, csv_bytes, row, sums


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["cases", "import", *map(str, arguments)])


def workbook(**sheets: int) -> bytes:
    """Return a workbook with so many cases on each sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    first = 1
    for name, many in sheets.items():
        sheet = book.create_sheet(name)
        rows = [row(number) for number in range(first, first + many)]
        first += many
        for cells in ([*rows[0]], *(one.values() for one in rows)) if rows else ():
            sheet.append([*cells])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def bomb() -> bytes:
    """Return a workbook of no small size with a part that unpacks to far more than it shows."""
    content = io.BytesIO(workbook(台账=1))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/filler.bin", uuid.uuid4().bytes * (300 * 1024 * 1024 // 16))
    assert len(content.getvalue()) > SMALL_BYTES
    return content.getvalue()


@pytest.mark.usefixtures("commands", "office")
def test_headings_that_fill_nothing_are_told_before_the_commit(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([{**row(1), "Tally mark": "2018-01-02"}]))
    told = run(file)
    assert "NOT TAKEN OVER “备注”, “Tally mark”" in told.stdout
    assert "listed_on" in told.stdout
    looked = json.loads(run(file, "--json").stdout)
    assert looked["unmapped"] == ["备注", "Tally mark"]
    assert "Tally mark" in looked["notices"][0]["en"]
    assert "2018-01-02" not in json.dumps(looked)


@pytest.mark.usefixtures("commands", "office")
def test_a_column_that_is_missing_is_chosen_among_those_left_and_nothing_true_is_cleared(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([row(1)], rename={"缴款日期": "Money came"}))
    [found] = json.loads(run(file, "--json").stdout)["rows"]
    assert "no column of the file is taken for it" in found["message"]
    assert "“Money came”" in found["message"]
    assert "clear" not in found["message"]
    assert "清空" not in found["message"]
    file.write_bytes(csv_bytes([row(1)], rename={"立案日期": "Begun"}))
    refused = run(file)
    assert "choose one, among “备注”" in refused.stderr or "choose one, among “Begun”" in refused.stderr


@pytest.mark.usefixtures("commands", "office")
def test_sheets_that_were_not_read_are_named(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    file.write_bytes(workbook(甲=2, 乙=1, 空=0))
    report = json.loads(run(file, "--json").stdout)
    assert (report["sheet"], report["sheets_not_read"]) == ("甲", ["乙"])
    assert "NOT READ sheets “乙”" in run(file).stdout
    assert "--sheet" in run(file).stdout
    assert json.loads(run(file, "--sheet", "乙", "--json").stdout)["sheets_not_read"] == ["甲"]


@pytest.mark.usefixtures("commands")
def test_a_copy_that_cannot_be_written_is_told_before_anything_is_done(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([row(1)]))
    done = run(file, "--commit", "--report", tmp_path / "nowhere" / "b.csv")
    assert (done.exit_code, "cannot be written" in done.stderr) == (2, True)
    assert sums(office.database_url)["cases"] == 0
    good = tmp_path / "b.csv"
    assert run(file, "--commit", "--report", good).exit_code == 0
    assert good.stat().st_size > 0


def test_a_large_file_that_nobody_can_read_ends_as_refused_with_its_reason(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = imports.enter(officer, BookFile("bomb.xlsx", bomb()), "bomb")
    assert imports.work_waiting() == 1
    ended = imports.show(officer, import_id)
    assert (ended.state, ended.refused, ended.file_kept) == (ImportState.DROPPED, True, False)
    assert ended.fault is not None
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from casebook_file").fetchone() == (0,)


def test_samples_are_those_of_columns_in_use(office: Office) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    content = csv_bytes([row(1, 备注=REMARK)])
    import_id = imports.enter(officer, BookFile("a.csv", content, regime=FEE), "samples")
    read = imports.columns(officer, import_id)
    assert read.samples is not None
    assert read.samples["当事人"] == [row(1)["当事人"]]
    assert "备注" not in read.samples
    assert REMARK not in str(read)
