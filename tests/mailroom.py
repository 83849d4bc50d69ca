"""A test's office whose people have mail addresses, and reminders to be mailed to them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date, time
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from caseflow import bootstrap
from caseflow.adapters.mail import SmtpPost, SmtpServer
from caseflow.services.mail_delivery import MailDelivery
from caseflow.services.outbox_delivery import OutboxDelivery
from caseflow.services.ports.mail import MailRules
from tests.mailbox import Mailbox
from tests.office import Office

DOMAIN = "yunling.example"
SENDER = f"cases@{DOMAIN}"
HOME = "https://cases.yunling.example"
RULE = "cn.apl.decision_90d"
# At any hour, and without waiting for more.
AT_ONCE = MailRules(enabled=True, opens=time(0), closes=time(0), gather_seconds=0, domain=DOMAIN)


def rows(office: Office, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(statement, parameters).fetchall()


def change(office: Office, statement: str, **parameters: Any) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute(statement, parameters)


def give_addresses(office: Office) -> None:
    change(office, "update staff set email = login || '@' || %(domain)s", domain=DOMAIN)


def send_away(office: Office, away: str, substitute: str) -> None:
    """Let ``substitute`` stand in for ``away`` from today on, by the database's own date."""
    change(
        office,
        "insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, "
        "idempotency_key) values (%(office_id)s, %(away)s, %(substitute)s, business_date(), business_date() + 5, "
        "'leave', %(by)s, %(key)s)",
        office_id=office.actors[away].office_id,
        away=office.actors[away].id,
        substitute=office.actors[substitute].id,
        by=office.actors["supervisor"].id,
        key=str(uuid.uuid4()),
    )


def remind(
    office: Office,
    case_id: int,
    *rungs: str,
    to: str = "owner",
    escalates: bool = False,
    rule: str = RULE,
    clock: int | None = None,
    day: date | None = None,
) -> None:
    """Write the notices of rungs of a case, as the sweep does; each of a clock of its own where none is named.

    The clocks run, and their limits end on the day the notices name.

    ``day`` is the rung's own (default: the day on which it is written).
    """
    ((today,),) = rows(office, "select business_date()")
    for number, rung in enumerate(rungs, 1):
        payload = {
            "office_id": office.actors["officer"].office_id,
            "case_id": case_id,
            "clock_id": running_clock(office, case_id, clock or number),
            "rule": rule,
            "due_on": "2026-06-01",
            "rung": rung,
            "ladder": "agency",
            "day": str(day or today),
            "to": to,
            "escalates": escalates,
        }
        change(
            office,
            "insert into outbox (key, kind, payload) values (%(key)s, 'reminder', %(payload)s)",
            key=f"reminder:{uuid.uuid4()}",
            payload=Jsonb(payload),
        )


def running_clock(office: Office, case_id: int, number: int) -> int:
    """Return the id of the open clock ``number`` of a test's own making, which nothing reckons or sweeps."""
    clock_id = case_id * 1_000_000 + number
    change(
        office,
        "insert into clock (id, case_id, rule_id, binds, status, started_seq, trigger_on, due_on, provisional, record, "
        "rungs) overriding system value values (%(id)s, %(case_id)s, 'test.' || %(id)s, 'agency', 'open', 1, "
        "'2026-03-01', '2026-06-01', false, '{}', '[]') on conflict (id) do nothing",
        id=clock_id,
        case_id=case_id,
    )
    return clock_id


def deliver(office: Office, rules: MailRules = AT_ONCE) -> int:
    return OutboxDelivery(office.application.store, mail=rules).drain()


def sender(office: Office, box: Mailbox, rules: MailRules = AT_ONCE, seconds: float = 10.0) -> MailDelivery:
    post = SmtpPost(SmtpServer.at(box.url), SENDER, seconds)
    return MailDelivery(office.application.store, office.time, post, rules, bootstrap.shipped_law, home=HOME)


def mails(office: Office) -> list[tuple[Any, ...]]:
    """Return the mail there is: login, kind, state, how many reminders."""
    return rows(
        office,
        "select s.login, m.kind, m.state, (select count(*) from inbox i where i.mail_id = m.id) "
        "from mail m join staff s on s.id = m.staff_id order by m.id",
    )


def due_now(office: Office) -> None:
    """Let what was put off be due."""
    change(office, "update mail set due_at = now() - interval '1 second' where state = 'pending'")


def hear(office: Office, logins: Iterable[str]) -> dict[str, int]:
    """Return how many messages lie in these inboxes."""
    found = rows(office, "select s.login, count(*) from inbox i join staff s on s.id = i.staff_id group by s.login")
    counted = {str(login): int(count) for login, count in found}
    return {login: counted.get(login, 0) for login in logins}


def unheard_case(office: Office) -> int:
    """Open a case of ``officer`` in an office whose people have addresses; nobody is told of its opening."""
    give_addresses(office)
    opened = office.open()
    change(office, "delete from outbox")
    return opened
