"""The clock of a database: the real one in production, moved by whole days in a training county."""

from __future__ import annotations

from caseflow.adapters.business_time import ShiftedTime
from caseflow.persistence.unit_of_work import SqlStore


def clock_of(store: SqlStore) -> ShiftedTime:
    """Return the time that holds in a database, which may run days away from the real date."""

    def shift_days() -> int:
        with store.begin() as work:
            stamp = work.installation.get()
        return stamp.date_shift_days if stamp is not None else 0

    return ShiftedTime(shift_days)
