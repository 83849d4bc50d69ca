"""The secret keys of a home that has none in its environment."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from caseflow.adapters.embedded.errors import ServerError

KEY_FILE: Final = "secret-keys"
_KEY_BYTES: Final = 48


def kept_secret_keys(home: Path) -> tuple[str, ...]:
    """Return the keys of ``home``'s key file (one a line, the first signs), making it with one new key where missing.

    Raises :class:`ServerError` when others may read the file or it is empty.
    """
    path = home / KEY_FILE
    if not path.exists():
        _write_once(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        message = f"{path} can be read by others: run chmod 600 on it, and put a new key on its first line."
        raise ServerError(message)
    keys = tuple(line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip())
    if not keys:
        message = f"{path} holds no key: delete it and caseflow makes a new one; everybody signs in again."
        raise ServerError(message)
    return keys


def _write_once(path: Path) -> None:
    # A link is made or not made as a whole, so two first starts agree on one key and a killed one leaves none.
    draft = path.with_name(f"{KEY_FILE}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(_KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
