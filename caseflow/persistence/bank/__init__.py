"""The bank and the treasury in PostgreSQL."""

from caseflow.persistence.bank.remittances import Remittances
from caseflow.persistence.bank.statements import Bank

__all__ = ["Bank", "Remittances"]
