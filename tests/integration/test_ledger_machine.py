"""Random money on two cases and on appropriations, against a model that only knows sums.

Lines never mix, a payment never meets more than the debt, the added charge never exceeds the principal, and the balance
of every account as of any day is the sum of the transfers booked by then.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from caseflow.domain.audit import AuditEvent
from caseflow.domain.cases import Case
from caseflow.domain.ledger import REVERSIBLE, Account, Entry, Line, Money, PostingRefused, Transfer
from caseflow.domain.spending import Act, SpendingRefused
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.ledger import Posting
from caseflow.services.ports import LedgerRefused
from tests.cashier import second_cashier
from tests.expenditure import do
from tests.office import Office, build_office

FEN = st.integers(min_value=1, max_value=50_000)
NUMBERS = itertools.count(1)
LOWERING = ["annul", "write_off", "waive", "refund", "interest"]
SPENDING = [Act.COMMIT, Act.RELEASE, Act.PREPARE, Act.LAPSE]


class Books:
    """What has been posted in the whole run: the model keeps it in plain lists, the database in its own way."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.transfers: list[Transfer] = []
        self.reversed: set[str] = set()
        self.closed = dict.fromkeys(Line, 0)
        self.spent: list[tuple[date, str, str, int]] = []

    def balance_fen(self, kind: str, line: Line, as_of: date) -> int:
        """Return debits less credits of all accounts of a kind by the plainest sum there is."""
        income = [(one.booked_on, one.debit.kind, one.credit.kind, one.amount_fen) for one in self.transfers]
        booked = [one for one in (income if line is Line.INCOME else self.spent) if one[0] <= as_of]
        debits = sum(fen for _, debit, _, fen in booked if debit == kind)
        return debits - sum(fen for _, _, credit, fen in booked if credit == kind)


