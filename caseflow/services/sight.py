"""What of a case whoever asks may see, taken out before anything reaches a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from caseflow.domain.access import Actor, sees_investigation
from caseflow.domain.cases import Case
from caseflow.domain.referral_sight import before_the_decision, served_in_referral
from caseflow.domain.workflow import Definition
from caseflow.services.ports.service import AttemptRecord, ServiceRecord
from caseflow.services.views import StepRecord

OfDocument = TypeVar("OfDocument", ServiceRecord, AttemptRecord)


def seen_timeline(actor: Actor, definition: Definition, timeline: Sequence[StepRecord]) -> list[StepRecord]:
    """Return the timeline (newest first) as the actor may read it: the steps stay, what they say is taken out.

    Money stays: it is owed by the decision, and the referral asks for it.
    """
    if sees_investigation(actor):
        return list(timeline)
    return [
        replace(record, answers={}, law=[], documents=(), withheld=True)
        if before_the_decision(definition, record.trigger, record.from_state)
        else record
        for record in timeline
    ]


def seen_services(actor: Actor, definition: Definition, found: Sequence[OfDocument]) -> list[OfDocument]:
    """Return the services, or the attempts to serve, of those papers whose service the actor may read about."""
    if sees_investigation(actor):
        return list(found)
    return [one for one in found if served_in_referral(definition, one.document)]


def seen_case(actor: Actor, case: Case, seen: Sequence[StepRecord]) -> Case:
    """Return the case with the facts and documents that the steps the actor reads (``seen``, newest first) tell.

    For showing alone: whether a step is open is judged on the whole case.
    """
    if sees_investigation(actor):
        return case
    facts: dict[str, Any] = {}
    for record in reversed(seen):
        facts |= record.answers
    documents = frozenset(name for record in seen for name in record.documents)
    made = {(name, record.seq) for record in seen for name in record.documents}
    left = case.unwritten & made
    return replace(case, facts=facts, documents=documents, unissued=case.unissued & documents, unwritten=left)
