"""One-time codes of the person concerned: sixteen characters (80 random bits), no look-alikes, in groups of four."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Thirty-two characters; 0, O, 1 and I are left out."""
CODE_BYTES: Final = 10
CODE_CHARACTERS: Final = 16
GOOD_FOR_DAYS: Final = 60
LEAST_PASSPHRASE_CHARACTERS: Final = 12
MOST_PASSPHRASE_CHARACTERS: Final = 200
_GROUP: Final = 4
_MADE_FOR: Final = b"caseflow-person-code/1\x00"
_TOKEN_FOR: Final = b"caseflow-person-session/1\x00"


def code_of(random_bytes: bytes) -> str:
    """Return the code that ten random bytes spell. Raises ``ValueError`` for any other length."""
    if len(random_bytes) != CODE_BYTES:
        message = f"a code is spelt by {CODE_BYTES} bytes"
        raise ValueError(message)
    number = int.from_bytes(random_bytes)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def grouped(code: str) -> str:
    """Return a code as it is printed: four groups of four."""
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed, however they grouped it and whatever their keyboard; None for no code."""
    plain = "".join(
        one for one in unicodedata.normalize("NFKC", typed).upper() if not one.isspace() and one not in "-‐–—"
    )
    return plain if len(plain) == CODE_CHARACTERS and set(plain) <= set(ALPHABET) else None


def code_hash(code: str) -> bytes:
    """Return what is kept of a code: 32 bytes. Its 80 random bits need no slow hash."""
    return hashlib.sha256(_MADE_FOR + code.encode()).digest()


def token_hash(token: str) -> bytes:
    """Return what is kept of a session's token: 32 bytes."""
    return hashlib.sha256(_TOKEN_FOR + token.encode()).digest()
