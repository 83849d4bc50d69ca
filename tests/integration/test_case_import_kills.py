"""Whoever imports a casebook is killed at several moments: nothing is half done, and the next one ends the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest

from caseflow.domain.casebook.imports import ImportState
from caseflow.services.case_imports import BookFile
from tests.job_processes import eventually, process
from tests.office import Office
from tests.old_books import BAD, csv_bytes, row, sums

# More than what is written while its sender waits.
ROWS = 1400
# The processes of a test start slowly where others are at work.
LONG = 150.0
BOOK = csv_bytes([row(number) for number in range(1, ROWS)] + [row(ROWS, **BAD)])
WORK = "from caseflow.jobs.tasks import work_imports; work_imports()"
HELD = "select count(*) from pg_locks where locktype = 'advisory' and classid = 7224020 and granted"


@pytest.fixture
def environment(office: Office, redis_url: str) -> Mapping[str, str]:
    return {
        **os.environ,
        "CASEFLOW_HOME": str(Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"),
        "CASEFLOW_DATABASE_URL": office.database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
    }


def answer(office: Office, question: str) -> object:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(question.encode()).fetchone()
    return found[0] if found is not None else None


def strike(started: subprocess.Popen[bytes]) -> bool:
    """Kill a process; return whether it was still at work."""
    alive = started.poll() is None
    started.send_signal(signal.SIGKILL)
    started.wait()
    return alive


def test_a_command_that_is_killed_and_run_again_ends_the_same(
    office: Office, environment: Mapping[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "book.csv"
    file.write_bytes(BOOK)
    command = [sys.executable, "-m", "caseflow.cli", "cases", "import", str(file), "--commit", "--good-rows-only"]
    nothing, killed = sums(office.database_url), 0
    for wait in (0.0, 0.5, 1.2):
        started = subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL)
        assert eventually(lambda: answer(office, HELD) == 1, LONG)
        time.sleep(wait)
        killed += strike(started)
        assert eventually(lambda: answer(office, HELD) == 0)
        after = sums(office.database_url)
        assert after == nothing or after["cases"] == ROWS - 1
    assert killed >= 2
    subprocess.run(command, env=dict(environment), check=True, stdout=subprocess.DEVNULL)
    ended = sums(office.database_url)
    assert (ended["cases"], ended["parties"], ended["receipts"], ended["collected_fen"], ended["imports"]) == (
        ROWS - 1, ROWS - 1, ROWS - 1, 248_000 * (ROWS - 1), 1,
    )  # fmt: skip
    subprocess.run(command, env=dict(environment), check=True, stdout=subprocess.DEVNULL)
    assert sums(office.database_url) == ended


def test_a_worker_that_is_killed_is_taken_over_by_the_next_one(office: Office, environment: Mapping[str, str]) -> None:
    imports, officer = office.application.case_imports, office.actors["officer"]
    import_id = imports.enter(officer, BookFile("book.csv", BOOK), str(uuid.uuid4()))
    kill_worker(office, environment, "judging")
    assert (imports.show(officer, import_id).state, answer(office, "select count(*) from casebook_row")) == (
        ImportState.CHECKING, 0,
    )  # fmt: skip
    assert imports.work_waiting() == 1
    assert imports.commit(officer, import_id, good_rows_only=True).state is ImportState.COMMITTING
    for phase in ("judging", "writing"):
        kill_worker(office, environment, phase)
        assert (imports.show(officer, import_id).state, sums(office.database_url)["cases"]) == (
            ImportState.COMMITTING, 0,
        )  # fmt: skip
    # The timetable sees what was left, and where there is no worker it does the work itself.
    with process("timetable", {**environment, "CASEFLOW_REDIS_URL": "unix:///nowhere/redis.sock"}):
        assert eventually(lambda: imports.show(officer, import_id).state is ImportState.COMMITTED, LONG)
    ended = sums(office.database_url)
    assert (ended["cases"], ended["collected_fen"], ended["imports"]) == (ROWS - 1, 248_000 * (ROWS - 1), 1)
    assert imports.work_waiting() == 0
    assert sums(office.database_url) == ended


def kill_worker(office: Office, environment: Mapping[str, str], phase: str) -> None:
    """Start the worker's job and kill it once it tells that it is in this phase; wait until its lock is gone."""
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update casebook_progress set phase = null")
    started = subprocess.Popen([sys.executable, "-c", WORK], env=dict(environment))
    seen = f"select count(*) from casebook_progress where phase = '{phase}'"
    assert eventually(lambda: answer(office, seen) == 1, LONG)
    assert strike(started)
    assert eventually(lambda: answer(office, "select count(*) from pg_locks where locktype = 'advisory'") == 0)
