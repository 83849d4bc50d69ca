"""Mail: the rules the delivery writes it by, and the sender on connections of its own."""

from __future__ import annotations

from caseflow.adapters.mail import SmtpPost, SmtpServer
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import database_address, make_engine
from caseflow.bootstrap.files import shipped_law
from caseflow.config import Settings
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.mail_delivery import MailDelivery
from caseflow.services.ports.mail import NO_MAIL, MailRules


def mail_rules(settings: Settings) -> MailRules:
    """Return by which rules mail is written; where no server is named, none is."""
    if settings.smtp_url is None or settings.mail_from is None:
        return NO_MAIL
    opens, closes = settings.mail_hours
    return MailRules(
        enabled=True,
        opens=opens,
        closes=closes,
        gather_seconds=settings.mail_gather_seconds,
        domain=settings.mail_from.rpartition("@")[2],
    )


def build_mail(settings: Settings) -> MailDelivery | None:
    """Wire the sender; None where no server is named. A slow server holds up nothing but it.

    Raises ``ConfigurationError``.
    """
    if settings.smtp_url is None or settings.mail_from is None:
        return None
    engine = make_engine(database_address(settings), pool_size=1)
    store = SqlStore(engine)
    return MailDelivery(
        store,
        clock_of(store),
        SmtpPost(SmtpServer.at(settings.smtp_url), settings.mail_from),
        mail_rules(settings),
        shipped_law,
        home=settings.address,
        release=engine.dispose,
    )
