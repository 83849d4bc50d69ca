"""The wind-down, wired to one database: for the faces, and for what works behind them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from caseflow.adapters.published_calendar import published_calendar
from caseflow.adapters.queue import RedisWake
from caseflow.bootstrap.approved_runs import ApprovedRuns
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.file_room import build_file_store
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.papers import build_papers
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.cases import Cases
from caseflow.services.ports import BusinessTime, Store, UnitOfWork, Wake
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.rulebook import Rulebook
from caseflow.services.wind_down import Running, WindDowns
from caseflow.services.withdrawals import Letters


def build_wind_downs(
    store: Store, rulebook: Rulebook, time: BusinessTime, cases: Cases, letters: Letters, wake: Wake | None = None
) -> WindDowns:
    """Wire the wind-down; every step goes through ``cases``, every draft of a paper through ``letters``."""
    refunds = RefundFindings(store, rulebook, time)
    running = Running(store, rulebook, time, cases, letters, refunds)
    return WindDowns(store, rulebook, time, running, refunds, wake.wake if wake is not None else lambda: None)


class WindDownWork(ApprovedRuns):
    """Runs of a wind-down; law and templates are read when there is one."""

    def _is_busy(self, work: UnitOfWork) -> bool:
        return bool(work.winddown.busy_runs(limit=1))

    def _go_on(self, most_seconds: float, stop: Callable[[], bool]) -> int:
        return self._use_cases.carry_on(most_seconds=most_seconds, stop=stop)

    @cached_property
    def _use_cases(self) -> WindDowns:
        rules = Rulebook(shipped_law(), published_calendar(), shipped_definitions(), shipped_chart())
        with self.store.begin() as work:
            rules.refresh_calendar(work)
        rules.follow(self.store)
        cases = Cases(self.store, rules, self.time, build_field_cipher(self.settings))
        papers = build_papers(self.store, rules, self.time, build_file_store(self.settings))
        return build_wind_downs(self.store, rules, self.time, cases, papers.drafting)


def build_wind_down_work(settings: Settings, store: SqlStore | None = None) -> WindDownWork:
    """Wire what goes on with runs behind the pages. Raises ``ConfigurationError``."""
    kept = store or SqlStore(make_engine(database_address(settings), pool_size=2), build_field_cipher(settings))
    wake = RedisWake(settings.redis_url) if settings.redis_url is not None else None
    return WindDownWork(kept, clock_of(kept), settings, wake)
