"""The history of a case that a row of an old casebook reports: steps of its workflow that nobody of ours witnessed.

A reported step has the effects of a step (state, dates, answers, money, clocks) without the checks of one that is taken
here: who took it, on what evidence and from which state is the old book's business. Papers are not invented.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from caseflow.domain.casebook.rows import ReportedRow
from caseflow.domain.cases import Case
from caseflow.domain.rules import Rules
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.words import Words


@dataclass(frozen=True)
class ReportedHistory:
    """What a row reports, as steps: the opening first, the others by date and, on one day, in the order of the law.

    ``undated`` are the numbers (from 1) of steps that the book gives no date of their own. ``notes`` says what of the law
    refused to be applied to what is reported. ``case`` is the case after the last step.
    """

    steps: tuple[StepOutcome, ...]
    undated: frozenset[int]
    notes: tuple[Words, ...]
    case: Case


def reported_history(rules: Rules, row: ReportedRow, today: date, empty: Case) -> ReportedHistory:
    """Return the history of ``row``; ``empty`` is the case before its opening (version 0, its owner and number).

    Raises ``ValueError`` where the regime has no ``old_book`` or the row no opening date.
    """
    raise NotImplementedError
