"""Samples of real postings: drawn, drawn again, judged; the auditor's own and nobody else's."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest

from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Account, Line
from caseflow.domain.sampling import Method
from caseflow.services.cases import KeyReused
from caseflow.services.ledger import Posting
from caseflow.services.ports.auditing import Population, Verdict
from caseflow.services.samples import DrawSample, NoSuchSample, SampleRefused
from tests.office import Office
from tests.sealed import settle

YEAR = Population(Line.INCOME, None, date(2026, 1, 1), date(2026, 12, 31))
BANK, SUSPENSE, TREASURY = Account("1201", "collecting_bank"), Account("2103", "suspense"), Account("1301", "treasury")


def post(office: Office, operation: str, debit: Account, credit: Account, fen: int) -> None:
    posting = Posting(f"post:{uuid.uuid4()}", Line.INCOME, [(operation, debit, credit, fen)])
    office.application.ledger.post(office.actors["cashier"], posting)


@pytest.fixture
def booked(office: Office) -> Office:
    for number in range(30):
        office.time.day = date(2026, 1, 5) + timedelta(days=number)
        post(office, "suspend", BANK, SUSPENSE, 100 + number)
    post(office, "suspend", BANK, SUSPENSE, 90_000)
    post(office, "remit", TREASURY, BANK, 70)
    settle(office.database_url)
    return office


def asked(**changes: object) -> DrawSample:
    first = DrawSample("Receipts of the year", YEAR, Method.RANDOM, 8, str(uuid.uuid4()))
    return replace(first, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", Method)
def test_a_sample_is_drawn_again_from_what_is_stored_even_after_more_was_booked(booked: Office, method: Method) -> None:
    auditor, samples = booked.actors["auditor"], booked.application.samples
    sample_id = samples.draw(auditor, asked(method=method))
    sample, items = samples.show(auditor, sample_id)
    assert (sample.population_count, sample.population_fen) == (32, 30 * 100 + sum(range(30)) + 90_070)
    assert len(sample.seed) == 32
    assert [one.no for one in items] == list(range(1, sample.item_count + 1))
    assert len({one.transfer.id for one in items}) == len(items)
    if method is Method.RANDOM:
        assert len(items) == 8
    else:
        assert [(one.transfer.amount_fen, one.hits > 1) for one in items if one.certain] == [(90_000, True)]
        assert sum(one.hits for one in items) == 8
    post(booked, "suspend", BANK, SUSPENSE, 5)
    _, again = samples.draw_again(auditor, sample_id)
    assert (again.same_population, again.same_items) == (True, True)
    assert (again.population_count, again.population_fen) == (sample.population_count, sample.population_fen)


def test_a_changed_ledger_does_not_give_the_same_population_again(booked: Office) -> None:
    auditor, samples = booked.actors["auditor"], booked.application.samples
    sample_id = samples.draw(auditor, asked(method=Method.MONETARY_UNIT))
    with psycopg.connect(booked.database_url) as connection:
        connection.execute("alter table transfer disable trigger user")
        connection.execute("update transfer set amount_fen = amount_fen + 1 where operation = 'remit'")
        connection.commit()
    _, again = samples.draw_again(auditor, sample_id)
    assert not again.same_population


def test_the_population_is_the_operation_and_the_period_that_were_asked_for(booked: Office) -> None:
    auditor, samples = booked.actors["auditor"], booked.application.samples
    only = replace(YEAR, operation="suspend", booked_from=date(2026, 1, 6), booked_to=date(2026, 1, 10))
    sample, items = samples.show(auditor, samples.draw(auditor, asked(population=only, size=100)))
    assert (sample.population_count, len(items)) == (5, 5)
    assert {(one.transfer.operation, one.transfer.amount_fen) for one in items} == {
        ("suspend", 100 + number) for number in range(1, 6)
    }
    for empty in (replace(YEAR, operation="refund"), replace(YEAR, line=Line.EXPENDITURE)):
        with pytest.raises(SampleRefused, match="No transfer"):
            samples.draw(auditor, asked(population=empty))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"purpose": " "}, "purpose"),
        ({"purpose": "x" * 201}, "purpose"),
        ({"size": 0}, "size"),
        ({"size": 501}, "size"),
        ({"population": replace(YEAR, booked_to=date(2025, 1, 1))}, "booked_to"),
        ({"population": replace(YEAR, operation="pay")}, "operation"),
        ({"population": replace(YEAR, operation="no such")}, "operation"),
    ],
)
def test_what_cannot_be_drawn(booked: Office, changes: dict[str, object], field: str) -> None:
    with pytest.raises(SampleRefused) as refused:
        booked.application.samples.draw(booked.actors["auditor"], asked(**changes))
    assert refused.value.field == field


def test_a_repeated_request_answers_its_first_sample(booked: Office) -> None:
    auditor, samples = booked.actors["auditor"], booked.application.samples
    request = asked()
    assert samples.draw(auditor, request) == samples.draw(auditor, request)
    with pytest.raises(KeyReused):
        samples.draw(auditor, replace(request, size=9))
    listed, next_key = samples.newest(auditor)
    assert (len(listed), next_key) == (1, None)
    with psycopg.connect(booked.database_url) as connection:
        found = connection.execute("select body->>'seed' from audit_event where action = 'sample_drawn'").fetchall()
    assert found == [(listed[0].seed,)]


def test_verdicts_are_recorded_and_the_newest_counts(booked: Office) -> None:
    auditor, samples = booked.actors["auditor"], booked.application.samples
    sample_id = samples.draw(auditor, asked())
    key = str(uuid.uuid4())
    first = [Verdict(1, "ok", ""), Verdict(2, "finding", "no receipt")]
    for _ in range(2):
        samples.judge(auditor, sample_id, first, idempotency_key=key)
    with pytest.raises(KeyReused):
        samples.judge(auditor, sample_id, [Verdict(1, "finding", "")], idempotency_key=key)
    samples.judge(auditor, sample_id, [Verdict(2, "ok", "found it")], idempotency_key=str(uuid.uuid4()))
    sample, items = samples.show(auditor, sample_id)
    assert sample.judged == 2
    judged = [(one.no, one.verdict.verdict, one.verdict.note, one.verdict.by_en) for one in items if one.verdict]
    assert judged == [(1, "ok", "", "Auditor"), (2, "ok", "found it", "Auditor")]
    for wrong in ([], [Verdict(99, "ok", "")], [Verdict(1, "fine", "")], [Verdict(1, "ok", "x" * 501)]):
        with pytest.raises(SampleRefused):
            samples.judge(auditor, sample_id, wrong, idempotency_key=str(uuid.uuid4()))


def test_nobody_but_the_offices_auditor_samples(booked: Office) -> None:
    samples = booked.application.samples
    sample_id = samples.draw(booked.actors["auditor"], asked())
    for login in ("cashier", "supervisor", "officer", "administrator"):
        with pytest.raises(NotPermitted):
            samples.draw(booked.actors[login], asked())
        with pytest.raises(NotPermitted):
            samples.show(booked.actors[login], sample_id)
    stranger = replace(booked.actors["auditor"], office_id=4242)
    for call in (samples.show, samples.draw_again):
        with pytest.raises(NoSuchSample):
            call(stranger, sample_id)
    with pytest.raises(NoSuchSample):
        samples.judge(stranger, sample_id, [Verdict(1, "ok", "")], idempotency_key=str(uuid.uuid4()))
