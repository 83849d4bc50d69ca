"""The keys that files are encrypted with: age identities, the first of which encrypts while all of them decrypt."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyrage
from pyrage import x25519

KEY_FILE: Final = Path("keys") / "files.age"


class FileKeysUnusable(Exception):
    """The keys of the files cannot be read or trusted; the message says how to mend it."""


@dataclass(frozen=True)
class FileKeys:
    """The identities in the order they were given; the first one encrypts."""

    identities: Sequence[x25519.Identity]

    @property
    def recipient(self) -> x25519.Recipient:
        """The public half of the key that encrypts."""
        return self.identities[0].to_public()

    @classmethod
    def of(cls, texts: Sequence[str], where: str) -> FileKeys:
        """Read keys (``AGE-SECRET-KEY-1...``) that come from ``where``. Raises :class:`FileKeysUnusable`."""
        try:
            identities = [x25519.Identity.from_str(text) for text in texts]
        except pyrage.IdentityError as error:
            # The key itself is not shown.
            message = (
                f"{where} holds what is no age key ({error}): each key is one AGE-SECRET-KEY-1..., as made by caseflow."
            )
            raise FileKeysUnusable(message) from None
        if not identities:
            message = f"{where} holds no key: put the key back from your backup; without it no file can be opened."
            raise FileKeysUnusable(message)
        return cls(identities)

    @classmethod
    def kept_in(cls, home: Path) -> FileKeys:
        """Read the key file of ``home``, one key a line, making it (mode 0600) with one new key where there is none.

        Raises :class:`FileKeysUnusable` when others may read it or what it holds is no key.
        """
        path = home / KEY_FILE
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            message = f"{path} can be read by others: run chmod 600 on it, and put a new key before the others."
            raise FileKeysUnusable(message)
        lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
        return cls.of([line for line in lines if line and not line.startswith("#")], str(path))


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(f"{x25519.Identity.generate()}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # the first one wins; a rename would replace a key that has encrypted already
    except FileExistsError:
        pass
    finally:
        draft.unlink()
