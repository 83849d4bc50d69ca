"""The web child of ``caseflow run``: Waitress on a socket that the supervisor has opened.

The supervisor keeps the socket, so a restart of this process refuses nobody: callers wait a moment.
"""

from __future__ import annotations

import socket
import sys
import tempfile
from typing import Final

import waitress

from caseflow.bootstrap import prepare_files
from caseflow.config import Settings, read_settings
from caseflow.logs import set_up_logs
from caseflow.web.app import create_app
from caseflow.web.case_files import TIMES_THE_LIMIT

THREADS: Final = 6


def largest_request_bytes(settings: Settings) -> int:
    """Return where Waitress stops taking a request: above what any route answers for, with room for its form."""
    return (settings.file_limit_mib * TIMES_THE_LIMIT + 1) * 1024 * 1024


def serve(descriptor: int) -> None:
    """Answer on the listening socket ``descriptor`` until the process is ended."""
    settings = read_settings()
    set_up_logs(settings.log_level, process="web")
    with socket.socket(fileno=descriptor) as listening:
        app = create_app()
        # Long requests and answers wait in nameless files; these lie beside the store and not in a /tmp that others
        # share or that is held in memory.
        tempfile.tempdir = str(prepare_files(settings))
        waitress.serve(
            app,
            sockets=[listening],
            threads=THREADS,
            ident=None,
            # The application knows whose entries count (CASEFLOW_PROXIES). Waitress would take one name of a proxy
            # and no chain, so it believes none itself and only lets them through where the application asks for them.
            clear_untrusted_proxy_headers=not settings.proxies,
            max_request_body_size=largest_request_bytes(settings),
        )


if __name__ == "__main__":
    serve(int(sys.argv[1]))
