"""What the worker runs: thin, idempotent jobs that look at PostgreSQL and do what waits there."""

from __future__ import annotations

from functools import cache

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.services.outbox_delivery import OutboxDelivery


def deliver_outbox() -> int:
    """Deliver every waiting notice; return how many were taken. Run twice it finds nothing the second time."""
    return delivery().drain()


@cache
def delivery() -> OutboxDelivery:
    """Return the process's own delivery, connected as the environment says. Raises ``ConfigurationError``."""
    return bootstrap.build_delivery(bootstrap.database_address(read_settings()))
