"""Two thousand reminders while everything is killed at random: each takes effect once, none is lost, nobody hangs.

The short form is part of ``make test``; ``make test-faults`` sets CASEFLOW_TEST_FAULTS to the number of strikes of the
long one.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.access import Role
from tests.faults.chaos import Chaos
from tests.mailbox import mailbox

STRIKES = int(os.environ.get("CASEFLOW_TEST_FAULTS", "12"))
CLOCKS = max(1_700, 40 * STRIKES)
REMINDERS = CLOCKS + CLOCKS // 5
LONGEST_SETTLING_SECONDS = 120.0 + CLOCKS / 25


@pytest.fixture
def port() -> int:
    for number in range(26_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as candidate, suppress(OSError):
            candidate.bind(("127.0.0.1", number))
            return number
    pytest.fail("no free port")


@pytest.fixture
def chaos(home: Path, port: int) -> Iterator[Chaos]:
    with mailbox() as box:
        settings = {
            "CASEFLOW_SMTP_URL": box.url,
            "CASEFLOW_MAIL_FROM": "cases@office.example",
            "CASEFLOW_MAIL_HOURS": "always",
            "CASEFLOW_MAIL_GATHER_SECONDS": "15",
        }
        seed = int(os.environ.get("CASEFLOW_TEST_SEED", time.time_ns() % 1_000_000))
        chaos = Chaos(home, port, settings, box, seed)
        with chaos.servers() as served:
            chaos.database_url, chaos.redis_url = str(served.database_url), str(served.redis_url)
            bootstrap.migrate(chaos.database_url)
            bootstrap.begin_production(chaos.database_url)
        yield chaos
        chaos.stop()


def staffed(chaos: Chaos) -> tuple[int, int]:
    """Return the ids of an office and its officer; there is a supervisor too."""
    with chaos.servers():
        for login, role in (("officer", Role.OFFICER), ("supervisor", Role.SUPERVISOR)):
            person = bootstrap.NewPerson(login, login, login, (role,), "a long passphrase", "TEST", ("Test", "测试"))
            bootstrap.add_staff(chaos.database_url, person)
        with psycopg.connect(chaos.database_url) as connection:
            connection.execute("update staff set email = login || '@office.example'")
            connection.execute(
                "insert into workflow_definition (content_hash, regime, version, body) "
                "values ('faults', 'two_illegal', 1, '{}')"
            )
        office_id, officer_id = chaos.ask("select office_id, id from staff where login = 'officer'")[0]
    return office_id, officer_id


def test_every_rung_takes_effect_once_whatever_is_killed(chaos: Chaos) -> None:
    office_id, officer_id = staffed(chaos)
    chaos.start()
    chaos.wait_for_parts()
    wave = CLOCKS // STRIKES + 1
    opened = 0
    for _ in range(STRIKES):
        last = min(opened + wave, CLOCKS)
        chaos.open_clocks(opened + 1, last, office_id, officer_id)
        opened = last
        chaos.wait_for_work()
        chaos.strike()
        chaos.start()
    print(f"seed {chaos.seed}, struck: {dict(chaos.kills)}")
    settle(chaos)
    sweeps = chaos.ask("select count(*) from audit_event where action = 'reminders_swept'")[0][0]
    assert sweeps >= min(STRIKES // 4, 20), "the strikes fell while reminders were given"
    effects = chaos.ask("select count(*), count(distinct (clock_id, due_on, rung)) from reminder")
    assert effects == [(REMINDERS, REMINDERS)]
    notices = chaos.ask("select state, count(*), max(attempts) from outbox where kind = 'reminder' group by state")
    assert notices == [("done", REMINDERS, 1)]
    told = chaos.ask(
        "select s.login, count(*), count(distinct i.key) from inbox i join staff s on s.id = i.staff_id "
        "where i.kind = 'reminder' group by s.login order by s.login"
    )
    assert told == [("officer", CLOCKS, CLOCKS), ("supervisor", CLOCKS // 5, CLOCKS // 5)]
    mail_came(chaos)
    nobody_hangs(chaos, office_id, officer_id)


def mail_came(chaos: Chaos) -> None:
    """Every message lies in one mail, each mail came, and came twice only where its sender was killed in between."""
    assert chaos.ask("select count(*) from inbox where kind = 'reminder' and mail_id is null") == [(0,)]
    rows = chaos.ask("select m.message_id, s.email, m.kind, m.state from mail m join staff s on s.id = m.staff_id")
    assert {row[3] for row in rows} == {"sent"}
    assert sum(row[1:3] == ("officer@office.example", "digest") for row in rows) == 1
    assert sum(row[1:3] == ("supervisor@office.example", "notice") for row in rows) == CLOCKS // 5
    came = [(one.message_id, one.to) for one in chaos.box.received]
    assert set(came) == {(row[0], row[1]) for row in rows}
    twice = len(came) - len(set(came))
    print(f"{len(set(came))} mails, {twice} of them came twice")
    assert twice <= sum(chaos.kills.values())


def settle(chaos: Chaos) -> None:
    """Let what was struck recover, untouched, and wait until nothing is left to do."""
    deadline = time.monotonic() + LONGEST_SETTLING_SECONDS
    while chaos.left():
        chaos.start()
        assert time.monotonic() < deadline, f"{chaos.left()} left; {(chaos.home / 'run.log').read_text()[-3000:]}"
        time.sleep(0.3)


def nobody_hangs(chaos: Chaos, office_id: int, officer_id: int) -> None:
    """A clock that falls due afterwards is told of as well, and worker and timetable are there."""
    chaos.open_clocks(CLOCKS + 1, CLOCKS + 1, office_id, officer_id)
    settle(chaos)
    assert chaos.ask("select count(*) from reminder") == [(REMINDERS + 1,)]
    chaos.wait_for_parts()
