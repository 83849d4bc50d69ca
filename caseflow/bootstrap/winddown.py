"""The wind-down, wired to one database."""

from __future__ import annotations

from caseflow.services.cases import Cases
from caseflow.services.ports import BusinessTime, Store, Wake
from caseflow.services.rulebook import Rulebook
from caseflow.services.winddown import Running, WindDowns
from caseflow.services.withdrawals import Letters


def build_wind_downs(
    store: Store, rulebook: Rulebook, time: BusinessTime, cases: Cases, letters: Letters, wake: Wake | None = None
) -> WindDowns:
    """Wire the wind-down; every step goes through ``cases``, every draft of a paper through ``letters``."""
    running = Running(store, rulebook, time, cases, letters)
    return WindDowns(store, rulebook, time, running, wake.wake if wake is not None else lambda: None)
