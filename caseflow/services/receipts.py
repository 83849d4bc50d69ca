"""Keeping numbered receipts: lots, issue, void, loss, check-off. Each writes its audit event in its transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NoReturn

from caseflow.domain.access import Actor, Permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.receipts import (
    Lot,
    Receipt,
    ReceiptRefused,
    Status,
    Stubs,
    check_loss,
    check_new_lot,
    check_run,
    check_stubs,
    check_void,
    lot_of,
    read_number,
)
from caseflow.domain.words import Words
from caseflow.services.cases import KeyReused
from caseflow.services.duties import check_duties
from caseflow.services.ledger import Ledger, reversal_key
from caseflow.services.ports import AlreadyWritten, BusinessTime, Store, UnitOfWork
from caseflow.services.ports.receipts import (
    Ending,
    LotOverlaps,
    LotStillOpen,
    NumberTaken,
)
from caseflow.services.receipt_book import receipt_of, the_lot

_OVERLAPS = Words("Another lot of this office has some of these numbers already", "本单位另一批票据已包含其中的号码")
_STILL_OPEN = Words(
    "Another lot of these receipts was opened a moment ago; check it off first", "同类票据刚刚启用了另一批，请先核销"
)
_MOVED_ON = Words(
    "Somebody else used or changed this number a moment ago; look at the lot again",
    "该号码刚刚已被他人使用或变更，请重新查看",
)


@dataclass(frozen=True)
class OpenLot:
    """What somebody typed to open a lot; ``mine``: only whoever opens it writes from it."""

    book: str
    first: str
    last: str
    copies: int
    idempotency_key: str
    mine: bool = False


@dataclass(frozen=True)
class EndReceipt:
    """An issued receipt that becomes void (all copies kept) or is lost (``copies`` missing, found on ``found_on``)."""

    lot_id: int
    no: int
    reason: str
    copies: int
    idempotency_key: str
    found_on: date | None = None


@dataclass(frozen=True)
class EndBlanks:
    """Blank numbers up to the typed one that go out of use: ``void`` (spoiled, copies kept) or ``lost``."""

    lot_id: int
    status: Status
    through: str
    reason: str
    copies: int
    idempotency_key: str
    found_on: date | None = None


@dataclass(frozen=True)
class CheckOff:
    """What finance counted when it checked the stubs of a lot."""

    lot_id: int
    counted: Stubs
    reference: str
    idempotency_key: str


@dataclass(frozen=True)
class Receipts:
    """The use cases of the receipt book."""

    store: Store
    time: BusinessTime
    ledger: Ledger

    def open_lot(self, actor: Actor, request: OpenLot, *, rehearse: bool = False) -> None:
        """Open a lot. Raises ``NotPermitted``, ``ReceiptRefused`` (naming the field) and ``KeyReused``."""
        check_duties(actor, Permission.KEEP_RECEIPTS)

        def write(work: UnitOfWork, event: AuditEvent) -> None:
            lot = lot_of(request.book, request.first, request.last, request.copies)
            check_new_lot(lot, work.receipts.open_lots(actor.office_id))
            issued_to = actor.id if request.mine else None
            work.receipts.open_lot(actor.office_id, lot, issued_to, self.time.today(), event)

        self._once(actor, "receipt_lot_opened", request.idempotency_key, asdict(request), write, rehearse=rehearse)

    def void(self, actor: Actor, request: EndReceipt, *, rehearse: bool = False) -> None:
        """Void an issued receipt, all copies kept, and take its money back, in one transaction.

        Raises ``NotPermitted``, ``ReceiptRefused``, ``ReceiptNotFound``, ``LedgerRefused`` (also for whoever took the
        money) and ``KeyReused``.
        """
        check_duties(actor, Permission.KEEP_RECEIPTS)
        check_duties(actor, Permission.RECONCILE)

        def write(work: UnitOfWork, event: AuditEvent) -> None:
            lot, receipt = receipt_of(work, actor, request.lot_id, request.no)
            check_void(lot, _standing(lot, receipt), request.reason, request.copies)
            self._check_still_collecting(work, receipt)
            self.ledger.take_back(
                work,
                actor,
                receipt.transfer_key or "",
                reason=request.reason,
                idempotency_key=request.idempotency_key,
            )
            work.receipts.end(receipt, self._ending(actor, Status.VOID, request), event)

        self._once(actor, "receipt_voided", request.idempotency_key, asdict(request), write, rehearse=rehearse)

    def _check_still_collecting(self, work: UnitOfWork, receipt: Receipt) -> None:
        """Raise ``ReceiptRefused`` where the case went on because it was paid: it could not be paid again."""
        case = work.cases.load(receipt.case_id) if receipt.case_id is not None else None
        if case is None:
            return
        definition = self.ledger.rulebook.pinned(case.definition_hash, work).definition
        if not definition.takes_money_in(case.state):
            state = definition.states[case.state].title
            words = Words(
                f"The case has gone on to “{state.en}”, where no payment can be recorded again. What was paid and is "
                "not owed goes back as a refund",
                f"案件已进入“{state.zh}”，不能再登记缴款；多收款项请通过退付办理",
            )
            raise ReceiptRefused(words)

    def report_lost(self, actor: Actor, request: EndReceipt, *, rehearse: bool = False) -> None:
        """Report an issued receipt lost; its money stands (deadline-table row N2 counts from ``found_on``).

        Raises ``NotPermitted``, ``ReceiptRefused``, ``ReceiptNotFound`` and ``KeyReused``.
        """
        check_duties(actor, Permission.KEEP_RECEIPTS)
        today = self.time.today()

        def write(work: UnitOfWork, event: AuditEvent) -> None:
            lot, receipt = receipt_of(work, actor, request.lot_id, request.no)
            found_on = _found_on(request.found_on)
            standing = _standing(lot, receipt)
            check_loss(lot, standing, request.reason, request.copies, found_on=found_on, today=today)
            work.receipts.end(receipt, self._ending(actor, Status.LOST, request), event)

        self._once(actor, "receipt_lost", request.idempotency_key, asdict(request), write, rehearse=rehearse)

    def end_blanks(self, actor: Actor, request: EndBlanks, *, rehearse: bool = False) -> None:
        """Take blank numbers out of use: ``void`` (spoiled, all copies kept) or ``lost``.

        Raises ``NotPermitted``, ``ReceiptRefused``, ``ReceiptNotFound`` and ``KeyReused``.
        """
        check_duties(actor, Permission.KEEP_RECEIPTS)
        today = self.time.today()

        def write(work: UnitOfWork, event: AuditEvent) -> None:
            lot = the_lot(work, actor, request.lot_id)
            through = read_number(lot, request.through)
            numbers = check_run(lot, -1 if through is None else through)
            if request.status is Status.VOID:
                check_void(lot, Status.BLANK, request.reason, request.copies)
            else:
                found_on = _found_on(request.found_on)
                check_loss(lot, Status.BLANK, request.reason, request.copies, found_on=found_on, today=today)
            work.receipts.end_blanks(lot, numbers, self._ending(actor, request.status, request), event)

        self._once(actor, "receipt_blanks_ended", request.idempotency_key, asdict(request), write, rehearse=rehearse)

    def check_off(self, actor: Actor, request: CheckOff, *, rehearse: bool = False) -> None:
        """Close a used-up lot whose stubs finance counted.

        Raises ``NotPermitted``, ``ReceiptRefused``, ``ReceiptNotFound`` and ``KeyReused``.
        """
        check_duties(actor, Permission.KEEP_RECEIPTS)

        def write(work: UnitOfWork, event: AuditEvent) -> None:
            lot = the_lot(work, actor, request.lot_id)
            check_stubs(lot, work.receipts.stubs(lot.id), request.counted, request.reference)
            work.receipts.check_off(lot, request.reference.strip(), self.time.today(), event)

        self._once(actor, "receipt_lot_checked_off", request.idempotency_key, asdict(request), write, rehearse=rehearse)

    def _ending(self, actor: Actor, status: Status, request: EndReceipt | EndBlanks) -> Ending:
        with_money = isinstance(request, EndReceipt) and status is Status.VOID
        taken_back = reversal_key(request.idempotency_key) if with_money else None
        found_on = request.found_on if status is Status.LOST else None
        reason = request.reason.strip()
        return Ending(status, reason, request.copies, self.time.today(), actor.id, found_on, taken_back)

    def _once(
        self,
        actor: Actor,
        action: str,
        key: str,
        asked: dict[str, Any],
        write: Callable[[UnitOfWork, AuditEvent], None],
        *,
        rehearse: bool = False,
    ) -> None:
        """Write once a key; a repeated request is answered by its first result, another one with its key refused.

        ``rehearse`` writes and takes it back, for the page that asks before what cannot be undone.
        """
        body = json.loads(json.dumps({**asked, "idempotency_key": None}, default=str, ensure_ascii=False))
        digest = hashlib.sha256(json.dumps([action, actor.id, body], sort_keys=True).encode()).hexdigest()
        body = {**{name: value for name, value in body.items() if value is not None}, "request": digest}
        event = AuditEvent(f"receipt:{key}", self.time.now(), actor.id, actor.office_id, action, body=body)
        if self._written(event):
            return
        try:
            with self.store.begin() as work:
                write(work, event)
                if not rehearse:
                    work.commit()
        except AlreadyWritten:
            if not self._written(event):
                raise KeyReused(key) from None
        except (NumberTaken, LotOverlaps, LotStillOpen) as lost_race:
            if not self._written(event):
                self._say_who_won(lost_race)

    def _written(self, event: AuditEvent) -> bool:
        with self.store.begin() as work:
            body = work.receipts.event_body(event.key)
        if body is not None and body.get("request") != event.body["request"]:
            raise KeyReused(event.key)
        return body is not None

    def _say_who_won(self, lost_race: Exception) -> NoReturn:
        """Say in words what somebody else wrote a moment before."""
        if isinstance(lost_race, LotOverlaps):
            raise ReceiptRefused(_OVERLAPS, "first_no") from lost_race
        if isinstance(lost_race, LotStillOpen):
            raise ReceiptRefused(_STILL_OPEN, "book") from lost_race
        raise ReceiptRefused(_MOVED_ON) from lost_race


def _standing(lot: Lot, receipt: Receipt) -> Status:
    return Status.CHECKED_OFF if lot.checked_off_on is not None else receipt.status


def _found_on(found_on: date | None) -> date:
    if found_on is None:
        raise ReceiptRefused(Words("Give the day the loss was found", "请填写发现遗失的日期"), "found_on")
    return found_on
