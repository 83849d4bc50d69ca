"""The timetable's pace: steady while the database answers, slower while it does not."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy.exc import OperationalError

from caseflow.bootstrap import SigningKeyUnusable
from caseflow.jobs.pulse import Pulse
from caseflow.jobs.timetable import LONGEST_PAUSE_SECONDS, Round, Timetable, watch
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.mail import MailRules


class Waiting:
    """A store whose outbox answers what a test lists: notices taken, or a database that is away."""

    def __init__(self, answers: Sequence[int | Exception], stop: Event | None = None) -> None:
        self._answers, self._stop = list(answers), stop or Event()

    @contextmanager
    def begin(self) -> Iterator[UnitOfWork]:
        yield cast("UnitOfWork", SimpleNamespace(outbox=self, commit=lambda: None))

    each_alone = begin
    snapshot = begin

    def deliver_batch(self, _limit: int, _mail: MailRules) -> int:
        answer = self._answers.pop(0)
        if not self._answers:
            self._stop.set()
        if isinstance(answer, Exception):
            raise answer
        return answer


def away() -> OperationalError:
    return OperationalError("select 1", None, ConnectionError("gone"))


def delivering(answers: Sequence[int | Exception], stop: Event | None = None, tick_seconds: float = 3.0) -> Timetable:
    told = stop or Event()
    delivery = OutboxDelivery(Waiting(answers, told))
    return Timetable([Round("deliver", 0.0, lambda: delivery.drain(told.is_set))], told, tick_seconds)


def test_it_rests_longer_while_the_database_is_away_and_comes_back_to_its_pace() -> None:
    timetable = delivering([5, 0, away(), away(), away(), 0, away()])
    assert [timetable.tick() for _ in range(6)] == [3.0, 6.0, 12.0, 24.0, 3.0, 6.0]


def test_it_never_rests_longer_than_half_a_minute() -> None:
    timetable = delivering([away() for _ in range(30)])
    assert max(timetable.tick() for _ in range(30)) == LONGEST_PAUSE_SECONDS


def test_it_ends_when_it_is_told_and_swallows_no_fault_of_the_program() -> None:
    stop = Event()
    delivering([1, 0, 2, 0, 3], stop, tick_seconds=0.0).run()
    assert stop.is_set()
    with pytest.raises(ZeroDivisionError):
        delivering([ZeroDivisionError()]).tick()


def test_the_record_is_sealed_once_a_minute_and_a_lost_key_stops_no_notice() -> None:
    done: list[str] = []

    def seal() -> int:
        done.append("seal")
        message = "no key"
        raise SigningKeyUnusable(message)

    def deliver() -> int:
        done.append("deliver")
        return 0

    timetable = Timetable([Round("seal", 60.0, seal), Round("deliver", 0.0, deliver)], Event(), tick_seconds=3.0)
    assert [timetable.tick() for _ in range(3)] == [3.0, 3.0, 3.0]
    assert done == ["seal", "deliver", "deliver", "deliver"]


def test_a_round_the_database_cut_short_is_done_at_the_next_tick() -> None:
    faults = [away()]
    done: list[int] = []

    def sweep() -> int:
        if faults:
            raise faults.pop()
        done.append(3)
        return 3

    timetable = Timetable([Round("sweep", 60.0, sweep)], Event(), tick_seconds=3.0)
    assert timetable.tick() > 3.0
    timetable.tick()
    timetable.tick()
    assert done == [3]


def test_a_tick_that_hangs_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    stop = Event()

    def end(code: int) -> None:
        ended.append(code)
        stop.set()

    monkeypatch.setattr(os, "_exit", end)
    timetable = Timetable([], stop)
    timetable.ticked_at -= 60.0
    watch(timetable, stop, longest_seconds=0.2).join(5.0)
    assert ended == [3]


def test_what_rounds_did_is_beaten_together_and_not_at_every_tick() -> None:
    beaten: list[Mapping[str, Mapping[str, Any]]] = []
    rounds = [Round("deliver", 0.0, lambda: 2), Round("sweep", 0.0, lambda: 1, beats=False)]
    timetable = Timetable(rounds, Event(), pulse=Pulse(beaten.append, every_seconds=0.2))
    timetable.tick()
    timetable.tick()
    assert beaten == [{"deliver": {"count": 2}, "timetable": {"count": 0}}]
    time.sleep(0.21)
    timetable.tick()
    assert beaten[1:] == [{"deliver": {"count": 4}, "timetable": {"count": 0}}]


def test_a_round_that_cannot_be_done_does_not_beat() -> None:
    beaten: list[Mapping[str, Mapping[str, Any]]] = []

    def seal() -> int:
        message = "no key"
        raise SigningKeyUnusable(message)

    Timetable([Round("seal", 60.0, seal)], Event(), pulse=Pulse(beaten.append)).tick()
    assert [set(one) for one in beaten] == [{"timetable"}]
