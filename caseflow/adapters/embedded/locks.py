"""File locks of a home: who may start its servers, who uses them, and who is its one supervisor.

The kernel drops a lock with the process that held it, so a killed command never keeps anything from anybody.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from caseflow.adapters.embedded.places import make_home


class HomeInUse(Exception):
    """Another process already does what only one may do; the message names it."""


class UserLocks:
    """Counts the processes that use a home's servers."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "locks"
        self._users: int | None = None

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the right to start and stop servers, waiting for it."""
        descriptor = _open(self._folder / "start")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def join(self) -> None:
        """Count this object among the users; call it within :meth:`alone`."""
        if self._users is None:
            self._users = _open(self._folder / "users")
            fcntl.flock(self._users, fcntl.LOCK_SH)

    def leave(self) -> bool:
        """Stop being a user, within :meth:`alone`; whether nobody is left who uses the servers."""
        if self._users is None:
            return False
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            return True
        finally:
            os.close(self._users)
            self._users = None


@contextmanager
def only_one(home: Path, role: str) -> Iterator[None]:
    """Be the only process with this ``role`` in ``home``.

    Raises :class:`HomeInUse` where another one is it, and ``ServerError`` where ``home`` cannot be made.
    """
    make_home(home)
    descriptor = _open(home / "locks" / role)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
            message = f"caseflow {role} (process {holder}) already uses {home}."
            raise HomeInUse(message) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def held(home: Path, role: str) -> bool:
    """Tell whether a live process has this ``role`` in ``home``."""
    path = home / "locks" / role
    if not path.exists():
        return False
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
