"""Casebooks are read from the files that people have: any encoding, any delimiter, titles, totals, several sheets."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import psutil
import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from caseflow.adapters.casebooks import CasebookFiles
from caseflow.domain.casebook.headings import guess_columns, mapped_columns
from caseflow.domain.casebook.rows import Grade
from caseflow.services.ports.casebooks import BookUnreadable
from tests.bookfiles import (
    DECIDED,
    HEADINGS,
    PAID,
    ROWS,
    UNDECIDED,
    book,
    changed,
    csv_of,
    judged,
    read,
    saved,
    text_of,
    xlsx_of,
)

TRADITIONAL = ("案號", "當事人", "身分證號", "立案日期", "住址")
PERSON = ("雲計徵字(2010)0001號", "陳靜怡", "999000197808110018", "2010-04-08", "雲嶺縣第五鄉，二十四號")


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，", "|"])
@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-16"),
    ],
)
def test_every_encoding_and_delimiter_reads_as_the_same_rows(codec: str, shown: str, delimiter: str) -> None:
    sheet = read(csv_of(*ROWS, encoding=codec, delimiter=delimiter))
    assert (sheet.encoding, sheet.delimiter, sheet.encoding_sure) == (shown, delimiter, True)
    assert sheet.headings == HEADINGS
    assert [row.cells for row in sheet.rows] == list(ROWS)
    assert (sheet.heading_row, [row.number for row in sheet.rows]) == (1, [2, 3, 4])


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_can_be_chosen_with_and_without_its_mark(codec: str) -> None:
    assert [row.cells for row in read(csv_of(*ROWS, encoding=codec), encoding="utf-16").rows] == list(ROWS)


def test_gbk_of_an_old_office_is_read() -> None:
    rows = [[cell.replace("〔", "(").replace("〕", ")") for cell in row] for row in ROWS]
    assert [list(row.cells) for row in read(csv_of(*rows, encoding="gbk")).rows] == rows


def test_big5_is_told_from_gb18030_by_its_letters() -> None:
    sheet = read(text_of([TRADITIONAL, *[PERSON] * 5]).encode("big5"))
    assert sheet.encoding == "big5"
    assert sheet.rows[0].cells == PERSON


def test_big5_under_known_headings_is_sure() -> None:
    sheet = read(text_of([("姓名", "地址", "Case number"), ("陳靜怡", "雲嶺縣", "1")]).encode("big5"))
    assert (sheet.encoding, sheet.rows[0].cells[0]) == ("big5", "陳靜怡")


def test_english_headings_leave_the_encoding_open_and_it_can_be_chosen() -> None:
    content = text_of(
        [("Case number", "Person", "Filed"), *[(f"{at}", "王伟和李秀英", "2010-04-08") for at in range(9)]]
    )
    sheet = read(content.encode("gb18030"))
    assert (sheet.encoding, sheet.encoding_sure, sheet.rows[0].cells[1]) == ("gb18030", False, "王伟和李秀英")
    assert read(content.encode("gb18030"), encoding="big5").rows[0].cells[1] != "王伟和李秀英"
    with pytest.raises(BookUnreadable) as refused:
        read(content.encode("gb18030"), encoding="utf-8")
    assert refused.value.row == 2
    assert "choose another encoding" in refused.value.words.en
    with pytest.raises(BookUnreadable, match="Choose one of the encodings utf-8"):
        read(content.encode("gb18030"), encoding="rot13")


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_line_end_is_read(line_end: str) -> None:
    assert [row.cells for row in read(csv_of(*ROWS, line_end=line_end)).rows] == list(ROWS)


def test_a_line_break_in_quotation_marks_begins_no_row() -> None:
    sheet = read(csv_of(changed(UNDECIDED, 当事人="王伟\n（又名王维）"), DECIDED))
    assert [row.number for row in sheet.rows] == [2, 3]
    assert sheet.rows[0].cells[1] == "王伟\n（又名王维）"


def test_columns_in_another_order_and_english_headings_are_judged_alike() -> None:
    order = [10, 3, 5, 0, 2, 1, 4, 7, 6, 8, 9]
    names = {one.title.zh: one.title.en for one in book().columns.values()}
    english = [[names[HEADINGS[at]] for at in order], *[[row[at] for at in order] for row in ROWS]]
    wanted = [row.reported for row in judged(csv_of(*ROWS))]
    assert [row.reported for row in judged(text_of(english, ";").encode("utf-16"))] == wanted


def test_titles_totals_empty_rows_and_signatures_are_left_out_with_a_reason() -> None:
    content = text_of(
        [
            ("云岭县社会抚养费征收台账",),
            ("单位：元", "", "2010年度"),
            HEADINGS,
            UNDECIDED,
            (),
            DECIDED,
            ("小计", "", "", "", "", "", "", "24960.00"),
            HEADINGS,
            PAID,
            ("合 计", "3件", "", "", "", "", "", "49920.00", "8320.00"),
            ("制表人：赵磊", "", "审核人：黄勇"),
            (),
            (),
        ]
    ).encode()
    sheet = read(content)
    assert sheet.heading_row == 3
    assert [row.number for row in sheet.rows] == [4, 6, 9]
    assert {row: words.en for row, words in sheet.left_out.items()} == {
        1: "stands above the headings",
        2: "stands above the headings",
        5: "is empty",
        7: "is a total, not a case",
        8: "repeats the headings",
        10: "is a total, not a case",
        11: "is a note or signature below the table, not a case",
    }
    assert [row.grade for row in judged(content)] == [Grade.OK] * 3


@pytest.mark.parametrize("word", ["合计", "总计：", "Total", "TOTALS", "共计3件", "本页合计", "Grand total"])
def test_totals_are_known_in_both_languages(word: str) -> None:
    assert list(read(csv_of(UNDECIDED, ("", word))).left_out) == [3]


@pytest.mark.parametrize("case", ["合计征字〔2010〕1号", "共计1号案", "Total Clinic 1", "总计"])
def test_a_case_is_not_taken_for_a_total(case: str) -> None:
    row = changed(UNDECIDED, 案号="1", 当事人=case)
    assert read(csv_of(row)).left_out == {}


def test_unknown_headings_are_found_by_their_width_and_mapped() -> None:
    heads = ("卷宗", "谁", "日子")
    sheet = read(text_of([("台账",), heads, ("1", "王伟", "2010-04-08")]).encode())
    assert (sheet.headings, sheet.heading_row) == (heads, 2)
    told = {"case_number": "卷宗", "party_name": "谁", "filed_on": "日子"}
    assert mapped_columns(told, sheet.headings, book()) == {"case_number": 0, "party_name": 1, "filed_on": 2}


def test_rows_that_were_only_numbered_are_empty() -> None:
    content = text_of([("序号", *HEADINGS), ("1", *UNDECIDED), ("2", *[""] * 11), ("3", *[""] * 11)]).encode()
    sheet = read(content)
    assert [row.number for row in sheet.rows] == [2]
    assert [words.en for words in sheet.left_out.values()] == ["is empty", "is empty"]


def test_text_that_spreadsheets_write_as_a_formula_is_text() -> None:
    sheet = read(csv_of(PAID).replace(b"31000001", b'"=""31000001"""'))
    assert sheet.rows[0].cells[-1] == "31000001"


