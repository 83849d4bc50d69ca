"""Starts, finds and ends server processes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import psutil

from caseflow.adapters.embedded.account import Account

_POLL_SECONDS: Final = 0.05
# A server outlives the command that started it when another command still uses it; its handle stays here, so that it
# is reaped when it ends under us.
_started: Final[dict[int, subprocess.Popen[bytes]]] = {}


def spawn(
    command: Sequence[str | Path], *, folder: Path, account: Account | None, log: Path
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own (Ctrl-C in the terminal does not reach it), writing to ``log``."""
    options = account.spawn_options() if account else {}
    with log.open("ab") as output:
        child = subprocess.Popen(
            [os.fspath(part) for part in command],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **options,
        )
    _started[child.pid] = child
    return child


def reap() -> None:
    """Collect the servers of this process that have ended."""
    for pid, child in list(_started.items()):
        if child.poll() is not None:
            del _started[pid]


def find(name: str, folder: Path) -> list[psutil.Process]:
    """Return the live processes called ``name`` that work in ``folder``, parents before children."""
    reap()
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.name() == name
                and process.status() != psutil.STATUS_ZOMBIE
                and Path(process.cwd()).resolve() == folder
            ):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
            continue
    pids = {process.pid for process in found}
    return sorted(found, key=lambda process: _parent(process) in pids)


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0


def wait_until_gone(name: str, folder: Path, *, seconds: float) -> bool:
    """Wait until no process called ``name`` works in ``folder``; whether that came true within ``seconds``."""
    deadline = time.monotonic() + seconds
    while find(name, folder):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def end(name: str, folder: Path, signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """End the server of ``folder``: each signal goes to its first process and is given its seconds to work.

    What is left after the last signal is killed, children included.
    """
    for number, seconds in signals:
        processes = find(name, folder)
        if not processes:
            return
        _signal(processes[0], number)
        if wait_until_gone(name, folder, seconds=seconds):
            reap()
            return
    for process in find(name, folder):
        _signal(process, signal.SIGKILL)
    wait_until_gone(name, folder, seconds=5)


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def tail(log: Path, *, lines: int = 5) -> str:
    """Return the last ``lines`` of a log on one line, for an error message."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return " | ".join(text.strip().splitlines()[-lines:])
