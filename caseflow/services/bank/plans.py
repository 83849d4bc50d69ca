"""What a file would do, or did, and the accounts it is of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.bank import (
    BankFileRefused,
    Columns,
    Direction,
    IdentifiedLine,
    ReadStatement,
    RowFault,
    Settled,
)
from caseflow.domain.words import Words
from caseflow.services.ports.bank import BankAccount, NotThere


@dataclass(frozen=True)
class EnterFile:
    """A file to be entered. ``account_id`` or ``account_number``: for a CSV, which names none.

    ``columns``: other than those saved; ``new_account``: the name of the bank whose account is opened where the office
    has none of that number yet.
    """

    name: str
    content: bytes
    account_id: int | None = None
    account_number: str = ""
    new_account: str = ""
    columns: Columns | None = None
    good_rows_only: bool = False


@dataclass(frozen=True)
class StatementPlan:
    """What one statement of a file brings: its new lines, and how many the account knows already."""

    account: BankAccount
    read: ReadStatement
    new: tuple[IdentifiedLine, ...]

    @property
    def known(self) -> int:
        """How many of its lines were entered before."""
        return len(self.read.lines) - len(self.new)


@dataclass(frozen=True)
class ImportPlan:
    """What a file would do, or did. Counts are of its new lines; fen in and out are never netted.

    ``missing`` (count, fen): receipts of the file's days whose money no line has shown. ``proposed`` is None where too
    many lines are unexplained to look for proposals here.
    """

    format: str
    statements: tuple[StatementPlan, ...]
    faults: tuple[RowFault, ...]
    settled: tuple[Settled, ...]
    proposed: int | None
    missing: tuple[int, int]
    first_day: date | None
    last_day: date | None

    @property
    def new(self) -> list[IdentifiedLine]:
        """Every new line of the file."""
        return [one for statement in self.statements for one in statement.new]

    @property
    def known(self) -> int:
        """How many lines of the file were entered before."""
        return sum(one.known for one in self.statements)

    @property
    def matched(self) -> int:
        """How many new incoming lines are certainly a receipt's money."""
        return sum(one.receipt is not None for one in self.settled)

    @property
    def remitted(self) -> int:
        """How many new outgoing lines are certainly a remittance."""
        return sum(one.remittance is not None for one in self.settled)

    def count(self, direction: Direction) -> int:
        """Return how many new lines go that way."""
        return sum(one.line.direction is direction for one in self.new)

    def fen(self, direction: Direction) -> int:
        """Return what the new lines move that way, in fen."""
        return sum(one.line.amount_fen for one in self.new if one.line.direction is direction)

    @property
    def unexplained(self) -> int:
        """How many new incoming lines are no receipt's money for certain."""
        return self.count(Direction.CREDIT) - self.matched


def account_with(accounts: Sequence[BankAccount], account_id: int) -> BankAccount:
    """Return the account with this id. Raises ``NotThere``."""
    found = next((one for one in accounts if one.id == account_id), None)
    if found is None:
        raise NotThere(account_id)
    return found


def with_new(accounts: Sequence[BankAccount], asked: EnterFile, numbers: Iterable[str]) -> Sequence[BankAccount]:
    """Return the accounts with those that are still to be opened, which have numbers below zero for ids."""
    if not asked.new_account:
        return accounts
    known = {one.number for one in accounts}
    new = [number for number in dict.fromkeys(numbers) if number and number not in known]
    lowest = min((one.id for one in accounts), default=0)
    first = min(lowest, 0) - 1
    return [*accounts, *(BankAccount(first - at, asked.new_account, number) for at, number in enumerate(new))]


def chosen_account(accounts: Sequence[BankAccount], asked: EnterFile) -> BankAccount:
    """Return the account of a file that names none. Raises ``BankFileRefused``."""
    if asked.account_id is not None:
        return account_with(accounts, asked.account_id)
    if asked.account_number:
        return numbered_account(accounts, asked.account_number)
    if len(accounts) == 1:
        return accounts[0]
    words = Words("The file names no account: choose one of the office's.", "文件未注明账户，请选择本单位的账户。")
    raise BankFileRefused([RowFault(0, "account", words)])


def numbered_account(accounts: Sequence[BankAccount], number: str) -> BankAccount:
    """Return the account of this number. Raises ``BankFileRefused``."""
    found = next((one for one in accounts if one.number == number), None)
    if found is None:
        words = Words(
            f"{number} is not an account of this office: open it first.", f"{number}不是本单位登记的账户，请先登记。"
        )
        raise BankFileRefused([RowFault(0, "account", words)])
    return found


def account_of(accounts: Sequence[BankAccount], read: ReadStatement, asked: EnterFile) -> BankAccount:
    """Return the account of a statement: the one it names, else the chosen one. Raises ``BankFileRefused``."""
    if not read.account:
        return chosen_account(accounts, asked)
    found = numbered_account(accounts, read.account)
    if (asked.account_id or found.id) != found.id or (asked.account_number or found.number) != found.number:
        words = Words(f"The file is of account {read.account}.", f"文件是账户{read.account}的对账单。")
        raise BankFileRefused([RowFault(0, "account", words)])
    return found
