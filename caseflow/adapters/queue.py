"""The queue (RQ on Redis or Valkey). It carries wake-ups and no truth: every job says only "look at PostgreSQL"."""

from __future__ import annotations

from time import monotonic
from typing import Any
from uuid import uuid4

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker.base import BaseWorker

from caseflow.domain.health import QueueFacts
from caseflow.logs import without_values

log = structlog.get_logger(__name__)

# One queue a worker: with several, RQ pops with BLPOP and can lose a job in the gap.
QUEUE_NAME = "caseflow"
DELIVER_OUTBOX = "caseflow.jobs.tasks.deliver_outbox"
WORK_IMPORTS = "caseflow.jobs.tasks.work_imports"
_JOB_SECONDS = 120
# A casebook of 200,000 rows takes some minutes; whatever is cut off here is taken up again from its beginning.
_IMPORT_SECONDS = 3600
_IMPORT_JOB = "imports-"
_CONNECT_SECONDS = 0.5
_LEFT_ALONE_SECONDS = 15.0
_MOST_WORKERS = 100


class RedisWake:
    """Fulfils :class:`caseflow.services.ports.Wake` and :class:`caseflow.services.ports.health.QueueLook`."""

    def __init__(self, redis_url: str) -> None:
        self._redis = Redis.from_url(
            redis_url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_CONNECT_SECONDS
        )
        self._queue = Queue(QUEUE_NAME, connection=self._redis, serializer=JSONSerializer)
        self._left_alone_until = 0.0

    def wake(self) -> bool:
        """Ask a worker to look at the outbox; a wake-up that already waits is enough. Never raises.

        A queue that could not be reached is left alone for a while, so that nobody waits for it at every step.
        """
        return self._ask(DELIVER_OUTBOX, _JOB_SECONDS)

    def wake_imports(self) -> bool:
        """Ask a worker to look for imports of casebooks; return whether the queue took it. Never raises.

        Other wake-ups say nothing of imports, so only one of its own kind that waits already is enough.
        """
        return self._ask(WORK_IMPORTS, _IMPORT_SECONDS, _IMPORT_JOB)

    def _ask(self, job: str, seconds: int, kind: str = "") -> bool:
        if monotonic() < self._left_alone_until:
            return False
        try:
            if not any(waiting.startswith(kind) for waiting in self._queue.get_job_ids()):
                self._queue.enqueue(
                    job,
                    job_id=f"{kind}{uuid4()}",
                    job_timeout=seconds,
                    result_ttl=0,
                    ttl=_JOB_SECONDS,
                    failure_ttl=_JOB_SECONDS,
                )
        except RedisError as error:
            self._left_alone_until = monotonic() + _LEFT_ALONE_SECONDS
            log.warning("queue.unreachable", reason=type(error).__name__)
            return False
        return True

    def look(self) -> QueueFacts:
        """Return what the queue answers; a Redis that does not answer in half a second is not reachable."""
        try:
            keys = Worker.all_keys(queue=self._queue)[:_MOST_WORKERS]
            # A worker that was killed leaves its name behind; its own key runs out.
            alive = int(self._redis.exists(*keys)) if keys else 0
            return QueueFacts(reachable=True, workers=alive, waiting=self._queue.count)
        except RedisError:
            return QueueFacts(reachable=False)

    def close(self) -> None:
        """Give the connection back."""
        self._redis.close()


class _Worker(SimpleWorker):
    """RQ keeps the traceback of a failed job in Redis, where nothing of anybody may lie."""

    def handle_job_failure(
        self, job: Job, queue: Queue, started_job_registry: Any = None, exc_string: str = "", execution: Any = None
    ) -> None:
        """Write the failure down, without the rows that PostgreSQL quotes in an error."""
        super().handle_job_failure(job, queue, started_job_registry, without_values(exc_string), execution)


def queue_worker(redis_url: str) -> BaseWorker:
    """Return a worker of the one queue.

    It runs jobs in its own process (they are short and idempotent, and a fork would copy the database pool) and reads
    job data as JSON only: pickle would run code planted in Redis.
    """
    connection = Redis.from_url(redis_url, socket_connect_timeout=_CONNECT_SECONDS)
    queue = Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
    return _Worker([queue], connection=connection, serializer=JSONSerializer, log_job_description=False)
