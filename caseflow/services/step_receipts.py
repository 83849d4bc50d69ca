"""The receipt that a step which takes money issues, in the step's own statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from caseflow.domain.access import Actor
from caseflow.domain.receipts import Lot, ReceiptRefused, Shares, choose_next
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.words import Words
from caseflow.domain.workflow import Definition, FieldProblem, Step
from caseflow.services.case_answers import AnswersRefused
from caseflow.services.ports import UnitOfWork
from caseflow.services.ports.receipts import StepReceipt


@dataclass(frozen=True)
class ChosenNumber:
    """The number that somebody typed into ``field``, found to be the next blank one of ``lot``."""

    field: str
    lot: Lot
    no: int

    def written_into(self, outcome: StepOutcome) -> StepOutcome:
        """Return the outcome with the number as it is printed, whichever way it was typed."""
        printed = {self.field: self.lot.printed(self.no)}
        return replace(outcome, answers={**outcome.answers, **printed}, facts={**outcome.facts, **printed})


def lots_of_cashier(work: UnitOfWork, actor: Actor) -> Sequence[Lot]:
    """Return the open lots the actor may write from: one with blank numbers first, their own before the office's."""
    mine = [lot for lot in work.receipts.open_lots(actor.office_id) if lot.issued_to in (actor.id, None)]
    return sorted(mine, key=lambda lot: (lot.next_no is None, lot.issued_to is None, lot.id))


def choose_number(
    work: UnitOfWork, actor: Actor, definition: Definition, step: Step, outcome: StepOutcome
) -> ChosenNumber | None:
    """Return the number that was typed for the receipt of a step; None for a step that takes no money.

    Raises :class:`AnswersRefused` at the field, saying which number is next.
    """
    field = definition.receipt_field(step)
    if field is None:
        return None
    try:
        lot, no = choose_next(lots_of_cashier(work, actor), str(outcome.answers.get(field, "")))
    except ReceiptRefused as refusal:
        raise AnswersRefused((FieldProblem(field, refusal.words),)) from refusal
    return ChosenNumber(field, lot, no)


def step_receipt(chosen: ChosenNumber | None, outcome: StepOutcome) -> StepReceipt | None:
    """Return the receipt of a step, if it took money."""
    shares = Shares.of_legs(outcome.legs)
    return StepReceipt(chosen.lot.id, chosen.no, shares) if chosen is not None and shares.amount_fen else None


def number_taken(work: UnitOfWork, actor: Actor, chosen: ChosenNumber) -> AnswersRefused:
    """Return the refusal for whoever comes second to a number: it says which one is next now."""
    lots = lots_of_cashier(work, actor)
    number = lots[0].next_number if lots else None
    words = (
        Words("Somebody else has just used the last number of the lot", "本批最后一个票据号刚刚已被他人使用")
        if number is None
        else Words(
            f"Somebody else has just used that receipt number; write the next one, {number}",
            f"该票据号刚刚已被他人使用；请使用{number}",
        )
    )
    return AnswersRefused((FieldProblem(chosen.field, words),))
