"""A mail as it is written out: both languages, no header of somebody else's making, nothing that HTML would obey."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from caseflow import bootstrap
from caseflow.adapters.mail import SmtpServer, message_of
from caseflow.domain.mail_address import address_fault
from caseflow.domain.mail_words import SETTINGS_PATH, Letter, Line
from caseflow.domain.reminder_words import ADDRESSEE_WORDS, day_words, reminder_words, rung_words
from caseflow.domain.words import Words

DUE = date(2026, 6, 1)
AT = datetime(2026, 5, 25, 1, 30, tzinfo=UTC)


def line(rung: str = "-7d", *, escalates: bool = False, stands_in_for: Words | None = None) -> Line:
    return Line(
        number=Words("YL-ST-2026-0001", "云卫两非立字〔2026〕0001号"),
        says=reminder_words(bootstrap.shipped_law().rule("cn.apl.decision_90d"), rung, DUE),
        when=rung_words(rung),
        due=day_words(DUE),
        escalates=escalates,
        to=ADDRESSEE_WORDS["supervisor" if escalates else "owner"],
        stands_in_for=stands_in_for,
        link="https://cases.yunling.example/cases/7",
    )


def letter(*lines: Line) -> Letter:
    return Letter(
        kind="digest" if len(lines) > 1 else "notice",
        message_id="<0123.4567@yunling.example>",
        address="officer@yunling.example",
        name=Words("Shen Anlan", "沈安澜"),
        office=Words("Yunling Bureau", "云岭局"),
        locale="zh",
        training=False,
        day=date(2026, 5, 25),
        lines=lines,
        count=len(lines),
        home="https://cases.yunling.example",
    )


def read(written: Letter) -> EmailMessage:
    """Return the message as its reader's program takes it apart."""
    content = message_of(written, "cases@yunling.example", AT).as_bytes()
    return email.message_from_bytes(content, _class=EmailMessage, policy=default)


def body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def test_the_headers_say_what_it_is() -> None:
    message = read(letter(line()))
    assert message["From"] == "云岭局 <cases@yunling.example>"
    assert message["To"] == "沈安澜 <officer@yunling.example>"
    assert message["Subject"] == "云卫两非立字〔2026〕0001号，届满前7天 · YL-ST-2026-0001, 7 days before the end"
    assert message["Date"] == "Mon, 25 May 2026 09:30:00 +0800"
    assert message["Message-ID"] == "<0123.4567@yunling.example>"
    assert message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_reader_s_language_stands_first_and_the_other_below(kind: str) -> None:
    zh, en = body(read(letter(line())), kind), body(read(replace(letter(line()), locale="en")), kind)
    for text in (zh, en):
        assert "还有7天届满（2026年6月1日）" in text
        assert "ends in 7 days, on 1 June 2026" in text
        assert "https://cases.yunling.example/cases/7" in text
        assert "names no party and no facts" in text
        assert text.count(f"https://cases.yunling.example{SETTINGS_PATH}") >= 2
    assert zh.index("还有7天") < zh.index("ends in 7 days")
    assert en.index("ends in 7 days") < en.index("还有7天")


def test_an_escalation_says_to_whom_and_a_substitute_reads_whose_place_they_take() -> None:
    message = read(letter(line("+1w", escalates=True, stands_in_for=Words("Kong Derun", "孔德润"))))
    assert message["Subject"] == (
        "上报：云卫两非立字〔2026〕0001号，届满后1个工作日 · Escalated: YL-ST-2026-0001, 1 working day after the end"
    )
    text = body(message, "plain")
    assert "Escalated to the supervisor" in text
    assert "已上报督查员" in text
    assert "You stand in for: Kong Derun" in text
    assert "您代为办理，原承办人：孔德润" in text


def test_a_digest_counts_and_says_what_it_leaves_out() -> None:
    message = read(replace(letter(line(), line("0d")), count=140))
    assert message["Subject"] == "期限提醒140条 · 140 reminders"
    assert "And 138 more: see your inbox in caseflow." in body(message, "plain")
    assert "另有138条" in body(message, "html")


def test_a_training_database_marks_subject_and_body() -> None:
    message = read(replace(letter(line()), training=True))
    assert str(message["Subject"]).startswith("TRAINING 培训 · ")
    for kind in ("plain", "html"):
        assert "TRAINING: this mail comes from a training database" in body(message, kind)
        assert "培训：本邮件由培训库发出" in body(message, kind)


def test_a_line_break_in_a_name_makes_no_header() -> None:
    evil = Words("Eve\r\nBcc: thief@example.org", "夏娃\nBcc: thief@example.org")
    written = replace(letter(replace(line(), number=evil, stands_in_for=evil)), name=evil, office=evil)
    message = read(written)
    assert message["Bcc"] is None
    assert sorted(name.lower() for name in message.keys()) == sorted(  # noqa: SIM118 - every header, doubles too
        [
            "from", "to", "subject", "date", "message-id", "content-language", "auto-submitted",
            "x-auto-response-suppress", "mime-version", "content-type",
        ]
    )  # fmt: skip
    assert message["To"].addresses[0].addr_spec == "officer@yunling.example"
    assert len(message["To"].addresses) == 1
    assert not [text for text in body(message, "plain").splitlines() if text.startswith("Bcc")]


def test_a_name_is_text_in_html() -> None:
    evil = Words("<img src=x onerror=alert(1)>", "<script>alert(1)</script>")
    html = body(read(letter(replace(line(), stands_in_for=evil))), "html")
    assert "&lt;img" in html
    assert "<img" not in html
    assert "<script" not in html


def test_without_an_address_of_caseflow_there_are_no_links() -> None:
    message = read(replace(letter(replace(line(), link=None)), home=None))
    assert "http" not in body(message, "plain")
    assert "<a " not in body(message, "html")


@pytest.mark.parametrize(
    ("url", "host", "port", "tls_first", "user", "password"),
    [
        ("smtp://mail.example.org", "mail.example.org", 25, False, None, ""),
        ("smtp://cases:p%40ss@mail.example.org", "mail.example.org", 587, False, "cases", "p@ss"),
        ("smtps://u%40x:p@mail.example.org", "mail.example.org", 465, True, "u@x", "p"),
        ("smtp://127.0.0.1:2525", "127.0.0.1", 2525, False, None, ""),
    ],
)
def test_an_address_of_a_server_is_taken_apart(
    url: str, host: str, port: int, tls_first: bool, user: str | None, password: str
) -> None:
    assert SmtpServer.at(url) == SmtpServer(host, port, tls_first, user, password)


@pytest.mark.parametrize("address", ["lin@example.org", "lin.wei+cases@mail.yunling.example", "a@b"])
def test_an_address_is_taken(address: str) -> None:
    assert address_fault(address) is None


@pytest.mark.parametrize(
    "address",
    [
        "", "lin", "@example.org", "lin@", "lin@exa mple.org", "lin@example.org\r\nBcc: x@y", "a@b@c", "lin..wei@x.org",
        "<lin@example.org>", "林@example.org", "lin@-x.org", "x" * 65 + "@example.org", "x@" + "a." * 126 + "org",
        "a,b@example.org", "lin@example.org\n",
    ],
)  # fmt: skip
def test_what_is_no_address_is_told(address: str) -> None:
    assert address_fault(address) is not None
