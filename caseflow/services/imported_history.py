"""Writing the cases of an old casebook with the history it reports, in bulk and in the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from caseflow.domain.access import Actor, Permission, Role
from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.history import ReportedHistory, receipt_numbers, reported_history
from caseflow.domain.casebook.numbers import BookNumber, book_number
from caseflow.domain.casebook.rows import JudgedRow, ReportedRow
from caseflow.domain.cases import Case, CaseDates
from caseflow.domain.ledger import Entry, Line, Money, Transfer
from caseflow.domain.receipts import RECEIPT_FIELD, Shares
from caseflow.domain.rules import Rules, regime_is_over
from caseflow.domain.stepping import StepOutcome
from caseflow.services.duties import check_duties
from caseflow.services.party_details import PartyTold, sealed_details
from caseflow.services.ports import BusinessTime, UnitOfWork
from caseflow.services.ports.imported_history import (
    Book,
    NumberReported,
    ReceiptList,
    ReportedCase,
    ReportedHistoryStore,
    ReportedReceipt,
)
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.rulebook import Rulebook

# So many cases are written in one statement: their rows are few enough to be held, and many enough to be quick.
CASES_AT_ONCE = 1000
TITLE = "old casebook 旧台账"


@dataclass
class Written:
    """What was written: the id of each case by the number of its row, and the totals in fen."""

    case_ids: dict[int, int] = field(default_factory=dict)
    assessed_fen: int = 0
    collected_fen: int = 0


@dataclass(frozen=True)
class _Entering:
    """Who enters which book when, and who may own its cases."""

    actor: Actor
    book: Book
    rules: Rules
    today: date
    now: datetime
    owners: Sequence[int]
    seconds: Sequence[int | None]


@dataclass(frozen=True)
class ImportedHistory:
    """The writer of imported cases."""

    rulebook: Rulebook
    time: BusinessTime
    cipher: FieldCipher

    def write(
        self,
        work: UnitOfWork,
        actor: Actor,
        book: Book,
        rows: Sequence[JudgedRow],
        progress: Callable[[int], None] | None = None,
    ) -> Written:
        """Write a case for each row that has a ``reported`` part (the others are passed over); commits nothing.

        ``progress`` is told how many rows are done. No savepoint may be around it: the database takes reported steps
        only in the very transaction that makes their case, not in a part of it. Raises ``NotPermitted``,
        :class:`NumberReported` (a case or receipt number that the office has already; roll back), ``LedgerRefused``
        (the month is closed), ``LookupError`` (an office's own chart has no account for reported money).
        """
        check_duties(actor, Permission.IMPORT_CASES)
        entering = self._entering(work, actor, book)
        wanted = [(row.number, row.reported) for row in rows if row.reported is not None]
        numbers = [book_number(entering.rules.definition.number, row.case_number) for _, row in wanted]
        used: dict[int, int] = {}
        for one in numbers:
            if one.year is not None and one.serial is not None:
                used[one.year] = max(used.get(one.year, 0), one.serial)
        histories: ReportedHistoryStore = work.reported
        histories.raise_serials(actor.office_id, book.regime, used)
        receipts = self._receipt_list(histories, entering, [row for _, row in wanted])
        written, first_no, done = Written(), 1, 0
        pairs = zip(wanted, numbers, strict=True)
        while some := list(islice(pairs, CASES_AT_ONCE)):
            ids = histories.take_ids(len(some))
            cases = [
                self._case(entering, row, number, case_ids, done + place)
                for place, ((row, number), case_ids) in enumerate(zip(some, ids, strict=True))
            ]
            histories.write(book, cases, receipts, first_no)
            first_no += sum(case.receipt is not None for case in cases)
            done += len(some)
            _count(written, cases)
            if progress is not None:
                progress(done)
        return written

    def _entering(self, work: UnitOfWork, actor: Actor, book: Book) -> _Entering:
        rules = self.rulebook.current(book.regime, work)
        officers = list(work.reported.officers(actor.office_id))
        owners = [actor.id] if Role.OFFICER in actor.own_roles or not officers else officers
        # A live case goes on, and two officers go on with it (APL 2021 article 42); what is wound down needs one.
        live = not regime_is_over(rules, self.time.today())
        seconds = [next((one for one in _after(officers, owner) if one != owner), None) for owner in owners]
        return _Entering(
            actor, book, rules, self.time.today(), self.time.now(), owners, seconds if live else [None] * len(owners)
        )

    def _receipt_list(
        self, histories: ReportedHistoryStore, entering: _Entering, rows: Sequence[ReportedRow]
    ) -> ReceiptList | None:
        size = sum(len(receipt_numbers(entering.rules.definition, row)) for row in rows)
        if not size:
            return None
        actor, book = entering.actor, entering.book
        event = AuditEvent(
            key=f"receipts_reported:{actor.office_id}:{rows[0].case_number}",
            at=entering.now,
            actor_id=actor.id,
            office_id=actor.office_id,
            action="receipts_reported",
            body={"file": book.file, "import": book.import_id, "regime": book.regime, "receipts": size},
        )
        return histories.open_list(
            ReceiptList(actor.office_id, f"{TITLE} {book.file}"[:100], size, entering.today, event)
        )

    def _case(
        self,
        entering: _Entering,
        wanted: tuple[int, ReportedRow],
        number: BookNumber,
        ids: tuple[int, int],
        place: int,
    ) -> ReportedCase:
        (row, reported), (case_id, party_id) = wanted, ids
        actor, definition = entering.actor, entering.rules.definition
        turn = place % len(entering.owners)
        empty = Case(
            id=case_id,
            office_id=actor.office_id,
            number=number.english,
            regime=definition.regime,
            definition_hash=definition.content_hash,
            party_id=party_id,
            party_kind=reported.party_kind,
            owner_id=entering.owners[turn],
            second_officer_id=entering.seconds[turn],
            state=definition.opens,
            phase=definition.states[definition.opens].phase,
            version=0,
            dates=CaseDates(opened_on=entering.today),
            money=Money(),
        )
        role = next(role for role in (Role.OFFICER, Role.SUPERVISOR) if role in actor.roles)
        history = reported_history(entering.rules, reported, entering.today, empty, role)
        event = _event(entering, row, reported, history)
        return ReportedCase(
            row=row,
            reported=reported,
            history=history,
            number_zh=reported.case_number,
            details=sealed_details(
                self.cipher,
                party_id,
                actor.office_id,
                PartyTold(reported.party_name, "", reported.identity_no, reported.address),
            ),
            event=event,
            transfers=[
                one
                for seq, step in enumerate(history.steps, 1)
                for one in self._transfers(entering, row, history.case, step, seq, event)
            ],
            receipt=next(_receipts(history), None),
        )

    def _transfers(
        self, entering: _Entering, row: int, case: Case, step: StepOutcome, seq: int, event: AuditEvent
    ) -> tuple[Transfer, ...]:
        """Return the transfers of a reported step: booked today, of the value of the day the book says.

        What was collected stands on an account of its own: the book says nothing of whether it was remitted.
        """
        if not step.legs:
            return ()
        entry = Entry(
            key=f"{event.key}:{seq}",
            office_id=case.office_id,
            line=Line.INCOME,
            booked_on=entering.today,
            value_on=step.effective_on,
            at=entering.now,
            actor_id=entering.actor.id,
            case_number=case.number,
            seq=seq,
            document=str(step.answers.get(RECEIPT_FIELD) or ""),
            reason=f"reported by the old casebook, row {row} of {entering.book.file}, not witnessed "
            f"旧台账{entering.book.file}第{row}行所载，未经核实",
        )
        chart = self.rulebook.chart
        reported = chart.reported_account("collecting_bank")
        return tuple(
            replace(one, debit=reported) if one.debit.kind == reported.kind else one
            for one in entry.of_legs(chart, case.regime, step.legs)
        )


def _after(officers: Sequence[int], owner: int) -> Iterator[int]:
    """Yield the officers in turn, those after ``owner`` first."""
    yield from (one for one in officers if one > owner)
    yield from officers


def _receipts(history: ReportedHistory) -> Iterator[ReportedReceipt]:
    for seq, step in enumerate(history.steps, 1):
        if not step.legs:
            continue
        shares, number = Shares.of_legs(step.legs), step.answers.get(RECEIPT_FIELD)
        if shares.amount_fen and number:
            yield ReportedReceipt(
                seq, str(number), step.effective_on, shares.principal_fen, shares.charge_fen, shares.held_fen
            )


def _event(entering: _Entering, row: int, reported: ReportedRow, history: ReportedHistory) -> AuditEvent:
    """Return the one event of an imported case, with everything it reports."""
    actor, book, case = entering.actor, entering.book, history.case
    return AuditEvent(
        key=f"case_imported:{actor.office_id}:{reported.case_number}",
        at=entering.now,
        actor_id=actor.id,
        office_id=actor.office_id,
        action="case_imported",
        case_number=case.number,
        seq=len(history.steps),
        body={
            "file": book.file,
            "row": row,
            "import": book.import_id,
            "number_zh": reported.case_number,
            "regime": book.regime,
            "steps": [
                {
                    "trigger": step.trigger,
                    "to": step.to_state,
                    "effective_on": step.effective_on.isoformat(),
                    "dated": seq not in history.undated,
                    "answers": dict(step.answers),
                    "postings": [dict(posting) for posting in step.postings],
                }
                for seq, step in enumerate(history.steps, 1)
            ],
            "notes": [note.en for note in history.notes],
        },
    )


def _count(written: Written, cases: Sequence[ReportedCase]) -> None:
    for case in cases:
        written.case_ids[case.row] = case.history.case.id
        written.assessed_fen += case.history.case.money.assessed_fen
        written.collected_fen += case.history.case.money.collected_fen


__all__ = ["Book", "ImportedHistory", "NumberReported", "Written"]
