"""Judges a whole procedure over every situation a case can come into, before any case is opened under it."""

from __future__ import annotations

from caseflow.domain.soundness.properties import property_problems
from caseflow.domain.soundness.references import (
    Book,
    clock_problems,
    ended_regime_problems,
    field_problems,
    reaching_back_problems,
    receipt_problems,
)
from caseflow.domain.soundness.referring import referral_problems
from caseflow.domain.soundness.service import service_problems
from caseflow.domain.soundness.space import Path, Space, shown
from caseflow.domain.soundness.staffing import staffing_problems
from caseflow.domain.soundness.structure import structural_problems, wind_down_problems
from caseflow.domain.sources import Problem, SourceDocument
from caseflow.domain.workflow_model import Definition

__all__ = ["Book", "Path", "Space", "judge", "shown"]


def judge(document: SourceDocument, definition: Definition, law: Book | None) -> tuple[Problem, ...]:
    """Return every reason why ``definition`` is not sound; empty when it is.

    Every name in ``definition`` must already be known. Without ``law``, clocks and the end of
    the regime are not judged.
    """
    space = Space(definition)
    return (
        *clock_problems(document, definition, law),
        *ended_regime_problems(document, definition, law),
        *field_problems(document, definition),
        *receipt_problems(document, definition),
        *service_problems(document, definition, law),
        *reaching_back_problems(document, definition),
        *structural_problems(document, space),
        *referral_problems(document, space),
        *wind_down_problems(document, space),
        *staffing_problems(document, space),
        *property_problems(document, space),
    )
