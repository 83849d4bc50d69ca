"""The number of a case in an old casebook, held against the pattern by which the regime numbers its cases. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from caseflow.domain.words import Words

_OPENING, _CLOSING = "〔[（(【［", "〕]）)】］"
_ROUND = str.maketrans(dict.fromkeys(_OPENING, "(") | dict.fromkeys(_CLOSING, ")"))
_BLANKS = re.compile(r"\s+")
_YEAR = re.compile(r"\(([12][0-9]{3})\)")


@dataclass(frozen=True)
class BookNumber:
    """A case's number in English; ``year`` and ``serial`` where it is one that the regime's pattern gives."""

    english: str
    year: int | None = None
    serial: int | None = None


def book_number(pattern: Words, written: str) -> BookNumber:
    """Return what the number ``written`` in a book is in English.

    Where it fits the regime's pattern (whatever brackets and leading zeros the book uses), it is the same number by the
    English pattern; else the book's own.
    """
    plain = _plain(written)
    for shape in (pattern.zh, pattern.en):
        found = _shape(shape).fullmatch(plain)
        if found is not None:
            year, serial = int(found["year"]), int(found["serial"])
            return BookNumber(pattern.en.format(year=year, serial=serial), year, serial)
    return BookNumber(written)


def usual_number(typed: str) -> str:
    """Return a number as papers write it: half-width, without blanks, the year in 〔〕 whatever brackets were typed."""
    return _YEAR.sub(r"〔\1〕", _plain(typed))


@lru_cache(maxsize=64)
def _shape(pattern: str) -> re.Pattern[str]:
    marked = pattern.replace("{year}", "\x00")
    marked = re.sub(r"\{serial[^}]*\}", "\x01", marked)
    escaped = re.escape(_plain(marked))
    return re.compile(escaped.replace("\x00", "(?P<year>[12][0-9]{3})").replace("\x01", "(?P<serial>[0-9]{1,8})"))


def _plain(text: str) -> str:
    """Return ``text`` with every bracket a round one, full-width signs as plain ones, and no blanks."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text.translate(_ROUND)))
