"""The clocks of the court, each from the event the law names, in all three regimes (E3-E9 of the deadline table)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.office import Office

WALKS = {
    "two_illegal": "two_illegal_hearing_court", "water": "water_hearing_suit_court", "fee": "golden_anyue",
}  # fmt: skip


def clocks(office: Office, case_id: int) -> dict[str, tuple[str, date]]:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return {one.rule_id.removeprefix("cn.acl."): (one.status, one.due_on) for one in case.clocks}


def paper(on: str, **more: str) -> dict[str, str]:
    return {"court_paper_no": f"（行审）{on}", "court_paper_on": on, **more}


def take(office: Office, case_id: int, step: str, on: str, answers: dict[str, str]) -> dict[str, tuple[str, date]]:
    office.time.day = date.fromisoformat(on)
    office.advance(case_id, step, answers, actor="liaison")
    return clocks(office, case_id)


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_a_non_acceptance_goes_to_the_higher_court_and_back(office: Office, walk: str) -> None:
    case_id = office.walk(walk, until="apply_to_court")
    filed = office.time.day
    assert clocks(office, case_id)["acceptance"][0] == "open"
    day = (filed.replace(day=min(filed.day + 1, 28)) if filed.day < 28 else filed).isoformat()
    found = take(office, case_id, "record_non_acceptance", day, paper(day, court_reasons="Papers missing."))
    assert found["acceptance"][0] == "met"
    status, challenge = found["challenge_non_acceptance"]
    assert status == "open"
    assert (challenge - date.fromisoformat(day)).days >= 15
    found = take(office, case_id, "challenge_non_acceptance", challenge.isoformat(), {"challenged_on": str(challenge)})
    assert found["challenge_non_acceptance"][0] == "met"
    status, higher = found["higher_court_on_acceptance"]
    assert status == "open"
    assert (higher - challenge).days >= 15
    found = take(office, case_id, "record_acceptance", str(higher), paper(str(higher)))
    assert found["higher_court_on_acceptance"][0] == "met"
    assert (found["ruling_clean"][0], found["ruling_doubtful"][0]) == ("open", "open")
    assert (found["ruling_doubtful"][1] - higher).days >= 30


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_a_doubtful_case_has_thirty_days_from_the_acceptance(office: Office, walk: str) -> None:
    case_id = office.walk(walk, until="record_acceptance")
    accepted = office.time.day
    due = clocks(office, case_id)["ruling_doubtful"][1]
    assert 30 <= (due - accepted).days <= 40
    later = accepted.replace(day=accepted.day).isoformat()
    found = take(office, case_id, "record_doubts", later, paper(later))
    assert found["ruling_clean"][0] == "stopped"
    assert found["ruling_doubtful"] == ("open", due), (
        "it counts from the acceptance, whenever the doubts are written down"
    )


def test_a_refused_execution_goes_to_the_higher_court(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="record_acceptance")
    found = take(office, case_id, "record_execution_refused", "2024-01-03", paper("2024-01-03", court_reasons="Law."))
    assert found["challenge_refusal"] == ("open", date(2024, 1, 18))
    found = take(office, case_id, "challenge_refusal", "2024-01-18", {"challenged_on": "2024-01-18"})
    assert found["higher_court_on_refusal"] == ("open", date(2024, 2, 18))
    found = take(
        office, case_id, "record_challenge_failed", "2024-02-08", paper("2024-02-08", court_reasons="It stands.")
    )
    assert found["higher_court_on_refusal"][0] == "met"


def test_execution_ordered_at_once_has_five_working_days(office: Office) -> None:
    case_id = office.walk("two_illegal_hearing_court", until="record_execution_allowed")
    found = take(office, case_id, "record_urgent_execution", "2024-01-03", paper("2024-01-03"))
    assert found["urgent_execution"] == ("open", date(2024, 1, 10))
    found = take(office, case_id, "record_execution_begun", "2024-01-09", paper("2024-01-09"))
    assert found["urgent_execution"][0] == "met"
