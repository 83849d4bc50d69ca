"""Measures postings through the service against plain INSERT and COPY of the same rows, alternating in one run."""

from __future__ import annotations

import multiprocessing
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, Self

import psycopg

from caseflow import bootstrap
from caseflow.domain.access import Actor, Role
from caseflow.domain.ledger import Account, Entry, Line, Transfer
from caseflow.services.ledger import Posting
from caseflow.services.ports import NewStaff

DAY = date(2026, 3, 2)
BANK, HELD = Account("1201", "collecting_bank"), Account("2102", "held")
# The row alone with its key: no foreign key, no trigger, no other index.
FLOOR_SCHEMA = """
create table floor_transfer (like transfer including defaults including identity including generated);
alter table floor_transfer add primary key (id), add unique (key, leg);
grant select, insert on floor_transfer to caseflow_application;
"""
FLOOR_COLUMNS = (
    "office_id, line, key, leg, operation, debit_id, debit_kind, credit_id, credit_kind, amount_fen, booked_on, "
    "value_on, actor_id, document, reason, at, leaf"
)
FLOOR_INSERT = (
    f"insert into floor_transfer ({FLOOR_COLUMNS}) "  # noqa: S608 - a constant
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
FLOOR_COPY = f"copy floor_transfer ({FLOOR_COLUMNS}) from stdin (format binary)"
COPY_TYPES = (
    "int4", "text", "text", "int2", "text", "int4", "text", "int4", "text", "int8", "date", "date", "int4", "text",
    "text", "timestamptz", "bytea",
)  # fmt: skip
Side = Literal["floor", "service"]
SIDES: tuple[Side, ...] = ("floor", "service")


@dataclass(frozen=True)
class PostFigures:
    """Transfers a second: medians of the blocks on each side, and service / floor, for the three ways of posting."""

    single_floor: float
    single_service: float
    hot_floor: float
    hot_service: float
    bulk_floor: float
    bulk_service: float

    @property
    def ratios(self) -> dict[str, float]:
        """Return service / floor by way of posting."""
        return {
            "single": self.single_service / self.single_floor,
            "hot": self.hot_service / self.hot_floor,
            "bulk": self.bulk_service / self.bulk_floor,
        }


def measure_posting(
    database_url: str, *, rounds: int, block: int, bulk: int, processes: int, say: Callable[[str], None]
) -> PostFigures:
    """Measure in the empty database at ``database_url``."""
    bootstrap.migrate(database_url)
    actor = bench_actor(database_url)
    with psycopg.connect(database_url) as owner:
        owner.execute(FLOOR_SCHEMA)
    single: dict[Side, list[float]] = {"floor": [], "service": []}
    bulks: dict[Side, list[float]] = {"floor": [], "service": []}
    hot: dict[Side, list[float]] = {"floor": [], "service": []}
    with _Poster(database_url, actor) as poster:
        for side in SIDES:
            poster.one_by_one(side, block)
        for number in range(rounds):
            for side in SIDES:
                single[side].append(poster.one_by_one(side, block))
                bulks[side].append(poster.at_once(side, bulk))
            say(f"block {number + 1}: {_newest('one by one', single)}; {_newest('bulk', bulks)}")
    for _ in range(max(1, rounds // 3)):
        for side in SIDES:
            hot[side].append(_together(database_url, actor, side, processes, block))
        say(_newest(f"{processes} clients on one account", hot))
    middle = statistics.median
    return PostFigures(
        middle(single["floor"]),
        middle(single["service"]),
        middle(hot["floor"]),
        middle(hot["service"]),
        middle(bulks["floor"]),
        middle(bulks["service"]),
    )


class _Poster:
    """Posts on one connection a side: payments into the collecting bank, held for nobody in particular."""

    def __init__(self, url: str, actor: Actor) -> None:
        self._actor = actor
        self._application = bootstrap.build_application(url, time=bootstrap.SetTime(DAY), pool_size=1)
        address, options = bootstrap.role_address(url, bootstrap.APPLICATION_ROLE)
        options = f"-c timezone=UTC -c caseflow.office=*{options}"
        self._floor = psycopg.connect(address, options=options, autocommit=True)
        rows = self._floor.execute("select code, id from account where office_id = %s", (actor.office_id,)).fetchall()
        self._ids: dict[str, int] = dict(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._floor.close()
        self._application.close()

    def one_by_one(self, side: Side, number: int) -> float:
        """Return transfers a second, one a commit."""
        keys = [str(uuid.uuid4()) for _ in range(number)]
        begun = time.perf_counter()
        if side == "service":
            for key in keys:
                self._application.ledger.post(self._actor, _posting(key))
        else:
            for key in keys:
                self._floor.execute(FLOOR_INSERT, self._row(_transfer(self._actor, key)), prepare=True)
        return number / (time.perf_counter() - begun)

    def at_once(self, side: Side, number: int) -> float:
        """Return transfers a second, all in one transaction."""
        keys = [str(uuid.uuid4()) for _ in range(number)]
        begun = time.perf_counter()
        if side == "service":
            self._application.ledger.post_many(self._actor, [_posting(key) for key in keys])
        else:
            with self._floor.transaction(), self._floor.cursor().copy(FLOOR_COPY) as copy:
                copy.set_types(COPY_TYPES)
                for key in keys:
                    copy.write_row(self._row(_transfer(self._actor, key)))
        return number / (time.perf_counter() - begun)

    def _row(self, one: Transfer) -> tuple[Any, ...]:
        ids = self._ids
        return (
            one.office_id, one.line.value, one.key, one.leg, one.operation, ids[one.debit.code], one.debit.kind,
            ids[one.credit.code], one.credit.kind, one.amount_fen, one.booked_on, one.value_on, one.actor_id,
            one.document, one.reason, one.at, one.leaf(),
        )  # fmt: skip


def _posting(key: str) -> Posting:
    return Posting(key, Line.INCOME, (("collect", BANK, HELD, 12_345),), document="R-1", reason="bench")


def _transfer(actor: Actor, key: str) -> Transfer:
    entry = Entry(
        key, actor.office_id, Line.INCOME, DAY, DAY, datetime.now(UTC), actor.id, document="R-1", reason="bench"
    )
    return entry.transfers((("collect", BANK, HELD, 12_345),))[0]


def _together(url: str, actor: Actor, side: Side, processes: int, block: int) -> float:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(processes), context.Queue()
    clients = [
        context.Process(target=_client, args=(url, actor, side, block, barrier, results)) for _ in range(processes)
    ]
    for client in clients:
        client.start()
    spans: Sequence[tuple[float, float]] = [results.get(timeout=300) for _ in clients]
    for client in clients:
        client.join()
    return processes * block / (max(end for _, end in spans) - min(begun for begun, _ in spans))


def _client(url: str, actor: Actor, side: Side, block: int, barrier: Any, results: Any) -> None:
    with _Poster(url, actor) as poster:
        poster.one_by_one(side, 50)
        barrier.wait(timeout=300)
        begun = time.monotonic()
        poster.one_by_one(side, block)
        results.put((begun, time.monotonic()))


def bench_actor(url: str) -> Actor:
    """Make an office with its accounts and one cashier; return the cashier."""
    application = bootstrap.build_application(url, time=bootstrap.SetTime(DAY), pool_size=1)
    try:
        with application.store.begin() as work:
            office_id = work.staff.add_office("POST", "Bench", "测速", bootstrap.setup_event("office"))
            work.ledger.open_accounts(office_id, application.rulebook.chart.accounts)
            new = NewStaff(office_id, "bench_cashier", "Cashier", "收费员", "", (Role.CASHIER, Role.SUPERVISOR))
            work.staff.add(new, bootstrap.setup_event("cashier"))
            work.commit()
        with application.store.begin() as work:
            member = work.staff.by_login("bench_cashier")
    finally:
        application.close()
    if member is None:
        message = "the cashier of the measurement was not written"
        raise LookupError(message)
    return member.actor


def _newest(title: str, blocks: dict[Side, list[float]]) -> str:
    return f"{title}: floor {blocks['floor'][-1]:,.0f}/s, service {blocks['service'][-1]:,.0f}/s"
