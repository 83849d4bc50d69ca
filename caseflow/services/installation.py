"""What this database is: training or production, and the date it runs at."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.calendar import LAST_RECKONED_DAY
from caseflow.domain.words import Words
from caseflow.services.duties import check_duties
from caseflow.services.ports import BusinessTime, Installation, Store

TRAINING = "training"
PRODUCTION = "production"


ONLY_TRAINING = Words(
    "Only a training database runs at another date; a production database runs at the real date.",
    "只有培训库可以设定其他日期；正式库始终按真实日期运行。",
)


class DateRefused(Exception):
    """The date cannot be set; ``words`` say why."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


def _not_before(latest: date) -> Words:
    return Words(
        f"The date cannot go back before the newest step ({latest.isoformat()}).",
        f"日期不得早于最近一个步骤的日期（{latest.isoformat()}）。",
    )


_TOO_LATE = Words(
    f"The date cannot be later than {LAST_RECKONED_DAY.isoformat()}: no time limit that begins later is reckoned.",
    f"日期不得晚于{LAST_RECKONED_DAY.isoformat()}：此后开始的期限无法计算。",
)


def date_fault(day: date) -> Words | None:
    """Return why a training database cannot run at ``day``, whatever stands in it; None where it could."""
    return _TOO_LATE if day > LAST_RECKONED_DAY else None


@dataclass(frozen=True)
class Installations:
    """The use cases around the stamp of the database."""

    store: Store
    time: BusinessTime

    def stamp_of(self) -> Installation | None:
        """Return the stamp, or None for a database nobody has stamped yet."""
        with self.store.begin() as work:
            return work.installation.get()

    def stamp(self, kind: str) -> Installation:
        """Stamp an unstamped database; a stamped one keeps its stamp, which is returned."""
        with self.store.begin() as work:
            known = work.installation.get()
            if known is not None:
                return known
            work.installation.stamp(kind, self._event("database_stamped", {"kind": kind}))
            work.commit()
        return Installation(kind, 0)

    def move_date(self, day: date, actor: Actor | None = None) -> date:
        """Let a training database run at ``day``.

        Raises :class:`DateRefused` in production, before a taken step, and past :data:`LAST_RECKONED_DAY`.
        """
        if actor is not None:
            check_duties(actor, None)
        with self.store.begin() as work:
            known = work.installation.get()
            if known is None or known.kind != TRAINING:
                raise DateRefused(ONLY_TRAINING)
            fault = date_fault(day)
            if fault is not None:
                raise DateRefused(fault)
            latest = work.installation.latest_step_on()
            if latest is not None and day < latest:
                raise DateRefused(_not_before(latest))
            days = (day - self.time.real_today()).days
            body = {"date": day.isoformat()}
            work.installation.shift_dates(days, self._event("training_date_moved", body, actor))
            work.commit()
        return self.time.real_today() + timedelta(days=days)

    def _event(self, action: str, body: dict[str, str], actor: Actor | None = None) -> AuditEvent:
        return AuditEvent(
            key=f"{action}:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=actor.id if actor else None,
            office_id=actor.office_id if actor else None,
            action=action,
            body=body,
        )
