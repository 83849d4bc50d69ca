"""Limits on guessing: at sign-in, at a second factor, at a one-time code. Counted in PostgreSQL, for every process."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from caseflow.services.ports.rate_limits import Counted, Limit
from caseflow.services.ports.store import Store
from caseflow.services.ports.time import BusinessTime

PURGED_AFTER: Final = timedelta(days=2)
NONCE_BYTES: Final = 16

# One browser that guesses at one login waits soon and long; a login at which many addresses guess makes its owner wait
# for half a minute at most. An address may be that of a whole office, so it is given more, it never waits for long, and
# what its people mistyped is forgotten minute by minute.
LOGIN_FROM_ADDRESS: Final = Limit("login_from_address", 5, timedelta(seconds=30), timedelta(minutes=15))
LOGIN: Final = Limit("login", 50, timedelta(seconds=1), timedelta(seconds=30))
ADDRESS: Final = Limit("address", 40, timedelta(seconds=1), timedelta(seconds=30), eases_every=timedelta(minutes=1))
SECOND_FACTOR: Final = Limit("second_factor", 5, timedelta(seconds=30), timedelta(minutes=15))
# For what is typed once and not by habit: an enrolment code, the one-time code of a person.
ONE_TIME_CODE: Final = Limit("one_time_code", 5, timedelta(minutes=1), timedelta(hours=1))
# A page that was refused is recorded at first and then ever more rarely, so that nobody floods the record.
DENIED: Final = Limit("denied", 1, timedelta(minutes=1), timedelta(hours=1))


class TooManyAttempts(Exception):
    """Too many attempts were wrong; ``until`` is the real moment (UTC) from when the next one is looked at."""

    def __init__(self, until: datetime) -> None:
        self.until = until
        super().__init__(until.isoformat())


def counted(limit: Limit, *about: str | int) -> Counted:
    """Return what is counted under ``limit`` about these (a login, an address, an id); only their hash is kept."""
    joined = "\x1f".join(str(one).strip().lower() for one in about)
    return Counted(limit, hashlib.sha256(f"{limit.kind}\x1f{joined}".encode()).digest())


@dataclass(frozen=True)
class Attempt:
    """An attempt that was counted and let through, to be handed back when it turned out right."""

    own: Sequence[Counted]
    shared: Sequence[Counted]
    nonce: bytes


@dataclass(frozen=True)
class RateLimits:
    """Counts attempts in transactions of its own, so that a refused attempt stays counted."""

    store: Store
    time: BusinessTime

    def take(self, *own: Counted, shared: Sequence[Counted] = ()) -> Attempt:
        """Count one attempt before it is looked at. Raises :class:`TooManyAttempts`, and then nothing is counted.

        Whatever is under way counts as wrong until it is known to be right: so nobody guesses more by guessing at once.
        """
        attempt = Attempt(own, shared, secrets.token_bytes(NONCE_BYTES))
        with self.store.begin() as work:
            until = work.rate_limits.take((*own, *shared), attempt.nonce, self.time.real_now())
            work.commit()
        if until is not None:
            raise TooManyAttempts(until)
        return attempt

    def succeeded(self, attempt: Attempt) -> None:
        """Forget the attempts under its own limits: this one was right. Of a ``shared`` one only this is taken back.

        Otherwise somebody with a login of their own could guess for ever, signing in themselves in between.
        """
        with self.store.begin() as work:
            work.rate_limits.forget(attempt.own)
            work.rate_limits.give_back(attempt.shared, attempt.nonce)
            work.commit()

    def purge(self) -> int:
        """Delete counts nobody needs any more; return how many."""
        with self.store.begin() as work:
            gone = work.rate_limits.purge(self.time.real_now() - PURGED_AFTER)
            work.commit()
        return gone
