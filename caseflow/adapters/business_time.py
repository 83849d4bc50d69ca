"""The office's own time: the machine's clock, shifted in a training database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


class ShiftedTime:
    """Fulfils :class:`caseflow.services.ports.BusinessTime`.

    ``shift`` answers how many days the database runs away from the real date; the answer is asked for again
    after ``fresh_seconds``, so that every process follows a moved training date within that time.
    """

    def __init__(self, shift: Callable[[], int], fresh_seconds: float = 2.0) -> None:
        self._shift, self._fresh_seconds = shift, fresh_seconds
        self._days, self._asked_at = 0, float("-inf")

    def real_now(self) -> datetime:
        """Return the moment by the machine's clock, in UTC."""
        return datetime.now(UTC)

    def real_today(self) -> date:
        """Return the real date in the office's zone."""
        return datetime.now(OFFICE_ZONE).date()

    def now(self) -> datetime:
        """Return the moment on the business date, in UTC."""
        if monotonic() - self._asked_at > self._fresh_seconds:
            self._days, self._asked_at = self._shift(), monotonic()
        return self.real_now() + timedelta(days=self._days)

    def today(self) -> date:
        """Return the business date in the office's zone."""
        return self.now().astimezone(OFFICE_ZONE).date()

    def forget(self) -> None:
        """Ask for the shift again at the next question."""
        self._asked_at = float("-inf")


class SetTime:
    """A time that stands where it is put: for loading a training county's history, and for tests."""

    def __init__(self, day: date) -> None:
        self.day = day

    def real_now(self) -> datetime:
        """Return the moment by the machine's clock, in UTC."""
        return datetime.now(UTC)

    def real_today(self) -> date:
        """Return the real date in the office's zone."""
        return datetime.now(OFFICE_ZONE).date()

    def now(self) -> datetime:
        """Return nine in the morning, office time, of the day that is set."""
        return datetime(self.day.year, self.day.month, self.day.day, 9, tzinfo=OFFICE_ZONE).astimezone(UTC)

    def today(self) -> date:
        """Return the day that is set."""
        return self.day
