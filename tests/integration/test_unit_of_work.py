"""What a unit of work commits is there afterwards, whichever way it was written; what it does not commit is not."""

from __future__ import annotations

import pytest

from caseflow.domain.ledger import Entry, Line
from tests.office import Office


@pytest.mark.parametrize("committed", [True, False])
def test_a_posting_that_is_the_only_statement(office: Office, *, committed: bool) -> None:
    chart, day = office.application.rulebook.chart, office.time.day
    bank, suspense = (chart.account(Line.INCOME, kind, None) for kind in ("collecting_bank", "suspense"))

    def post(key: str) -> None:
        entry = Entry(key, office.actors["cashier"].office_id, Line.INCOME, day, day, office.time.now())
        with office.application.store.begin() as work:
            work.ledger.post(entry.transfers([("suspend", bank, suspense, 100)]))
            if committed:
                work.commit()

    for key in ("first", "second"):
        post(key)
    with office.application.store.begin() as work:
        assert [len(work.ledger.entry(key)) for key in ("first", "second")] == [int(committed)] * 2