class LedgerMachine(RuleBasedStateMachine):
    """Cases opened anew for each example; the office and its books go on."""

    books: Books

    @initialize()
    def begin(self) -> None:
        self.office = self.books.office
        self.cases = [self.office.open(party_name=f"Party {next(NUMBERS)}") for _ in range(2)]
        self.money = {case_id: Money() for case_id in self.cases}

    @rule(which=st.integers(0, 1), fen=FEN)
    def assess(self, which: int, fen: int) -> None:
        self.post_event(which, "assess", fen)

    @rule(which=st.integers(0, 1), fen=FEN)
    def charge(self, which: int, fen: int) -> None:
        money = self.money[self.cases[which]]
        room = (money.assessed_fen - money.charged_fen) - money.charged_fen
        if room > 0:
            self.post_event(which, "charge", min(fen, room))

    @rule(which=st.integers(0, 1), fen=FEN, first=st.sampled_from([("principal", "charge"), ("charge", "principal")]))
    def pay(self, which: int, fen: int, first: tuple[str, str]) -> None:
        before = self.money[self.cases[which]]
        transfers = self.post_event(which, "collect", fen, allocation=first)
        met = sum(one.amount_fen for one in transfers if one.credit.kind != "held")
        assert met == min(fen, before.outstanding_fen)

    @rule(which=st.integers(0, 1), parts=st.lists(FEN, min_size=2, max_size=4))
    def pay_by_instalments(self, which: int, parts: list[int]) -> None:
        for part in parts:
            self.pay(which, part, ("principal", "charge"))

    @rule(which=st.integers(0, 1), fen=FEN, event=st.sampled_from(LOWERING))
    def lower(self, which: int, fen: int, event: str) -> None:
        money = self.money[self.cases[which]]
        limit = {"annul": money.assessed_fen, "refund": money.refundable_fen, "interest": fen}
        if fen <= limit.get(event, money.outstanding_fen):
            self.post_event(which, event, fen)
        else:
            with pytest.raises(PostingRefused):
                money.post(event, fen)

    @rule(fen=FEN)
    def remit(self, fen: int) -> None:
        treasury, bank = self.account("treasury"), self.account("collecting_bank")
        has = self.books.balance_fen(bank.kind, Line.INCOME, date.max)
        self.post_beside("remit", treasury, bank, fen, allowed=fen <= has)

    @rule(yuan=st.integers(1, 400), act=st.sampled_from(SPENDING))
    def spend(self, yuan: int, act: Act) -> None:
        """One act on an appropriation of its own: what it does not cover is refused."""
        office, fen = self.office, yuan * 100
        of = do(office, Act.APPROPRIATE, paper=f"B-{next(NUMBERS)}", year=str(office.time.day.year), amount="200")
        self.spent("quota", "authority", 20_000)
        if act is Act.LAPSE:
            do(office, act, of, expected_fen=20_000)
            self.spent("authority", "quota", 20_000)
            return
        with pytest.raises((SpendingRefused, AnswersRefused)) if fen > 20_000 else nullcontext():
            bound = do(office, Act.COMMIT, of, amount=str(yuan))
            self.spent("committed", "quota", fen)
            if act is Act.RELEASE:
                do(office, act, bound, amount=str(yuan))
                self.spent("quota", "committed", fen)
            elif act is Act.PREPARE:
                do(office, Act.APPROVE, do(office, act, bound, amount=str(yuan)))
                self.spent("expense", "committed", fen)

    def spent(self, debit: str, credit: str, fen: int) -> None:
        self.books.spent.append((self.office.time.day, debit, credit, fen))

    @precondition(lambda self: self.books.transfers)
    @rule(data=st.data())
    def reverse(self, data: st.DataObject) -> None:
        """Take back any entry of one of this example's cases, once; the sum must still be possible afterwards."""
        numbers = {self.load(case_id).number: case_id for case_id in self.cases}
        entries = {one.key: one for one in self.books.transfers if one.case_number in numbers}
        if not entries:
            return
        payments = sorted(key for key, one in entries.items() if one.operation in REVERSIBLE)
        key = data.draw(st.sampled_from(payments) | st.sampled_from(sorted(entries)) if payments else
                        st.sampled_from(sorted(entries)))  # fmt: skip
        taken = self.office.application.ledger.reverse
        asked = {"reason": "machine", "idempotency_key": f"undo {next(NUMBERS)}"}
        if entries[key].operation not in REVERSIBLE or key in self.books.reversed or key.startswith("reverse:"):
            with pytest.raises(LedgerRefused):
                taken(self.office.actors["cashier2"], key, **asked)
            return
        # Refused where later entries rest on the money, or the bank has passed it on.
        with suppress(LedgerRefused):
            mirrored = taken(self.office.actors["cashier2"], key, **asked)
            self.books.transfers += mirrored
            self.books.reversed.add(key)
            case_id = numbers[str(mirrored[0].case_number)]
            self.money[case_id] = self.load(case_id).money

    @rule(days=st.integers(1, 40))
    def time_passes(self, days: int) -> None:
        self.office.time.day += timedelta(days=days)

    @rule(line=st.sampled_from(list(Line)))
    def close(self, line: Line) -> None:
        last_month = self.office.time.day.replace(day=1) - timedelta(days=1)
        period = last_month.year * 100 + last_month.month
        # The machine's days run ahead of the real ones, by which the database says whether a month is over.
        real = self.office.time.real_today()
        if self.books.closed[line] < period < real.year * 100 + real.month:
            supervisor = self.office.actors["supervisor"]
            self.office.application.ledger.close_period(supervisor, line, period, idempotency_key=f"{line} {period}")
            self.books.closed[line] = period

    @invariant()
    def the_case_is_the_sum_of_its_transfers(self) -> None:
        for case_id in getattr(self, "cases", []):
            money = self.load(case_id).money
            assert money == self.money[case_id]
            assert money.charged_fen <= money.assessed_fen - money.charged_fen
            assert not (money.outstanding_fen and money.refundable_fen)
            kept_fen = money.collected_fen - money.refunded_fen
            owed_fen = money.assessed_fen - money.written_off_fen
            assert money.outstanding_fen - money.refundable_fen == owed_fen - kept_fen

    def teardown(self) -> None:
        """Compare every account on a few days with the plain sum; more often would only be slower."""
        if not hasattr(self, "office"):
            return
        auditor, today = self.office.actors["auditor"], self.office.time.day
        for line, as_of in itertools.product(Line, (today, today - timedelta(days=45), date(2026, 3, 1))):
            totals = self.office.application.ledger.trial_balance(auditor, line, as_of)
            assert sum(one.debit_fen for one in totals) == sum(one.credit_fen for one in totals)
            for kind in {one.kind for one in totals}:
                found = sum(one.debit_fen - one.credit_fen for one in totals if one.kind == kind)
                assert found == self.books.balance_fen(kind, line, as_of)

    def account(self, kind: str) -> Account:
        return self.office.application.rulebook.chart.account(Line.INCOME, kind, "two_illegal")

    def load(self, case_id: int) -> Case:
        with self.office.application.store.begin() as work:
            case = work.cases.load(case_id)
        assert case is not None
        return case

    def post_event(
        self, which: int, event: str, fen: int, allocation: tuple[str, ...] = ("principal", "charge")
    ) -> tuple[Transfer, ...]:
        case, office = self.load(self.cases[which]), self.office
        _, legs = case.money.post(event, fen, allocation=allocation)  # type: ignore[arg-type]
        today, now, actor = office.time.day, office.time.now(), office.actors["cashier"]
        key = f"machine {next(NUMBERS)}"
        entry = Entry(key, actor.office_id, Line.INCOME, today, today, now, actor.id, case_number=case.number)
        noted = AuditEvent(key, now, actor.id, actor.office_id, "machine")
        with office.application.store.begin() as work:
            money = office.application.ledger.post_legs(work, case, entry, legs, noted)
            work.commit()
        posted = entry.of_legs(office.application.rulebook.chart, case.regime, legs)
        assert {one.line for one in posted} == {Line.INCOME}
        self.books.transfers += posted
        self.money[case.id] = money
        return posted

    def post_beside(self, what: str, debit: Account, credit: Account, fen: int, *, allowed: bool) -> None:
        posting = Posting(f"machine {next(NUMBERS)}", Line.INCOME, ((what, debit, credit, fen),))
        if allowed:
            self.books.transfers += self.office.application.ledger.post(self.office.actors["cashier"], posting)
        else:
            with pytest.raises(LedgerRefused, match="not so much money"):
                self.office.application.ledger.post(self.office.actors["cashier"], posting)


@pytest.fixture
def books(database_url: str) -> Iterator[Books]:
    office = build_office(database_url)
    office.actors["cashier2"] = second_cashier(office)
    yield Books(office)
    office.application.close()


def test_money_stays_true_whatever_happens(books: Books) -> None:
    machine = type("Machine", (LedgerMachine,), {"books": books})
    chosen = settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine, settings=chosen)
    assert len(books.transfers) > 100
    assert books.reversed
