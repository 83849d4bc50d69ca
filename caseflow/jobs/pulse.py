"""The pulse of a job: what its rounds did, noted in the database every few seconds for the health page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

BEAT_SECONDS: Final = 15.0


class Pulse:
    """Gathers what rounds did and writes it, all of it at once, no oftener than every ``every_seconds``."""

    def __init__(
        self, beat: Callable[[Mapping[str, Mapping[str, Any]]], None], every_seconds: float = BEAT_SECONDS
    ) -> None:
        self._beat, self._every_seconds = beat, every_seconds
        self._counts: dict[str, int] = {}
        self._beat_at = float("-inf")

    def note(self, name: str, count: int) -> None:
        """Note that the round ``name`` was done and how much it did."""
        self._counts[name] = self._counts.get(name, 0) + count

    def beat_if_due(self) -> None:
        """Write what was noted if it is time. A write that fails keeps it for the next one."""
        now = time.monotonic()
        if self._counts and now - self._beat_at >= self._every_seconds:
            self._beat({name: {"count": count} for name, count in self._counts.items()})
            self._beat_at = now
            self._counts.clear()
