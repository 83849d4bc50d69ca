"""Retention, wired: for the faces, and for what carries runs out behind them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from caseflow.adapters.business_time import ShiftedTime
from caseflow.adapters.queue import RedisWake
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.file_room import build_file_store
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.bootstrap.wind_down import shift_days
from caseflow.config import Settings
from caseflow.persistence.office_scope import SystemStore
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.erasing import Erasing
from caseflow.services.ports import BusinessTime, Store, Wake
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.privacy import FieldCipher


def build_erasing(store: Store, time: BusinessTime, cipher: FieldCipher, files: FileStore) -> Erasing:
    """Wire what erases; it looks at every office before the bytes of a file go."""
    return Erasing(store, SystemStore(store), time, cipher, files)


@dataclass
class RetentionWork:
    """Runs that somebody asked for, carried out by a process of the background; keys are read when there is one."""

    store: SqlStore
    time: BusinessTime
    settings: Settings
    wake: Wake | None = None

    def carry_on(self, most_seconds: float, stop: Callable[[], bool] = lambda: False) -> int:
        """Carry runs out for about ``most_seconds``; return how many cases were erased.

        With nothing to do it is one query. Where time ran out another wake-up asks for the rest.
        """
        if not self._is_busy():
            return 0
        erased = self._erasing.carry_on(most_seconds, stop)
        if self.wake is not None and erased and self._is_busy():
            self.wake.wake()
        return erased

    def _is_busy(self) -> bool:
        with self.store.begin() as work:
            return bool(work.retention.asked(1))

    @cached_property
    def _erasing(self) -> Erasing:
        cipher, files = build_field_cipher(self.settings), build_file_store(self.settings)
        return build_erasing(self.store, self.time, cipher, files)


def build_retention_work(settings: Settings, store: SqlStore | None = None) -> RetentionWork:
    """Wire what carries runs out behind the pages. Raises ``ConfigurationError``."""
    kept = store or SqlStore(make_engine(database_address(settings), pool_size=2))
    wake = RedisWake(settings.redis_url) if settings.redis_url is not None else None
    return RetentionWork(kept, ShiftedTime(lambda: shift_days(kept)), settings, wake)
