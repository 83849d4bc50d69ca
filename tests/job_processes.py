"""Jobs as processes of their own, started and ended by a test, and waiting for what they do."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def process(module: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module of ``caseflow.jobs``; whatever still runs at the end is killed."""
    started = subprocess.Popen([sys.executable, "-m", f"caseflow.jobs.{module}"], env=dict(environment))
    try:
        yield started
    finally:
        if started.poll() is None:
            started.kill()
        started.wait()


def eventually(condition: Callable[[], object], seconds: float = 45.0) -> bool:
    """Wait until the condition holds; tell whether it did in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
