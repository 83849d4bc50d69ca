"""Two offices through one connection, in our own pool and in PgBouncer's: nothing of one reaches the other."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from caseflow import bootstrap
from caseflow.config import APPLICATION_ROLE
from caseflow.persistence.connections import ScopedConnection
from caseflow.persistence.office_scope import NOBODY, SYSTEM, Scope, acting_for, setting_of
from caseflow.persistence.unit_of_work import SqlStore, SqlUnitOfWork
from tests.office import Office

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")


@pytest.fixture
def other(office: Office) -> int:
    """The id of a second office, which has no case; the first has one."""
    office.open()
    with office.application.store.begin() as work:
        other = work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.commit()
    return other


@pytest.fixture
def one_connection(office: Office) -> Iterator[Engine]:
    engine = bootstrap.make_engine(office.database_url, pool_size=1)
    yield engine
    engine.dispose()


def cases_seen(opener: Callable[[], AbstractContextManager[SqlUnitOfWork]], scope: Scope) -> int:
    with acting_for(scope), opener() as work:
        found = work.cases.load_many(range(1, 10))
    return len(found)


def mine(office: Office) -> int:
    return office.actors["officer"].office_id


def test_every_way_to_open_a_transaction_shows_one_office(office: Office, other: int, one_connection: Engine) -> None:
    store = SqlStore(one_connection)
    for opener in (store.begin, store.each_alone, store.snapshot, store.begin):
        for scope, seen in ((mine(office), 1), (other, 0), (SYSTEM, 1), (NOBODY, 0), (mine(office), 1)):
            assert cases_seen(opener, scope) == seen, (opener, scope)


@pytest.mark.usefixtures("other")
def test_nothing_is_left_on_the_connection(office: Office, one_connection: Engine) -> None:
    with acting_for(mine(office)), one_connection.connect() as connection:
        assert connection.execute(text("select count(*) from cases")).scalar_one() == 1
        with pytest.raises(DBAPIError):
            connection.execute(text("select 1/0"))
        connection.rollback()
        assert connection.execute(text("select count(*) from cases")).scalar_one() == 1
    with one_connection.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, ScopedConnection)
        driver.rollback()
        driver.autocommit = True
        # Outside any transaction of ours: as the next user of a transaction pooler finds it.
        assert driver.execute("select coalesce(current_setting('caseflow.office', true), '')").fetchone() == ("",)
        assert driver.execute("select count(*) from cases").fetchone() == (0,)
        driver.autocommit = False


def test_psycopg_still_begins_where_the_scope_is_said(office: Office, other: int) -> None:
    """Every way psycopg has to begin a transaction; a release that begins otherwise must fail here."""
    address, options = bootstrap.role_address(office.database_url, APPLICATION_ROLE)
    asked = "select current_setting('caseflow.office', true)"
    with acting_for(other), ScopedConnection.connect(address, options=options.strip()) as connection:
        assert connection.execute(asked).fetchone() == (str(other),)
        connection.commit()
        with connection.transaction():
            assert connection.execute(asked).fetchone() == (str(other),)
        with connection.cursor() as cursor:
            assert cursor.execute(asked, prepare=True).fetchone() == (str(other),)
        connection.commit()
        with connection.cursor().copy("copy (select current_setting('caseflow.office', true)) to stdout") as copy:
            assert b"".join(bytes(part) for part in copy).decode().strip() == str(other)
        connection.commit()
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert connection.execute(f"{asked}, current_setting('transaction_isolation')").fetchone() is not None
        connection.commit()
        with connection.each_alone():
            assert connection.execute(asked).fetchone() == (str(other),)


def test_each_statement_alone_is_kept_or_undone_alone(office: Office) -> None:
    address, options = bootstrap.role_address(office.database_url, APPLICATION_ROLE)
    asked = "select locale from staff where login = 'officer'"
    with acting_for(mine(office)), ScopedConnection.connect(address, options=options.strip()) as connection:
        with connection.each_alone():
            connection.execute("update staff set locale = 'en' where login = 'officer'")
            with pytest.raises(psycopg.errors.DivisionByZero):
                connection.execute("select 1/0")
        connection.rollback()
        assert connection.execute(asked).fetchone() == ("en",)
        assert connection.cursor_factory is psycopg.Cursor


def test_what_is_no_scope_is_refused() -> None:
    assert [setting_of(scope) for scope in (7, SYSTEM, NOBODY)] == ["7", "*", ""]
    with pytest.raises(ValueError, match="no office"):
        setting_of(0)


def test_a_scope_ends_with_its_block_whatever_happens() -> None:
    with acting_for(7), pytest.raises(ZeroDivisionError):
        _fail_for(8)
    assert bootstrap.scope_now() is SYSTEM


def _fail_for(scope: int) -> None:
    with acting_for(scope):
        assert bootstrap.scope_now() == scope
        raise ZeroDivisionError


@pytest.mark.parametrize(("said", "kept"), [(None, True), ("on", True), ("off", False)])
def test_statements_are_prepared_unless_the_setting_says_no(
    office: Office, monkeypatch: pytest.MonkeyPatch, said: str | None, kept: bool
) -> None:
    """A pooler before 1.21 gives a statement to a connection on which it was never prepared."""
    if said is not None:
        monkeypatch.setenv("CASEFLOW_PREPARED_STATEMENTS", said)
    engine = bootstrap.make_engine(office.database_url, pool_size=1)
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("select 2", prepare=True)  # as the statements of a step ask
        for _ in range(10):
            connection.execute(text("select 1"))
        found = connection.execute(text("select count(*) from pg_prepared_statements")).scalar_one()
    engine.dispose()
    assert found == (2 if kept else 0)


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")
def test_two_users_through_pgbouncer(
    office: Office, other: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """reliability.md, threat 8: one server connection, two clients, alternating within one another."""
    monkeypatch.setenv("CASEFLOW_PREPARED_STATEMENTS", "off")
    with Pooler(office.database_url, tmp_path) as port:
        engines = [_through(port, office.database_url) for _ in range(2)]
        stores = [SqlStore(engine) for engine in engines]
        pids = set()
        for _ in range(20):
            for store, scope, seen in ((stores[0], mine(office), 1), (stores[1], other, 0), (stores[0], NOBODY, 0)):
                for opener in (store.begin, store.each_alone):
                    assert cases_seen(opener, scope) == seen
            with acting_for(other), engines[1].connect() as connection:
                assert connection.execute(text("select current_user")).scalar_one() == APPLICATION_ROLE
                pids.add(connection.execute(text("select pg_backend_pid()")).scalar_one())
        assert len(pids) == 1
        for engine in engines:
            engine.dispose()


class Pooler:
    """PgBouncer in transaction mode with one connection to the server."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._url, self._folder = database_url, folder

    def __enter__(self) -> int:
        address, options = bootstrap.role_address(self._url, APPLICATION_ROLE)
        parts = urlsplit(address)
        query = parse_qs(parts.query)
        # A client's options do not reach a pooled connection: on a given server the pooler itself takes the role.
        takes_role = f" connect_query='set role {APPLICATION_ROLE}'" if options else ""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
        host, at = query.get("host", [parts.hostname or ""])[0], query.get("port", [str(parts.port or 5432)])[0]
        name = parts.path.lstrip("/")
        settings = self._folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n{name} = host={host} port={at} user={parts.username}{takes_role}\n[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 1\nignore_startup_parameters = options,extra_float_digits\n"
        )
        self._folder.chmod(0o755)
        settings.chmod(0o644)
        # PgBouncer refuses to run as root, and the embedded server's socket is its own account's.
        account = Path(host).owner() if host.startswith("/") else "nobody"
        as_other = ["-u", account] if os.geteuid() == 0 else []
        with (self._folder / "log").open("w") as log:
            self._process = subprocess.Popen([str(PGBOUNCER), *as_other, str(settings)], stdout=log, stderr=log)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
            except OSError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                time.sleep(0.05)
            else:
                return port
        raise TimeoutError((self._folder / "log").read_text())

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)


def _through(port: int, database_url: str) -> Engine:
    name = urlsplit(database_url).path.lstrip("/")
    return bootstrap.make_engine(f"postgresql://{APPLICATION_ROLE}@127.0.0.1:{port}/{name}", pool_size=1, role=None)
