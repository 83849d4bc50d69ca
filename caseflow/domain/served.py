"""What a case keeps of its papers: how one was served, and what did not come to a service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Service:
    """The service of a document as its step records it.

    ``served_on`` is the day it takes effect, ``receiver`` the role of who received it (never a name), ``record_no`` the
    number of the record of service, ``proof`` what else proves it, by name, and ``clocks`` the rules of the clocks that
    run from it.
    """

    document: str
    method: str
    receiver: str
    served_on: date
    record_no: str
    proof: Mapping[str, str] = field(default_factory=dict)
    clocks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """An attempt to serve that did not succeed; ``seq`` is the version of the case it was recorded at."""

    document: str
    result: str
    attempted_on: date
    seq: int
