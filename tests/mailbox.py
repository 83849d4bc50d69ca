"""A mail server for tests: keeps what it takes, and refuses, hangs or breaks off when a test says so."""

from __future__ import annotations

import asyncio
import email
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from threading import Lock
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

# Ports above 32767 are given to clients, and a client once connected to itself.
_PORTS = range(20_500, 32_000)
ACCEPT, DROP, HANG = "accept", "drop", "hang"


@dataclass(frozen=True)
class Received:
    """A message the server took in; ``answered`` False: it broke off instead of saying so."""

    message_id: str
    to: str
    content: bytes
    answered: bool

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.content, _class=EmailMessage, policy=default)

    def part(self, kind: str) -> str:
        """Return the ``plain`` or ``html`` text."""
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content())


class Mailbox:
    """``behaves``: ``accept``, ``drop`` (after the text, without an answer), ``hang``, or an answer like ``451 later``.

    ``behaves_to`` does the same for single addresses; ``answers`` holds what is said to ``MAIL`` or ``RCPT`` instead.
    """

    def __init__(self, port: int = 0, tls: ssl.SSLContext | None = None, *, passwords: bool = False) -> None:
        self.behaves, self.behaves_to = ACCEPT, dict[str, str]()
        self.answers: dict[str, str] = {}
        self.signed_in: list[str] = []
        self.tries = 0
        self._received: list[Received] = []
        self._lock = Lock()
        self._closing = False
        self._options: dict[str, Any] = {"tls_context": tls} if tls is not None else {}
        if passwords:
            self._options |= {"authenticator": self._authenticate, "auth_require_tls": tls is not None}
        self.port = port or free_port()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def received(self) -> list[Received]:
        """Everything the server took in, in order, answered or not."""
        with self._lock:
            return list(self._received)

    @property
    def accepted(self) -> list[Received]:
        """What the server said yes to."""
        return [one for one in self.received if one.answered]

    @property
    def ids(self) -> list[str]:
        return [one.message_id for one in self.accepted]

    def open(self) -> None:
        """Listen; a mailbox that was closed may be opened again and keeps what it has."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **self._options)
        self._controller.start()

    def close(self) -> None:
        """Be away: whoever is connected is cut off."""
        self._closing = True
        if self._controller is not None:
            self._controller.stop(no_assert=True)
        self._controller, self._closing = None, False

    async def handle_MAIL(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if "MAIL" in self.answers:
            return self.answers["MAIL"]
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        if "RCPT" in self.answers:
            return self.answers["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        to = envelope.rcpt_tos[0]
        self.tries += 1
        behaves = self.behaves_to.get(to, self.behaves)
        if behaves == HANG:
            while self._hangs(to) and not server.transport.is_closing():  # noqa: ASYNC110 - told by another thread
                await asyncio.sleep(0.02)
            # Whoever waited may be gone: what was not answered was not accepted.
            server.transport.abort()
            return "451 too late"
        if behaves not in {ACCEPT, DROP}:
            return behaves
        message_id = str(email.message_from_bytes(envelope.content)["Message-ID"]).strip()
        with self._lock:
            self._received.append(Received(message_id, to, envelope.content, behaves == ACCEPT))
        if behaves == DROP:
            server.transport.abort()
        return "250 taken"

    def _hangs(self, to: str) -> bool:
        return self.behaves_to.get(to, self.behaves) == HANG and not self._closing

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        right = bool(data.password == b"right")
        if right:
            self.signed_in.append(data.login.decode())
        return AuthResult(success=right, handled=False)


@contextmanager
def mailbox(port: int = 0, tls: ssl.SSLContext | None = None, *, passwords: bool = False) -> Iterator[Mailbox]:
    """A mail server for the time of a block."""
    box = Mailbox(port, tls, passwords=passwords)
    box.open()
    try:
        yield box
    finally:
        box.close()


def free_port() -> int:
    """Return a port below the ones given to clients that nobody listens on."""
    # Workers of one test run begin at different places.
    begin = (os.getpid() * 37 + time.monotonic_ns()) % len(_PORTS)
    for port in (*_PORTS[begin:], *_PORTS[:begin]):
        with closing(socket.socket()) as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(port)
    message = "no port is free"
    raise RuntimeError(message)
