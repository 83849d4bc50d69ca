"""Fifty thousand rows of an old casebook through the command line; the long form, with ``make test-faults`` only."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Office, open_office
from tests.old_books import BAD, csv_bytes, row, sums

ROWS = 50_000
BAD_ROWS = 50
MOST_BYTES = 1 << 30


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.mark.skipif("CASEFLOW_TEST_FAULTS" not in os.environ, reason="takes minutes: make test-faults")
def test_fifty_thousand_rows_are_imported_and_known_again(office: Office, redis_url: str, tmp_path: Path) -> None:
    file = tmp_path / "book.csv"
    rows = [row(number, **(BAD if number % (ROWS // BAD_ROWS) == 0 else {})) for number in range(1, ROWS + 1)]
    file.write_bytes(csv_bytes(rows, encoding="gb18030"))
    environment = {
        **os.environ,
        "CASEFLOW_HOME": str(Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"),
        "CASEFLOW_DATABASE_URL": office.database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
    }
    command = [sys.executable, "-m", "caseflow.cli", "cases", "import", str(file), "--commit", "--good-rows-only"]
    began = time.monotonic()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = time.monotonic() - began
    print(f"{ROWS} rows: {seconds:.0f} s, {used.ru_utime:.0f} s of the processor, {used.ru_maxrss} KiB")
    good = ROWS - BAD_ROWS
    ended = sums(office.database_url)
    assert (ended["cases"], ended["collected_fen"], ended["rows"]) == (good, 248_000 * good, ROWS)
    assert used.ru_maxrss * 1024 < MOST_BYTES
    again = subprocess.run([*command, "--json"], env=environment, check=True, capture_output=True)
    totals = json.loads(again.stdout)["totals"]
    assert (totals["new"], totals["already"], totals["error"]) == (0, good, BAD_ROWS)
    assert sums(office.database_url) == ended
