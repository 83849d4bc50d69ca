"""The read log: why somebody opens a file, what they read, how much a day, and who looks at all that."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from caseflow.domain.access import Actor, Permission, Role, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.reading import (
    Alarm,
    Allowance,
    Purpose,
    ReadLimits,
    ReasonKind,
    Standing,
    cleaned,
    comes_near,
    has_task,
    reason_faults,
)
from caseflow.domain.words import Words
from caseflow.services.cases import CaseNotFound
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.services.ports.reading import (
    Approval,
    CaseStanding,
    NewReadings,
    Read,
    ReadFilter,
    Reading,
    ReadingNotRecorded,
    Written,
)
from caseflow.services.rulebook import Rulebook

PAGE_SIZE: Final = 50
# What one file of the log holds at most; a day of it is chosen for more.
MOST_OF_A_FILE: Final = 20_000
NEAR, OVER = "reading_near", "reading_over"


class TooMuchRead(Exception):
    """Nothing is shown: more would be read than is allowed. ``cases`` says of how many cases it would have been."""

    def __init__(self, allowance: Allowance, most: int, cases: int) -> None:
        self.allowance, self.most, self.cases = allowance, most, cases
        super().__init__(f"more than {most} {allowance.value} a day")


class ReasonRefused(Exception):
    """What was stated cannot stand so: (input, words) of everything that is wrong."""

    def __init__(self, *faults: tuple[str, Words]) -> None:
        self.faults = faults
        super().__init__("; ".join(words.en for _, words in faults))


@dataclass(frozen=True)
class Opening:
    """How the actor stands to a case they want to open. ``purpose`` is None where they have to state a reason first."""

    case: CaseStanding
    purpose: Purpose | None


@dataclass(frozen=True)
class ReadLog:
    """The use cases of reading."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def opening(self, actor: Actor, case_id: int | None, paper_id: int | None = None) -> Opening | None:
        """Return why the actor may open a case, or the case of a paper; None where their office has no such thing."""
        with self.store.begin() as work:
            case = work.readings.standing(actor, case_id, paper_id, self.time.today())
            if case is None:
                return None
            definition = self.rulebook.pinned(case.definition_hash, work).definition
        turn = frozenset(role for step in definition.steps_from(case.state) for role in step.by)
        standing = Standing(
            case.owner_id,
            case.second_officer_id,
            case.closed,
            acted_today=case.acted_today,
            turn=turn,
            paper_waits=case.paper_waits,
            audited=case.audited,
            overdue=case.overdue,
        )
        if has_task(actor, standing):
            return Opening(case, Purpose.TASK)
        return Opening(case, Purpose.REASON if case.reason else None)

    def state(self, actor: Actor, case_id: int, kind: str, reason: str) -> None:
        """Keep why the actor opens a file until the end of the business day.

        Raises ``NotPermitted``, ``CaseNotFound`` and :class:`ReasonRefused`.
        """
        check_permission(actor, Permission.READ_CASES)
        faults = reason_faults(kind, reason)
        if faults:
            raise ReasonRefused(*faults)
        today = self.time.today()
        with self.store.begin() as work:
            if work.readings.standing(actor, case_id, None, today) is None:
                raise CaseNotFound(case_id)
            work.readings.state_reason(actor, case_id, ReasonKind(kind), cleaned(reason), today)
            work.commit()

    def record(self, actor: Actor, new: NewReadings, limits: ReadLimits) -> None:
        """Write what the actor is about to be shown, in a transaction of its own.

        Raises :class:`TooMuchRead` where that would be more than is allowed, after recording it and telling the
        supervisors. Whatever else is raised: nothing was written, so nothing may be shown.
        """
        most = limits.of(actor)
        with self.store.each_alone() as work:
            written = work.readings.write(new, most)
        if written.over is not None:
            written, most = self._with_approval(actor, new, written, most)
        if written.over is not None:
            self._refuse(actor, new, written.over, most.most(written.over))
            raise TooMuchRead(written.over, most.most(written.over), written.cases)
        if comes_near(written.before.files, written.after.files, most.files):
            self._alarm(actor, new, Alarm.NEAR, Allowance.FILES, most.files)
        if comes_near(written.before.rows, written.after.rows, most.rows):
            self._alarm(actor, new, Alarm.NEAR, Allowance.ROWS, most.rows)

    def record_command(self, operator: str, what: str, case_id: int) -> None:
        """Write that a command of the server reads a case, run by ``operator``. Raises :class:`ReadingNotRecorded`."""
        new = NewReadings(None, self.time.today(), what, Purpose.SYSTEM, operator=operator, cases=frozenset({case_id}))
        with self.store.each_alone() as work:
            if work.readings.write(new).rows != 1:
                raise ReadingNotRecorded(case_id)

    def record_person(self, person: PersonAtCase, what: str, request_id: str = "") -> None:
        """Write that the person concerned is about to be shown their own case. Raises :class:`ReadingNotRecorded`."""
        opened = frozenset({person.case_id})
        new = NewReadings(None, self.time.today(), what, Purpose.PERSON, request_id=request_id, opened=opened)
        with self.store.each_alone() as work:
            if work.readings.write(new).rows != 1:
                raise ReadingNotRecorded(person.case_id)

    def limits_of(self, actor: Actor, limits: ReadLimits) -> tuple[Read, ReadLimits]:
        """Return what the actor read today and what they may."""
        today = self.time.today()
        with self.store.begin() as work:
            asked = work.readings.asked_today(actor.id, today)
            given = [one.allowance for one in asked if one.approved]
            return work.readings.count_today(actor.id, today), limits.of(actor).raised(given)

    def of_office(
        self, actor: Actor, chosen: ReadFilter, before: int | None = None
    ) -> tuple[Sequence[Reading], int | None]:
        """Return one page of the office's log, newest first, and the key that continues it. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_READINGS)
        with self.store.begin() as work:
            found = work.readings.of_office(actor.office_id, chosen, before, PAGE_SIZE + 1)
        page = found[:PAGE_SIZE]
        return page, page[-1].id if len(found) > PAGE_SIZE else None

    def whole(self, actor: Actor, chosen: ReadFilter) -> Sequence[Reading]:
        """Return the newest rows of the office's log for a file, at most :data:`MOST_OF_A_FILE`."""
        check_permission(actor, Permission.AUDIT)
        with self.store.begin() as work:
            return work.readings.of_office(actor.office_id, chosen, None, MOST_OF_A_FILE)

    def _with_approval(
        self, actor: Actor, new: NewReadings, written: Written, most: ReadLimits
    ) -> tuple[Written, ReadLimits]:
        """Write it after all where the supervisor approved so much today; an approved export is used up by it."""
        with self.store.begin() as work:
            given = [one for one in work.readings.asked_today(actor.id, new.day) if one.approved]
            if written.over is Allowance.EXPORT:
                found = next((one for one in given if _covers(one, new.what, written.cases)), None)
                if found is None:
                    return written, most
                most = replace(most, export=found.cases)
                body = {"approval": found.id, "what": new.what, "cases": written.cases}
                work.readings.use(found.id, self._event(actor, f"export_used:{found.id}", "export_used", body))
            else:
                most = most.raised([one.allowance for one in given])
            written = work.readings.write(new, most)
            if written.over is None:
                work.commit()
        return written, most

    def _refuse(self, actor: Actor, new: NewReadings, over: Allowance, most: int) -> None:
        body = {"allowance": over.value, "most": most, "what": new.what, "day": new.day.isoformat()}
        with self.store.begin() as work:
            work.readings.note(self._event(actor, f"reading_refused:{uuid.uuid4()}", "reading_refused", body))
            work.commit()
        if over is not Allowance.EXPORT:
            self._alarm(actor, new, Alarm.OVER, over, most)

    def _alarm(self, actor: Actor, new: NewReadings, alarm: Alarm, allowance: Allowance, most: int) -> None:
        """Tell the supervisors once a day and limit; of a supervisor's own reading the auditors."""
        told = {
            "office_id": actor.office_id,
            "actor_id": actor.id,
            "who_en": actor.name_en,
            "who_zh": actor.name_zh,
            "login": actor.login,
            "allowance": allowance.value,
            "most": most,
            "day": new.day.isoformat(),
        }
        kind = NEAR if alarm is Alarm.NEAR else OVER
        key = f"{kind}:{actor.id}:{new.day.isoformat()}:{allowance.value}:{most}"
        role = Role.AUDITOR if Role.SUPERVISOR in actor.roles else Role.SUPERVISOR
        with self.store.begin() as work:
            if not work.readings.note_alarm(actor, new.day, alarm, allowance, most):
                return
            body = {"allowance": allowance.value, "most": most, "day": new.day.isoformat()}
            work.readings.note(self._event(actor, key, kind, body))
            work.findings.tell(key, kind, role.value, told)
            work.commit()

    def _event(self, actor: Actor, key: str, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent.by(actor, self.time.now(), key, action, body)


def _covers(one: Approval, what: str, cases: int) -> bool:
    return one.allowance is Allowance.EXPORT and one.used_at is None and one.what == what and one.cases >= cases
