"""What the API answers, as it is written and as it is described. Money in fen, days as 2026-03-08."""

from __future__ import annotations

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, ConfigDict

from caseflow.domain.cases import CaseClock
from caseflow.domain.ledger import Money
from caseflow.domain.words import Words
from caseflow.services.case_pages import CasePage
from caseflow.services.desks import Desk, DeskRow


class Answer(BaseModel):
    """An answer; what is not described is not in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Answer):
    """The same in English and Chinese."""

    en: str
    zh: str

    @classmethod
    def of(cls, words: Words) -> Self:
        """Return the two texts of ``words``."""
        return cls(en=words.en, zh=words.zh)


class TokenAnswer(Answer):
    """The token of the request: for whom and in which role it reads, and until when."""

    login: str
    role: str
    name: str
    expires_at: datetime


class CaseSummary(Answer):
    """A case in a list. It names nobody."""

    id: int
    number: Text
    regime: str
    state: str
    phase: str
    waiting_for: str
    opened_on: date
    last_step_on: date
    next_due_on: date | None
    next_limit: str | None
    outstanding_fen: int
    next_step: str | None

    @classmethod
    def of(cls, row: DeskRow) -> Self:
        """Return the summary of a row of a list; ``next_step`` is the step that most likely waits for the caller."""
        case = row.case
        return cls(
            id=case.id,
            number=Text(en=case.number, zh=case.number_zh),
            regime=case.regime,
            state=case.state,
            phase=case.phase,
            waiting_for=case.waiting_for,
            opened_on=case.opened_on,
            last_step_on=case.last_step_on,
            next_due_on=case.next_due_on,
            next_limit=case.next_clock,
            outstanding_fen=case.outstanding_fen,
            next_step=row.next_step.name if row.next_step is not None else None,
        )


class DeskGroupAnswer(Answer):
    """One group of the desk; ``count`` stops at 100, ``next`` continues the group."""

    group: str
    count: int
    cases: list[CaseSummary]
    next: str | None


class DeskAnswer(Answer):
    """The desk of the token's role at a business date."""

    today: date
    groups: list[DeskGroupAnswer]

    @classmethod
    def of(cls, desk: Desk) -> Self:
        """Return the desk as it is answered."""
        return cls(
            today=desk.today,
            groups=[
                DeskGroupAnswer(
                    group=one.lateness.value,
                    count=one.count,
                    cases=[CaseSummary.of(row) for row in one.rows],
                    next=one.next_key,
                )
                for one in desk.groups
            ],
        )


class CasesAnswer(Answer):
    """One page of the office's cases, newest first; ``next`` is what ``before`` continues it with."""

    cases: list[CaseSummary]
    next: int | None


class ClockAnswer(Answer):
    """A time limit of a case: whom it binds, when it is due, whether it is open, tolled, met, missed or stopped."""

    rule: str
    binds: str
    due_on: date
    status: str
    provisional: bool

    @classmethod
    def of(cls, clock: CaseClock) -> Self:
        """Return the limit of a clock."""
        return cls(
            rule=clock.rule_id,
            binds=clock.reckoning.binds,
            due_on=clock.due_on,
            status=clock.status,
            provisional=clock.reckoning.provisional,
        )


class MoneyAnswer(Answer):
    """The money of a case."""

    assessed_fen: int
    collected_fen: int
    refunded_fen: int
    written_off_fen: int
    outstanding_fen: int
    refundable_fen: int

    @classmethod
    def of(cls, money: Money) -> Self:
        """Return the sums of a case."""
        return cls(**{name: getattr(money, name) for name in cls.model_fields})


class CaseAnswer(Answer):
    """One case: where it stands, its time limits and its money. ``party`` is the name of the party, and read-logged."""

    id: int
    number: Text
    regime: str
    state: str
    state_title: Text
    phase: str
    waiting_for: str
    version: int
    party: str
    party_kind: str
    opened_on: date
    closed_on: date | None
    clocks: list[ClockAnswer]
    money: MoneyAnswer

    @classmethod
    def of(cls, page: CasePage) -> Self:
        """Return a case as it is answered."""
        case, header = page.case, page.header
        return cls(
            id=case.id,
            number=Text(en=header.number, zh=header.number_zh),
            regime=case.regime,
            state=case.state,
            state_title=Text.of(page.rules.definition.states[case.state].title),
            phase=case.phase,
            waiting_for=header.waiting_for,
            version=case.version,
            party=header.party_name,
            party_kind=case.party_kind,
            opened_on=case.dates.opened_on,
            closed_on=header.closed_on,
            clocks=[ClockAnswer.of(clock) for clock in (*page.running, *page.finished)],
            money=MoneyAnswer.of(case.money),
        )


class BalanceAnswer(Answer):
    """An account of the ledger up to the end of a day; ``balance_fen`` stands on ``side``, where the account grows."""

    code: str
    kind: str
    name: Text
    debit_fen: int
    credit_fen: int
    balance_fen: int
    side: str


class AccountAnswer(Answer):
    """The balance of one account at the end of a day."""

    line: str
    as_of: date
    account: BalanceAnswer


class TrialBalanceAnswer(Answer):
    """Every account of one line at the end of a day. The two lines are never added together."""

    line: str
    as_of: date
    accounts: list[BalanceAnswer]
    debit_fen: int
    credit_fen: int


class RuleAnswer(Answer):
    """A rule of law on a day; ``length`` and ``unit`` only where it is a time limit."""

    id: str
    row: str
    statute: str
    kind: str
    title: Text
    binds: str
    in_force: bool
    since: date | None
    until: date | None
    length: int | None
    unit: str | None
    cite: Text | None


class LawAnswer(Answer):
    """The rules of law with what each is on a day."""

    on: date
    rules: list[RuleAnswer]


class DueAnswer(Answer):
    """The last day on which a time limit can be kept, and why; provisional while holidays are not published."""

    rule: str
    trigger_on: date
    due_on: date
    provisional: bool
    explanation: list[Text]
