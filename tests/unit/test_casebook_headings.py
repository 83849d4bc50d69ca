"""Columns are known by their headings, in Chinese and English; what may be two things is not guessed."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from caseflow.domain.casebook.headings import (
    MappingRefused,
    columns_faults,
    guess_columns,
    known_headings,
    mapped_columns,
    plain_heading,
    unclear_columns,
    unit_fen_of,
)
from tests.bookfiles import HEADINGS, book

ENGLISH = (
    "Case No.",
    "Person",
    "ID Number",
    "Filing Date",
    "Decision Date",
    "Amount (yuan)",
    "Amount Paid",
    "Payment date",
)


def test_all_columns_are_known_by_their_own_names_in_any_order_and_both_languages() -> None:
    names = list(book().columns)
    random.Random(4).shuffle(names)
    for language in ("zh", "en"):
        headings = [book().columns[name].title.in_locale(language) for name in names]
        assert guess_columns(headings, book()) == {name: names.index(name) for name in book().columns}
        assert columns_faults(guess_columns(headings, book()), headings, book()) == ()


def test_every_other_name_of_a_column_is_known() -> None:
    for name, column in book().columns.items():
        for other in column.also:
            assert guess_columns(["备注", other.upper()], book()) == {name: 1}, other


def test_english_headings_are_known() -> None:
    assert list(guess_columns(ENGLISH, book())) == [
        "case_number", "party_name", "identity_no", "filed_on", "decided_on", "assessed", "paid", "paid_on",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    [
        "征收金额（元）",
        "征收金额(单位：元)",
        "征收金额［人民币元］",
        "征收\n金额",
        " 征 收 金 额 ：",
        "＊征收金额*",
        "Fee  ASSESSED (RMB)",
        "fee_assessed",
    ],
)
def test_a_heading_is_known_however_it_is_set(written: str) -> None:
    assert guess_columns(["案号", written], book())["assessed"] == 1


def test_what_brackets_change_is_not_overlooked() -> None:
    assert guess_columns(["案号", "已缴金额（含滞纳金）"], book()) == {"case_number": 0}
    assert plain_heading("行为日期（出生）") != plain_heading("行为日期")
    assert [unit_fen_of(text) for text in ("金额（万元）", "金额(千元)", "金额（元）", "金额", "金额（分）")] == [
        1_000_000, 100_000, 100, 100, 1,
    ]  # fmt: skip


def test_two_headings_for_one_column_are_told_and_not_guessed() -> None:
    headings = ["姓名", "名称", "案号", "立案日期"]
    assert "party_name" not in guess_columns(headings, book())
    assert unclear_columns(headings, book()) == {"party_name": (0, 1)}
    faults = columns_faults(guess_columns(headings, book()), headings, book())
    assert [one.column for one in faults] == ["party_name"]
    assert "“姓名”, “名称”" in faults[0].words.en
    assert "“姓名”、“名称”" in faults[0].words.zh


def test_the_name_of_a_column_counts_for_more_than_another_name() -> None:
    headings = ["编号", "案号", "当事人", "立案日期"]
    assert guess_columns(headings, book())["case_number"] == 1
    assert unclear_columns(headings, book()) == {}


def test_the_same_heading_twice_is_not_guessed() -> None:
    headings = ["案号", "当事人", "立案日期", "立案日期"]
    assert unclear_columns(headings, book()) == {"filed_on": (2, 3)}
    assert [one.column for one in columns_faults(guess_columns(headings, book()), headings, book())] == ["filed_on"]


def test_one_heading_of_two_columns_is_neither() -> None:
    columns = dict(book().columns)
    columns["paid"] = replace(columns["paid"], also=("金额",))
    columns["assessed"] = replace(columns["assessed"], also=("金额",))
    both = replace(book(), columns=columns)
    assert guess_columns(["案号", "金额"], both) == {"case_number": 0}
    assert unclear_columns(["案号", "金额"], both) == {"assessed": (1,), "paid": (1,)}


def test_a_mapping_corrects_the_guess() -> None:
    headings = ["流水", "卷宗号", "当事人", "立案日期", "送达日期"]
    told = {"case_number": "卷宗号", "served_on": ""}
    assert mapped_columns(told, headings, book()) == {"case_number": 1, "party_name": 2, "filed_on": 3}
    assert plain_heading("卷宗号") in known_headings(book(), told)


def test_a_mapping_takes_a_heading_away_from_the_column_that_was_guessed() -> None:
    headings = ["案号", "当事人", "立案日期", "决定日期"]
    columns = mapped_columns({"served_on": "决定日期"}, headings, book())
    assert columns["served_on"] == 3
    assert "decided_on" not in columns


def test_faults_of_a_mapping_are_named_with_what_to_do() -> None:
    told = {"colour": "案号", "case_number": "案件号码", "party_name": "日期"}
    with pytest.raises(MappingRefused) as refused:
        mapped_columns(told, ["案号", "日期", "日期"], book())
    assert [one.column for one in refused.value.faults] == ["colour", "case_number", "party_name"]
    no_column, no_heading, twice = (one.words for one in refused.value.faults)
    assert "it has case_number, party_name" in no_column.en
    assert "Did you mean “案号”?" in no_heading.en
    assert "2 columns “日期”" in twice.en


def test_a_column_missing_used_twice_or_out_of_the_file_is_a_fault() -> None:
    columns = {"case_number": 0, "party_name": 1, "decided_on": 1, "served_on": 99, "colour": 2}
    faults = {one.column: one.words for one in columns_faults(columns, HEADINGS, book())}
    assert list(faults) == ["decided_on", "served_on", "colour", "filed_on"]
    assert "“当事人” is used twice, as Person liable and as Decided on" in faults["decided_on"].en
    assert "立案日期" in faults["filed_on"].zh


def test_hostile_headings_take_no_time() -> None:
    headings = ["(" + " " * 32_000, "（" * 32_000, "案号"]
    assert guess_columns(headings, book()) == {"case_number": 2}
