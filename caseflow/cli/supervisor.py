"""Keeps child processes alive, and ends all of them when it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import psutil
import structlog

LONGEST_PAUSE_SECONDS: Final = 30.0
FIRST_PAUSE_SECONDS: Final = 0.5
STEADY_AFTER_SECONDS: Final = 60.0  # a child that lived this long starts its back-off anew
STOP_SECONDS: Final = 10.0
LOOK_AROUND_SECONDS: Final = 0.5
_PR_SET_PDEATHSIG: Final = 1

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Child:
    """One kind of child process: how it is started, and the one that runs."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    passed: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    failures: int = field(default=0, init=False)
    started_at: float = field(default=0.0, init=False)
    start_again_at: float = field(default=0.0, init=False)

    def start(self) -> None:
        """Start the process in a session of its own: Ctrl-C in the terminal reaches only the supervisor."""
        parent = os.getpid()
        self.process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            pass_fds=self.passed,
            start_new_session=True,
            # The supervisor has one thread, so running Python between fork and exec is safe.
            preexec_fn=lambda: _die_with(parent),  # noqa: PLW1509
        )
        self.started_at = time.monotonic()

    def look_after(self) -> None:
        """Notice a death and start the process again, later and later while it keeps dying."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return
            self.failures = 1 if now - self.started_at > STEADY_AFTER_SECONDS else self.failures + 1
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self.failures - 1))
            self.start_again_at = now + pause
            self.process = None
            log.warning("child.died", child=self.name, exit_code=code, pause_seconds=pause)
        if now >= self.start_again_at:
            self.start()

    def stop(self) -> None:
        """Ask the process to end, and after ten seconds end it and all that it started."""
        if self.process is None:
            return
        family = _family(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            log.warning("child.killed", child=self.name)
        for member in family:
            _kill(member)
        self.process.wait()
        self.process = None


def _family(pid: int) -> list[psutil.Process]:
    try:
        head = psutil.Process(pid)
        return [head, *head.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


def _die_with(parent: int) -> None:
    """Have the kernel end this process when the supervisor is killed without a chance to do so itself."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


class StopRequest:
    """Notices that somebody asks the supervisor to stop (Ctrl-C, SIGTERM, a closed terminal).

    While nothing is supervised yet, a request interrupts whatever start-up does; later it is only remembered, so that
    it never interrupts the stopping of a child.
    """

    def __init__(self) -> None:
        self.made = False
        self.is_remembered = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: object) -> None:
        self.made = True
        if not self.is_remembered:
            raise KeyboardInterrupt


def supervise(children: Sequence[Child], request: StopRequest, look_around: Callable[[], None]) -> None:
    """Keep ``children`` alive until a stop is requested, then stop them, last started first.

    ``look_around`` is called twice a second and may add to ``children``.
    """
    looked_at = 0.0
    request.is_remembered = True
    try:
        while not request.made:
            for child in tuple(children):
                child.look_after()
            if time.monotonic() - looked_at >= LOOK_AROUND_SECONDS:
                looked_at = time.monotonic()
                look_around()
            time.sleep(0.1)
    finally:
        for child in reversed(children):
            child.stop()
