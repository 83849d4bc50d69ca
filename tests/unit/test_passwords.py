"""What a password may be, how soon one is guessed, and what is kept of a browser."""

from __future__ import annotations

import pytest

from caseflow.adapters.password_guesses import ZxcvbnJudge
from caseflow.config import ConfigurationError, read_settings
from caseflow.domain.passwords import HOLDS_THE_LOGIN, NUL, TOO_LONG, TOO_SHORT, composed, password_fault
from caseflow.domain.words import Words
from caseflow.services.recovery_codes import typed_recovery_code
from caseflow.services.totp import typed_code
from caseflow.web.browsers import browser_family

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elevenchars", TOO_SHORT),
        ("twelve chars", None),
        ("x" * 200, None),
        ("x" * 201, TOO_LONG),
        ("the OFFICER of it", HOLDS_THE_LOGIN),
        ("twelve\0chars ok", NUL),
        ("ALL CAPITALS NO DIGITS", None),
        ("三个臭皮匠，顶个诸葛亮哦哦", None),
    ],
)
def test_length_counts_and_no_kind_of_sign_is_asked_for(password: str, fault: Words | None) -> None:
    assert password_fault(password, "officer") == fault


@pytest.mark.parametrize("password", ["1234567890123", "passwordpassword", "aaaaaaaaaaaaaa", "qwertyuiopasdf"])
def test_common_passwords_are_soon_guessed(password: str) -> None:
    assert ZxcvbnJudge().is_guessable(password, ())


@pytest.mark.parametrize("password", ["correct horse battery", "four loose words here", "k7-Vq2_mZp9-tR4w"])
def test_loose_words_and_random_signs_are_not(password: str) -> None:
    assert not ZxcvbnJudge().is_guessable(password, ("officer", "Lin Wei", "林薇"))


def test_the_same_signs_of_another_keyboard_are_the_same() -> None:
    assert composed("ｆｏｕｒ") == "four"
    assert typed_code(" 12３-4 56\u3000") == "123456"
    assert typed_recovery_code(" abcd-Ｅfgh jklm ") == "ABCDEFGHJKLM"


@pytest.mark.parametrize(("said", "family"), [(FIREFOX, "Firefox, Linux"), (EDGE, "Edge, Windows"), ("curl/8", "")])
def test_of_a_browser_only_its_family_is_kept(said: str, family: str) -> None:
    assert browser_family(said) == family


def test_how_long_sessions_last_is_set_within_bounds() -> None:
    plain = read_settings({})
    assert (plain.session_idle_minutes, plain.session_hours) == (30, 12)
    chosen = read_settings({"CASEFLOW_SESSION_IDLE_MINUTES": "2", "CASEFLOW_SESSION_HOURS": "24"})
    assert (chosen.session_idle_minutes, chosen.session_hours) == (2, 24)
    for name, wrong in (
        ("CASEFLOW_SESSION_IDLE_MINUTES", "1"),
        ("CASEFLOW_SESSION_IDLE_MINUTES", "241"),
        ("CASEFLOW_SESSION_HOURS", "0"),
        ("CASEFLOW_SESSION_HOURS", "25"),
        ("CASEFLOW_SESSION_HOURS", "for ever"),
    ):
        with pytest.raises(ConfigurationError, match=name):
            read_settings({name: wrong})
