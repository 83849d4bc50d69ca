"""A job that fails on the database leaves its traceback in Redis, and nothing of anybody."""

from __future__ import annotations

import psycopg
import pytest
import redis
from rq import Queue
from rq.results import Result
from rq.serializers import JSONSerializer

from caseflow.adapters.queue import QUEUE_NAME, queue_worker

# By its name, for a traceback shows the lines of the code.
TYPED = "Zhang San 13812345678"


def refuse_row(database_url: str) -> None:
    """Write a row that the database refuses, as a job would; PostgreSQL quotes it in its error."""
    with psycopg.connect(database_url) as connection:
        connection.execute("create temporary table kept (name text check (name = ''))")
        connection.execute("insert into kept values (%s)", [TYPED])


def test_the_traceback_in_redis_tells_no_row(database_url: str, redis_url: str) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="Zhang San"):
        refuse_row(database_url)
    connection = redis.Redis.from_url(redis_url)
    queue = Queue(QUEUE_NAME, connection=connection, serializer=JSONSerializer)
    job = queue.enqueue(refuse_row, database_url)
    queue_worker(redis_url).work(burst=True)
    result = job.latest_result()
    assert result is not None
    assert result.type is Result.Type.FAILED
    kept = str(result.exc_string)
    assert "CheckViolation" in kept
    assert "Zhang" not in kept
    assert not any(b"Zhang" in (connection.dump(key) or b"") for key in connection.scan_iter())
    connection.close()
