"""Importing a bank's statement: first what would happen, then the same thing for good.

A file enters whole or not at all; rows at fault are left out only on request. What the account has already, in whatever
format it came, is not entered again, and a file that brings nothing new writes nothing at all.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.bank import (
    BankFileRefused,
    Columns,
    Direction,
    IdentifiedLine,
    ReadFile,
    ReadStatement,
    Settled,
    StatementLine,
    day_fault,
    guess_columns,
    identify,
    propose,
    settle,
    settle_outgoing,
)
from caseflow.domain.words import Words
from caseflow.services.bank.acts import event_of, once, signature_of
from caseflow.services.bank.plans import (
    EnterFile,
    ImportPlan,
    StatementPlan,
    account_of,
    account_with,
    chosen_account,
    with_new,
)
from caseflow.services.duties import check_duties
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.bank import (
    BankAccount,
    BankRefused,
    NewDecision,
    NewStatement,
    NotThere,
    StatementReader,
    StatementRow,
    StoredFile,
)

STATEMENTS_A_PAGE = 25
# Proposals are looked for one line at a time, so a preview of a file nobody's receipts fit does not take minutes.
MOST_PROPOSED_FOR = 300
# How a file calls the booking date and the value date; a CSV calls them as its headings do.
_DAY_FIELDS = {"camt053": ("BookgDt", "ValDt"), "mt940": (":61:", ":61:")}


@dataclass(frozen=True)
class StatementImports:
    """Accounts, the columns of each bank, and files."""

    store: Store
    time: BusinessTime
    reader: StatementReader

    def accounts(self, actor: Actor) -> Sequence[BankAccount]:
        """Return the accounts of the actor's office."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.bank.accounts(actor.office_id)

    def statements(self, actor: Actor, before_id: int | None = None) -> tuple[Sequence[StatementRow], int | None]:
        """Return one page of statements, newest first, and the key of the next page."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            rows = work.bank.statements(actor.office_id, before_id=before_id, limit=STATEMENTS_A_PAGE + 1)
        more = len(rows) > STATEMENTS_A_PAGE
        return rows[:STATEMENTS_A_PAGE], rows[STATEMENTS_A_PAGE - 1].id if more else None

    def open_account(self, actor: Actor, bank: str, number: str, *, key: str) -> None:
        """Open a collecting account. Raises ``NotPermitted``, ``BankRefused``, ``KeyReused``."""
        check_duties(actor, Permission.RECONCILE)
        bank, number = bank.strip(), "".join(number.split())
        if not 0 < len(bank) <= 100:  # noqa: PLR2004 - as the column
            raise BankRefused(Words("Give the name of the bank.", "请填写银行名称。"), "bank")
        if not 0 < len(number) <= 40:  # noqa: PLR2004 - as the column
            raise BankRefused(Words("Give the number of the account.", "请填写账号。"), "number")
        event = event_of(self.time, actor, "bank_account_opened", key, {"bank": bank, "number": number})

        def write(work: UnitOfWork) -> None:
            work.bank.open_account(actor.office_id, bank, number, actor.id, event.key)

        once(self.store, event, write)

    def receive(self, actor: Actor, name: str, content: bytes) -> int:
        """Keep a file as it came and return its id; the same content again is the same file.

        Raises ``NotPermitted``, ``BankFileRefused`` (empty, too large).
        """
        check_duties(actor, Permission.RECONCILE)
        self.reader.kind(content)
        digest = hashlib.sha256(content)
        with self.store.begin() as work:
            found = work.bank.find_file(actor.office_id, digest.digest())
        if found is not None:
            return found
        body = {"name": _file_name(name), "sha256": digest.hexdigest()}
        event = event_of(self.time, actor, "bank_file_received", f"{actor.office_id}:{digest.hexdigest()}", body)
        kept: list[int] = []

        def keep(work: UnitOfWork) -> None:
            kept.append(work.bank.keep_file(actor.office_id, body["name"], content, actor.id, event.key))

        once(self.store, event, keep)
        return kept[0] if kept else self.receive(actor, name, content)

    def cashier(self, login: str | None, *, to_write: bool) -> Actor:
        """Return the cashier with this login; without one the only cashier, or to look only the first of the office.

        Raises ``BankRefused`` where somebody must be named.
        """
        with self.store.begin() as work:
            cashiers = work.bank.cashiers()
        found = [one for one in cashiers if login is None or one.login == login]
        one_office = len({one.office_id for one in found}) == 1
        if one_office and (len(found) == 1 or not to_write):
            return found[0]
        logins = ", ".join(one.login for one in cashiers) or "-"
        raise BankRefused(Words(f"Name the cashier who acts: {logins}.", f"请指明经办出纳：{logins}。"), "by")

    def file(self, actor: Actor, file_id: int) -> StoredFile:
        """Return a file of the office. Raises ``NotPermitted``, ``NotThere``, ``FileShut``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            found = work.bank.file(actor.office_id, file_id)
        if found is None:
            raise NotThere(file_id)
        return found

    def columns(self, actor: Actor, content: bytes, account_id: int) -> tuple[Columns, tuple[str, ...], bool]:
        """Return the columns of a CSV, its headings, and whether the columns were saved (else they are guessed)."""
        check_permission(actor, Permission.READ_LEDGER)
        headings = self.reader.headings(content)
        with self.store.begin() as work:
            account = account_with(work.bank.accounts(actor.office_id), account_id)
            saved = work.bank.columns(actor.office_id, account.bank)
        return saved or guess_columns(headings), headings, saved is not None

    def save_columns(self, actor: Actor, account_id: int, columns: Columns, content: bytes, *, key: str) -> None:
        """Save the columns for every account of the account's bank. Raises ``BankRefused`` where they do not fit."""
        check_duties(actor, Permission.RECONCILE)
        wrong = columns.fault(self.reader.headings(content))
        if wrong is not None:
            raise BankRefused(wrong[1], wrong[0])
        with self.store.begin() as work:
            bank = account_with(work.bank.accounts(actor.office_id), account_id).bank
        event = event_of(self.time, actor, "bank_columns_saved", key, {"bank": bank, **columns.used()})
        once(
            self.store,
            event,
            lambda work: work.bank.save_columns(actor.office_id, bank, columns, actor.id, event.key),
        )

    def kind(self, content: bytes) -> str:
        """Return the format of a file. Raises ``BankFileRefused``."""
        return self.reader.kind(content)

    def preview(self, actor: Actor, asked: EnterFile) -> ImportPlan:
        """Return what the file would do; nothing is written. Raises ``NotPermitted``, ``BankFileRefused``."""
        check_permission(actor, Permission.RECONCILE)
        with self.store.begin() as work:
            return self._plan(work, actor, asked)

    def enter(self, actor: Actor, asked: EnterFile, *, key: str) -> ImportPlan:
        """Enter the file; return what it did. One that brings nothing new writes nothing.

        Raises ``NotPermitted``, ``BankFileRefused`` (rows at fault, unless they are to be left out), ``KeyReused``.
        """
        plan = self.preview(actor, asked)
        check_duties(actor, Permission.RECONCILE)
        if plan.faults and not asked.good_rows_only:
            raise BankFileRefused(plan.faults)
        if not plan.new:
            return plan
        to_open = {one.account for one in plan.statements if one.account.id < 0}
        for account in to_open:
            self.open_account(actor, account.bank, account.number, key=f"{key}:{account.number}")
        digest = hashlib.sha256(asked.content).hexdigest()
        name = _file_name(asked.name)
        body = {"file": name, "sha256": digest, "good_rows_only": asked.good_rows_only}
        event = event_of(self.time, actor, "bank_statement_imported", key, body)
        done: list[ImportPlan] = []

        def write(work: UnitOfWork) -> None:
            # What changes between the look and the write is refused by the database, except an account just opened.
            again = self._plan(work, actor, asked) if to_open else plan
            file_id = work.bank.find_file(actor.office_id, bytes.fromhex(digest)) or work.bank.keep_file(
                actor.office_id, name, asked.content, actor.id, event.key
            )
            ids: list[int] = []
            for statement in again.statements:
                if statement.new:
                    new = _new_statement(actor, statement, again, file_id, event.key)
                    ids += work.bank.write_statement(new, statement.new)
            decisions = [_decision(ids[int(str(one.line_key))], one) for one in again.settled]
            if decisions:
                work.bank.decide(signature_of(self.time, actor, event), decisions)
            done.append(again)

        once(self.store, event, write)
        return done[0] if done else plan

    def _plan(self, work: UnitOfWork, actor: Actor, asked: EnterFile) -> ImportPlan:
        accounts = with_new(work.bank.accounts(actor.office_id), asked, [asked.account_number])
        read = self._read(work, actor, asked, accounts)
        accounts = with_new(accounts, asked, [one.account for one in read.statements])
        of_account: dict[int, list[ReadStatement]] = defaultdict(list)
        for one in read.statements:
            of_account[account_of(accounts, one, asked).id].append(one)
        statements = [
            StatementPlan(account_with(accounts, account_id), one, new)
            for account_id, all_of_it in of_account.items()
            for one, new in zip(all_of_it, _new_lines(work, actor.office_id, account_id, all_of_it), strict=True)
        ]
        lines = [(at, one.line) for at, one in enumerate(line for plan in statements for line in plan.new)]
        owners = [plan.account.id for plan in statements for _line in plan.new]
        receipts = work.bank.open_receipts(actor.office_id, {line.reference for _at, line in lines if line.reference})
        settled = settle(lines, receipts)
        for account_id, open_ones in work.bank.open_remittances(actor.office_id, set(of_account)).items():
            outgoing = [(at, line) for at, line in lines if owners[at] == account_id]
            settled += settle_outgoing(outgoing, {one.voucher: one for one in open_ones})
        days = [day for plan in statements for day in (plan.read.first_day, plan.read.last_day) if day is not None]
        taken = [one.receipt.key for one in settled if one.receipt is not None]
        explained = {one.line_key for one in settled}
        return ImportPlan(
            format=read.format,
            statements=tuple(statements),
            faults=read.faults,
            settled=tuple(settled),
            proposed=_proposed(work, actor, [one for one in lines if one[0] not in explained], set(taken)),
            missing=work.bank.missing(actor.office_id, min(days), max(days), taken) if days else (0, 0),
            first_day=min(days, default=None),
            last_day=max(days, default=None),
        )

    def _read(self, work: UnitOfWork, actor: Actor, asked: EnterFile, accounts: Sequence[BankAccount]) -> ReadFile:
        columns = asked.columns
        if columns is None and self.reader.kind(asked.content) == "csv":
            account = chosen_account(accounts, asked)
            columns = work.bank.columns(actor.office_id, account.bank) or guess_columns(
                self.reader.headings(asked.content)
            )
        read = self.reader.read(asked.content, columns)
        today = self.time.today()
        day_fields = _DAY_FIELDS.get(read.format) or _day_columns(columns or Columns())
        faults = list(read.faults)
        statements = []
        for one in read.statements:
            if not faults:
                wrong = one.balance_fault()
                if wrong is not None:
                    raise BankFileRefused([wrong])
            wrong_days = [day_fault(line, today, *day_fields) for line in one.lines]
            faults += [fault for fault in wrong_days if fault is not None]
            kept = tuple(line for line, fault in zip(one.lines, wrong_days, strict=True) if fault is None)
            statements.append(replace(one, lines=kept))
        faults.sort(key=lambda fault: fault.line)
        return replace(read, statements=tuple(statements), faults=tuple(faults))


