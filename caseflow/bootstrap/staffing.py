"""The people of an office, for commands that judge whether they are enough."""

from __future__ import annotations

from caseflow.bootstrap.databases import make_engine
from caseflow.domain.access import Role
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.office_staffing import staff_at_work


def office_staff(database_url: str, code: str) -> dict[int, frozenset[Role]] | None:
    """Return the roles of each active person of the office with this code; None where there is no such office."""
    engine = make_engine(database_url, pool_size=1)
    try:
        with SqlStore(engine).begin() as work:
            office_id = work.staff.office_with(code)
            return None if office_id is None else staff_at_work(work, office_id)
    finally:
        engine.dispose()
