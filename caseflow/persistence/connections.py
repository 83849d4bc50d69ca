"""Keeps pooled connections honest without a round trip at every use."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from sqlalchemy import Engine, event, exc

IDLE_SECONDS_BEFORE_PING = 1.0


def ping_idle_connections(engine: Engine) -> None:
    """Ping a pooled connection before use when it lay idle for a second or more; a dead one is replaced.

    SQLAlchemy's own ``pool_pre_ping`` asks at every use, which costs a step a round trip.
    """

    def returned(_connection: Any, record: Any) -> None:
        record.info["returned_at"] = time.monotonic()

    def taken(connection: Any, record: Any, _proxy: Any) -> None:
        idle_since = record.info.get("returned_at")
        if idle_since is None or time.monotonic() - idle_since < IDLE_SECONDS_BEFORE_PING:
            return
        try:
            connection.execute("select 1")
            connection.rollback()
        except psycopg.Error as error:
            raise exc.DisconnectionError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", taken)
