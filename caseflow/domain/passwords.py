"""What a password must be like. There is no rule on which signs it is made of."""

from __future__ import annotations

import unicodedata
from typing import Final

from caseflow.domain.words import Words

FEWEST_CHARACTERS: Final = 12
MOST_CHARACTERS: Final = 200
TOO_SHORT: Final = Words(
    f"It is too short: write at least {FEWEST_CHARACTERS} characters, such as four words that do not belong together.",
    f"密码太短：请至少填写{FEWEST_CHARACTERS}个字符，例如几个互不相关的词语。",
)
TOO_LONG: Final = Words(
    f"It is too long: write at most {MOST_CHARACTERS} characters.", f"密码太长：最多{MOST_CHARACTERS}个字符。"
)
HOLDS_THE_LOGIN: Final = Words(
    "It holds your login, which everybody knows: leave that out.", "密码中含有您的用户名，而用户名人人皆知：请去掉。"
)
GUESSABLE: Final = Words(
    "It is a common one, or put together of so little that it is soon guessed: choose another.",
    "该密码常见，或者构成过于简单，容易被猜中：请另选一个。",
)
NUL: Final = Words("It holds a character that nobody can type: leave that out.", "密码中含有无法键入的字符：请去掉。")


def composed(password: str) -> str:
    """Return a password as it is hashed: the same signs typed on another keyboard are the same password (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def password_fault(password: str, login: str) -> Words | None:
    """Return what is wrong with a new password; None where nothing is. Whether it is a common one is told elsewhere."""
    if len(password) < FEWEST_CHARACTERS:
        return TOO_SHORT
    if len(password) > MOST_CHARACTERS:
        return TOO_LONG
    if "\0" in password:
        return NUL
    if login and login.casefold() in password.casefold():
        return HOLDS_THE_LOGIN
    return None
