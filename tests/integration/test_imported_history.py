"""The good rows of the practice casebook on a real database: their money, their places, what may be done with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from urllib.parse import urlsplit

import psycopg
import pytest

from caseflow.domain.ledger import Line
from caseflow.services.bank import EnterFile
from caseflow.services.imported_history import NumberReported, Written
from caseflow.services.views import ListFilter
from tests.casebook import ACCOUNT, CASEBOOK, KEY
from tests.imported import good_rows, import_casebook, import_rows
from tests.office import Office

TODAY = date(2026, 3, 2)
GOOD = {row["row"]: row for row in KEY["rows"] if row["ok"]}
STATES = {
    "undecided": "filed",
    "decided": "decision_served",
    "part": "decision_served",
    "paid": "paid",
    "listed": "in_execution",
    "released": "unenforceable",
}


@pytest.fixture
def imported(office: Office) -> tuple[Office, Written]:
    return office, import_casebook(office)


def test_the_casebook_stands_as_its_key_says(imported: tuple[Office, Written]) -> None:
    office, written = imported
    assert set(written.case_ids) == set(GOOD)
    assert written.assessed_fen == sum(row["assessed_fen"] for row in GOOD.values())
    assert written.collected_fen == sum(row["paid_fen"] for row in GOOD.values())
    with office.application.store.begin() as work:
        cases = work.cases.load_many(list(written.case_ids.values()))
    for row, case_id in written.case_ids.items():
        case, known = cases[case_id], GOOD[row]
        assert (case.money.assessed_fen, case.money.collected_fen) == (known["assessed_fen"], known["paid_fen"])
        assert case.state in (STATES.get(known["stage"]), "in_execution", "execution_refused")
        assert case.clocks == ()
        assert case.documents == frozenset()
        assert case.takers_of("decide") == frozenset()
        assert all(taken.reported for taken in case.history)
    assert office.application.ledger_check.run() == []
