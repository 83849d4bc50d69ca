"""The web face as ``caseflow run`` serves it: Waitress in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import psutil

from tests.office import Office
from tests.site import SECRET_KEY

_PROGRAM = """
import socket, sys
from caseflow.cli.serve import serve
listening = socket.socket(); listening.bind(("127.0.0.1", 0)); listening.listen()
print(listening.getsockname()[1], flush=True)
serve(listening.detach())
"""


@contextmanager
def served_alone(office: Office, home: Path, **settings: str) -> Iterator[tuple[str, psutil.Process]]:
    """Serve the office, and give the address and the process, whose memory can be measured."""
    environment = {
        **os.environ,
        "CASEFLOW_HOME": str(home),
        "CASEFLOW_DATABASE_URL": office.database_url,
        "CASEFLOW_SECRET_KEYS": SECRET_KEY,
        "CASEFLOW_LOG_LEVEL": "warning",
        **settings,
    }
    environment.pop("CASEFLOW_REDIS_URL", None)
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    address = f"http://127.0.0.1:{int(process.stdout.readline())}"
    try:
        # The socket takes the call at once, and the answer comes when the server is up: long, on a busy machine.
        with urlopen(f"{address}/sign-in", timeout=60) as answer:  # noqa: S310 - an address of our own making
            assert answer.status == 200
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
