"""Measures the sweep of a million open clocks, against one hand-written statement that does the same."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg

from caseflow import bootstrap
from caseflow.cli.bench_post import bench_actor
from caseflow.domain.access import Actor
from caseflow.services.reminders import Reminders

CLOCKS_A_CASE = 10
FIRST_DAY = date(2026, 3, 2)
IDLE_ROUNDS = 50
# The rows are written past triggers and foreign keys, which are back before anything is measured.
PREPARE = """
alter table cases disable trigger user;
alter table cases drop constraint fk_cases_version;
alter table clock drop constraint fk_clock_case_id;
insert into workflow_definition (content_hash, regime, version, body) values ('bench', 'two_illegal', 1, '{}');
"""
# No page of the bench shows these names: they have the form of a seal, and no key opens them.
FILL_CASES = """
with person as (
  insert into party (office_id, kind, name_sealed, name_index)
  select %(office)s, 'institution', decode('01' || repeat('00', 50), 'hex'), decode(repeat('00', 36), 'hex')
    from generate_series(1, %(cases)s) n returning id
)
insert into cases (office_id, number, number_zh, regime, definition_hash, party_id, owner_id, state, phase, waiting_for,
                   version, opened_on, last_step_on, idempotency_key, desk_role)
select %(office)s, 'FILL-' || id, '测' || id, 'two_illegal', 'bench', id, %(actor)s, 'decided', 'collection', 'office',
       1, %(day)s, %(day)s, 'fill-' || id, 'officer'
  from person
"""
# The first clocks fall due on the days that are measured, so many a day; all others far away.
FILL_CLOCKS = """
insert into clock (case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, record, rungs,
                   next_rung_on)
select c.id, 'cn.bench.rule_' || n, 'agency', 'open', 1, %(day)s, d.warn_on + 7, false, '{}',
       jsonb_build_array(
         jsonb_build_object('name', '-7d', 'ladder', 'agency', 'on', d.warn_on, 'to', 'owner', 'escalates', false,
                            'passes_turn', false),
         jsonb_build_object('name', '-1w', 'ladder', 'agency', 'on', d.warn_on + 400, 'to', 'owner',
                            'escalates', false, 'passes_turn', false),
         jsonb_build_object('name', '0d', 'ladder', 'agency', 'on', d.warn_on + 401, 'to', 'owner',
                            'escalates', false, 'passes_turn', false),
         jsonb_build_object('name', 'ran_out', 'ladder', 'agency', 'on', d.warn_on + 402, 'to', 'owner',
                            'escalates', false, 'passes_turn', false),
         jsonb_build_object('name', '+1w', 'ladder', 'agency', 'on', d.warn_on + 403, 'to', 'supervisor',
                            'escalates', true, 'passes_turn', false),
         jsonb_build_object('name', '+5w', 'ladder', 'agency', 'on', d.warn_on + 407, 'to', 'office_head',
                            'escalates', true, 'passes_turn', false)),
       d.warn_on
  from (select id, row_number() over (order by id) - 1 as place from cases) c
  cross join generate_series(1, %(each)s) n
  cross join lateral (select (c.place * %(each)s + n - 1) / %(due)s as block) b
  cross join lateral (select (case when b.block < %(blocks)s then %(day)s::date + b.block::int
                                   else %(day)s::date + 1000 + (c.id %% 300)::int end) as warn_on) d
"""
RESTORE = """
alter table clock add constraint fk_clock_case_id foreign key (case_id) references cases (id);
alter table cases enable trigger user;
"""
# What somebody would write who knew that exactly one rung is due: no ladder to read, no second sweep to think of.
FLOOR = """
with marked as (
  update clock set next_rung_on = due_on + 393 where status = 'open' and next_rung_on <= %(today)s
  returning id, case_id, rule_id, due_on
), reminded as (
  insert into reminder (clock_id, case_id, office_id, rule_id, due_on, rung, ladder, day, addressee, escalates,
                        swept_on)
  select m.id, m.case_id, c.office_id, m.rule_id, m.due_on, '-7d', 'agency', %(today)s, 'owner', false, %(today)s
    from marked m join cases c on c.id = m.case_id
  returning clock_id, case_id, office_id, rule_id, due_on
)
insert into outbox (key, kind, payload)
select 'reminder:' || clock_id || ':' || due_on || ':-7d', 'reminder',
       jsonb_build_object('office_id', office_id, 'case_id', case_id, 'clock_id', clock_id, 'rule', rule_id,
                          'due_on', due_on, 'rung', '-7d', 'ladder', 'agency', 'day', %(today)s::date, 'to', 'owner',
                          'escalates', false)
  from reminded
