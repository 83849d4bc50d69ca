"""The supervisor with real child processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from caseflow.cli.supervisor import Child, StopRequest, supervise

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
time.sleep(600)
"""
ORPHAN_MAKER = """
import os, sys
from caseflow.cli.supervisor import Child, StopRequest, supervise
child = Child("sleep", [sys.executable, "-c", "import time; time.sleep(600)"], os.environ)
supervise([child], StopRequest(), lambda: child.process and print(child.process.pid, flush=True))
"""


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def request_() -> Iterator[StopRequest]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield StopRequest()
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_dead_child_is_started_again_and_a_signal_stops_all(request_: StopRequest) -> None:
    child = Child("sleep", SLEEP, os.environ)
    seen: list[int] = []

    def look_around() -> None:
        assert child.process is not None
        if child.process.pid not in seen:
            seen.append(child.process.pid)
            os.kill(os.getpid() if len(seen) == 2 else child.process.pid, signal.SIGTERM)

    def guarded() -> None:
        if child.process is not None:
            look_around()

    supervise([child], request_, guarded)
    assert len(seen) == 2
    assert child.process is None
    assert not any(psutil.pid_exists(pid) for pid in seen)


def test_a_child_that_keeps_dying_is_started_later_and_later() -> None:
    child = Child("fails", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    for pause_seconds in (0.5, 1.0, 2.0):
        child.start()
        assert child.process is not None
        child.process.wait()
        before = time.monotonic()
        child.look_after()
        # It looked at the clock once, somewhere between our two looks, however busy the machine is.
        assert before + pause_seconds <= child.start_again_at <= time.monotonic() + pause_seconds
    assert child.process is None


def test_a_stubborn_child_and_its_children_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("caseflow.cli.supervisor.STOP_SECONDS", 0.3)
    child = Child("stubborn", [sys.executable, "-c", STUBBORN], os.environ)
    child.start()
    assert child.process is not None
    head = psutil.Process(child.process.pid)
    assert eventually(lambda: len(head.children()) == 1)
    family = [head, *head.children()]
    child.stop()
    assert eventually(lambda: not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in family))


def test_an_early_stop_request_interrupts_start_up(request_: StopRequest) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGTERM)
    assert request_.made


def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", ORPHAN_MAKER], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert supervisor.stdout is not None
    with supervisor.stdout:
        lines = iter(supervisor.stdout.readline, "")
        pid = int(next(line for line in lines if line.strip().isdigit()))
        assert psutil.pid_exists(pid)
        supervisor.kill()
        supervisor.wait()
        assert eventually(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
