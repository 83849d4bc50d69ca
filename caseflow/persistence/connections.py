"""Connections that say for whom they ask at the start of every transaction, and that are kept honest in a pool."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, Self

import psycopg
from psycopg import generators, pq
from sqlalchemy import Engine, event, exc

from caseflow.persistence.office_scope import SETTING, scope_now, setting_of

IDLE_SECONDS_BEFORE_PING = 1.0
_SET_SCOPE: Final = f"; set local {SETTING} = '".encode()
_DONE: Final = (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK)


class EachAloneCursor(psycopg.Cursor[Any]):
    """A cursor that ends the transaction with each statement that may write; one that reads leaves it open.

    In psycopg's own autocommit no transaction is begun, so none could say for whom it asks.
    """

    def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        """Execute one statement, and commit it unless it is a plain ``select``; what fails is rolled back."""
        try:
            super().execute(query, params, **how)
            if not (isinstance(query, str) and query.lstrip()[:6].lower() == "select"):
                self.connection.commit()
        except BaseException:
            self.connection.rollback()
            raise
        return self


class ScopedConnection(psycopg.Connection[Any]):
    """A connection whose every transaction begins with ``begin; set local caseflow.office = ...`` in one message.

    Built on two inner functions of psycopg, ``_get_tx_start_command`` and ``_exec_command``:
    tests/integration/test_office_scope.py fails where a release of psycopg stops calling them.
    """

    def _get_tx_start_command(self) -> bytes:
        # What setting_of returns is '*', '' or digits.
        return super()._get_tx_start_command() + _SET_SCOPE + setting_of(scope_now()).encode() + b"'"

    def _exec_command(self, command: Any, result_format: pq.Format = pq.Format.TEXT) -> Any:
        if not (isinstance(command, bytes) and _SET_SCOPE in command):
            return (yield from super()._exec_command(command, result_format))
        # psycopg's own takes one result and these are two.
        self._check_connection_ok()
        self.pgconn.send_query(command)
        results = yield from generators.execute(self.pgconn)
        for result in results:
            if result.status not in _DONE:
                raise psycopg.errors.error_from_result(result)
        return results[-1]

    @contextmanager
    def each_alone(self) -> Iterator[None]:
        """Make every statement of the block a transaction of its own, scoped like any other."""
        usual, self.cursor_factory = self.cursor_factory, EachAloneCursor
        try:
            yield
            self.commit()
        finally:
            self.cursor_factory = usual


def scope_every_transaction(engine: Engine) -> None:
    """Let the engine open :class:`ScopedConnection`."""

    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> ScopedConnection:
        return ScopedConnection.connect(*arguments, **options)

    event.listen(engine, "do_connect", connect)


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