def test_a_workbook_with_merged_titles_dates_numbers_and_totals() -> None:
    made = Workbook()
    front = made.active
    assert front is not None
    front.title = "说明"
    front.append(["本工作簿由云岭县编制", "见下表"])
    sheet = made.create_sheet("2010年")
    sheet.append(["云岭县社会抚养费征收台账"])
    sheet.merge_cells("A1:K1")
    sheet.append(["单位：元"])
    sheet.append(HEADINGS)
    sheet.append(UNDECIDED)
    dated = [*DECIDED]
    dated[3:9] = [datetime(2009, 10, 12), date(2010, 4, 8), 40306, datetime(2010, 5, 12, 9, 30), 24960.0, 0.1 + 0.2]  # type: ignore[list-item] # noqa: DTZ001
    dated[9:] = ["2010-06-01", 31000001]  # type: ignore[list-item]
    sheet.append(dated)
    sheet.append([])
    sheet.append(["合计", None, None, None, None, None, None, "=SUM(H4:H5)"])
    sheet.merge_cells("A7:C7")
    content = saved(made)
    found = read(content)
    assert (found.sheet_name, found.sheet_names, found.heading_row) == ("2010年", ("说明", "2010年"), 3)
    assert [row.number for row in found.rows] == [4, 5]
    assert set(found.left_out) == {1, 2, 6, 7}
    assert found.rows[1].cells[3:] == (
        "2009-10-12", "2010-04-08", "40306", "2010-05-12 09:30:00", "24960", "0.3", "2010-06-01", "31000001",
    )  # fmt: skip
    undecided, decided = judged(content)
    assert (undecided.grade, decided.grade) == (Grade.OK, Grade.OK)
    assert decided.reported is not None
    assert decided.reported.dates["decided_on"] == date(2010, 5, 8)
    assert decided.reported.amounts_fen == {"assessed": 2_496_000, "paid": 30}
    assert decided.reported.words["receipt_no"] == "31000001"


