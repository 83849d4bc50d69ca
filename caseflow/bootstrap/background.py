"""What works behind the pages: delivery, the sweep, the keeping of the record, on connections of their own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from caseflow.adapters.business_time import ShiftedTime
from caseflow.adapters.published_calendar import published_calendar
from caseflow.adapters.queue import RedisWake
from caseflow.bootstrap.case_imports import build_import_worker
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.mail import build_mail, mail_rules
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.bootstrap.record_keeping import RecordKeeping, build_record_keeping
from caseflow.bootstrap.retention import RetentionWork, build_retention_work
from caseflow.bootstrap.wind_down import WindDownWork, build_wind_down_work
from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.case_imports import CaseImports, imports_wait
from caseflow.services.health import Health
from caseflow.services.ladder_reckoning import LadderReckoning
from caseflow.services.mail_delivery import MailDelivery
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.rate_limits import RateLimits
from caseflow.services.reminders import Reminders
from caseflow.services.rulebook import Rulebook


@dataclass
class Background:
    """Every use case that runs without somebody asking."""

    delivery: OutboxDelivery
    reminders: Reminders
    record: RecordKeeping
    mail: MailDelivery | None
    health: Health
    store: SqlStore
    time: ShiftedTime
    wind_downs: WindDownWork
    retention: RetentionWork
    settings: Settings
    wake: RedisWake | None = None

    @cached_property
    def reckoning(self) -> LadderReckoning:
        """What reckons ladders; the law is read when it is first asked for, which takes a second."""
        rules = Rulebook(shipped_law(), published_calendar(), shipped_definitions(), shipped_chart())
        return LadderReckoning(self.store, rules, self.time)

    @cached_property
    def imports(self) -> CaseImports:
        """What takes imports of casebooks up; read when one first waits and no worker can be told."""
        return build_import_worker(self.settings, self.store)

    def imports_wait(self) -> bool:
        """Tell whether an import waits that nobody is at."""
        return imports_wait(self.store)

    @property
    def attempts(self) -> RateLimits:
        """What counts attempts to sign in, and forgets them in time."""
        return RateLimits(self.store, self.time)

    def close(self) -> None:
        """Give the connections back."""
        if self.mail is not None:
            self.mail.close()
        if self.wake is not None:
            self.wake.close()
        self.record.close()
        self.delivery.close()


def build_background(settings: Settings) -> Background:
    """Wire what the timetable runs; the database is asked for only when something runs.

    Raises ``ConfigurationError`` and ``SigningKeyUnusable``.
    """
    engine = make_engine(database_address(settings), pool_size=1)
    store = SqlStore(engine, build_field_cipher(settings))
    time = clock_of(store)
    return Background(
        delivery=OutboxDelivery(store, release=engine.dispose, mail=mail_rules(settings)),
        reminders=Reminders(store, time),
        record=build_record_keeping(settings),
        health=Health(store, time),
        store=store,
        time=time,
        wind_downs=build_wind_down_work(settings, store),
        retention=build_retention_work(settings, store),
        settings=settings,
        mail=build_mail(settings),
        wake=RedisWake(settings.redis_url) if settings.redis_url is not None else None,
    )
