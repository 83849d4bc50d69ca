"""The tree of offices, wired for the command that adds to it."""

from __future__ import annotations

from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import make_engine
from caseflow.bootstrap.files import shipped_chart
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.offices import NewOffice, Offices


def add_office(database_url: str, new: NewOffice) -> int:
    """Add an office; return its id. Raises ``OfficeRefused``."""
    engine = make_engine(database_url, pool_size=1)
    try:
        store = SqlStore(engine)
        return Offices(store, clock_of(store), shipped_chart()).add(new)
    finally:
        engine.dispose()
