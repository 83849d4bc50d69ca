"""Carrying out what the outbox holds: a batch a transaction, until nothing waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.services.cases import Cases, Moved, OpenCase, TakeStep
from caseflow.services.ports import Store, Wake
from caseflow.services.ports.mail import NO_MAIL, MailRules

BATCH_SIZE = 200


@dataclass(frozen=True)
class OutboxDelivery:
    """The use case behind the worker and the timetable. Any number of processes may run it at once."""

    store: Store
    batch_size: int = BATCH_SIZE
    release: Callable[[], None] = lambda: None
    mail: MailRules = NO_MAIL

    def close(self) -> None:
        """Give the connections back."""
        self.release()

    def deliver_batch(self) -> int:
        """Deliver one batch in one transaction; return how many notices it took (0: nothing waits for us)."""
        with self.store.begin() as work:
            count = work.outbox.deliver_batch(self.batch_size, self.mail)
            work.commit()
        return count

    def drain(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Deliver until nothing waits or ``stop`` says so; return how many notices were taken.

        A batch that fails rolls back whole and is taken again later, so a notice reaches an inbox exactly once.
        """
        taken = 0
        while not stop():
            count = self.deliver_batch()
            taken += count
            if count == 0:
                break
        return taken

    def pending(self) -> int:
        """Return how many notices wait."""
        with self.store.begin() as work:
            return work.outbox.pending()


@dataclass(frozen=True)
class WakingCases(Cases):
    """The use cases that move a case, with a wake-up after each commit, so that notices arrive at once."""

    wake: Wake

    def open(self, actor: Actor, request: OpenCase) -> Moved:
        """Open a case; see :meth:`Cases.open`."""
        moved = super().open(actor, request)
        self.wake.wake()
        return moved

    def advance(self, actor: Actor, request: TakeStep) -> Moved:
        """Take one step; see :meth:`Cases.advance`."""
        moved = super().advance(actor, request)
        self.wake.wake()
        return moved


__all__ = ["BATCH_SIZE", "OutboxDelivery", "WakingCases"]
