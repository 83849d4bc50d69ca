"""Lists beside the plan of a wind-down. They read; nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.wind_down_classes import WindDown
from caseflow.domain.wind_down_steps import court_waits, letters_of_states, stopped_states, writes_off
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition
from caseflow.services.ports import Store
from caseflow.services.ports.wind_down import ClassCount, ReleasedScope
from caseflow.services.ports.wind_down_lists import Figure, FigureCase, Letter, LetterScope
from caseflow.services.rulebook import Rulebook

CASES_ON_A_PAGE = 50
_BEYOND = 2**62


@dataclass(frozen=True)
class FigurePage:
    """Cases behind a figure and the key that continues them."""

    regime: str
    cases: Sequence[FigureCase]
    next_key: str | None


@dataclass(frozen=True)
class WindDownLists:
    """Since when the court is waited for, what a run sums up to, and who is behind each figure."""

    store: Store
    rulebook: Rulebook

    def waiting_since(self, actor: Actor, case_ids: Sequence[int]) -> Mapping[int, date]:
        """Return the day since which each of these cases stands where it stands. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.begin() as work:
            return work.wind_down_lists.waiting_since(actor.office_id, case_ids)

    def run_sums(self, actor: Actor, run_id: int) -> Sequence[ClassCount]:
        """Return a run of the office by class and stage; none for another one. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        with self.store.begin() as work:
            return work.wind_down_lists.run_sums(actor.office_id, run_id)

    def cases_behind(
        self, actor: Actor, figure: Figure, *, after: str | None = None, limit: int = CASES_ON_A_PAGE
    ) -> FigurePage:
        """Return the cases behind a figure, from the key ``after`` on. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        scope = self._scope(actor)
        with self.store.begin() as work:
            found = list(work.wind_down_lists.cases_behind(scope, figure, after=_key(after), limit=limit + 1))
        last = found[limit - 1] if len(found) > limit else None
        return FigurePage(scope.regime, found[:limit], f"{last.sort}.{last.id}" if last is not None else None)

    def letters_waiting(self, actor: Actor, *, run_id: int | None = None) -> Sequence[tuple[str, Words, int]]:
        """Return (document, title, number) of letters that are not issued: nobody outside has been told.

        ``run_id``: of the cases of that run. Raises ``NotPermitted``.
        """
        check_permission(actor, Permission.READ_WIND_DOWN)
        definition, scope = self._letters(actor, run_id)
        with self.store.begin() as work:
            found = work.wind_down_lists.letters_waiting(scope)
        kinds = dict.fromkeys(scope.kinds)
        return [(kind, definition.documents[kind].title, found[kind]) for kind in kinds if found.get(kind)]

    def letters(
        self, actor: Actor, *, kind: str | None = None, run_id: int | None = None, after: int = 0
    ) -> tuple[Sequence[Letter], int | None]:
        """Return a page of letters that are not issued and the key that continues it. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        _, scope = self._letters(actor, run_id, kind)
        with self.store.begin() as work:
            found = work.wind_down_lists.letters(scope, case_ids=None, after=after, limit=CASES_ON_A_PAGE + 1)
        more = len(found) > CASES_ON_A_PAGE
        return found[:CASES_ON_A_PAGE], found[CASES_ON_A_PAGE - 1].case_id if more else None

    def letters_of(self, actor: Actor, case_ids: Sequence[int]) -> Mapping[int, Letter]:
        """Return for these cases the letter that is not issued. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_WIND_DOWN)
        if not case_ids:
            return {}
        _, scope = self._letters(actor, None)
        with self.store.begin() as work:
            found = work.wind_down_lists.letters(scope, case_ids=case_ids, after=0, limit=len(case_ids))
        return {one.case_id: one for one in found}

    def _letters(self, actor: Actor, run_id: int | None, kind: str | None = None) -> tuple[Definition, LetterScope]:
        definition, down = self._wound()
        pairs = [pair for pair in letters_of_states(definition, down) if kind in (None, pair[1])]
        states, kinds = [state for state, _ in pairs], [of for _, of in pairs]
        return definition, LetterScope(actor.office_id, definition.regime, states, kinds, down.begins, run_id)

    def _wound(self) -> tuple[Definition, WindDown]:
        for definition in self.rulebook.definitions.values():
            if definition.wind_down is not None:
                return definition, definition.wind_down
        message = "no regime is wound down"
        raise LookupError(message)

    def _scope(self, actor: Actor) -> ReleasedScope:
        definition, down = self._wound()
        withdrawn, delisting = court_waits(definition, down)
        return ReleasedScope(
            office_id=actor.office_id,
            regime=definition.regime,
            wind_down=down,
            withdrawn=withdrawn,
            delisting=delisting,
            stopped=stopped_states(definition, down),
            write_offs=writes_off(definition),
        )


def _key(after: str | None) -> tuple[str, int] | None:
    """Read the key of a page; what is no key begins the list."""
    sort, dot, last = (after or "").rpartition(".")
    if not dot or not last.isascii() or not last.isdecimal() or len(last) >= len(str(_BEYOND)):
        return None
    if sort not in ("", "infinity"):
        try:
            date.fromisoformat(sort)
        except ValueError:
            return None
    return sort, int(last)
