"""Whatever bytes are called a casebook, they are read or refused in words: nothing else happens."""

from __future__ import annotations

import io
import random
import zipfile

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from caseflow.domain.casebook.headings import columns_faults, guess_columns
from caseflow.domain.casebook.judging import NothingKnown, judge
from caseflow.services.ports.casebooks import BookUnreadable
from tests.bookfiles import HEADINGS, ROWS, TODAY, book, csv_of, read, rules, xlsx_of

WORKBOOK = xlsx_of(HEADINGS, *ROWS)
PARTS = tuple(zipfile.ZipFile(io.BytesIO(WORKBOOK)).namelist())
TEXTS = tuple(csv_of(*ROWS, encoding=name) for name in ("utf-8", "gb18030", "utf-16"))


def _try(content: bytes, encoding: str | None = None) -> None:
    refusals: list[BookUnreadable] = []
    try:
        sheet = read(content, encoding=encoding)
    except BookUnreadable as refusal:
        refusals.append(refusal)
    if refusals:
        assert refusals[0].words.en
        assert refusals[0].words.zh
        return
    columns = guess_columns(sheet.headings, book())
    if not columns_faults(columns, sheet.headings, book()):
        assert len(list(judge(sheet, columns, rules(), TODAY, NothingKnown()))) == len(sheet.rows)


@given(content=st.binary(max_size=400), encoding=st.sampled_from([None, "utf-8", "gb18030", "big5", "utf-16"]))
@example(b"PK\x03\x04", None)
@example(b"\xff\xfe", None)
@example(b"\xff\xfe\x00", None)
@example(b"\xef\xbb\xbf", None)
@example(b"\0", None)
@example(b'"', None)
@settings(max_examples=300, deadline=None)
def test_any_bytes(content: bytes, encoding: str | None) -> None:
    _try(content, encoding)


@given(
    rows=st.lists(st.lists(st.text(max_size=20), min_size=1, max_size=12), max_size=6),
    codec=st.sampled_from(["utf-8", "utf-16"]),
)
@settings(deadline=None)
def test_any_rows_under_the_headings(rows: list[list[str]], codec: str) -> None:
    _try(csv_of(*rows).decode().encode(codec, "ignore"))


@given(seed=st.integers(0, 2**32), base=st.sampled_from(TEXTS))
@settings(max_examples=150, deadline=None)
def test_any_damage_to_a_text(seed: int, base: bytes) -> None:
    _try(_damaged(base, seed))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_damage_to_a_workbook(seed: int) -> None:
    _try(_damaged(WORKBOOK, seed))


@given(seed=st.integers(0, 2**32), part=st.sampled_from(PARTS))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_damage_to_a_part_of_a_workbook(seed: int, part: str) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as old, zipfile.ZipFile(made, "w") as new:
        for name in PARTS:
            content = old.read(name)
            new.writestr(name, _damaged(content, seed) if name == part else content)
    _try(made.getvalue())


def _damaged(base: bytes, seed: int) -> bytes:
    chance = random.Random(seed)
    content = bytearray(base)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(content))
        match chance.randrange(3):
            case 0:
                content[at] = chance.randrange(256)
            case 1:
                del content[at : at + chance.randint(1, 40)]
            case _:
                content[at:at] = chance.randbytes(chance.randint(1, 8))
    return bytes(content)