"""


@dataclass(frozen=True)
class SweepFigures:
    """Seconds a block of due clocks takes by hand and by the sweep, an idle sweep, and deliveries a second."""

    clocks: int
    due: int
    floor_blocks_s: list[float]
    sweep_blocks_s: list[float]
    idle_ms: float
    deliveries: int
    deliveries_a_second: float

    @property
    def floor_s(self) -> float:
        """The median block by hand."""
        return statistics.median(self.floor_blocks_s)

    @property
    def sweep_s(self) -> float:
        """The median block by the sweep."""
        return statistics.median(self.sweep_blocks_s)

    @property
    def ratio(self) -> float:
        """The sweep against the statement by hand."""
        return self.sweep_s / self.floor_s


def measure_sweep(database_url: str, *, clocks: int, due: int, rounds: int, say: Callable[[str], None]) -> SweepFigures:
    """Measure in the empty database at ``database_url``; blocks by hand and by the sweep take turns."""
    bootstrap.migrate(database_url)
    actor = bench_actor(database_url)
    _fill(database_url, actor, clocks, due, 2 * rounds, say)
    application = bootstrap.build_application(database_url, time=bootstrap.SetTime(FIRST_DAY), pool_size=1)
    reminders = Reminders(application.store, application.time, batch_size=max(due + 1, 5_000))
    floor: list[float] = []
    sweep: list[float] = []
    try:
        address, options = bootstrap.role_address(database_url, bootstrap.APPLICATION_ROLE)
        with psycopg.connect(address, options=f"{options} -c caseflow.office=*", autocommit=True) as hand:
            for block in range(2 * rounds):
                today = FIRST_DAY + timedelta(days=block)
                say(f"block {block + 1} of {2 * rounds}")
                begun = time.perf_counter()
                if block % 2:
                    count = reminders.sweep(today).reminders
                else:
                    count = hand.execute(FLOOR, {"today": today}).rowcount
                (sweep if block % 2 else floor).append(time.perf_counter() - begun)
                _expect(count, due)
            say("idle sweeps")
            idle_ms = 1_000 * statistics.median(
                _seconds(lambda: _expect(reminders.sweep(today).clocks, 0)) for _ in range(IDLE_ROUNDS)
            )
        say("delivering")
        delivered, delivery_s = _deliver(database_url)
    finally:
        application.close()
    return SweepFigures(clocks, due, floor, sweep, idle_ms, delivered, delivered / delivery_s)


def _deliver(database_url: str) -> tuple[int, float]:
    delivery = bootstrap.build_delivery(database_url)
    begun = time.perf_counter()
    try:
        count = delivery.drain()
        return count, time.perf_counter() - begun
    finally:
        delivery.close()


def _fill(database_url: str, actor: Actor, clocks: int, due: int, blocks: int, say: Callable[[str], None]) -> None:
    given = {
        "office": actor.office_id, "actor": actor.id, "cases": clocks // CLOCKS_A_CASE, "day": FIRST_DAY,
        "each": CLOCKS_A_CASE, "due": due, "blocks": blocks,
    }  # fmt: skip
    with psycopg.connect(database_url) as owner:
        owner.execute(PREPARE)
        say(f"filling the database with {clocks:,} open clocks")
        owner.execute(FILL_CASES, given)
        owner.execute(FILL_CLOCKS, given)
        owner.execute(RESTORE)
        owner.commit()
        owner.autocommit = True
        for table in ("clock", "cases", "reminder", "outbox"):
            owner.execute(psycopg.sql.SQL("vacuum analyze {}").format(psycopg.sql.Identifier(table)))


def _seconds(do: Callable[[], object]) -> float:
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        message = f"{found} instead of {wanted}"
        raise ArithmeticError(message)
