"""A run killed half-way is carried on by whoever comes next, and every case ends as if nothing had been."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest

from tests.job_processes import eventually, process
from tests.office import Office, kept_keys
from tests.wind_downs import approved, desk, outcomes, steps

CASES = 14
# A loaded machine takes its time to start a process.
LONG = 120.0
STEPS = [("freeze_undecided", "supervisor"), ("end_undecided", "approver")]


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "CASEFLOW_DATABASE_URL": database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
        "CASEFLOW_HOME": str(tmp_path),
        "CASEFLOW_DATA_KEYS": kept_keys(),
    }


def today() -> date:
    return datetime.now(UTC).date()


def taken(office: Office) -> int:
    with psycopg.connect(office.database_url) as connection:
        row = connection.execute("select count(*) from step where starts_with(idempotency_key, 'winddown:')").fetchone()
    assert row is not None
    return int(row[0])


def test_a_killed_run_is_carried_on_and_ends_the_same(office: Office, environment: dict[str, str]) -> None:
    cases = [office.walk("fee_undecided_wound_down", until="file_case") for _ in range(CASES)]
    # The processes know no other day than the real one.
    office.time.day = today()
    run = approved(office, *cases)
    command = [sys.executable, "-m", "caseflow.cli", "winddown", "run", "--go-on", str(run.id), "--by", "supervisor"]
    first = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    assert eventually(lambda: taken(office) >= 3, LONG)
    first.kill()
    first.wait()
    done = taken(office)
    assert 3 <= done < CASES * len(STEPS), "it was killed half-way"
    supervisor = office.actors["supervisor"]
    assert desk(office).show(supervisor, run.id).run.is_busy
    # Nobody is told to go on: the timetable finds it.
    with process("timetable", environment):
        assert eventually(lambda: not desk(office).show(supervisor, run.id).run.is_busy, LONG)
    told = outcomes(office, run.id)
    assert Counter(one.outcome for one in told.values()) == {"done": CASES}
    assert all(steps(office, case_id) == STEPS for case_id in cases)
    assert {told[case_id].steps for case_id in cases} == {len(STEPS)}
    with psycopg.connect(office.database_url) as connection:
        events = connection.execute(
            "select count(*), count(distinct (case_id, seq)) from audit_event where starts_with(key, 'step:winddown:')"
        ).fetchone()
        drafts = connection.execute("select count(*) from paper where kind = 'closing_notice'").fetchone()
    assert events == (CASES * len(STEPS), CASES * len(STEPS))
    assert drafts == (CASES,)


def test_two_who_go_on_at_once_share_the_cases(office: Office) -> None:
    cases = [office.walk("fee_undecided_wound_down", until="file_case") for _ in range(CASES)]
    office.time.day = today()
    run = approved(office, *cases)
    supervisor = office.actors["supervisor"]
    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(desk(office).carry_on, most_seconds=LONG) for _ in range(2)]:
            one.result()
    assert desk(office).show(supervisor, run.id).run.outcomes == {"done": CASES}
    assert all(steps(office, case_id) == STEPS for case_id in cases)
