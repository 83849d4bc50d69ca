"""Real servers for every test that asks: one PostgreSQL and one Valkey a run, one database a worker.

Without CASEFLOW_TEST_DATABASE_URL and CASEFLOW_TEST_REDIS_URL they are the embedded ones, in a home of the run's own.
The database URL's role must be allowed to create databases.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import psutil
import psycopg
import pytest
import redis
import structlog
from psycopg import sql

from caseflow import bootstrap
from caseflow.adapters.embedded import EmbeddedServers
from caseflow.adapters.embedded.postgres import ROLE
from tests.office import fill_office

HOME_VARIABLE = "CASEFLOW_TEST_HOME"
REDIS_DATABASES = 16
MEMORY_NEEDED_BYTES = 3 << 30


@dataclass(frozen=True, slots=True)
class Servers:
    admin_url: str
    owner: str | None
    redis_url: str


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and HOME_VARIABLE not in os.environ:
        # A short path that PostgreSQL's account can enter; pytest's own temporary folders are closed to it.
        home = Path(tempfile.mkdtemp(prefix="caseflow-test-", dir=_folder_of_homes()))
        home.chmod(0o711 if os.geteuid() == 0 else 0o700)
        os.environ[HOME_VARIABLE] = str(home)
        config.add_cleanup(lambda: _forget(home))


def _folder_of_homes() -> Path | None:
    # Memory makes the copying of databases several times as fast; the servers keep fsync on all the same.
    in_memory = Path("/dev/shm")  # noqa: S108
    has_room = os.access(in_memory, os.W_OK) and shutil.disk_usage(in_memory).free >= MEMORY_NEEDED_BYTES
    return in_memory if has_room else None


def _forget(home: Path) -> None:
    os.environ.pop(HOME_VARIABLE, None)
    if (home / "postgres").exists():
        servers = EmbeddedServers(home)
        servers.start()
        servers.stop()
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def _units_stay_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "unit" in request.path.parts:

        def refuse(_self: socket.socket, address: object) -> None:
            message = f"a unit test reached for {address!r}"
            raise AssertionError(message)

        monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty home for servers of the test's own; whatever still runs in it afterwards is killed."""
    folder = Path(tempfile.mkdtemp(prefix="cfh-", dir=_folder_of_homes()))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    yield folder
    left = processes_of(folder)
    for process in left:
        # A server that is asked gives its shared memory back; one that is killed cannot.
        process.send_signal(signal.SIGINT)
    for process in psutil.wait_procs(left, timeout=5)[1]:
        process.kill()
    shutil.rmtree(folder)


def processes_of(home: Path) -> list[psutil.Process]:
    """Every live process that was started for ``home`` or works in it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, FileNotFoundError):
            of_home = process.cwd().startswith(f"{home}/") or process.environ().get("CASEFLOW_HOME") == str(home)
            if of_home and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


@pytest.fixture(scope="session")
def test_home() -> Path:
    return Path(os.environ[HOME_VARIABLE])


@pytest.fixture(scope="session")
def servers(test_home: Path) -> Iterator[Servers]:
    database_url = os.environ.get("CASEFLOW_TEST_DATABASE_URL")
    redis_url = os.environ.get("CASEFLOW_TEST_REDIS_URL")
    if database_url and redis_url:
        yield Servers(database_url, None, redis_url)
        return
    embedded = EmbeddedServers(test_home, postgres=not database_url, valkey=not redis_url)
    addresses = embedded.start()
    yield Servers(
        database_url or str(addresses.admin_url),
        None if database_url else ROLE,
        redis_url or str(addresses.redis_url),
    )
    embedded.stop()


def with_database(url: str, database: str, role: str | None = None) -> str:
    """Return ``url`` leading to another database, as another role where one is named."""
    parts = urlsplit(url)
    netloc = parts.netloc if role is None else f"{role}@{parts.netloc.rpartition('@')[2]}"
    return urlunsplit((parts.scheme, netloc, f"/{quote(database)}", parts.query, parts.fragment))


@pytest.fixture(scope="session")
def template_database(servers: Servers, test_home: Path) -> Iterator[str]:
    """The name of a migrated database that others are copied from, made once a run."""
    with _shared_template(servers, test_home, "template", bootstrap.migrate) as name:
        yield name


@pytest.fixture(scope="session")
def office_template(servers: Servers, test_home: Path, template_database: str) -> Iterator[str]:
    """The name of a database with the staff of a test's office in it: most tests begin there, and copying is cheap."""
    with _shared_template(servers, test_home, "office", fill_office, template_database) as name:
        yield name


