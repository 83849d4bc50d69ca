"""What a desk shows: its one list, grouped by how late things are, and the office's case list."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.numbers import usual_number
from caseflow.domain.cases import Case
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.stepping import offers
from caseflow.domain.workflow import SAME, Definition, Step, plain_text
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import (
    CaseRow,
    DeskScope,
    GroupBounds,
    InboxFilter,
    InboxItem,
    Lateness,
    ListFilter,
)

GROUP_SIZE = 25
PAGE_SIZE = 50
_NEVER = date.max
_LARGEST_ID = 2**63 - 1
_KEY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})_([0-9]{1,19})")


@dataclass(frozen=True)
class DeskRow:
    """One line of a list: the case, its definition, and on a desk the step open to the actor now (None: none is).

    ``in_place_of`` are the officers of the case (ids) for whom the actor, who is none of it, stands in. ``ended``: no
    law supports the regime's levy any more, so whatever is due is due to wind the case down.
    """

    case: CaseRow
    definition: Definition
    next_step: Step | None
    ended: bool = False
    in_place_of: tuple[int, ...] = ()


@dataclass(frozen=True)
class DeskGroup:
    """One group of the desk. ``count`` is capped at 100; ``next_key`` continues the group."""

    lateness: Lateness
    count: int
    rows: list[DeskRow]
    next_key: str | None


@dataclass(frozen=True)
class Desk:
    """A whole desk at a business date."""

    today: date
    groups: list[DeskGroup]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is on the desk."""
        return not any(group.count for group in self.groups)


@dataclass(frozen=True)
class CaseList:
    """One key-set page of cases, newest first; ``next_key`` continues it."""

    rows: list[DeskRow]
    next_key: int | None


@dataclass(frozen=True)
class _Found:
    lateness: Lateness
    count: int
    rows: list[CaseRow]
    next_key: str | None


@dataclass(frozen=True)
class Desks:
    """The use cases behind My desk, the case list and the inbox."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def my_desk(
        self,
        actor: Actor,
        *,
        regime: str | None = None,
        phase: str | None = None,
        escalated: bool = False,
        only: Lateness | None = None,
        after: str | None = None,
    ) -> Desk:
        """Return the actor's desk; with ``only`` and ``after``, one group from a key on. Raises ``NotPermitted``.

        An officer sees the cases they own or share, a substitute those of whom they stand in for; a reviewer, approver,
        cashier and liaison those whose next step is theirs; a supervisor every open case of the office.
        """
        check_permission(actor, Permission.READ_CASES)
        today = self.time.today()
        scope = replace(desk_scope(actor, regime, phase), escalated=escalated)
        with self.store.begin() as work:
            counts = work.views.desk_counts(scope, today).by_group
            found = [
                self._found(work, scope, group, counts[group], today, after if group is only else None)
                for group in Lateness
                if (only is None or group is only) and counts[group]
            ]
            groups = self._with_next_steps(work, actor, found, today)
        return Desk(today, groups)

    def case_list(self, actor: Actor, chosen: ListFilter, *, before_id: int | None = None) -> CaseList:
        """Return one page of the office's cases. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_CASES)
        with self.store.begin() as work:
            chosen = replace(chosen, text=plain_text(chosen.text))
            page = work.views.list_cases(actor.office_id, chosen, before_id=before_id, limit=PAGE_SIZE)
            usual = replace(chosen, text=usual_number(chosen.text))
            if not page.rows and usual != chosen:
                # Nothing is written as it was typed: perhaps the brackets or the width are another's.
                page = work.views.list_cases(actor.office_id, usual, before_id=before_id, limit=PAGE_SIZE)
            rows = [self._row(work, row, None, actor, self.time.today()) for row in page.rows]
        return CaseList(rows, page.next_key)

    def inbox(
        self, actor: Actor, chosen: InboxFilter | None = None, *, before_id: int | None = None
    ) -> tuple[list[InboxItem], int | None]:
        """Return one page of the actor's messages, newest first, and the key that continues it."""
        with self.store.begin() as work:
            found = work.views.inbox(actor.id, chosen or InboxFilter(), before_id=before_id, limit=PAGE_SIZE + 1)
        return found[:PAGE_SIZE], found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None

    def mark_read(self, actor: Actor, ids: Sequence[int]) -> None:
        """Mark messages as read that the actor was shown; those of others are left alone."""
        event = AuditEvent(
            key=f"inbox:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=actor.id,
            office_id=actor.office_id,
            action="inbox_read",
            body={"ids": sorted(ids)},
        )
        with self.store.begin() as work:
            work.outbox.mark_read(actor.id, ids, event)
            work.commit()

    def _found(
        self,
        work: UnitOfWork,
        scope: DeskScope,
        lateness: Lateness,
        count: int,
        today: date,
        after: str | None,
    ) -> _Found:
        bounds = GroupBounds.of(lateness, today)
        rows = work.views.desk_rows(scope, bounds, after=group_key(after or ""), limit=GROUP_SIZE + 1)
        shown = rows[:GROUP_SIZE]
        last = shown[-1] if len(rows) > GROUP_SIZE else None
        next_key = f"{(last.next_due_on or _NEVER).isoformat()}_{last.id}" if last else None
        return _Found(lateness, count, shown, next_key)

    def _with_next_steps(self, work: UnitOfWork, actor: Actor, found: list[_Found], today: date) -> list[DeskGroup]:
        cases = work.cases.load_many([row.id for group in found for row in group.rows])
        return [
            DeskGroup(
                group.lateness,
                group.count,
                [self._row(work, row, cases.get(row.id), actor, today) for row in group.rows],
                group.next_key,
            )
            for group in found
        ]

    def _row(self, work: UnitOfWork, row: CaseRow, case: Case | None, actor: Actor, today: date) -> DeskRow:
        rules = self.rulebook.pinned(row.definition_hash, work)
        step = next_step(rules, case, actor, today) if case is not None else None
        ended = regime_ended(rules, today) is not None
        return DeskRow(row, rules.definition, step, ended, in_place_of(actor, row.owner_id, row.second_officer_id))


