"""Sums as casebooks write them: exact in every written form, and refused where they are not."""

from __future__ import annotations

from collections.abc import Callable

import cn2an
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caseflow.domain.casebook.sums import read_sum
from caseflow.domain.words import Words

_WIDE = str.maketrans("0123456789,.", "０１２３４５６７８９，．")


def _plain(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _grouped(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02}"


def _ten_thousands(fen: int) -> str:
    return f"{fen // 1_000_000}.{fen % 1_000_000:06}".rstrip("0").rstrip(".") + "万元"


FORMS: dict[str, Callable[[int], str]] = {
    "plain": _plain,
    "grouped": _grouped,
    "with yuan": lambda fen: f"{_plain(fen)}元",
    "half-width sign": lambda fen: f"¥{_grouped(fen)}",
    "full-width sign": lambda fen: f"￥ {_plain(fen)}",
    "rmb before": lambda fen: f"RMB {_grouped(fen)}",
    "rmb after": lambda fen: f"{_plain(fen)} CNY",
    "renminbi": lambda fen: f"人民币{_plain(fen)}元",
    "wide": lambda fen: _grouped(fen).translate(_WIDE),
    "spaced": lambda fen: f" {_plain(fen)} 元 ",
    "groups of spaces": lambda fen: _grouped(fen).replace(",", " "),
    "ten thousands": _ten_thousands,
    "yuan, jiao, fen": lambda fen: f"{fen // 100}元{fen // 10 % 10}角{fen % 10}分",
    "financial": lambda fen: cn2an.an2cn(_plain(fen), "rmb"),
    "financial, renminbi": lambda fen: "人民币" + cn2an.an2cn(_plain(fen), "rmb"),
    "financial, round yuan": lambda fen: cn2an.an2cn(_plain(fen), "rmb").replace("元", "圆"),
    "everyday": lambda fen: cn2an.an2cn(fen // 100, "low") + f"元{_jiao(fen)}",
}


def _jiao(fen: int) -> str:
    numerals = "零一二三四五六七八九"
    jiao, rest = fen // 10 % 10, fen % 10
    return (f"{numerals[jiao]}角" if jiao else "零" if rest else "") + (f"{numerals[rest]}分" if rest else "")


@pytest.mark.parametrize("form", FORMS)
@given(fen=st.integers(100, 99_999_999_999))
@example(3_200_000)
@example(1_000_500)
@example(10_000_000)
@example(1_500_000_003)
@example(100)
@settings(max_examples=50)
def test_every_written_form_reads_back_to_the_fen(form: str, fen: int) -> None:
    assert read_sum(FORMS[form](fen)) == fen


@given(st.text(alphabet="零一二三四五六七八九十百千万亿两壹贰叁拾佰仟元角分整", max_size=12))
def test_numerals_that_are_read_are_what_the_library_reads(text: str) -> None:
    found = read_sum(text)
    if isinstance(found, int) and found % 100 == 0 and not {"角", "分"} & set(text):
        plain = text.removesuffix("整").removesuffix("元").lstrip("零")
        if plain:
            # It is more tolerant than we are; where we do read, it must agree.
            assert cn2an.cn2an(plain, "smart") * 100 == found


@given(st.text(max_size=40))
def test_any_text_is_a_sum_or_a_reason(text: str) -> None:
    found = read_sum(text)
    assert (isinstance(found, int) and found >= 0) or (isinstance(found, Words) and found.en and found.zh)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("三万余元", "no exact sum"),
        ("约30000", "no exact sum"),
        ("30000元左右", "no exact sum"),
        ("三万多", "no exact sum"),
        ("十几万", "no exact sum"),
        ("1000-2000", "range"),
        ("1000至2000元", "range"),
        ("1000～2000", "range"),
        ("-100", "below zero"),
        ("－100元", "below zero"),
        ("(100.00)", "below zero"),
        ("1.234", "two decimals"),
        ("15750.250", "two decimals"),
        ("三万二", "not an amount"),
        ("三千五", "not an amount"),
        ("一二三", "not an amount"),
        ("百元", "not an amount"),
        ("1,5750.25", "not an amount"),
        ("15,75", "not an amount"),
        ("1 5750", "not an amount"),
        ("15.750,25", "not an amount"),
        ("1e5", "not an amount"),
        ("$100", "not an amount"),
        ("+5", "not an amount"),
        ("未缴", "not an amount"),
        ("1.23456789万元", "not an amount"),
        ("9" * 30, "not an amount"),
    ],
)
def test_what_is_no_exact_sum_is_refused_with_what_to_do(text: str, why: str) -> None:
    found = read_sum(text)
    assert isinstance(found, Words)
    assert why in found.en
    assert "15750.25" in found.zh


def test_the_unit_of_the_heading_counts_for_bare_numbers_only() -> None:
    ten_thousand = 1_000_000
    assert read_sum("1.5", unit_fen=ten_thousand) == 1_500_000
    assert read_sum("1,234.5678", unit_fen=ten_thousand) == 1_234_567_800
    assert read_sum("15000元", unit_fen=ten_thousand) == 1_500_000
    assert read_sum("1.5万元", unit_fen=ten_thousand) == 1_500_000
    assert isinstance(read_sum("1.0000001", unit_fen=ten_thousand), Words)  # a tenth of a fen
    assert read_sum("1575025", unit_fen=1) == 1_575_025
