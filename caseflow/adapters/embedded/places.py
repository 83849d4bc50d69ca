"""Where the embedded servers keep their data and sockets.

A symbolic link in the home folder records every place that had to lie elsewhere, so that each later command finds
it again, and so that deleting the home folder forgets it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caseflow.adapters.embedded.account import Account, server_account
from caseflow.adapters.embedded.errors import ServerError

# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH_BYTES: Final = 103
_LONGEST_SOCKET_NAME: Final = "postgres/.s.PGSQL.5432"
STATE_FOLDER: Final = Path("/var/lib/caseflow")  # reachable by the server's account where a root-only home is not


@dataclass(frozen=True, slots=True)
class Places:
    """The settled folders of one home; every path is absolute and free of links."""

    home: Path
    account: Account
    postgres: Path  # holds data/ and, where the wheel's folder is closed to the account, nothing else
    postgres_run: Path
    valkey: Path
    valkey_run: Path

    @property
    def notes(self) -> list[str]:
        """One sentence for each place that lies outside the home folder."""
        sentences = []
        if not self.postgres.is_relative_to(self.home):
            sentences.append(
                f"PostgreSQL runs as {self.account.name}, who cannot enter {self.home}; its data is in {self.postgres}."
            )
        if not self.postgres_run.is_relative_to(self.home):
            sentences.append(f"The servers' sockets are in {self.postgres_run.parent}.")
        return sentences


def settle(home: Path) -> Places:
    """Make the folders of ``home`` and return where everything is.

    Raises :class:`ServerError` when the home belongs to another user or cannot be written.
    """
    try:
        own_home(home)
        home = home.resolve()
        account = server_account()
        postgres = _settled(home / "postgres", lambda: account.can_reach(home), lambda: _state_folder(account))
        run = _settled(home / "run", lambda: account.can_reach(home) and _is_short(home / "run"), _short_folder)
        if account.dropped:
            run.chmod(0o711)
        account.give(postgres)
        account.give(run / "postgres")
        for folder in (home / "valkey", run / "valkey"):
            folder.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as error:
        message = f"{error.filename} cannot be written: set CASEFLOW_HOME to a folder of your own."
        raise ServerError(message) from error
    return Places(home, account, postgres, run / "postgres", home / "valkey", run / "valkey")


def make_home(home: Path) -> None:
    """Make ``home`` where it is missing. Raises :class:`ServerError` when that cannot be done."""
    try:
        # Root's home may be passed through (and not listed) by the account PostgreSQL runs as.
        home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    except OSError as error:
        message = f"{home} cannot be made ({error.strerror}): set CASEFLOW_HOME to a folder of your own."
        raise ServerError(message) from error


def own_home(home: Path) -> None:
    """Make ``home`` where it is missing. Raises :class:`ServerError` when it belongs to another user."""
    make_home(home)
    if home.stat().st_uid != os.geteuid():
        message = f"{home} belongs to another user: run caseflow as that user, or set CASEFLOW_HOME to your own folder."
        raise ServerError(message)


def _is_short(run: Path) -> bool:
    return len(os.fsencode(run / _LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH_BYTES


def _settled(place: Path, suits: Callable[[], bool], elsewhere: Callable[[], Path]) -> Path:
    """Return where ``place`` is: what was settled before, else itself when it ``suits``, else ``elsewhere``."""
    if place.is_symlink():
        target = place.readlink()
        if _is_ours(target):
            return target.resolve()
        place.unlink()
    elif place.is_dir():
        if suits():
            return place
        message = f"{place} can no longer be used by the embedded servers: undo the change of the folders above it."
        raise ServerError(message)
    if suits():
        place.mkdir(mode=0o700)
        return place
    target = elsewhere()
    place.symlink_to(target)
    return target.resolve()


def _is_ours(folder: Path) -> bool:
    # A folder under /tmp may have been swept away and made again by somebody else.
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and (os.geteuid() in (0, found.st_uid))


def _state_folder(account: Account) -> Path:
    STATE_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="home-", dir=STATE_FOLDER))
    account.give(folder)
    return folder


def _short_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="caseflow-", dir="/tmp" if os.path.isdir("/tmp") else None))  # noqa: S108, PTH112
