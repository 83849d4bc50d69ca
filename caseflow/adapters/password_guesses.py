"""Judges how soon a password is guessed, with the lists of common passwords, words and names that zxcvbn carries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

# What an attacker who has the hashes tries in seconds; a repeated word, a keyboard row, a date stay below.
FEWEST_GUESSES: Final = 10**8
# zxcvbn takes longer the longer a password is, and one this long is not guessed by its beginning.
LOOKED_AT_CHARACTERS: Final = 64


class ZxcvbnJudge:
    """Fulfils :class:`caseflow.services.ports.staff.PasswordJudge`."""

    def is_guessable(self, password: str, about: Sequence[str]) -> bool:
        """Tell whether a password is a common one, or put together of so little that it is guessed soon.

        ``about`` are words known of the person (login, names), which make a password easier to guess.
        """
        if password.casefold() in _common():
            return True
        judged: dict[str, Any] = _zxcvbn()(password[:LOOKED_AT_CHARACTERS], user_inputs=list(about))
        return bool(judged["guesses"] < FEWEST_GUESSES)


# The lists take some memory and a third of a second, which only who sets a password should wait for.
@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])


@cache
def _zxcvbn() -> Any:
    from zxcvbn import zxcvbn

    return zxcvbn
