"""Runs of a wind-down: what somebody asks for, and what is shown of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from caseflow.domain.words import Words
from caseflow.services.ports.winddown import Run, RunCase

MOST_CASES = 10_000


class NoSuchRun(LookupError):
    """No such run in the actor's office."""


class RunRefused(Exception):
    """What was asked for cannot be; ``field`` names the input (empty: none). Nothing was written."""

    def __init__(self, words: Words, field: str = "") -> None:
        self.words, self.field = words, field
        super().__init__(words.en)


@dataclass(frozen=True)
class BeginRun:
    """What somebody typed to prepare a run: classes, or cases by id, or both; the reason; the day (ISO).

    An empty reason means that each case gets the legal reason of its class. Fields of ``RunRefused``: ``classes``,
    ``cases``, ``reason``, ``day``, ``finance_paper_no``, ``refusal_reason``.
    """

    idempotency_key: str
    classes: Sequence[str] = ()
    case_ids: Sequence[int] = ()
    reason: str = ""
    day: str = ""


@dataclass(frozen=True)
class RunPage:
    """A run with some of its cases and the position that continues them; ``needs_paper``: the write-off asks for it."""

    run: Run
    cases: Sequence[RunCase] = field(default_factory=list)
    next_key: int | None = None
    needs_paper: bool = False
