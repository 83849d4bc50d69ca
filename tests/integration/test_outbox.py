"""Notices reach the inboxes exactly once: with workers killed, Redis emptied or away, and PostgreSQL interrupted."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from caseflow import bootstrap
from caseflow.adapters.queue import DELIVER_OUTBOX, QUEUE_NAME
from caseflow.config import ConfigurationError, Settings
from caseflow.domain.stepping import StepRefused
from caseflow.jobs.tasks import deliver_outbox, delivery, pulse
from caseflow.services.outbox_delivery import OutboxDelivery
from tests.conftest import Servers
from tests.job_processes import eventually, process
from tests.office import CHECKED, Office, build_office

ROUNDS = 6
NOTICES_A_ROUND = 600


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEFLOW_")}
    return {
        **kept,
        "CASEFLOW_DATABASE_URL": database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
        "CASEFLOW_HOME": str(tmp_path),
    }


def post(office: Office, first: int, count: int) -> None:
    """Write ``count`` notices to the officer and the approvers, as a step does after its commit."""
    payload: dict[str, object] = {"office_id": office.actors["officer"].office_id, "actor_id": None}
    payload |= {"owner_id": office.actors["officer"].id, "desk_role": "approver"}
    with psycopg.connect(office.database_url) as connection:
        connection.cursor().executemany(
            "insert into outbox (key, kind, payload) values (%s, 'case_moved', %s)",
            [(f"notice:{number}", psycopg.types.json.Jsonb(payload)) for number in range(first, first + count)],
        )


def counts(office: Office) -> tuple[int, int, int]:
    """Return how many notices wait, how many messages lie in inboxes, and how many different ones."""
    with psycopg.connect(office.database_url) as connection:
        row = connection.execute(
            "select (select count(*) from outbox where state = 'pending'), count(*), count(distinct (staff_id, key)) "
            "from inbox"
        ).fetchone()
    assert row is not None
    return row


def test_a_step_tells_the_desk_whose_turn_it_is_and_not_the_person_who_acted(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED, actor="officer2")
    with closing(bootstrap.build_delivery(office.database_url)) as deliveries:
        assert deliveries.pending() == 2
        assert deliveries.drain() == 2
        assert deliveries.drain() == 0
        assert deliveries.pending() == 0
    with psycopg.connect(office.database_url) as connection:
        told = connection.execute(
            "select s.login, i.params->>'trigger' from inbox i join staff s on s.id = i.staff_id order by 2, 1"
        ).fetchall()
    assert told == [("approver", "check_report"), ("approver2", "check_report"), ("officer", "check_report")]


def test_a_stop_between_batches_leaves_the_rest_for_later(office: Office) -> None:
    post(office, 0, 25)
    batches = OutboxDelivery(office.application.store, batch_size=10)
    asked: list[bool] = []

    def stop_after_two() -> bool:
        asked.append(True)
        return len(asked) > 2

    assert batches.drain(stop_after_two) == 20
    assert batches.pending() == 5


def test_killed_workers_and_an_emptied_redis_lose_nothing_and_double_nothing(
    office: Office, environment: dict[str, str], redis_url: str
) -> None:
    wake = bootstrap.RedisWake(redis_url)
    with process("timetable", environment) as timetable, redis.Redis.from_url(redis_url) as client:
        for number in range(ROUNDS):
            with process("worker", environment) as worker:
                assert eventually(lambda: client.scard("rq:workers") > 0)
                post(office, number * NOTICES_A_ROUND, NOTICES_A_ROUND)
                assert wake.wake()
                time.sleep(0.02 * number)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                client.flushdb()
        assert eventually(lambda: counts(office)[0] == 0), "the timetable delivers without a worker"
        timetable.terminate()
        assert timetable.wait(10) == 0
    wake.close()
    total = ROUNDS * NOTICES_A_ROUND
    # The owner and the two approvers.
    assert counts(office) == (0, 3 * total, 3 * total)
    with psycopg.connect(office.database_url) as connection:
        assert connection.execute("select distinct attempts from outbox").fetchall() == [(1,)]


def test_a_worker_delivers_on_a_wake_up_and_keeps_no_truth_in_redis(
    office: Office, environment: dict[str, str], redis_url: str
) -> None:
    wake = bootstrap.RedisWake(redis_url)
    post(office, 0, 20)
    assert wake.wake()
    assert wake.wake()
    with redis.Redis.from_url(redis_url) as client:
        waiting = client.lrange(f"rq:queue:{QUEUE_NAME}", 0, -1)
        assert len(waiting) == 1, "one wake-up is enough"
        described = client.hget(f"rq:job:{waiting[0].decode()}", "description")
        assert described == f"{DELIVER_OUTBOX}()".encode()
    with process("worker", environment) as worker:
        assert eventually(lambda: counts(office)[0] == 0)
        worker.terminate()
        assert worker.wait(15) == 0
    wake.close()
    assert counts(office) == (0, 60, 60)


def test_a_step_wakes_a_worker_after_its_commit(database_url: str, redis_url: str) -> None:
    office = build_office(database_url)
    office.application.close()
    wake = bootstrap.RedisWake(redis_url)
    application = bootstrap.build_application(database_url, time=office.time, wake=wake)
    waking = Office(application, office.time, office.actors, database_url)
    with redis.Redis.from_url(redis_url) as client, closing(application), closing(wake):
        case_id = waking.open()
        assert client.llen(f"rq:queue:{QUEUE_NAME}") == 1
        client.flushdb()
        waking.advance(case_id, "check_report", CHECKED)
        assert client.llen(f"rq:queue:{QUEUE_NAME}") == 1
        client.flushdb()
        with pytest.raises(StepRefused):
            waking.advance(case_id, "file_case", {"filed_on": "2026-03-02"})
        assert client.llen(f"rq:queue:{QUEUE_NAME}") == 0


def test_without_redis_a_wake_up_says_so_and_the_timetable_delivers(
    office: Office, environment: dict[str, str], tmp_path: Path
) -> None:
    nowhere = f"unix://{tmp_path}/nobody.sock"
    wake = bootstrap.RedisWake(nowhere)
    assert not wake.wake()
    begun = time.monotonic()
    assert not any(wake.wake() for _ in range(100)), "left alone"
    assert time.monotonic() - begun < 0.5
    wake.close()
    with process("timetable", {**environment, "CASEFLOW_REDIS_URL": nowhere}):
        post(office, 0, 5)
        assert eventually(lambda: counts(office) == (0, 15, 15))
    with process("worker", {**environment, "CASEFLOW_REDIS_URL": nowhere}) as worker:
        assert worker.wait(30) == 1, "the supervisor starts it again"


def test_the_timetable_outlives_an_interruption_of_the_database(
    office: Office, environment: dict[str, str], servers: Servers
) -> None:
    name = str(conninfo_to_dict(office.database_url)["dbname"])
    office.application.close()
    with process("timetable", environment) as timetable, psycopg.connect(servers.admin_url, autocommit=True) as admin:
        post(office, 0, 3)
        assert eventually(lambda: counts(office)[0] == 0)
        admin.execute(sql.SQL("alter database {} allow_connections false").format(sql.Identifier(name)))
        admin.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
        time.sleep(4.0)
        assert timetable.poll() is None
        admin.execute(sql.SQL("alter database {} allow_connections true").format(sql.Identifier(name)))
        post(office, 3, 3)
        assert eventually(lambda: counts(office) == (0, 18, 18))
        timetable.send_signal(signal.SIGTERM)
        assert timetable.wait(10) == 0


@pytest.mark.parametrize("module", ["worker", "timetable"])
def test_a_process_without_an_address_says_which_setting_is_missing(module: str, environment: dict[str, str]) -> None:
    bare = {name: value for name, value in environment.items() if name != "CASEFLOW_DATABASE_URL"}
    done = subprocess.run(
        [sys.executable, "-m", f"caseflow.jobs.{module}"],
        env=bare,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "CASEFLOW_DATABASE_URL is missing" in done.stderr


def test_the_job_itself_delivers_what_waits(
    office: Office, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        if name.startswith("CASEFLOW_"):
            monkeypatch.setenv(name, value)
    post(office, 0, 4)
    delivery.cache_clear()
    pulse.cache_clear()
    try:
        assert deliver_outbox() == 4
        assert deliver_outbox() == 0
        assert office.application.health.look().beats["worker"].detail == {"count": 4}
    finally:
        delivery().close()
        delivery.cache_clear()
        pulse.cache_clear()


def test_an_address_is_asked_for_where_it_is_missing(tmp_path: Path) -> None:
    settings = Settings(tmp_path, None, None, (), "127.0.0.1", 8080, https=False, log_level="info")
    with pytest.raises(ConfigurationError, match="CASEFLOW_DATABASE_URL"):
        bootstrap.database_address(settings)
