"""Mail that meets trouble: faults nobody thought of, a sender that is refused, days that pass before it goes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from threading import Event

import pytest
from structlog.testing import capture_logs

from caseflow.adapters.mail import SmtpPost, SmtpServer
from caseflow.domain.health import State
from caseflow.domain.health_lines import judge
from caseflow.domain.law import LawBook
from caseflow.domain.mail_words import Letter
from caseflow.jobs import timetable
from caseflow.services.mail_delivery import MailRound, Outcome
from caseflow.services.ports.mail import MailPutOff
from tests.mailbox import Mailbox, mailbox
from tests.mailroom import (
    AT_ONCE,
    SENDER,
    change,
    deliver,
    due_now,
    mails,
    remind,
    rows,
    sender,
    unheard_case,
)
from tests.office import Office


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


@pytest.fixture
def case_id(office: Office) -> int:
    return unheard_case(office)


@pytest.fixture
def three_mails(office: Office, case_id: int) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, "-7d", "-1w", "0d")
    deliver(office)


@dataclass
class Throwing:
    """A post that fails as a test says; no real server can be made to."""

    error: Exception

    def send(self, _letter: Letter, *, at: datetime) -> None:  # noqa: ARG002 - as the port names it
        raise self.error


def noted(office: Office) -> list[tuple[str, int, str]]:
    """Return state, tries and error of the mail that was tried."""
    return rows(office, "select state, attempts, last_error from mail where attempts > 0 order by id")


@pytest.mark.usefixtures("three_mails")
@pytest.mark.parametrize("error", [ValueError("odd"), UnicodeError("odd"), RuntimeError("odd"), MailPutOff("x\0odd")])
def test_a_fault_nobody_thought_of_is_noted_on_its_mail_and_the_others_go_on(office: Office, error: Exception) -> None:
    assert replace(sender(office, Mailbox()), post=Throwing(error)).send_due() == MailRound(not_sent=3)
    found = noted(office)
    assert [(state, attempts) for state, attempts, _ in found] == [("pending", 1)] * 3
    assert all("odd" in said for *_, said in found)


@pytest.mark.usefixtures("three_mails")
def test_a_password_beyond_ascii_ends_no_mail_and_is_not_shown(office: Office) -> None:
    with mailbox(passwords=True) as box:
        server = SmtpServer.at(box.url.replace("//", "//cases:p%C3%A4ss@"))
        mail = replace(sender(office, box), post=SmtpPost(server, SENDER))
        assert mail.send_due() == MailRound(not_sent=1, away=True)
    ((state, attempts, error),) = noted(office)
    assert (state, attempts) == ("pending", 1)
    assert "CASEFLOW_SMTP_URL has letters beyond ASCII" in error
    assert "ä" not in error
    assert "xe4" not in error


@pytest.mark.usefixtures("three_mails")
@pytest.mark.parametrize("url", ["smtp://a..b:25", "smtp://127.0.0.1:99999", "smtp://" + "a" * 64 + ":25"])
def test_a_server_that_cannot_even_be_asked_for_is_away(office: Office, url: str) -> None:
    parts = url.removeprefix("smtp://").rpartition(":")
    server = SmtpServer(parts[0], int(parts[2]), tls_first=False, user=None, password="")
    post = SmtpPost(server, SENDER)
    assert replace(sender(office, Mailbox()), post=post).send_due() == MailRound(not_sent=1, away=True)
    assert [row[:2] for row in noted(office)] == [("pending", 1)]


@pytest.mark.usefixtures("three_mails")
def test_law_that_cannot_be_read_ends_no_mail(office: Office, box: Mailbox) -> None:
    def law() -> LawBook:
        message = "line 3"
        raise RuntimeError(message)

    assert replace(sender(office, box), law=law).send_due() == MailRound(not_sent=1, away=True)
    assert noted(office) == [("pending", 1, "no server: the law cannot be read: line 3")]


def test_parameters_out_of_shape_do_not_stop_the_sender(office: Office, case_id: int, box: Mailbox) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, "-7d", "0d", "-1w")
    deliver(office)
    change(office, "update inbox set params = params || '{\"for_id\": \"x\"}' where params->>'rung' = '-7d'")
    change(office, "update inbox set params = params || '{\"clock_id\": \"x\"}' where params->>'rung' = '0d'")
    assert sender(office, box).send_due() == MailRound(sent=2)


@pytest.mark.usefixtures("three_mails")
@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "550 5.7.1 not your address"),
        ("MAIL", "451 later"),
        ("MAIL", "530 5.7.0 sign in first"),
        ("RCPT", "530 5.7.0 sign in first"),
        ("RCPT", "553 5.7.1 <cases@yunling.example>: Sender address rejected: not owned by user"),
        ("RCPT", "550 5.1.8 sender's domain not found"),
    ],
)
def test_a_no_to_the_sender_burns_no_mail(office: Office, box: Mailbox, command: str, answer: str) -> None:
    box.answers[command] = answer
    for _ in range(10):
        assert sender(office, box).send_due() == MailRound(not_sent=1, away=True)
        due_now(office)
    found = noted(office)
    assert {state for state, *_ in found} == {"pending"}
    assert all(answer in said for *_, said in found)
    box.answers.clear()
    due_now(office)
    assert sender(office, box).send_due() == MailRound(sent=3)


@pytest.mark.usefixtures("three_mails")
def test_an_address_that_is_refused_is_still_its_own_mails_trouble(office: Office, box: Mailbox) -> None:
    box.answers["RCPT"] = "550 5.1.1 no such person"
    assert sender(office, box).send_due() == MailRound(not_sent=3)
    assert [row[0] for row in noted(office)] == ["dead"] * 3


@pytest.mark.usefixtures("three_mails")
def test_a_round_says_once_why_it_ended(office: Office, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timetable, "AWAY_PAUSE_SECONDS", 0.0)
    box.answers["MAIL"] = "550 5.7.1 not your address"
    with capture_logs() as said:
        timetable.MailSender(sender(office, box), Event()).timetable.tick()
    (line,) = [one for one in said if one["event"] == "timetable.mail_server_away"]
    assert line["reason"] == "550 5.7.1 not your address (the answer to the sender, CASEFLOW_MAIL_FROM)"


def test_a_mail_that_goes_out_late_tells_the_truth_of_that_day(office: Office, case_id: int, box: Mailbox) -> None:
    # The sweep wrote it seven days before the end; the server was away until after it.
    ((days,),) = rows(office, "select date '2026-05-25' - current_date")
    change(office, "insert into installation (id, kind, date_shift_days) values (1, 'training', %(days)s)", days=days)
    remind(office, case_id, "-7d", "-1w")
    deliver(office)
    change(office, "update installation set date_shift_days = date_shift_days + 9")
    ((today,),) = rows(office, "select business_date()")
    assert abs((today - date(2026, 6, 3)).days) <= 1
    assert sender(office, box).send_due() == MailRound(sent=1)
    text = box.accepted[0].part("plain")
    assert "Decide the case: ended on 1 June 2026" in text
    assert "ends in" not in text
    assert f"2 reminders, {today.day} June 2026" in text


@pytest.mark.parametrize(
    "settled",
    [
        "update clock set status = 'met', closed_on = '2026-05-01', closed_seq = 2 where id = %(id)s",
        "update clock set status = 'stopped', closed_on = '2026-05-01', closed_seq = 2 where id = %(id)s",
        "update clock set status = 'tolled' where id = %(id)s",
        "update clock set due_on = '2026-07-01' where id = %(id)s",
    ],
)
def test_a_limit_that_was_settled_meanwhile_is_left_out(
    office: Office, case_id: int, box: Mailbox, settled: str
) -> None:
    remind(office, case_id, "-7d", "0d")
    remind(office, case_id, "+1w", to="supervisor", escalates=True)
    deliver(office)
    first, second = case_id * 1_000_000 + 1, case_id * 1_000_000 + 2
    change(office, settled, id=second)
    assert sender(office, box).send_next() is Outcome.SENT
    assert "1 reminder," in box.accepted[0].part("plain")
    change(office, settled, id=first)
    assert sender(office, box).send_due() == MailRound()
    assert mails(office) == [("officer", "digest", "sent", 2), ("supervisor", "notice", "moot", 1)]
    mail = office.application.health.look().mail
    assert (mail.pending, mail.retrying, mail.dead) == (0, 0, 0)
    assert len(box.received) == 1


@pytest.mark.usefixtures("three_mails")
def test_what_waits_for_the_morning_is_not_late(office: Office, box: Mailbox) -> None:
    change(office, "update mail set due_at = now() - interval '9 hours'")
    ((now,),) = rows(office, "select (now() at time zone 'Asia/Shanghai')::time")
    quiet = (time(now.hour + 2), time(23, 59)) if now.hour < 12 else (time(1), time(2))

    def look() -> tuple[State, timedelta | None]:
        facts = office.application.health.look()
        (line,) = [one for one in judge(facts) if one.name == "mail_waiting"]
        return line.state, facts.now - facts.mail.oldest if facts.mail.oldest else None

    assert look()[0] is State.WRONG
    resting = sender(office, box, replace(AT_ONCE, opens=quiet[0], closes=quiet[1]))
    resting.beat(resting.send_due())
    assert look() == (State.GOOD, None)
    sender(office, box).beat(MailRound())
    assert look()[0] is State.WRONG, "at any hour it is late"
