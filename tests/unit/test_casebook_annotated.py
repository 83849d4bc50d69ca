"""The casebook that is given back is the same spreadsheet with one column more, and nothing in it can be run."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName

from caseflow.adapters.casebooks import CasebookFiles
from caseflow.domain.casebook.formulas import harmless, is_formula
from caseflow.services.ports.casebooks import BookUnreadable
from tests.bookfiles import (
    DECIDED,
    HEADINGS,
    PAID,
    ROWS,
    UNDECIDED,
    changed,
    csv_of,
    judged,
    read,
    saved,
    text_of,
    xlsx_of,
)

FORMULA = '=HYPERLINK("http://127.0.0.1/","x")'
BAD = changed(DECIDED, 当事人=FORMULA)


def _given_back(content: bytes, language: str = "zh") -> bytes:
    return CasebookFiles().annotated(content, "book", read(content), judged(content), language)


def _records(text: str, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    ("encoding", "codec", "delimiter", "line_end"),
    [
        ("utf-8", "utf-8", ",", "\n"),
        ("utf-8-sig", "utf-8-sig", ";", "\r\n"),
        ("gb18030", "gb18030", ",", "\r\n"),
        ("utf-16", "utf-16", "\t", "\r\n"),
        ("utf-16-be", "utf-16-be", "，", "\n"),
    ],
)
def test_a_csv_keeps_its_encoding_delimiter_and_line_ends(
    encoding: str, codec: str, delimiter: str, line_end: str
) -> None:
    content = csv_of(UNDECIDED, BAD, PAID, encoding=encoding, delimiter=delimiter, line_end=line_end)
    back = _given_back(content)
    assert back[:3] == content[:3]
    text = back.decode(codec)
    assert text.count(line_end) == 4
    assert ("\r" in text) == ("\r" in line_end)
    records = _records(text, delimiter)
    assert [record[:11] for record in records] == [
        list(HEADINGS), list(UNDECIDED), [f"'{cell}" if cell == FORMULA else cell for cell in BAD], list(PAID),
    ]  # fmt: skip
    notes = [record[11] for record in records]
    assert notes[:2] == ["导入检查", "正常"]
    assert notes[2].startswith("错误：“当事人”：单元格是公式")
    assert len(notes[2]) > 20


def test_rows_left_out_say_why_and_titles_are_left_alone() -> None:
    content = text_of([("台账",), HEADINGS, UNDECIDED, ("合计", "1")]).encode()
    records = _records(_given_back(content, "en").decode())
    assert records[0] == ["台账"]
    assert [record[-1] for record in records[1:]] == ["Check before import", "OK", "Left out: is a total, not a case"]


def test_a_book_given_back_and_sent_again_is_read_as_before() -> None:
    content = csv_of(UNDECIDED, BAD, PAID, encoding="gb18030")
    back = _given_back(content)
    again = judged(back)
    assert [row.grade for row in again] == [row.grade for row in judged(content)]
    assert again[1].findings[0].heading == "当事人"
    assert _given_back(back) == back


def test_words_that_an_encoding_has_no_letters_for_do_not_stop_it() -> None:
    rows = [("案號", "姓名", "地址", "立案日期"), *[("1", "陳靜怡", "雲嶺縣第五鄉", "2010-04-08")] * 4]
    content = text_of(rows).replace("案號", "case").encode("big5")
    back = _given_back(content).decode("big5hkscs")
    assert _records(back)[1][:4] == list(rows[1])


def test_a_workbook_keeps_its_formats_and_runs_nothing() -> None:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["云岭县台账"])
    sheet.merge_cells("A1:M1")
    sheet.append(HEADINGS)
    sheet.append(UNDECIDED)
    sheet.append(BAD)
    sheet.append(["合计", "=SUM(H3:H4)"])
    sheet["H2"].font = Font(bold=True, color="FF0000")
    sheet["K2"].fill = PatternFill("solid", fgColor="DDDDDD")
    sheet["H3"].number_format = "#,##0.00"
    sheet.column_dimensions["A"].width = 33
    other = made.create_sheet("其他")
    other["A1"] = "=1+1"
    other["A2"] = "@SUM(1)"
    other["A3"] = "-12.5"
    made.defined_names["run"] = DefinedName("run", attr_text="cmd!A1")
    back = load_workbook(io.BytesIO(_given_back(saved(made))))
    table = back["Sheet"]
    assert [table.cell(number, 12).value for number in range(1, 4)] == [None, "导入检查", "正常"]
    assert str(table["L4"].value).startswith("错误：“当事人”")
    assert table["L5"].value == "不导入：合计行，不是案件"
    assert table["B4"].value == f"'{FORMULA}"
    assert table["B5"].value == "'=SUM(H3:H4)"
    assert (table["H2"].font.b, table["H3"].number_format, table.column_dimensions["A"].width) == (True, "#,##0.00", 33)
    assert table["L2"].fill.fgColor.rgb == table["K2"].fill.fgColor.rgb
    assert [back["其他"].cell(at, 1).value for at in (1, 2, 3)] == ["'=1+1", "'@SUM(1)", "-12.5"]
    assert not back.defined_names
    assert not any(cell.data_type == "f" for one in back.worksheets for row in one.iter_rows() for cell in row)


def test_a_large_workbook_is_given_back_without_its_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.adapters.casebooks.annotating.MOST_FORMATTED_CELLS", 10)
    content = xlsx_of(("台账",), HEADINGS, UNDECIDED, BAD, title="2010年")
    back = load_workbook(io.BytesIO(_given_back(content, "en")))
    rows = list(back["2010年"].iter_rows(min_row=2, values_only=True))
    assert rows[0] == (*HEADINGS, "Check before import")
    assert rows[1][-1] == "OK"
    assert rows[2][1] == f"'{FORMULA}"


def test_a_file_that_is_not_the_one_that_was_read_is_refused() -> None:
    sheet = read(csv_of(*ROWS))
    with pytest.raises(BookUnreadable):
        CasebookFiles().annotated(csv_of(*ROWS, encoding="gb18030"), "book", sheet, [], "en")


@pytest.mark.parametrize(
    "text", ["=1", "+cmd", "-cmd|x", "@SUM(1)", "\tx", "\rx", " =1", "＝1", "-1+A1", "'=1", "=", "+A1", "-@x"]
)
def test_what_a_spreadsheet_might_run(text: str) -> None:
    assert is_formula(text)
    assert harmless(text).startswith("'")
    assert harmless(harmless(text)) == harmless(text)


@pytest.mark.parametrize(
    "text", ["", "-12.50", "+86 138-0013-8000", "-", "--", "-1,234.5", "(-5)", "-5%", "a=1", "王伟", "12"]
)
def test_what_it_would_not(text: str) -> None:
    assert not is_formula(text)
    assert harmless(text) == text


def test_looking_for_formulas_takes_no_time() -> None:
    assert is_formula("\t" + " " * 200_000 + "x")
    assert not is_formula("-" * 200_000)
