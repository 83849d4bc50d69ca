"""What of a delivery is mailed: decided with the inbox row, in the same transaction, once."""

from __future__ import annotations

import threading
from contextlib import closing
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.persistence.mail import delivery_of
from caseflow.persistence.outbox_sql import DELIVER
from caseflow.services.ports.mail import NO_MAIL, MailRules
from tests.mailroom import (
    AT_ONCE,
    DOMAIN,
    change,
    deliver,
    hear,
    mails,
    remind,
    rows,
    send_away,
    unheard_case,
)
from tests.office import CHECKED, Office

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def case_id(office: Office) -> int:
    return unheard_case(office)


def test_the_rungs_of_a_day_go_into_one_digest(office: Office, case_id: int) -> None:
    remind(office, case_id, "-7d", "-1w")
    deliver(office)
    remind(office, office.open(), "0d")
    deliver(office)
    assert mails(office) == [("officer", "digest", "pending", 3)]
    (key, message_id), *_ = rows(office, "select key, message_id from mail")
    assert key.startswith(f"digest:{office.actors['officer'].id}:20")
    assert message_id.startswith("<")
    assert message_id.endswith(f"@{DOMAIN}>")


def test_an_escalation_goes_out_alone_and_so_does_everything_for_who_wants_each(office: Office, case_id: int) -> None:
    change(office, "update staff set mail_mode = 'each' where login = 'officer'")
    remind(office, case_id, "-7d", "0d")
    remind(office, case_id, "+1w", to="supervisor", escalates=True)
    remind(office, case_id, "ran_out", to="supervisor")
    deliver(office)
    assert sorted(mails(office)) == [
        ("officer", "notice", "pending", 1),
        ("officer", "notice", "pending", 1),
        ("supervisor", "digest", "pending", 1),
        ("supervisor", "notice", "pending", 1),
    ]
    keys = rows(office, "select count(*) from mail m join inbox i on i.mail_id = m.id where m.kind = 'notice' "
                        "and m.key = 'notice:' || i.key || ':' || i.staff_id")  # fmt: skip
    assert keys == [(3,)]


def test_steps_and_people_without_an_address_are_not_mailed(office: Office, case_id: int) -> None:
    change(office, "update staff set email = null where login = 'officer'")
    remind(office, case_id, "-7d")
    deliver(office)
    change(office, "delete from clock where record = '{}'")
    office.advance(case_id, "check_report", CHECKED, actor="officer2")
    deliver(office)
    assert mails(office) == []
    assert hear(office, ["officer", "approver"]) == {"officer": 2, "approver": 1}


def test_where_no_server_is_named_no_mail_is_written(office: Office, case_id: int) -> None:
    remind(office, case_id, "-7d")
    deliver(office, NO_MAIL)
    assert mails(office) == []
    assert hear(office, ["officer"]) == {"officer": 1}


@pytest.mark.parametrize("state", ["sent", "held"])
def test_what_comes_after_the_digest_went_out_goes_out_alone(office: Office, case_id: int, state: str) -> None:
    remind(office, case_id, "-7d")
    deliver(office)
    with psycopg.connect(office.database_url) as holder:
        if state == "sent":
            holder.execute("update mail set state = 'sent', sent_at = now()")
            holder.commit()
        else:
            holder.execute("select from mail for update")
        remind(office, case_id, "0d")
        deliver(office)
    kinds = [(login, kind, count) for login, kind, _, count in mails(office)]
    assert kinds == [("officer", "digest", 1), ("officer", "notice", 1)]


def test_the_substitute_is_mailed_and_who_is_away_only_finds_it_in_the_inbox(office: Office, case_id: int) -> None:
    send_away(office, "officer", "officer2")
    remind(office, case_id, "-7d")
    remind(office, case_id, "+1w", to="supervisor", escalates=True)
    deliver(office)
    assert sorted(mails(office)) == [("officer2", "digest", "pending", 1), ("supervisor", "notice", "pending", 1)]
    assert hear(office, ["officer", "officer2", "supervisor"]) == {"officer": 1, "officer2": 1, "supervisor": 1}


