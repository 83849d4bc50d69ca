"""The life of the data keys: a new one, everything sealed anew, the old one taken away."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, TypeVar

from sqlalchemy import Engine

from caseflow.adapters.field_cipher import (
    KEY_FILE,
    SECONDS_TO_TAKE_UP_A_KEY,
    AesFieldCipher,
    DataKey,
    DataKeys,
    new_key,
)
from caseflow.adapters.key_files import rewrite_key_file
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import Settings
from caseflow.domain.audit import AuditEvent
from caseflow.persistence.resealing import KeyInUse, KeyUse, Resealing, WritersBusy

Answer = TypeVar("Answer")
_ENVIRONMENT: Final = "CASEFLOW_DATA_KEYS"
# Every process has looked at the key file once again by then.
SECONDS_UNTIL_ALL_KNOW: Final = 2 * SECONDS_TO_TAKE_UP_A_KEY


def new_data_key() -> str:
    """Return a new data key as CASEFLOW_DATA_KEYS and the key file hold it."""
    return new_key()


class KeysRefused(Exception):
    """What was asked cannot be done to the keys now; the message says what to do first."""


@dataclass(frozen=True)
class KeysInUse:
    """The ring, the newest key first, and how many rows of each column use which key (None: plain still)."""

    ring: Sequence[str]
    uses: Sequence[KeyUse]

    def rows_of(self, key_id: str | None) -> int:
        """Return how many sealed values there are under a key."""
        return sum(use.rows for use in self.uses if (use.key_id.hex() if use.key_id else None) == key_id)

    @property
    def unknown(self) -> list[str]:
        """Keys that rows are sealed with and that are not here: such rows do not open."""
        used = {use.key_id.hex() for use in self.uses if use.key_id is not None}
        return sorted(used - set(self.ring))


@dataclass(frozen=True)
class Rotation:
    """What a rotation did: the key that was put before the others (None: it went on), rows, seconds, what is left."""

    added: str | None
    newest: str
    rows: int
    broken: int
    seconds: float
    retirable: Sequence[str] = field(default=())


@dataclass(frozen=True)
class DataKeyKeeping:
    """What a command does to the keys of one database and home folder."""

    settings: Settings

    def in_use(self) -> KeysInUse:
        """Return the ring and what uses it. Raises ``ConfigurationError``."""
        return self._with_resealing(lambda resealing: self._in_use(resealing, build_field_cipher(self.settings)))

    def seal_plain(self) -> int:
        """Seal what an older caseflow kept plain; return how many rows."""
        return self._with_resealing(lambda resealing: resealing.seal_plain(build_field_cipher(self.settings)).rows)

    def rotate(self, told: Callable[[int, int], None] = lambda _done, _total: None) -> Rotation:
        """Put a new key before the others, or go on where a rotation was stopped, and seal everything anew.

        ``told`` hears of rows done and rows in all. Raises :class:`KeysRefused` where the environment gives the keys
        and holds no new one.
        """
        return self._with_resealing(lambda resealing: self._rotate(resealing, told))

    def retire(self) -> list[str]:
        """Take away every key but the newest; return them. Raises :class:`KeysRefused` while a row uses one."""
        return self._with_resealing(self._retire)

    def _rotate(self, resealing: Resealing, told: Callable[[int, int], None]) -> Rotation:
        cipher = build_field_cipher(self.settings)
        before = self._in_use(resealing, cipher)
        if before.unknown:
            message = (
                f"Rows are sealed with keys that are not here ({', '.join(before.unknown)}): put them back from your "
                "backup behind the others before you rotate."
            )
            raise KeysRefused(message)
        added = None
        if len(before.ring) == 1:
            added = self._add_key(resealing)
            cipher = build_field_cipher(self.settings)
            time.sleep(SECONDS_UNTIL_ALL_KNOW)
        newest = cipher.key_ids[0]
        stale = sum(use.rows for use in before.uses if use.key_id != newest)
        done = 0

        def progress(rows: int) -> None:
            nonlocal done
            done += rows
            told(min(done, stale), stale)

        began = time.monotonic()
        resealing.seal_plain(cipher)
        outcome = resealing.reseal(cipher, newest, progress)
        seconds = time.monotonic() - began
        after = self._in_use(resealing, cipher)
        unused = [key for key in after.ring[1:] if not after.rows_of(key)]
        resealing.note(_event("data_keys_rotated", {"newest": newest.hex(), "rows": outcome.rows}))
        return Rotation(added, newest.hex(), outcome.rows, outcome.broken, seconds, unused)

    def _add_key(self, resealing: Resealing) -> str:
        if self.settings.data_keys:
            message = (
                f"{_ENVIRONMENT} gives the keys, and a command cannot change it. Make a key (caseflow keys new), put "
                "it before the one that is there with a comma between them, start every process of caseflow again, and "
                "then rotate."
            )
            raise KeysRefused(message)
        path, key = self.settings.home / KEY_FILE, new_key()
        lines = path.read_text(encoding="ascii").splitlines()
        key_id = DataKeys.of([key], "new").keys[0].key_id
        # Written down first: a key that is on the file and in no record would be the worse of the two.
        resealing.note(_event("data_key_added", {"key": key_id.hex()}))
        rewrite_key_file(path, [key, *lines])
        return key_id.hex()

    def _retire(self, resealing: Resealing) -> list[str]:
        keys = self._ring().keys
        retired = []
        for key in keys[1:]:
            try:
                resealing.retire(key.key_id, _event("data_key_retired", {"key": key.key_id.hex()}))
            except KeyInUse as in_use:
                message = f"{in_use.rows} rows use the key {key.key_id.hex()} still: run caseflow keys rotate first."
                raise KeysRefused(message) from in_use
            except WritersBusy as busy:
                message = "Somebody writes to the sealed tables all the time: wait until that is done and try again."
                raise KeysRefused(message) from busy
            retired.append(key)
        if retired and not self.settings.data_keys:
            self._take_from_file(retired)
        return [key.key_id.hex() for key in retired]

    def _take_from_file(self, retired: Sequence[DataKey]) -> None:
        path, gone = self.settings.home / KEY_FILE, {key.key_id for key in retired}
        lines = path.read_text(encoding="ascii").splitlines()
        rewrite_key_file(path, [line for line in lines if not line.strip() or _key_id(line) not in gone])

    def _ring(self) -> DataKeys:
        if self.settings.data_keys:
            return DataKeys.of(self.settings.data_keys, _ENVIRONMENT)
        return DataKeys.kept_in(self.settings.home)

    def _in_use(self, resealing: Resealing, cipher: AesFieldCipher) -> KeysInUse:
        return KeysInUse([key_id.hex() for key_id in cipher.key_ids], resealing.uses())

    def _with_resealing(self, act: Callable[[Resealing], Answer]) -> Answer:
        engine: Engine = make_engine(database_address(self.settings), pool_size=1, role=None)
        try:
            return act(Resealing(engine))
        finally:
            engine.dispose()


def _key_id(line: str) -> bytes | None:
    text = line.strip()
    return None if text.startswith("#") else DataKeys.of([text], "the key file").keys[0].key_id


def _event(action: str, body: dict[str, object]) -> AuditEvent:
    return AuditEvent(f"{action}:{uuid.uuid4()}", datetime.now(UTC), None, None, action, body=body)
