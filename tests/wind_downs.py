"""Cases of the abolished fee at every stage, and runs that wind them down."""

from __future__ import annotations

import uuid
from datetime import date

import psycopg

from caseflow.services.ports.wind_down import PlanFilter, Run, RunCase
from caseflow.services.wind_down import BeginRun, PlannedCase, WindDowns
from tests.office import Office

DAY = date(2026, 3, 2)
PAPER = "财核〔2026〕7号"
# Where each walk stops, and the class and stage that the plan then gives the case.
STAGES = {
    "undecided": ("fee_undecided_wound_down", "question", "close_no_levy"),
    "decided": ("golden_wuqing", "serve_decision", "stop_collection"),
    "part": ("golden_wuqing", "serve_decision", "stop_collection_keep_paid"),
    "paid": ("fee_paid_2011", "confirm_paid", "stands"),
    "court": ("golden_wuqing", "record_execution_allowed", "withdraw_from_court"),
    "listed": ("golden_xianyou", "record_court_measures", "withdraw_and_delist"),
    "refused": ("golden_anyue", "record_execution_refused", "stop_collection"),
}


def desk(office: Office) -> WindDowns:
    return office.application.winddown


def at_stage(office: Office, stage: str) -> int:
    """Open a case and walk it to ``stage``; the business date is :data:`DAY` afterwards."""
    walk, until, _ = STAGES[stage]
    case_id = office.walk(walk, until=until)
    if stage == "part":
        pay(office, case_id)
    office.time.day = DAY
    return case_id


def pay(office: Office, case_id: int, yuan: str = "20000") -> None:
    """Pay a part of the fee in July 2019."""
    office.time.day = date(2019, 7, 20)
    answers = {"paid_on": "2019-07-20", "paid_amount": yuan, "receipt_no": office.next_receipt()}
    office.advance(case_id, "record_payment", answers, actor="cashier")


def planned(office: Office, *case_ids: int) -> dict[int, PlannedCase]:
    return {one.row.id: one for one in desk(office).cases_of(office.actors["supervisor"], case_ids)}


def whole_plan(office: Office, chosen: PlanFilter | None = None, limit: int = 3) -> list[PlannedCase]:
    """Return the whole plan, read page by page."""
    found: list[PlannedCase] = []
    after = None
    while True:
        page = desk(office).plan(office.actors["supervisor"], chosen or PlanFilter(), after=after, limit=limit)
        found += page.cases
        after = page.next_key
        if after is None:
            return found


def prepared(office: Office, *case_ids: int, by: str = "supervisor", day: date = DAY, reason: str = "") -> int:
    asked = BeginRun(str(uuid.uuid4()), case_ids=case_ids, day=day.isoformat(), reason=reason)
    return desk(office).begin(office.actors[by], asked)


def approved(office: Office, *case_ids: int, by: str = "supervisor") -> Run:
    """Prepare a run of these cases and approve it as another person; nothing is done yet."""
    run_id = prepared(office, *case_ids, by=by)
    return desk(office).approve(office.actors["approver"], run_id, finance_paper_no=PAPER)


def outcomes(office: Office, run_id: int) -> dict[int, RunCase]:
    cases = desk(office).show(office.actors["supervisor"], run_id, limit=1000).cases
    return {one.case_id: one for one in cases}


def steps(office: Office, case_id: int, *, since: str = "winddown:") -> list[tuple[str, str]]:
    """Return (step, login) of what runs did on a case."""
    with psycopg.connect(office.database_url) as connection:
        found = connection.execute(
            "select s.trigger, w.login from step s join staff w on w.id = s.actor_id "
            "where s.case_id = %s and starts_with(s.idempotency_key, %s) order by s.seq",
            (case_id, since),
        )
        return found.fetchall()


def state_of(office: Office, case_id: int) -> str:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return case.state
