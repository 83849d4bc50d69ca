"""Attempts are counted one by one, waits double up to their longest, and counts are forgotten in time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from caseflow.services.ports.rate_limits import Limit
from caseflow.services.rate_limits import RateLimits, TooManyAttempts, counted
from tests.office import Office


def asked(office: Office, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(sql.encode())
        rows = found.fetchall() if found.description else []
        connection.commit()
    return rows


def test_attempts_made_at_once_are_counted_one_by_one(office: Office) -> None:
    limits = office.application.staff.limits
    once = Limit("of_this_test", 3, timedelta(seconds=30), timedelta(seconds=30))

    def take(_number: int) -> bool:
        try:
            limits.take(counted(once, "somebody"))
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        passed = list(pool.map(take, range(30)))
    assert passed.count(True) == 3


def test_the_wait_doubles_up_to_its_longest_and_is_forgotten(office: Office) -> None:
    limits = office.application.staff.limits
    short = Limit("of_this_test", 1, timedelta(seconds=10), timedelta(seconds=35), timedelta(hours=1))
    waits = []
    for _ in range(4):
        limits.take(counted(short, 1))
        with pytest.raises(TooManyAttempts) as told:
            limits.take(counted(short, 1))
        waits.append(round((told.value.until - datetime.now(UTC)).total_seconds()))
        asked(office, "update attempt_limit set wait_until = now()")
    assert waits == [10, 20, 35, 35]
    asked(office, "update attempt_limit set last_at = last_at - interval '2 hours'")
    limits.take(counted(short, 1))
    assert asked(office, "select failures from attempt_limit") == [(1,)]
    assert limits.purge() == 0
    asked(office, "update attempt_limit set last_at = now() - interval '3 days', wait_until = now() - interval '1 h'")
    assert RateLimits(office.application.store, office.time).purge() == 1


def test_what_an_office_mistypes_is_forgotten_by_and_by(office: Office) -> None:
    limits = office.application.staff.limits
    shared = Limit("of_this_test", 3, timedelta(seconds=1), timedelta(seconds=30), eases_every=timedelta(minutes=1))
    for _ in range(9):
        limits.take(counted(shared, "an address"))
        asked(office, "update attempt_limit set last_at = last_at - interval '61 seconds'")
    for _ in range(3):
        limits.take(counted(shared, "an address"))
    with pytest.raises(TooManyAttempts):
        limits.take(counted(shared, "an address"))
