"""Mail on its way: a real SMTP server that takes it, refuses it, hangs, breaks off and goes away."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from caseflow import bootstrap
from caseflow.adapters import mail as smtp_adapter
from caseflow.adapters.mail import SmtpPost, SmtpServer
from caseflow.config import Settings
from caseflow.services.mail_delivery import MailRound, Outcome
from tests.mailbox import DROP, HANG, Mailbox, free_port, mailbox
from tests.mailroom import (
    AT_ONCE,
    SENDER,
    change,
    deliver,
    due_now,
    mails,
    remind,
    rows,
    send_away,
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
def one_mail(office: Office, case_id: int) -> None:
    """One digest that is due."""
    remind(office, case_id, "-7d")
    deliver(office)


def tried(office: Office) -> tuple[str, int, str | None, int]:
    """Return state, attempts, what was noted, and in how many seconds the only mail is tried again."""
    (row,) = rows(
        office, "select state, attempts, last_error, round(extract(epoch from due_at - now()))::int from mail"
    )
    return row


def test_a_digest_and_an_escalation_arrive_with_what_they_are_about_and_no_names(
    office: Office, case_id: int, box: Mailbox
) -> None:
    remind(office, case_id, "-7d", "0d")
    remind(office, case_id, "+1w", to="supervisor", escalates=True)
    deliver(office)
    assert sender(office, box).send_due() == MailRound(sent=2)
    assert sender(office, box).send_due() == MailRound()
    digest = next(one for one in box.accepted if one.to.startswith("officer@"))
    notice = next(one for one in box.accepted if one.to.startswith("supervisor@"))
    ((number, number_zh),) = rows(office, "select number, number_zh from cases")
    text = digest.part("plain")
    assert text.count(number) == text.count(number_zh) == 2
    assert "ends in 7 days" in text
    assert "is the last day" in text
    assert f"https://cases.yunling.example/cases/{case_id}" in text
    assert "Escalated to the supervisor" in notice.part("html")
    assert notice.message["Subject"].endswith(f"Escalated: {number}, 1 working day after the end")
    for one in (digest, notice):
        assert "Harmony" not in one.content.decode() + one.part("plain") + one.part("html")
        assert "和谐诊所" not in one.part("plain") + one.part("html")
    assert sorted(box.ids) == sorted(found for (found,) in rows(office, "select message_id from mail"))
    assert {state for _, _, state, _ in mails(office)} == {"sent"}


def test_a_substitute_reads_whose_place_they_take(office: Office, case_id: int, box: Mailbox) -> None:
    send_away(office, "officer", "officer2")
    remind(office, case_id, "-7d")
    deliver(office)
    sender(office, box).send_due()
    assert [one.to for one in box.accepted] == ["officer2@yunling.example"]
    assert "You stand in for: Officer" in box.accepted[0].part("plain")


@pytest.mark.usefixtures("one_mail")
def test_what_is_not_taken_now_is_tried_later_and_later_and_in_the_end_given_up(office: Office, box: Mailbox) -> None:
    box.behaves = "451 try again later"
    mail = sender(office, box)
    pauses = []
    for _ in range(8):
        assert mail.send_next() is Outcome.NOT_SENT
        pauses.append(tried(office)[3])
        assert mail.send_next() is Outcome.NOTHING_DUE
        due_now(office)
    assert [round(pause, -1) for pause in pauses[:4]] == [30, 60, 120, 240]
    assert tried(office)[:3] == ("dead", 8, "451 try again later")
    box.behaves = "accept"
    assert mail.send_next() is Outcome.NOTHING_DUE


@pytest.mark.usefixtures("one_mail")
def test_a_dead_letter_is_shown_to_the_administrator_and_tried_again(office: Office, box: Mailbox) -> None:
    box.behaves_to["officer@yunling.example"] = "550 no such person"
    sender(office, box).send_due()
    assert tried(office)[:3] == ("dead", 1, "550 no such person")
    health, administrator = office.application.health, office.actors["administrator"]
    (dead,) = health.dead_mail(administrator).letters
    assert (dead.kind, dead.name_en, dead.error) == ("digest", "Officer", "550 no such person")
    (before,) = rows(office, "select message_id from mail")
    change(office, "update mail set made_at = now() - interval '9 days'")
    assert health.retry_mail(administrator, dead.id)
    assert sender(office, Mailbox(free_port())).send_next() is Outcome.AWAY
    assert tried(office)[0] == "pending", "its days of trying begin anew"
    due_now(office)
    box.behaves_to.clear()
    assert sender(office, box).send_due() == MailRound(sent=1)
    assert (*box.ids,) == before


def test_a_server_that_is_away_ends_the_round_and_nothing_is_lost(office: Office, case_id: int) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, "-7d", "-1w", "0d")
    deliver(office)
    port = free_port()
    nobody = Mailbox(port)
    for _ in range(12):
        assert sender(office, nobody).send_due() == MailRound(not_sent=1, away=True)
        change(office, "update mail set due_at = now() - interval '1 second' where attempts > 0")
    (attempts,) = rows(office, "select max(attempts), max(last_error) from mail where attempts > 0")
    assert attempts[0] >= 4
    assert attempts[1].startswith("no server: ConnectionRefusedError")
    assert {state for _, _, state, _ in mails(office)} == {"pending"}, "away for long, and still not given up"
    due_now(office)
    with mailbox(port) as box:
        assert sender(office, box).send_due() == MailRound(sent=3)
        assert len(set(box.ids)) == 3


@pytest.mark.usefixtures("one_mail")
def test_a_server_away_is_asked_again_within_minutes_and_its_first_no_ends_nothing(
    office: Office, box: Mailbox
) -> None:
    change(office, "update mail set attempts = 20, last_error = 'no server: gone'")
    sender(office, Mailbox(free_port())).send_next()
    assert 590 <= tried(office)[3] <= 600
    due_now(office)
    box.behaves = "451 starting up"
    sender(office, box).send_next()
    assert tried(office)[0] == "pending"
    change(office, "update mail set due_at = now(), made_at = now() - interval '6 days'")
    sender(office, Mailbox(free_port())).send_next()
    assert tried(office)[0] == "dead"


@pytest.mark.usefixtures("one_mail")
def test_a_line_that_breaks_after_the_text_repeats_one_mail_with_one_id(office: Office, box: Mailbox) -> None:
    box.behaves = DROP
    assert sender(office, box).send_next() is Outcome.AWAY
    state, attempts, error, _ = tried(office)
    assert (state, attempts) == ("pending", 1)
    assert error is not None
    assert not error.startswith("no server"), "it counts: the server may have it"
    due_now(office)
    box.behaves = "accept"
    assert sender(office, box).send_next() is Outcome.SENT
    assert len(box.received) == 2
    assert len({one.message_id for one in box.received}) == 1


@pytest.mark.usefixtures("one_mail")
def test_a_server_that_hangs_is_waited_for_no_longer_than_an_operation_may_last(office: Office, box: Mailbox) -> None:
    box.behaves = HANG
    begun = datetime.now(UTC)
    assert sender(office, box, seconds=0.5).send_next() is Outcome.AWAY
    assert datetime.now(UTC) - begun < timedelta(seconds=5)
    assert "timed out" in str(tried(office)[2])


def test_many_senders_at_once_send_each_mail_once(office: Office, case_id: int, box: Mailbox) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, *["-7d"] * 40)
    deliver(office)
    with closing(bootstrap.build_application(office.database_url, pool_size=4)) as other, ThreadPoolExecutor(4) as pool:
        senders = [replace(sender(office, box), store=other.store) for _ in range(4)]
        done = list(pool.map(lambda one: one.send_due(), senders))
    assert sum(one.sent for one in done) == 40
    assert len(box.ids) == len(set(box.ids)) == 40


@pytest.mark.usefixtures("one_mail")
def test_who_has_left_or_has_no_address_any_more_is_not_written_to(office: Office, box: Mailbox) -> None:
    change(office, "update staff set active = false where login = 'officer'")
    assert sender(office, box).send_due() == MailRound(not_sent=1)
    assert tried(office)[0] == "dead"
    assert "nobody to send it to" in str(tried(office)[2])
    assert box.received == []


def test_what_cannot_be_put_into_words_does_not_stand_before_the_others(
    office: Office, case_id: int, box: Mailbox
) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, "whenever", "-7d")
    remind(office, case_id, "0d", rule="cn.gone.rule")
    deliver(office)
    assert sender(office, box).send_due() == MailRound(sent=2, not_sent=1)
    assert any("cn.gone.rule: on the last day" in one.part("plain") for one in box.accepted)


def test_rungs_that_come_late_say_one_thing_a_limit_and_nothing_that_is_no_longer_true(
    office: Office, case_id: int, box: Mailbox
) -> None:
    long_ago = date(2026, 5, 25)
    remind(office, case_id, "-7d", clock=1, day=long_ago)
    remind(office, case_id, "0d", clock=1, day=date(2026, 6, 1))
    remind(office, case_id, "-7d", clock=2, day=long_ago)
    remind(office, case_id, "ran_out", "+1w", clock=2, day=date(2026, 6, 2))
    deliver(office)
    sender(office, box).send_due()
    assert mails(office) == [("officer", "digest", "sent", 5)]
    text = box.accepted[0].part("plain")
    assert "2 reminders" in text
    assert "Decide the case: ended on 1 June 2026" in text
    assert "作出行政处罚决定：已于2026年6月1日届满" in text
    assert "the time of this office ran out on 1 June 2026" in text
    assert "ends in 7 days" not in text
    assert "is the last day" not in text


@pytest.mark.usefixtures("one_mail")
def test_a_training_database_says_so(office: Office, box: Mailbox) -> None:
    change(office, "insert into installation (id, kind) values (1, 'training')")
    sender(office, box).send_due()
    assert str(box.accepted[0].message["Subject"]).startswith("TRAINING 培训 · ")


@pytest.mark.usefixtures("one_mail")
def test_a_password_goes_over_tls_or_to_this_machine_only(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox(passwords=True) as box:
        server = SmtpServer.at(box.url.replace("//", "//cases:right@"))
        monkeypatch.setattr(smtp_adapter, "_is_here", lambda _connection: False)
        assert replace(sender(office, box), post=SmtpPost(server, SENDER)).send_next() is Outcome.AWAY
        assert "the server offers no TLS" in str(tried(office)[2])
        assert box.signed_in == []
        monkeypatch.undo()
        due_now(office)
        wrong = replace(server, password="wrong")
        assert replace(sender(office, box), post=SmtpPost(wrong, SENDER)).send_next() is Outcome.AWAY
        assert "535" in str(tried(office)[2])
        assert tried(office)[0] == "pending", "a wrong password ends no mail"
        due_now(office)
        assert replace(sender(office, box), post=SmtpPost(server, SENDER)).send_next() is Outcome.SENT
        assert box.signed_in == ["cases"]


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's certificate that nobody vouches for, as a fresh mail server has."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    now = datetime.now(UTC)
    signed = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1)).sign(key, SHA256())
    (folder / "server.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + signed.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context


@pytest.mark.usefixtures("one_mail")
def test_tls_is_used_where_offered_and_a_stranger_s_certificate_gets_nothing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox(tls=self_signed(tmp_path), passwords=True) as box:
        post = SmtpPost(SmtpServer.at(box.url.replace("//", "//cases:right@")), SENDER)
        monkeypatch.setattr(smtp_adapter, "_is_here", lambda _connection: False)
        assert replace(sender(office, box), post=post).send_next() is Outcome.AWAY
        assert "CERTIFICATE_VERIFY_FAILED" in str(tried(office)[2])
        assert box.signed_in == []
        monkeypatch.undo()
        due_now(office)
        assert replace(sender(office, box), post=post).send_next() is Outcome.SENT
        assert box.signed_in == ["cases"], "this server takes passwords over TLS only"


def test_a_message_id_is_of_no_other_installation(office: Office, case_id: int) -> None:
    change(office, "update staff set mail_mode = 'each'")
    remind(office, case_id, "-7d", "0d")
    deliver(office)
    found = [message_id for (message_id,) in rows(office, "select message_id from mail")]
    assert len(set(found)) == 2
    assert all(re.fullmatch(r"<[0-9a-f]{16}\.[0-9a-f]{16}@yunling\.example>", one) for one in found)


def test_the_settings_say_by_which_rules_and_whether_there_is_a_sender_at_all(tmp_path: Path) -> None:
    silent = Settings(tmp_path, "postgresql://x/y", None, (), "127.0.0.1", 8080, https=False, log_level="info")
    assert bootstrap.build_mail(silent) is None
    assert not bootstrap.mail_rules(silent).enabled
    told = replace(silent, smtp_url="smtp://127.0.0.1", mail_from=SENDER, address="https://cases.yunling.example")
    with closing(bootstrap.build_mail(told)) as mail:  # type: ignore[type-var]
        assert mail is not None
        assert mail.rules == replace(AT_ONCE, opens=mail.rules.opens, closes=mail.rules.closes, gather_seconds=300)
