"""Whoever can write into Redis runs no code: a pickled job is refused, and what it would have done is not done."""

from __future__ import annotations

import os
import pickle
import zlib
from pathlib import Path

import redis
from rq import Queue
from rq.serializers import DefaultSerializer

from caseflow.adapters.queue import QUEUE_NAME, queue_worker


class Planted:
    """Makes a folder when it is unpickled."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (self.folder,)


def test_a_pickled_job_runs_no_code(redis_url: str, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    connection = redis.Redis.from_url(redis_url)
    queue = Queue(QUEUE_NAME, connection=connection, serializer=DefaultSerializer)
    job = queue.enqueue(os.mkdir, str(ran))
    payload = zlib.compress(pickle.dumps(("os.mkdir", None, [Planted(str(ran))], {})))
    connection.hset(job.key, "data", payload)
    worker = queue_worker(redis_url)
    worker.work(burst=True)
    assert not ran.exists()
    assert connection.llen(queue.key) == 0, "the worker must have taken it"
    pickle.loads(zlib.decompress(payload))  # noqa: S301 - the proof that the payload would have worked
    assert ran.exists()
    connection.close()
