"""Measures full steps through the service against the four-statement floor, alternating in one run."""

from __future__ import annotations

import multiprocessing
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.services.cases import OpenCase, TakeStep
from caseflow.services.ports import NewStaff

DAY = date(2026, 3, 2)
ACTOR_ROLES = (Role.OFFICER, Role.APPROVER, Role.SUPERVISOR)
PLAN: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("officer", "check_report", {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"}),
    ("approver", "file_case", {"filed_on": "2026-03-02"}),
    ("supervisor", "name_officers", {"first_card_no": "A-1", "second_card_no": "A-2"}),
    ("officer", "question", {"questioned_on": "2026-03-02", "questioned_as": "subject", "rights_told": "on"}),
    (
        "officer",
        "add_evidence",
        {"evidence_kind": "documentary", "evidence_description": "x", "evidence_obtained_on": "2026-03-02"},
    ),
    ("officer", "conclude_investigation", {"findings": "x"}),
)
FLOOR_SCHEMA = """
create table floor_case (id bigint primary key, state text not null, version int not null);
create table floor_history (id bigint generated always as identity primary key, case_id bigint not null,
  from_state text not null, to_state text not null, actor_id int not null, at timestamptz not null default now());
create index on floor_history (case_id);
insert into floor_case select n, 'a', 0 from generate_series(1, 1000) n;
"""


class DatabaseRefused(Exception):
    """The server makes no database for the measurement; the message is the server's."""


@dataclass(frozen=True)
class StepFigures:
    """Steps a second: medians over the blocks, their ratio, and the run with several processes."""

    cases: int
    floor_median: float
    service_median: float
    ratio: float
    floor_blocks: list[float]
    service_blocks: list[float]
    concurrent: float | None
    scaling: float | None


def measure_steps(
    database_url: str, *, cases: int, rounds: int, block: int, processes: int, say: Callable[[str], None]
) -> StepFigures:
    """Measure in the empty database at ``database_url``; rates are steps a second."""
    bootstrap.migrate(database_url)
    actors = _staff(database_url)
    if cases:
        say(f"filling the database with {cases:,} cases")
        _fill(database_url, cases)
    floor_blocks, service_blocks = [], []
    with _Service(database_url, actors) as service, psycopg.connect(database_url) as floor:
        floor.execute(FLOOR_SCHEMA)
        floor.commit()
        service.run(block)
        _floor_block(floor, block)
        for number in range(rounds):
            floor_blocks.append(_floor_block(floor, block))
            service_blocks.append(service.run(block))
            say(f"block {number + 1}: floor {floor_blocks[-1]:,.0f}/s, service {service_blocks[-1]:,.0f}/s")
    single = statistics.median(service_blocks)
    concurrent = _concurrent(database_url, actors, processes, block) if processes > 1 else None
    floor_median = statistics.median(floor_blocks)
    return StepFigures(
        cases=cases,
        floor_median=floor_median,
        service_median=single,
        ratio=single / floor_median,
        floor_blocks=floor_blocks,
        service_blocks=service_blocks,
        concurrent=concurrent,
        scaling=concurrent / single if concurrent else None,
    )


class _Service:
    """Takes the plan's steps on fresh cases; only the steps are timed, not the opening of the cases."""

    def __init__(self, url: str, actors: dict[str, Actor]) -> None:
        self._actors = actors
        self._application = bootstrap.build_application(url, time=bootstrap.SetTime(DAY), pool_size=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._application.close()

    def prepare(self, steps: int) -> list[int]:
        """Open as many cases as ``steps`` steps need; return their ids."""
        return [self._open() for _ in range(-(-steps // len(PLAN)))]

    def take(self, case_ids: list[int]) -> int:
        """Take the whole plan on each case; return how many steps that was."""
        for case_id in case_ids:
            for version, (role, trigger, answers) in enumerate(PLAN, start=1):
                request = TakeStep(case_id, trigger, version, answers, str(uuid.uuid4()))
                self._application.cases.advance(self._actors[role], request)
        return len(case_ids) * len(PLAN)

    def run(self, steps: int) -> float:
        """Return the steps a second over one block."""
        case_ids = self.prepare(steps)
        begun = time.perf_counter()
        taken = self.take(case_ids)
        return taken / (time.perf_counter() - begun)

    def _open(self) -> int:
        request = OpenCase(
            regime="two_illegal",
            party_kind="institution",
            party_name="Bench clinic",
            answers={"act_date": "2026-02-01", "act_place": "x", "source": "inspection", "conduct_summary": "x"},
            idempotency_key=str(uuid.uuid4()),
            second_officer_id=self._actors["second"].id,
        )
        return self._application.cases.open(self._actors["officer"], request).case_id


def _floor_block(connection: psycopg.Connection, steps: int) -> float:
    begun = time.perf_counter()
    for number in range(steps):
        case_id = number % 1000 + 1
        row = connection.execute(
            "select state, version from floor_case where id = %s for update", (case_id,), prepare=True
        ).fetchone()
        state, version = row or ("a", 0)
        to_state = "b" if state == "a" else "a"
        connection.execute(
            "insert into floor_history (case_id, from_state, to_state, actor_id) values (%s, %s, %s, %s)",
            (case_id, state, to_state, 1),
            prepare=True,
        )
        connection.execute(
            "update floor_case set state = %s, version = %s where id = %s",
            (to_state, version + 1, case_id),
            prepare=True,
        )
        connection.commit()
    return steps / (time.perf_counter() - begun)


def _concurrent(url: str, actors: dict[str, Actor], processes: int, block: int) -> float:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    workers = [context.Process(target=_worker, args=(url, actors, block, barrier, results)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    spans = [results.get(timeout=300) for _ in workers]
    for worker in workers:
        worker.join()
    taken = sum(span[2] for span in spans)
    elapsed: float = max(span[1] for span in spans) - min(span[0] for span in spans)
    return float(taken) / elapsed


def _worker(url: str, actors: dict[str, Actor], block: int, barrier: object, results: object) -> None:
    with _Service(url, actors) as service:
        service.run(len(PLAN) * 10)
        case_ids = service.prepare(block)
        barrier.wait(timeout=300)  # type: ignore[attr-defined]
        begun = time.monotonic()
        taken = service.take(case_ids)
        results.put((begun, time.monotonic(), taken))  # type: ignore[attr-defined]


def _staff(url: str) -> dict[str, Actor]:
    application = bootstrap.build_application(url, time=bootstrap.SetTime(DAY), pool_size=1)
    logins = {"officer": Role.OFFICER, "second": Role.OFFICER, "approver": Role.APPROVER, "supervisor": Role.SUPERVISOR}
    try:
        with application.store.begin() as work:
            event = bootstrap.setup_event
            office_id = work.staff.add_office("BENCH", "Bench", "测速", event("office"))
            work.ledger.open_accounts(office_id, application.rulebook.chart.accounts)
            for login, role in logins.items():
                new = NewStaff(office_id, f"bench_{login}", login, login, "", (role,))
                work.staff.add(new, event(login))
            work.commit()
        with application.store.begin() as work:
            found = {login: work.staff.by_login(f"bench_{login}") for login in logins}
    finally:
        application.close()
    return {login: member.actor for login, member in found.items() if member is not None}


def _fill(url: str, cases: int) -> None:
    """Copy one opened case ``cases`` times in SQL: the size of the tables counts here, not their history."""
    application = bootstrap.build_application(url, time=bootstrap.SetTime(DAY), pool_size=1)
    try:
        with application.store.begin() as work:
            rules = application.rulebook.current("two_illegal", work)
            content_hash = rules.definition.content_hash
            work.commit()
    finally:
        application.close()
    with psycopg.connect(url) as connection:
        connection.execute(FILL_PARTIES, {"cases": cases})
        connection.execute(FILL_CASES, {"hash": content_hash, "day": DAY})
        connection.execute(FILL_STEPS, {"day": DAY})
        connection.commit()
        connection.autocommit = True
        connection.execute("analyze")


# No page of the bench shows these names: they have the form of a seal, and no key opens them.
FILL_PARTIES = """
insert into party (office_id, kind, name_sealed, name_index)
select o.id, 'institution', decode('01' || repeat('00', 50), 'hex'), decode(repeat('00', 36), 'hex')
  from office o, generate_series(1, %(cases)s) n where o.code = 'BENCH'
"""
FILL_CASES = """
insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase,
                   waiting_for, version, opened_on, last_step_on, next_due_on, desk_role, idempotency_key)
select p.office_id, 'FILL-' || p.id, '测' || p.id, 'two_illegal', %(hash)s, p.id, s.id, 'report_received',
       'investigation', 'office', 1, %(day)s, %(day)s, %(day)s::date + (p.id %% 400)::int, 'officer', 'fill-' || p.id
  from party p join staff s on s.login = 'bench_second'
"""
FILL_STEPS = """
insert into step (case_id, seq, trigger, from_state, to_state, actor_id, role, effective_on, business_date,
                  idempotency_key, request_hash)
select c.id, 1, 'open_case', 'report_received', 'report_received', c.owner_id, 'officer', %(day)s, %(day)s,
       'fill-' || c.id, sha256(c.number::bytea)
  from cases c where c.number like 'FILL-%%'
"""


@contextmanager
def database_beside(database_url: str) -> Iterator[str]:
    """Make a database beside ``database_url``, yield its address, and drop it. Raises ``DatabaseRefused``."""
    name = f"caseflow_bench_{uuid.uuid4().hex[:8]}"
    parts = urlsplit(database_url)
    own = urlunsplit(parts._replace(path=f"/{name}"))
    try:
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(f'create database "{name}"')
    except psycopg.Error as error:
        raise DatabaseRefused(str(error)) from error
    try:
        yield own
    finally:
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(f'drop database "{name}" with (force)')
