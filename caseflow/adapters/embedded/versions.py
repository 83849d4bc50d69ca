"""Checks that the servers caseflow is given are new enough."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from caseflow.adapters.embedded.errors import ServerError

OLDEST_POSTGRES: Final = 15
OLDEST_REDIS: Final = 7
_CONNECT_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What ``doctor`` shows of one server."""

    name: str
    version: str
    durable: bool  # acknowledged writes reach the disk
    remarks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


def check_postgres(database_url: str) -> ServerReport:
    """Connect and look; raises :class:`ServerError` when there is no PostgreSQL, or one that is too old."""
    try:
        with psycopg.connect(database_url, connect_timeout=_CONNECT_SECONDS, autocommit=True) as connection:
            number = connection.info.server_version
            rows = connection.execute(
                "select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'data_checksums')"
            ).fetchall()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        message = f"No PostgreSQL answers at CASEFLOW_DATABASE_URL ({reason}): start it, or mend the address."
        raise ServerError(message) from error
    if number // 10_000 < OLDEST_POSTGRES:
        message = (
            f"CASEFLOW_DATABASE_URL leads to PostgreSQL {number // 10_000}; caseflow needs {OLDEST_POSTGRES} or newer."
        )
        raise ServerError(message)
    settings: dict[str, str] = dict(rows)
    remarks = tuple(f"{name} is {value}" for name, value in sorted(settings.items()))
    durable = settings.get("fsync") == "on" and settings.get("full_page_writes") == "on"
    return ServerReport("PostgreSQL", f"{number // 10_000}.{number % 10_000}", durable, remarks)


def check_redis(redis_url: str) -> ServerReport:
    """Connect and look; raises :class:`ServerError` when there is no Redis or Valkey, or one that is too old."""
    try:
        with redis.Redis.from_url(
            redis_url,
            socket_timeout=_CONNECT_SECONDS,
            socket_connect_timeout=_CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            about: dict[str, Any] = client.info()
    except (redis.RedisError, ValueError) as error:
        message = f"No Redis answers at CASEFLOW_REDIS_URL ({error}): start it, or mend the address."
        raise ServerError(message) from error
    # Valkey names the Redis it is compatible with as well.
    if int(str(about["redis_version"]).split(".")[0]) < OLDEST_REDIS:
        message = (
            f"CASEFLOW_REDIS_URL leads to Redis {about['redis_version']}; "
            f"caseflow needs Redis {OLDEST_REDIS} or newer, or Valkey."
        )
        raise ServerError(message)
    name, found = (
        ("Valkey", about["valkey_version"]) if "valkey_version" in about else ("Redis", about["redis_version"])
    )
    durable = bool(about.get("aof_enabled"))
    return ServerReport(name, str(found), durable, (f"append-only file is {'on' if durable else 'off'}",))
