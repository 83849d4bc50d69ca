"""A whole ``caseflow run`` whose parts are killed at random, and the due clocks it has to get through meanwhile."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
import redis

from caseflow import bootstrap
from caseflow.config import read_settings
from tests.conftest import processes_of
from tests.mailbox import Mailbox

Answer = TypeVar("Answer")
PARTS = ("caseflow.jobs.worker", "caseflow.jobs.timetable", "valkey-server", "bin/postgres")
# One case a clock. Every fifth clock has an escalation due on the same day.
FILL = """
with numbers as (select n, 'wave-' || n as name from generate_series(%(first)s::int, %(last)s::int) n
), person as (
  insert into party (office_id, kind, name_sealed, name_index)
  select %(office)s, 'institution', decode('01' || repeat('00', 50), 'hex'), decode(repeat('00', 36), 'hex')
    from numbers
  returning id
), paired as (
  select p.id, x.name from (select id, row_number() over (order by id) as no from person) p
    join (select name, row_number() over (order by n) as no from numbers) x using (no)
), opened as (
  insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase,
                     waiting_for, version, opened_on, last_step_on, idempotency_key, desk_role)
  select %(office)s, name, name, 'two_illegal', 'faults', id, %(owner)s, 'filed', 'investigation', 'office', 1,
         business_date(), business_date(), name, 'officer' from paired
  returning id, number
), taken as (
  insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                    idempotency_key, request_hash)
  select id, 1, 'open_case', 'filed', 'filed', %(owner)s, 'officer', business_date(), business_date(), number, ''
    from opened
)
insert into clock (case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, record, rungs,
                   next_rung_on)
select id, 'cn.apl.decision_90d', 'agency', 'open', 1, business_date() - 90, business_date(), false, '{}',
       jsonb_build_array(jsonb_build_object('name', '0d', 'ladder', 'agency', 'on', business_date(), 'to', 'owner',
                                            'escalates', false, 'passes_turn', false))
       || case when substr(number, 6)::int %% 5 = 0 then jsonb_build_array(jsonb_build_object(
            'name', '+1w', 'ladder', 'agency', 'on', business_date(), 'to', 'supervisor', 'escalates', true,
            'passes_turn', false)) else '[]' end, business_date()
  from opened
"""
LEFT = """
select (select count(*) from clock where status = 'open' and next_rung_on <= business_date())
     + (select count(*) from outbox where state = 'pending') + (select count(*) from mail where state = 'pending')
"""


@dataclass
class Chaos:
    """One home, its ``caseflow run``, and what has been done to it. ``kills`` counts by part."""

    home: Path
    port: int
    settings: Mapping[str, str]
    box: Mailbox
    seed: int
    database_url: str = ""
    redis_url: str = ""
    kills: Counter[str] = field(default_factory=Counter)
    run: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEFLOW_")}
        return {**kept, **self.settings, "CASEFLOW_HOME": str(self.home)}

    def start(self) -> None:
        """Start ``caseflow run`` unless it runs; the pages are not waited for."""
        if self.run is not None and self.run.poll() is None:
            return
        with (self.home / "run.log").open("ab") as log:
            command = [sys.executable, "-m", "caseflow.cli", "run", "--port", str(self.port)]
            self.run = subprocess.Popen(command, env=self.environment, stdout=log, stderr=log)

    def wait_for_parts(self, seconds: float = 90.0) -> None:
        """Wait until every part lives. Raises ``AssertionError``."""
        deadline = time.monotonic() + seconds
        while not all(self.named(part) for part in PARTS):
            assert time.monotonic() < deadline, (self.home / "run.log").read_text()[-3000:]
            time.sleep(0.2)

    def wait_for_work(self, seconds: float = 6.0) -> None:
        """Wait until somebody is at work on what is left (or long enough), and a random moment more."""
        before, deadline = self.left(), time.monotonic() + seconds
        while before and self.left() >= before and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(self.random.uniform(0.0, 0.3))

    def stop(self) -> None:
        """End all of it; also what a killed supervisor left behind."""
        if self.run is not None and self.run.poll() is None:
            self.run.terminate()
            self.run.wait(60)
        with self.servers():
            pass

    def servers(self) -> contextlib.AbstractContextManager[Any]:
        """Attach to the home's servers, starting them where they do not run."""
        return bootstrap.attach_or_start(read_settings({"CASEFLOW_HOME": str(self.home)}))

    def strike(self) -> str:
        """Kill one part with -9, empty Redis, or let a part hang for a moment; return what was done."""
        living = [part for part in PARTS if self.named(part)]
        what = self.random.choice([*living, "supervisor", "flush", "forget", "backend", "hang"])
        {
            "supervisor": self._kill_supervisor,
            "flush": self._flush,
            "forget": self._forget,
            "backend": self._kill_backend,
            "hang": self._hang,
        }.get(what, lambda: self._kill(what))()
        return what

    def _kill(self, part: str) -> None:
        for process in self.named(part)[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                self.kills[part] += 1

    def _kill_supervisor(self) -> None:
        if self.run is not None:
            self.run.kill()
            self.run.wait()
            self.kills["supervisor"] += 1

    def _flush(self) -> None:
        with contextlib.suppress(redis.RedisError), redis.Redis.from_url(self.redis_url) as client:
            client.flushall()
            self.kills["flush"] += 1

    def _forget(self) -> None:
        """Kill Redis and take away all that it kept on disk."""
        self._kill("valkey-server")
        for kept in (self.home / "valkey").glob("appendonlydir"):
            shutil.rmtree(kept, ignore_errors=True)
        self.kills["forget"] += 1

    def _kill_backend(self) -> None:
        backends = [one for one in self.named("postgres: caseflow") if one.ppid() != 1]
        if backends:
            with contextlib.suppress(psutil.NoSuchProcess):
                self.random.choice(backends).kill()
                self.kills["backend"] += 1

    def _hang(self) -> None:
        for process in self.named(self.random.choice(PARTS[:2]))[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGSTOP)
                time.sleep(0.5)
                process.send_signal(signal.SIGCONT)

    def named(self, word: str) -> list[psutil.Process]:
        """Return the live processes of the home whose command holds ``word``, oldest first."""
        found = []
        for process in processes_of(self.home):
            with contextlib.suppress(psutil.NoSuchProcess):
                if word in " ".join(process.cmdline()):
                    found.append(process)
        return sorted(found, key=lambda one: one.create_time())

    def ask(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement, waiting for PostgreSQL for up to a minute."""
        return insistently(lambda: _rows(self.database_url, statement, parameters))

    def open_clocks(self, first: int, last: int, office_id: int, owner_id: int) -> None:
        """Open the clocks with these numbers, all or none; a commit whose answer was lost is seen and not repeated."""
        given = {"first": first, "last": last, "office": office_id, "owner": owner_id}

        def once() -> None:
            with psycopg.connect(self.database_url, connect_timeout=5) as connection:
                there = connection.execute("select exists (select from cases where number = %s)", (f"wave-{last}",))
                if there.fetchone() == (False,):
                    connection.execute(FILL, given)

        insistently(once)

    def left(self) -> int:
        """Return how much still waits: clocks to sweep, notices and mail to deliver."""
        count: int = self.ask(LEFT)[0][0]
        return count


def insistently(do: Callable[[], Answer], seconds: float = 60.0) -> Answer:
    """Do it until PostgreSQL lets it happen."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return do()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def _rows(database_url: str, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url, connect_timeout=5) as connection:
        return connection.execute(statement, parameters).fetchall()
