"""What the worker runs: thin, idempotent jobs that look at PostgreSQL and do what waits there."""

from __future__ import annotations

from functools import cache, partial

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.jobs.pulse import Pulse
from caseflow.services.case_imports import CaseImports
from caseflow.services.health import write_beats
from caseflow.services.mail_delivery import MailDelivery
from caseflow.services.outbox_delivery import OutboxDelivery

# The timetable sends for as long as it takes; a wake-up must be done before the queue ends its job.
MAIL_SECONDS = 20.0
WIND_DOWN_SECONDS = 20.0
RETENTION_SECONDS = 20.0


def deliver_outbox() -> int:
    """Deliver every waiting notice, go on with runs, send what mail is due; return how many notices were taken.

    Run twice it finds nothing the second time.
    """
    count = delivery().drain()
    pulse().note("worker", count)
    pulse().beat_if_due()
    if wind_downs().carry_on(WIND_DOWN_SECONDS):
        count += delivery().drain()
    retention().carry_on(RETENTION_SECONDS)
    sender = mail()
    if sender is not None:
        sender.send_due(most_seconds=MAIL_SECONDS)
    return count


def work_imports() -> int:
    """Check and commit the imports of casebooks that wait; return how many there were.

    Run twice at once, each import is worked on once; after a kill it begins anew, for nothing of it was written.
    """
    return imports().work_waiting()


@cache
def imports() -> CaseImports:
    """Return the process's own imports, connected as the environment says. Raises ``ConfigurationError``."""
    return bootstrap.build_import_worker(read_settings())


@cache
def delivery() -> OutboxDelivery:
    """Return the process's own delivery, connected as the environment says. Raises ``ConfigurationError``."""
    settings = read_settings()
    return bootstrap.build_delivery(bootstrap.database_address(settings), bootstrap.mail_rules(settings))


@cache
def wind_downs() -> bootstrap.WindDownWork:
    """Return what goes on with runs in this process. Raises ``ConfigurationError``."""
    return bootstrap.build_wind_down_work(read_settings())


@cache
def retention() -> bootstrap.RetentionWork:
    """Return what carries out runs of retention in this process. Raises ``ConfigurationError``."""
    return bootstrap.build_retention_work(read_settings())


@cache
def mail() -> MailDelivery | None:
    """Return the process's own sender; None where no mail server is named. Raises ``ConfigurationError``."""
    return bootstrap.build_mail(read_settings())


@cache
def pulse() -> Pulse:
    """Return the pulse of this worker. Raises ``ConfigurationError``."""
    return Pulse(partial(write_beats, delivery().store))
