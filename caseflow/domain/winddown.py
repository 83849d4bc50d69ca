"""What an ended regime still requires of each open case: its class, the legal reason and the steps that release the person.

The classes are data (``wind_down`` of the workflow file). Classification is pure here and set-based in
:mod:`caseflow.persistence.winddown_sql`; one test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
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
class WindDownRule:
    """Which cases stand at one stage of a class, and the steps that release the person, in order.

    ``paid``, ``listed`` and ``was_listed`` are None where they make no difference.
    """

    name: str
    stage: str
    states: tuple[str, ...]
    paid: PaidPart | None
    listed: bool | None
    was_listed: bool | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WindDown:
    """The ``wind_down`` of a workflow file; ``cut_off`` is the last day on which the levy had a basis in law.

    ``begins`` are the steps that begin it on a case, ``office_steps`` those that a run takes in bulk, ``answers`` gives
    for each field such a step asks where its answer comes from.
    """

    cut_off: date
    classes: Mapping[str, WindDownClass]
    stages: Mapping[str, Words]
    rules: tuple[WindDownRule, ...]
    begins: tuple[str, ...]
    office_steps: tuple[str, ...]
    answers: Mapping[str, str]
    restricted_by: tuple[str, ...]
    measured_on: str
    lifted_on: str
