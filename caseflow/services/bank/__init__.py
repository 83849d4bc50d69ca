"""The bank and the treasury: statements in, lines explained, money remitted, and how long it is on its way."""

from caseflow.services.bank.acts import LONGEST_REASON
from caseflow.services.bank.imports import StatementImports
from caseflow.services.bank.lines import BankLines, LinePage, LinesPage
from caseflow.services.bank.plans import EnterFile, ImportPlan, StatementPlan
from caseflow.services.bank.remittances import Ageing, MakeRemittance, RemittancePage, Remittances

__all__ = [
    "LONGEST_REASON",
    "Ageing",
    "BankLines",
    "EnterFile",
    "ImportPlan",
    "LinePage",
    "LinesPage",
    "MakeRemittance",
    "RemittancePage",
    "Remittances",
    "StatementImports",
    "StatementPlan",
]
