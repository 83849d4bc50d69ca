"""The rules in force at this office: law, workflow definitions and working days, read once and shared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from threading import Lock
from time import monotonic

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.law import LawBook
from caseflow.domain.ledger import Chart
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, definition_from_body
from caseflow.services.ports import OfficeDay, Store, UnitOfWork

FRESH_SECONDS = 2.0


class UnknownRegime(LookupError):
    """No workflow file describes this regime."""


class Rulebook:
    """Definitions by regime (the shipped files) and by content hash (what running cases are pinned to)."""

    def __init__(
        self, law: LawBook, published: WorkingCalendar, definitions: Mapping[str, Definition], chart: Chart
    ) -> None:
        self.law = law
        self.chart = chart
        self.definitions = definitions
        self._published = published
        # What is used together changes together: the working days and the version they have.
        self._days: tuple[WorkingCalendar, int] = (published, 0)
        self._office_days: tuple[OfficeDay, ...] = ()
        self._taken_in: int | None = None
        self._store: Store | None = None
        self._asked_at = float("-inf")
        self._pinned = {definition.content_hash: definition for definition in definitions.values()}
        self._lock = Lock()

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days: the published calendar and the office's own days."""
        if self._store is not None and self._is_stale():
            with self._store.begin() as work:
                self.refresh_calendar(work)
        return self._days[0]

    @property
    def calendar_version(self) -> int:
        """How many changes of the office's own days are taken in."""
        return self._days[1]

    @property
    def published(self) -> WorkingCalendar:
        """The published calendar, without the office's own days."""
        return self._published

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of what ladders and due dates are reckoned by: law, ladders, published calendar."""
        days = self._published
        dates = sorted((day.isoformat(), "off") for day in days.holidays)
        dates += sorted((day.isoformat(), "worked") for day in days.make_ups)
        said = f"{self.law.digest} {days.first_day} {days.last_published} {dates}"
        return hashlib.sha256(said.encode()).hexdigest()

    def follow(self, store: Store) -> None:
        """Look at ``store`` for changed own days when what is known is older than a moment."""
        self._store = store

    def with_day(self, day: date, put: OfficeDay | None) -> WorkingCalendar:
        """Return the working days as they would be with an own day written (``put``) or taken away."""
        kept = [one for one in self._office_days if one.day != day]
        return self._published_with([*kept, put] if put is not None else kept)

    def regime(self, name: str) -> Definition:
        """Return the current definition of a regime. Raises :class:`UnknownRegime`."""
        definition = self.definitions.get(name)
        if definition is None:
            raise UnknownRegime(name)
        return definition

    def current(self, regime: str, work: UnitOfWork) -> Rules:
        """Return the rules a new case of ``regime`` is pinned to, keeping the definition's body first."""
        definition = self.regime(regime)
        work.definitions.keep(definition.content_hash, definition.regime, definition.version, definition.body)
        return self._rules(definition, work)

    def pinned(self, content_hash: str, work: UnitOfWork) -> Rules:
        """Return the rules a running case is pinned to. Raises :class:`UnknownRegime` if its body was lost."""
        definition = self._pinned.get(content_hash)
        if definition is None:
            body = work.definitions.body(content_hash)
            if body is None:
                raise UnknownRegime(content_hash)
            definition = definition_from_body(body)
            with self._lock:
                self._pinned[content_hash] = definition
        return self._rules(definition, work)

    def refresh_calendar(self, work: UnitOfWork) -> None:
        """Take in the office's own days, if they changed."""
        self._asked_at = monotonic()
        # The version before the days: a change between the two is then seen again, never overlooked.
        version = work.recounts.calendar_version()
        if version == self._taken_in:
            return
        days = tuple(work.installation.office_days())
        calendar = self._days[0] if days == self._office_days else self._published_with(days)
        with self._lock:
            self._office_days, self._days, self._taken_in = days, (calendar, version), version

    def look_again(self) -> None:
        """Have the next use look at the store, however fresh what is known."""
        self._asked_at = float("-inf")

    def _rules(self, definition: Definition, work: UnitOfWork) -> Rules:
        if self._store is not None and self._is_stale():
            self.refresh_calendar(work)
        calendar, version = self._days
        return Rules(definition, self.law, calendar, version)

    def _is_stale(self) -> bool:
        return monotonic() - self._asked_at > FRESH_SECONDS

    def _published_with(self, days: Iterable[OfficeDay]) -> WorkingCalendar:
        named = {one.day: (one.working, Words(one.title_en, one.title_zh)) for one in days}
        return self._published.with_days(
            holidays={day: words for day, (working, words) in named.items() if not working},
            make_ups={day: words for day, (working, words) in named.items() if working},
        )
