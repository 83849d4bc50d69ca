"""Identity numbers of people (GB 11643-1999) and organisations (GB 32100-2015), held against their check characters."""

from __future__ import annotations

import re
from typing import Final

from caseflow.domain.identity_numbers import check_character, is_day_of_birth, normalised
from caseflow.domain.words import Words

_PERSON: Final = re.compile(r"\d{17}[\dX]", re.ASCII)
_OLD_PERSON: Final = re.compile(r"\d{15}", re.ASCII)
_ORGANISATION: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}", re.ASCII)
_OTHER_PAPER: Final = re.compile(r"[A-Z]{1,3}\d{6,11}(?:\([\dA-Z]\))?|\d{8}\(?[A-Z]\)?", re.ASCII)
_SHORTENED: Final = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.ASCII)
_ORGANISATION_SIGNS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Organisations whose number may be all figures: those of the market registers. The numbers of people do not begin so.
_REGISTERS: Final = ("91", "92", "93")
_CUT: Final = "000"

_PAPER_EN: Final = "compare it with the paper"
_PAPER_ZH: Final = "请与证件核对"


class IdentityDoubt:
    """Why an identity number is not taken, or (``wrong`` False) why it could not be checked."""

    __slots__ = ("words", "wrong")

    def __init__(self, words: Words, *, wrong: bool = True) -> None:
        self.words = words
        self.wrong = wrong


def plain_identity(text: str) -> str:
    """Return the number without width, case and spaces, and without the apostrophe that spreadsheets put before it."""
    return normalised(text).lstrip("'`‘’")


def identity_doubt(number: str) -> IdentityDoubt | None:
    """Return what is wrong with a number as :func:`plain_identity` gives it, or None.

    The 15 figures given out until 1999 stand in old books and are taken without a word where the birthday in them
    exists: they have no check character, and nobody can find a better number for them in the file.
    """
    if _SHORTENED.fullmatch(number) or (_PERSON.fullmatch(number) and number.endswith(_CUT) and not _holds(number)):
        return IdentityDoubt(
            Words(
                f"the spreadsheet has cut off its last figures; format the column as text and {_PAPER_EN}",
                f"末几位数字已被电子表格截断，请将该列设为文本格式，并{_PAPER_ZH[1:]}",
            )
        )
    if _PERSON.fullmatch(number):
        return _person_doubt(number)
    if _OLD_PERSON.fullmatch(number):
        return None if is_day_of_birth(f"19{number[6:12]}") else _no_birthday()
    if _ORGANISATION.fullmatch(number):
        return None if _organisation_holds(number) else _wrong_check()
    if _OTHER_PAPER.fullmatch(number):
        words = Words(
            f"the number of a paper that cannot be checked here; {_PAPER_EN}", f"属于无法自动核验的证件，{_PAPER_ZH}"
        )
        return IdentityDoubt(words, wrong=False)
    return IdentityDoubt(
        Words(f"no identity number of 18 or 15 figures; {_PAPER_EN}", f"不是18位或15位身份证号，{_PAPER_ZH}")
    )


def _person_doubt(number: str) -> IdentityDoubt | None:
    if number.startswith(_REGISTERS) and _organisation_holds(number):
        return None
    if not is_day_of_birth(number[6:14]):
        return _no_birthday()
    return None if _holds(number) else _wrong_check()


def _holds(number: str) -> bool:
    return check_character(number[:-1]) == number[-1]


def _organisation_holds(number: str) -> bool:
    signs = _ORGANISATION_SIGNS
    if any(sign not in signs for sign in number):
        return False
    total = sum(signs.index(sign) * pow(3, at, 31) for at, sign in enumerate(number[:17]))
    return signs[-total % 31] == number[17]


def _no_birthday() -> IdentityDoubt:
    return IdentityDoubt(Words(f"the birthday in it does not exist; {_PAPER_EN}", f"其中的出生日期不存在，{_PAPER_ZH}"))


def _wrong_check() -> IdentityDoubt:
    words = Words(
        f"its check character does not fit, so a figure is wrong; {_PAPER_EN}", f"校验码不符，有数字写错，{_PAPER_ZH}"
    )
    return IdentityDoubt(words)
