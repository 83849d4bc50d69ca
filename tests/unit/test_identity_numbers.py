"""Identity numbers: one spelling, the check character of GB 11643, the day of birth, and the mask."""

from __future__ import annotations

import pytest

from caseflow.domain.identity_numbers import check_character, identity_fault, masked, normalised, person_key


# The example that GB 11643-1999 prints, and one with a digit as its check character.
@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014", "110105491231002"])
def test_a_sound_number_passes(number: str) -> None:
    assert identity_fault(number) is None


@pytest.mark.parametrize(
    ("number", "about"),
    [
        ("110105194912310021", "check character"),
        ("11010519491231002", "18 characters"),
        ("1101051949123100X2", "18 characters"),
        ("11010519490230002X", "day of birth"),
        ("110105491331002", "day of birth"),
        ("110105194912310X2X", "18 characters"),
        ("abc", "18 characters"),
        ("", "18 characters"),
    ],
)
def test_a_wrong_number_is_told_what_is_wrong_in_both_languages(number: str, about: str) -> None:
    fault = identity_fault(number)
    assert fault is not None
    assert about in fault.en
    assert fault.zh


@pytest.mark.parametrize(
    "typed",
    ["11010519491231002x", " 110105 19491231 002X ", "110105-19491231-002X", "１１０１０５１９４９１２３１００２Ｘ"],
)
def test_a_number_has_one_spelling(typed: str) -> None:
    assert normalised(typed) == "11010519491231002X"
    assert identity_fault(typed) is None


def test_every_slip_of_one_digit_and_every_swap_of_neighbours_is_noticed() -> None:
    number = "11010519491231002X"
    for place in range(17):
        for digit in "0123456789":
            if digit != number[place]:
                assert check_character(number[:place] + digit + number[place + 1 : 17]) != number[17]
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        if place < 16 and number[place] != number[place + 1]:
            assert check_character(swapped[:17]) != number[17]


def test_the_mask_shows_the_last_four_alone() -> None:
    assert masked("11010519491231002X") == "**************002X"
    assert masked("110105491231002") == "***********1002"
    assert masked("1234") == "****"
    assert masked("") == ""


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("110105491231002", "11010519491231002X"),
        ("110105 491231 002", "11010519491231002X"),
        ("11010519491231002x", "11010519491231002X"),
        ("440524188001010014", "440524188001010014"),
        ("110105491331002", "110105491331002"),  # no day of birth: no number of a person
        ("E12345678", "E12345678"),
        ("", ""),
    ],
)
def test_the_old_number_and_the_later_one_are_of_one_person(typed: str, key: str) -> None:
    assert person_key(typed) == key
