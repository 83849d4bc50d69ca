"""The embedded servers of one home, shared by every command that runs in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from caseflow.adapters.embedded.locks import UserLocks
from caseflow.adapters.embedded.places import own_home, settle
from caseflow.adapters.embedded.postgres import PostgresServer
from caseflow.adapters.embedded.valkey import ValkeyServer


class Server(Protocol):
    """What the two servers have in common."""

    @property
    def name(self) -> str:
        """The server's name as a user knows it."""
        ...

    def answers(self) -> bool:
        """Whether it does its work now."""
        ...

    def start(self) -> None:
        """Start it and return when it answers."""
        ...

    def stop(self) -> None:
        """Stop it cleanly."""
        ...


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """Where the servers answer; ``None`` for one that was not asked for. ``notes`` are sentences for the user."""

    database_url: str | None
    redis_url: str | None
    admin_url: str | None
    notes: tuple[str, ...]


class EmbeddedServers:
    """Uses the servers of ``home``: the first user starts them and the last one to leave stops them.

    A user that was killed counts no longer; servers it left running are used by the next one. Every method may raise
    ``ServerError``.
    """

    def __init__(self, home: Path, *, postgres: bool = True, valkey: bool = True) -> None:
        own_home(home)
        self._locks = UserLocks(home.resolve())
        with self._locks.alone():
            self._places = settle(home)
        self._postgres = PostgresServer(self._places)
        self._valkey = ValkeyServer(self._places)
        wanted: list[tuple[bool, Server]] = [(postgres, self._postgres), (valkey, self._valkey)]
        self._servers = [server for is_wanted, server in wanted if is_wanted]

    @property
    def addresses(self) -> ServerAddresses:
        """Where the servers answer once :meth:`start` has returned."""
        with_postgres = self._postgres in self._servers
        return ServerAddresses(
            database_url=self._postgres.url if with_postgres else None,
            redis_url=self._valkey.url if self._valkey in self._servers else None,
            admin_url=self._postgres.admin_url if with_postgres else None,
            notes=tuple(self._places.notes),
        )

    def start(self) -> ServerAddresses:
        """Use the servers, starting those that do not answer."""
        with self._locks.alone():
            self._locks.join()
            try:
                self._start_silent()
            except BaseException:
                self._leave()
                raise
        return self.addresses

    def stop(self) -> None:
        """Stop using the servers; where nobody else uses them they are stopped."""
        with self._locks.alone():
            self._leave()

    def poll(self) -> list[str]:
        """Return the names of the servers that do not answer."""
        return [server.name for server in self._servers if not server.answers()]

    def restart_dead(self) -> list[str]:
        """Start the servers that do not answer again; return their names."""
        if not self.poll():
            return []
        with self._locks.alone():
            return self._start_silent()

    def _start_silent(self) -> list[str]:
        silent = [server for server in self._servers if not server.answers()]
        for server in silent:
            server.start()
        return [server.name for server in silent]

    def _leave(self) -> None:
        if self._locks.leave():
            for server in (self._valkey, self._postgres):
                server.stop()
