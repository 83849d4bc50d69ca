"""Hands mail to an SMTP server, one connection a mail: what the server said decides what becomes of it."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from caseflow.adapters.business_time import OFFICE_ZONE
from caseflow.adapters.mail_text import one_line, write_out
from caseflow.domain.mail_words import Letter
from caseflow.services.ports.mail import UNWRITTEN, MailPutOff, MailRefused, ServerAway

OPERATION_SECONDS: Final = 10.0
_OK: Final = 250
_CLOSING: Final = 421
_PERMANENT: Final = 500
_PORTS: Final = {"smtps": 465, "smtp": 25}
_SUBMISSION_PORT: Final = 587
# Sign-in wanted, failed, too weak, or only over TLS: RFC 4954.
_SIGN_IN: Final = frozenset({432, 454, 530, 534, 535, 538})
# What says no to the sender in the answer to the address, where many servers put it off to: RFC 3463, and Postfix.
_NOT_THIS_SENDER: Final = re.compile(r"[45]\.1\.[78]\b|.*sender address rejected", re.IGNORECASE)


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over. ``user`` None: without signing in."""

    host: str
    port: int
    tls_first: bool
    user: str | None
    password: str

    @classmethod
    def at(cls, url: str) -> SmtpServer:
        """Return the server of ``smtp://USER:PASSWORD@HOST:PORT`` or ``smtps://...``."""
        parts = urlsplit(url)
        user = unquote(parts.username) if parts.username else None
        usual = _SUBMISSION_PORT if user and parts.scheme == "smtp" else _PORTS[parts.scheme]
        return cls(
            parts.hostname or "", parts.port or usual, parts.scheme == "smtps", user, unquote(parts.password or "")
        )


@dataclass(frozen=True)
class SmtpPost:
    """Fulfils :class:`caseflow.services.ports.mail.Post`."""

    server: SmtpServer
    sender: str
    seconds: float = OPERATION_SECONDS

    def send(self, letter: Letter, *, at: datetime) -> None:
        """Hand a letter over. Raises ``ServerAway``, ``MailPutOff``, ``MailRefused``.

        A line that breaks while the text is being handed over leaves open whether the server has it: that counts as an
        answer, so that it is not sent again and again for days.
        """
        try:
            content = message_of(letter, self.sender, at).as_bytes()
        except (ValueError, KeyError, IndexError, MessageError) as error:
            reason = f"{UNWRITTEN}{error}"
            raise MailRefused(reason) from error
        try:
            connection = self._open()
        except (OSError, ValueError, OverflowError) as error:
            # A host or port that cannot even be asked for is every mail's trouble too.
            raise ServerAway(_reason(error)) from error
        try:
            self._hand_over(connection, letter.address, content)
        finally:
            # The mail is taken or not by now; how the server says goodbye changes nothing.
            with contextlib.suppress(OSError):
                connection.quit()
            connection.close()

    def _open(self) -> smtplib.SMTP:
        host, port, name = self.server.host, self.server.port, self.sender.rpartition("@")[2]
        if self.server.tls_first:
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(host, port, name, timeout=self.seconds, context=context)
        else:
            connection = smtplib.SMTP(host, port, name, timeout=self.seconds)
        try:
            self._prepare(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: smtplib.SMTP) -> None:
        here, safe = _is_here(connection), self.server.tls_first
        connection.ehlo_or_helo_if_needed()
        if not safe and connection.has_extn("starttls"):
            connection.starttls(context=_context(here=here))
            connection.ehlo()
            safe = True
        if self.server.user is None:
            return
        if not safe and not here:
            message = "the server offers no TLS: the password is not sent"
            raise smtplib.SMTPNotSupportedError(message)
        if not (self.server.user + self.server.password).isascii():
            # smtplib's own error would name a letter of the password.
            message = "the user or the password of CASEFLOW_SMTP_URL has letters beyond ASCII: choose others"
            raise smtplib.SMTPNotSupportedError(message)
        connection.login(self.server.user, self.server.password)

    def _hand_over(self, connection: smtplib.SMTP, address: str, content: bytes) -> None:
        try:
            _judge_sender(connection.mail(self.sender))
        except (OSError, ValueError) as error:
            raise ServerAway(_reason(error)) from error
        try:
            _judge(connection.rcpt(address))
        except OSError as error:
            raise ServerAway(_reason(error)) from error
        except ValueError as error:
            raise MailRefused(_reason(error)) from error
        try:
            _judge(connection.data(content))
        except smtplib.SMTPDataError as error:
            _judge((error.smtp_code, error.smtp_error))
        except OSError as error:
            raise ServerAway(_reason(error), counts=True) from error


def message_of(letter: Letter, sender: str, at: datetime) -> EmailMessage:
    """Return the message of a letter; the same letter has the same Message-ID for ever. Raises ``ValueError``."""
    written = write_out(letter)
    message = EmailMessage(policy=SMTP_POLICY)
    message["From"] = Address(one_line(letter.office.in_locale(letter.locale)), addr_spec=sender)
    message["To"] = Address(one_line(letter.name.in_locale(letter.locale)), addr_spec=letter.address)
    message["Subject"] = written.subject
    message["Date"] = format_datetime(at.astimezone(OFFICE_ZONE))
    message["Message-ID"] = letter.message_id
    # No holiday notice comes back for it: RFC 3834, and what Exchange reads instead.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(written.text, cte="base64")
    message.add_alternative(written.html, subtype="html", cte="base64")
    message["Content-Language"] = ", ".join(letter.languages)
    return message


def _judge_sender(answer: tuple[int, bytes | str]) -> None:
    """Judge the answer to the sender: a no concerns every mail alike, so none of them is to pay for it."""
    code, said = answer
    if code != _OK:
        reason = f"{code} {_words(said)} (the answer to the sender, CASEFLOW_MAIL_FROM)"
        raise ServerAway(reason)


def _judge(answer: tuple[int, bytes | str]) -> None:
    code, said = answer
    reason = f"{code} {_words(said)}"
    if code in {_OK, _OK + 1}:
        return
    if code == _CLOSING or code in _SIGN_IN or _NOT_THIS_SENDER.match(_words(said)):
        raise ServerAway(reason)
    if code >= _PERMANENT:
        raise MailRefused(reason)
    raise MailPutOff(reason)


def _words(said: bytes | str) -> str:
    return " ".join((said.decode("utf-8", "replace") if isinstance(said, bytes) else said).split())


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_words(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _is_here(connection: smtplib.SMTP) -> bool:
    socket = connection.sock
    return socket is not None and ipaddress.ip_address(socket.getpeername()[0]).is_loopback


def _context(*, here: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if here:
        # A server on this machine has a certificate of its own making, and plain text would do there too.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
