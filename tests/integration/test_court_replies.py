"""Replies of the court from a file: each row reported first, recorded once, and nothing of it ever reckoned."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from caseflow.cli import main
from caseflow.domain.access import NotPermitted
from caseflow.domain.court_replies import ReplyFileRefused
from caseflow.services.court_replies import CourtReplies, RowsRefused
from tests.office import Office

HEADINGS = "案件编号,答复类型,文书号,日期,理由"


def desk(office: Office) -> CourtReplies:
    return office.application.liaison.replies


def filed(office: Office) -> str:
    case_id = office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.time.day = date(2024, 1, 31)
    return office.application.pages.show(office.actors["officer"], case_id).header.number


def lines(*rows: str, headings: str = HEADINGS) -> bytes:
    return "\n".join([headings, *rows]).encode()


def states(office: Office) -> list[str]:
    with psycopg.connect(office.database_url) as connection:
        return [row[0] for row in connection.execute("select state from cases order by id").fetchall()]


def test_a_list_is_looked_at_and_then_recorded(office: Office) -> None:
    first, second = filed(office), filed(office)
    liaison = office.actors["liaison"]
    content = lines(
        f"{first},受理,（2023）云行审1号,2023-12-25,",
        f"{second},不予受理,（2023）云行审2号,2023年12月26日,材料不齐",
        f"{first},不准予执行,（2023）云行审1号之一,2024/1/3,适用法律明显错误",
    )
    before = desk(office).preview(liaison, content)
    assert [row.level for row in before.rows] == ["ok", "ok", "warning"]
    assert states(office) == ["applied_to_court", "applied_to_court"], "a look writes nothing"
    done = desk(office).record(liaison, content)
    assert [row.level for row in done.rows] == ["recorded", "recorded", "recorded"]
    assert states(office) == ["execution_refused", "not_accepted"]
    again = desk(office).record(liaison, content)
    assert [row.level for row in again.rows] == ["known", "known", "known"]
    assert states(office) == ["execution_refused", "not_accepted"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_encoding_of_a_spreadsheet_is_read(office: Office, encoding: str) -> None:
    number = filed(office)
    content = f"{HEADINGS}\n{number},受理,（2023）云行审1号,2023-12-25,\n".encode(encoding)
    assert [row.level for row in desk(office).preview(office.actors["liaison"], content).rows] == ["ok"]


def test_english_headings_and_the_other_form_of_a_number_are_known(office: Office) -> None:
    filed(office)
    header = office.application.pages.show(office.actors["officer"], 1).header
    content = lines(
        f"{header.number_zh};Accepted;YX-1;2023-12-25;", headings="Case No.;Reply;Paper number;Received on;Reasons"
    )
    assert [row.level for row in desk(office).preview(office.actors["liaison"], content).rows] == ["ok"]


def test_a_workbook_is_read_and_its_formulas_are_not(office: Office) -> None:
    number = filed(office)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["法院答复一览"])
    sheet.append(["案号", "结果", "文书编号", "收到日期", "备注"])
    sheet.append([number, "受理", "（2023）云行审1号", datetime(2023, 12, 25), None])  # noqa: DTZ001 - as Excel keeps it
    sheet.append([number, "受理", "=1+1", datetime(2023, 12, 25), None])  # noqa: DTZ001 - as Excel keeps it
    out = io.BytesIO()
    book.save(out)
    good, bad = desk(office).preview(office.actors["liaison"], out.getvalue()).rows
    assert (good.row.line, good.level) == (3, "ok")
    assert bad.level == "error"
    assert bad.faults[0].field == "paper"
    assert "is a formula" in bad.faults[0].words.en


def test_a_row_at_fault_names_field_value_and_remedy(office: Office) -> None:
    number = filed(office)
    liaison = office.actors["liaison"]
    content = lines(
        "YL-TI-1999-0001,受理,A-1,2023-12-25,",
        f"{number},跳舞,A-2,2023-12-25,",
        f"{number},准予执行,A-3,2023-12-25,",
        f"{number},受理,,soon,",
        f"{number},受理,=cmd|' /C calc'!A0,2023-12-25,",
        f"{number},受理,A-4,2024-02-01,",
        f"{number},受理,A-5,2023-12-25,",
    )
    report = desk(office).preview(liaison, content)
    faults = [[(one.field, one.value) for one in row.faults] for row in report.rows]
    assert faults == [
        [("number", "YL-TI-1999-0001")], [("kind", "跳舞")], [("kind", "准予执行")], [("paper", ""), ("day", "soon")],
        [("paper", "=cmd|' /C calc'!A0")], [("day", "2024-02-01")], [],
    ]  # fmt: skip
    assert "Record that the court accepted" in report.rows[1].faults[0].words.en
    assert "登记法院受理" in report.rows[2].faults[0].words.zh
    with pytest.raises(RowsRefused):
        desk(office).record(liaison, content)
    assert states(office) == ["applied_to_court"]
    done = desk(office).record(liaison, content, good_rows_only=True)
    assert [row.level for row in done.rows] == ["error"] * 6 + ["recorded"]
    assert states(office) == ["examined_by_court"]


def test_a_cell_with_a_hidden_character_is_a_fault_of_its_row(office: Office) -> None:
    number = filed(office)
    liaison = office.actors["liaison"]
    content = lines(
        "YL-TI\0-1,受理,A-1,2023-12-25,",
        f"{number},受理\0,A-2,2023-12-25,",
        f"{number},受理,A\x1b[2J-3,2023-12-25,",
        f"{number},受理,A-4,2023-12-25\0,",
        f"{number},受理,A-5,2023-12-25,\u202e无",
        f"{number},受理,A-6,2023-12-25,",
    )
    report = desk(office).preview(liaison, content)
    faults = [[(one.field, one.value) for one in row.faults] for row in report.rows]
    assert faults == [
        [("number", r"YL-TI\x00-1")], [("kind", r"受理\x00")], [("paper", r"A\x1b[2J-3")], [("day", r"2023-12-25\x00")],
        [("reasons", r"\u202e无")], [],
    ]  # fmt: skip
    assert all(text.isprintable() for row in report.rows for text in row.row.cells.values())
    assert "type the cell anew" in report.rows[0].faults[0].words.en
    assert "请重新填写该单元格" in report.rows[0].faults[0].words.zh
    done = desk(office).record(liaison, content, good_rows_only=True)
    assert [row.level for row in done.rows] == ["error"] * 5 + ["recorded"]


def test_what_was_typed_by_hand_is_known(office: Office) -> None:
    number = filed(office)
    paper = {"court_paper_no": "（2023）云行审1号", "court_paper_on": "2023-12-25"}
    office.advance(1, "record_acceptance", paper, actor="liaison")
    content = lines(f"{number},受理,(2023)云行审1号,2023-12-25,")
    assert [row.level for row in desk(office).record(office.actors["liaison"], content).rows] == ["known"]


@pytest.mark.parametrize(
    "content",
    [b"", b"   ", b"nothing,here\n1,2\n", b"PK\x03\x04broken", lines(), b"\xff\xfe\xff", b'a,"b\n',
     b"x" * (2 * 1024 * 1024 + 1), lines(*["a,b,c,d,e"] * 1001)],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_whole(office: Office, content: bytes) -> None:
    with pytest.raises(ReplyFileRefused):
        desk(office).preview(office.actors["liaison"], content)


def test_nobody_else_reads_or_records_a_file(office: Office) -> None:
    for login in ("officer", "supervisor", "approver", "auditor", "cashier"):
        with pytest.raises(NotPermitted):
            desk(office).preview(office.actors[login], lines("a,b,c,d,e"))


def test_the_command(office: Office, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = filed(office)
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", office.database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "k" * 40)
    # The command runs at the real date, long after these.
    file = tmp_path / "replies.csv"
    file.write_bytes(lines(f"{number},受理,A-1,2023-12-25,", f"{number},跳舞,A-2,2023-12-25,"))
    run = CliRunner().invoke
    looked = run(main, ["referral", "replies", str(file)])
    assert looked.exit_code == 1, looked.output
    assert "row 3  error" in looked.output
    refused = run(main, ["referral", "replies", str(file), "--commit"])
    assert refused.exit_code == 1
    assert "Nothing was recorded" in refused.output
    assert states(office) == ["applied_to_court"]
    good = run(main, ["referral", "replies", str(file), "--commit", "--good-rows-only", "--json"])
    told = json.loads(good.output)
    assert (told["recorded"], told["errors"]) == (1, 1)
    assert states(office) == ["examined_by_court"]
    again = json.loads(run(main, ["referral", "replies", str(file), "--good-rows-only", "--json"]).output)
    assert (again["known"], again["to_record"]) == (1, 0)
    for content, told_in_words in ((lines("YL\0-1,受理,A-1,2023-12-25,"), "type the cell anew"),
                                   (b"PK\x03\x04broken", "not a workbook that can be read")):  # fmt: skip
        file.write_bytes(content)
        odd = run(main, ["referral", "replies", str(file)])
        assert odd.exit_code == 1, odd.output
        assert told_in_words in odd.output
    unknown = run(main, ["referral", "replies", str(file), "--by", "nobody"])
    assert unknown.exit_code == 2
