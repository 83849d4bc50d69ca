"""Gives a command its servers for the time it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from caseflow.adapters.embedded.errors import ServerError
from caseflow.adapters.embedded.keys import kept_secret_keys
from caseflow.adapters.embedded.places import own_home
from caseflow.adapters.embedded.servers import EmbeddedServers, ServerAddresses
from caseflow.adapters.embedded.versions import check_postgres, check_redis
from caseflow.config import Settings


@contextmanager
def attach_or_start(settings: Settings) -> Iterator[Settings]:
    """Yield ``settings`` completed with servers that answer and with secret keys.

    Servers given by address are checked; the others are the home's embedded ones, which are shared with every other
    command and with ``caseflow run``, started when nobody runs them and stopped by the last to leave. Raises
    ``ServerError``.
    """
    check_given(settings)
    if not settings.embedded:
        yield complete(settings, None)
        return
    servers = EmbeddedServers(settings.home, postgres=settings.database_url is None, valkey=settings.redis_url is None)
    addresses = servers.start()
    try:
        yield complete(settings, addresses)
    finally:
        servers.stop()


def check_given(settings: Settings) -> None:
    """Raise ``ServerError`` when a server given by address does not answer or is too old."""
    if settings.database_url is not None:
        check_postgres(settings.database_url)
    if settings.redis_url is not None:
        check_redis(settings.redis_url)


def complete(settings: Settings, addresses: ServerAddresses | None) -> Settings:
    """Return ``settings`` with the embedded servers' ``addresses`` and the home's keys where it has none."""
    database_url = settings.database_url or (addresses and addresses.database_url)
    redis_url = settings.redis_url or (addresses and addresses.redis_url)
    if not database_url or not redis_url:
        message = "No address of PostgreSQL or Redis is known: set both, or leave both to caseflow."
        raise ServerError(message)
    keys = settings.secret_keys
    if not keys:
        own_home(settings.home)
        keys = kept_secret_keys(settings.home)
    return settings.completed(database_url=database_url, redis_url=redis_url, secret_keys=keys)
