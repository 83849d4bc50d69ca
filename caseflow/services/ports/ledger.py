"""The ledger: accounts, transfers, closes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import ChartAccount, Line, Money, Transfer
from caseflow.domain.words import Words


class LedgerRefused(Exception):
    """The database holds an invariant of money that the entry would break; nothing was written."""

    def __init__(self, rule: str, words: Words) -> None:
        self.rule, self.words = rule, words
        super().__init__(words.en)


@dataclass(frozen=True)
class PostedCase:
    """The case an entry belongs to and its money after it; ``seq`` is the step it hangs on."""

    id: int
    money: Money


@dataclass(frozen=True)
class AccountBalance:
    """An account with what was debited and credited up to a day, in fen. Never netted over the two lines."""

    account_id: int
    code: str
    kind: str
    name: Words
    debit_fen: int
    credit_fen: int


@dataclass(frozen=True)
class Close:
    """A closed period (yyyymm) of one line."""

    line: Line
    period: int
    closed_by: int


@dataclass(frozen=True)
class Disagreement:
    """Two things that should be equal and are not: which check, about what, what was expected, what was found."""

    check: str
    what: str
    expected: str
    found: str


class LedgerStore(Protocol):
    """Accounts, transfers and period closes of one transaction."""

    def open_accounts(self, office_id: int | None, accounts: Iterable[ChartAccount]) -> None:
        """Open the accounts an office (None: every office) lacks (again: nothing new)."""
        ...

    def post(
        self, transfers: Sequence[Transfer], case: PostedCase | None = None, event: AuditEvent | None = None
    ) -> None:
        """Write the transfers of one entry in one statement; with ``case`` its money, with ``event`` the audit event.

        A transfer is its own record (actor, reason, leaf hash); acts that are more than one entry bring an event.
        Raises ``AlreadyWritten`` for a used key and :class:`LedgerRefused` for a broken invariant.
        """
        ...

    def post_for_cases(self, posted: Sequence[tuple[PostedCase, Sequence[Transfer]]], event: AuditEvent) -> None:
        """Write the transfers of many cases, with each case's money after them, in one statement; as :meth:`post`."""
        ...

    def in_default(self, office_id: int, rule_ids: Sequence[str], on: date, after_id: int, limit: int) -> Sequence[int]:
        """Return the cases above ``after_id`` that owe principal and missed a limit of the rules before ``on``."""
        ...

    def post_many(self, transfers: Sequence[Transfer]) -> None:
        """Write many transfers that belong to no case by COPY; raises as :meth:`post`."""
        ...

    def entry(self, key: str) -> tuple[Transfer, ...]:
        """Return the transfers of the entry with this key (empty: none), by leg."""
        ...

    def balance_fen(self, office_id: int, code: str) -> int:
        """Return debits less credits of one account, of everything ever booked."""
        ...

    def trial_balance(self, office_id: int, line: Line, as_of: date) -> Sequence[AccountBalance]:
        """Return every account of one line with its totals up to and including ``as_of``, by code."""
        ...

    def close(self, office_id: int, line: Line, period: int, closed_by: int, event: AuditEvent) -> None:
        """Close a period (yyyymm) for ever. Raises :class:`LedgerRefused` where a later one is closed already."""
        ...

    def disagreements(self) -> Sequence[Disagreement]:
        """Derive everything anew and return what does not agree, at most a thousand of each kind."""
        ...

    def closes(self, office_id: int, line: Line) -> Sequence[Close]:
        """Return the closed periods of a line, newest first."""
        ...
