"""The office's own time."""

from __future__ import annotations

from datetime import date, datetime
from typing import Protocol


class BusinessTime(Protocol):
    """The office's own time."""

    def today(self) -> date:
        """Return the business date."""
        ...

    def now(self) -> datetime:
        """Return the moment, in UTC, on the business date."""
        ...

    def real_now(self) -> datetime:
        """Return the moment by the machine's clock, in UTC, whatever the business date is."""
        ...

    def real_today(self) -> date:
        """Return the real date in the office's zone, whatever the business date is."""
        ...
