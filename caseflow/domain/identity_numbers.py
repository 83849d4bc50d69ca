"""Identity numbers as people write them: one spelling, the sum of an 18-digit one, and what may be shown. Pure.

Source: GB 11643-1999 (17 digits and a check character by ISO 7064 MOD 11-2; before 1999: 15 digits without one).
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Final

from caseflow.domain.words import Words

SHOWN_CHARACTERS: Final = 4
_LONG: Final = re.compile(r"[0-9]{17}[0-9X]")
_SHORT: Final = re.compile(r"[0-9]{15}")
_LEFT_OUT: Final = re.compile(r"[\s\-\u2010-\u2015\u2212]+")
_CHECK_CHARACTERS: Final = "10X98765432"
_MODULUS: Final = 11
_WEIGHTS: Final = tuple(pow(2, 17 - place, _MODULUS) for place in range(17))


def normalised(text: str) -> str:
    """Return an identity number in one spelling: half-width, capital X, no blanks and no hyphens.

    A number of 15 digits stays one: :func:`person_key` tells whose it is.
    """
    return _LEFT_OUT.sub("", unicodedata.normalize("NFKC", text)).upper()


def person_key(text: str) -> str:
    """Return what the numbers of one person have in common: the number of 18 that an old one of 15 became.

    GB 11643-1999: region, year of birth in full, month, day and sequence, then the check character. Those whose old
    number leaves the century open (sequence 996 to 999: born before 1900) are nobody whom a case here may concern.
    """
    number = normalised(text)
    if not _SHORT.fullmatch(number) or identity_fault(number) is not None:
        return number
    digits = f"{number[:6]}19{number[6:]}"
    return digits + check_character(digits)


def identity_fault(text: str) -> Words | None:
    """Return what is wrong with an identity number, or None: its length, its day of birth, its check character."""
    number = normalised(text)
    if not _LONG.fullmatch(number) and not _SHORT.fullmatch(number):
        return Words(
            "must be 18 characters (17 digits and a digit or X), or an old number of 15 digits",
            "应为18位（前17位为数字，末位为数字或X），旧号码为15位数字",
        )
    born = number[6:14] if _LONG.fullmatch(number) else f"19{number[6:12]}"
    if not is_day_of_birth(born):
        return Words("names a day of birth that does not exist", "其中的出生日期不存在")
    if _LONG.fullmatch(number) and check_character(number[:-1]) != number[-1]:
        return Words(
            "does not fit its check character (the last one): look for a slip", "与末位校验码不符，请核对是否有误"
        )
    return None


def check_character(digits: str) -> str:
    """Return the check character of the first 17 digits (ISO 7064 MOD 11-2: each place weighs 2 to its power)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=True))
    return _CHECK_CHARACTERS[total % _MODULUS]


def is_day_of_birth(digits: str) -> bool:
    """Tell whether eight digits (year, month, day) are a day that exists."""
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def masked(text: str) -> str:
    """Return an identity number with all but its last four characters hidden."""
    number = normalised(text)
    hidden = max(len(number) - SHOWN_CHARACTERS, 0)
    return "*" * hidden + number[hidden:] if hidden else "*" * len(number)