def next_step(rules: Rules, case: Case, actor: Actor, today: date) -> Step | None:
    """Return the open step that most likely waits for this actor; None when none is open to them.

    A step that moves the case comes before one that leaves it where it stands. What is recorded for somebody else waits
    for them to act, so it is named only while the case waits for them: a payment while it waits for the party, whose
    other choices nobody suggests; the answer of a court or another authority before anything the office could do.
    """
    waiting_for = rules.definition.states[case.state].waiting_for
    theirs_first = waiting_for in ("court", "other")
    is_open = [
        offer.step
        for offer in offers(rules, case, actor, today)
        if offer.is_open and _may_be_named(offer.step, waiting_for)
    ]
    return min(
        is_open,
        key=lambda step: ((step.on_behalf_of is None) is theirs_first, step.to in (SAME, case.state)),
        default=None,
    )


def in_place_of(actor: Actor, owner_id: int, second_officer_id: int | None) -> tuple[int, ...]:
    """Return for whom of a case's two officers the actor stands in; for nobody where the case is their own."""
    officers = tuple(one for one in (owner_id, second_officer_id) if one is not None)
    return () if actor.id in officers else tuple(one for one in officers if one in actor.stands_in_for)


def _may_be_named(step: Step, waiting_for: str) -> bool:
    if step.on_behalf_of is None or waiting_for in ("court", "other"):
        return True
    return waiting_for == "party" and any(posting.event == "collect" for posting in step.posts)


def desk_scope(actor: Actor, regime: str | None, phase: str | None) -> DeskScope:
    """Return whose cases stand on the actor's desk."""
    if Role.SUPERVISOR in actor.roles or Role.AUDITOR in actor.roles:
        return DeskScope(actor.office_id, None, (), regime, phase)
    waits_for = tuple(sorted(role.value for role in actor.roles if role is not Role.OFFICER))
    staff_id = actor.id if Role.OFFICER in actor.own_roles else None
    stands_in_for = tuple(sorted(actor.stands_in_for))
    return DeskScope(actor.office_id, staff_id, waits_for, regime, phase, stands_in_for=stands_in_for)


def group_key(text: str) -> tuple[date, int] | None:
    """Return from where a page of a group goes on, as its ``next_key`` says; None for what is no such key."""
    found = _KEY.fullmatch(text)
    try:
        key = (date.fromisoformat(found[1]), int(found[2])) if found else None
    except ValueError:
        return None
    return key if key is not None and key[1] <= _LARGEST_ID else None
