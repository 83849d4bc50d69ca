"""The training county, and the first people of a production office."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import TypeVar

from caseflow.adapters.bank_formats import BankFormats
from caseflow.adapters.business_time import OFFICE_ZONE, SetTime
from caseflow.adapters.password_guesses import ZxcvbnJudge
from caseflow.adapters.passwords import Argon2Passwords
from caseflow.adapters.published_calendar import published_calendar
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import make_engine
from caseflow.bootstrap.file_room import build_file_room
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.papers import build_papers
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.config import SPENDING_ROLE
from caseflow.domain.audit import AuditEvent
from caseflow.persistence.one_transaction import OneTransactionStore
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.resources import data_directory, read_yaml
from caseflow.services.demo import (
    County,
    CountyLoader,
    LoadReport,
    SpendingLoader,
    SpendingPlan,
    county_there,
    read_county,
)
from caseflow.services.establishing import Establishment, NewPerson
from caseflow.services.rulebook import Rulebook
from caseflow.services.spending import Spending

Answer = TypeVar("Answer")


@cache
def demo_county() -> County:
    """Return the fictional county as shipped. Raises ``FileRefused`` and ``CountyRefused``."""
    source = read_yaml(data_directory("workflows") / "demo" / "yunling.yaml")
    return read_county(source.data, source.path)


def load_county(
    database_url: str, as_of: date | None = None, *, progress: Callable[[int, int], None] | None = None
) -> LoadReport:
    """Load the demo county into the database at ``database_url`` once, whole or not at all, then what it spends.

    ``as_of`` is the county's business date (default: today); ``progress`` is told steps done and steps in all.
    Raises ``DemoRefused`` for a production database and for one in use that nobody has stamped.
    """
    report = _load_cases(database_url, as_of, progress)
    _load_spending(database_url, report.business_date)
    return report


def _load_spending(database_url: str, as_of: date) -> None:
    """Load the county's expenditure once, whole or not at all; a county that was stopped before it has it next time."""
    engine = make_engine(database_url, pool_size=1, role=SPENDING_ROLE)
    try:
        with OneTransactionStore.open(engine, build_field_cipher()) as store:
            time = SetTime(as_of)
            source = read_yaml(data_directory("workflows") / "demo" / "yunling_spending.yaml")
            plan = SpendingPlan.model_validate(source.data)
            spending = Spending(store, shipped_chart(), time)
            SpendingLoader(store, spending, time, published_calendar()).load(plan, demo_county().office.code, as_of)
    finally:
        engine.dispose()


def _load_cases(database_url: str, as_of: date | None, progress: Callable[[int, int], None] | None) -> LoadReport:
    """Load the county's people and cases once; see :func:`load_county`."""
    engine, cipher = make_engine(database_url, pool_size=1), build_field_cipher()
    try:
        with OneTransactionStore.open(engine, cipher) as store:
            # Asked before the rules are read, which takes a second that a second start need not spend.
            there = county_there(store, SetTime(datetime.now(OFFICE_ZONE).date()))
            if there is not None:
                return there
            rules = Rulebook(shipped_law(), published_calendar(), shipped_definitions(), shipped_chart())
            with store.begin() as work:
                rules.refresh_calendar(work)
            day = as_of or datetime.now(OFFICE_ZONE).date()
            time = SetTime(day)
            papers = build_papers(store, rules, time, build_file_room().store)
            loader = CountyLoader(store, rules, time, Argon2Passwords(), BankFormats(), papers, cipher)
            return loader.load(demo_county(), day, progress=progress)
    finally:
        engine.dispose()


def demo_logins() -> list[tuple[str, str, str]]:
    """Return one demo login a desk: (role, login, password)."""
    county = demo_county()
    first: dict[str, str] = {}
    for plan in county.staff:
        for role in plan.roles:
            first.setdefault(role.value, plan.login)
    return [(role, login, county.password) for role, login in first.items()]


def begin_production(database_url: str) -> bool:
    """Stamp an unstamped database production; return whether it has no staff yet."""
    return _with_establishment(database_url, lambda office: office.begin_production())


def add_staff(database_url: str, person: NewPerson) -> None:
    """Add a member of staff. Raises ``StaffRefused``."""
    _with_establishment(database_url, lambda office: office.add(person))


def set_staff_email(database_url: str, login: str, email: str | None) -> None:
    """Say where the reminders of a member of staff go by mail; None: nowhere. Raises ``StaffRefused``."""
    _with_establishment(database_url, lambda office: office.set_email(login, email))


def name_head(database_url: str, login: str) -> None:
    """Name a member of staff head of their office. Raises ``StaffRefused``."""
    _with_establishment(database_url, lambda office: office.set_head(login))


def _with_establishment(database_url: str, act: Callable[[Establishment], Answer]) -> Answer:
    # As the owner of the tables: only whoever runs the server gives a role without two persons (migration 0025).
    engine = make_engine(database_url, pool_size=1, role=None)
    try:
        store = SqlStore(engine)
        return act(Establishment(store, clock_of(store), Argon2Passwords(), shipped_chart(), ZxcvbnJudge()))
    finally:
        engine.dispose()


def setup_event(what: str) -> AuditEvent:
    """Return the audit event of setting something up outside any desk (offices and staff of a new database)."""
    return AuditEvent(
        key=f"setup:{uuid.uuid4()}", at=datetime.now(UTC), actor_id=None, office_id=None, action="set_up",
        body={"what": what},
    )  # fmt: skip
