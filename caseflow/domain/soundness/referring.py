"""Judges how a workflow refers its decisions to the court: what is filed was decided and signed before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from caseflow.domain.soundness.space import Situation, Space, shown
from caseflow.domain.sources import Problem, SourceDocument

# A situation, and whether an application is signed that is not filed or withdrawn yet.
_Signed = tuple[Situation, bool]


def referral_problems(document: SourceDocument, space: Space) -> Iterator[Problem]:
    """Yield the steps that refer what nobody decided, and those that file what is not signed (ACL article 55)."""
    steps = space.definition.steps.values()
    if not any(step.referral for step in steps):
        return
    if not any(step.levies for step in steps):
        first = next(step for step in steps if step.referral)
        yield document.problem(
            ("steps", first.name, "referral"), "no step decides (levies: true) what would be referred"
        )
    told: set[str] = set()
    for situation, signed in _reached(space):
        for step, _ in space.moves(situation):
            if step.referral == "file" and not signed and step.name not in told:
                told.add(step.name)
                path = shown(space.definition.opens, space.path_to(situation))
                reason = f"'{step.name}' files an application that no step with 'referral: sign' has signed (by {path})"
                yield document.problem(("steps", step.name, "referral"), reason)


def _reached(space: Space) -> Iterator[_Signed]:
    start: _Signed = (space.start, False)
    known, waiting = {start}, deque([start])
    while waiting:
        situation, signed = waiting.popleft()
        yield situation, signed
        for step, target in space.moves(situation):
            # Whatever else is done to an application than signing it leaves none to be filed.
            after = (target, step.referral == "sign" if step.referral else signed)
            if after not in known:
                known.add(after)
                waiting.append(after)
