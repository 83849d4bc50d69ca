"""How a paper may be served: the methods with their proof and their day, and what an attempt can come to.

Source: CPL articles 87-95 (numbering of 2021; earlier ones in the file), APL 2021 article 61, ACL article 43.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, get_args

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.words import Words

Receiver = Literal["party", "co_resident", "reception", "nobody", "public"]
Proved = Literal["witness", "recording_no", "refusal", "postal_no", "consent_no"]
RECEIVERS: tuple[str, ...] = get_args(Receiver)
PROOFS: tuple[str, ...] = get_args(Proved)

RECEIVER_WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "party": Words("the party", "受送达人"),
        "co_resident": Words("an adult member of the household", "同住成年家属"),
        "reception": Words("the reception of the entity", "单位收发人员"),
        "nobody": Words("nobody: the paper was left", "无人签收（留置）"),
        "public": Words("deemed served on the party", "视为送达受送达人"),
    }
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that must be on file for the method: one of ``any``, or (``or_refused``) a refusal recorded before."""

    any: tuple[str, ...]
    words: Words
    or_refused: bool


@dataclass(frozen=True, slots=True)
class MethodVersion:
    """A method as it stood from ``from_`` to the day before ``until``: who may receive, what proves it."""

    from_: date
    until: date | None
    receivers: tuple[str, ...]
    proof: tuple[Proof, ...]
    cite: Citation
    checked: Checked
    note: Words | None

    @property
    def proofs(self) -> frozenset[str]:
        """Everything that may be asked to prove it."""
        return frozenset(name for proof in self.proof for name in proof.any)


@dataclass(frozen=True, slots=True)
class ServiceMethod:
    """A way to serve. ``day`` names the day of service; ``after`` the limit whose day after the end is that day."""

    name: str
    title: Words
    day: Words
    after: str | None
    versions: tuple[MethodVersion, ...]

    def version_on(self, on: date) -> MethodVersion | None:
        """Return the method as it stood on ``on``; None where no law of that day knew it."""
        return next((one for one in self.versions if one.from_ <= on and (one.until is None or on < one.until)), None)


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What an attempt came to: it ``failed``, was ``refused``, or showed that the whereabouts are ``unknown``."""

    name: str
    words: Words
    failed: bool
    refused: bool
    unknown: bool


@dataclass(frozen=True, slots=True)
class Night:
    """The night, from one full hour to another (0 to 23), and the rule that nothing is enforced in it."""

    from_hour: int
    until_hour: int
    words: Words
    cite: Citation
    checked: Checked

    def covers(self, hour: int) -> bool:
        """Tell whether the hour that begins at ``hour`` (0 to 23) belongs to the night."""
        if self.from_hour <= self.until_hour:
            return self.from_hour <= hour < self.until_hour
        return hour >= self.from_hour or hour < self.until_hour


@dataclass(frozen=True)
class ServiceLaw:
    """Methods and results by name, and the night."""

    methods: Mapping[str, ServiceMethod] = field(default_factory=dict)
    results: Mapping[str, AttemptResult] = field(default_factory=dict)
    night: Night | None = None
