"""What the worker runs: thin, idempotent jobs that look at PostgreSQL and do what waits there."""

from __future__ import annotations

from functools import cache, partial

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.jobs.pulse import Pulse
from caseflow.services.health import write_beats
from caseflow.services.outbox_delivery import OutboxDelivery


def deliver_outbox() -> int:
    """Deliver every waiting notice; return how many were taken. Run twice it finds nothing the second time."""
    count = delivery().drain()
    pulse().note("worker", count)
    pulse().beat_if_due()
    return count


@cache
def delivery() -> OutboxDelivery:
    """Return the process's own delivery, connected as the environment says. Raises ``ConfigurationError``."""
    return bootstrap.build_delivery(bootstrap.database_address(read_settings()))


@cache
def pulse() -> Pulse:
    """Return the pulse of this worker. Raises ``ConfigurationError``."""
    return Pulse(partial(write_beats, delivery().store))
