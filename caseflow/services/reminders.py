"""The sweep: what is due today takes effect, exactly once, whoever sweeps and however often."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from caseflow.domain.audit import AuditEvent
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.reminders import ComingRung, Swept

BATCH_SIZE = 5_000
SWEEP = "sweep"


@dataclass(frozen=True)
class SweepReport:
    """What a whole sweep did on the business date ``today``; a clock with two rungs due counts twice.

    ``submissions`` are those of persons that should have been answered before.
    """

    today: date
    clocks: int = 0
    reminders: int = 0
    ran_out: int = 0
    escalations: int = 0
    submissions: int = 0

    def plus(self, swept: Swept) -> SweepReport:
        """Return the report with one more round."""
        return SweepReport(
            self.today,
            self.clocks + swept.clocks,
            self.reminders + swept.reminders,
            self.ran_out + swept.ran_out,
            self.escalations + swept.escalations,
        )


@dataclass(frozen=True)
class Reminders:
    """The use case behind the timetable's sweep and ``caseflow reminders``. Any number of processes may run it."""

    store: Store
    time: BusinessTime
    batch_size: int = BATCH_SIZE

    def sweep(self, today: date | None = None) -> SweepReport:
        """Let every due rung take effect; ``today`` (default) is the business date by the database's clock.

        A round is one transaction and takes the next rung of each due clock: it marks clocks, writes reminders and
        notices, records what ran out and passes the turn on. Killed anywhere, nothing is half done, and the next
        sweep takes what is left.
        """
        if today is None:
            with self.store.begin() as work:
                today = work.reminders.business_date()
        report = SweepReport(today)
        while True:
            with self.store.begin() as work:
                swept = work.reminders.sweep(today, self.batch_size)
                if swept.clocks == 0:
                    break
                if swept.reminders:
                    work.reminders.record_sweep(self._event(today, swept))
                work.commit()
            report = report.plus(swept)
            if swept.clocks < self.batch_size and not swept.still_due:
                break
        return replace(report, submissions=self._escalate_submissions(today))

    def _escalate_submissions(self, today: date) -> int:
        """Tell supervisors of submissions that should have been answered; those have no clock of a step."""
        told = 0
        while True:
            with self.store.begin() as work:
                some = work.submissions.escalate(today)
                if some == 0:
                    return told
                body = {"today": today.isoformat(), "submissions": some}
                key = f"submissions_escalated:{uuid.uuid4()}"
                event = AuditEvent(key, self.time.now(), None, None, "submissions_escalated", body=body)
                work.submissions.note(event)
                work.commit()
            told += some

    def beat(self, report: SweepReport) -> None:
        """Note that a sweep was done just now, for the health page and the banner of the desks."""
        detail = {"today": report.today.isoformat(), "clocks": report.clocks, "reminders": report.reminders}
        with self.store.begin() as work:
            work.reminders.beat(SWEEP, detail)
            work.commit()

    def due(self, until: date, *, office_id: int | None = None, limit: int = 1_000) -> Sequence[ComingRung]:
        """Return the rungs up to ``until`` that have not taken effect yet, by day."""
        with self.store.begin() as work:
            return work.reminders.due(until, office_id=office_id, limit=limit)

    def _event(self, today: date, swept: Swept) -> AuditEvent:
        return AuditEvent(
            key=f"sweep:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=None,
            office_id=None,
            action="reminders_swept",
            body={
                "today": today.isoformat(),
                "reminders": swept.reminders,
                "ran_out": swept.ran_out,
                "escalations": swept.escalations,
            },
        )


__all__ = ["BATCH_SIZE", "Reminders", "SweepReport"]
