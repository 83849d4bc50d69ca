"""What the Beancount and the hledger text share: account names, entries, amounts, pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from caseflow.domain.ledger.words import operation_words
from caseflow.services.ports.ledger import AccountBalance
from caseflow.services.ports.ledger_reads import Extract, LedgerRow

CURRENCY: Final = "CNY"
_CHUNK_CHARACTERS: Final = 1 << 16

# The treasury is not the office's money: what is remitted leaves the books. Interest on a refund lowers income.
_PLACES: Final[Mapping[str, str]] = {
    "receivable": "Assets:Receivable",
    "charge_receivable": "Assets:Charge-Receivable",
    "collecting_bank": "Assets:Collecting-Bank",
    "treasury": "Equity:Treasury",
    "refund_due": "Liabilities:Refund-Due",
    "held": "Liabilities:Held",
    "suspense": "Liabilities:Suspense",
    "assessed": "Income:Assessed",
    "charge_assessed": "Income:Charge-Assessed",
    "refund_interest": "Income:Refund-Interest",
    "quota": "Assets:Quota",
    "committed": "Assets:Committed",
    "expense": "Expenses:Expense",
    "authority": "Equity:Authority",
}
_LEGAL: Final = re.compile(r"[0-9A-Z][0-9A-Za-z-]*")


@dataclass(frozen=True)
class JournalEntry:
    """An entry: its legs, in order."""

    legs: Sequence[LedgerRow]

    @property
    def first(self) -> LedgerRow:
        """The leg that says what all legs share."""
        return self.legs[0]


def account_name(account: AccountBalance) -> str:
    """Return the name both programs accept: the place of its kind and its code.

    A code that they would refuse is written with hyphens and the account's number, which keeps names apart.
    """
    code = account.code
    if not _LEGAL.fullmatch(code):
        code = f"0{re.sub(r'[^0-9A-Za-z]', '-', code)}-{account.account_id}"
    return f"{_PLACES[account.kind]}:{code}"


def account_names(extract: Extract) -> dict[str, str]:
    """Return the name of each account by its code."""
    return {one.code: account_name(one) for one in extract.closing}


def entries(rows: Iterable[LedgerRow]) -> Iterator[JournalEntry]:
    """Yield the entries of ordered rows: the legs of one key on one day."""
    for _, legs in groupby(rows, key=lambda row: (row.booked_on, row.key)):
        yield JournalEntry(tuple(legs))


def narration(entry: JournalEntry, locale: str) -> str:
    """Return what an entry is about: its operations in words, and the reason where one was given."""
    operations = dict.fromkeys(
        operation_words(leg.operation, reverses=leg.reverses_key is not None).in_locale(locale) for leg in entry.legs
    )
    said = ("、" if locale.startswith("zh") else ", ").join(operations)
    colon = "：" if locale.startswith("zh") else ": "
    return f"{said}{colon}{entry.first.reason}" if entry.first.reason else said


def money(amount_fen: int) -> str:
    """Return an amount in yuan with its currency: ``-1234.50 CNY``."""
    sign, fen = ("-", -amount_fen) if amount_fen < 0 else ("", amount_fen)
    return f"{sign}{fen // 100}.{fen % 100:02d} {CURRENCY}"


def opened(extract: Extract) -> list[AccountBalance]:
    """Return the accounts that had a balance before the first day."""
    return [one for one in extract.opening if one.debit_fen != one.credit_fen]


def in_pieces(lines: Iterable[str]) -> Iterator[bytes]:
    """Yield lines as UTF-8 in pieces of some size."""
    kept: list[str] = []
    length = 0
    for line in lines:
        kept.append(line)
        length += len(line)
        if length >= _CHUNK_CHARACTERS:
            yield "".join(kept).encode()
            kept, length = [], 0
    yield "".join(kept).encode()
