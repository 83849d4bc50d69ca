"""Calendar feeds: a person's running time limits under a secret address that they can revoke at any moment."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.access import Actor, Permission, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.deadline_words import deadline_text, deadline_title
from caseflow.domain.law import Rule
from caseflow.domain.reminder_words import BOUND_WORDS
from caseflow.domain.words import Words
from caseflow.services.cases import CaseNotFound
from caseflow.services.desks import desk_scope
from caseflow.services.installation import TRAINING
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.calendar_feeds import (
    CalendarEvent,
    CalendarWriter,
    FeedClock,
    FeedScope,
    LiveFeed,
)
from caseflow.services.ports.scope import SYSTEM, OfficeScope
from caseflow.services.rulebook import Rulebook

MOST_EVENTS = 2_000
DAYS_KEPT = 30
_SECRET_BYTES = 32
_TITLE = Words("caseflow time limits", "caseflow 办案期限")
_IN_TRAINING = Words(" (TRAINING DATA)", "（培训数据）")


class FeedNotFound(Exception):
    """No calendar is kept at this address: unknown, revoked, or nothing its owner may read; which is not told."""


class FeedChanged(Exception):
    """The address in use is another than the one the person saw."""


@dataclass(frozen=True)
class CalendarFeeds:
    """The use cases behind the calendar page, the two secret addresses and the calendar file of a case.

    Reading writes nothing, so when a feed was last read is not kept.
    """

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    write: CalendarWriter
    scope: OfficeScope

    def state(self, actor: Actor) -> LiveFeed | None:
        """Return the address the actor has in use: when it was made. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            return work.calendar_feeds.live(actor.id)

    def make(self, actor: Actor, *, seen: int | None) -> str:
        """Make an address and return its secret, which nobody can be shown again; the one in use stops at once.

        ``seen`` is the feed the actor saw in use (None: none). A request that is sent twice makes one address, and the
        second time raises :class:`FeedChanged`. Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.READ_CASES)
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        with self.store.begin() as work:
            if seen is not None:
                self._revoke(work, actor, seen)
            event = self._event(actor, "calendar_feed_made", {"replaces": seen})
            if not work.calendar_feeds.make(actor.id, _hash(secret), event):
                raise FeedChanged
            work.commit()
        return secret

    def revoke(self, actor: Actor, *, seen: int) -> None:
        """Let the address in use stop for ever. Raises ``NotPermitted`` and :class:`FeedChanged`."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            self._revoke(work, actor, seen)
            work.commit()

    def read(self, secret: str, *, address: str | None = None) -> bytes:
        """Return the calendar kept under ``secret``: the open clocks on its owner's desk, the next due first.

        ``address`` is where people reach caseflow, for the links. Raises :class:`FeedNotFound`.
        """
        today = self.time.today()
        readers = self._readers(secret, today)
        with self.scope.acting_for(readers[0].office_id), self.store.begin() as work:
            clocks = work.calendar_feeds.clocks(_scope(readers), today, _since(today), MOST_EVENTS)
            return self._written(work, readers[0].locale, None, clocks, address)

    def read_case(self, secret: str, case_id: int, *, address: str | None = None) -> bytes:
        """Return the calendar of one case of the owner's office, under the same secret. Raises ``FeedNotFound``."""
        today = self.time.today()
        owner = self._readers(secret, today)[0]
        with self.scope.acting_for(owner.office_id), self.store.begin() as work:
            number = work.calendar_feeds.case_number(owner.office_id, case_id)
            if number is None:
                raise FeedNotFound
            return self._of_case(work, owner.locale, case_id, number, address)

    def case_file(self, actor: Actor, case_id: int, *, address: str | None = None) -> tuple[str, bytes]:
        """Return the number of a case and its calendar. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            number = work.calendar_feeds.case_number(actor.office_id, case_id)
            if number is None:
                raise CaseNotFound(case_id)
            return number.en, self._of_case(work, actor.locale, case_id, number, address)

    def _revoke(self, work: UnitOfWork, actor: Actor, seen: int) -> None:
        event = self._event(actor, "calendar_feed_revoked", {"feed_id": seen})
        if not work.calendar_feeds.revoke(actor.id, seen, event):
            raise FeedChanged

    def _readers(self, secret: str, today: date) -> list[Actor]:
        # Whoever shows the secret has not signed in: only this look goes beyond an office.
        with self.scope.acting_for(SYSTEM), self.store.begin() as work:
            readers = list(work.calendar_feeds.readers(_hash(secret), today))
        if not readers or not may(readers[0], Permission.READ_CASES):
            raise FeedNotFound
        return [one for one in readers if may(one, Permission.READ_CASES)]

    def _of_case(self, work: UnitOfWork, locale: str, case_id: int, number: Words, address: str | None) -> bytes:
        today = self.time.today()
        clocks = work.calendar_feeds.clocks_of_case(case_id, today, _since(today), MOST_EVENTS)
        return self._written(work, locale, number, clocks, address)

    def _written(
        self, work: UnitOfWork, locale: str, number: Words | None, clocks: Sequence[FeedClock], address: str | None
    ) -> bytes:
        stamp, mark = work.installation.get(), work.calendar_feeds.mark()
        name = _TITLE.in_locale(locale) if number is None else f"{_TITLE.in_locale(locale)} {number.in_locale(locale)}"
        if stamp is not None and stamp.kind == TRAINING:
            name += _IN_TRAINING.in_locale(locale)
        # A rule that the law files no longer hold has no words; one such clock must not cost a person the others.
        known = [(clock, self.rulebook.law.rules.get(clock.rule_id)) for clock in clocks]
        events = [self._event_of(clock, rule, locale, mark, address) for clock, rule in known if rule is not None]
        return self.write(name, events)

    def _event_of(self, clock: FeedClock, rule: Rule, locale: str, mark: str, address: str | None) -> CalendarEvent:
        text = deadline_text(rule, clock.due_on, provisional=clock.provisional)
        other = "en" if locale == "zh" else "zh"
        title = deadline_title(Words(clock.number, clock.number_zh), rule, provisional=clock.provisional)
        return CalendarEvent(
            uid=f"clock-{clock.id}@{mark}.caseflow",
            sequence=clock.version,
            changed_at=clock.changed_at,
            day=clock.due_on,
            title=title.in_locale(locale),
            text=f"{text.in_locale(locale)}\n\n{text.in_locale(other)}",
            category=BOUND_WORDS[rule.binds].in_locale(locale),
            url=f"{address}/cases/{clock.case_id}" if address else "",
            tentative=clock.provisional,
        )

    def _event(self, actor: Actor, action: str, body: dict[str, int | None]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), f"{action}:{uuid.uuid4()}", action, body)


def _hash(secret: str) -> bytes:
    # 256 random bits need no slow hash: nobody can try them out.
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def _since(today: date) -> date:
    return today - timedelta(days=DAYS_KEPT)


def _scope(readers: Sequence[Actor]) -> FeedScope:
    """Return the desks of all ``readers`` (of one office) as one."""
    desks = [desk_scope(one, None, None) for one in readers]
    return FeedScope(
        readers[0].office_id,
        tuple(desk.staff_id for desk in desks if desk.staff_id is not None),
        tuple(sorted({role for desk in desks for role in desk.desk_roles})),
        whole_office=any(desk.staff_id is None and not desk.desk_roles for desk in desks),
    )


__all__ = ["DAYS_KEPT", "MOST_EVENTS", "CalendarFeeds", "FeedChanged", "FeedNotFound"]
