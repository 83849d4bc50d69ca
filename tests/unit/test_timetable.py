"""The timetable's pace: steady while the database answers, slower while it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy.exc import OperationalError

from caseflow.bootstrap import SigningKeyUnusable
from caseflow.jobs.timetable import LONGEST_PAUSE_SECONDS, Timetable
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.ports import UnitOfWork


class Waiting:
    """A store whose outbox answers what a test lists: notices taken, or a database that is away."""

    def __init__(self, answers: Sequence[int | Exception], stop: Event | None = None) -> None:
        self._answers, self._stop = list(answers), stop or Event()

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        yield cast("UnitOfWork", SimpleNamespace(outbox=self, commit=lambda: None))

    each_alone = begin
    snapshot = begin

    def deliver_batch(self, _limit: int) -> int:
        answer = self._answers.pop(0)
        if not self._answers:
            self._stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


def away() -> OperationalError:
    return OperationalError("select 1", None, ConnectionError("gone"))


def test_it_rests_longer_while_the_database_is_away_and_comes_back_to_its_pace() -> None:
    timetable = Timetable(OutboxDelivery(Waiting([5, 0, away(), away(), away(), 0, away()])), Event(), tick_seconds=3.0)
    assert [timetable.tick() for _ in range(6)] == [3.0, 6.0, 12.0, 24.0, 3.0, 6.0]


def test_it_never_rests_longer_than_half_a_minute() -> None:
    timetable = Timetable(OutboxDelivery(Waiting([away() for _ in range(30)])), Event(), tick_seconds=3.0)
    assert max(timetable.tick() for _ in range(30)) == LONGEST_PAUSE_SECONDS


def test_it_ends_when_it_is_told_and_swallows_no_fault_of_the_program() -> None:
    stop = Event()
    Timetable(OutboxDelivery(Waiting([1, 0, 2, 0, 3], stop)), stop, tick_seconds=0.0).run()
    assert stop.is_set()
    with pytest.raises(ZeroDivisionError):
        Timetable(OutboxDelivery(Waiting([ZeroDivisionError()])), Event()).tick()


def test_the_record_is_sealed_once_a_minute_and_a_lost_key_stops_no_notice() -> None:
    sealed: list[int] = []

    def seal() -> int:
        sealed.append(1)
        message = "no key"
        raise SigningKeyUnusable(message)

    timetable = Timetable(OutboxDelivery(Waiting([5, 0, 0, 0])), Event(), tick_seconds=3.0, seal=seal)
    assert [timetable.tick() for _ in range(3)] == [3.0, 3.0, 3.0]
    assert sealed == [1]
