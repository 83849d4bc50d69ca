"""Lists beside the plan of a wind-down. They read; nothing here writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.winding_down import court_waits, stopped_states, writes_off
from caseflow.services.ports import Store
from caseflow.services.ports.wind_down_lists import Figure, FigureCase
from caseflow.services.ports.winddown import ClassCount, ReleasedScope
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

    def _scope(self, actor: Actor) -> ReleasedScope:
        for definition in self.rulebook.definitions.values():
            down = definition.wind_down
            if down is not None:
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
        message = "no regime is wound down"
        raise LookupError(message)


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
