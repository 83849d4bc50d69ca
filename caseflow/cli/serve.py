"""The web child of ``caseflow run``: Waitress on a socket that the supervisor has opened.

The supervisor keeps the socket, so a restart of this process refuses nobody: callers wait a moment.
"""

from __future__ import annotations

import socket
import sys
from typing import Final

import waitress

from caseflow.config import read_settings
from caseflow.logs import set_up_logs
from caseflow.web.app import create_app

THREADS: Final = 6


def serve(descriptor: int) -> None:
    """Answer on the listening socket ``descriptor`` until the process is ended."""
    set_up_logs(read_settings().log_level, process="web")
    with socket.socket(fileno=descriptor) as listening:
        waitress.serve(
            create_app(), sockets=[listening], threads=THREADS, ident=None, clear_untrusted_proxy_headers=True
        )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
