"""Sums of money as people write them in a casebook, in fen and exactly; never a guess."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from caseflow.domain.bank import read_amount
from caseflow.domain.words import Words

_SIMPLE: Final = re.compile(r"\d{1,12}(?:\.(\d{1,2}))?", re.ASCII)
_BEFORE: Final = re.compile(r"(?:人民币|人民幣|rmb|cny|¥|:|\s)+", re.IGNORECASE)
_AFTER: Final = re.compile(r"(?:\s|yuan|rmb|cny|人民币|[元圆圓][整正]?|(?<=[角分])[整正])+$", re.IGNORECASE)
_SPACED: Final = re.compile(r"\d{1,3}(?: \d{3})+(?:\.\d{1,2})?", re.ASCII)
_SCALED: Final = re.compile(r"((?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?) ?([千万萬亿億])", re.ASCII)
_MIXED: Final = re.compile(r"(\d+)[元圆圓](?:(\d)角)?(?:零?(\d)分)?[整正]?", re.ASCII)
_SCALES: Final[Mapping[str, int]] = {"千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_VAGUE: Final = re.compile(
    r"[余餘约約多近几幾数數超逾]|左右|以[上下内]|不足|大概|大约|about|approx|circa|ca\.", re.IGNORECASE
)
_RANGE: Final = re.compile(r"\d\s*(?:-|~|--|—|–|至|到|to)\s*\d")
_NEGATIVE: Final = re.compile(r"-.*\d|\(\s*[\d,.]+\s*\)|[负負].*")
_DECIMALS: Final = re.compile(r"[\d,]*\.\d{3,}")
_NUMERALS: Final[Mapping[str, str]] = dict(
    zip(
        "壹贰貳弍叁參参肆伍陆陸柒捌玖拾佰仟萬圆圓億〇○两兩",
        "一二二二三三三四五六六七八九十百千万元元亿零零二二",
        strict=True,
    )
)
_CHINESE: Final = re.compile(
    r"(?:([零一二三四五六七八九十百千万亿]+)元)?(?:零?([一二三四五六七八九])角)?(?:零?([一二三四五六七八九])分)?[整正]?"
)
_DIGITS: Final[Mapping[str, int]] = {char: at for at, char in enumerate("零一二三四五六七八九")}
_UNITS: Final[Mapping[str, int]] = {"十": 10, "百": 100, "千": 1000}
_HIGHEST_FEN: Final = 10**15
_LONG: Final = re.compile(r"[1-9][\d,]{13,}(?:\.\d*)?", re.ASCII)

_LIKE_EN: Final = "write the exact sum in yuan, like 15750.25"
_LIKE_ZH: Final = "请填写准确金额（元），如15750.25"
_TOO_LARGE: Final = Words(
    f"too large, so not an amount that anybody owes; look it up on the paper and {_LIKE_EN}",
    f"金额过大，不可能属实，请核对原件后{_LIKE_ZH[1:]}",
)


@lru_cache(maxsize=65_536)
def read_sum(text: str, *, unit_fen: int = 100) -> int | Words:
    """Return a sum in fen, or what is wrong with it and how to mend it.

    Written as 15,750.25 with or without ¥, RMB or 元, as 1.5万元, or in Chinese numerals (叁万贰仟元整). ``unit_fen``
    is the unit the heading names (yuan: 100, 万元: 1,000,000) and counts for bare numbers only. A sum below zero, a
    range, one that says "about" or "more than", and one with parts of a fen are not read.
    """
    found = _SIMPLE.fullmatch(text)
    if found is not None and unit_fen == 100:  # noqa: PLR2004 - yuan, the plain case, which most cells are
        whole, _, part = text.partition(".")
        return int(whole) * 100 + int(part.ljust(2, "0") or 0)
    plain = unicodedata.normalize("NFKC", text).strip()
    bare = _AFTER.sub("", _BEFORE.sub("", plain, count=1)) if _BEFORE.match(plain) else _AFTER.sub("", plain)
    fen = _fen(plain, bare, unit_fen if bare == plain else 100)
    if (fen is not None and fen > _HIGHEST_FEN) or _LONG.fullmatch(bare):
        return _TOO_LARGE
    return _refusal(plain, bare) if fen is None or fen < 0 else fen


def _fen(plain: str, bare: str, unit_fen: int) -> int | None:
    bare = bare.replace(" ", "") if _SPACED.fullmatch(bare) else bare
    scaled = _SCALED.fullmatch(bare)
    if scaled is not None:
        return _exact(Decimal(scaled[1].replace(",", "")) * _SCALES[scaled[2]] * 100)
    if unit_fen != 100:  # noqa: PLR2004 - yuan
        number = bare.replace(",", "") if read_amount(bare.partition(".")[0]) is not None else ""
        return _exact(Decimal(number) * unit_fen) if re.fullmatch(r"\d+(\.\d+)?", number, re.ASCII) else None
    if (
        bare[:1].isdecimal()
        and bare.isascii()
        and not _DECIMALS.fullmatch(bare)
        and (fen := read_amount(bare)) is not None
    ):
        return fen
    mixed = _MIXED.fullmatch(plain.removesuffix("整"))
    if mixed is not None:
        yuan, jiao, fen_text = (int(part or 0) for part in mixed.groups())
        return yuan * 100 + jiao * 10 + fen_text
    return _of_numerals(plain)


def _exact(fen: Decimal) -> int | None:
    return int(fen) if fen == fen.to_integral_value() else None


def _of_numerals(plain: str) -> int | None:
    """Return fen of a sum in Chinese numerals, everyday or financial ones; None where it may mean several sums."""
    text = re.sub(r"\s|^(?:人民[币幣]|¥):?", "", plain)
    text = "".join(_NUMERALS.get(char, char) for char in text)
    if text.endswith(("万", "亿", "千", "百", "十")):
        text += "元"
    found = _CHINESE.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    yuan = _yuan(found[1]) if found[1] else 0
    return None if yuan is None else yuan * 100 + _DIGITS[found[2] or "零"] * 10 + _DIGITS[found[3] or "零"]


def _yuan(text: str) -> int | None:
    """Return the value of numerals in units that only fall; None for 三万二, which leaves the last unit out."""
    total, rest = 0, text
    for unit, size in (("亿", 10**8), ("万", 10**4)):
        before, found, after = rest.partition(unit)
        if found:
            section = _section(before)
            if not section or unit in after:
                return None
            # What follows a unit is counted in ones, which 三万二 does not mean: 零, or a unit of its own, must say so.
            if len(after) == 1 and after != "零":
                return None
            total, rest = total + section * size, after
    section = _section(rest) if rest else 0
    return None if section is None else total + section


def _section(text: str) -> int | None:
    """Return a number below 10,000 (三千零五, 十五); None where units do not fall or a digit has no unit."""
    total, digit, highest = 0, None, 10_000
    bare_allowed = True
    for char in text:
        if char == "零":
            if digit is not None:
                return None
            bare_allowed = True
        elif char in _DIGITS:
            if digit is not None:
                return None
            digit = _DIGITS[char]
        else:
            size = _UNITS.get(char, 0)
            if not 0 < size < highest or (digit is None and (size != 10 or total)):  # noqa: PLR2004 - 十 alone is ten
                return None
            total += (digit or 1) * size
            digit, highest, bare_allowed = None, size, size == 10  # noqa: PLR2004 - 三千五 may be 3,005 or 3,500
    if digit is not None and not bare_allowed:
        return None
    return total + (digit or 0)


def _refusal(plain: str, bare: str) -> Words:
    if _VAGUE.search(plain):
        return Words(f"no exact sum; {_LIKE_EN}", f"不是准确的金额，{_LIKE_ZH}")
    if _RANGE.search(plain):
        return Words(f"a range, not one sum; {_LIKE_EN}", f"是金额范围，不是一个金额，{_LIKE_ZH}")
    if _NEGATIVE.fullmatch(bare):
        return Words(f"below zero; {_LIKE_EN}", f"是负数，{_LIKE_ZH}")
    if _DECIMALS.fullmatch(bare):
        return Words(f"more than two decimals; {_LIKE_EN}", f"小数超过两位，{_LIKE_ZH}")
    return Words(f"not an amount that can be read; {_LIKE_EN}", f"不是可以识别的金额，{_LIKE_ZH}")
