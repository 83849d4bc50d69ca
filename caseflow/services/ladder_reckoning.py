"""Reckons what was marked: the due dates and ladders of running clocks, after the calendar or the law files changed.

A change is small and commits at once; what follows from it is done here in bounded transactions, by whoever comes, and
goes on where it stopped. Marked clocks are found through a partial index, so that nothing to do costs next to nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import CalendarNotPublished
from caseflow.domain.cases import Case
from caseflow.domain.law import LawRefusal
from caseflow.domain.recounting import Recounted, Standing, recount_case
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.recounts import CountedCase, HeldCase, Mark
from caseflow.services.rulebook import Rulebook, UnknownRegime

BATCH_SIZE = 500
MARK_SIZE = 2_000
# What one round of the timetable takes on, so that the other rounds have their turn.
ROUND_SIZE = 5_000
MOST_LISTED = 200


@dataclass(frozen=True)
class ReckonReport:
    """What was reckoned: clocks, those whose due date moved, the cases they belong to, and cases that refused."""

    clocks: int = 0
    moved: int = 0
    cases_moved: int = 0
    refused: int = 0

    def plus(self, other: ReckonReport) -> ReckonReport:
        """Return the report with one more batch."""
        return ReckonReport(
            self.clocks + other.clocks,
            self.moved + other.moved,
            self.cases_moved + other.cases_moved,
            self.refused + other.refused,
        )


@dataclass
class LadderReckoning:
    """The use case behind the timetable's round. Any number of processes may run it."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    batch_size: int = BATCH_SIZE
    _noted: str = field(default="", init=False)

    def round(self, most: int = ROUND_SIZE) -> ReckonReport:
        """Mark and reckon what waits, up to about ``most`` clocks; with nothing to do this is one query."""
        report = ReckonReport()
        while report.clocks + report.refused < most:
            with self.store.begin() as work:
                waiting = work.recounts.waiting()
            if waiting.clocks:
                done = self.reckon()
                report = report.plus(done)
                if done.clocks + done.refused > 0:
                    continue
            elif waiting.digest != self.rulebook.digest != self._noted:
                self._note(first=waiting.digest is None)
                continue
            if not (waiting.marks and self._mark()):
                break
        return report

    def reckon(self, limit: int | None = None) -> ReckonReport:
        """Reckon one batch of marked clocks in one transaction, whole cases at a time."""
        with self.store.begin() as work:
            self.rulebook.refresh_calendar(work)
            version = self.rulebook.calendar_version
            held = work.recounts.hold(limit or self.batch_size)
            if not held:
                return ReckonReport()
            cases = work.cases.load_many([one.id for one in held])
            counted: list[CountedCase] = []
            refused: list[int] = []
            for one in held:
                result = self._count(work, cases[one.id], one.standing)
                if result is None:
                    refused.append(one.id)
                else:
                    counted.append(_counted(cases[one.id], one, result))
            moved = [one for one in counted if one.notice is not None]
            event = self._event(moved, cases, refused) if moved or refused else None
            written = work.recounts.write(counted, refused, event, calendar_version=version)
            work.commit()
        moves = sum(len(one.counted.moved) for one in moved)
        return ReckonReport(written, moves, len(moved), len(refused))

    def _count(self, work: UnitOfWork, case: Case, standing: Standing) -> Recounted | None:
        """Count a case; None where its law or workflow cannot be applied: one case must not hold up the others."""
        try:
            rules = self.rulebook.pinned(case.definition_hash, work)
            return recount_case(rules, case, standing, self.time.today())
        except (LawRefusal, CalendarNotPublished, UnknownRegime):
            return None

    def _mark(self) -> bool:
        with self.store.begin() as work:
            got_on = work.recounts.mark(MARK_SIZE)
            work.commit()
        return got_on

    def _note(self, *, first: bool) -> None:
        """Keep the digest of law, ladders and published calendar; where there was another, every clock is marked.

        A process notes its own rules once: while two releases run side by side they do not answer each other for ever.
        """
        with self.store.begin() as work:
            work.recounts.note_rules(self.rulebook.digest, [] if first else [Mark(None)])
            work.commit()
        self._noted = self.rulebook.digest

    def _event(self, moved: Sequence[CountedCase], cases: Mapping[int, Case], refused: Sequence[int]) -> AuditEvent:
        listed = [
            {"case": cases[one.case_id].number, "rule": move.rule_id, "old": move.old.isoformat(),
             "new": move.new.isoformat()}
            for one in moved for move in one.counted.moved
        ]  # fmt: skip
        return AuditEvent(
            key=f"deadlines_recounted:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=None,
            office_id=None,
            action="deadlines_recounted",
            body={"moved": listed, "refused": [cases[case_id].number for case_id in refused]},
        )


def _counted(case: Case, held: HeldCase, result: Recounted) -> CountedCase:
    notice = None
    if result.moved:
        notice = {
            "office_id": case.office_id,
            "case_id": case.id,
            "owner_id": case.owner_id,
            # Whose owner has left is told to the supervisors.
            "desk_role": "" if held.owner_active else "supervisor",
            "moves": [
                {"rule": one.rule_id, "old": one.old.isoformat(), "new": one.new.isoformat()} for one in result.moved
            ],
        }
    return CountedCase(case.id, result, f"deadline_moved:{case.id}:{uuid.uuid4()}", notice)


__all__ = ["BATCH_SIZE", "LadderReckoning", "ReckonReport"]
