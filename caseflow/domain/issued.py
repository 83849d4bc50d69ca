"""Which documents of a case are issued as papers, and what a step still waits for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caseflow.domain.cases import Case, StepTaken
    from caseflow.domain.workflow_model import Definition, Step


@dataclass(frozen=True)
class IssuedFor:
    """An issued paper as the gate of a step looks at it."""

    kind: str
    made_seq: int | None
    case_seq: int


def unissued(
    made: Iterable[tuple[str, int]], issued: Iterable[IssuedFor], history: Iterable[StepTaken]
) -> frozenset[str]:
    """Return the kinds of documents (``made``: kind and number of the making step) that are not issued as papers.

    The newest making of a kind counts as issued when a paper was issued for it (or for a later one), or when one was
    prepared for it: issued after the making before it, while the case already stood in the state from which the step
    was taken. Had the case gone elsewhere meanwhile, the paper would say what held then, and a new one is due.
    """
    makings: dict[str, list[int]] = {}
    for kind, seq in made:
        makings.setdefault(kind, []).append(seq)
    states = {taken.seq: taken.to_state for taken in history}
    papers = tuple(issued)
    return frozenset(
        kind
        for kind, seqs in makings.items()
        if not any(_covers(paper, sorted(seqs), states) for paper in papers if paper.kind == kind)
    )


def unwritten(
    made: Iterable[tuple[str, int]], issued: Iterable[IssuedFor], history: Iterable[StepTaken]
) -> frozenset[tuple[str, int]]:
    """Return each making (kind and number of the step) that no paper was issued for: for it, or prepared for it."""
    makings: dict[str, list[int]] = {}
    for kind, seq in sorted(made, key=lambda one: one[1]):
        makings.setdefault(kind, []).append(seq)
    states = {taken.seq: taken.to_state for taken in history}
    papers = tuple(issued)
    return frozenset(
        (kind, seq)
        for kind, seqs in makings.items()
        for place, seq in enumerate(seqs, 1)
        if not any(
            paper.made_seq == seq or (paper.made_seq is None and _covers(paper, seqs[:place], states))
            for paper in papers
            if paper.kind == kind
        )
    )


def waits_for(definition: Definition, case: Case, step: Step) -> list[tuple[str, int]]:
    """Return what must be issued before ``step`` opens, each document with the number of the step that made it.

    A document of which every making is one of its own (``Definition.each_making``) waits for each; a record of service
    only where it proves the service of another document that the step asks for. What the step makes itself must have
    been prepared (number 0).
    """
    triggers = {taken.seq: taken.trigger for taken in case.history}
    found: list[tuple[str, int]] = []
    for kind in step.needs.issued:
        left = sorted(seq for of, seq in case.unwritten if of == kind)
        if kind in step.makes:
            found += [] if kind in case.prepared else [(kind, 0)]
        elif kind not in definition.each_making:
            found += [(kind, max(left, default=0))] if kind in case.unissued else []
        else:
            makers = {seq: definition.steps.get(triggers.get(seq, "")) for seq in left}
            found += [(kind, seq) for seq, maker in makers.items() if _is_asked_for(kind, maker, step)]
    return found


def on_paper(definition: Definition, case: Case) -> frozenset[str]:
    """Return the documents that lie in the old file alone: those of the steps that an old casebook reports."""
    steps = [definition.steps.get(taken.trigger) for taken in case.history if taken.reported]
    return frozenset(kind for step in steps if step is not None for kind in step.makes)


def served_on_paper(definition: Definition, case: Case) -> frozenset[str]:
    """Return the documents of which an old casebook reports the service."""
    steps = [definition.steps.get(taken.trigger) for taken in case.history if taken.reported]
    return frozenset(step.serves for step in steps if step is not None and step.serves is not None)


def outdated(definition: Definition, case: Case, step: Step) -> list[str]:
    """Return the applications to the court that ``step`` files and whose sums are no longer so: money has moved since.

    Source: ACL 55: the application tells the state of what is to be executed; it is corrected before it is filed.
    """
    applications = {kind for one in definition.steps.values() if one.referral == "sign" for kind in one.makes}
    moved = [taken.seq for taken in case.history if _moves_money(definition, taken.trigger)]
    return [
        kind
        for kind in step.needs.issued
        if step.referral == "file" and kind in applications and kind in case.issued_at
        if max(moved, default=0) > case.issued_at[kind]
    ]


def _moves_money(definition: Definition, trigger: str) -> bool:
    step = definition.steps.get(trigger)
    return step is not None and bool(step.posts)


def _is_asked_for(kind: str, maker: Step | None, step: Step) -> bool:
    if maker is None or maker.serves in (None, kind):
        return True
    return maker.serves in step.needs.issued


def prepared(
    made: Iterable[tuple[str, int]], issued: Iterable[IssuedFor], history: Iterable[StepTaken], version: int
) -> frozenset[str]:
    """Return the kinds that are issued for the step which makes them next, if that is the next step of the case."""
    waiting = [paper for paper in issued if paper.made_seq is None]
    next_making = [(kind, version + 1) for kind in {paper.kind for paper in waiting}]
    left = unissued([*made, *next_making], waiting, history)
    return frozenset(kind for kind, _ in next_making if kind not in left)


def _covers(paper: IssuedFor, seqs: list[int], states: Mapping[int, str]) -> bool:
    newest = seqs[-1]
    if paper.made_seq is not None:
        return paper.made_seq >= newest
    earlier = seqs[-2] if len(seqs) > 1 else 0
    if not earlier <= paper.case_seq < newest:
        return False
    stood_in = states.get(paper.case_seq)
    return all(states.get(seq) == stood_in for seq in range(paper.case_seq, newest))
