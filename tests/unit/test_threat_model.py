"""The threat model names tests that exist, and leaves no threat without a control."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
# What another piece of work of the project's plan brings.
WITHOUT_PROOF_YET = {22}


@pytest.mark.parametrize(("file", "test"), NAMED, ids=[test for _file, test in NAMED])
def test_what_is_named_as_a_proof_is_there(file: str, test: str) -> None:
    assert re.search(rf"^ *def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_every_threat_has_its_row_and_its_proof() -> None:
    rows: dict[int, list[str]] = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and re.fullmatch(r"[\d, ]+", cells[1]):
            rows |= {int(number): cells for number in cells[1].split(",")}
    assert sorted(rows) == list(range(1, 26))
    assert {number for number, cells in rows.items() if "::" not in cells[4]} == WITHOUT_PROOF_YET
    assert all(cells[2] and cells[3] for cells in rows.values())
