"""What the bank says happened, held against the office's receipts and remittances. Pure."""

from caseflow.domain.bank.ageing import Bucket, buckets
from caseflow.domain.bank.columns import COLUMN_WORDS, Columns, guess_columns
from caseflow.domain.bank.matching import (
    ISSUED_BEFORE_DAYS,
    ISSUED_FROM_DAYS,
    OpenReceipt,
    OpenRemittance,
    Settled,
    settle,
    settle_outgoing,
)
from caseflow.domain.bank.proposals import Proposal, propose, propose_outgoing
from caseflow.domain.bank.statements import (
    LARGEST_FILE_BYTES,
    Balance,
    BankFileRefused,
    Direction,
    IdentifiedLine,
    ReadFile,
    ReadStatement,
    RowFault,
    StatementLine,
    day_fault,
    identify,
    read_amount,
    read_day,
)

__all__ = [
    "COLUMN_WORDS",
    "ISSUED_BEFORE_DAYS",
    "ISSUED_FROM_DAYS",
    "LARGEST_FILE_BYTES",
    "Balance",
    "BankFileRefused",
    "Bucket",
    "Columns",
    "Direction",
    "IdentifiedLine",
    "OpenReceipt",
    "OpenRemittance",
    "Proposal",
    "ReadFile",
    "ReadStatement",
    "RowFault",
    "Settled",
    "StatementLine",
    "buckets",
    "day_fault",
    "guess_columns",
    "identify",
    "propose",
    "propose_outgoing",
    "read_amount",
    "read_day",
    "settle",
    "settle_outgoing",
]
