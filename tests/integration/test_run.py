"""``caseflow run`` as its user meets it: a process of its own, its pages, its end."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.conftest import processes_of

CASEFLOW = [sys.executable, "-m", "caseflow.cli"]


@pytest.fixture
def port() -> int:
    # Below the ephemeral range, so that no client is ever given it in the meantime.
    for number in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as candidate, contextlib.suppress(OSError):
            candidate.bind(("127.0.0.1", number))
            return number
    pytest.fail("no free port")


def eventually(condition: Callable[[], object], seconds: float = 40.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def status(port: int) -> int | None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "CASEFLOW_HOME": str(home)}


@contextlib.contextmanager
def running(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    log = home / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*CASEFLOW, "run", "--port", str(port)], env=environment(home), stdout=output, stderr=output
        )
    try:
        assert eventually(lambda: b"answers at" in log.read_bytes() or process.poll() is not None), log.read_text()
        assert process.poll() is None, log.read_text(encoding="utf-8")
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def command(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*CASEFLOW, *arguments], env=environment(home), capture_output=True, text=True, timeout=120, check=False
    )


def child(home: Path, word: str) -> psutil.Process:
    assert eventually(lambda: reborn(home, word, 0)), f"no {word} runs"
    return named(home, word)[0]


def test_run_answers_stays_alone_heals_itself_and_leaves_nothing(home: Path, port: int) -> None:
    with running(home, port) as process:
        assert status(port) in {200, 302, 303}
        second = command(home, "run", "--port", str(port + 1))
        assert second.returncode == 1
        assert f"caseflow run (process {process.pid}) already uses" in second.stderr

        report = command(home, "doctor", "--json")
        assert report.returncode == 0, report.stderr
        found = json.loads(report.stdout)
        assert found["migrations"]["good"]
        assert found["sweep"]["mark"] in {"ok", "LOOK"}

        for word in ("caseflow.cli.serve", "caseflow.jobs.worker", "caseflow.jobs.timetable", "valkey-server"):
            dead = child(home, word)
            dead.kill()
            assert eventually(partial(reborn, home, word, dead.pid)), word
        child(home, "bin/postgres").kill()
        assert eventually(lambda: command(home, "doctor").returncode == 0)
        assert eventually(lambda: status(port) in {200, 302, 303})
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    alone = command(home, "doctor")
    assert alone.returncode == 0, alone.stdout
    assert "no timetable runs; the last beat" in alone.stdout
    assert processes_of(home) == []
    assert status(port) is None


def reborn(home: Path, word: str, dead_pid: int) -> bool:
    return any(process.pid != dead_pid for process in named(home, word))


def named(home: Path, word: str) -> list[psutil.Process]:
    found = []
    for process in processes_of(home):
        with contextlib.suppress(psutil.NoSuchProcess):
            if word in " ".join(process.cmdline()):
                found.append(process)
    return found


def test_a_killed_supervisor_takes_its_children_along_and_the_next_start_works(home: Path, port: int) -> None:
    with running(home, port) as process:
        process.kill()
        process.wait()
        assert eventually(lambda: named(home, "caseflow.") == [])
    with running(home, port):
        assert status(port) in {200, 302, 303}
    assert processes_of(home) == []


def test_a_port_in_use_is_a_sentence(home: Path, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused = command(home, "run", "--port", str(port))
    assert refused.returncode == 2
    assert f"port {port} of 127.0.0.1 cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_address_without_a_server_is_a_sentence(home: Path) -> None:
    given = {
        "CASEFLOW_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
        "CASEFLOW_SECRET_KEYS": "k" * 32,
    }
    refused = subprocess.run(
        [*CASEFLOW, "doctor"],
        env={**environment(home), **given},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode == 1
    assert "No PostgreSQL answers at CASEFLOW_DATABASE_URL" in refused.stderr
    assert "Traceback" not in refused.stderr
