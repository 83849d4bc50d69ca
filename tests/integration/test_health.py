"""The look at the background work on a real database and queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date

import psycopg
import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from caseflow import bootstrap
from caseflow.adapters.queue import QUEUE_NAME, RedisWake
from caseflow.domain.access import NotPermitted
from caseflow.domain.health import QueueFacts
from caseflow.domain.health_lines import judge
from caseflow.services.outbox_delivery import OutboxDelivery
from tests.background import beaten, given_up_notice, run
from tests.office import CHECKED, Office


def test_one_look_finds_what_waits_what_is_due_and_what_reached_nobody(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    facts = office.application.health.look()
    # The database's clock is far beyond the day this case was filed on.
    assert (facts.clocks_due, facts.clocks_due_since) == (1, date(2026, 5, 25))
    assert facts.notices.pending == 3
    assert facts.notices.oldest is not None
    run(office.database_url, "update staff set active = false")
    run(office.database_url, "update clock set rungs = null, next_rung_on = null")
    OutboxDelivery(office.application.store).drain()
    facts = office.application.health.look()
    assert (facts.notices.pending, facts.unheard, facts.clocks_due, facts.clocks_unreckoned) == (0, 3, 0, 1)
    assert facts.staff_without_mail == 0
    assert facts.offices_without_head == 1
    assert facts.unsealed > 3
    assert {"clocks_due", "unheard", "queue"} <= {line.name for line in judge(facts)}


def test_beats_are_counted_and_carry_what_was_said(office: Office) -> None:
    health = office.application.health
    health.beat({"deliver": {"count": 2}, "timetable": {"count": 0}})
    health.beat({"deliver": {"count": 3}})
    beats = health.look().beats
    assert {name: (beat.rounds, dict(beat.detail)) for name, beat in beats.items()} == {
        "deliver": (2, {"count": 3}),
        "timetable": (1, {"count": 0}),
    }
    age = health.look().age_of("deliver")
    assert age is not None
    assert 0 <= age.total_seconds() < 10
    assert health.look().age_of("worker") is None


def test_a_notice_tried_again_is_delivered(office: Office) -> None:
    payload = f'{{"office_id": {office.actors["officer"].office_id}, "desk_role": "supervisor"}}'
    number = given_up_notice(office.database_url, "n1", payload, kind="case_moved")
    health, administrator = office.application.health, office.actors["administrator"]
    assert [letter.id for letter in health.dead_notices(administrator).letters] == [number]
    assert health.retry_notice(administrator, number)
    assert not health.retry_notice(administrator, number)
    OutboxDelivery(office.application.store).drain()
    with psycopg.connect(office.database_url) as connection:
        told = connection.execute("select s.login from inbox i join staff s on s.id = i.staff_id").fetchall()
    assert told == [("supervisor",)]


@pytest.mark.parametrize("login", ["officer", "supervisor", "auditor"])
def test_only_an_administrator_looks_and_tries_again(office: Office, login: str) -> None:
    health, actor = office.application.health, office.actors[login]
    for refused in (health.lines, health.dead_notices, health.dead_mail):
        with pytest.raises(NotPermitted):
            refused(actor)
    for retry in (health.retry_notice, health.retry_mail):
        with pytest.raises(NotPermitted):
            retry(actor, 1)


def test_the_look_takes_indexes(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute("set enable_seqscan = off")
        for table, condition, index in (
            ("outbox", "state = 'dead'", "ix_outbox_dead"),
            ("outbox", "state = 'pending'", "ix_outbox_pending"),
            ("outbox", "state = 'done' and last_error is not null and done_at > now()", "ix_outbox_unheard"),
            ("mail", "state = 'dead'", "ix_mail_dead"),
            ("clock", "status in ('open', 'tolled') and rungs is null", "ix_clock_unreckoned"),
        ):
            plan = connection.execute(f"explain select from {table} where {condition} limit 10").fetchall()
            assert index in str(plan), table


def test_the_queue_tells_of_its_workers_and_one_that_is_away_does_not_hold_anybody_up(redis_url: str) -> None:
    wake = RedisWake(redis_url)
    assert wake.look() == QueueFacts(reachable=True)
    wake.wake()
    with Redis.from_url(redis_url) as connection:
        queue = Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
        worker = SimpleWorker([queue], connection=connection, serializer=JSONSerializer)
        worker.register_birth()  # type: ignore[no-untyped-call]
        assert wake.look() == QueueFacts(reachable=True, workers=1, waiting=1)
        # A worker that was killed has no key any more and is still listed.
        connection.delete(worker.key)
        assert wake.look().workers == 0
    wake.close()
    began = time.monotonic()
    assert RedisWake("redis://127.0.0.1:1/0").look() == QueueFacts(reachable=False)
    assert time.monotonic() - began < 3


def test_the_operators_look_needs_no_application(office: Office, redis_url: str) -> None:
    health = bootstrap.build_health(office.database_url, redis_url)
    assert health.look().queue == QueueFacts(reachable=True)
    health.close()


def doctor(office: Office, redis_url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {
        "CASEFLOW_DATABASE_URL": office.database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 32,
    }
    return subprocess.run(
        [sys.executable, "-m", "caseflow.cli", "doctor", *arguments],
        env={**os.environ, **given, **settings},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_doctor_says_what_the_page_says_and_fails_when_something_is_wrong(office: Office, redis_url: str) -> None:
    beaten(office.database_url)
    well = doctor(office, redis_url, "--json")
    assert well.returncode == 0, well.stdout + well.stderr
    found = json.loads(well.stdout)
    assert {name: found[name]["mark"] for name in ("sweep", "queue", "addresses", "notices_dead")} == {
        "sweep": "ok",
        "queue": "LOOK",
        "addresses": "hint",
        "notices_dead": "ok",
    }
    beaten(office.database_url, "1 hour", ("sweep",))
    given_up_notice(office.database_url, "n1")
    ill = doctor(office, redis_url)
    assert ill.returncode == 1
    wrong = [line for line in ill.stdout.splitlines() if line.startswith("WRONG")]
    assert [line.split()[1] for line in wrong] == ["sweep", "notices_dead"]
    assert "60 minutes ago" in wrong[0]
    assert "Is “caseflow run” up?" in ill.stdout


def test_the_doctor_asks_how_many_proxies_stand_in_front_where_people_come_by_tls(
    office: Office, redis_url: str
) -> None:
    beaten(office.database_url)
    marks = {}
    for settings in ({}, {"CASEFLOW_HTTPS": "yes"}, {"CASEFLOW_HTTPS": "yes", "CASEFLOW_PROXIES": "1"}):
        answer = doctor(office, redis_url, "--json", **settings)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        found = json.loads(answer.stdout)["proxies"]
        marks[len(settings)] = found["mark"]
        assert "Set CASEFLOW_PROXIES" in found["advice"]
    assert marks == {0: "ok", 1: "LOOK", 2: "ok"}
