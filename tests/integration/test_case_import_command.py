"""``caseflow cases import`` on the practice casebook: a look first, then for good, and again nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from tests.casebook import CASEBOOK
from tests.office import Office
from tests.old_books import BAD, FEE, csv_bytes, row, sums

BOOK = CASEBOOK / "casebook.csv"
Run = Callable[..., Result]


@pytest.fixture
def run(commands: Path) -> Run:  # noqa: ARG001 - sets the environment
    return lambda *arguments: CliRunner().invoke(main, ["cases", "import", *[str(one) for one in arguments]])


@pytest.fixture
def key() -> dict[int, dict[str, Any]]:
    return {one["row"]: one for one in json.loads((CASEBOOK / "key.json").read_text())["rows"]}


def test_the_practice_casebook_from_the_look_to_the_second_time(
    office: Office, run: Run, key: dict[int, dict[str, Any]], tmp_path: Path
) -> None:
    looked = run(BOOK, "--json", "--report", tmp_path / "checked.csv")
    report = json.loads(looked.stdout)
    rows = {one["row"]: one for one in report["rows"]}
    assert looked.exit_code == 1
    assert (report["regime"], report["encoding"], report["unmapped"]) == (FEE, "gb18030", ["备注"])
    assert {number for number, one in rows.items() if one["status"] != "ok"} == {
        number for number, one in key.items() if not one["ok"]
    }
    assert {number: one["field"] for number, one in rows.items()} == {
        number: one.get("field") for number, one in key.items()
    }
    assert (tmp_path / "checked.csv").read_bytes().decode("gb18030").count("\n") >= len(key)
    assert sums(office.database_url)["cases"] == 0

    refused = run(BOOK, "--commit")
    assert (refused.exit_code, "Nothing is written" in refused.stdout) == (1, True)
    assert sums(office.database_url)["cases"] == 0

    written = run(BOOK, "--commit", "--good-rows-only", "--json")
    good = [one for one in key.values() if one["ok"]]
    assert (written.exit_code, json.loads(written.stdout)["quarantined"]) == (0, len(key) - len(good))
    after = sums(office.database_url)
    assert (after["cases"], after["assessed_fen"], after["collected_fen"]) == (
        len(good), sum(one["assessed_fen"] for one in good), sum(one["paid_fen"] for one in good),
    )  # fmt: skip

    again = run(BOOK, "--commit", "--good-rows-only", "--json")
    told = json.loads(again.stdout)
    assert (again.exit_code, told["committed"], told["totals"]["new"], told["totals"]["already"]) == (
        0, False, 0, len(good),
    )  # fmt: skip
    assert sums(office.database_url) == after


def test_a_database_without_any_office_is_enough_for_a_look(run: Run, database_url: str) -> None:
    looked = run(BOOK, "--json")
    assert (looked.exit_code, json.loads(looked.stdout)["totals"]["error"]) == (1, 37)
    committed = run(BOOK, "--commit")
    assert (committed.exit_code, "officer or a supervisor" in committed.stderr) == (2, True)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from casebook_import").fetchone() == (0,)


def test_files_of_every_make_say_the_same(office: Office, run: Run, tmp_path: Path) -> None:
    rows = [row(number) for number in range(1, 6)]
    english = {
        "案号": "Case number", "当事人": "Person liable", "身份证号": "Identity number", "住址": "Address",
        "行为日期": "Date of the conduct", "立案日期": "Filed on", "决定日期": "Decided on", "送达日期": "Served on",
        "征收金额": "Fee assessed", "已缴金额": "Sum paid", "缴款日期": "Paid on", "票据号": "Receipt number",
        "备注": "Note",
    }  # fmt: skip
    turned = [dict(reversed(one.items())) for one in rows]
    files = {
        "plain.csv": csv_bytes(rows),
        "bom.csv": csv_bytes(rows, encoding="utf-8-sig", end="\r\n"),
        "gbk.csv": csv_bytes(turned, encoding="gb18030"),
        "english.csv": csv_bytes(rows, rename=english),
        "titled.xlsx": workbook(rows),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert run(tmp_path / "plain.csv", "--commit").exit_code == 0
    before = sums(office.database_url)
    for name in files:
        done = run(tmp_path / name, "--commit", "--json")
        told = json.loads(done.stdout)
        assert (name, done.exit_code, told["totals"]["already"], told["totals"]["new"]) == (name, 0, 5, 0)
    assert sums(office.database_url) == before
    assert before["cases"] == 5


def workbook(rows: list[dict[str, str]]) -> bytes:
    """Return an XLSX with a title above the headings and a total below the rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["云岭县社会抚养费征收台账"])
    sheet.append(list(rows[0]))
    for one in rows:
        sheet.append(list(one.values()))
    sheet.append(["合计", "", "", "", "", "", "", "", "62400.00"])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def test_part_of_a_book_that_is_there_is_told_and_only_the_rest_is_written(
    office: Office, run: Run, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_bytes(csv_bytes([row(1), row(2)]))
    second.write_bytes(csv_bytes([row(number) for number in (2, 3, 1, 4)]))
    assert run(first, "--commit").exit_code == 0
    told = json.loads(run(second, "--commit", "--json").stdout)
    assert ([one["known"] for one in told["rows"]], told["totals"]["new"]) == ([True, False, True, False], 2)
    assert sums(office.database_url)["cases"] == 4
    # The same number with other contents is another case, and somebody must look.
    second.write_bytes(csv_bytes([row(1, 当事人="别人")]))
    other = run(second, "--commit", "--json")
    assert (other.exit_code, json.loads(other.stdout)["rows"][0]["field"]) == (1, "案号")
    assert sums(office.database_url)["cases"] == 4


def test_columns_by_name_and_by_file_are_saved_for_the_next_file(office: Office, run: Run, tmp_path: Path) -> None:
    strange = {"案号": "Ref", "当事人": "Whom", "立案日期": "Begun"}
    file, mapping = tmp_path / "a.csv", tmp_path / "columns.yaml"
    file.write_bytes(csv_bytes([row(1)], rename=strange))
    mapping.write_text("case_number: Ref\nparty_name: Whom\nfiled_on: Begun\n", encoding="utf-8")
    unknown = run(file, "--json")
    assert (unknown.exit_code, {one["field"] for one in json.loads(unknown.stdout)["refused"]}) == (
        1, {"case_number", "party_name", "filed_on"},
    )  # fmt: skip
    assert run(file, "--columns", "case_number=Ref,party_name=Whom,filed_on=Begun").exit_code == 0
    assert run(file, "--columns", mapping, "--commit").exit_code == 0
    file.write_bytes(csv_bytes([row(2)], rename=strange))
    assert run(file, "--commit").exit_code == 0
    assert sums(office.database_url)["cases"] == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("--columns", "no_such_column=案号"),
        ("--columns", "case_number=No such heading"),
        ("--columns", "nowhere.yaml"),
        ("--regime", "no_such_regime"),
        ("--office", "NOWHERE"),
        ("--by", "cashier"),
        ("--good-rows-only",),
        ("--encoding", "klingon"),
    ],
)
def test_bad_usage_is_told_with_its_own_code(
    office: Office, run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(csv_bytes([row(1), row(2, **BAD)]))
    assert run(file, *arguments).exit_code == 2
    assert run(file, "--report", file).exit_code == 2
    assert sums(office.database_url)["cases"] == 0


LATE = {"行为日期": "2020-10-12", "立案日期": "2021-01-05", "决定日期": "2021-09-01", "送达日期": "2021-09-03"}
LATE_ACT = {"行为日期": "2021-06-01", "立案日期": "2021-06-05", "决定日期": "2021-08-02"}
NOT_PAID = {"已缴金额": "", "缴款日期": "", "票据号": ""}


def test_a_taking_without_any_law_comes_in_so_that_it_can_be_put_right(
    office: Office, run: Run, tmp_path: Path
) -> None:
    book = tmp_path / "late.csv"
    book.write_bytes(
        csv_bytes([
            row(1, **LATE, 已缴金额="12480.00", 缴款日期="2021-10-08"),
            row(2, **LATE, 缴款日期="2021-10-08"),
            row(3, **{**LATE, **NOT_PAID}),
            row(4, **{**LATE, **NOT_PAID, **LATE_ACT}),
            row(5, **{**LATE, **LATE_ACT, "送达日期": "2021-08-05", "缴款日期": "2021-08-10"}),
        ])
    )  # fmt: skip
    written = run(book, "--commit", "--json")
    report = json.loads(written.stdout)
    assert (written.exit_code, report["committed"], report["totals"]["warning"]) == (0, True, 5), written.output
    assert [one["field"] for one in report["rows"]] == ["决定日期"] * 3 + ["行为日期"] * 2
    office.time.day = date(2026, 3, 2)
    call = CliRunner().invoke
    plan = json.loads(call(main, ["winddown", "plan", "--json"]).stdout)["rows"]
    classes = {one["case"]: one["class"] for one in plan}
    numbers = [row(at)["案号"] for at in range(1, 6)]
    assert [classes[number] for number in numbers] == [
        "stands", "stop_collection_keep_paid", "stop_collection", "stop_collection", "stop_collection_keep_paid",
    ]  # fmt: skip
    refunds = json.loads(call(main, ["winddown", "refunds", "--json"]).stdout)["rows"]
    assert {one["case"]: (one["grounds"], one["back_fen"]) for one in refunds} == {
        numbers[0]: (["after_end"], 1_248_000),
        numbers[1]: (["after_end"], 248_000),
        numbers[4]: (["after_end"], 248_000),
    }
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select count(*) from step where law <> '[]'").fetchone() == (0,), "no levy basis"
        notes = connection.execute("select notes::text from reported_case").fetchall()
    assert len(notes) == 5
    assert all("repealed" in note or "2021-05-31" in note for (note,) in notes)
