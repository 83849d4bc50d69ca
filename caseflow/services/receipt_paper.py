"""A receipt as paper: what it says, from the record as it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.receipts import Lot, Receipt, ReceiptRefused, Status
from caseflow.domain.words import Words
from caseflow.services.installation import TRAINING
from caseflow.services.ports import Store, UnitOfWork
from caseflow.services.ports.documents import ReceiptPaper, ReceiptPrinter, ReceiptProofs
from caseflow.services.receipt_book import receipt_of
from caseflow.services.rulebook import Rulebook
from caseflow.services.sealed_record import SealedRecord

_CHARGE = Words("Added fine or surcharge for lateness", "加处罚款或滞纳金")
_HELD = Words("Held for the payer (paid too much)", "暂存款（多缴）")
_NO_CASE = Words("Non-tax revenue", "非税收入")
_MARKS = {Status.VOID: Words("VOID", "作废"), Status.LOST: Words("REPORTED LOST", "已报遗失")}
_TRAINING = Words("TRAINING", "培训数据")
_NEVER = Words("This number was never issued", "该号码从未开具")


@dataclass(frozen=True)
class SealedProofs:
    """Fulfils ``ReceiptProofs`` with the sealed record."""

    record: SealedRecord

    def proof_of(self, event_key: str) -> str:
        """Return the proof of an event as the text of docs/record.md; empty until it is sealed."""
        proof = self.record.proof_by_key("event", event_key)
        return "" if proof is None else proof.text()


@dataclass(frozen=True)
class ReceiptPapers:
    """Prints receipts; a reprint of the same receipt is the same file."""

    store: Store
    rulebook: Rulebook
    printer: ReceiptPrinter
    proofs: ReceiptProofs

    def pdf(self, actor: Actor, lot_id: int, no: int, check_at: str = "") -> tuple[str, bytes]:
        """Return the printed number and the receipt as PDF; ``check_at`` is the address of the page to check it at.

        Raises ``NotPermitted``, ``ReceiptNotFound`` and ``ReceiptRefused`` for a number that never had an amount.
        """
        paper = self.paper(actor, lot_id, no)
        return paper.number, self.printer.pdf(replace(paper, check_at=check_at))

    def paper(self, actor: Actor, lot_id: int, no: int) -> ReceiptPaper:
        """Return what the receipt says. Raises as :meth:`pdf`."""
        check_permission(actor, Permission.READ_LEDGER)
        with self.store.begin() as work:
            lot, receipt = receipt_of(work, actor, lot_id, no)
            if receipt.amount_fen is None:
                raise ReceiptRefused(_NEVER)
            if receipt.reported:
                # The paper was written by hand or by another program: a print from here would be a second original.
                raise ReceiptRefused(Words("caseflow did not issue this receipt", "该票据非本系统开具"))
            office_en, office_zh = work.staff.office_titles(actor.office_id)
            mark = _mark(work, receipt)
        proof = self.proofs.proof_of(receipt.event_key)
        return self._paper(lot, receipt, receipt.amount_fen, Words(office_en, office_zh), mark, proof)

    def paper_of(self, work: UnitOfWork, office_id: int, receipt: Receipt) -> ReceiptPaper:
        """Return what a receipt says that was read in this transaction already, without its proof.

        Raises ``ReceiptRefused`` for a number that never had an amount.
        """
        lot = work.receipts.lot(office_id, receipt.lot_id)
        if receipt.amount_fen is None or lot is None:
            raise ReceiptRefused(_NEVER)
        office = Words(*work.staff.office_titles(office_id))
        return self._paper(lot, receipt, receipt.amount_fen, office, _mark(work, receipt), "")

    def printed(self, paper: ReceiptPaper, receipt: Receipt, check_at: str = "") -> bytes:
        """Return the PDF of what :meth:`paper_of` said, with the proof of the record once it is sealed."""
        proof = self.proofs.proof_of(receipt.event_key)
        return self.printer.pdf(replace(paper, proof=proof, check_at=check_at))

    def _paper(
        self, lot: Lot, receipt: Receipt, amount_fen: int, office: Words, mark: Words | None, proof: str
    ) -> ReceiptPaper:
        definition = self.rulebook.definitions.get(receipt.regime or "")
        parts = (
            (_NO_CASE if definition is None else definition.title, receipt.principal_fen),
            (_CHARGE, receipt.charge_fen),
            (_HELD, receipt.held_fen),
        )
        return ReceiptPaper(
            number=receipt.number,
            book=lot.book,
            lot_first=lot.printed(lot.first_no),
            lot_last=lot.printed(lot.last_no),
            payer=receipt.payer,
            case_number=Words(receipt.case_number or "—", receipt.case_number_zh or "—"),
            items=tuple((words, fen) for words, fen in parts if fen),
            amount_fen=amount_fen,
            on=receipt.entered_on,
            office=office,
            cashier=Words(receipt.cashier_en, receipt.cashier_zh),
            leaf=receipt.leaf,
            mark=mark,
            proof=proof,
        )


def _mark(work: UnitOfWork, receipt: Receipt) -> Words | None:
    stamp = work.installation.get()
    marks = [_TRAINING] if stamp is not None and stamp.kind == TRAINING else []
    if receipt.status in _MARKS:
        marks.append(_MARKS[receipt.status])
    return Words(" · ".join(mark.en for mark in marks), " · ".join(mark.zh for mark in marks)) if marks else None
