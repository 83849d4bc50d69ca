"""Rows of an old casebook are judged against themselves, one another, the office and the law."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from caseflow.domain.casebook.headings import guess_columns
from caseflow.domain.casebook.judging import content_text, numbers_in
from caseflow.domain.casebook.rows import Grade, JudgedRow, ReportedRow
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
    rules,
    text_of,
    xlsx_of,
)

CASEBOOK = Path(__file__).resolve().parents[3] / "shared" / "data" / "casebook"


class Office:
    """What an office has already."""

    def __init__(self, *rows: JudgedRow, receipts: dict[str, str] | None = None) -> None:
        self._texts = {row.case_number: content_text(row.reported) for row in rows if row.reported}
        self._receipts = receipts or {}

    def case_of(self, number: str) -> str | None:
        return number if number in self._texts else None

    def is_same(self, reported: ReportedRow) -> bool:
        return self._texts[reported.case_number] == content_text(reported)

    def receipt_of(self, number: str) -> str | None:
        return self._receipts.get(number)


def _only(*rows: Any, **told: Any) -> JudgedRow:
    return judged(csv_of(*rows), **told)[-1]


def _told(row: JudgedRow) -> list[tuple[str, str]]:
    return [(one.heading, one.words.en) for one in row.findings]


def test_exactly_the_rows_of_the_key_are_flagged_each_at_its_field() -> None:
    key = json.loads((CASEBOOK / "key.json").read_text(encoding="utf-8"))
    rows = judged((CASEBOOK / "casebook.csv").read_bytes())
    flagged = {row.number: [one.heading for one in row.findings] for row in rows if row.findings}
    assert flagged == {one["row"]: [one["field"]] for one in key["rows"] if not one["ok"]}
    assert {row.number for row in rows if row.grade != Grade.OK} == set(flagged)
    good = [row.reported for row in rows if row.reported]
    for name in ("assessed", "paid"):
        wanted = sum(one[f"{name}_fen"] for one in key["rows"] if one["ok"])
        assert sum(row.amounts_fen.get(name, 0) for row in good) == wanted
    assert [row.number for row in rows] == [one["row"] for one in key["rows"]]


def test_good_rows_are_read() -> None:
    undecided, decided, paid = judged(csv_of(*ROWS))
    assert [row.grade for row in (undecided, decided, paid)] == [Grade.OK] * 3
    assert paid.reported == ReportedRow(
        case_number=PAID[0],
        party_kind="person_liable",
        party_name="张敏",
        identity_no="999000196809250034",
        address="",
        dates={
            "act_date": date(2009, 10, 12),
            "filed_on": date(2010, 4, 8),
            "decided_on": date(2010, 5, 8),
            "served_on": date(2010, 5, 12),
            "paid_on": date(2010, 6, 1),
        },
        amounts_fen={"assessed": 2_496_000, "paid": 832_000},
        words={"receipt_no": "31000001"},
    )
    assert undecided.reported is not None
    assert undecided.reported.amounts_fen == {}


@pytest.mark.parametrize(
    ("row", "heading", "why"),
    [
        (changed(UNDECIDED, 案号=""), "案号", "every row needs it"),
        (changed(UNDECIDED, 案号="无"), "案号", "every row needs it"),
        (changed(UNDECIDED, 案号="---."), "案号", "no number"),
        (changed(UNDECIDED, 案号="一" * 101), "案号", "longer than 100"),
        (changed(UNDECIDED, 当事人=" "), "当事人", "every row needs it"),
        (changed(UNDECIDED, 当事人="12345"), "当事人", "names nobody"),
        (changed(UNDECIDED, 当事人="不详"), "当事人", "names nobody"),
        (changed(UNDECIDED, 当事人="王\u202e伟"), "当事人", "cannot be printed"),
        (changed(UNDECIDED, 身份证号="999000197808110019"), "身份证号", "check character"),
        (changed(UNDECIDED, 行为日期="2012-02-30"), "行为日期", "no such day"),
        (changed(UNDECIDED, 立案日期="2009-10-11"), "立案日期", "before “行为日期” (2009-10-12)"),
        (changed(UNDECIDED, 立案日期="2026-11-27"), "立案日期", "still to come"),
        (changed(DECIDED, 决定日期=""), "决定日期", "though “送达日期”, “征收金额” cannot stand without it"),
        (changed(DECIDED, 决定日期="", 送达日期="2010-04-07"), "送达日期", "before “立案日期” (2010-04-08)"),
        (changed(DECIDED, 征收金额=""), "征收金额", "though “决定日期” cannot stand without it"),
        (changed(DECIDED, 征收金额="0.00"), "征收金额", "though “决定日期” cannot stand without it"),
        (changed(DECIDED, 征收金额="三万余元"), "征收金额", "no exact sum"),
        (changed(PAID, 已缴金额="24960.01"), "已缴金额", "24,960.01 yuan are more than “征收金额” (24,960.00)"),
        (changed(PAID, 缴款日期=""), "缴款日期", "though “已缴金额” cannot stand without it"),
        (changed(PAID, 缴款日期="2010-05-07"), "缴款日期", "before “决定日期”"),
        (changed(PAID, 票据号="31000001、31000002"), "票据号", "several numbers"),
        (changed(PAID, 票据号="31000001-31000003"), "票据号", "several numbers"),
        (changed(PAID, 征收金额="1000000000000000"), "征收金额", "too large"),
        (changed(UNDECIDED, 案号="<b>7</b>"), "案号", "stand in no number"),
        (changed(DECIDED, 征收金额="0"), "征收金额", "zero, though"),
        (changed(PAID, 票据号="=1+1"), "票据号", "a formula"),
    ],
)
def test_what_is_wrong_is_said_at_the_heading_of_the_file(row: tuple[str, ...], heading: str, why: str) -> None:
    found = _only(row)
    assert found.grade == Grade.ERROR
    assert found.reported is None
    told = {one.heading: one for one in found.findings}
    assert heading in told, _told(found)
    assert why in told[heading].words.en
    for one in found.findings:
        assert one.words.en.startswith(f"“{one.heading}”: ")
        assert one.words.zh.startswith(f"“{one.heading}”：")
        assert one.column in book().columns
        assert one.value == dict(zip(HEADINGS, row, strict=True))[one.heading].strip() or "\u202e" in row[1]


def test_a_paid_sum_of_zero_is_no_payment() -> None:
    found = _only(changed(DECIDED, 已缴金额="0.00"))
    assert found.grade == Grade.OK
    assert found.reported is not None
    assert found.reported.amounts_fen == {"assessed": 2_496_000}


def test_an_apostrophe_that_says_text_is_not_part_of_it() -> None:
    found = judged(csv_of(PAID, tuple(f"'{cell}" if cell else "" for cell in DECIDED)))[1]
    assert found.reported == judged(csv_of(DECIDED))[0].reported
    assert found.case_number == DECIDED[0]


def test_a_sum_that_nobody_was_ever_levied_is_to_be_looked_at() -> None:
    found = _only(changed(DECIDED, 征收金额="九千九百九十九亿元"))
    assert [(one.heading, one.grade) for one in found.findings] == [("征收金额", Grade.WARNING)]
    assert _only(changed(DECIDED, 征收金额="100000000")).grade == Grade.OK
    assert _only(changed(PAID, 票据号="2017-31000001")).grade == Grade.OK


def test_two_spellings_of_one_number_of_the_regime_are_one_case() -> None:
    rows = judged(
        csv_of(UNDECIDED, changed(DECIDED, 案号="云计征字(2010)1号"), changed(DECIDED, 案号="YL-SF-2010-0001"))
    )
    assert [row.grade for row in rows] == [Grade.OK, Grade.ERROR, Grade.ERROR]
    assert "row 2 (云计征字〔2010〕0001号) would get the same number YL-SF-2010-0001" in rows[2].findings[0].words.en


def test_a_book_in_traditional_characters_is_known_by_its_headings() -> None:
    traditional = (
        "案號",
        "當事人",
        "身分證號",
        "行為日期",
        "立案日期",
        "決定日期",
        "送達日期",
        "徵收金額",
        "已繳金額",
        "繳款日期",
        "票據號",
    )
    for encoding in ("big5", "utf-8"):
        table = read(
            text_of(
                [
                    traditional,
                    *[
                        tuple(c.replace("〔", "(").replace("〕", ")") for c in r)
                        for r in [changed(PAID, 案号="(2010)1", 当事人="張敏")]
                    ],
                ]
            ).encode(encoding)
        )
        assert guess_columns(table.headings, book()) == guess_columns(HEADINGS, book())


def test_an_unreadable_date_says_nothing_about_the_others() -> None:
    assert _told(_only(changed(DECIDED, 行为日期="2012-02-30")))[0][0] == "行为日期"
    assert len(_only(changed(DECIDED, 决定日期="2061-05-08")).findings) == 1


def test_only_the_second_of_two_is_flagged_and_names_the_first() -> None:
    again = changed(DECIDED, 案号="云计征字(2010)0001号 ")
    rows = judged(csv_of(UNDECIDED, again, PAID, changed(PAID, 案号="云计征字〔2010〕0009号")))
    assert [row.grade for row in rows] == [Grade.OK, Grade.ERROR, Grade.OK, Grade.ERROR]
    assert "row 2 has the same number" in rows[1].findings[0].words.en
    assert "第4行" in rows[3].findings[0].words.zh
    assert rows[3].findings[0].heading == "票据号"


def test_a_decision_that_no_law_supported_any_more_is_taken_over_with_words_that_name_the_repealing_act() -> None:
    late = _only(
        changed(DECIDED, 行为日期="2020-10-12", 立案日期="2021-01-05", 决定日期="2021-08-20", 送达日期="2021-09-01")
    )
    assert [(one.heading, one.grade) for one in late.findings] == [("决定日期", Grade.WARNING)]
    assert late.reported is not None
    assert "repealed from 2021-08-20" in late.findings[0].words.en
    assert "人口与计划生育法" in late.findings[0].words.zh
    for told, words in (("so that it can be put right", "en"), ("refund finder", "en"), ("以便纠正", "zh")):
        assert told in getattr(late.findings[0].words, words)
    last = changed(DECIDED, 行为日期="2020-10-12", 立案日期="2021-01-05", 决定日期="2021-08-19", 送达日期="2021-09-01")
    assert _only(last).grade == Grade.OK


def test_an_act_that_may_not_be_levied_is_told_at_its_own_date() -> None:
    row = _only(
        changed(DECIDED, 行为日期="2021-06-01", 立案日期="2021-06-02", 决定日期="2021-08-01", 送达日期="2021-08-02")
    )
    assert [(one.heading, one.grade) for one in row.findings] == [("行为日期", Grade.WARNING)]
    assert row.reported is not None
    assert "2021-05-31" in row.findings[0].words.en


def test_a_decision_before_any_law_on_file_stays_at_fault() -> None:
    dates = {"行为日期": "1999-02-01", "立案日期": "1999-03-01", "决定日期": "2000-05-01", "送达日期": "2000-05-09"}
    early = _only(changed(DECIDED, **dates))
    assert [(one.heading, one.grade) for one in early.findings] == [("决定日期", Grade.ERROR)]
    assert "The rule begins on 2002-09-01" in early.findings[0].words.en


def test_a_case_only_filed_after_the_law_had_ended_is_taken_over() -> None:
    assert _only(changed(UNDECIDED, 立案日期="2021-11-09")).grade == Grade.OK


def test_rows_the_office_has_already_are_ok_and_add_nothing() -> None:
    first = judged(csv_of(*ROWS))
    reordered = csv_of(*(changed(row, 行为日期="2009年10月12日") for row in ROWS), delimiter=";", encoding="gb18030")
    again = judged(reordered, known=Office(*first, receipts={"31000001": PAID[0]}))
    assert [(row.grade, row.known) for row in again] == [(Grade.OK, True)] * 3


def test_a_case_of_the_office_that_says_otherwise_is_an_error() -> None:
    first = judged(csv_of(*ROWS))
    found = _only(changed(UNDECIDED, 当事人="王维"), known=Office(*first))
    assert (found.grade, found.known) == (Grade.ERROR, False)
    assert found.findings[0].heading == "案号"


def test_a_receipt_of_the_office_is_an_error_that_names_its_case() -> None:
    found = _only(PAID, known=Office(receipts={"31000001": "云计征字〔2009〕0007号"}))
    assert _told(found)[0][0] == "票据号"
    assert "云计征字〔2009〕0007号" in _told(found)[0][1]


def test_the_numbers_to_ask_the_office_about_are_those_of_the_file() -> None:
    sheet = read(csv_of(*ROWS))
    numbers = numbers_in(sheet, guess_columns(sheet.headings, book()), rules())
    assert numbers.cases == {row[0] for row in ROWS}
    assert numbers.receipts == {"31000001"}


def test_a_formula_in_a_column_nobody_reads_is_an_error_without_its_text() -> None:
    content = text_of([(*HEADINGS, "备注"), (*UNDECIDED, "=cmd|'/C calc'!A0"), (*DECIDED, "-12.5")]).encode()
    rows = judged(content)
    assert [row.grade for row in rows] == [Grade.ERROR, Grade.OK]
    assert [(one.column, one.heading, one.value) for one in rows[0].findings] == [("", "备注", "")]


def test_what_a_workbook_reckons_beside_the_table_is_its_own_affair() -> None:
    rows = judged(xlsx_of(("序号", *HEADINGS), ("=ROW()-1", *UNDECIDED), ("=ROW()-1", *DECIDED)))
    assert [row.grade for row in rows] == [Grade.OK, Grade.OK]
    found = judged(xlsx_of(HEADINGS, changed(UNDECIDED, 当事人="=B1")))[0]
    assert [(one.heading, one.value) for one in found.findings] == [("当事人", "=B1")]


def test_a_row_with_more_cells_than_headings_is_one_error() -> None:
    content = csv_of(DECIDED).replace(b"24960.00,,,", b"24,960.00,,,1,")
    found = judged(content)[0]
    assert len(found.findings) == 1
    assert "12 cells under 11 headings" in found.findings[0].words.en


def test_a_missing_column_that_is_needed_is_named_by_its_title() -> None:
    without = [[cell for at, cell in enumerate(row) if HEADINGS[at] != "缴款日期"] for row in (HEADINGS, PAID)]
    found = judged(text_of(without).encode())[0]
    assert [one.heading for one in found.findings] == ["缴款日期"]


def test_choices_are_known_however_they_are_written() -> None:
    heads = (*HEADINGS, "申请法院日期", "裁定")
    ways = ("准予执行", "裁定准予执行。", " Granted ", "驳回", "另行处理")
    rows = [(*changed(DECIDED, 案号=f"案{at}"), "2011-01-02", way) for at, way in enumerate(ways)]
    found = judged(text_of([heads, *rows]).encode())
    assert [row.reported and row.reported.words.get("ruling") for row in found] == [
        "allowed", "allowed", "allowed", "refused", None,
    ]  # fmt: skip
    assert "准予执行" in found[-1].findings[0].words.zh


def test_every_finding_says_so_in_both_languages() -> None:
    rows = judged((CASEBOOK / "casebook.csv").read_bytes())
    words = Counter(
        bool(one.words.en and one.words.zh and one.words.en != one.words.zh) for row in rows for one in row.findings
    )
    assert words == {True: 37}
