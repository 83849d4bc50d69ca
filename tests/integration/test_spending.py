"""Appropriation, commitment, payment: the whole path, every refusal, and what the ledger says afterwards."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Line
from caseflow.domain.spending import PERMISSIONS, Act, OrderState, SpendingRefused
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.cases import KeyReused
from caseflow.services.spending import Request, SpendingNotFound
from tests.expenditure import ASKED, appropriation, commitment, do, order, prepared
from tests.office import Office

YEAR_END = date(2026, 12, 31)


def figures(office: Office, appropriation_id: int) -> tuple[int, int, int, int]:
    one = appropriation(office, appropriation_id)
    return one.left_fen, one.committed_fen, one.paid_fen, one.lapsed_fen


def test_the_whole_path_of_a_year(office: Office) -> None:
    of, bound, first = prepared(office)
    assert figures(office, of) == (60_000, 40_000, 0, 0)
    assert (commitment(office, bound).waiting_fen, commitment(office, bound).open_fen) == (15_000, 25_000)
    do(office, Act.APPROVE, first)
    assert figures(office, of) == (60_000, 25_000, 15_000, 0)
    second = do(office, Act.PREPARE, bound, amount="200", document="INV-2")
    do(office, Act.REFUSE, second)
    assert (order(office, second).state, order(office, second).reason) == (
        OrderState.REFUSED,
        "The invoice names another office",
    )
    third = do(office, Act.PREPARE, bound, amount="150", document="INV-3")
    do(office, Act.APPROVE, third, by="approver2")
    do(office, Act.RELEASE, bound, amount="100")
    assert figures(office, of) == (70_000, 0, 30_000, 0)
    assert commitment(office, bound).open_fen == 0
    office.time.day = YEAR_END
    do(office, Act.LAPSE, of, expected_fen=70_000)
    assert figures(office, of) == (0, 0, 30_000, 70_000)
    assert appropriation(office, of).closed
    assert [order(office, one).number for one in (first, second, third)] == [
        "2026-001-01-1",
        "2026-001-01-2",
        "2026-001-01-3",
    ]


def test_the_ledger_says_the_same_as_the_acts_and_income_is_untouched(office: Office) -> None:
    _, bound, paid = prepared(office)
    do(office, Act.APPROVE, paid)
    do(office, Act.RELEASE, bound)
    auditor, today = office.actors["auditor"], office.time.day
    balances = office.application.ledger.trial_balance(auditor, Line.EXPENDITURE, today)
    told = {one.code: (one.debit_fen, one.credit_fen) for one in balances}
    assert told == {
        "3501": (0, 100_000),
        "3511-2026-001": (110_000, 40_000),
        "3512-2026-001": (40_000, 25_000),
        "5501": (15_000, 0),
    }
    income = office.application.ledger.trial_balance(auditor, Line.INCOME, today)
    assert {(one.debit_fen, one.credit_fen) for one in income} == {(0, 0)}
    with psycopg.connect(office.database_url) as connection:
        papers = connection.execute(
            "select operation, document, reason from transfer where line = 'expenditure' order by id"
        ).fetchall()
        events = connection.execute(
            "select action from audit_event where action like 'spending%' order by id"
        ).fetchall()
    assert papers == [
        ("appropriate", "YL-BUD-2026-1", ""),
        ("commit", "C-1", ""),
        ("pay", "INV-1", ""),
        ("release", "C-1", "Cheaper than offered"),
    ]
    assert [action for (action,) in events] == [
        f"spending_{name}" for name in ("appropriate", "commit", "prepare", "approve", "release")
    ]


def test_a_payment_the_bank_gives_back_can_be_made_again_and_given_back_once(office: Office) -> None:
    of, bound, paid = prepared(office)
    refused(office, Act.GIVE_BACK, paid, match="Only a payment that was made")
    do(office, Act.APPROVE, paid)
    do(office, Act.GIVE_BACK, paid)
    assert figures(office, of) == (60_000, 40_000, 0, 0)
    assert order(office, paid).state is OrderState.GIVEN_BACK
    assert order(office, paid).given_back_document == "ADV-1"
    refused(office, Act.GIVE_BACK, paid, match="Only a payment that was made")
    again = do(office, Act.PREPARE, bound, amount="400")
    do(office, Act.APPROVE, again)
    assert figures(office, of) == (60_000, 0, 40_000, 0)


def test_the_approver_is_a_third_person(office: Office) -> None:
    both = office.actors["approver"].id
    with psycopg.connect(office.database_url) as connection:
        connection.execute("insert into staff_role (staff_id, role) values (%s, 'payer')", (both,))
    member = office.application.staff.signed_in(both)
    assert member is not None
    office.actors["approver"] = member
    of = do(office, Act.APPROPRIATE)
    committed = do(office, Act.COMMIT, of, by="approver")
    first = do(office, Act.PREPARE, committed, by="payer", amount="10")
    refused(office, Act.APPROVE, first, match="you made the commitment")
    other = do(office, Act.COMMIT, of, by="payer", amount="20")
    second = do(office, Act.PREPARE, other, by="approver", amount="10")
    refused(office, Act.APPROVE, second, match="you prepared this payment")
    refused(office, Act.REFUSE, second, match="you prepared this payment")
    do(office, Act.APPROVE, second, by="approver2")
    page = office.application.spending_pages.order(office.actors["payer"], first)
    assert [one.login for one in page.approvers] == ["approver2"]


def test_nothing_goes_beyond_what_is_left(office: Office) -> None:
    of, bound, _ = prepared(office)
    for act, subject, amount in (
        (Act.COMMIT, of, "600.01"),
        (Act.PREPARE, bound, "250.01"),
        (Act.RELEASE, bound, "250.01"),
    ):
        with pytest.raises(AnswersRefused, match="at most what is left"):
            do(office, act, subject, amount=amount)
    do(office, Act.COMMIT, of, amount="600")
    refused(office, Act.COMMIT, of, match="All of this appropriation is committed")
    do(office, Act.RELEASE, bound, amount="250")
    refused(office, Act.RELEASE, bound, match="Nothing of this commitment is open")
    refused(office, Act.PREPARE, bound, match="Nothing of this commitment is open")


def test_an_appropriation_ends_with_its_year(office: Office) -> None:
    of, bound, waiting = prepared(office)
    refused(office, Act.LAPSE, of, match="changed a moment ago", expected_fen=59_999)
    office.time.day = date(2027, 1, 4)
    refused(office, Act.COMMIT, of, match="only in its own year, 2026")
    do(office, Act.LAPSE, of)
    refused(office, Act.LAPSE, of, match="Nothing is left")
    do(office, Act.APPROVE, waiting)
    do(office, Act.RELEASE, bound, amount="250")
    assert figures(office, of) == (25_000, 0, 15_000, 60_000)
    do(office, Act.LAPSE, of)
    assert figures(office, of) == (0, 0, 15_000, 85_000)


def test_after_a_lapse_nothing_more_is_committed(office: Office) -> None:
    of, bound, _ = prepared(office)
    do(office, Act.LAPSE, of)
    do(office, Act.RELEASE, bound, amount="50")
    refused(office, Act.COMMIT, of, match="has lapsed")


@pytest.mark.parametrize("year", ["2025", "2028"])
def test_only_this_year_and_the_next_are_appropriated(office: Office, year: str) -> None:
    with pytest.raises(AnswersRefused, match="this year or the next"):
        do(office, Act.APPROPRIATE, year=year)


def test_appropriations_are_numbered_by_year_and_a_paper_counts_once_for_a_purpose(office: Office) -> None:
    numbers = [
        appropriation(office, do(office, Act.APPROPRIATE, paper=f"P{index}", year=year)).number
        for index, year in enumerate(("2026", "2027", "2026"))
    ]
    assert numbers == ["2026-001", "2027-001", "2026-002"]
    refused(office, Act.APPROPRIATE, 0, match="has an appropriation for this purpose already", paper="P0")
    do(office, Act.APPROPRIATE, paper="P0", purpose="Vehicles")


@pytest.mark.parametrize("act", list(Act))
def test_each_act_belongs_to_its_role(office: Office, act: Act) -> None:
    lawful = {"appropriate": "supervisor", "approve_spending": "approver", "spend": "payer"}[PERMISSIONS[act].value]
    for login in set(office.actors) - {lawful, f"{lawful}2"}:
        with pytest.raises(NotPermitted):
            do(office, act, 1, by=login)


@pytest.mark.parametrize("act", [act for act in Act if act is not Act.APPROPRIATE])
def test_what_is_not_of_the_office_is_not_found(office: Office, act: Act) -> None:
    with pytest.raises(SpendingNotFound):
        do(office, act, 4_242)


def test_a_repeated_request_answers_its_first_result(office: Office) -> None:
    of = do(office, Act.APPROPRIATE, key="a")
    bound = do(office, Act.COMMIT, of, key="c", amount="1000")
    waiting = do(office, Act.PREPARE, bound, key="p", amount="1000")
    paid = do(office, Act.APPROVE, waiting, key="d")
    assert do(office, Act.APPROPRIATE, key="a") == of
    assert do(office, Act.COMMIT, of, key="c", amount="1000") == bound
    assert do(office, Act.PREPARE, bound, key="p", amount="1000") == waiting
    assert do(office, Act.APPROVE, waiting, key="d") == paid
    assert figures(office, of) == (0, 0, 100_000, 0)
    with pytest.raises(KeyReused):
        do(office, Act.COMMIT, of, key="c", amount="999")
    with pytest.raises(KeyReused):
        do(office, Act.REFUSE, waiting, key="d")


def test_what_is_missing_is_named(office: Office) -> None:
    request = Request(Act.APPROPRIATE, {"amount": "-5", "year": "soon"}, "k")
    with pytest.raises(AnswersRefused) as refusal:
        office.application.spending.do(office.actors["supervisor"], request)
    assert [problem.field for problem in refusal.value.problems] == ["paper", "year", "purpose", "amount"]


def test_asking_beforehand_writes_nothing(office: Office) -> None:
    of, _, waiting = prepared(office)
    before = figures(office, of)
    for act, subject, login in ((Act.APPROVE, waiting, "approver"), (Act.LAPSE, of, "supervisor")):
        request = Request(act, ASKED[act], "k", subject)
        office.application.spending.rehearse(office.actors[login], request)
    assert figures(office, of) == before
    do(office, Act.APPROVE, waiting)
    with pytest.raises(SpendingRefused, match="decided already"):
        office.application.spending.rehearse(office.actors["approver"], Request(Act.APPROVE, {}, "k", waiting))


def test_lists_go_on_by_key(office: Office) -> None:
    of = do(office, Act.APPROPRIATE)
    bound = do(office, Act.COMMIT, of, amount="100")
    for index in range(26):
        do(office, Act.COMMIT, of, amount="1", document=f"C{index}")
        do(office, Act.PREPARE, bound, amount="1", document=f"I{index}")
    pages, payer = office.application.spending_pages, office.actors["payer"]
    first = pages.appropriation(payer, of)
    assert (len(first.commitments), len(first.orders)) == (25, 25)
    rest = pages.appropriation(payer, of, before_commitment=first.next_commitment, before_order=first.next_order)
    assert ([one.id for one in rest.commitments][-1], len(rest.commitments), len(rest.orders)) == (bound, 2, 1)
    assert (rest.next_commitment, rest.next_order) == (None, None)
    waiting = pages.orders(payer, waiting=True)
    assert len(pages.orders(payer, waiting=True, before_id=waiting.next_key).rows) == 1
    assert len(pages.commitment(payer, bound, before_order=waiting.next_key).orders) == 1
    assert pages.overview(payer).more_wait


def refused(
    office: Office, act: Act, subject_id: int, *, match: str, expected_fen: int | None = None, **answers: str
) -> None:
    with pytest.raises(SpendingRefused, match=match):
        do(office, act, subject_id, expected_fen=expected_fen, **answers)