def _day_columns(columns: Columns) -> tuple[str, str]:
    return columns.booked_on, columns.value_on or columns.booked_on


def _proposed(
    work: UnitOfWork, actor: Actor, lines: Sequence[tuple[int, StatementLine]], taken: set[tuple[int, int]]
) -> int | None:
    incoming = {at: line for at, line in lines if line.direction is Direction.CREDIT}
    if len(incoming) > MOST_PROPOSED_FOR:
        return None
    near = work.bank.receipts_near(actor.office_id, incoming.items())
    return sum(
        bool(propose(incoming[at], [one for one in receipts if one.key not in taken])) for at, receipts in near.items()
    )


def _new_lines(
    work: UnitOfWork, office_id: int, account_id: int, statements: Sequence[ReadStatement]
) -> list[tuple[IdentifiedLine, ...]]:
    """Return the new lines of each statement of an account; equals are counted over the whole file."""
    identified = identify(line for one in statements for line in one.lines)
    known = work.bank.known(office_id, account_id, identified)
    found = []
    start = 0
    for one in statements:
        own = identified[start : start + len(one.lines)]
        start += len(one.lines)
        found.append(tuple(line for line in own if line.key not in known))
    return found


def _new_statement(
    actor: Actor, statement: StatementPlan, plan: ImportPlan, file_id: int, event_key: str
) -> NewStatement:
    read = statement.read
    days = [one.line.booked_on for one in statement.new]
    balanced = read.opening is not None and read.closing is not None
    return NewStatement(
        office_id=actor.office_id,
        account_id=statement.account.id,
        file_id=file_id,
        format=plan.format,
        reference=read.reference[:100],
        first_on=read.first_day or min(days),
        last_on=read.last_day or max(days),
        opening_fen=read.opening.fen if balanced and read.opening else None,
        closing_fen=read.closing.fen if balanced and read.closing else None,
        line_count=len(read.lines),
        left_out=len(plan.faults),
        imported_by=actor.id,
        event_key=event_key,
    )


def _decision(line_id: int, one: Settled) -> NewDecision:
    if one.receipt is not None:
        return NewDecision(line_id, 1, "matched", "automatic", receipts=(one.receipt.key,))
    return NewDecision(
        line_id, 1, "remitted", "automatic", remittance_id=one.remittance.id if one.remittance is not None else None
    )


def _file_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].strip()[:200] or "statement"
