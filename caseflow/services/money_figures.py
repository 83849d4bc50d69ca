"""Figures for the charts: income by month, and how far appropriations are used. One line at a time, always."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.ledger import Line
from caseflow.domain.ledger.figures import (
    CLAIM_KINDS,
    AppropriationUse,
    IncomeMonth,
    income_by_month,
    months_up_to,
    use_of_appropriations,
)
from caseflow.services.ports import BusinessTime, Store

MONTHS_SHOWN = 24
FIRST_YEAR = 1900


@dataclass(frozen=True)
class MoneyFigures:
    """The use cases of the charts. ``reported`` are the codes of the accounts of what old casebooks report."""

    store: Store
    time: BusinessTime
    reported: frozenset[str] = frozenset()

    def income(self, actor: Actor) -> list[IncomeMonth]:
        """Return the last 24 months of the actor's office, the running one last. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_LEDGER)
        today = self.time.today()
        months = months_up_to(today, MONTHS_SHOWN)
        with self.store.snapshot() as work:
            before = work.ledger.trial_balance(actor.office_id, Line.INCOME, months[0] - timedelta(days=1))
            moves = work.ledger_reads.moves_by_month(actor.office_id, Line.INCOME, months[0], today)
        opening_fen = sum(one.debit_fen - one.credit_fen for one in before if one.kind in CLAIM_KINDS)
        # What an old casebook reports as collected was not collected in the month in which the book was entered.
        kinds = {one.account_id: "reported" if one.code in self.reported else one.kind for one in before}
        return income_by_month(months, kinds, opening_fen, moves)

    def expenditure(self, actor: Actor, year: int) -> list[AppropriationUse]:
        """Return the appropriations of ``year`` of the actor's office as they stand today. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_SPENDING)
        today = self.time.today()
        with self.store.snapshot() as work:
            opened = work.ledger_reads.appropriations(actor.office_id, year)
            accounts = work.ledger.trial_balance(actor.office_id, Line.EXPENDITURE, today)
            # Nothing is paid from an appropriation before its year.
            moves = work.ledger_reads.moves_by_month(actor.office_id, Line.EXPENDITURE, date(year, 1, 1), today)
        kinds = {one.account_id: one.kind for one in accounts}
        balances = {one.account_id: one.debit_fen - one.credit_fen for one in accounts}
        return use_of_appropriations(opened, kinds, balances, moves)
