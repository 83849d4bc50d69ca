"""The rules in force at this office: law, workflow definitions and working days, read once and shared."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock

from caseflow.domain.calendar import WorkingCalendar
from caseflow.domain.law import LawBook
from caseflow.domain.ledger import Chart
from caseflow.domain.stepping import Rules
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, definition_from_body
from caseflow.services.ports import UnitOfWork


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
        self._calendar = published
        self._office_days: tuple[tuple[object, ...], ...] = ()
        self._pinned = {definition.content_hash: definition for definition in definitions.values()}
        self._lock = Lock()

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days: the published calendar and the office's own days."""
        return self._calendar

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
        return Rules(definition, self.law, self._calendar)

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
        return Rules(definition, self.law, self._calendar)

    def refresh_calendar(self, work: UnitOfWork) -> None:
        """Take in the office's own days, if they changed."""
        days = tuple((day.day, day.working, day.title_en, day.title_zh) for day in work.installation.office_days())
        if days == self._office_days:
            return
        named = {day.day: (day.working, Words(day.title_en, day.title_zh)) for day in work.installation.office_days()}
        self._calendar = self._published.with_days(
            holidays={day: words for day, (working, words) in named.items() if not working},
            make_ups={day: words for day, (working, words) in named.items() if working},
        )
        self._office_days = days