@contextlib.contextmanager
def _shared_template(
    servers: Servers, home: Path, what: str, build: Callable[[str], None], template: str = "template1"
) -> Iterator[str]:
    """Yield the name of a database that the first worker to come builds and the last one to leave drops."""
    name = f"{what}_{home.name.replace('-', '_')}"
    with (home / f"{what}.users").open("w") as users:
        with _locked(home / f"{what}.lock"):
            if not _has_database(servers, name):
                draft = f"{name}_draft"
                recreate_database(servers, draft, template)
                build(with_database(servers.admin_url, draft, servers.owner))
                _execute(
                    servers,
                    sql.SQL("alter database {} rename to {}").format(sql.Identifier(draft), sql.Identifier(name)),
                )
            fcntl.flock(users, fcntl.LOCK_SH)
        yield name
        with _locked(home / f"{what}.lock"), contextlib.suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            drop_database(servers, name)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, servers: Servers, template_database: str, office_template: str, worker_id: str
) -> Iterator[str]:
    """The worker's database, copied anew, because its tables refuse to forget: migrated, and empty.

    Where the test asks for ``office`` too, the office's staff are in it.
    """
    name = f"{template_database}_{worker_id}"
    recreate_database(servers, name, office_template if "office" in request.fixturenames else template_database)
    yield with_database(servers.admin_url, name, servers.owner)
    drop_database(servers, name)


@pytest.fixture
def fresh_database_url(servers: Servers, template_database: str, worker_id: str) -> Iterator[str]:
    """A second migrated database, for a test that needs two."""
    name = f"{template_database}_{worker_id}_fresh"
    recreate_database(servers, name, template_database)
    yield with_database(servers.admin_url, name, servers.owner)
    drop_database(servers, name)


@pytest.fixture
def bare_database_url(servers: Servers, test_home: Path, worker_id: str) -> Iterator[str]:
    """A database without any migration."""
    name = f"bare_{test_home.name.replace('-', '_')}_{worker_id}"
    recreate_database(servers, name)
    yield with_database(servers.admin_url, name, servers.owner)
    drop_database(servers, name)


@pytest.fixture
def redis_url(servers: Servers, worker_id: str) -> str:
    """The worker's own numbered database, emptied."""
    number = int(worker_id.removeprefix("gw") or 0) if worker_id.startswith("gw") else 0
    url = redis_with_database(servers.redis_url, number % REDIS_DATABASES)
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


def redis_with_database(url: str, number: int) -> str:
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return f"unix://{parts.path}?db={number}"
    return urlunsplit((parts.scheme, parts.netloc, f"/{number}", parts.query, ""))


def recreate_database(servers: Servers, name: str, template: str = "template1") -> None:
    drop_database(servers, name)
    # Copying the files costs a third of PostgreSQL's default, which writes every page to its log first.
    command = sql.SQL("create database {} template {} strategy file_copy").format(
        sql.Identifier(name), sql.Identifier(template)
    )
    if servers.owner is not None:
        command += sql.SQL(" owner {}").format(sql.Identifier(servers.owner))
    _execute(servers, command)


def drop_database(servers: Servers, name: str) -> None:
    _execute(servers, sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _has_database(servers: Servers, name: str) -> bool:
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        return connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone() is not None


def _execute(servers: Servers, command: sql.Composed) -> None:
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute(command)


@pytest.fixture
def logs_as_before() -> Iterator[None]:
    """Give the process its logging back after a test that set caseflow's up."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
