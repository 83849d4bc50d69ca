"""Whether the people of an office can take every step of every regime, for who looks after its staff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.office_staffing import Gap, office_gaps
from caseflow.domain.workflow import Definition
from caseflow.services.ports import Store, UnitOfWork
from caseflow.services.rulebook import Rulebook

_KEPT: dict[str, Definition] = {}


@dataclass(frozen=True)
class OfficeStaffing:
    """The look at an office's people and the procedures in force."""

    store: Store
    rulebook: Rulebook

    def gaps(self, actor: Actor) -> list[tuple[Definition, Gap]]:
        """Return the steps that nobody of the actor's office may be able to take. Raises ``NotPermitted``."""
        check_permission(actor, Permission.MANAGE_STAFF)
        with self.store.begin() as work:
            staff = staff_at_work(work, actor.office_id)
        return gaps_of(self.rulebook.definitions.values(), staff)


def gaps_of(definitions: Iterable[Definition], staff: Mapping[int, frozenset[Role]]) -> list[tuple[Definition, Gap]]:
    """Return the gaps of each definition; what was judged once for the same people is remembered."""
    found = []
    for definition in definitions:
        _KEPT[definition.content_hash] = definition
        held = tuple(sorted(tuple(sorted(roles)) for roles in staff.values()))
        found += [(definition, gap) for gap in _judged(definition.content_hash, held)]
    return found


def staff_at_work(work: UnitOfWork, office_id: int) -> dict[int, frozenset[Role]]:
    """Return the roles that each active person of an office holds in their own right."""
    return {one.actor.id: one.actor.own_roles for one in work.staff.of_office(office_id) if one.active}


@lru_cache(maxsize=64)
def _judged(content_hash: str, held: tuple[tuple[Role, ...], ...]) -> tuple[Gap, ...]:
    # Who somebody is does not matter, only which roles go together in one person.
    return office_gaps(_KEPT[content_hash], {number: frozenset(roles) for number, roles in enumerate(held)})