def test_a_sheet_can_be_chosen_and_an_unknown_one_is_named() -> None:
    made = Workbook()
    first = made.active
    assert first is not None
    first.title = "2009年"
    for sheet in (first, made.create_sheet("2010年")):
        sheet.append(HEADINGS)
        sheet.append(changed(UNDECIDED, 案号=sheet.title))
    content = saved(made)
    assert read(content).sheet_name == "2009年"
    assert read(content, sheet="2010年").rows[0].cells[0] == "2010年"
    with pytest.raises(BookUnreadable, match="2009年、2010年"):
        read(content, sheet="2011年")


def test_an_identity_number_that_a_spreadsheet_cut_is_told() -> None:
    row = list(UNDECIDED)
    row[2] = 999000197808110018.0  # type: ignore[call-overload]
    found = judged(xlsx_of(HEADINGS, row))[0]
    assert found.findings[0].value == "999000197808110000"
    assert "cut off" in found.findings[0].words.en


def test_days_of_a_workbook_that_counts_from_1904_are_not_guessed() -> None:
    made = Workbook()
    made.epoch = CALENDAR_MAC_1904
    sheet = made.active
    assert sheet is not None
    sheet.append(HEADINGS)
    row: list[object] = [*UNDECIDED]
    row[4] = 38814
    sheet.append(row)
    found = read(saved(made))
    assert not found.serial_dates
    assert "spreadsheet counts days" in judged(saved(made))[0].findings[0].words.en


def test_a_workbook_that_lies_about_its_size_is_read_whole() -> None:
    content = xlsx_of(HEADINGS, *ROWS)
    changed_book = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(changed_book, "w") as new:
        for one in old.infolist():
            part = old.read(one)
            if one.filename.endswith("sheet1.xml"):
                assert b'<dimension ref="A1:K4"' in part
                part = part.replace(b'ref="A1:K4"', b'ref="A1:B2"')
            new.writestr(one.filename, part)
    assert [row.cells for row in read(changed_book.getvalue()).rows] == list(ROWS)


def test_fifty_thousand_rows_fit_into_memory() -> None:
    rows = [changed(PAID, 案号=f"云计征字〔2010〕{at:05}号", 票据号=f"{at}") for at in range(50_000)]
    content = csv_of(*rows, encoding="gb18030")
    process = psutil.Process()
    before = process.memory_info().rss
    sheet = read(content)
    most = process.memory_info().rss - before
    assert len(sheet.rows) == 50_000
    assert sheet.rows[-1].number == 50_001
    assert most < 120 * 1024 * 1024, most