def test_who_is_away_without_a_live_substitute_is_mailed_after_all(office: Office, case_id: int) -> None:
    send_away(office, "officer", "officer2")
    change(office, "update staff set active = false where login = 'officer2'")
    remind(office, case_id, "-7d")
    deliver(office)
    assert mails(office) == [("officer", "digest", "pending", 1)]


def test_where_the_substitute_has_no_address_who_is_away_is_mailed(office: Office, case_id: int) -> None:
    send_away(office, "officer", "officer2")
    change(office, "update staff set email = null where login = 'officer2'")
    remind(office, case_id, "-7d")
    deliver(office)
    assert mails(office) == [("officer", "digest", "pending", 1)]
    assert hear(office, ["officer", "officer2"]) == {"officer": 1, "officer2": 1}


def test_two_deliveries_that_begin_one_digest_lose_nothing(office: Office, case_id: int) -> None:
    engine = bootstrap.make_engine(office.database_url, pool_size=1)
    with closing(engine.connect()) as first:
        remind(office, case_id, "-7d")
        parameters = {"limit": 10, **delivery_of(AT_ONCE)}
        first.execute(DELIVER, parameters)
        remind(office, case_id, "0d")
        second = threading.Thread(target=deliver, args=(office,))
        second.start()
        second.join(0.5)
        assert second.is_alive(), "it waits for the digest the first one writes"
        first.commit()
        second.join(10.0)
    engine.dispose()
    assert mails(office) == [("officer", "digest", "pending", 2)]
    assert hear(office, ["officer"]) == {"officer": 2}


def _quiet_now() -> MailRules:
    """Rules by which this hour is quiet, whatever it is."""
    hour = datetime.now(OFFICE_ZONE).hour
    opens, closes = (time(hour + 2), time(hour + 3)) if hour < 20 else (time(2), time(4))
    return MailRules(enabled=True, opens=opens, closes=closes, gather_seconds=0, domain=DOMAIN)


def test_in_quiet_hours_mail_waits_for_the_morning(office: Office, case_id: int) -> None:
    rules = _quiet_now()
    change(office, "update staff set mail_mode = 'each' where login = 'officer'")
    remind(office, case_id, "-7d")
    remind(office, case_id, "0d", to="supervisor")
    deliver(office, rules)
    due = rows(office, "select due_at at time zone 'Asia/Shanghai' from mail")
    assert [moment.time() for (moment,) in due] == [rules.opens, rules.opens]
    now = datetime.now(OFFICE_ZONE).replace(tzinfo=None)
    assert all(timedelta(0) < moment - now < timedelta(1) for (moment,) in due)
    change(office, "update mail set due_at = now()")
    with office.application.store.begin() as work:
        assert work.mail.take(rules) is None, "even if it is due"
        assert work.mail.take(AT_ONCE) is not None


def test_a_digest_gathers_for_a_while_and_an_escalation_does_not(office: Office, case_id: int) -> None:
    rules = MailRules(enabled=True, opens=time(0), closes=time(0), gather_seconds=300, domain=DOMAIN)
    remind(office, case_id, "-7d")
    remind(office, case_id, "+1w", to="supervisor", escalates=True)
    deliver(office, rules)
    waits = rows(office, "select kind, round(extract(epoch from due_at - made_at))::int from mail order by kind")
    assert [kind for kind, _ in waits] == ["digest", "notice"]
    assert 298 <= waits[0][1] <= 300
    assert -2 <= waits[1][1] <= 0


def test_a_notice_that_cannot_be_delivered_leaves_no_mail(office: Office, case_id: int) -> None:
    remind(office, case_id, "-7d")
    change(office, "update outbox set payload = jsonb_set(payload, '{escalates}', '\"perhaps\"')")
    remind(office, case_id, "0d")
    deliver(office)
    assert mails(office) == [("officer", "digest", "pending", 1)]
    assert rows(office, "select count(*) from outbox where state = 'pending' and attempts > 0") == [(1,)]
