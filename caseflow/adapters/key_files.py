"""Files of keys in the home folder, one key a line: made once with mode 0600, and refused when others may read them."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path


class KeysUnusable(Exception):
    """Keys cannot be read or trusted; the message says how to mend it, and shows no key."""


def read_key_file(path: Path, new_key: Callable[[], str], refused: type[KeysUnusable] = KeysUnusable) -> list[str]:
    """Return the keys of a file, making it (mode 0600) with one new key where there is none.

    Of two processes that make it at once, both read the same key. Raises ``refused`` when others may read it.
    """
    if not path.exists():
        make_key_file(path, f"{new_key()}\n".encode("ascii"))
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        message = f"{path} can be read by others: run chmod 600 on it, and put a new key before the others."
        raise refused(message)
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def rewrite_key_file(path: Path, lines: Sequence[str]) -> None:
    """Let a key file hold these lines (mode 0600): at once and whole, or as it was."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write("".join(f"{line}\n" for line in lines).encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_key_file(path: Path, content: bytes) -> None:
    """Make a file of mode 0600, whole on the disk; one that another process made meanwhile stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # the first one wins; a rename would replace a key that has been used already
    except FileExistsError:
        pass
    finally:
        draft.unlink()
