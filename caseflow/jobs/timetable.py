"""``python -m caseflow.jobs.timetable``: a plain timer that delivers what waits, whether or not Redis lives."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Final

import structlog

from caseflow import bootstrap
from caseflow.config import ConfigurationError, read_settings
from caseflow.logs import set_up_logs
from caseflow.services.outbox_delivery import OutboxDelivery

log = structlog.get_logger(__name__)

TICK_SECONDS: Final = 3.0
LONGEST_PAUSE_SECONDS: Final = 30.0
SEAL_SECONDS: Final = 60.0


class Timetable:
    """Delivers at every tick, seals the record every minute; after a failure it waits, up to half a minute."""

    def __init__(
        self,
        delivery: OutboxDelivery,
        stop: Event,
        tick_seconds: float = TICK_SECONDS,
        seal: Callable[[], int] | None = None,
    ) -> None:
        self._delivery, self._stop, self._tick_seconds = delivery, stop, tick_seconds
        self._failures = 0
        self._seal, self._sealed_at = seal, -SEAL_SECONDS

    def run(self) -> None:
        """Tick until ``stop`` is set. A database that is away is waited for; nothing else is swallowed."""
        while not self._stop.is_set():
            self._stop.wait(self.tick())

    def tick(self) -> float:
        """Deliver what waits; return how many seconds to rest."""
        try:
            taken = self._delivery.drain(self._stop.is_set)
            self._seal_when_due()
        except bootstrap.DatabaseUnavailable as error:
            self._failures += 1
            pause = min(LONGEST_PAUSE_SECONDS, self._tick_seconds * 2.0 ** min(self._failures, 10))
            log.warning("timetable.database_unavailable", reason=type(error.orig).__name__, pause_seconds=pause)
            return pause
        if taken:
            log.info("timetable.delivered", notices=taken)
        self._failures = 0
        return self._tick_seconds

    def _seal_when_due(self) -> None:
        if self._seal is None or time.monotonic() - self._sealed_at < SEAL_SECONDS:
            return
        self._sealed_at = time.monotonic()
        try:
            sealed = self._seal()
        except (OSError, bootstrap.SigningKeyUnusable) as error:
            # Notices go out all the same; what is not sealed is shown with its age.
            log.error("timetable.not_sealed", reason=str(error))  # noqa: TRY400 - the reason says it all
            return
        if sealed:
            log.info("timetable.sealed", records=sealed)


def main() -> int:
    """Run until SIGTERM or SIGINT; the batch in hand is finished first."""
    try:
        settings = read_settings()
        delivery = bootstrap.build_delivery(bootstrap.database_address(settings))
        record = bootstrap.build_record_keeping(settings)
    except (ConfigurationError, bootstrap.SigningKeyUnusable) as error:
        sys.stderr.write(f"caseflow timetable: {error}\n")
        return 2
    set_up_logs(settings.log_level, process="timetable")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _setting(stop))
    try:
        Timetable(delivery, stop, seal=partial(record.sealing.seal, daily=True)).run()
    finally:
        record.close()
        delivery.close()
    return 0


def _setting(stop: Event) -> Callable[[int, object], None]:
    def note(_number: int, _frame: object) -> None:
        stop.set()

    return note


if __name__ == "__main__":
    sys.exit(main())
