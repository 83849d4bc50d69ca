"""What a mail address looks like. Pure.

Narrower than the standard on purpose: no quoted local parts, no comments, no letters beyond ASCII, which many servers
do not take. Whether anybody is behind an address only a mail can tell.
"""

from __future__ import annotations

import re
from typing import Final

from caseflow.domain.words import Words

LONGEST_ADDRESS: Final = 254
LONGEST_LOCAL_PART: Final = 64
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})*")
_FAULT: Final = Words("Write an address like name@example.org", "请填写邮箱地址，例如name@example.org")


def address_fault(address: str) -> Words | None:
    """Return what is wrong with an address; None where it may be written to."""
    fits = len(address) <= LONGEST_ADDRESS and len(address.partition("@")[0]) <= LONGEST_LOCAL_PART
    return None if fits and _ADDRESS.fullmatch(address) else _FAULT


__all__ = ["address_fault"]
