"""Sending what is to be mailed: one mail a transaction, so that a sender killed anywhere repeats one mail at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from time import monotonic
from typing import cast

from caseflow.domain.law import LawBook
from caseflow.domain.mail_hours import hours_said
from caseflow.domain.mail_words import Letter, Line, MailKind, ended_words, titled
from caseflow.domain.reminder_words import ADDRESSEE_WORDS, day_words, reminder_words, rung_words
from caseflow.domain.reminders import RAN_OUT
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.mail import (
    NOBODY,
    UNWRITTEN,
    MailItem,
    MailItems,
    MailPutOff,
    MailRefused,
    MailRules,
    Post,
    ServerAway,
    TakenMail,
)

MAIL = "mail"
HOURS = "hours"
# A mail that nobody can read to its end is no help; the inbox holds the rest.
MOST_LINES = 100
LONGEST_ERROR_CHARACTERS = 500


class Outcome(Enum):
    """What became of one try."""

    NOTHING_DUE = "nothing_due"
    SENT = "sent"
    NOT_SENT = "not_sent"
    MOOT = "moot"
    AWAY = "away"


@dataclass(frozen=True)
class MailRound:
    """What a round of sending did; ``away``: it ended because the server cannot be had, ``why`` in few words.

    What was moot counts as neither sent nor not sent.
    """

    sent: int = 0
    not_sent: int = 0
    away: bool = False
    why: str = field(default="", compare=False)


@dataclass(frozen=True)
class MailDelivery:
    """The use case behind the sender. Any number of processes may run it at once; each mail is one's.

    ``home`` is where people reach caseflow, for links; ``law`` is asked for only when something is sent.
    """

    store: Store
    time: BusinessTime
    post: Post
    rules: MailRules
    law: Callable[[], LawBook]
    home: str | None = None
    release: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Give the connections back."""
        self.release()

    def send_due(self, stop: Callable[[], bool] = lambda: False, most_seconds: float = 60.0) -> MailRound:
        """Send what is due, the oldest first, until nothing is, ``stop`` says so or the time is up.

        A server that cannot be had ends the round: the other mail need not wait for it one by one.
        """
        begun, sent, not_sent = monotonic(), 0, 0
        while not stop() and monotonic() - begun < most_seconds:
            outcome, why = self._next()
            if outcome in {Outcome.NOTHING_DUE, Outcome.AWAY}:
                return MailRound(sent, not_sent + (outcome is Outcome.AWAY), outcome is Outcome.AWAY, why)
            sent += outcome is Outcome.SENT
            not_sent += outcome is Outcome.NOT_SENT
        return MailRound(sent, not_sent)

    def send_next(self) -> Outcome:
        """Send the oldest mail that is due, in one transaction.

        Killed between the server's yes and the commit, it goes out again with the same Message-ID; nothing else does.
        """
        return self._next()[0]

    def _next(self) -> tuple[Outcome, str]:
        with self.store.begin() as work:
            taken = work.mail.take(self.rules)
            if taken is None:
                return Outcome.NOTHING_DUE, ""
            outcome = self._send(work, taken)
            work.commit()
        return outcome

    def beat(self, done: MailRound) -> None:
        """Note that the sender did its round just now, for the health page."""
        with self.store.begin() as work:
            hours = hours_said(self.rules.opens, self.rules.closes)
            said = {"sent": done.sent, "not_sent": done.not_sent, "away": done.away, HOURS: hours}
            work.reminders.beat(MAIL, said)
            work.commit()

    def _send(self, work: UnitOfWork, taken: TakenMail) -> tuple[Outcome, str]:
        """Try one mail; whatever goes wrong is noted on it, so that it stands before the others at most once."""
        items = work.mail.items(taken.id, MOST_LINES)
        if not items.shown:
            work.mail.make_moot(taken.id)
            return Outcome.MOOT, ""
        if taken.address is None:
            work.mail.give_up(taken.id, NOBODY)
            return Outcome.NOT_SENT, ""
        try:
            law = self.law()
        except Exception as error:  # noqa: BLE001 - files that cannot be read are every mail's trouble, whatever the error
            work.mail.put_off(taken.id, _short(f"the law cannot be read: {error}"), self.rules, answered=False)
            return Outcome.AWAY, "the law cannot be read"
        try:
            letter = self._letter(taken, taken.address, items, law)
        except (LookupError, ValueError, TypeError) as error:
            work.mail.give_up(taken.id, _short(f"{UNWRITTEN}{error!r}"))
            return Outcome.NOT_SENT, ""
        return self._hand_over(work, taken.id, letter)

    def _hand_over(self, work: UnitOfWork, mail_id: int, letter: Letter) -> tuple[Outcome, str]:
        try:
            self.post.send(letter, at=self.time.real_now())
        except ServerAway as error:
            work.mail.put_off(mail_id, _short(error), self.rules, answered=error.counts)
            return Outcome.AWAY, _short(error)
        except MailPutOff as error:
            work.mail.put_off(mail_id, _short(error), self.rules, answered=True)
        except MailRefused as error:
            work.mail.give_up(mail_id, _short(error))
        except Exception as error:  # noqa: BLE001 - a fault nobody thought of must be noted, or it would loop for ever
            work.mail.put_off(mail_id, _short(f"{type(error).__name__}: {error}"), self.rules, answered=True)
        else:
            work.mail.mark_sent(mail_id)
            return Outcome.SENT, ""
        return Outcome.NOT_SENT, ""

    def _letter(self, taken: TakenMail, address: str, items: MailItems, law: LawBook) -> Letter:
        return Letter(
            kind=cast("MailKind", taken.kind),
            message_id=taken.message_id,
            address=address,
            name=Words(taken.name_en, taken.name_zh),
            office=Words(taken.office_en, taken.office_zh),
            locale=taken.locale,
            training=taken.training,
            day=taken.day,
            lines=tuple(self._line(item, taken.day, law) for item in items.shown),
            count=items.count,
            home=self.home,
        )

    def _line(self, item: MailItem, today: date, law: LawBook) -> Line:
        rung, due_on = str(item.params["rung"]), _date_of(item.params["due_on"])
        rule = law.rules.get(str(item.params["rule"]))
        # The files of the law may have changed since; that a limit ends is still worth a mail.
        title = Words(str(item.params["rule"]), str(item.params["rule"])) if rule is None else rule.title
        when = rung_words(rung)
        says = titled(title, when) if rule is None else reminder_words(rule, rung, due_on)
        if rung != RAN_OUT and _date_of(item.params["day"]) < today:
            # A rung that comes late (jobs stood still, the server was away) would say "in seven days" of a day past.
            when = ended_words(due_on, today)
            says = titled(title, when)
        return Line(
            number=Words(item.number, item.number_zh),
            says=says,
            when=when,
            due=day_words(due_on),
            escalates=bool(item.params["escalates"]),
            to=ADDRESSEE_WORDS[item.params["to"]],
            stands_in_for=Words(item.for_en, item.for_zh or item.for_en) if item.for_en else None,
            link=f"{self.home}/cases/{item.case_id}" if self.home else None,
        )


def _date_of(value: object) -> date:
    return date.fromisoformat(str(value))


def _short(error: Exception | str) -> str:
    # PostgreSQL keeps no NUL, and a server may say anything.
    words = "".join(one if one.isprintable() else " " for one in str(error))
    return " ".join(words.split())[:LONGEST_ERROR_CHARACTERS] or type(error).__name__


__all__ = ["HOURS", "MAIL", "MailDelivery", "MailRound", "Outcome"]
