"""An entry: everything one act moves, as numbered transfers under one idempotency key. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from caseflow.domain.ledger.case_money import Leg
from caseflow.domain.ledger.chart import Chart
from caseflow.domain.ledger.moves import Line
from caseflow.domain.ledger.transfers import Account, Transfer


@dataclass(frozen=True)
class Entry:
    """What the transfers of one act share.

    ``booked_on`` is the business date, ``value_on`` the day the money moved (not after it), ``document`` the number
    of the paper behind it. Entries of expenditure name no case.
    """

    key: str
    office_id: int
    line: Line
    booked_on: date
    value_on: date
    at: datetime
    actor_id: int | None = None
    case_number: str | None = None
    seq: int | None = None
    document: str = ""
    reason: str = ""

    def transfers(self, movements: Iterable[tuple[str, Account, Account, int]]) -> tuple[Transfer, ...]:
        """Return the transfers for (operation, debit, credit, amount in fen), numbered from 1."""
        return tuple(
            self._transfer(number, operation, debit, credit, amount_fen)
            for number, (operation, debit, credit, amount_fen) in enumerate(movements, start=1)
        )

    def of_legs(self, chart: Chart, regime: str | None, legs: Sequence[Leg]) -> tuple[Transfer, ...]:
        """Return the transfers of a case's legs, on the accounts the chart keeps for its regime."""
        return self.transfers(
            (
                leg.operation,
                chart.account(self.line, leg.debit_kind, regime),
                chart.account(self.line, leg.credit_kind, regime),
                leg.amount_fen,
            )
            for leg in legs
        )

    def followed_by(
        self, transfers: Sequence[Transfer], chart: Chart, regime: str | None, legs: Sequence[Leg]
    ) -> tuple[Transfer, ...]:
        """Return ``transfers`` with the legs that follow from them, numbered on."""
        more = self.of_legs(chart, regime, legs)
        return (*transfers, *(replace(one, leg=len(transfers) + one.leg) for one in more))

    def reversal(self, of: Sequence[Transfer]) -> tuple[Transfer, ...]:
        """Return the exact mirror of the transfers of another entry, the last one first."""
        return tuple(
            self._transfer(number, one.operation, one.credit, one.debit, one.amount_fen, reverses=(one.key, one.leg))
            for number, one in enumerate(reversed(of), start=1)
        )

    def _transfer(
        self,
        leg: int,
        operation: str,
        debit: Account,
        credit: Account,
        amount_fen: int,
        *,
        reverses: tuple[str, int] | None = None,
    ) -> Transfer:
        return Transfer(
            key=self.key,
            leg=leg,
            office_id=self.office_id,
            line=self.line,
            operation=operation,
            debit=debit,
            credit=credit,
            amount_fen=amount_fen,
            booked_on=self.booked_on,
            value_on=self.value_on,
            at=self.at,
            actor_id=self.actor_id,
            case_number=self.case_number,
            seq=self.seq,
            document=self.document,
            reason=self.reason,
            reverses=reverses,
        )
