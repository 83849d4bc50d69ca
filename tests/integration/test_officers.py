"""The two officers of a case: named by a step, replaced by a recusal, and nobody else acts in their place."""

from __future__ import annotations

import uuid
from datetime import date

import pytest

from caseflow import bootstrap
from caseflow.domain.access import Role
from caseflow.domain.cases import Case
from caseflow.domain.stepping import StepRefused
from caseflow.services.cases import AnswersRefused
from caseflow.services.ports import NewStaff
from tests.office import CHECKED, Office

CARDS = {"first_card_no": "1", "second_card_no": "2"}
ASKED = {"questioned_on": "2026-03-02", "questioned_as": "subject", "rights_told": "on"}
GROUND = {"recusal_reasons": "Kin of the party; recusal granted."}


@pytest.fixture
def alone(office: Office) -> int:
    """A filed case that one officer opened alone."""
    case_id = office.open(second_officer_id=None)
    office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


@pytest.fixture
def third(office: Office) -> int:
    new = NewStaff(office.actors["officer"].office_id, "officer3", "Third", "三", "", (Role.OFFICER,))
    with office.application.store.begin() as work:
        staff_id = work.staff.add(new, bootstrap.setup_event(str(uuid.uuid4())))
        work.commit()
    with office.application.store.begin() as work:
        member = work.staff.by_id(staff_id)
    assert member is not None
    office.actors["officer3"] = member.actor
    return staff_id


def loaded(office: Office, case_id: int) -> Case:
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    return case


def name(office: Office, case_id: int, **answers: object) -> None:
    given = {key: str(value) for key, value in answers.items()}
    office.advance(case_id, "name_officers", {**CARDS, **given}, actor="supervisor")


def recuse(office: Office, case_id: int, **answers: object) -> None:
    given = {key: str(value) for key, value in answers.items()}
    office.advance(case_id, "recuse_officer", {**GROUND, **given}, actor="approver")


def test_a_case_of_one_officer_gets_its_second_when_both_are_named(office: Office, alone: int) -> None:
    with pytest.raises(StepRefused, match="two officers"):
        name(office, alone)
    name(office, alone, second_officer=office.actors["officer2"].id)
    case = loaded(office, alone)
    assert (case.owner_id, case.second_officer_id) == (office.actors["officer"].id, office.actors["officer2"].id)
    office.advance(alone, "question", ASKED, actor="officer2")


@pytest.mark.parametrize("login", ["approver", "nobody"])
def test_only_an_active_officer_of_the_office_is_named(office: Office, alone: int, login: str) -> None:
    staff_id = office.actors[login].id if login in office.actors else 999_999
    with pytest.raises(AnswersRefused) as refusal:
        name(office, alone, second_officer=staff_id)
    (problem,) = refusal.value.problems
    assert problem.field == "second_officer"
    assert problem.words.en.startswith("Second officer must be an active enforcement officer")


def test_the_two_officers_are_two(office: Office, alone: int) -> None:
    with pytest.raises(StepRefused, match="different persons"):
        name(office, alone, second_officer=office.actors["officer"].id)


def test_a_recusal_puts_another_officer_in_the_seat(office: Office, alone: int, third: int) -> None:
    first, second = office.actors["officer"].id, office.actors["officer2"].id
    name(office, alone, second_officer=second)
    with pytest.raises(StepRefused, match="takes over"):
        recuse(office, alone)
    with pytest.raises(StepRefused, match="new to the case"):
        recuse(office, alone, new_second_officer=first, new_first_officer=third)
    recuse(office, alone, new_first_officer=third)
    case = loaded(office, alone)
    assert (case.owner_id, case.second_officer_id) == (third, second)
    with pytest.raises(StepRefused) as refusal:
        office.advance(alone, "question", ASKED)
    assert [reason.code for reason in refusal.value.reasons] == ["not_on_case"]
    office.advance(alone, "question", ASKED, actor="officer3")


def test_an_officer_who_is_not_on_the_case_does_not_act_for_the_two(office: Office, alone: int, third: int) -> None:
    name(office, alone, second_officer=office.actors["officer2"].id)
    page = office.application.pages.show(office.actors["officer3"], alone)
    codes = {offer.step.name: [reason.code for reason in offer.reasons] for offer in page.offers}
    assert "not_on_case" in codes["question"]
    assert "not_on_case" not in codes["add_evidence"]
    assert third == office.actors["officer3"].id


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"party_name": "a\x00b"}, "party_name", "cannot be stored"),
        ({"party_name": "a\u202eb"}, "party_name", "reorders"),
        ({"party_contact": "a\x1bb"}, "party_contact", "cannot be stored"),
        ({"opened_on": "2026-01-31"}, "opened_on", "The opening date must not be before “Date of the conduct"),
        ({"opened_on": "2026-03-03"}, "opened_on", "The opening date must not be after today"),
        ({"party_kind": "patient"}, "party_kind", "The kind of party must be one of"),
    ],
)
def test_what_an_opening_cannot_hold_is_told_by_its_label(
    office: Office, changes: dict[str, str], field: str, words: str
) -> None:
    assert office.time.day == date(2026, 3, 2)
    with pytest.raises(AnswersRefused) as refusal:
        office.open(actor="officer", key=None, **changes)
    told = {problem.field: problem.words for problem in refusal.value.problems}
    assert words in told[field].en
    assert told[field].zh
