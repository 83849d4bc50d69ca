"""Explaining the lines of the bank: matched with receipts or a remittance, parked in suspense, noted, undone.

Matching a line posts nothing, because the payment was posted when its receipt was written. Only a line nobody can
explain moves money: into suspense, and out of it again when its receipt turns up (the suspension is taken back whole)
or when the sender is to have it back (a refund order).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.bank import Direction, OpenReceipt, Proposal, propose, propose_outgoing, settle, settle_outgoing
from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.services.bank.acts import event_of, given_reason, once, signature_of
from caseflow.services.duties import check_duties
from caseflow.services.ledger import Ledger, Posting
from caseflow.services.opened_fields import note_bank_line, note_case
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.bank import BankRefused, DecisionRow, LineFilter, LineRow, NewDecision, NotThere

LINES_A_PAGE = 50
# How many open lines are looked through for those with a proposal, a page.
LOOKED_THROUGH = 300
MOST_AT_ONCE = 10_000
_NUMBER = re.compile(r"(?=.*\d)[0-9A-Za-z./-]+")
_MATCH_OPEN = ("open", "suspended")


@dataclass(frozen=True)
class LinesPage:
    """One page of lines with the first proposal of each open one, and the key of the next page."""

    rows: Sequence[LineRow]
    proposals: Mapping[int, Sequence[Proposal]]
    next_key: int | None


@dataclass(frozen=True)
class LinePage:
    """One line: how it stands, everything decided on it, and what it may be."""

    row: LineRow
    decisions: Sequence[DecisionRow]
    proposals: Sequence[Proposal]


@dataclass(frozen=True)
class BankLines:
    """The use cases of the lines. ``nth`` is always the number of the decision the actor saw last (0: none)."""

    store: Store
    time: BusinessTime
    ledger: Ledger

    def page(self, actor: Actor, chosen: LineFilter, before_id: int | None = None) -> LinesPage:
        """Return one page of lines, newest first; the state ``proposed`` means open with a proposal."""
        check_permission(actor, Permission.READ_LEDGER)
        proposed = chosen.state == "proposed"
        wanted = LineFilter("open", chosen.account_id, chosen.statement_id, chosen.booked_from, chosen.booked_until)
        size = LOOKED_THROUGH if proposed else LINES_A_PAGE
        with self.store.begin() as work:
            rows = work.bank.lines(actor.office_id, wanted if proposed else chosen, before_id=before_id, limit=size + 1)
            more = len(rows) > size
            rows = rows[:size]
            last = rows[-1].id if rows else None
            proposals = _proposals(work, actor.office_id, rows)
        if proposed:
            rows = [row for row in rows if proposals.get(row.id)]
        _note_whose(rows)
        return LinesPage(rows, proposals, last if more else None)

    def counts(self, actor: Actor) -> Mapping[str, tuple[int, int, int]]:
        """Return for the states open and suspended: how many lines, fen in, fen out."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            return work.bank.line_counts(actor.office_id)

    def show(self, actor: Actor, line_id: int) -> LinePage:
        """Return one line. Raises ``NotPermitted``, ``NotThere``."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            row = _line(work, actor, line_id)
            found = _proposals(work, actor.office_id, [row])
            _note_whose([row])
            return LinePage(row, work.bank.decisions(line_id), found.get(line_id, ()))

    def match(
        self, actor: Actor, line_id: int, nth: int, numbers: Sequence[str], *, how: str = "hand", key: str
    ) -> None:
        """Match a line with receipts that make its amount exactly; a suspension is taken back with it.

        Raises ``NotPermitted``, ``BankRefused`` (no such receipt, other sum, decided meanwhile), ``KeyReused``.
        """
        wanted = list(dict.fromkeys(number.strip() for number in numbers if number.strip()))
        if not wanted:
            raise BankRefused(Words("Give the number of the receipt.", "请填写票据号。"), "receipts")
        event = self._event(actor, "bank_line_matched", key, line_id, nth, {"receipts": wanted, "how": how})

        def act(work: UnitOfWork) -> None:
            row = _line(work, actor, line_id)
            receipts = work.bank.open_receipts(actor.office_id, wanted)
            _check_receipts(row, wanted, receipts)
            reversal = self._end_suspension(work, actor, row, key, "matched with its receipt 已对应票据")
            keys = tuple(receipts[number].key for number in wanted)
            self._decide(
                work, actor, event, NewDecision(line_id, nth + 1, "matched", how, "", keys, None, None, reversal)
            )

        self._once(actor, event, act)

    def match_remittance(
        self, actor: Actor, line_id: int, nth: int, remittance_id: int, *, how: str = "proposal", key: str
    ) -> None:
        """Match an outgoing line with the remittance it is. Raises as :meth:`match`."""
        event = self._event(actor, "bank_line_remitted", key, line_id, nth, {"remittance": remittance_id, "how": how})

        def act(work: UnitOfWork) -> None:
            _line(work, actor, line_id)
            if work.remittances.one(actor.office_id, remittance_id) is None:
                raise NotThere(remittance_id)
            decision = NewDecision(line_id, nth + 1, "remitted", how, remittance_id=remittance_id)
            self._decide(work, actor, event, decision)

        self._once(actor, event, act)

    def suspend(self, actor: Actor, lines: Mapping[int, int], *, reason: str = "", key: str) -> None:
        """Park incoming lines (each with the ``nth`` seen) in the suspense account of the income line.

        Raises ``NotPermitted``, ``BankRefused``, ``LedgerRefused``, ``KeyReused``.
        """
        reason = given_reason(reason, required=False)
        body = {"lines": sorted(lines), "reason": reason}
        event = event_of(self.time, actor, "bank_lines_suspended", key, body)

        def act(work: UnitOfWork) -> None:
            rows = {row.id: row for row in work.bank.lines_by_id(actor.office_id, list(lines))}
            if set(rows) != set(lines):
                raise NotThere(min(set(lines) - set(rows)))
            self._check_suspendable(list(rows.values()))
            postings = {row.id: self._suspension(row, f"{key}:{row.id}", reason) for row in rows.values()}
            self.ledger.write_all(work, actor, list(postings.values()))
            decisions = [
                NewDecision(line_id, nth + 1, "suspended", "hand", reason, transfer_key=postings[line_id].key)
                for line_id, nth in lines.items()
            ]
            work.bank.decide(signature_of(self.time, actor, event), decisions)

        self._once(actor, event, act)

    def order_refund(self, actor: Actor, line_id: int, nth: int, *, reason: str, key: str) -> None:
        """Order that a suspended line's money goes back to its sender: suspense to refunds due.

        Raises ``NotPermitted``, ``BankRefused``, ``LedgerRefused``, ``KeyReused``.
        """
        reason = given_reason(reason)
        event = self._event(actor, "bank_line_refund_ordered", key, line_id, nth, {"reason": reason})

        def act(work: UnitOfWork) -> None:
            row = _line(work, actor, line_id)
            chart = self.ledger.rulebook.chart
            movement = (
                "refund_order",
                chart.account(Line.INCOME, "suspense"),
                chart.account(Line.INCOME, "refund_due"),
                row.line.amount_fen,
            )
            posting = Posting(f"bank-refund:{key}", Line.INCOME, [movement], None, _paper(row), reason)
            self.ledger.write_all(work, actor, [posting])
            decision = NewDecision(line_id, nth + 1, "refund_ordered", "hand", reason, transfer_key=posting.key)
            self._decide(work, actor, event, decision)

        self._once(actor, event, act)

    def note(self, actor: Actor, line_id: int, nth: int, *, reason: str, key: str) -> None:
        """Note what a line is that moves nothing of the ledger (a fee that the bank gives back, say). Posts nothing."""
        reason = given_reason(reason)
        event = self._event(actor, "bank_line_noted", key, line_id, nth, {"reason": reason})

        def act(work: UnitOfWork) -> None:
            _line(work, actor, line_id)
            self._decide(work, actor, event, NewDecision(line_id, nth + 1, "noted", "hand", reason))

        self._once(actor, event, act)

    def undo(self, actor: Actor, line_id: int, nth: int, *, reason: str, key: str) -> None:
        """Undo what was decided last; the trace stays, a suspension is reversed.

        Raises as :meth:`match`; a receipt that was remitted stays with its line.
        """
        reason = given_reason(reason)
        event = self._event(actor, "bank_line_undone", key, line_id, nth, {"reason": reason})

        def act(work: UnitOfWork) -> None:
            row = _line(work, actor, line_id)
            reversal = self._end_suspension(work, actor, row, key, reason)
            self._decide(
                work,
                actor,
                event,
                NewDecision(line_id, nth + 1, "undone", "hand", reason, (), None, None, reversal),
            )

        self._once(actor, event, act)

    def match_again(self, actor: Actor, *, key: str) -> int:
        """Match every open or suspended line that is certain by now; return how many. Raises as :meth:`match`."""
        check_duties(actor, Permission.RECONCILE)
        with self.store.begin() as work:
            certain = len(_settled(work, actor, _undecided(work, actor)))
        if not certain:
            return 0
        event = event_of(self.time, actor, "bank_lines_matched", key, {})

        def act(work: UnitOfWork) -> None:
            decisions = self._certain(work, actor, _undecided(work, actor), key)
            if decisions:
                work.bank.decide(signature_of(self.time, actor, event), decisions)

        return certain if once(self.store, event, act) else 0

    def _certain(self, work: UnitOfWork, actor: Actor, rows: Mapping[int, LineRow], key: str) -> list[NewDecision]:
        decisions = []
        taken_back = []
        for row, receipt, remittance_id in _settled(work, actor, rows):
            reversal = f"bank-back:{key}:{row.id}" if row.state == "suspended" else None
            if reversal is not None:
                taken_back.append((self._suspension_of(row), reversal))
            kind = "matched" if receipt is not None else "remitted"
            keys = (receipt.key,) if receipt is not None else ()
            decisions.append(
                NewDecision(row.id, row.nth + 1, kind, "automatic", "", keys, remittance_id, None, reversal)
            )
        if taken_back:
            self.ledger.reverse_all(work, actor, taken_back, "matched with its receipt 已对应票据")
        return decisions

    def _check_suspendable(self, rows: Sequence[LineRow]) -> None:
        for row in rows:
            if row.line.direction is not Direction.CREDIT or row.state != "open":
                raise BankRefused(
                    Words(
                        "Only incoming lines that are not explained are parked in suspense.",
                        "只有未查明的收入流水才能转入待查明款项。",
                    )
                )

            if row.line.booked_on > self.time.today():
                raise BankRefused(
                    Words(
                        "The bank booked a line of these after the business date: park it on its day.",
                        "所选流水的记账日期晚于业务日期，请到该日再转入待查明款项。",
                    )
                )

    def _suspension(self, row: LineRow, key: str, reason: str) -> Posting:
        chart = self.ledger.rulebook.chart
        movement = (
            "suspend",
            chart.account(Line.INCOME, "collecting_bank"),
            chart.account(Line.INCOME, "suspense"),
            row.line.amount_fen,
        )
        return Posting(f"bank-suspend:{key}", Line.INCOME, [movement], row.line.booked_on, _paper(row), reason)

    def _suspension_of(self, row: LineRow) -> Posting:
        known = self._suspension(row, "", "")
        return Posting(row.transfer_key or "", known.line, known.movements, known.value_on, known.document)

    def _end_suspension(self, work: UnitOfWork, actor: Actor, row: LineRow, key: str, reason: str) -> str | None:
        if row.state != "suspended":
            return None
        reversal = f"bank-back:{key}"
        self.ledger.reverse_all(work, actor, [(self._suspension_of(row), reversal)], reason)
        return reversal

    def _event(
        self, actor: Actor, action: str, key: str, line_id: int, nth: int, body: Mapping[str, object]
    ) -> AuditEvent:
        return event_of(self.time, actor, action, key, {"line": line_id, "after": nth, **body})

    def _decide(self, work: UnitOfWork, actor: Actor, event: AuditEvent, decision: NewDecision) -> None:
        work.bank.decide(signature_of(self.time, actor, event), [decision])

    def _once(self, actor: Actor, event: AuditEvent, act: Callable[[UnitOfWork], None]) -> None:
        check_duties(actor, Permission.RECONCILE)
        once(self.store, event, act)


def _line(work: UnitOfWork, actor: Actor, line_id: int) -> LineRow:
    found = work.bank.line(actor.office_id, line_id)
    if found is None:
        raise NotThere(line_id)
    return found


def _note_whose(rows: Sequence[LineRow]) -> None:
    """Say for the read log whose names the bank's lines show: of a case where a match tells, else the line itself."""
    for row in rows:
        if row.case_id is not None:
            note_case(row.case_id)
        elif any(row.line.said.values()):
            note_bank_line(row.id)


