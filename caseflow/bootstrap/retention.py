"""Retention, wired: for the faces, and for what carries runs out behind them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from caseflow.adapters.queue import RedisWake
from caseflow.bootstrap.approved_runs import ApprovedRuns
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.file_room import build_file_store
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import Settings
from caseflow.persistence.office_scope import SystemStore
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.erasing import Erasing
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.privacy import FieldCipher


def build_erasing(store: Store, time: BusinessTime, cipher: FieldCipher, files: FileStore) -> Erasing:
    """Wire what erases; it looks at every office before the bytes of a file go."""
    return Erasing(store, SystemStore(store), time, cipher, files)


class RetentionWork(ApprovedRuns):
    """Runs of retention that somebody asked for; the keys are read when there is one."""

    def _is_busy(self, work: UnitOfWork) -> bool:
        return bool(work.retention.asked(1))

    def _go_on(self, most_seconds: float, stop: Callable[[], bool]) -> int:
        return self._erasing.carry_on(most_seconds, stop)

    @cached_property
    def _erasing(self) -> Erasing:
        cipher, files = build_field_cipher(self.settings), build_file_store(self.settings)
        return build_erasing(self.store, self.time, cipher, files)


def build_retention_work(settings: Settings, store: SqlStore | None = None) -> RetentionWork:
    """Wire what carries runs out behind the pages. Raises ``ConfigurationError``."""
    kept = store or SqlStore(make_engine(database_address(settings), pool_size=2))
    wake = RedisWake(settings.redis_url) if settings.redis_url is not None else None
    return RetentionWork(kept, clock_of(kept), settings, wake)
