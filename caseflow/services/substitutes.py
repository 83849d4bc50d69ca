"""Substitutes: arranging who stands in for whom, ending it, and seeing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.access import Actor, NotPermitted, Permission, Role, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.substitutions import (
    Arranged,
    Fault,
    Standing,
    SubstituteRefused,
    clash_faults,
    day_faults,
    end_fault,
    lent_roles,
    people_faults,
    reason_faults,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.substitutes import NewSubstitution, Substitution

PAGE_SIZE = 50
# No arrangement lies further away than this, and no page looks further.
_EVER = date.max


class NoSuchSubstitution(LookupError):
    """No such arrangement that the actor may see."""


@dataclass(frozen=True)
class Arrange:
    """What somebody asks for; None: nobody was chosen, or what was typed is no day."""

    away_id: int | None
    substitute_id: int | None
    from_on: date | None
    until_on: date | None
    reason: str
    idempotency_key: str


@dataclass(frozen=True)
class Arrangement:
    """An arrangement that may be made: the two persons and the roles that would be lent."""

    away: Actor
    substitute: Actor
    arranged: Arranged
    reason: str
    lent: frozenset[Role]


@dataclass(frozen=True)
class Candidates:
    """Whom the actor may arrange for, and who may stand in."""

    away: Sequence[Actor]
    substitutes: Sequence[Actor]


@dataclass(frozen=True)
class Own:
    """What holds today or is to come: who stands in for the actor, and for whom the actor stands in."""

    for_me: Sequence[Substitution]
    by_me: Sequence[Substitution]


@dataclass(frozen=True)
class Substitutes:
    """The use cases of substitutes."""

    store: Store
    time: BusinessTime

    def arrange(self, actor: Actor, asked: Arrange) -> int:
        """Arrange a substitute; return the arrangement's id. A repeated request answers its first result.

        An administrator arranges for anybody; anybody else for their own absence, with somebody who holds every role
        of theirs. Raises ``NotPermitted``, :class:`SubstituteRefused` (each field named), ``KeyReused``.
        """
        _check_may_arrange(actor, asked)
        check_duties(actor, None)
        try:
            return self._arrange(actor, asked)
        except AlreadyWritten:
            # The key was used for something else: the same form sent twice waits at the lock, and is found there.
            raise KeyReused(asked.idempotency_key) from None

    def check(self, actor: Actor, asked: Arrange) -> Arrangement:
        """Return what would be arranged and which roles it lends, writing nothing. Raises as :meth:`arrange`."""
        _check_may_arrange(actor, asked)
        with self.store.begin() as work:
            return self._checked(work, actor, asked)

    def end(self, actor: Actor, substitution_id: int, *, from_tomorrow: bool = False) -> None:
        """End an arrangement at once, or from tomorrow on: the administrator any, whoever is away their own.

        Raises ``NotPermitted``, :class:`NoSuchSubstitution`, :class:`SubstituteRefused`.
        """
        today = self.time.today()
        on = today + timedelta(days=1) if from_tomorrow else today
        check_duties(actor, None)
        with self.store.begin() as work:
            known = self._known(work, actor, substitution_id)
            if not may_end(actor, known):
                raise NotPermitted(actor, Permission.MANAGE_STAFF)
            fault = end_fault(known, on, today)
            if fault is not None:
                raise SubstituteRefused(fault)
            body = {"substitution": substitution_id, **_parts(known), "ended_on": on.isoformat()}
            event = self._event(
                actor, f"substitution_ended:{substitution_id}:{on.isoformat()}", "substitute_ended", body
            )
            if not work.substitutes.end(substitution_id, on, event):
                words = Words("Somebody else ended it a moment ago", "刚刚已有他人终止该代岗")
                raise SubstituteRefused(Fault("", "ended", words))
            work.commit()

    def one(self, actor: Actor, substitution_id: int) -> Substitution:
        """Return an arrangement: the administrator's eyes see any, others their own. Raises `NoSuchSubstitution`."""
        with self.store.begin() as work:
            return self._known(work, actor, substitution_id)

    def listed(
        self, actor: Actor, standing: Standing | None = None, *, before_id: int | None = None
    ) -> tuple[list[Substitution], int | None]:
        """Return arrangements, newest first, and the key that continues them: all, or the actor's own."""
        staff_id = None if may(actor, Permission.MANAGE_STAFF) else actor.id
        with self.store.begin() as work:
            found = work.substitutes.newest(
                actor.office_id,
                staff_id=staff_id,
                standing=standing,
                today=self.time.today(),
                before_id=before_id,
                limit=PAGE_SIZE + 1,
            )
        rows = list(found[:PAGE_SIZE])
        return rows, rows[-1].id if len(found) > PAGE_SIZE else None

    def of(self, actor: Actor) -> Own:
        """Return who stands in for the actor and for whom they stand in, today or later."""
        with self.store.begin() as work:
            found = work.substitutes.touching([actor.id], self.time.today(), _EVER)
        return Own(
            [one for one in found if one.away_id == actor.id], [one for one in found if one.substitute_id == actor.id]
        )

    def candidates(self, actor: Actor) -> Candidates:
        """Return whom the actor may choose: an administrator anybody, others themselves and their equals."""
        with self.store.begin() as work:
            members = work.staff.of_office(actor.office_id)
        people = [one.actor for one in members if one.active and Role.ADMINISTRATOR not in one.actor.roles]
        if may(actor, Permission.MANAGE_STAFF):
            return Candidates(people, people)
        equals = [one for one in people if one.id != actor.id and one.roles >= actor.own_roles]
        return Candidates([one for one in people if one.id == actor.id], equals)

    def _arrange(self, actor: Actor, asked: Arrange) -> int:
        with self.store.begin() as work:
            # Two who arrange at once wait for one another, so that the second sees what the first arranged.
            work.substitutes.lock(actor.office_id)
            first = work.substitutes.by_key(actor.office_id, asked.idempotency_key)
            if first is not None:
                return _first_result(first, actor, asked)
            checked = self._checked(work, actor, asked)
            body = {
                **_parts(checked.arranged),
                "reason": checked.reason,
                "lent": sorted(role.value for role in checked.lent),
            }
            event = self._event(actor, f"substitution:{asked.idempotency_key}", "substitute_arranged", body)
            new = NewSubstitution(actor.office_id, checked.arranged, checked.reason, asked.idempotency_key)
            added = work.substitutes.add(new, event)
            work.commit()
        return added

    def _checked(self, work: UnitOfWork, actor: Actor, asked: Arrange) -> Arrangement:
        away, substitute = (self._member(work, actor, one) for one in (asked.away_id, asked.substitute_id))
        reason = plain_text(asked.reason).strip()
        found = [
            *people_faults(actor, away, substitute),
            *day_faults(asked.from_on, asked.until_on, self.time.today()),
            *reason_faults(reason),
        ]
        if found or away is None or substitute is None or asked.from_on is None or asked.until_on is None:
            raise SubstituteRefused(*found)
        arranged = Arranged(away.id, substitute.id, asked.from_on, asked.until_on)
        known = work.substitutes.touching([away.id, substitute.id], asked.from_on, asked.until_on)
        clashes = clash_faults(arranged, known)
        if clashes:
            raise SubstituteRefused(*clashes)
        return Arrangement(away, substitute, arranged, reason, lent_roles(away.roles, substitute.roles))

    def _member(self, work: UnitOfWork, actor: Actor, staff_id: int | None) -> Actor | None:
        member = work.staff.by_id(staff_id) if staff_id is not None else None
        if member is None or not member.active or member.actor.office_id != actor.office_id:
            return None
        return member.actor

    def _known(self, work: UnitOfWork, actor: Actor, substitution_id: int) -> Substitution:
        known = work.substitutes.get(actor.office_id, substitution_id)
        if known is None or not (
            may(actor, Permission.MANAGE_STAFF) or actor.id in (known.away_id, known.substitute_id)
        ):
            raise NoSuchSubstitution(substitution_id)
        return known

    def _event(self, actor: Actor, key: str, action: str, body: dict[str, object]) -> AuditEvent:
        return AuditEvent(key, self.time.now(), actor.id, actor.office_id, action, body=body)


def may_end(actor: Actor, known: Substitution) -> bool:
    """Tell whether the actor may end an arrangement: an administrator any, whoever is away their own."""
    return may(actor, Permission.MANAGE_STAFF) or actor.id == known.away_id


def _check_may_arrange(actor: Actor, asked: Arrange) -> None:
    if asked.away_id != actor.id and not may(actor, Permission.MANAGE_STAFF):
        raise NotPermitted(actor, Permission.MANAGE_STAFF)


def _first_result(first: Substitution, actor: Actor, asked: Arrange) -> int:
    written = (first.away_id, first.substitute_id, first.from_on, first.until_on, first.reason, first.made_by)
    if written != (
        asked.away_id, asked.substitute_id, asked.from_on, asked.until_on, plain_text(asked.reason).strip(), actor.id
    ):  # fmt: skip
        raise KeyReused(asked.idempotency_key)
    return first.id


def _parts(one: Arranged) -> dict[str, object]:
    return {
        "away": one.away_id,
        "substitute": one.substitute_id,
        "from_on": one.from_on.isoformat(),
        "until_on": one.until_on.isoformat(),
    }
