"""The ledger: two lines of money that never meet, moved by transfers that nothing can change."""

from caseflow.domain.ledger.case_money import CHARGE_FIRST, PRINCIPAL_FIRST, Component, Leg, Money, PostingRefused
from caseflow.domain.ledger.chart import Chart, ChartAccount, read_chart
from caseflow.domain.ledger.entries import Entry
from caseflow.domain.ledger.moves import MOVES, NEVER_BELOW_ZERO, NORMAL_SIDES, REVERSIBLE, Line
from caseflow.domain.ledger.transfers import Account, Transfer

__all__ = [
    "CHARGE_FIRST",
    "MOVES",
    "NEVER_BELOW_ZERO",
    "NORMAL_SIDES",
    "PRINCIPAL_FIRST",
    "REVERSIBLE",
    "Account",
    "Chart",
    "ChartAccount",
    "Component",
    "Entry",
    "Leg",
    "Line",
    "Money",
    "PostingRefused",
    "Transfer",
    "read_chart",
]
