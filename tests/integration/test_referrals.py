"""A decision is referred to the court once: the row is written by the step itself, whoever asks, however often."""

from __future__ import annotations

import threading
import uuid
from datetime import date

import psycopg

from caseflow.services.cases import CaseMovedOn
from tests.office import Office

NEEDED = ("penalty_decision", "service_record", "demand_letter", "demand_reply", "court_application")
FILED = {"court_name": "云岭县人民法院", "applied_on": "2023-12-20"}
ROWS = (
    "select decision_no, decision_seq, signed_seq, filed_seq, filed_on, court, withdrawn_seq, ended_seq from referral"
)


def referrals(office: Office) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(ROWS).fetchall()


def seq_of(office: Office, case_id: int, trigger: str) -> int:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return max(taken.seq for taken in case.history if taken.trigger == trigger)


def test_signing_filing_and_withdrawing_write_one_row(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    signed = seq_of(office, case_id, "sign_court_application")
    [(number, decided, *rest)] = referrals(office)
    assert number
    assert decided == seq_of(office, case_id, "decide_collectively")
    assert rest == [signed, None, None, None, None, None]
    office.issue(case_id, *NEEDED)
    office.time.day = date(2023, 12, 20)
    office.advance(case_id, "apply_to_court", FILED, actor="liaison")
    assert referrals(office) == [
        (number, decided, signed, signed + 1, date(2023, 12, 20), "云岭县人民法院", None, None)
    ]
    office.advance(
        case_id,
        "withdraw_application",
        {"withdrawn_on": "2023-12-20", "outcome_reasons": "A sheet was missing."},
        actor="liaison",
    )
    assert referrals(office)[0][-2:] == (signed + 2, None)


def test_a_referral_ends_when_the_case_leaves_the_court(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    remedy = {"remedy_body": "Court", "remedy_paper_no": "7", "remedy_filed_on": "2023-12-18"}
    office.advance(case_id, "file_suit", remedy, actor="reviewer")
    assert referrals(office)[0][-2:] == (None, seq_of(office, case_id, "file_suit"))


def test_the_wind_down_withdraws_what_was_filed(office: Office) -> None:
    case_id = office.walk("golden_wuqing", until="confirm_court_end_restricted")
    assert [row[3] for row in referrals(office)] == [seq_of(office, case_id, "apply_to_court")]
    assert referrals(office)[0][-2:] == (seq_of(office, case_id, "withdraw_from_court"), None)


def test_a_filing_twice_and_twenty_at_once_gives_one_referral(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="sign_court_application")
    office.issue(case_id, *NEEDED)
    office.time.day = date(2023, 12, 20)
    version, key = office.version(case_id), str(uuid.uuid4())
    results: list[tuple[str, str]] = []
    gate = threading.Barrier(20)

    def file(number: int) -> None:
        # Half of them are the same request again, half are other people's.
        mine = key if number % 2 else str(uuid.uuid4())
        gate.wait()
        try:
            moved = office.advance(case_id, "apply_to_court", FILED, actor="liaison", version=version, key=mine)
        except CaseMovedOn:
            results.append(("moved on", mine))
        else:
            results.append(("repeated" if moved.repeated else "filed", mine))

    threads = [threading.Thread(target=file, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 20
    [winner] = [mine for result, mine in results if result == "filed"]
    [(*_, filed_on, court, withdrawn, ended)] = referrals(office)
    assert (filed_on, court, withdrawn, ended) == (date(2023, 12, 20), "云岭县人民法院", None, None)
    again = office.advance(case_id, "apply_to_court", FILED, actor="liaison", version=version, key=winner)
    assert again.repeated
    assert len(referrals(office)) == 1
