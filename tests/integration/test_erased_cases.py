"""What an erased case takes in any more: nothing that nobody would erase; and no hold, which would keep nothing."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import psycopg
import pytest

from caseflow.domain.submissions import Kind
from caseflow.services.erased_cases import CaseErased
from caseflow.services.papers import BeginPaper
from caseflow.services.person_access import GiveAccess
from tests.attack.roles import as_superuser
from tests.kept import add_file, approved_run, erase, old_case, reopen_visits
from tests.office import Office
from tests.submitted import person_of, submit

PASSPHRASE = "seven purple cranes over the mountain"


def test_an_erased_case_takes_in_nothing_that_nobody_would_erase(office: Office) -> None:
    case_id, officer, application = old_case(office), office.actors["officer"], office.application
    person = person_of(office, case_id)
    erase(office, case_id)
    reopen_visits(office, case_id)
    before = rows(office)
    attempts: list[Callable[[], object]] = [
        lambda: application.person_access.give(officer, GiveAccess(case_id, None, str(uuid.uuid4()))),
        lambda: application.person_access.choose_passphrase(person, PASSPHRASE),
        lambda: submit(office, person, Kind.STATEMENT),
        lambda: add_file(office, case_id),
        lambda: application.papers.drafting.begin(officer, BeginPaper(case_id, "case_report", str(uuid.uuid4()))),
    ]
    for attempt in attempts:
        with pytest.raises(CaseErased, match="was erased on"):
            attempt()
    assert rows(office) == before


def rows(office: Office) -> tuple[int, ...]:
    """Count what a case takes in."""
    tables = ("person_code", "person_passphrase", "submission", "case_file", "paper", "legal_hold", "audit_event")
    with psycopg.connect(office.database_url) as connection:
        return tuple(len(connection.execute(f"select from {table}".encode()).fetchall()) for table in tables)


def test_an_erased_case_is_not_held(office: Office) -> None:
    case_id = old_case(office)
    erase(office, case_id)
    before = rows(office)
    with pytest.raises(CaseErased, match="was erased on"):
        office.application.retention.hold(office.actors["auditor"], case_id, "A suit.")
    assert rows(office) == before


@pytest.mark.parametrize("lock", ["for update", "for no key update"])
def test_a_hold_and_an_erasure_at_once_do_not_both_stand(office: Office, lock: str) -> None:
    case_id, retention = old_case(office), office.application.retention
    run_id = approved_run(office, case_id)
    outcomes: dict[str, object] = {}

    def hold() -> None:
        try:
            outcomes["hold"] = retention.hold(office.actors["auditor"], case_id, "A suit.")
        except CaseErased:
            outcomes["hold"] = None

    def carry_out() -> None:
        outcomes["erased"] = retention.carry_out(office.actors["auditor"], run_id).run.done_count

    with psycopg.connect(as_superuser(office.database_url)) as connection:
        connection.execute(f"select from cases where id = {case_id} {lock}".encode())
        threads = []
        for act, waiting in ((carry_out, 1), (hold, 2)):
            threads.append(threading.Thread(target=act))
            threads[-1].start()
            until_waiting(connection, waiting, threads[-1])
        connection.commit()
    for one in threads:
        one.join()
    assert outcomes in ({"hold": None, "erased": 1}, {"hold": outcomes["hold"], "erased": 0})
    assert (outcomes["hold"] is None) is (outcomes["erased"] == 1)


def until_waiting(connection: psycopg.Connection, many: int, thread: threading.Thread) -> None:
    """Wait until so many wait for a lock, or the last of them is through."""
    for _turn in range(200):
        found = connection.execute(
            "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
        ).fetchone()
        if found == (many,) or not thread.is_alive():
            return
        thread.join(0.05)
