"""``caseflow demo`` as its user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from caseflow import bootstrap


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    # Not measured: the same loading is measured in test_demo.py, and measuring it doubles its time.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CASEFLOW_", "COV"))}
    return {
        **kept,
        "CASEFLOW_DATABASE_URL": database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
        "CASEFLOW_HOME": str(tmp_path),
    }


def demo(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "caseflow.cli", "demo", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_it_loads_once_prints_the_logins_and_keeps_its_date(environment: dict[str, str]) -> None:
    first = demo(environment, "--as-of", "2011-03-01", "--json")
    assert first.returncode == 0, first.stderr
    report = json.loads(first.stdout)
    assert (report["loaded"], report["business_date"]) == (True, "2011-03-01")
    assert report["cases"] >= 120
    assert report["refused_by_law"] == []
    assert {login["role"] for login in report["logins"]} >= {"officer", "cashier", "administrator"}
    again = demo(environment, "--as-of", "2014-05-06")
    assert again.returncode == 0, again.stderr
    assert "nothing new" in again.stdout
    assert "keeps its own date, 2011-03-01" in again.stdout
    assert "officer " in again.stdout
    assert "yunling-training" in again.stdout


def test_a_production_database_refuses_with_a_sentence_and_exit_code_1(
    environment: dict[str, str], database_url: str
) -> None:
    application = bootstrap.build_application(database_url)
    application.installation.stamp("production")
    application.close()
    refused = demo(environment, "--as-of", "2011-03-01")
    assert refused.returncode == 1
    assert "This is a production database" in refused.stderr
    assert "正式库" in refused.stderr


def test_a_date_that_is_none_is_bad_usage(environment: dict[str, str]) -> None:
    refused = demo(environment, "--as-of", "2011-02-30")
    assert refused.returncode == 2
    assert "2011-02-30" in refused.stderr
