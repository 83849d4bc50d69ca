"""Measures the check and the trial balance of a large ledger, before and after a close."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import psycopg

from caseflow import bootstrap
from caseflow.cli.bench_post import DAY, bench_actor
from caseflow.domain.access import Actor
from caseflow.domain.ledger import Line

TRANSFERS_A_CASE = 10
OPEN_MONTH = date(2026, 3, 31)
CLOSED_PERIOD = 202602
# The rows are written past triggers and foreign keys, which the measurement of posting covers; indexes come afterwards.
PREPARE = """
alter table transfer disable trigger user;
alter table cases disable trigger user;
alter table transfer drop constraint fk_transfer_debit, drop constraint fk_transfer_credit,
  drop constraint fk_transfer_case_id, drop constraint fk_transfer_reverses;
drop index ix_transfer_debit, ix_transfer_credit, ix_transfer_case, ix_transfer_balance, ix_transfer_newest,
  ix_transfer_xid;
alter table cases drop constraint fk_cases_version;
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
                   version, opened_on, last_step_on, idempotency_key, assessed_fen, collected_fen)
select %(office)s, 'FILL-' || id, '测' || id, 'two_illegal', 'bench', id, %(actor)s, 'decided', 'collection', 'office',
       1, %(day)s, %(day)s, 'fill-' || id, %(half)s * 100, %(half)s * 100
  from person
"""
# Nine parts in ten lie in the twelve closed months, one in the open one.
FILL_TRANSFERS = """
insert into transfer (office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen,
                      booked_on, value_on, case_id, actor_id, document, reason, at, leaf)
select c.office_id, 'income', 'fill-' || c.id || '-' || n, 1, m.operation, d.id, d.kind, k.id, k.kind, 100, b.day,
       b.day, c.id, %(actor)s, 'R-' || c.id, 'bench', now(), sha256((c.id * 100 + n)::text::bytea)
  from cases c cross join generate_series(0, %(each)s - 1) n
  cross join lateral (select case when n %% 2 = 0 then 'assess' else 'collect' end as operation,
    case when n %% 2 = 0 then '1102' else '1201' end as debit,
    case when n %% 2 = 0 then '4102' else '1102' end as credit) m
  cross join lateral (select case when n = %(each)s - 1 then date '2026-03-01' + (c.id %% 28)::int
    else date '2025-03-01' + ((c.id * 7 + n * 31) %% 360)::int end as day) b
  join account d on d.office_id = c.office_id and d.code = m.debit
  join account k on k.office_id = c.office_id and k.code = m.credit
"""
INDEXES = """
create index ix_transfer_balance on transfer (office_id, line, booked_on) include (debit_id, credit_id, amount_fen);
create index ix_transfer_debit on transfer (debit_id, id) include (amount_fen, booked_on);
create index ix_transfer_credit on transfer (credit_id, id) include (amount_fen, booked_on);
create index ix_transfer_case on transfer (case_id, id) where case_id is not null;
"""
OPEN_ALONE = """
select account_id, sum(debit_fen), sum(credit_fen) from (
  select debit_id as account_id, sum(amount_fen) as debit_fen, 0 as credit_fen from transfer
   where office_id = %(office)s and line = 'income' and booked_on between date '2026-03-01' and %(day)s group by 1
  union all
  select credit_id, 0, sum(amount_fen) from transfer
   where office_id = %(office)s and line = 'income' and booked_on between date '2026-03-01' and %(day)s group by 1
) x group by 1
"""


@dataclass(frozen=True)
class LedgerFigures:
    """Seconds: the check, the trial balance before and after a close, and the open period alone by plain SQL."""

    transfers: int
    check_s: float
    trial_balance_s: float
    closed_trial_balance_s: float
    open_period_s: float

    @property
    def ratio(self) -> float:
        """Return the trial balance after a close against the open period alone."""
        return self.closed_trial_balance_s / self.open_period_s


def measure_ledger(database_url: str, *, transfers: int, say: Callable[[str], None]) -> LedgerFigures:
    """Measure in the empty database at ``database_url`` with so many transfers; medians of several runs."""
    bootstrap.migrate(database_url)
    actor = bench_actor(database_url)
    _fill(database_url, actor, transfers, say)
    application = bootstrap.build_application(database_url, time=bootstrap.SetTime(DAY), pool_size=1)

    def trial_balance() -> None:
        with application.store.begin() as work:
            totals = work.ledger.trial_balance(actor.office_id, Line.INCOME, OPEN_MONTH)
        if sum(one.debit_fen for one in totals) != sum(one.credit_fen for one in totals):
            message = "the trial balance does not balance"
            raise ArithmeticError(message)

    try:
        say("checking")
        check_s = _median(lambda: _expect_nothing(len(application.ledger_check.run())), 3)
        trial_s = _median(trial_balance, 3)
        say("closing")
        application.time.day = date(2026, 4, 1)  # type: ignore[attr-defined]
        with psycopg.connect(database_url) as owner:
            owner.execute("insert into period_close (office_id, line, period, closed_by) values (%s, 'income', %s, %s)",
                          (actor.office_id, CLOSED_PERIOD, actor.id))  # fmt: skip
        closed_s = _median(trial_balance, 7)
        with psycopg.connect(database_url) as owner:
            given = {"office": actor.office_id, "day": OPEN_MONTH}
            open_s = _median(lambda: owner.execute(OPEN_ALONE, given).fetchall(), 7)
    finally:
        application.close()
    return LedgerFigures(transfers, check_s, trial_s, closed_s, open_s)


def _fill(database_url: str, actor: Actor, transfers: int, say: Callable[[str], None]) -> None:
    cases = transfers // TRANSFERS_A_CASE
    given = {
        "office": actor.office_id, "actor": actor.id, "cases": cases, "day": DAY, "each": TRANSFERS_A_CASE,
        "half": TRANSFERS_A_CASE // 2,
    }  # fmt: skip
    with psycopg.connect(database_url) as owner:
        owner.execute(PREPARE)
        say(f"filling the ledger with {cases * TRANSFERS_A_CASE:,} transfers of {cases:,} cases")
        owner.execute(FILL_CASES, given)
        owner.execute(FILL_TRANSFERS, given)
        say("indexing")
        owner.execute(INDEXES)
        owner.execute("alter table period_close enable trigger user")
        owner.commit()
        owner.autocommit = True
        owner.execute("vacuum analyze transfer")
        owner.execute("vacuum analyze cases")


def _median(act: Callable[[], object], times: int) -> float:
    spans = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        spans.append(time.perf_counter() - begun)
    return statistics.median(spans)


def _expect_nothing(disagreements: int) -> None:
    if disagreements:
        message = f"the check names {disagreements} disagreements in a ledger that was filled to agree"
        raise ArithmeticError(message)
