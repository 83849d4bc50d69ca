"""What the file of a case says at the moment of a grave step, so that nobody signs blind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from caseflow.domain.assessment import FineFacts, FineRange, fine_range
from caseflow.domain.law import LawRefusal
from caseflow.domain.stepping import StepOutcome
from caseflow.domain.workflow import Step
from caseflow.services.case_pages import CasePage
from caseflow.services.views import StepRecord

MOST_REASONS: Final = 4


@dataclass(frozen=True)
class Written:
    """A longer text on the file: the field, the text, and the step that recorded it."""

    field: str
    text: str
    record: StepRecord


@dataclass(frozen=True)
class FileSays:
    """What a signature rests on.

    ``money`` and ``facts`` are (field, stored value), money in fen; ``reasons`` the newest longer texts, newest first;
    ``range`` the range the law sets for the amount, and ``papers`` the documents with the steps that made them.
    """

    money: list[tuple[str, Any]]
    facts: list[tuple[str, Any]]
    reasons: list[Written]
    range: FineRange | None
    papers: list[tuple[str, StepRecord]]


def file_says(page: CasePage, step: Step, outcome: StepOutcome) -> FileSays:
    """Return what the case's file says that a person who takes ``step`` relies on."""
    definition, facts = page.rules.definition, page.case.facts
    typed = set(step.asks)
    guards = [definition.conditions[name].guard for name in (*step.when, *step.unless)]
    weighed = {*definition.opening, *(name for guard in guards for name in guard.members), *_put_forward(page)}
    known = [(name, one.type) for name, one in definition.fields.items() if name not in typed]
    answered = [(name, kind) for name, kind in known if facts.get(name) is not None]
    short = [name for name, kind in answered if kind not in ("money", "long_text")]
    return FileSays(
        money=[(name, facts[name]) for name, kind in answered if kind == "money"],
        facts=[(name, facts[name]) for name in short if name in weighed],
        reasons=list(_reasons(page, typed))[:MOST_REASONS],
        range=_range(page, outcome),
        papers=_papers(page),
    )


def _put_forward(page: CasePage) -> set[str]:
    """Return the fields answered by the step that brought the case here, and by the steps after it."""
    names: set[str] = set()
    for record in page.timeline:
        names |= set(record.answers)
        if record.from_state != record.to_state:
            break
    return names


def _reasons(page: CasePage, typed: set[str]) -> Iterator[Written]:
    fields = page.rules.definition.fields
    seen = set(typed)
    for record in page.timeline:
        for name, value in record.answers.items():
            if name in fields and fields[name].type == "long_text" and value and name not in seen:
                seen.add(name)
                yield Written(name, str(value), record)


def _papers(page: CasePage) -> list[tuple[str, StepRecord]]:
    newest: dict[str, StepRecord] = {}
    for record in page.timeline:
        for name in record.documents:
            newest.setdefault(name, record)
    return list(newest.items())


def _range(page: CasePage, outcome: StepOutcome) -> FineRange | None:
    """Return the range of the amount of this step, or of the newest step that named one.

    Source: the rule that the step's own record of the law names (APL 2021 article 37 decides between two).
    """
    applied = [*outcome.law, *(used for record in page.timeline for used in record.law)]
    used: Mapping[str, Any] | None = next((one for one in applied if one["kind"] == "amount"), None)
    if used is None:
        return None
    known = {**page.case.facts, **outcome.answers}
    facts = FineFacts(
        role=page.case.party_kind, gains_fen=int(known.get("gains_fen") or 0), serious=bool(known.get("serious"))
    )
    try:
        return fine_range(page.rules.law.rule(used["rule"]), on=date.fromisoformat(used["applied_on"]), facts=facts)
    except LawRefusal:
        return None
