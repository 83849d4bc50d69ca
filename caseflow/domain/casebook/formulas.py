"""Cells that a spreadsheet would run, and how to make them harmless (OWASP, CSV injection)."""

from __future__ import annotations

import re
from typing import Final

# The full-width forms are run, too, by spreadsheets of East Asian locales.
# An apostrophe before one is how it was made harmless: in an output that comes back it is a formula still.
_RUN: Final = re.compile(r"['\s]*[=+\-@＝＋－＠]|[\t\r]")
# A number below zero, a telephone number, and the dash that stands for "nothing" are no formulas.
_PLAIN: Final = re.compile(r"[+\-＋－]?[\d\s.,()（）％%\-－]*")


def is_formula(text: str) -> bool:
    """Tell whether a spreadsheet might run the text: it begins with = + - @, tab or return and is no plain number."""
    return _RUN.match(text) is not None and _PLAIN.fullmatch(text.lstrip("' \t\r\n")) is None


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet runs it: one that might be run gets an apostrophe before it."""
    return f"'{text}" if is_formula(text) and not text.startswith("'") else text
