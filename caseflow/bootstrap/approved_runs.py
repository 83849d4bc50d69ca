"""What carries approved runs out behind the pages, whatever they do: the wind-down's and those of retention."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.ports import BusinessTime, UnitOfWork, Wake


@dataclass
class ApprovedRuns(ABC):
    """Approved runs, carried on by a process of the background; what they need is read when there is one."""

    store: SqlStore
    time: BusinessTime
    settings: Settings
    wake: Wake | None = None

    def carry_on(self, most_seconds: float, stop: Callable[[], bool] = lambda: False) -> int:
        """Go on with approved runs for about ``most_seconds``; return how many cases that came to.

        With nothing to do it is one query. Where time ran out another wake-up asks for the rest.
        """
        if not self._has_work():
            return 0
        done = self._go_on(most_seconds, stop)
        if self.wake is not None and done and self._has_work():
            self.wake.wake()
        return done

    def _has_work(self) -> bool:
        with self.store.begin() as work:
            return self._is_busy(work)

    @abstractmethod
    def _is_busy(self, work: UnitOfWork) -> bool:
        """Tell whether a run waits for somebody to go on with it."""

    @abstractmethod
    def _go_on(self, most_seconds: float, stop: Callable[[], bool]) -> int:
        """Go on for so long; return how many cases that came to."""
