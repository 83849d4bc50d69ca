"""A case as the rules see it: where it stands, who did what, what is owed, which clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from caseflow.domain.clocks import Clock, has_run_out
from caseflow.domain.law.reckoning import Reckoning

RUNNING = ("open", "tolled")


@dataclass(frozen=True)
class Money:
    """What one case owes and has paid, in fen. Lines of income only; expenditure never meets a case."""

    assessed_fen: int = 0
    collected_fen: int = 0
    refunded_fen: int = 0
    written_off_fen: int = 0

    @property
    def outstanding_fen(self) -> int:
        """What is still to be paid (never below zero)."""
        kept = self.collected_fen - self.refunded_fen
        return max(0, self.assessed_fen - self.written_off_fen - kept)

    @property
    def refundable_fen(self) -> int:
        """What was taken beyond what is owed and must go back to the payer."""
        kept = self.collected_fen - self.refunded_fen
        return max(0, kept - (self.assessed_fen - self.written_off_fen))

    def post(self, event: str, amount_fen: int) -> Money:
        """Return the money after one ledger event of ``amount_fen``.

        Raises :class:`PostingRefused` for an amount that is not above zero, a refund of more than is refundable,
        a write-off of more than is outstanding and an annulment of more than was assessed.
        """
        if amount_fen <= 0:
            raise PostingRefused(event, amount_fen, "the amount must be above zero", "金额必须大于零")
        if event in ("assess", "confiscate", "charge"):
            return replace(self, assessed_fen=self.assessed_fen + amount_fen)
        if event == "annul":
            if amount_fen > self.assessed_fen:
                raise PostingRefused(event, amount_fen, "more than was assessed", "超过已确定的应缴金额")
            assessed_fen = self.assessed_fen - amount_fen
            return replace(self, assessed_fen=assessed_fen, written_off_fen=min(self.written_off_fen, assessed_fen))
        if event == "collect":
            return replace(self, collected_fen=self.collected_fen + amount_fen)
        if event == "refund":
            if amount_fen > self.refundable_fen:
                raise PostingRefused(
                    event, amount_fen, "more than may be refunded on this case", "超过本案可退还的金额"
                )
            return replace(self, refunded_fen=self.refunded_fen + amount_fen)
        if event in ("write_off", "waive"):
            if amount_fen > self.outstanding_fen:
                raise PostingRefused(event, amount_fen, "more than is outstanding", "超过尚未缴纳的金额")
            return replace(self, written_off_fen=self.written_off_fen + amount_fen)
        raise PostingRefused(event, amount_fen, f"'{event}' is not a ledger event", f"“{event}”不是记账事项")


class PostingRefused(Exception):
    """A ledger event that the money of the case does not allow."""

    def __init__(self, event: str, amount_fen: int, en: str, zh: str) -> None:
        self.event, self.amount_fen, self.en, self.zh = event, amount_fen, en, zh
        super().__init__(f"{event} {amount_fen}: {en}")


@dataclass(frozen=True)
class CaseClock:
    """A clock of a case: its row (None before it is written) and, if it began when another ended, that one's rule."""

    clock: Clock
    id: int | None = None
    after_rule: str | None = None

    @property
    def rule_id(self) -> str:
        """The rule the clock counts."""
        return self.clock.rule_id

    @property
    def status(self) -> str:
        """``open``, ``tolled``, ``met``, ``missed`` or ``stopped``."""
        return self.clock.status

    @property
    def due_on(self) -> date:
        """The last day on which the limit can be kept."""
        return self.clock.due_on

    @property
    def reckoning(self) -> Reckoning:
        """The due date with all that it was computed from."""
        return self.clock.reckoning

    @property
    def is_running(self) -> bool:
        """Whether the clock is open or tolled."""
        return self.clock.status in RUNNING

    def has_run_out(self, on: date) -> bool:
        """Whether the limit is over on ``on``."""
        return has_run_out(self.clock, on)


@dataclass(frozen=True)
class StepTaken:
    """One step of the history, as four-eyes and the needs of later steps look at it."""

    seq: int
    trigger: str
    actor_id: int
    to_state: str


@dataclass(frozen=True)
class CaseDates:
    """The legal dates of a case; a version of the law is chosen by one of them."""

    opened_on: date
    act_date: date | None = None
    filed_on: date | None = None
    decision_date: date | None = None
    served_on: date | None = None
    last_step_on: date | None = None
    closed_on: date | None = None

    def get(self, name: str) -> date | None:
        """Return the date called ``name`` (``act_date``, ``decision_date`` ...), if it has come."""
        value: date | None = getattr(self, name)
        return value


@dataclass(frozen=True)
class Case:
    """A case at one version. ``facts`` holds the JSON form of every answer given so far."""

    id: int
    office_id: int
    number: str
    regime: str
    definition_hash: str
    party_id: int
    party_kind: str
    owner_id: int
    second_officer_id: int | None
    state: str
    phase: str
    version: int
    dates: CaseDates
    money: Money
    facts: Mapping[str, Any] = field(default_factory=dict)
    clocks: tuple[CaseClock, ...] = ()
    history: tuple[StepTaken, ...] = ()
    documents: frozenset[str] = frozenset()

    @property
    def officers(self) -> int:
        """How many officers handle the case (APL 2021 art. 42 asks for at least two)."""
        return 1 if self.second_officer_id is None else 2

    def takers_of(self, trigger: str) -> frozenset[int]:
        """Return who has taken the step ``trigger`` on this case."""
        return frozenset(taken.actor_id for taken in self.history if taken.trigger == trigger)

    def latest_clock(self, rule_id: str) -> CaseClock | None:
        """Return the clock of ``rule_id`` started last, running or not."""
        for clock in reversed(self.clocks):
            if clock.rule_id == rule_id:
                return clock
        return None

    def running_clock(self, rule_id: str) -> CaseClock | None:
        """Return the running clock of ``rule_id``, if there is one."""
        clock = self.latest_clock(rule_id)
        return clock if clock is not None and clock.is_running else None
