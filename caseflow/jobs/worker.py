"""``python -m caseflow.jobs.worker``: delivers notices when a wake-up comes; the timetable needs none."""

from __future__ import annotations

import sys

import structlog

from caseflow import bootstrap
from caseflow.config import ConfigurationError, Settings, read_settings
from caseflow.jobs.tasks import delivery, pulse
from caseflow.logs import set_up_logs

log = structlog.get_logger(__name__)


def main() -> int:
    """Work until SIGTERM (the job in hand is finished). Return 1 when Redis is gone: a supervisor starts us again."""
    try:
        settings = read_settings()
        redis_url = _redis_address(settings)
        delivery()
    except ConfigurationError as error:
        sys.stderr.write(f"caseflow worker: {error}\n")
        return 2
    set_up_logs(settings.log_level, process="worker")
    try:
        _say_that_it_starts()
        bootstrap.queue_worker(redis_url).work(logging_level=settings.log_level.upper())
    except bootstrap.QueueUnavailable as error:
        log.warning("worker.queue_unavailable", reason=type(error).__name__)
        return 1
    return 0


def _say_that_it_starts() -> None:
    try:
        pulse().note("worker", 0)
        pulse().beat_if_due()
    except bootstrap.DatabaseUnavailable as error:
        # The jobs will say so too; a worker that waits for its database is not restarted for that.
        log.warning("worker.database_unavailable", reason=type(error.orig).__name__)


def _redis_address(settings: Settings) -> str:
    if settings.redis_url is None:
        message = "CASEFLOW_REDIS_URL is missing: the worker is started by 'caseflow run', or give it an address."
        raise ConfigurationError(message)
    return settings.redis_url


if __name__ == "__main__":
    sys.exit(main())
