"""``python -m caseflow.jobs.timetable``: a plain timer for what must happen, whether or not Redis lives."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from typing import Final

import structlog

from caseflow import bootstrap
from caseflow.config import ConfigurationError, read_settings
from caseflow.jobs.casebooks import ImportRound
from caseflow.jobs.pulse import BEAT_SECONDS, Pulse
from caseflow.logs import set_up_logs
from caseflow.services.mail_delivery import MailDelivery

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 3.0
LONGEST_PAUSE_SECONDS: Final = 30.0
# Counts of attempts that nobody needs any more are deleted.
ATTEMPTS_SECONDS: Final = 3600.0
# A sweep with nothing due costs two milliseconds.
SWEEP_SECONDS: Final = 3.0
SEAL_SECONDS: Final = 60.0
IMPORT_SECONDS: Final = 3.0
# Longer than any round takes; a server that hangs without an error would else hold the timetable for ever.
LONGEST_TICK_SECONDS: Final = 600.0
HUNG_EXIT: Final = 3
# A run of a wind-down takes its turn with everything else.
WIND_DOWN_SECONDS: Final = 4.0
RETENTION_SECONDS: Final = 4.0
MAIL_BEAT_SECONDS: Final = 30.0
AWAY_PAUSE_SECONDS: Final = 10.0
# Shorter than the supervisor waits for a process that it has asked to end.
LONGEST_FAREWELL_SECONDS: Final = 5.0


@dataclass(slots=True)
class Round:
    """Something the timetable does every so often; ``do`` returns how much there was to do."""

    name: str
    every_seconds: float
    do: Callable[[], int]
    # A round that says more of itself than how much it did beats by itself.
    beats: bool = True
    done_at: float = field(default=float("-inf"), init=False)

    def is_due(self, now: float) -> bool:
        """Whether its time has come again."""
        return now - self.done_at >= self.every_seconds


class Timetable:
    """Does each round in its time; while the database is away it waits, up to half a minute."""

    def __init__(
        self, rounds: Sequence[Round], stop: Event, tick_seconds: float = TICK_SECONDS, *, pulse: Pulse | None = None
    ) -> None:
        self._rounds, self._stop, self._tick_seconds = rounds, stop, tick_seconds
        self._pulse = pulse or Pulse(lambda _beats: None)
        self._failures = 0
        self.ticked_at = time.monotonic()

    def run(self) -> None:
        """Tick until ``stop`` is set. A database that is away is waited for; no fault of the program is swallowed."""
        while not self._stop.is_set():
            self._stop.wait(self.tick())

    def tick(self) -> float:
        """Do what is due; return how many seconds to rest."""
        self.ticked_at = time.monotonic()
        try:
            for one in self._rounds:
                if one.is_due(time.monotonic()) and not self._stop.is_set():
                    self._do(one)
            self._pulse.note("timetable", 0)
            self._pulse.beat_if_due()
        except bootstrap.DATABASE_AWAY as error:
            self._failures += 1
            pause = min(LONGEST_PAUSE_SECONDS, self._tick_seconds * 2.0 ** min(self._failures, 10))
            log.warning("timetable.database_unavailable", reason=type(error.orig).__name__, pause_seconds=pause)
            return pause
        self._failures = 0
        return self._tick_seconds

    def _do(self, one: Round) -> None:
        # First noted, then done: a round that cannot be done is tried again in its time, not at every tick.
        one.done_at = time.monotonic()
        try:
            count = one.do()
        except bootstrap.DATABASE_AWAY:
            one.done_at = float("-inf")
            raise
        except bootstrap.DatabaseUnavailable as error:
            # The database is there and refuses what this round does; the others have nothing to do with it.
            log.exception("timetable.round_refused", round=one.name, reason=type(error.orig).__name__)
            return
        except (OSError, bootstrap.SigningKeyUnusable) as error:
            # The other rounds go on: notices go out though the record cannot be sealed.
            log.error("timetable.round_failed", round=one.name, reason=str(error))  # noqa: TRY400 - the reason says all
            return
        if one.beats:
            self._pulse.note(one.name, count)
        if count:
            log.info("timetable.done", round=one.name, count=count)


def watch(timetable: Timetable, stop: Event, longest_seconds: float = LONGEST_TICK_SECONDS) -> Thread:
    """Start a thread that ends the process when a tick hangs, so that the supervisor starts a new one."""

    def look() -> None:
        while not stop.wait(min(5.0, longest_seconds / 4)):
            if time.monotonic() - timetable.ticked_at > longest_seconds + LONGEST_PAUSE_SECONDS:
                sys.stderr.write("caseflow timetable: a round hangs; the supervisor starts the timetable again.\n")
                os._exit(HUNG_EXIT)

    thread = Thread(target=look, name="watch", daemon=True)
    thread.start()
    return thread


def rounds_of(background: bootstrap.Background, stop: Event) -> list[Round]:
    """Return the rounds of the timetable: reminders, notices, the seal of the record, ladders left open."""
    beaten = [float("-inf")]

    def sweep() -> int:
        report = background.reminders.sweep()
        if report.clocks or time.monotonic() - beaten[0] >= BEAT_SECONDS:
            background.reminders.beat(report)
            beaten[0] = time.monotonic()
        if report.reminders and background.wake is not None:
            # The workers share what there is to deliver; where the queue is away, the next round does it alone.
            background.wake.wake()
        return report.reminders

    wake = background.wake.wake_imports if background.wake is not None else None
    imports = ImportRound(lambda: background.imports, background.imports_wait, wake)
    return [
        # What a sweep finds is delivered in the same tick.
        Round("sweep", SWEEP_SECONDS, sweep, beats=False),
        Round("deliver", 0.0, lambda: background.delivery.drain(stop.is_set)),
        Round("imports", IMPORT_SECONDS, imports.look, beats=False),
        Round("seal", SEAL_SECONDS, partial(background.record.sealing.seal, daily=True)),
        Round("attempts", ATTEMPTS_SECONDS, background.attempts.purge, beats=False),
        Round("wind_down", 0.0, lambda: background.wind_downs.carry_on(WIND_DOWN_SECONDS, stop.is_set), beats=False),
        Round("retention", 0.0, lambda: background.retention.carry_on(RETENTION_SECONDS, stop.is_set), beats=False),
        # Last, since the first time it reads the law, for which no notice should wait.
        Round("reckon", 0.0, lambda: background.reckoning.round().clocks),
    ]


def start_sender(mail: MailDelivery, stop: Event) -> Thread:
    """Start the thread that sends mail, on connections of its own: a slow server holds up nothing else."""
    sender = MailSender(mail, stop)
    # With what the log says of this process, which a new thread would not know.
    thread = Thread(target=copy_context().run, args=(sender.run,), name="mail", daemon=True)
    thread.start()
    watch(sender.timetable, stop)
    return thread


class MailSender:
    """Sends what mail is due, and rests while the server cannot be had; its pulse shows that it lives."""

    def __init__(self, mail: MailDelivery, stop: Event) -> None:
        self._mail, self._stop = mail, stop
        self._beaten_at = float("-inf")
        self.timetable = Timetable([Round("mail", 0.0, self._round)], stop, TICK_SECONDS)

    def run(self) -> None:
        """Send until ``stop`` is set. A fault of the program ends no thread that nobody would start again."""
        while not self._stop.is_set():
            try:
                self.timetable.run()
            except Exception:
                log.exception("timetable.mail_failed")
                self._stop.wait(LONGEST_PAUSE_SECONDS)

    def _round(self) -> int:
        done = self._mail.send_due(self._stop.is_set)
        if time.monotonic() - self._beaten_at >= MAIL_BEAT_SECONDS:
            self._mail.beat(done)
            self._beaten_at = time.monotonic()
        if done.away:
            log.warning("timetable.mail_server_away", reason=done.why)
            self._stop.wait(AWAY_PAUSE_SECONDS)
        return done.sent


def main() -> int:
    """Run until SIGTERM or SIGINT; the batch in hand is finished first."""
    try:
        settings = read_settings()
        background = bootstrap.build_background(settings)
    except (ConfigurationError, bootstrap.SigningKeyUnusable) as error:
        sys.stderr.write(f"caseflow timetable: {error}\n")
        return 2
    set_up_logs(settings.log_level, process="timetable")
    stop = Event()
    sender = None if background.mail is None else start_sender(background.mail, stop)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setting(stop))
    timetable = Timetable(rounds_of(background, stop), stop, pulse=Pulse(background.health.beat))
    watch(timetable, stop)
    try:
        timetable.run()
    finally:
        if sender is not None:
            # The mail in hand; one that takes longer goes out again with the same Message-ID.
            sender.join(LONGEST_FAREWELL_SECONDS)
        background.close()
    return 0


def _setting(stop: Event) -> Callable[[int, object], None]:
    def note(_number: int, _frame: object) -> None:
        stop.set()

    return note


if __name__ == "__main__":
    sys.exit(main())
