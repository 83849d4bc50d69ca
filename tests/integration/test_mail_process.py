"""The processes that send mail: killed mid-way, on a wake-up, and with a server that hangs."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest

from caseflow.jobs import tasks, timetable
from caseflow.services.mail_delivery import MailDelivery, MailRound
from tests.job_processes import eventually, process
from tests.mailbox import HANG, Mailbox, mailbox
from tests.mailroom import SENDER, change, give_addresses, mails, remind, rows
from tests.office import Office


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


@pytest.fixture
def environment(database_url: str, redis_url: str, tmp_path: Path, box: Mailbox) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CASEFLOW_")}
    return {
        **kept,
        "CASEFLOW_DATABASE_URL": database_url,
        "CASEFLOW_REDIS_URL": redis_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
        "CASEFLOW_HOME": str(tmp_path),
        "CASEFLOW_SMTP_URL": box.url,
        "CASEFLOW_MAIL_FROM": SENDER,
        "CASEFLOW_MAIL_HOURS": "always",
        "CASEFLOW_MAIL_GATHER_SECONDS": "0",
    }


def states(office: Office) -> set[str]:
    return {state for _, _, state, _ in mails(office)}


def test_a_sender_killed_mid_way_repeats_one_mail_and_a_server_that_hangs_holds_up_nothing_else(
    office: Office, environment: dict[str, str], box: Mailbox
) -> None:
    give_addresses(office)
    change(office, "update staff set mail_mode = 'each'")
    case_id = office.open()
    remind(office, case_id, "-7d", "-1w")
    box.behaves = HANG
    with process("timetable", environment) as first:
        assert eventually(lambda: box.tries == 1)
        remind(office, case_id, "0d")
        # Ten seconds is what the server may hang; the next notice does not wait for that.
        assert eventually(lambda: len(mails(office)) == 3, 8.0)
        assert eventually(lambda: rows(office, "select 1 from signed_head"), 8.0), "nor does the seal of the record"
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert states(office) == {"pending"}
    box.behaves = "accept"
    with process("timetable", environment) as second:
        assert eventually(lambda: states(office) == {"sent"})
        assert eventually(lambda: rows(office, "select 1 from heartbeat where name = 'mail'"))
        second.terminate()
        assert second.wait(10) == 0
    assert sorted(box.ids) == sorted(found for (found,) in rows(office, "select message_id from mail"))


def test_a_wake_up_delivers_and_sends(
    office: Office, environment: dict[str, str], box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        if name.startswith("CASEFLOW_"):
            monkeypatch.setenv(name, value)
    for kept in (tasks.delivery, tasks.mail, tasks.pulse):
        kept.cache_clear()
    give_addresses(office)
    case_id = office.open()
    remind(office, case_id, "-7d", "0d")
    try:
        assert tasks.deliver_outbox() == 3
        assert tasks.deliver_outbox() == 0
    finally:
        tasks.delivery().close()
        tasks.delivery.cache_clear()
        sender = tasks.mail()
        assert sender is not None
        sender.close()
        tasks.mail.cache_clear()
        tasks.pulse.cache_clear()
    assert [one.to for one in box.accepted] == ["officer@yunling.example"]
    assert mails(office) == [("officer", "digest", "sent", 2)]


def test_a_fault_of_the_program_does_not_end_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, answers = Event(), [ZeroDivisionError(), MailRound(away=True), MailRound(sent=1)]
    beats: list[MailRound] = []
    monkeypatch.setattr(timetable, "LONGEST_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(timetable, "AWAY_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(timetable, "TICK_SECONDS", 0.0)
    monkeypatch.setattr(timetable, "MAIL_BEAT_SECONDS", 0.0)

    def send_due(_stop: Callable[[], bool]) -> MailRound:
        answer = answers.pop(0)
        if not answers:
            stop.set()
        if isinstance(answer, Exception):
            raise answer
        return cast("MailRound", answer)

    mail = cast("MailDelivery", SimpleNamespace(send_due=send_due, beat=beats.append))
    timetable.start_sender(mail, stop).join(20.0)
    assert beats == [MailRound(away=True), MailRound(sent=1)]
