"""Dates as casebooks write them: every written form reads back as its day, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseflow.domain.casebook.days import read_date
from caseflow.domain.words import Words

_CHINESE = "〇一二三四五六七八九"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WIDE = str.maketrans("0123456789-/.:", "０１２３４５６７８９－／．：")


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else _CHINESE[tens]) + "十" if tens else "") + (_CHINESE[ones] if ones else "")


def _in_chinese(day: date) -> str:
    year = "".join(_CHINESE[int(figure)] for figure in str(day.year))
    return f"{year}年{_numeral(day.month)}月{_numeral(day.day)}日"


FORMS: dict[str, Callable[[date], str]] = {
    "iso": date.isoformat,
    "slashes": lambda day: f"{day.year}/{day.month}/{day.day}",
    "points": lambda day: f"{day.year}.{day.month:02}.{day.day:02}",
    "packed": lambda day: f"{day:%Y%m%d}",
    "figures": lambda day: f"{day.year}年{day.month}月{day.day}日",
    "no last sign": lambda day: f"{day.year}年{day.month}月{day.day}",
    "day called hao": lambda day: f"{day.year}年{day.month:02}月{day.day:02}号",
    "chinese": _in_chinese,
    "zero as ling": lambda day: _in_chinese(day).replace("〇", "零"),
    "zero as ring": lambda day: _in_chinese(day).replace("〇", "○"),
    "wide": lambda day: day.isoformat().translate(_WIDE),
    "spaced": lambda day: f" {day.year} 年 {day.month} 月 {day.day} 日 ",
    "time": lambda day: f"{day.isoformat()} 08:30",
    "seconds": lambda day: f"{day.isoformat()}T23:59:59.000",
    "time in Chinese": lambda day: f"{day.year}年{day.month}月{day.day}日 上午8时30分",
    "day first in words": lambda day: f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
    "month first in words": lambda day: f"{day:%B} {day.day}, {day.year}",
}
DAYS = st.dates(date(1949, 1, 1), date(2199, 12, 31))


@pytest.mark.parametrize("form", FORMS)
@given(day=DAYS)
@settings(max_examples=50)
def test_every_written_form_reads_back_as_its_day(form: str, day: date) -> None:
    assert read_date(FORMS[form](day)) == day


@given(day=st.dates(date(1980, 1, 2), date(2099, 12, 30)), hour=st.sampled_from(["", ".5", ".999"]))
def test_a_number_is_a_day_only_where_excel_counts_days(day: date, hour: str) -> None:
    serial = f"{(day - date(1899, 12, 30)).days}{hour}"
    assert read_date(serial, serials=True) == day
    refused = read_date(serial)
    assert isinstance(refused, Words)
    assert "spreadsheet counts days" in refused.en


@given(year=st.integers(1949, 2199), month=st.integers(0, 99), day=st.integers(0, 99))
def test_a_day_that_does_not_exist_is_never_another_day(year: int, month: int, day: int) -> None:
    try:
        wanted: date | None = date(year, month, day)
    except ValueError:
        wanted = None
    for text in (f"{year}-{month:02}-{day:02}", f"{year}{month:02}{day:02}", f"{year}年{month}月{day}日"):
        found = read_date(text)
        assert (found if isinstance(found, date) else None) == wanted


@given(st.text(max_size=40))
def test_any_text_is_a_day_or_a_reason(text: str) -> None:
    found = read_date(text)
    assert isinstance(found, date) or (found.en and found.zh)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("16.10.13", "four figures"),
        ("16-10-13", "four figures"),
        ("16年10月13日", "four figures"),
        ("13/10/2016", "year first"),
        ("10.13.2016", "year first"),
        ("2012-02-30", "no such day"),
        ("二〇一二年二月三十日", "no such day"),
        ("2016年10月", "names no day"),
        ("2016", "names no day"),
        ("二〇一六年腊月初八", "lunar"),
        ("农历八月十五", "lunar"),
        ("1016-10-13", "year 1016"),
        ("2016-10/13", "not a date"),
        ("2016-10-13Z", "not a date"),
        ("2016-10-13T00:00:00+00:00", "not a date"),
        ("2016-10-13 25:00", "not a date"),
        ("2016-10-13至2016-11-01", "not a date"),
        ("约2016-10-13", "not a date"),
        ("٢٠١٦-١٠-١٣", "not a date"),
        ("未送达", "not a date"),
    ],
)
def test_what_may_be_another_day_is_refused_with_what_to_do(text: str, why: str) -> None:
    for serials in (False, True):
        found = read_date(text, serials=serials)
        assert isinstance(found, Words)
        assert why in found.en
        assert "原件" in found.zh or "2016-10-13" in found.zh


def test_days_of_excel_begin_where_excel_says() -> None:
    assert read_date("42656", serials=True) == date(1899, 12, 30) + timedelta(days=42656) == date(2016, 10, 13)
    assert isinstance(read_date("20161", serials=True), Words)  # 2016-1-?, not a day of 1955
