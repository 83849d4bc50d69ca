"""What works behind the pages: delivery, the sweep, the keeping of the record, on connections of their own."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.adapters.business_time import ShiftedTime
from caseflow.bootstrap.application import date_shift_days
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.mail import build_mail, mail_rules
from caseflow.bootstrap.record_keeping import RecordKeeping, build_record_keeping
from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.mail_delivery import MailDelivery
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.reminders import Reminders


@dataclass(frozen=True)
class Background:
    """Every use case that runs without somebody asking."""

    delivery: OutboxDelivery
    reminders: Reminders
    record: RecordKeeping
    mail: MailDelivery | None

    def close(self) -> None:
        """Give the connections back."""
        if self.mail is not None:
            self.mail.close()
        self.record.close()
        self.delivery.close()


def build_background(settings: Settings) -> Background:
    """Wire what the timetable runs; the database is asked for only when something runs.

    Raises ``ConfigurationError`` and ``SigningKeyUnusable``.
    """
    engine = make_engine(database_address(settings), pool_size=1)
    store = SqlStore(engine)
    return Background(
        delivery=OutboxDelivery(store, release=engine.dispose, mail=mail_rules(settings)),
        reminders=Reminders(store, ShiftedTime(lambda: date_shift_days(store))),
        record=build_record_keeping(settings),
        mail=build_mail(settings),
    )
