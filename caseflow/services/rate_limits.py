"""Limits on guessing: at sign-in, at a second factor, at a one-time code. Counted in PostgreSQL, for every process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from caseflow.services.ports.rate_limits import Counted, Limit
from caseflow.services.ports.store import Store
from caseflow.services.ports.time import BusinessTime

PURGED_AFTER: Final = timedelta(days=2)

# One browser that guesses at one login waits soon and long; a login at which many addresses guess makes its owner wait
# for half a minute at most; an address is shared by a whole office, so it is given more.
LOGIN_FROM_ADDRESS: Final = Limit("login_from_address", 5, timedelta(seconds=30), timedelta(minutes=15))
LOGIN: Final = Limit("login", 50, timedelta(seconds=1), timedelta(seconds=30))
ADDRESS: Final = Limit("address", 40, timedelta(seconds=5), timedelta(minutes=15))
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
class RateLimits:
    """Counts attempts in transactions of its own, so that a refused attempt stays counted."""

    store: Store
    time: BusinessTime

    def take(self, *asked: Counted) -> None:
        """Count one attempt before it is looked at. Raises :class:`TooManyAttempts`, and then nothing is counted."""
        with self.store.begin() as work:
            until = work.rate_limits.take(asked, self.time.real_now())
            work.commit()
        if until is not None:
            raise TooManyAttempts(until)

    def succeeded(self, *asked: Counted, shared: Sequence[Counted] = ()) -> None:
        """Forget the attempts: the last one was right. Of a ``shared`` limit (an address) only that one is taken back.

        Otherwise somebody with a login of their own could guess for ever, signing in themselves in between.
        """
        with self.store.begin() as work:
            work.rate_limits.forget(asked)
            work.rate_limits.give_back(shared, self.time.real_now())
            work.commit()

    def purge(self) -> int:
        """Delete counts nobody needs any more; return how many."""
        with self.store.begin() as work:
            gone = work.rate_limits.purge(self.time.real_now() - PURGED_AFTER)
            work.commit()
        return gone
