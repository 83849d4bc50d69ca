"""Attempts that are counted, so that nobody guesses at leisure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True)
class Limit:
    """How many attempts in a row are free, and how long one waits after each further one.

    The wait begins with ``first_wait`` and doubles up to ``longest_wait``. Attempts older than ``forgotten_after``
    (counted from the last one) no longer count; with ``eases_every``, one attempt is forgotten in each such time.
    """

    kind: str
    free: int
    first_wait: timedelta
    longest_wait: timedelta
    forgotten_after: timedelta = timedelta(hours=24)
    eases_every: timedelta | None = None


@dataclass(frozen=True)
class Counted:
    """What is counted: the limit and whom it is about, of which only a hash is kept."""

    limit: Limit
    subject: bytes


class RateLimitStore(Protocol):
    """Counts of attempts. They hold no name, login or address, and are no part of the record: no event is written."""

    def take(self, asked: Sequence[Counted], nonce: bytes, at: datetime) -> datetime | None:
        """Count one attempt, known by ``nonce``, under each limit in one statement; return None where it may be made.

        Else return until when one has to wait; then nothing is counted.
        """
        ...

    def forget(self, asked: Sequence[Counted]) -> None:
        """Forget the attempts under these limits: the last one was right."""
        ...

    def give_back(self, asked: Sequence[Counted], nonce: bytes) -> None:
        """Take the attempt of ``nonce`` back under these limits: it was right, but says nothing of the others.

        Nobody waits for it any more; whoever waits for the others goes on waiting.
        """
        ...

    def purge(self, before: datetime) -> int:
        """Delete counts whose last attempt was before; return how many."""
        ...
