"""The benchmark measures what it says, on a small scale."""

from __future__ import annotations

import json

import psycopg
import pytest
from click.testing import CliRunner

from caseflow.cli import main
from tests.conftest import Servers, with_database


@pytest.fixture
def beside(servers: Servers, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", servers.admin_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "a-key-that-only-tests-use-0123456789")


@pytest.mark.usefixtures("beside")
def test_steps_are_measured_against_the_floor_in_one_run() -> None:
    words = ["bench", "step", "--rounds", "3", "--block", "12", "--processes", "2", "--cases", "40", "--json"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)
    assert len(figures["floor_blocks"]) == len(figures["service_blocks"]) == 3
    assert figures["ratio"] == pytest.approx(figures["service_median"] / figures["floor_median"])
    assert figures["concurrent"] > 0


@pytest.mark.usefixtures("beside")
def test_the_sweep_is_measured_against_a_statement_by_hand_in_one_run() -> None:
    words = ["bench", "sweep", "--clocks", "400", "--due", "50", "--rounds", "2", "--json"]
    answer = CliRunner().invoke(main, words)
    assert answer.exit_code == 0, answer.output
    figures = json.loads(answer.stdout)
    assert len(figures["floor_blocks_s"]) == len(figures["sweep_blocks_s"]) == 2
    assert figures["deliveries"] == 200
    assert CliRunner().invoke(main, [*words[:3], "100", *words[4:]]).exit_code == 2


def test_without_a_database_a_throw_away_server_is_measured() -> None:
    answer = CliRunner().invoke(main, ["bench", "step", "--rounds", "1", "--block", "6", "--processes", "1"])
    assert answer.exit_code == 0, answer.output
    assert "ratio service / floor" in answer.output


@pytest.mark.usefixtures("beside")
def test_a_role_that_may_not_make_databases_is_a_sentence(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    with psycopg.connect(servers.admin_url, autocommit=True) as admin:
        admin.execute("drop role if exists bench_guest")
        admin.execute("create role bench_guest login")
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", with_database(servers.admin_url, "postgres", "bench_guest"))
    answer = CliRunner().invoke(main, ["bench", "step"])
    assert answer.exit_code == 1
    assert "permission denied to create database" in answer.output


def test_migrations_and_tables_agree() -> None:
    answer = CliRunner().invoke(main, ["doctor", "--migrations"])
    assert answer.exit_code == 0, answer.output
    assert "exactly the tables" in answer.output
