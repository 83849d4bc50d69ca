"""The keys that files are encrypted with: age identities, the first of which encrypts while all of them decrypt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyrage
from pyrage import x25519

from caseflow.adapters.key_files import KeysUnusable, read_key_file

KEY_FILE: Final = Path("keys") / "files.age"


class FileKeysUnusable(KeysUnusable):
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
        lines = read_key_file(path, lambda: str(x25519.Identity.generate()), FileKeysUnusable)
        return cls.of(lines, str(path))