@pytest.mark.parametrize(
    ("content", "row", "why"),
    [
        (b"", None, "is empty"),
        (b" \r\n\t", None, "is empty"),
        (b"one\ntwo\nthree\n", 1, "No row of headings"),
        (csv_of(), 1, "no case below the headings"),
        (csv_of(UNDECIDED) + '"云计征字,王伟\r\n'.encode(), 3, "quotation marks"),
        (csv_of(UNDECIDED) + '云计,"王"伟"\r\n'.encode(), 3, "quotation marks"),
        (csv_of(UNDECIDED, encoding="gb18030") + b"\xff\xff\r\n", 3, "choose another encoding"),
        (csv_of(UNDECIDED) + b"a\x01b,\r\n", 3, "stand in no text"),
        (csv_of(changed(UNDECIDED, 当事人="王" * 40_000)), 2, "40,000 characters"),
        (csv_of(UNDECIDED + ("x",) * 300), 2, "more than 200 columns"),
        (b"<html><table><tr><td>1</td></tr></table></html>", None, "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", None, "neither a workbook nor a text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, None, "old workbook"),
        (b"PK\x03\x04" + b"\0" * 100, None, "not a workbook"),
        (b"%PDF-1.7\n1 0 obj\n", 1, "No row of headings"),
    ],
)
def test_what_is_no_table_says_where_and_what_to_do(content: bytes, row: int | None, why: str) -> None:
    with pytest.raises(BookUnreadable) as refused:
        read(content)
    assert why in refused.value.words.en
    assert refused.value.row == row
    assert refused.value.words.zh


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.adapters.casebooks.tables.MOST_BOOK_ROWS", 100)
    assert len(read("案号,当事人\r\n".encode() + b"1,x\r\n" * 100).rows) == 100
    with pytest.raises(BookUnreadable, match="more than 100 cases: divide it") as refused:
        read("案号,当事人\r\n".encode() + b"1,x\r\n" * 101)
    assert refused.value.row == 102


def _package(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(HEADINGS, UNDECIDED))) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for one in old.infolist():
            new.writestr(one.filename, parts.pop(Path(one.filename).stem, old.read(one)))
        for name, part in parts.items():
            new.writestr(f"xl/{name}.bin", part)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (_package(vbaProject=b"x"), "macros"),
        (_package(sheet1=b"<sheetData>" + b" " * 300_000_000), "unpacks to far more"),
        (_package(sheet1=b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'), "not a workbook"),
        (_package(sheet1=b"<worksheet><sheetData><row"), "cannot be read as a table"),
        (_package(workbook=b"<x/>"), "not a workbook"),
    ],
)
def test_a_hostile_or_broken_workbook_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(BookUnreadable) as refused:
        read(content)
    assert why in refused.value.words.en


@pytest.mark.parametrize(
    "content",
    [b"case_number: \xe5\x8d\xb7\xe5\xae\x97\nserved_on:\n", '{"case_number": "卷宗", "served_on": null}'.encode()],
)
def test_a_mapping_is_read_from_yaml_and_json(content: bytes) -> None:
    assert CasebookFiles().mapping(content) == {"case_number": "卷宗", "served_on": ""}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a\n- b\n",
        b"a: [1]\n",
        b"a: b: c\n",
        b"\xff\xfe",
        b"1: a\n",
        b"a: b\na: c\n",
        b"[" * 5_000,
        b"x" * 70_000,
    ],
)
def test_what_is_no_mapping_is_refused(content: bytes) -> None:
    with pytest.raises(BookUnreadable) as refused:
        CasebookFiles().mapping(content)
    assert refused.value.words.zh


def test_columns_guessed_from_a_file_are_those_it_has() -> None:
    sheet = read(csv_of(*ROWS))
    assert [HEADINGS[at] for at in guess_columns(sheet.headings, book()).values()] == [
        book().columns[name].title.zh for name in guess_columns(sheet.headings, book())
    ]
