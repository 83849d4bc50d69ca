"""What an ended regime still requires of each open case: its class, the legal reason, the steps that free the person.

The classes are data (``wind_down`` of the workflow file). Classification is pure here and set-based in
:mod:`caseflow.persistence.wind_down_sql`; one test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import product
from typing import Literal

from caseflow.domain.words import Words

PaidPart = Literal["none", "part", "full"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a legal reason comes from and how it was checked (``text_seen``, ``secondary`` or ``unconfirmed``)."""

    words: Words
    status: str


@dataclass(frozen=True, slots=True)
class WindDownClass:
    """A class of the plan: what it is called, the legal reason and its sources."""

    name: str
    title: Words
    reason: Words
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides the class of a case.

    ``origin`` is the state in which its wind-down began (its own where it has not), ``paid`` how much had been paid
    then. ``listed``: measures of the court are in force, or were until this wind-down lifted them;
    ``was_listed``: there are or were some; ``applied``: it was
    before the court.
    """

    origin: str
    paid: PaidPart
    listed: bool
    was_listed: bool
    applied: bool


@dataclass(frozen=True, slots=True)
class WindDownRule:
    """Which cases stand at one stage of a class, and the steps that release the person, in order.

    ``paid``, ``listed``, ``was_listed`` and ``applied`` are None where they make no difference.
    """

    name: str
    stage: str
    states: tuple[str, ...]
    paid: PaidPart | None
    listed: bool | None
    was_listed: bool | None
    applied: bool | None
    steps: tuple[str, ...]

    def fits(self, standing: Standing) -> bool:
        """Tell whether the rule says something of a case that stands like this."""
        asked = (
            (self.paid, standing.paid),
            (self.listed, standing.listed),
            (self.was_listed, standing.was_listed),
            (self.applied, standing.applied),
        )
        return standing.origin in self.states and all(wanted is None or wanted == found for wanted, found in asked)


@dataclass(frozen=True)
class WindDown:
    """The ``wind_down`` of a workflow file; ``cut_off`` is the last day on which the levy had a basis in law.

    ``begins`` are the steps that begin it on a case, ``office_steps`` those that a run takes in bulk, ``answers`` gives
    for each field such a step asks where its answer comes from. ``begun_with`` is the field that holds what had been
    paid when it began; the others name what the court did: ``listed_by`` and ``restricted_by`` (measures, true while
    they last), ``measured_on`` and ``lifted_on`` (their days), ``applied_on`` (the application to the court).
    """

    cut_off: date
    classes: Mapping[str, WindDownClass]
    stages: Mapping[str, Words]
    rules: tuple[WindDownRule, ...]
    begins: tuple[str, ...]
    office_steps: tuple[str, ...]
    answers: Mapping[str, str]
    begun_with: str
    listed_by: str
    restricted_by: tuple[str, ...]
    measured_on: str
    applied_on: str
    lifted_on: str

    def rule_of(self, standing: Standing) -> int | None:
        """Return the index of the first rule that fits; None where the plan says nothing of such a case."""
        return next((index for index, rule in enumerate(self.rules) if rule.fits(standing)), None)

    @cached_property
    def standings(self) -> tuple[tuple[Standing, int], ...]:
        """Every standing that a rule fits, with the index of the first that does."""
        return tuple(self._every_standing())

    def _every_standing(self) -> Iterator[tuple[Standing, int]]:
        parts: tuple[PaidPart, ...] = ("none", "part", "full")
        for origin in dict.fromkeys(state for rule in self.rules for state in rule.states):
            for paid, listed, was_listed, applied in product(parts, *((False, True),) * 3):
                standing = Standing(origin, paid, listed, was_listed, applied)
                rule = self.rule_of(standing)
                if rule is not None:
                    yield standing, rule

    def class_of(self, rule: int) -> WindDownClass:
        """Return the class of the rule with this index."""
        return self.classes[self.rules[rule].name]


def paid_part(assessed_fen: int, kept_fen: int) -> PaidPart:
    """Return how much of what was assessed (fen, after what fell) has been paid and stays."""
    if kept_fen <= 0:
        return "none"
    return "part" if kept_fen < assessed_fen else "full"
