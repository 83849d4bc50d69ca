"""Identity numbers: the check characters of GB 11643 and GB 32100, and what a spreadsheet does to 18 figures."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from caseflow.domain.casebook.identities import identity_doubt, plain_identity

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _number(area: int, birthday: str, order: int) -> str:
    body = f"{area:06}{birthday}{order:03}"
    rest = sum(int(figure) * weight for figure, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[rest]


NUMBERS = st.builds(
    _number,
    st.integers(110000, 659999),
    st.dates().filter(lambda day: day.year > 1900).map(lambda day: f"{day:%Y%m%d}"),
    st.integers(1, 999),
)


@given(number=NUMBERS, at=st.integers(0, 17), figure=st.sampled_from("0123456789"))
def test_a_right_number_is_taken_and_one_wrong_figure_is_found(number: str, at: int, figure: str) -> None:
    assert identity_doubt(number) is None
    assume(figure != number[at])
    doubt = identity_doubt(number[:at] + figure + number[at + 1 :])
    assert doubt is not None
    assert doubt.wrong


@pytest.mark.parametrize(
    "written",
    [
        "11010519491231002X",
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105-19491231-002X",
        "'11010519491231002X",
        "440524800101001",  # 15 figures, given out until 1999
        "91350100M000100Y43",  # an organisation (the example of GB 32100-2015)
    ],
)
def test_a_number_is_known_however_it_is_written(written: str) -> None:
    assert identity_doubt(plain_identity(written)) is None


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("110105194902300020", "birthday"),
        ("440524800230001", "birthday"),
        ("110105194912310021", "check character"),
        ("91350100M000100Y44", "check character"),
        ("110105194912310000", "cut off"),
        ("1.10105194912310E+17", "cut off"),
        ("11010519491231002", "18 or 15"),
        ("1101051949123100211", "18 or 15"),
        ("不详", "18 or 15"),
    ],
)
def test_a_wrong_number_says_why(written: str, why: str) -> None:
    doubt = identity_doubt(plain_identity(written))
    assert doubt is not None
    assert doubt.wrong
    assert why in doubt.words.en
    assert "核对" in doubt.words.zh


@pytest.mark.parametrize("written", ["G12345678", "H1234567890", "A123456(7)"])
def test_another_paper_is_taken_with_a_warning(written: str) -> None:
    doubt = identity_doubt(plain_identity(written))
    assert doubt is not None
    assert not doubt.wrong


@given(st.text(max_size=40))
def test_any_text_has_an_answer(text: str) -> None:
    doubt = identity_doubt(plain_identity(text))
    assert doubt is None or (doubt.words.en and doubt.words.zh)
