"""A process of its own that uses a home's embedded servers until its standard input closes.

Usage: embedded_user.py HOME [USER_ID [PACKAGES]]. With a user id it becomes that user first, and takes the wheels from
the folder PACKAGES, which that user can read whatever the permissions above the checkout are.
"""

from __future__ import annotations

import encodings.ascii
import encodings.idna  # noqa: F401 - loaded before the interpreter's own folder may become unreadable
import os
import sys
from pathlib import Path

import psycopg

from caseflow.adapters.embedded import EmbeddedServers


def main() -> None:
    home = Path(sys.argv[1])
    if len(sys.argv) > 2:
        sys.path.insert(0, sys.argv[3])
        os.setgroups([])
        os.setgid(int(sys.argv[2]))
        os.setuid(int(sys.argv[2]))
    servers = EmbeddedServers(home)
    addresses = servers.start()
    with psycopg.connect(str(addresses.database_url)) as connection:
        row = connection.execute("select pg_postmaster_start_time()").fetchone()
    print("using", row, flush=True)
    sys.stdin.read()
    servers.stop()
    print("left", flush=True)


if __name__ == "__main__":
    main()
