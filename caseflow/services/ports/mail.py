"""Mail: what is to be sent, what was, and what could not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, Protocol

from caseflow.domain.mail_words import Letter

# How what is noted of a mail that was not sent begins; what follows are a server's or a program's own words.
NO_SERVER: Final = "no server: "
UNWRITTEN: Final = "cannot be written: "
NOBODY: Final = "there is nobody to send it to: the person has left or has no address"


@dataclass(frozen=True)
class MailRules:
    """When mail is written and sent.

    Without ``enabled`` no mail is written at all. Mail is due and sent from ``opens`` to ``closes`` by the clock of the
    office only; equal, they mean at any hour. A digest gathers for ``gather_seconds``. ``domain`` ends a Message-ID.
    """

    enabled: bool
    opens: time = time(8)
    closes: time = time(20)
    gather_seconds: int = 300
    domain: str = ""


NO_MAIL = MailRules(enabled=False)


@dataclass(frozen=True)
class TakenMail:
    """A mail that is due, held by whoever sends it. ``address`` None: there is nobody to send it to any more.

    ``day`` is the office's today, which may be later than the day the mail was made.
    """

    id: int
    kind: str
    day: date
    message_id: str
    address: str | None
    name_en: str
    name_zh: str
    locale: str
    office_en: str
    office_zh: str
    training: bool


@dataclass(frozen=True)
class MailItem:
    """A reminder of a mail: the inbox's parameters, the case's number, and whom the reader stands in for (or None)."""

    case_id: int
    number: str
    number_zh: str
    params: Mapping[str, Any]
    for_en: str | None
    for_zh: str | None


@dataclass(frozen=True)
class MailItems:
    """The reminders of a mail, the first of them; ``count`` of all."""

    shown: Sequence[MailItem]
    count: int


class MailStore(Protocol):
    """Mail, each row one message with a Message-ID of its own for ever."""

    def take(self, rules: MailRules) -> TakenMail | None:
        """Hold the oldest mail that is due and that nobody else holds; None where none is, or the hour is quiet."""
        ...

    def items(self, mail_id: int, limit: int) -> MailItems:
        """Return what of a mail still holds: not what was met, stopped, tolled or moved since it was made."""
        ...

    def mark_sent(self, mail_id: int) -> None:
        """Note that the server took it."""
        ...

    def make_moot(self, mail_id: int) -> None:
        """Note that it need not be sent any more: nothing in it still holds."""
        ...

    def put_off(self, mail_id: int, error: str, rules: MailRules, *, answered: bool) -> bool:
        """Try it again later, each time later; return whether it is given up instead.

        A mail the server ``answered`` no to is given up after eight tries; one that met no server, after five days.
        """
        ...

    def give_up(self, mail_id: int, error: str) -> None:
        """Note that it will never be taken."""
        ...


class ServerAway(Exception):
    """The mail server cannot be had now (away, silent, no to the sign-in or to the sender); no fault of this mail.

    ``counts``: it may have this mail all the same, so this counts among the tries after which the mail is given up.
    """

    def __init__(self, reason: str, *, counts: bool = False) -> None:
        self.counts = counts
        super().__init__(reason)


class MailPutOff(Exception):
    """The server does not take this mail now."""


class MailRefused(Exception):
    """The server will never take this mail."""


class Post(Protocol):
    """Whoever carries a mail to the server."""

    def send(self, letter: Letter, *, at: datetime) -> None:
        """Hand a letter over. Raises :class:`ServerAway`, :class:`MailPutOff`, :class:`MailRefused`."""
        ...
