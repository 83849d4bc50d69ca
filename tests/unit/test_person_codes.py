"""Codes of the person concerned, and what a party is shown."""

from __future__ import annotations

import secrets

import pytest

from caseflow.domain.person_codes import ALPHABET, code_hash, code_of, grouped, read_code


def test_a_code_has_eighty_bits_and_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set("01OI") & set(ALPHABET)
    assert code_of(bytes(10)) == "2" * 16
    assert code_of(b"\xff" * 10) == "Z" * 16
    assert len({code_of(secrets.token_bytes(10)) for _one in range(200)}) == 200
    with pytest.raises(ValueError, match="10 bytes"):
        code_of(bytes(9))


@pytest.mark.parametrize(
    "typed", ["{0}", "{0} ", "  {0}", "{1}", "{2}", "{3}"], ids=["grouped", "after", "before", "small", "plain", "wide"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    code = code_of(bytes(range(40, 50)))
    wide = "".join(chr(ord(one) + 0xFEE0) for one in code)
    given = typed.format(grouped(code), grouped(code).lower().replace("-", " "), code, wide)
    assert read_code(given) == code


@pytest.mark.parametrize("typed", ["", "ABCD", "2" * 15, "2" * 17, "0" * 16, "four words nobody guesses", "\0" * 16])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


def test_what_is_kept_is_no_code_and_differs_for_each() -> None:
    first, second = code_of(bytes(10)), code_of(b"\x01" * 10)
    assert len(code_hash(first)) == 32
    assert code_hash(first) != code_hash(second)
    assert first.encode() not in code_hash(first)
