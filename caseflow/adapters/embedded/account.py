"""The operating-system account PostgreSQL runs under: PostgreSQL refuses to run as root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from caseflow.adapters.embedded.errors import ServerError

ACCOUNT_NAME: Final = "caseflow-db"
_SYSTEM_PATH: Final = "/usr/sbin:/sbin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Account:
    """Who a server runs as."""

    name: str
    user_id: int
    group_id: int
    dropped: bool  # caseflow runs as root and the server must not

    def spawn_options(self) -> dict[str, Any]:
        """Return the ``subprocess`` options that make a child run as this account."""
        if not self.dropped:
            return {}
        return {"user": self.user_id, "group": self.group_id, "extra_groups": []}

    def can_reach(self, path: Path) -> bool:
        """Whether this account may enter ``path`` and every folder above it."""
        return all(self._may_enter(folder) for folder in (path, *path.parents))

    def _may_enter(self, folder: Path) -> bool:
        found = folder.stat()
        if found.st_uid == self.user_id:
            return bool(found.st_mode & stat.S_IXUSR)
        if found.st_gid == self.group_id:
            return bool(found.st_mode & stat.S_IXGRP)
        return bool(found.st_mode & stat.S_IXOTH)

    def give(self, folder: Path) -> None:
        """Make ``folder`` (created with mode 0700 where missing) this account's own."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        if self.dropped:
            os.chown(folder, self.user_id, self.group_id)


def server_account() -> Account:
    """Return the account PostgreSQL runs as: the caller's own, or ``caseflow-db`` where the caller is root.

    Makes the ``caseflow-db`` account where it is missing. Raises :class:`ServerError` when that fails.
    """
    if os.geteuid() != 0:
        return Account(name=str(os.geteuid()), user_id=os.geteuid(), group_id=os.getegid(), dropped=False)
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        entry = _make_account()
    return Account(name=ACCOUNT_NAME, user_id=entry.pw_uid, group_id=entry.pw_gid, dropped=True)


def _make_account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=_SYSTEM_PATH)
    advice = f"run caseflow as an ordinary user, or make a system account named {ACCOUNT_NAME}."
    if useradd is None:
        message = f"PostgreSQL does not run as root and this system has no useradd: {advice}"
        raise ServerError(message)
    command = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    made = subprocess.run(
        [*command, "--shell", "/usr/sbin/nologin", ACCOUNT_NAME], capture_output=True, text=True, check=False
    )
    try:
        # Another caseflow may have made it a moment ago, so the account decides and not useradd's exit code.
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        message = f"PostgreSQL does not run as root and useradd failed ({made.stderr.strip()}): {advice}"
        raise ServerError(message) from None