def _undecided(work: UnitOfWork, actor: Actor) -> dict[int, LineRow]:
    states = [LineFilter(state) for state in _MATCH_OPEN]
    return {
        row.id: row
        for chosen in states
        for row in work.bank.lines(actor.office_id, chosen, before_id=None, limit=MOST_AT_ONCE)
    }


def _settled(
    work: UnitOfWork, actor: Actor, rows: Mapping[int, LineRow]
) -> list[tuple[LineRow, OpenReceipt | None, int | None]]:
    lines = [(row.id, row.line) for row in sorted(rows.values(), key=lambda row: row.id)]
    receipts = work.bank.open_receipts(actor.office_id, {line.reference for _id, line in lines if line.reference})
    certain = settle(lines, receipts)
    accounts = {row.account_id for row in rows.values() if row.line.direction is Direction.DEBIT}
    for account_id, open_ones in work.bank.open_remittances(actor.office_id, accounts).items():
        own = [(line_id, line) for line_id, line in lines if rows[line_id].account_id == account_id]
        certain += settle_outgoing(own, {one.voucher: one for one in open_ones})
    return [
        (rows[int(str(one.line_key))], one.receipt, one.remittance.id if one.remittance is not None else None)
        for one in certain
    ]


def _proposals(work: UnitOfWork, office_id: int, rows: Sequence[LineRow]) -> dict[int, Sequence[Proposal]]:
    wanted = [row for row in rows if row.state in _MATCH_OPEN]
    if not wanted:
        return {}
    near = work.bank.receipts_near(office_id, [(row.id, row.line) for row in wanted])
    found: dict[int, Sequence[Proposal]] = {
        row.id: propose(row.line, near[row.id]) for row in wanted if row.line.direction is Direction.CREDIT
    }
    outgoing = [row for row in wanted if row.line.direction is Direction.DEBIT]
    open_ones = work.bank.open_remittances(office_id, {row.account_id for row in outgoing}) if outgoing else {}
    found |= {row.id: propose_outgoing(row.line, open_ones[row.account_id]) for row in outgoing}
    return found


def _check_receipts(row: LineRow, wanted: Sequence[str], receipts: Mapping[str, OpenReceipt]) -> None:
    unknown = [number for number in wanted if number not in receipts]
    if unknown:
        named = ", ".join(unknown[:5])
        raise BankRefused(
            Words(
                f"{named}: no such receipt of this office, or it is void, or its money stands on a line already.",
                f"{named}：本单位无此票据，或者该票据已作废，或者已有对应的银行流水。",
            ),
            "receipts",
        )
    total = sum(receipts[number].amount_fen for number in wanted)
    if total != row.line.amount_fen:
        raise BankRefused(
            Words(
                f"The receipts make {_yuan(total)} yuan, the line is {_yuan(row.line.amount_fen)} yuan.",
                f"票据合计{_yuan(total)}元，流水金额为{_yuan(row.line.amount_fen)}元。",
            ),
            "receipts",
        )


def _paper(row: LineRow) -> str:
    """Return what the ledger calls the line's paper: a payer's reference only where it is a number and no text."""
    number = row.line.reference if _NUMBER.fullmatch(row.line.reference) else ""
    return row.line.bank_reference or number or f"line {row.id}"


def _yuan(fen: int) -> str:
    return f"{fen // 100:,}.{fen % 100:02d}"
