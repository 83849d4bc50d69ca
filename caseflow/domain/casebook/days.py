"""Dates as people write them in a casebook: in figures, in Chinese, in words, and as Excel counts days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from caseflow.domain.words import Words

_EARLIEST: Final = 1949
_LATEST: Final = 2199
_FIGURES: Final = re.compile(r"(\d{4})(?:([-/.])(\d{1,2})\2(\d{1,2})|(\d{2})(\d{2}))", re.ASCII)
_CHINESE: Final = re.compile(
    r"([\d〇零○一二三四五六七八九]{4})年([\d元一二三四五六七八九十]{1,3})月([\d一二三四五六七八九十]{1,3})[日号號]?",
    re.ASCII,
)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ -]?([a-z]{3,9})\.?,?[ -]?(\d{4})", re.IGNORECASE | re.ASCII)
_MONTH_FIRST: Final = re.compile(r"([a-z]{3,9})\.? ?(\d{1,2})(?:st|nd|rd|th)?,? ?(\d{4})", re.IGNORECASE | re.ASCII)
# The time of day may follow; it does not count. A zone would, and is not read.
_TIME: Final = re.compile(
    r"(?:[T ]| ?(?=[上下]午))(?:[上下]午)? ?(?:[01]?\d|2[0-3])(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?: ?[ap]m)?"
    r"|[时時点點](?:[0-5]?\d分?)?(?:[0-5]?\d秒)?)",
    re.IGNORECASE,
)
_ROOM: Final = re.compile(r"\s*([-/.年月])\s*|\s+(?=[日号號])")
_SHORT_YEAR: Final = re.compile(r"'?\d{2}([-/.])\d{1,2}\1\d{1,2}|\d{2}年\d{1,2}月\d{1,2}[日号號]?")
_YEAR_LAST: Final = re.compile(r"\d{1,2}([-/.])\d{1,2}\1\d{4}")
_NO_DAY: Final = re.compile(r"\d{4}[-/.年]\d{1,2}月?|\d{4}年?")
_SERIAL: Final = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
# 1980 to 2099 in the days of a workbook that counts from 1900: numbers that mean nothing else in a column of dates.
_SERIALS: Final = range(29221, 73051)
_SERIAL_ZERO: Final = date(1899, 12, 30)
_LUNAR: Final = re.compile(r"[农農阴陰][历曆]|[正腊臘冬]月|初[一二三四五六七八九十]|[廿卅]")
_DIGITS: Final[Mapping[str, int]] = {char: at for at, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES: Final = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_LIKE_EN: Final = "write it like 2016-10-13"
_LIKE_ZH: Final = "请按2016-10-13的形式填写"


@lru_cache(maxsize=65_536)
def read_date(text: str, *, serials: bool = False) -> date | Words:
    """Return the day the text names, or what is wrong with it and how to mend it.

    Year first in figures (2016-10-13, 2016/1/3, 2016.10.13, 20161013), 2016年10月13日, 二〇一六年十月十三日, and
    13 Oct 2016; a time of day may follow. ``serials``: a whole number is a day as Excel counts them. A year of two
    figures, a date with the year last, and one of the lunar calendar could mean several days and are not read.
    """
    plain = _plain(text)
    parts = _parts(plain)
    if parts is None:
        return _serial(plain) if serials and _serial_day(plain) else _refusal(plain)
    year, month, day = parts
    try:
        found = date(year, month, day)
    except ValueError:
        return Words(
            f"there is no such day; look it up on the paper and {_LIKE_EN}",
            f"没有这一天，请核对原件后{_LIKE_ZH[1:]}",
        )
    if not _EARLIEST <= year <= _LATEST:
        return Words(f"the year {year} cannot be right; look it up on the paper", f"年份{year}不可信，请核对原件")
    return found


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = _ROOM.sub(r"\1", plain) if " " in plain else plain
    return _without_time(plain)


def _without_time(plain: str) -> str:
    found = next((one for one in _TIME.finditer(plain) if one.end() == len(plain)), None)
    return plain[: found.start()].rstrip() if found and found.start() >= len("20161013") else plain


def _parts(plain: str) -> tuple[int, int, int] | None:
    """Return year, month and day as written, whether or not there is such a day."""
    if (found := _FIGURES.fullmatch(plain)) is not None:
        year, _, month, day, packed_month, packed_day = found.groups()
        return int(year), int(month or packed_month), int(day or packed_day)
    if (found := _CHINESE.fullmatch(plain)) is not None:
        year_text, month_text, day_text = found.groups()
        year = int("".join(str(_DIGITS.get(char, char)) for char in year_text))
        month_no, day_no = _count("一" if month_text == "元" else month_text), _count(day_text)
        return None if month_no is None or day_no is None else (year, month_no, day_no)
    if (found := _DAY_FIRST.fullmatch(plain)) is not None:
        return _named(found[3], found[2], found[1])
    if (found := _MONTH_FIRST.fullmatch(plain)) is not None:
        return _named(found[3], found[1], found[2])
    return None


def _named(year: str, month: str, day: str) -> tuple[int, int, int] | None:
    name = month.casefold()
    if name in _MONTH_NAMES:
        return int(year), _MONTH_NAMES.index(name) + 1, int(day)
    return (int(year), _MONTHS.index(name) + 1, int(day)) if name in _MONTHS else None


def _count(text: str) -> int | None:
    """Return a number up to 99 in figures or in Chinese (十, 十三, 二十, 三十一); None for anything else."""
    if text.isdecimal():
        return int(text) if len(text) <= len("31") else None
    tens, ten, ones = text.partition("十")
    if any(char not in _DIGITS or not _DIGITS[char] for char in tens + ones) or len(tens) > 1 or len(ones) > 1:
        return None
    if not ten:
        return _DIGITS[tens]
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


def _serial_day(plain: str) -> bool:
    found = _SERIAL.fullmatch(plain)
    return found is not None and int(found[1]) in _SERIALS


def _serial(plain: str) -> date:
    return _SERIAL_ZERO + timedelta(days=int(plain[: len("42656")]))


def _refusal(plain: str) -> Words:
    if _SHORT_YEAR.fullmatch(plain):
        return Words(f"the year needs four figures; {_LIKE_EN}", f"年份须为四位数，{_LIKE_ZH}")
    if _YEAR_LAST.fullmatch(plain):
        return Words(
            f"day and month cannot be told apart; put the year first, {_LIKE_EN}",
            f"无法分辨日和月，请把年份写在前面，{_LIKE_ZH[1:]}",
        )
    if _LUNAR.search(plain):
        return Words(
            f"a date of the lunar calendar; give the day of the common calendar, {_LIKE_EN}",
            f"是农历日期，请换算为公历，{_LIKE_ZH[1:]}",
        )
    if _serial_day(plain):
        return Words(
            f"this looks like the number a spreadsheet counts days by; format the column as a date, {_LIKE_EN}",
            f"像是电子表格的日期序号：请把该列设为日期格式，{_LIKE_ZH[1:]}",
        )
    if _NO_DAY.fullmatch(plain):
        return Words(
            f"names no day; look it up on the paper and {_LIKE_EN}", f"没有写明具体日期，请核对原件后{_LIKE_ZH[1:]}"
        )
    return Words(f"not a date that can be read; {_LIKE_EN}", f"不是可以识别的日期，{_LIKE_ZH}")
